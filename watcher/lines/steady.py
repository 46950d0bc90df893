"""What of a page's text holds still. Two fetches made at once disagree on what is not news: clocks, counters, banners
that take turns. What they agree on may still be a clock: "3 minutes ago", "Page generated in 0.12 s"."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import compress

#: Lines times lines beyond which a stretch that differs is taken as a whole.
_MUCH = 4_000_000

_AGE = re.compile(
    r"""(?xi)\b(?:
      just\ now | yesterday
    | (?:\d+|an?|one|a\ few)\ ?(?:s|sec|second|m|min|minute|h|hr|hour|d|day|w|wk|week|mo|month|y|yr|year)s?\ ago
    | vor\ (?:\d+|einer|einem)\ (?:sekunde|minute|stunde|tag|woche|monat|jahr)\w*
    | il\ y\ a\ (?:\d+|une?)\ (?:seconde|minute|heure|jour|semaine|mois|an)\w*
    | hace\ (?:\d+|una?)\ (?:segundo|minuto|hora|d[ií]a|semana|mes|año)\w*
    | há\ (?:\d+|uma?)\ (?:segundo|minuto|hora|dia|semana|m[eê]s|ano)\w*
    | (?:\d+|una?)\ (?:second|minut|or|giorn|settiman|mes|ann)[a-z]{1,2}\ fa
    | (?:\d+|een)\ (?:second|minu|uur|ure|dag|we[ek]|maand|jaar)\w*\ geleden
    )\b"""
)
# Words of the remarks that a page makes about itself: one of a group, and nothing beside it but FILLING and numbers.
_MAKING = frozenset(
    re.findall(
        r"\w+",
        "generated rendered refreshed loaded executed generiert erzeugt geladen généré générée generado",
    )
)
_TELLING = frozenset(re.findall(r"\w+", "time uhrzeit zeit heure hora ora"))
_COUNTING = frozenset(
    re.findall(r"\w+", "visitor visitors views hits guests besucher aufrufe visiteurs vues visitas visitantes")
)
_FILLING = frozenset(
    re.findall(
        r"\w+",
        "a am are at by cest cet current currently date est far for gmt in is it last local ms nr number now of on"
        " online page pm s sec second seconds server so the this today total utc was with you"
        " aktuelle der die diese dieser heute in seite sekunden sie sind uhr um wurde"
        " actual actuelle en est il la le página secondes segundos"
        " mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday"
        " jan feb mar apr may jun jul aug sep oct nov dec january february march april june july august september"
        " october november december",
    )
)
_WORD = re.compile(r"[^\W\d_]+")
_MOMENT = re.compile(r"\d{1,2}:\d{2}")
_SHORT = 80  # characters of such a remark


def steady(first: str, second: str, known: str) -> str:
    """The text `second` as it is to be compared with `known`, line by line: where the fetch before it, `first`, says
    something else, and where only a clock has moved on, what is known stays."""
    was, before, now = known.split("\n"), first.split("\n"), second.split("\n")
    if before != now and Counter(before) == Counter(now):
        before = now = _in_order(now, was)  # which is drawn anew for each answer
    restless, loose = _disagreement(before, now)
    lines: list[str] = []
    for tag, i, i_end, j, j_end in _steps([_key(each) for each in was], [_key(each) for each in now]):
        if tag == "equal" or (tag == "delete" and j in loose):
            lines += was[i:i_end]
        elif any(restless[j:j_end]):
            lines += _pieced(was[i:i_end], now[j:j_end], restless[j:j_end])
        else:
            lines += now[j:j_end]
    return "\n".join(lines)


def _in_order(now: Sequence[str], was: Sequence[str]) -> list[str]:
    """The lines of a text; those of them that are known in the order in which they are known."""
    stayed = Counter(now) & Counter(was)
    known = compress(was, _among(was, stayed))
    return [next(known) if stays else each for each, stays in zip(now, _among(now, stayed), strict=True)]


def _among(lines: Sequence[str], most: Counter[str]) -> Iterator[bool]:
    """Whether each line is one of the first so many of its kind."""
    left = most.copy()
    for each in lines:
        left[each] -= 1
        yield left[each] >= 0


def _disagreement(first: Sequence[str], second: Sequence[str]) -> tuple[list[bool], set[int]]:
    """Of each line of the second text whether the first has another in its place, and before which of its lines the
    first has more."""
    restless, loose = [False] * len(second), set()
    for tag, _, _, j, j_end in _steps(first, second):
        if tag != "equal":
            restless[j:j_end] = [True] * (j_end - j)
            loose.add(j)
    return restless, loose


def _pieced(was: Sequence[str], now: Sequence[str], restless: Sequence[bool]) -> Iterator[str]:
    """What stands now, but for each restless line the known one that is built like it, or stands at its place."""
    places: dict[str, list[int]] = defaultdict(list)
    for i in reversed(range(len(was))):
        places[_shape(was[i])].append(i)
    mates = {j: places[_shape(now[j])].pop() for j in range(len(now)) if restless[j] and places[_shape(now[j])]}
    if all(restless) and len(mates) < len(now):
        yield from was  # they take turns, one as long as the other or not
        return
    taken = set(mates.values())
    for j, text in enumerate(now):
        at_its_place = j if len(was) == len(now) and j not in taken else -1
        place = mates.get(j, at_its_place)
        if not restless[j]:
            yield text
        elif place >= 0:
            yield was[place]


def _steps(one: Sequence[str], other: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """difflib's opcodes. What texts begin and end with is mostly the same, and too much between is not compared."""
    least, start, end = min(len(one), len(other)), 0, 0
    while start < least and one[start] == other[start]:
        start += 1
    while end < least - start and one[-1 - end] == other[-1 - end]:
        end += 1
    i_end, j_end = len(one) - end, len(other) - end
    steps: list[tuple[str, int, int, int, int]] = [("equal", 0, start, 0, start)]
    if (i_end - start) * (j_end - start) > _MUCH:
        steps.append(("replace", start, i_end, start, j_end))
    else:
        judge = SequenceMatcher(None, one[start:i_end], other[start:j_end])
        steps += [(tag, start + a, start + b, start + c, start + d) for tag, a, b, c, d in judge.get_opcodes()]
    return [*steps, ("equal", i_end, len(one), j_end, len(other))]


def _key(text: str) -> str:
    """What two forms of a line share that differ by a clock only."""
    return _remark(text) or _AGE.sub("\0", text)


def _remark(text: str) -> str:
    """The words by which a page tells of itself, "" where a line says anything else."""
    if len(text) > _SHORT or not any(map(str.isdigit, text)):
        return ""
    words = {word.lower() for word in _WORD.findall(text)}
    own = words - _FILLING
    if not own or not own <= _MAKING | _TELLING | _COUNTING:
        return ""
    # "Time: 14:30" may be when something begins; "Current time: 14:30" is a clock.
    told = not own <= _TELLING or (own < words and _MOMENT.search(text))
    return f"\0{' '.join(sorted(own))}" if told else ""


def _shape(text: str) -> str:
    return re.sub(r"\d+", "0", text)
