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

#: More articles than this wait for the next look; so many failures in a row mean that the rest would fail as well.
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
            yield replace(found, item=item or found.item, pending=0 if item else left.get(found.id, TRIES))
        else:
            yield found
    articles.tell()


def late(pending: Iterable[Seen], watch: Watch, source: Source, get: Get, now: datetime) -> Iterator[Change]:
    """What becomes of the items that wait for their articles, as far as something does."""
    articles = _Articles(watch, source, get)
    for seen in pending:
        item = articles.of(seen.item)
        left = 0 if item else seen.pending - articles.tried
        if left < seen.pending:
            # An edit that had to wait for its article is seen by readers from now on.
            revised_at = now if seen.revision and not left else seen.revised_at
            after = replace(seen, item=item or seen.item, pending=left, revised_at=revised_at)
            yield Change(kind="touched", seen=after, why=line(now, "article", _words(item, left)))
    articles.tell()


def _words(item: Item | None, left: int) -> str:
    if item:
        return "it came"
    return f"it cannot be had; {left} looks left" if left else "given up, it goes without"


class _Articles:
    """`of` gives the completed item, or None where its article cannot be had now. `tried` says whether it was asked
    for: so many are, until one after the other fails."""

    def __init__(self, watch: Watch, source: Source, get: Get) -> None:
        self.watch, self.get = watch, get
        self.complete: Complete = getattr(source, "complete", lambda options, item, get: item)
        self.asked, self.failed, self.tried = 0, 0, False
        self.missing: list[tuple[str, CheckError]] = []

    def of(self, item: Item) -> Item | None:
        self.tried = self.asked < ARTICLES_A_LOOK and self.failed < FAILURES_A_LOOK
        return self._completed(item) if self.tried else None

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
            return None
        except WatcherError:
            raise
        except Exception:
            # An article that breaks us costs its own item a try; the list, and what else is new, goes on.
            log.exception("a fault in watcher, in the article of %s", item.link, extra={"watch": self.watch.name})
            return None
        self.failed = 0
        return completed

    def _counted(self, request: Request) -> Response:
        self.asked += 1
        return self.get(request)
