"""Pairs by weak keys, after a redesign: title and day, a title nearly the same, an address that ends the same."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import TypeVar

from watcher import urls
from watcher.match.names import contradict, day_of, last_part, linkless, title_and_day
from watcher.match.pairs import Pairs, chained, without, without_clashes
from watcher.model import Item, Seen
from watcher.text import fold, lead

_ALIKE = 0.9
_TELLING = 15  # letters, digits and spaces by which a title that is cut short may be known
_FUZZY_PAIRS = 10_000  # more comparisons of titles letter by letter would hold a check for seconds

T = TypeVar("T")


def weak_pairs(found: Sequence[Item], strong: Pairs, last: Sequence[Seen], page: str) -> Pairs:
    """Pairs by weak keys, each with a second signal, of items of the last list that no strong key found."""
    lost = without(last, strong)
    fresh = {i: item for i, item in enumerate(found) if i not in strong}
    # Where a move is taken back, the items are known by the addresses that they had: these have moved as well.
    moved = len(lost) + sum(urls.identity(found[i].link) != urls.identity(s.item.link) for i, s in strong.items())
    if not (moved >= 3 and moved * 2 > len(last)):
        # No redesign. Only a list without links is looked at: there, an edited title leaves no strong key at all.
        lost = [s for s in lost if linkless(s.item, page)]
        fresh = {i: item for i, item in fresh.items() if linkless(item, page)}
    fresh = {**fresh, **_lengthened(fresh, found, lost, last)}
    by_text = _agreeing(fresh, lost, title_and_day)
    by_text |= _similar({i: item for i, item in fresh.items() if i not in by_text}, without(lost, by_text))
    by_place = _agreeing(fresh, lost, last_part)
    by_place = {i: s for i, s in by_place.items() if _share_a_word(found[i].title, s.item.title)}
    weak = without_clashes(by_place, by_text) | by_text
    if not weak:
        return {}
    chain = chained(strong, weak, last)
    return {
        i: known
        for i, known in weak.items()
        if i in chain or (i in by_text and by_place.get(i) is known) or _same_body(found[i], known.item)
    }


def alike(one: str, other: str) -> bool:
    """Whether two texts are nine tenths the same."""
    judge = SequenceMatcher(None, one, other, autojunk=False)
    return judge.real_quick_ratio() >= _ALIKE and judge.quick_ratio() >= _ALIKE and judge.ratio() >= _ALIKE


def _lengthened(
    fresh: Mapping[int, Item], found: Sequence[Item], lost: Sequence[Seen], last: Sequence[Seen]
) -> dict[int, Item]:
    """Of items whose titles are cut short those that can only be one of the lost, with the title of that one: nothing
    else of its day begins so, on the page or in the last list. Or the last list cut its title in the same way."""
    of_day, said = _grouped(last, lambda s: day_of(s.item)), _grouped(last, lambda s: s.digest)
    here = _grouped(found, day_of)
    free = {s.id for s in lost}
    whole = {}
    for i, item in fresh.items():
        if not (head := lead(item.title)):
            continue
        fits = [s for s in of_day.get(day_of(item), ()) if day_of(item) and _begins(head, s.item.title)]
        fits = fits or [s for s in said.get(item.digest, ()) if not contradict(item, s.item)]
        rivals = [each for each in here[day_of(item)] if fold(each.title).startswith(head)]
        if len(fits) == len(rivals) == 1 and fits[0].id in free:
            whole[i] = replace(item, title=fits[0].item.title)
    return whole


def _begins(head: str, title: str) -> bool:
    """Whether a title begins so, at a word, which says enough."""
    return len(head) >= _TELLING and " " in head and f"{fold(title)} ".startswith(f"{head} ")


def _agreeing(fresh: Mapping[int, Item], lost: Sequence[Seen], value: Callable[[Item], str]) -> Pairs:
    """Pairs whose `value` is the same, and is had by no other on either side."""
    ours = _unique((value(item), i) for i, item in fresh.items())
    theirs = _unique((value(s.item), s) for s in lost)
    return {i: theirs[text] for text, i in ours.items() if text and text in theirs}


def _similar(fresh: Mapping[int, Item], lost: Sequence[Seen]) -> Pairs:
    """Pairs of titles nine tenths alike whose dates do not contradict, the most alike first."""
    pairs = _agreeing(fresh, lost, lambda item: fold(item.title))
    pairs = {i: s for i, s in pairs.items() if not contradict(fresh[i], s.item)}
    if len(fresh) * len(lost) > _FUZZY_PAIRS:
        return pairs
    for i, item in fresh.items():
        rest = without(lost, pairs)
        if i not in pairs and (near := [s for s in rest if _near(item, s.item)]):
            pairs[i] = max(near, key=lambda s: SequenceMatcher(None, item.title, s.item.title).ratio())
    return pairs


def _near(item: Item, known: Item) -> bool:
    # "Weekly report 12" and "Weekly report 13" are alike, and two releases.
    if re.findall(r"\d+", item.title) != re.findall(r"\d+", known.title):
        return False
    return not contradict(item, known) and alike(fold(item.title), fold(known.title))


def _same_body(one: Item, other: Item) -> bool:
    return len(one.body) > 200 and alike(one.body[:5000], other.body[:5000])


def _share_a_word(one: str, other: str) -> bool:
    words = {word for word in fold(one).split() if len(word) > 3}
    return not words or not words.isdisjoint(fold(other).split())


def _grouped(some: Iterable[T], value: Callable[[T], str]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = defaultdict(list)
    for each in some:
        groups[value(each)].append(each)
    return groups


def _unique(pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    held = list(pairs)
    often = Counter(text for text, _ in held)
    return {text: value for text, value in held if often[text] == 1}
