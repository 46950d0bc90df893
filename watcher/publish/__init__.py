"""Stale items -> record files; the records read back -> feeds. All of it can be done again at any time."""

from __future__ import annotations

from datetime import datetime

from watcher import files
from watcher.publish.feed import write_feed
from watcher.publish.recall import recall
from watcher.publish.records import Published, adopt, bring_up_to_date, catch_up
from watcher.publish.shelf import Shelf, mark
from watcher.publish.site import outline, write_site
from watcher.routing import Route
from watcher.store import Store

__all__ = ["Published", "Shelf", "adopt", "catch_up", "mark", "outline", "publish", "recall", "write_site"]


def publish(route: Route, store: Store, shelf: Shelf, now: datetime, *, afresh: bool = False) -> Published:
    """Write the records that are due, heed what their owner did to the others, and bring the files of the feed up to
    date; with `afresh` also those of which nothing has changed.

    Raises RecordError when all of a watch's records are gone at once: an unmounted folder, most likely.
    """
    done, folder = Published(), route.watch.folder
    before = files.listing(folder) or {}
    bring_up_to_date(route, store, now, done)
    there = files.listing(folder) or {}
    write_feed(route.watch, store, shelf, done, there, afresh=afresh)
    # What its owner did in the meantime is heeded the next time.
    alone = {**before, **done.stamps} == there
    store.shelved(route.watch.name, mark(route.watch, shelf, there) if alone and not done.problems else "")
    return done
