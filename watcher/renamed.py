"""Watches that seem to have been given another name. To Watcher they are others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from watcher import urls
from watcher.model import Watch
from watcher.store import Store


def renamed(watches: Mapping[str, Watch], store: Store) -> list[str]:
    """A sentence for each watch that nobody has looked at yet, and whose address is that of one that was looked at and
    is configured no more."""
    left = store.known_of(set(store.names()) - watches.keys())
    was = {urls.identity(url): known.name for known in left.values() if known.checked_at for url in _urls(known.spec)}
    found = {watch.name: old for watch in watches.values() if was and (old := was.get(urls.identity(watch.url)))}
    known = store.known_of(found)
    return [_said(old, new) for new, old in found.items() if not known[new].checked_at]


def _urls(spec: str) -> Iterator[str]:
    """The address that stands in a rule: `Watch.spec`."""
    try:
        options, _ = json.JSONDecoder().raw_decode(spec.partition(" ")[2])
        yield str(options["url"])
    except (ValueError, KeyError, TypeError):
        pass


def _said(old: str, new: str) -> str:
    return (
        f"{new} begins anew, though its page was watched as {old}: a watch is known by its name; to go on where"
        f' {old} was, write [watch.{old}] again, with label = "…" for another title'
    )
