"""The files of a feed in parts: each entry, and what stands around them. An entry is made by itself: where the files
stand, and nothing of it has changed, it can be taken from there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Forms:
    """What stands of an entry in each file of a feed: in Atom, in JSON and on the page, in this order."""

    id: str
    updated: datetime
    each: tuple[bytes, ...]  # Atom's is empty where it cannot be written there
    fault: str = ""  # why
    mark: str = ""  # of what it was made; "": it is to be made again in any case


class Frame(NamedTuple):
    """A file of a feed, without its entries."""

    head: bytes
    tail: bytes
    between: bytes = b""

    def around(self, entries: Iterable[bytes]) -> bytes:
        return self.head + self.between.join(entries) + self.tail

    def spans(self, entries: Iterable[bytes]) -> Iterator[tuple[int, int]]:
        """Where each of them stands in the file: its first byte, and the one behind its last."""
        at = len(self.head)
        for entry in entries:
            yield at, at + len(entry)
            at += len(entry) + len(self.between)
