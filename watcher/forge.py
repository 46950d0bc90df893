"""Code forges: what their projects' addresses, releases, tags and refusals have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import quote

from watcher import data, urls
from watcher.errors import BadStatus, NothingFound, NotUnderstood
from watcher.markdown.literal import paragraphs
from watcher.model import Enclosure, Get, Item, Request, Response, Share, When
from watcher.paging import collect, linked_next
from watcher.text import line, safe

_HEAD = 200_000  # bytes of a page in which its meta tags have come
_META = re.compile(r"<meta\b([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(?<![\w:-])([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
# What CommonMark §4.6 takes for a comment, unless it stands in a fenced block (§4.5). Without an end both run on.
_COMMENT = re.compile(r"(?ms)^( {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\2[^\n]*$|\Z))|^ {0,3}<!--.*?(?:-->[ \t]*\n?|\Z)")
_SIGNATURE = re.compile(r"(?m)^-----BEGIN (?:PGP|SSH) SIGNATURE-----|^-----BEGIN SIGNED MESSAGE-----")

_NO_TOKEN = 'what is not open to all wants a "token"; look at the address in a browser: the project may have moved'
_TOKEN = 'the "token" may have run out, or may not read this project; look at its address in a browser'


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project by its address: the forge's own, and the project's path below it. `tags`: it is of its tags."""

    root: str
    path: str
    tags: bool = False

    @property
    def page(self) -> str:
        return f"{self.root}/{self.path}"


def listed(
    front: Request, get: Get, item: Callable[[Mapping[str, Any]], Item | None], *, pages: int, known: Share | None
) -> Sequence[Item]:
    """The items of a JSON list and of its further pages, which the header Link names. `item` gives None for what is
    none. Raises NotUnderstood for what is no list, NothingFound where nothing of it is an item."""

    def read(response: Response) -> Sequence[Item]:
        said = data.read(response)
        if not isinstance(said, list):
            raise NotUnderstood(f"{response.url} is no list", hint=f"it says: {line(str(said))[:120]}")
        items = [found for each in data.objects(said) if (found := item(each))]
        return items or _nothing(response)

    return collect(front, get, read, linked_next, pages=pages, known=known)


def asking(get: Get, *, token: bool) -> Get:
    """`get` whose refusals name the token: of what it hides from us, a forge says that it is not there."""

    def ask(request: Request) -> Response:
        try:
            return get(request)
        except BadStatus as error:
            if error.status in (401, 403, 404) and error.retry_at is None:
                error.hint = _TOKEN if token else _NO_TOKEN
            raise

    return ask


def no_project(url: str, example: str) -> NotUnderstood:
    return NotUnderstood(f"{url} is not the address of a project", hint=f"write it like {example}")


def made(link: str, tag: str, *, title: str = "", published: When | None = None, **more: Any) -> Item:
    """A release or a tag as an API tells of it."""
    title, dated_by = line(title) or tag, "api" if published else ""
    return Item(link=link, title=title, version=tag, published=published, dated_by=dated_by, **more)


def notes(markdown: str) -> str:
    """Markdown as people write it into a form: without the comments that only its source shows."""
    return _COMMENT.sub(lambda found: found[1] or "", safe(markdown)).strip()


def message(text: str) -> str:
    """What a tag says, as Markdown; not its signature."""
    return paragraphs(_SIGNATURE.split(safe(text))[0].strip())


def quoted(tag: str, but: str = "/") -> str:
    """A tag as a part of an address, `but` for these characters."""
    return quote(tag, safe=but, errors="replace")


def assets(said: Sequence[Mapping[str, Any]], *address: str) -> tuple[Enclosure, ...]:
    """The files of a release; `address` are the names under which their addresses may stand."""
    return tuple(
        Enclosure(url=url, type=_type(each), length=_length(each), title=line(data.text(each, "name")))
        for each in said
        if (url := urls.absolute("", next(filter(None, (data.text(each, name) for name in address)), "")))
    )


def meta(response: Response) -> Mapping[str, str]:
    """What a page says of itself in its meta tags, by their names in lower case."""
    said: dict[str, str] = {}
    for tag in _META.finditer(head(response)):
        has = {name.lower(): unescape(one or other) for name, one, other in _ATTRIBUTE.findall(tag[1])}
        said.setdefault((has.get("property") or has.get("name") or "").lower(), has.get("content", ""))
    return said


def head(response: Response) -> str:
    """The beginning of a page, where scripts and meta tags are."""
    return response.body[:_HEAD].decode("utf-8", "replace")


def _type(said: Mapping[str, Any]) -> str:
    found = data.text(said, "content_type")
    return found if _TYPE.fullmatch(found) else ""


def _length(said: Mapping[str, Any]) -> int:
    found = said.get("size")
    return found if type(found) is int and found > 0 else 0


def _nothing(response: Response) -> Sequence[Item]:
    raise NothingFound(
        f"{response.url} lists nothing that is published",
        hint="known items are kept; the tags of a project that makes no releases are watched with all_tags = true",
    )
