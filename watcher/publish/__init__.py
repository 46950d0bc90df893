"""Stale items -> record files; the records read back -> feeds. All of it can be done again at any time."""

from __future__ import annotations

from datetime import datetime

from watcher import files
from watcher.publish.feed import write_feed
from watcher.publish.recall import recall
from watcher.publish.records import Published, adopt, bring_up_to_date
from watcher.publish.shelf import Shelf, mark
from watcher.publish.site import outline, write_site
from watcher.routing import Route
from watcher.store import Store

__all__ = ["Published", "Shelf", "adopt", "mark", "outline", "publish", "recall", "write_site"]


def publish(route: Route, store: Store, shelf: Shelf, now: datetime, *, afresh: bool = False) -> Published:
    """Write the records that are due, heed what their owner did to the others, and bring the files of the feed up to
    date; with `afresh` also those of which nothing has changed.

    Raises RecordError when all of a watch's records are gone at once: an unmounted folder, most likely.
    """
    done = Published()
    bring_up_to_date(route, store, now, done)
    there = files.listing(route.watch.folder)
    write_feed(route.watch, store, shelf, done, there or {}, afresh=afresh)
    store.shelved(route.watch.name, "" if done.problems else mark(route.watch, shelf, there))
    return done
