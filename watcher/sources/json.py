"""Any interface that answers in JSON: its longest list is the list of items, and common names say what their members
are, as long as the configuration does not name them. Lines of JSON (NDJSON) are read as well."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

from pydantic import BaseModel
from pydantic import Field as Described

from watcher import data, urls, versions
from watcher.data import members
from watcher.data.paths import Field, Path, Paths, is_text
from watcher.errors import NothingFound, NotUnderstood
from watcher.fields import Address
from watcher.html import fragment
from watcher.markdown.literal import paragraphs
from watcher.model import Get, Item, Request, Response, Share
from watcher.paging import collect, linked_next
from watcher.text import line, safe, shorten

_SUMMARY, _TAGS, _MOST = 300, 20, 10_000  # characters; of an item; items of an answer, of which paths find no more
_NEXT = ("next", "next_page_url", "links.next", "paging.next", "pagination.next", "meta.next", "info.next")

_HTML = re.compile(r"(?i)</?(?:p|div|br|h[1-6]|[uo]l|li|a|b|i|em|strong|span|code|pre|img|table|blockquote)\b[^<>]*>")
_MARKDOWN = re.compile(r"(?m)^(?:#{1,6} |[ \t]*[-*+] |[ \t]*\d+\. |```|> )|\]\(\S|\*\*\w|`\w")


class Options(BaseModel, extra="forbid", frozen=True):
    """A path is a JSONPath (RFC 9535), `$.data.posts[*]`, or names with dots between them, `properties.title`. The
    members of an item are named from the item on, by a path or by a text with paths in braces: `{name} {version}`."""

    url: Address = Described(description="the address that answers in JSON")
    items: Path = Described("", description="the path to the items, or to their list; left out: the longest list")
    title: Field = Described("", description="the item's title; left out: what is called title, name, headline …")
    link: Field = Described(
        "", description="the item's link: a path, or an address with paths in braces, https://…/releases/{id}"
    )
    date: Field = Described("", description="its date: RFC 3339, seconds or milliseconds since 1970, or in words")
    summary: Field = Described("", description="a short text on it")
    body: Field = Described("", description="its whole text: Markdown, HTML or plain")
    version: Field = Described("", description="its version")
    key: Field = Described("", description="what tells it from all others for ever, its number for instance")
    author: Field = Described("", description="who wrote it")
    labels: Field = Described("", description="what it is filed under: a path to one text or to several")
    next: Field = Described(
        "",
        description="the path, in the whole answer, to the address of the next page, or an address with the path to a"
        " cursor in braces: https://…/releases?after={meta.cursor}; left out: the usual names of it",
    )
    pages: int = Described(1, ge=1, le=50, description="read so many pages of the list, from the first on")


@dataclass(frozen=True, slots=True)
class _Look:
    """One reading of a watch: its options, and the paths that they name."""

    options: Options
    paths: Paths

    def named(self, field: str, value: Any, *, quoted: bool = False) -> Any:
        """What the configuration names there."""
        return [self.paths.fill(field, value, quoted=quoted)] if is_text(field) else self.paths.find(field, value)

    def texts(self, what: str, value: Any) -> list[str]:
        """What an item says of itself, as the configuration or else a common name has it."""
        field = getattr(self.options, what)
        found = self.named(field, value, quoted=what == "link") if field else members.member(value, what)
        return members.texts(found)

    def text(self, what: str, value: Any) -> str:
        return next(iter(self.texts(what, value)), "")


def find(options: Options, get: Get) -> Iterable[Item]:
    """The items in the answer's order. NothingFound where a path leads nowhere, or nothing has a title."""
    return _collected(options, get, None)


def revisit(options: Options, get: Get, known: Share) -> Iterable[Item]:
    """`find` for later looks: further pages are read until a known item is met."""
    return _collected(options, get, known)


def recognise(response: Response) -> Options | None:
    """The options for an answer with a list of titles that have links or dates, unless another kind knows its shape."""
    answer = data.peek(response)
    if answer is None or _is_known(answer):
        return None
    found = members.longest(answer)
    telling = sum(map(members.is_item, found))
    if telling < 2 or telling * 2 < len(found) or any(map(_is_known_item, found)):
        return None
    return Options(url=response.url)


def _is_known(answer: Any) -> bool:
    """Whether the answer has the shape of another kind: a JSON Feed, JSON:API, what package indexes say."""
    if not isinstance(answer, Mapping):
        return False
    shapes = ({"jsonapi"}, {"tag_name"}, {"info", "releases"}, {"dist-tags"}, {"versions", "crate"}, {"name", "tags"})
    return "jsonfeed.org/version/" in data.text(answer, "version") or any(shape <= answer.keys() for shape in shapes)


def _is_known_item(value: Any) -> bool:
    """Whether it is a forge's release, or a post of WordPress."""
    return "tag_name" in value or data.at(value, "title", "rendered") is not None


def _collected(options: Options, get: Get, known: Share | None) -> list[Item]:
    look = _Look(options, Paths())

    def read(response: Response) -> list[Item]:
        return _items(look, _answer(response), response)

    def onward(response: Response) -> str:
        return _onward(look, response)

    return collect(Request(url=options.url), get, read, onward, pages=options.pages, known=known)


