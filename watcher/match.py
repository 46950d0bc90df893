"""Which found item is which known one. Pure, one to one, and never by what a page looks like today alone.

Strong keys come first: the source's own id, then the address together with what tells the items of one address
apart, then the address. Weak ones are tried only after a redesign, claim only items of the last list, and need a
second signal.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple, TypeAlias, TypeVar

from watcher import urls
from watcher.model import Item, Key, Seen
from watcher.text import fold, is_cut, lead
from watcher.times import day

ALIKE = 0.9
_TWINS = 50
_TELLING = 15  # letters, digits and spaces by which a title that is cut short may be known
_FUZZY_PAIRS = 10_000  # more comparisons of titles letter by letter would hold a check for seconds

Pairs: TypeAlias = dict[int, Seen]  # position in the found list -> the known item that stands there
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A found item, the known one it is (or None), its id (the known one's, or a fresh one), and its keys."""

    item: Item  # with its article, once that was fetched
    digest: str  # of what the page said, without the article
    seen: Seen | None
    strong: bool
    id: str
    keys: frozenset[Key]
    pending: int = 0  # looks left for an article that could not be had
    missing: str = ""  # why it could not
    dropped: bool = False  # the watch is not about it: it is in the list, and that is all
    met: bool = False  # it was in the last list, known or dropped

    @property
    def edited(self) -> bool:
        # An adopted record has no digest: what the page said of it is first heard now.
        return self.seen is not None and self.seen.digest not in ("", self.digest)


def lookup(item: Item, page: str) -> tuple[Key, ...]:
    """Every strong key by which a stored item may be this one, strongest first. `page` is the watch's own address:
    it identifies nothing, since a list without links and a changelog have it for every item."""
    names = _names(item)
    native = (("id", item.key),) if item.key else ()
    if names.address == urls.identity(page):
        return native or (("exact", names.exact),)
    return (*native, ("exact", names.exact), ("address", names.address))


def by(item: Item, seen: Seen, page: str) -> str:
    """By what an item was taken for a known one, in words."""
    for kind, value in lookup(item, page):
        if (kind, value) in seen.keys:
            return {"id": f'its own id "{value}"', "exact": "its address and title", "address": "its address"}[kind]
    if seen.id in minted(item):
        return "the id that its address gives"
    if urls.says_more(item.link, seen.item.link):
        return "its address but for the query, its title and its day"
    if fold(item.title) == fold(seen.item.title):
        return "its title, in a list that has changed its addresses"
    if alike(fold(item.title), fold(seen.item.title)):
        return "a title nine tenths the same, in a list that has changed its addresses"
    return "the last part of its address, in a list that has changed its addresses"


def minted(item: Item) -> tuple[str, str]:
    """The ids that this item would be given: of its address, and of its address with what tells it from others."""
    return _names(item).minted


def distinct(items: Iterable[Item]) -> list[Item]:
    """The items without repetitions: pages show a release in the list, and again in a menu or a teaser. An id of the
    source's own that several items have is none."""
    kept: list[Item] = []
    neighbours: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        twins = neighbours[urls.identity(item.link)]
        # Where so many share an address it is no item's own, and none is the teaser of another.
        if len(twins) > _TWINS or not any(_same_to_a_reader(item, twin) for twin in twins):
            kept.append(item)
            twins.append(item)
    often = Counter(item.key for item in kept)
    keyless = (replace(item, key="") if often[item.key] > 1 else item for item in kept)
    return _plainest({_names(item).exact: item for item in keyless}.values())


def _plainest(items: Iterable[Item]) -> list[Item]:
    """Without those that differ from another in saying more in their query."""
    kept: dict[tuple[str, str, str], Item] = {}
    others, all_ = [], list(items)
    for item in all_:
        twin = kept.setdefault(_at_path(item), item)
        if twin is not item and not urls.says_more(item.link, twin.link):
            others.append(item)
        elif twin is not item and len(item.link) < len(twin.link):
            kept[_at_path(item)] = item
    place = {id(item): n for n, item in enumerate(all_)}
    return sorted([*kept.values(), *others], key=lambda item: place[id(item)])


