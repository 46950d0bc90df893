"""What a look compares with: what is known of its watch, and what the look has learnt before it judges the page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from watcher.filters import judged
from watcher.match import Match, dropped, lookup, match, minted, whole
from watcher.model import Change, Item, Key, Known, Response, Seen, Turn, Watch

#: So many items may be pinned to the top of a list.
PINS = 2


class Memory(Protocol):
    """What a look asks of the store."""

    def seen(self, watch: str, keys: Collection[Key], /) -> Sequence[Seen]: ...
    def find_items(self, watch: str, ids: Collection[str], /) -> Sequence[Seen]: ...
    def pending(self, watch: str, /) -> Sequence[Seen]: ...
    def last_body(self, watch: str, /) -> Response | None: ...
    def turns(self, watch: str, ids: Collection[str], /) -> Mapping[str, Sequence[Turn]]: ...


@dataclass(frozen=True, slots=True)
class Past:
    """What found items are compared with. `learnt` is not stored yet, and stands above what is."""

    watch: Watch
    known: Known
    memory: Memory
    learnt: Sequence[Change] = ()

    def match(self, listed: Sequence[Item]) -> list[Match]:
        """The listed items as what they are; in their places also those that the watch is not about."""
        told, before = judged(self.watch.filters, listed), set(self.known.listed)
        matches = {id(each.item): each for each in self._match([item for item, passes in told if passes])}
        woven = (matches.get(id(item)) if passes else dropped(item) for item, passes in told)
        return [
            whole(each if before.isdisjoint((each.id, *minted(each.item))) else replace(each, met=True))
            for each in woven
            if each
        ]

    def _match(self, items: Sequence[Item]) -> list[Match]:
        keys = {key for item in items for key in lookup(item, self.watch.url)}
        seen = {s.id: s for s in self.memory.seen(self.watch.name, keys)}
        missing = {id_ for item in items for id_ in minted(item)} - seen.keys()
        seen |= {s.id: s for s in self.memory.find_items(self.watch.name, missing)}
        seen |= {c.seen.id: replace(c.seen, keys=c.seen.keys | c.keys) for c in self.learnt}
        return match(items, list(seen.values()), self.known.listed, self.watch.url)

    def share(self, matches: Sequence[Match]) -> float:
        """How much of the last list these are; nothing where they do not join it."""
        listed = set(self.known.listed)
        met = [m.id in listed for m in matches]
        return sum(met) / len(listed) if _joined(met) else 0.0

    def is_apart(self, matches: Sequence[Match]) -> bool:
        """Whether nothing joins what is found to what was listed before: between the two a gap may be."""
        return bool(self.known.listed and matches) and not _joined([m.seen is not None or m.met for m in matches])


def _joined(known: Sequence[bool]) -> bool:
    """Whether a list, of whose items these are known, meets what is known. One or two at its top may be pinned there,
    whatever has been published below them."""
    first_new = known.index(False) if False in known else len(known)
    pinned = len(known) >= 5 and first_new <= PINS and not any(known[first_new:])
    return any(known) and not pinned
