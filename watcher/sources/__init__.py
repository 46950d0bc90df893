"""The kinds of source, one module each: the file's name is the kind.

A kind is a module with `Options`, a pydantic model whose fields are its configuration keys (`url` among them), and
`find(options, get)`. It may have

- `complete(options, item, get)`: what a new item still needs, its article;
- `revisit(options, get, known)`: `find` for later looks, where `known(items)` says how much of the last list they are;
- `recognise(response)`: its Options for an answer that is of this kind, or None, and `otherwise(options)`: those to try
  where these find nothing;
- `ON_EDIT`, or `on_edit(options)`: what happens to its edited items when the configuration says nothing;
- `CONFIRM = True`: before an edit is news the page is fetched again at once; `stable(options, first, second, known)` is
  the item of both fetches as it is compared with the known one, and stored;
- `against(options, was, now)`: the form that an edit is told against, equal to `now` where nothing is to be told;
- `pause(response)`: the time between two looks that a page asks for, or None;
- `UNORDERED = True`: news may stand on any page of a list;
- `JITTERS = True`: where two fetches of its page hold the same items, what differs between them is noise, as long as no
  tag and no link does; until the day is over a page that differs in nothing else is not read again;
- `RISKY = True`: it runs what the configuration says, and is off where others can write that.

Others' packages join by an entry point in the group `watcher.sources`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, cast

from watcher import plugins
from watcher.model import Get, Item


class Source(Protocol):
    """What the module of a kind has."""

    Options: type[Any]

    def find(self, options: Any, get: Get) -> Iterable[Item]:
        """The items of the page, in page order. Raises FetchError (from `get`) and ExtractError."""


def kinds() -> list[str]:
    """Every kind there is, by name."""
    return plugins.kinds(__name__)


def load(kind: str) -> Source:
    """The module of a kind. Raises KeyError for a kind that is not there."""
    return cast(Source, plugins.load(__name__, kind))
