"""What differs between two fetches of a page that hold the very same items: a clock, a counter, a token. Pure.

A page is cut before each `<`. Where two fetches of it differ only in short texts, and in attributes that link nowhere,
and their items are the same to the letter, those places are noise: no item was read from them. A later fetch that
differs from these in nothing but noise holds the same items again.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from html import unescape
from typing import NamedTuple

_SPLIT, _NAME = b"<", re.compile(rb"[^\s>]*")
#: Of these the attributes may differ as well: nonces, tokens, addresses that keep caches away.
_VOLATILE = frozenset((b"meta", b"link", b"script", b"style", b"input", b"img", b"source", b"iframe", b"form", b"body"))
#: The texts of these name items, or date them.
_TELLING = frozenset((b"a", b"time", b"h1", b"h2", b"h3", b"h4", b"h5", b"h6"))
_SHORT = 200  # bytes; what is longer may hold more than a clock
_MOST = 50  # places; a page with more of them is no page with a clock


class Jitter(NamedTuple):
    """Where a page is noise, and what it is elsewhere."""

    places: tuple[int, ...]
    elsewhere: str  # SHA-256

    def write(self, now: datetime) -> str:
        """As the state keeps it, with the day on which it was learnt."""
        return f"{now.date().isoformat()} {self.elsewhere} {' '.join(map(str, self.places))}"

    def covers(self, body: bytes) -> bool:
        """Whether this fetch differs in nothing but noise."""
        return _elsewhere(body.split(_SPLIT), self.places) == self.elsewhere


def parse(text: str, now: datetime | None = None) -> Jitter | None:
    """What `write` has written; None for "", and for what was learnt on another day than `now`."""
    day, _, rest = text.partition(" ")
    elsewhere, *places = rest.split() or [""]
    if not elsewhere or (now and day != now.date().isoformat()):
        return None
    return Jitter(tuple(map(int, places)), elsewhere)


def learnt(before: bytes, after: bytes, known: Jitter | None = None) -> Jitter | None:
    """What two fetches with the same items teach, beside what was known; None where they differ in more than noise."""
    old, new = before.split(_SPLIT), after.split(_SPLIT)
    if len(old) != len(new):
        return None
    places = {number for number, (a, b) in enumerate(zip(old, new, strict=True)) if a != b}
    # Where the white space alone differs, the text may well be an item's.
    if not all(_is_noise(old[n], new[n]) and _words(old[n]) != _words(new[n]) for n in places):
        return None
    places |= {place for place in (known.places if known else ()) if place < len(new)}
    return Jitter(tuple(sorted(places)), _elsewhere(new, sorted(places))) if 0 < len(places) <= _MOST else None


def _is_noise(a: bytes, b: bytes) -> bool:
    return _still(a) == _still(b)


def _words(piece: bytes) -> tuple[bytes, list[str]]:
    tag, _, text = piece.partition(b">")
    return tag, unescape(text.decode("utf-8", "replace")).split()


def _still(piece: bytes) -> bytes:
    """Of a noisy place what stays the same."""
    tag, _, text = piece.partition(b">")
    found = _NAME.match(tag)
    name = found[0].lower() if found else b""
    if len(text) > _SHORT or name in _TELLING:
        return piece
    return name if name in _VOLATILE and len(tag) <= 10 * _SHORT else tag


def _elsewhere(pieces: list[bytes], places: tuple[int, ...] | list[int]) -> str:
    for place in places:
        if place < len(pieces):
            pieces[place] = _still(pieces[place])
    return hashlib.sha256(b"<".join(pieces)).hexdigest()
