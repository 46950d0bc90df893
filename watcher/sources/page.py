"""Any page, or a part of it: one item whose body is the page's text. Each change of it is told as a diff."""

from __future__ import annotations

from collections.abc import Iterable

import regex
from pydantic import BaseModel, Field

from watcher import html
from watcher.errors import NothingFound, NotUnderstood
from watcher.fields import Address, Pattern, Selector
from watcher.model import Get, Item, Request
from watcher.text import line
from watcher.urls import host_of

#: An edit of a page is its news.
ON_EDIT = "entry"

#: Seconds that the patterns of one watch may take over one page.
_PATIENCE = 1.0


class Options(BaseModel, extra="forbid", frozen=True):
    """What of the page is looked at."""

    url: Address = Field(description="the address of the page")
    select: Selector = Field("body", description="CSS; the part of the page whose text counts")
    ignore: tuple[Pattern, ...] = Field((), description="regular expressions; what they match is no change")


def find(options: Options, get: Get) -> Iterable[Item]:
    """The page as one item. NothingFound when the part is not there, or holds no text."""
    response = get(Request(url=options.url))
    soup = html.document(response.body, response.headers.get("content-type", ""))
    parts = soup.select(options.select)
    text = _without(options.ignore, "\n".join(html.text_of(part) for part in parts), options.url)
    if not text:
        what = f'"{options.select}" holds no text' if parts else f'"{options.select}" matched nothing'
        raise NothingFound(
            f"{what} on {response.url} ({response.status}, {len(response.body) // 1024} KB)",
            hint="the page may have been redesigned: what is known is kept; correct select = in the configuration",
        )
    title = _without(options.ignore, line(soup.title.get_text()) if soup.title else "", options.url)
    # The key is what keeps a page one item, whatever its title and text become.
    return [Item(link=options.url, title=title or host_of(options.url), body=text, key="page")]


def _without(patterns: tuple[str, ...], text: str, url: str) -> str:
    """The lines of a text, without what is ignored, without blank ones; white space is folded."""
    for pattern in patterns:
        try:
            text = regex.sub(pattern, "", text, timeout=_PATIENCE)
        except TimeoutError:
            raise NotUnderstood(
                f"the pattern '{pattern}' took more than {_PATIENCE:.0f} s on {url}",
                hint="nested repeats such as (a+)+ are slow: simplify it",
            ) from None
    return "\n".join(text for text in (line(part) for part in text.splitlines()) if text)