def match(found: Sequence[Item], seen: Sequence[Seen], listed: Sequence[str], page: str) -> list[Match]:
    """`found` in page order, each with the known item that it is. `seen` holds the items of `listed` (the ids of the
    last list in page order), all that carry a key of `lookup`, and all that have an id of `minted`."""
    strong = _strong(found, seen, page)
    pairs = strong | _weak(found, strong, _in_order(seen, listed), page)
    here, crowded = _crowded(found, ()), _crowded(found, seen)
    owner = {key: s.id for s in seen for key in s.keys}
    taken = {s.id for s in seen}
    matches = []
    for i, item in enumerate(found):
        known, keys = pairs.get(i), lookup(item, page)
        if known is None and all(key in owner for key in keys):
            continue  # the twin of an item that another one on this page has a better claim to
        id_ = known.id if known else _fresh_id(item, keys, crowded, taken)
        taken.add(id_)
        foreign = any(owner.get(key, id_) != id_ for key in keys)
        shared = foreign or len(keys) == 1 or here[urls.identity(item.link)] > 1
        own = frozenset(key for key in keys if owner.get(key, id_) == id_ and (shared or key[0] != "exact"))
        matches.append(Match(item=item, digest=item.digest, seen=known, strong=i in strong, id=id_, keys=own))
    return matches


def whole(found: Match) -> Match:
    """The match with its whole title. That a page cuts a title short is no edit: the known one is from the time before,
    or from the article."""
    if found.seen is None or not is_cut(found.item.title, found.seen.item.title):
        return found
    item = replace(found.item, title=found.seen.item.title)
    return replace(found, item=item, digest=item.digest if item.digest == found.seen.digest else found.digest)


def dropped(item: Item) -> Match:
    """An item that the watch is not about, in its place of the list."""
    address, own = minted(item)
    id_ = own if item.key else address
    return Match(item=item, digest="", seen=None, strong=False, id=id_, keys=frozenset(), dropped=True)


def alike(one: str, other: str) -> bool:
    """Whether two texts are nine tenths the same."""
    judge = SequenceMatcher(None, one, other, autojunk=False)
    return judge.real_quick_ratio() >= ALIKE and judge.quick_ratio() >= ALIKE and judge.ratio() >= ALIKE


def _strong(found: Sequence[Item], seen: Sequence[Seen], page: str) -> Pairs:
    pairs: Pairs = {}
    owner = {key: s for s in seen for key in s.keys}
    misleads = _misleading(found, seen, page, counting=_count_places(found, owner))
    for kind in ("id", "exact", "address"):
        claimed = {s.id for s in pairs.values()}
        moved = {i: s for i, s in pairs.items() if urls.identity(found[i].link) != urls.identity(s.item.link)}
        crowded = _crowded(found, _without(seen, moved))  # what a stronger key has found elsewhere crowds no address
        for i, item in enumerate(found):
            for key in lookup(item, page):
                known = owner.get(key)
                if i in pairs or key[0] != kind or known is None or known.id in claimed:
                    continue
                if kind == "id" and misleads(item, known.item):
                    continue
                # An address that several items share is no proof: only the one that kept its title may claim by it.
                if kind == "address" and crowded[key[1]] > 1 and not _kept_its_title(item, known):
                    continue
                pairs[i] = known
                claimed.add(known.id)
    pairs |= _by_id(found, seen, pairs)
    return pairs | _by_query(found, seen, pairs)


def _kept_its_title(item: Item, known: Seen) -> bool:
    """Whether its title is the known one's, or what the list said of that one: its article may have a longer title."""
    return fold(known.item.title) == fold(item.title) or known.digest == item.digest