def _answer(response: Response) -> Any:
    """The value, or the list of the values of its lines."""
    try:
        return data.read(response)
    except NotUnderstood:
        if lines := _lines(response.body):
            return lines
        raise


def _lines(body: bytes) -> list[Any]:
    lines = [text for text in body.splitlines() if text.strip()]
    if len(lines) < 2 or not all(text.lstrip().startswith(b"{") for text in lines):
        return []
    try:
        return [json.loads(text) for text in lines[:_MOST]]
    except (ValueError, RecursionError):
        return []


def _onward(look: _Look, response: Response) -> str:
    """The address of the next page: as the configuration says, or the headers, or a member by its usual name."""
    answer = _answer(response)
    if look.options.next:
        return next(iter(members.texts(look.named(look.options.next, answer, quoted=True))), "")
    said = (data.text(answer, *name.split(".")) for name in _NEXT)
    return linked_next(response) or next((text for text in said if text.startswith(("http", "/", "?"))), "")


def _items(look: _Look, answer: Any, response: Response) -> list[Item]:
    values = _values(look, answer, response)
    much = sum(len(look.text("body", each)) for each in values) > fragment.MUCH
    items = [item for each in values if (item := _item(look, each, response.url, words_only=much))]
    if not items:
        where = f' at "{look.options.title}" (title)' if look.options.title else ""
        raise NothingFound(
            f"none of the {len(values)} items of {response.url} has a title{where}",
            hint=f"the first is {_what(values[0])}: correct title = in the configuration",
        )
    return items if look.options.key else _told_apart(items)


def _values(look: _Look, answer: Any, response: Response) -> Sequence[Any]:
    path = look.options.items
    found = look.paths.find(path, answer) if path else members.longest(answer)
    if len(found) == 1 and isinstance(found[0], list):
        found = found[0]
    if not found:
        missing = f'"{path}" (items) leads to nothing' if path else "there is no list of objects"
        where, here = look.paths.reached(path, answer) if path else ("the answer", answer)
        raise NothingFound(
            f"{missing} in {response.url} ({response.status}, {len(response.body) // 1024} KB)",
            hint=f"{where} is {_what(here)}: known items are kept; correct items = in the configuration",
        )
    if len(found) >= _MOST:
        # Not cut: where the oldest come first, what is new would never be seen.
        raise NotUnderstood(
            f"{response.url} holds {_MOST:,} items or more",
            hint="ask for fewer, the newest first: most interfaces have a limit and an order in their addresses",
        )
    return found


def _what(value: Any) -> str:
    """A value in words: the names of its members, or how many it has."""
    if isinstance(value, Mapping):
        names = ", ".join(map(str, list(value)[:_TAGS]))
        return f"an object with {line(shorten(names, _SUMMARY))}" if value else "an empty object"
    return f"a list of {len(value)}" if isinstance(value, list) else f'"{line(shorten(str(value), 60))}"'


def _item(look: _Look, value: Any, url: str, *, words_only: bool) -> Item | None:
    title = _plain(look.text("title", value))
    if not title:
        return None
    link = urls.absolute(url, look.text("link", value)) or url
    published = next((when for text in look.texts("date", value) if (when := members.when(text))), None)
    text, said = look.text("body", value), look.text("summary", value)
    if not text and len(said) > _SUMMARY:
        text = said
    return Item(
        link=link,
        title=title,
        published=published,
        dated_by="json" if published else "",
        summary=_summary(said, text),
        body=_markdown(text, link, title, words_only=words_only),
        key=_key(look, value, link),
        version=_version(look, value),
        author=", ".join(dict.fromkeys(map(_plain, look.texts("author", value)))),
        tags=_tags(look, value),
    )


def _plain(text: str) -> str:
    return fragment.plain(text) if _HTML.search(text) else line(unescape(text))


def _summary(said: str, text: str) -> str:
    return fragment.summary(said, of=text) if said else ""


def _markdown(text: str, base: str, title: str, *, words_only: bool) -> str:
    if _HTML.search(text):
        return fragment.markdown(text, base, title, words_only=words_only)
    return safe(text).strip() if _MARKDOWN.search(text) else paragraphs(text).strip()


def _key(look: _Look, value: Any, link: str) -> str:
    """The item's own id, unless it is its link."""
    key = line(look.text("key", value))
    address = urls.absolute("", key)
    return "" if address and urls.identity(address) == urls.identity(link) else key


def _version(look: _Look, value: Any) -> str:
    """As the configuration has it whatever it is; what only has the name has to be one."""
    text = line(look.text("version", value))
    return text if look.options.version or versions.parse(text) else ""


def _tags(look: _Look, value: Any) -> tuple[str, ...]:
    found = look.texts("labels", value)
    parts = found[0].split(",") if len(found) == 1 else found
    early = ["pre-release"] if members.is_early(value) else []
    return tuple(dict.fromkeys(filter(None, map(_plain, [*early, *parts[:_TAGS]]))))


def _told_apart(items: list[Item]) -> list[Item]:
    """The items; what was taken for their own ids is none where several have the same."""
    count = Counter(item.key for item in items if item.key)
    return [replace(item, key="") for item in items] if max(count.values(), default=1) > 1 else items
