"""An entry in all the forms that a feed has."""

from __future__ import annotations

from watcher.feeds import atom, clean, jsonfeed, page
from watcher.feeds.frame import Forms, Frame
from watcher.model import Entry, Feed


def forms(entry: Entry, feed: Feed, mark: str = "") -> Forms:
    """An entry as it stands in any feed with the same `zone`."""
    entry = clean.entry(entry)
    element, fault = b"", ""
    try:
        element = atom.element(entry)
    except ValueError as error:
        fault = str(error)
    each = (element, jsonfeed.item(entry), page.article(entry, feed))
    return Forms(entry.id, entry.updated, each, fault, "" if fault else mark)


def frames(feed: Feed, *, empty: bool) -> tuple[Frame, ...]:
    """What stands around the entries, in the same order."""
    return atom.frame(feed), jsonfeed.frame(feed, empty=empty), page.frame(feed, empty=empty)