def _misleading(
    found: Sequence[Item], seen: Sequence[Seen], page: str, *, counting: bool
) -> Callable[[Item, Item], bool]:
    """Whether an id is no proof that an item is the known one that had it. What it says has to be the same once the
    matches are stored: else a page that is seen again would change them."""
    here = {urls.identity(item.link) for item in found}
    stood = {was for s in seen if (was := _told(s.item))[0] != urls.identity(page)}
    told, keyless = ({_told(item) for item in found if each or not item.key} for each in (True, False))

    def misleads(item: Item, known: Item) -> bool:
        (address, _), was = _told(item), _told(known)
        # Ids that count the places of a list are nobody's: where all else differs, and the place is that of another, or
        # another is at its own.
        if _differ(item, known) and (counting or was[0] in here or _told(item) in stood):
            return True
        # Another item stands where the known one stood, and bears its title.
        return _told(item) != was and was in (told if address != was[0] else keyless)

    return misleads


def _told(item: Item) -> tuple[str, str]:
    return urls.identity(item.link), fold(item.title)


def _count_places(found: Sequence[Item], owner: Mapping[Key, Seen]) -> bool:
    """Whether the ids of a source say where an item stands, and not what it is: several of them are now those of items
    that differ in address and title from the known ones."""
    claims = [(item, owner[key].item) for item in found if item.key and (key := ("id", item.key)) in owner]
    return sum(_differ(item, was) for item, was in claims) > 1


def _differ(item: Item, known: Item) -> bool:
    """Whether neither address nor title is the same."""
    return urls.identity(item.link) != urls.identity(known.link) and fold(item.title) != fold(known.title)


def _by_id(found: Sequence[Item], seen: Sequence[Seen], pairs: Pairs) -> Pairs:
    """What would be given an id that is in use is the item that has it, unless that one stands elsewhere."""
    free = {s.id: s for s in _without(seen, pairs)}
    more: Pairs = {}
    for i, item in enumerate(found):
        known = free.get(minted(item)[1])
        if i not in pairs and known:
            more[i] = free.pop(known.id)
    return more


def _by_query(found: Sequence[Item], seen: Sequence[Seen], pairs: Pairs) -> Pairs:
    """Items whose address only says more than it did, or less: how a reader came, say. Title and day are the same."""
    rest, claimed = _without(seen, pairs), set[str]()
    titled = {_at_path(s.item): s for s in rest}
    said = {(_at_path(s.item)[::2], s.digest): s for s in rest}  # its article may have given it a longer title
    more: Pairs = {}
    for i, item in enumerate(found):
        known = None if i in pairs else titled.get(_at_path(item)) or said.get((_at_path(item)[::2], item.digest))
        if known and known.id not in claimed and urls.says_more(item.link, known.item.link):
            more[i] = known
            claimed.add(known.id)
    return more


def _at_path(item: Item) -> tuple[str, str, str]:
    return urls.identity(item.link).partition("?")[0], fold(item.title), _day_of(item)


def _weak(found: Sequence[Item], strong: Pairs, last: Sequence[Seen], page: str) -> Pairs:
    """Pairs by weak keys, each with a second signal, of items of the last list that no strong key found."""
    lost = _without(last, strong)
    fresh = {i: item for i, item in enumerate(found) if i not in strong}
    # Where a move is taken back, the items are known by the addresses that they had: these have moved as well.
    moved = len(lost) + sum(urls.identity(found[i].link) != urls.identity(s.item.link) for i, s in strong.items())
    if not (moved >= 3 and moved * 2 > len(last)):
        # No redesign. Only a list without links is looked at: there, an edited title leaves no strong key at all.
        lost = [s for s in lost if _linkless(s.item, page)]
        fresh = {i: item for i, item in fresh.items() if _linkless(item, page)}
    fresh = {**fresh, **_lengthened(fresh, found, lost, last)}
    by_text = _agreeing(fresh, lost, _title_and_day)
    by_text |= _similar({i: item for i, item in fresh.items() if i not in by_text}, _without(lost, by_text))
    by_place = _agreeing(fresh, lost, _last_part)
    by_place = {i: s for i, s in by_place.items() if _share_a_word(found[i].title, s.item.title)}
    weak = _without_clashes(by_place, by_text) | by_text
    if not weak:
        return {}
    chain = _chain(strong, weak, last)
    return {
        i: known
        for i, known in weak.items()
        if i in chain or (i in by_text and by_place.get(i) is known) or _same_body(found[i], known.item)
    }


