"""What new and edited items still need: their articles. Those that cannot be had are waited for, some looks long."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from watcher.diff import line
from watcher.errors import CheckError, Disallowed, FetchError, WatcherError
from watcher.match import Match
from watcher.model import Change, Get, Item, Request, Response, Seen, Watch
from watcher.sources import Source

log = logging.getLogger(__name__)

#: An article that cannot be had is tried again at this many more looks; then the item goes out without it.
TRIES = 3

#: More articles than this wait for the next look; after so many failures in a row a look asks for no more.
ARTICLES_A_LOOK, FAILURES_A_LOOK = 50, 3

Complete: TypeAlias = Callable[[Any, Item, Get], Item]


def completed(
    matches: Iterable[Match], waited: Sequence[Change], watch: Watch, source: Source, get: Get
) -> Iterator[Match]:
    """The matches with the articles of what is new or edited, as far as they can be had now."""
    articles = _Articles(watch, source, get)
    # An item that is edited at every look is awaited no longer than another.
    left = {change.seen.id: change.seen.pending for change in waited}
    for found in matches:
        if not found.dropped and (found.seen is None or found.edited):
            item = articles.of(found.item)
            pending = 0 if item else left.get(found.id, TRIES)
            yield replace(found, item=item or found.item, pending=pending, missing="" if item else articles.why)
        else:
            yield found
    articles.tell()


def late(pending: Iterable[Seen], watch: Watch, source: Source, get: Get, now: datetime) -> Iterator[Change]:
    """What becomes of the items that wait for their articles, as far as something does."""
    articles = _Articles(watch, source, get)
    for seen in _in_turn(list(pending)):
        item = articles.of(seen.item)
        left = 0 if item else seen.pending - articles.had_its_try(seen)
        if left < seen.pending:
            # An edit that had to wait for its article is seen by readers from now on.
            revised_at = now if seen.revision and not left else seen.revised_at
            after = replace(seen, item=item or seen.item, pending=left, revised_at=revised_at)
            yield Change(kind="touched", seen=after, why=line(now, "article", _words(item, left, articles.why)))
    articles.tell()


def _in_turn(pending: Sequence[Seen]) -> list[Seen]:
    """News before what was there at the first look: that one nobody waits for."""
    return [*_further([s for s in pending if not s.baseline]), *_further([s for s in pending if s.baseline])]


def _further(pending: list[Seen]) -> list[Seen]:
    """Each look begins further down: it is not always the same few that speak for all."""
    start = FAILURES_A_LOOK * (TRIES - pending[0].pending) % len(pending) if pending else 0
    return pending[start:] + pending[:start]


def _words(item: Item | None, left: int, why: str) -> str:
    if item:
        return "it came"
    return f"it cannot be had ({why}); {left} looks left" if left else f"given up, it goes without ({why})"


class _Articles:
    """`of` gives the completed item, or None where its article cannot be had now. `tried` says whether it was asked
    for: so many are, until one after the other fails; `why` is what was wrong, also where that ended the asking."""

    def __init__(self, watch: Watch, source: Source, get: Get) -> None:
        self.watch, self.get = watch, get
        self.complete: Complete = getattr(source, "complete", lambda options, item, get: item)
        self.asked, self.failed, self.tried, self.came, self.why = 0, 0, False, False, ""
        self.missing: list[tuple[str, CheckError]] = []

    def of(self, item: Item) -> Item | None:
        self.tried = self.asked < ARTICLES_A_LOOK and self.failed < FAILURES_A_LOOK
        if self.failed < FAILURES_A_LOOK:
            self.why = ""
        return self._completed(item) if self.tried else None

    def had_its_try(self, seen: Seen) -> bool:
        """Whether the look counts for an item. Where one after the other failed it counts for those that were not asked
        for as well: they would have failed, and news is told late, but told. Old stock has time while articles come."""
        return self.tried or (self.failed >= FAILURES_A_LOOK and not (self.came and seen.baseline))

    def tell(self) -> None:
        """One line of the log on all that cannot be had: they mostly fail for one reason."""
        if self.missing:
            (link, error), count = self.missing[0], len(self.missing)
            one = f"the article of {link} cannot be had"
            what = one if count == 1 else f"{count} articles cannot be had; the first is {link}"
            log.warning("%s: %s", what, error, extra={"watch": self.watch.name})

    def _completed(self, item: Item) -> Item | None:
        try:
            completed = self.complete(self.watch.options, item, self._counted)
        except Disallowed as error:
            log.info("%s: %s, and its item goes without", self.watch.name, error)
            return item
        except CheckError as error:
            # A page that came without the part says nothing of how the next one will fare.
            self.failed += isinstance(error, FetchError)
            self.missing.append((item.link, error))
            self.why = str(error)
            return None
        except WatcherError:
            raise
        except Exception:
            # An article that breaks us costs its own item a try; the list, and what else is new, goes on.
            log.exception("a fault in watcher, in the article of %s", item.link, extra={"watch": self.watch.name})
            self.why = "a fault in watcher"
            return None
        self.failed, self.came = 0, True
        return completed

    def _counted(self, request: Request) -> Response:
        self.asked += 1
        return self.get(request)
