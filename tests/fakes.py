"""Nouns made short, for tests of what is pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from watcher.diff import Verdict, diff
from watcher.match import distinct, lookup, match, minted, whole
from watcher.model import Item, Known, Seen, Watch
from watcher.sources.page import Options

NOW = datetime(2026, 11, 22, 13, 16, 46, tzinfo=UTC)
PAGE = "https://press.example.org/news/press-releases"


def item(n: int, title: str = "", *, day: date | None = None, link: str = "", **more: Any) -> Item:
    """Release number `n`; a day later for each number."""
    published = day or date(2026, 10, 1) + timedelta(days=n)
    link = link or f"{PAGE}/jy{n:04}"
    return Item(link=link, title=title or TITLES[n % len(TITLES)] + f" {n}", published=published, **more)


def undated(found: Item) -> Item:
    """The same without its date."""
    return replace(found, published=None)


def watch(**more: Any) -> Watch:
    """A list of releases."""
    settings: dict[str, Any] = {
        "name": "press",
        "url": PAGE,
        "kind": "list",
        "options": Options(url=PAGE),
        "title": "Press",
        "zone": UTC,
        "folder": Path("records"),
    }
    return Watch(**settings | more)


class Memory:
    """What a store would remember of one watch, in a dict: looks are applied to it one after the other."""

    def __init__(self, **settings: Any) -> None:
        self.watch = watch(**settings)
        self.seen: dict[str, Seen] = {}
        self.known = Known(name=self.watch.name)
        self.now = NOW

    def look(self, found: Sequence[Item], *, baseline: bool | None = None) -> Verdict:
        """One look at a page, applied."""
        items = distinct(found)
        keys = {key for each in items for key in lookup(each, self.watch.url)}
        listed = set(self.known.listed)
        ids = {id_ for each in items for id_ in minted(each)}
        seen = [s for s in self.seen.values() if s.id in listed | ids or s.keys & keys]
        matches = [whole(each) for each in match(items, seen, self.known.listed, self.watch.url)]
        quiet = self.known.first_look if baseline is None else baseline
        verdict = diff(matches, self.known, self.watch, self.now, baseline=quiet)
        owned = {key for s in self.seen.values() for key in s.keys}
        for change in verdict.changes:
            known = self.seen.get(change.seen.id)
            more = {key for key in change.keys if key not in owned}
            kept = known.keys if known else frozenset()
            self.seen[change.seen.id] = replace(change.seen, keys=kept | more)
        oldest = verdict.oldest or self.known.oldest
        self.known = replace(self.known, listed=verdict.listed, checked_at=self.now, oldest=oldest)
        self.now += timedelta(minutes=30)
        return verdict

    def told(self, found: Sequence[Item]) -> list[str]:
        """The titles that a look at this page tells."""
        return [change.seen.item.title for change in self.look(found).changes if change.event]


TITLES = (
    "Treasury Announces Sanctions Framework",
    "Readout of the Meeting with Finance Ministers",
    "Remarks at the Annual Bankers Conference",
    "Office of Foreign Assets Control Designates Network",
    "Statement on the Monthly Budget Review",
    "Deputy Secretary Travels to Brussels",
    "Joint Report on Illicit Finance Published",
    "Community Lenders Receive Emergency Capital",
    "New Rules for Beneficial Ownership Reporting",
    "Auction of Ten Year Notes Concludes",
    "Advisory on Ransomware Payments",
)