def _lengthened(
    fresh: Mapping[int, Item], found: Sequence[Item], lost: Sequence[Seen], last: Sequence[Seen]
) -> dict[int, Item]:
    """Of items whose titles are cut short those that can only be one of the lost, with the title of that one: nothing
    else of its day begins so, on the page or in the last list. Or the last list cut its title in the same way."""
    of_day, said = _grouped(last, lambda s: _day_of(s.item)), _grouped(last, lambda s: s.digest)
    here = _grouped(found, _day_of)
    free = {s.id for s in lost}
    whole = {}
    for i, item in fresh.items():
        if not (head := lead(item.title)):
            continue
        fits = [s for s in of_day.get(_day_of(item), ()) if _day_of(item) and _begins(head, s.item.title)]
        fits = fits or [s for s in said.get(item.digest, ()) if not _contradict(item, s.item)]
        rivals = [each for each in here[_day_of(item)] if fold(each.title).startswith(head)]
        if len(fits) == len(rivals) == 1 and fits[0].id in free:
            whole[i] = replace(item, title=fits[0].item.title)
    return whole


def _begins(head: str, title: str) -> bool:
    """Whether a title begins so, at a word, which says enough."""
    return len(head) >= _TELLING and " " in head and f"{fold(title)} ".startswith(f"{head} ")


