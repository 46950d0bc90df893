"""Each item of a page, in page order, with the known item that it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from watcher import urls
from watcher.match.names import crowding, fresh_id, lookup, minted
from watcher.match.pairs import in_order
from watcher.match.strong import strong_pairs
from watcher.match.weak import alike, weak_pairs
from watcher.model import Item, Key, Seen
from watcher.text import fold, is_cut


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


def match(found: Sequence[Item], seen: Sequence[Seen], listed: Sequence[str], page: str) -> list[Match]:
    """`found` in page order, each with the known item that it is. `seen` holds the items of `listed` (the ids of the
    last list in page order), all that carry a key of `lookup`, and all that have an id of `minted`."""
    strong = strong_pairs(found, seen, page)
    pairs = strong | weak_pairs(found, strong, in_order(seen, listed), page)
    here, crowded = crowding(found, ()), crowding(found, seen)
    owner = {key: s.id for s in seen for key in s.keys}
    taken = {s.id for s in seen}
    matches = []
    for i, item in enumerate(found):
        known, keys = pairs.get(i), lookup(item, page)
        if known is None and all(key in owner for key in keys):
            continue  # the twin of an item that another one on this page has a better claim to
        id_ = known.id if known else fresh_id(item, keys, crowded, taken)
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
