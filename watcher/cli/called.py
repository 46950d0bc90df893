"""Which items somebody means who names them: by id, slug, address, title, version, or a part of these."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from watcher import urls
from watcher.model import Item, Seen
from watcher.text import fold

#: How many near names are told, of how many items at most: comparing names takes its time.
NEAR, COMPARED = 3, 1000

_V = re.compile(r"(?i)(?<!\w)v\.?(?=\d)")


def called(known: Sequence[Seen], name: str) -> list[Seen]:
    """The items that bear the name; where none does, those that bear it as a part of theirs."""
    whole = [seen for seen in known if name in (seen.id, seen.slug) or _by_address(seen, name) or _is(seen.item, name)]
    return whole or [seen for seen in known if _held(seen.slug, name) or _is_part(seen.item, name)]


def is_called(item: Item, name: str) -> bool:
    """Whether an item that nobody knows has the name, or has it as a part of its own."""
    return _is(item, name) or _is_part(item, name)


def near(known: Sequence[Seen], name: str) -> list[str]:
    """The slugs of items that have names much like this one."""
    slugs = {each.casefold(): seen.slug for seen in known[:COMPARED] for each in _names(seen)}
    return list(dict.fromkeys(slugs[each] for each in get_close_matches(name.casefold(), slugs, n=NEAR)))


def _names(seen: Seen) -> Iterator[str]:
    yield from filter(None, (seen.slug, seen.item.title, seen.item.version))


def _by_address(seen: Seen, name: str) -> bool:
    return bool(urls.absolute("", name)) and ("address", urls.identity(name)) in seen.keys


def _is(item: Item, name: str) -> bool:
    if urls.absolute("", name) and urls.identity(name) == urls.identity(item.link):
        return True
    bare = _bare(name)
    return name == item.key or (bool(bare) and bare in (_bare(item.title), _bare(item.version)))


def _is_part(item: Item, name: str) -> bool:
    return _held(_bare(item.title), _bare(name)) or (not urls.absolute("", name) and _held(item.link, name))


def _bare(text: str) -> str:
    """Titles and versions as they are compared: the same with and without the v of a version."""
    return fold(_V.sub("", text))


def _held(text: str, part: str) -> bool:
    """Whether it is a part of the text; a number is never a part of a longer one."""
    part = part.casefold().strip()
    if not part or part not in (text := text.casefold()):
        return False
    before, after = ("(?<![0-9])" if part[0].isdigit() else ""), ("(?![0-9])" if part[-1].isdigit() else "")
    return re.search(before + re.escape(part) + after, text) is not None