def _grouped(some: Iterable[T], value: Callable[[T], str]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = defaultdict(list)
    for each in some:
        groups[value(each)].append(each)
    return groups


def _agreeing(fresh: Mapping[int, Item], lost: Sequence[Seen], value: Callable[[Item], str]) -> Pairs:
    """Pairs whose `value` is the same, and is had by no other on either side."""
    ours = _unique((value(item), i) for i, item in fresh.items())
    theirs = _unique((value(s.item), s) for s in lost)
    return {i: theirs[text] for text, i in ours.items() if text and text in theirs}


def _similar(fresh: Mapping[int, Item], lost: Sequence[Seen]) -> Pairs:
    """Pairs of titles nine tenths alike whose dates do not contradict, the most alike first."""
    pairs = _agreeing(fresh, lost, lambda item: fold(item.title))
    pairs = {i: s for i, s in pairs.items() if not _contradict(fresh[i], s.item)}
    if len(fresh) * len(lost) > _FUZZY_PAIRS:
        return pairs
    for i, item in fresh.items():
        rest = _without(lost, pairs)
        if i not in pairs and (near := [s for s in rest if _near(item, s.item)]):
            pairs[i] = max(near, key=lambda s: SequenceMatcher(None, item.title, s.item.title).ratio())
    return pairs


def _chain(strong: Pairs, weak: Pairs, last: Sequence[Seen]) -> set[int]:
    """The positions that stand between the same neighbours in both lists: the heaviest run of pairs that goes down
    both pages in one order, where a strong pair outweighs all weak ones. A run of one has no neighbour."""
    place = {s.id: n for n, s in enumerate(last)}
    steps = [(i, place[s.id], i in strong) for i, s in sorted((strong | weak).items()) if s.id in place]
    weights: list[int] = []
    before: list[int] = []
    heaviest = [-1] * (len(last) + 1)  # a Fenwick tree: of the steps above a place in the last list, the first heaviest
    for n, (_, there, firm) in enumerate(steps):
        last_step, at = -1, there
        while at > 0:
            last_step = _heavier(last_step, heaviest[at], weights)
            at &= at - 1
        weights.append((len(steps) + 1 if firm else 1) + (weights[last_step] if last_step >= 0 else 0))
        before.append(last_step)
        at = there + 1
        while at <= len(last):
            heaviest[at] = _heavier(heaviest[at], n, weights)
            at += at & -at
    step = max(range(len(steps)), key=weights.__getitem__, default=-1)
    run = set()
    while step >= 0:
        run.add(steps[step][0])
        step = before[step]
    return run if len(run) > 1 else set()


def _heavier(one: int, other: int, weights: Sequence[int]) -> int:
    """Of two steps, -1 for none, the one with more weight; the earlier one of equals."""
    if one < 0 or other < 0:
        return max(one, other)
    return min(one, other, key=lambda step: (-weights[step], step))


def _last_part(item: Item) -> str:
    """The last part of the path, where it is a name: every list has a number 10."""
    part = fold(urls.last_part(item.link))
    return part if re.search(r"[^\W\d_]{2}", part) else ""


def _share_a_word(one: str, other: str) -> bool:
    words = {word for word in fold(one).split() if len(word) > 3}
    return not words or not words.isdisjoint(fold(other).split())


def _linkless(item: Item, page: str) -> bool:
    return not item.key and urls.identity(item.link) == urls.identity(page)


def _near(item: Item, known: Item) -> bool:
    # "Weekly report 12" and "Weekly report 13" are alike, and two releases.
    if re.findall(r"\d+", item.title) != re.findall(r"\d+", known.title):
        return False
    return not _contradict(item, known) and alike(fold(item.title), fold(known.title))


def _contradict(one: Item, other: Item) -> bool:
    """Whether both are dated, and more than a day (a zone's worth) apart."""
    if one.published is None or other.published is None:
        return False
    return abs((day(one.published) - day(other.published)).days) > 1


def _same_body(one: Item, other: Item) -> bool:
    return len(one.body) > 200 and alike(one.body[:5000], other.body[:5000])


def _same_to_a_reader(one: Item, other: Item) -> bool:
    """Whether two items with one address are one release shown twice: one of them without its title, or cut short."""
    if one.key != other.key or _contradict(one, other):
        return False
    short, long = sorted((fold(one.title), fold(other.title)), key=len)
    # "Report 1" is no beginning of "Report 12".
    return short == long or not short or (long.startswith(short) and not short[-1].isdigit())


def _title_and_day(item: Item) -> str:
    return f"{fold(item.title)} {day(item.published)}" if item.published else ""


def _day_of(item: Item) -> str:
    return day(item.published).isoformat() if item.published else ""


class _Names(NamedTuple):
    """What an item is found by. `native` tells it from others at its address: its own id, or title and date where there
    is nothing better."""

    address: str
    native: str
    exact: str
    minted: tuple[str, str]


def _names(item: Item) -> _Names:
    # Not by the moment: two that are the same in different zones are of different days.
    return _named(item.link, item.key, item.title, day(item.published) if item.published else None)


@lru_cache(maxsize=4096)
def _named(link: str, key: str, title: str, when: date | None) -> _Names:
    """Asked of the same items over and over in one look."""
    address = urls.identity(link)
    native = key or f"{fold(title)[:200]} {when.isoformat() if when else ''}".strip()
    return _Names(address, native, f"{address}#{native}", (urls.mint(link), urls.mint(link, native)))


def _fresh_id(item: Item, keys: Sequence[Key], crowded: Counter[str], taken: set[str]) -> str:
    plain, precise = minted(item)
    if keys[-1][0] == "address" and crowded[keys[-1][1]] < 2 and plain not in taken:
        return plain
    if precise not in taken:
        return precise
    numbered = (urls.mint(item.link, f"{_names(item).native} {n}") for n in itertools.count(2))
    return next(id_ for id_ in numbered if id_ not in taken)


def _crowded(found: Sequence[Item], seen: Sequence[Seen]) -> Counter[str]:
    """How many items stand at an address, on the page or in the store, whichever is more."""
    return Counter(urls.identity(i.link) for i in found) | Counter(urls.identity(s.item.link) for s in seen)


def _in_order(seen: Iterable[Seen], listed: Sequence[str]) -> list[Seen]:
    by_id = {s.id: s for s in seen}
    return [by_id[id_] for id_ in listed if id_ in by_id]


def _without(lost: Sequence[Seen], pairs: Pairs) -> list[Seen]:
    claimed = {s.id for s in pairs.values()}
    return [s for s in lost if s.id not in claimed]


def _without_clashes(pairs: Pairs, claims: Pairs) -> Pairs:
    claimed = {s.id for s in claims.values()}
    return {i: s for i, s in pairs.items() if i not in claims and s.id not in claimed}


def _unique(pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    held = list(pairs)
    often = Counter(text for text, _ in held)
    return {text: value for text, value in held if often[text] == 1}
