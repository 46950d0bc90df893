"""Any page, or a part of it: one item whose body is its text, a line for each block and for each row of a table. Each
change of the text is told as a diff. Markup is none of it: white space, attributes, hidden fields and where links lead
are no change; nor is what differs between two fetches made at once, as clocks do, nor how long ago something was. JSON
and XML are read one line for each value, plain text and PDFs line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal

from bs4 import BeautifulSoup
from pydantic import BaseModel, BeforeValidator, Discriminator, Field, Tag

from watcher import html, lines, pdf
from watcher.errors import NothingFound
from watcher.fields import Address, Pattern, Selector
from watcher.lines.steady import steady
from watcher.model import Get, Item, Request, Response
from watcher.patterns import Patterns
from watcher.text import line
from watcher.urls import host_of

#: An edit of a page is its news.
ON_EDIT = "entry"

#: A change is looked at twice before it is news.
CONFIRM = True

_WHOLE = ("body",)


class Part(BaseModel, extra="forbid", frozen=True):
    """A part of the page."""

    select: Selector = Field(description="CSS")


def _kind(value: Any) -> str:
    return "[pattern]" if isinstance(value, str) else "[part]"  # in brackets: it is no key, where faults are told


Selectors = Annotated[
    tuple[Selector, ...],
    BeforeValidator(lambda v: (v,) if isinstance(v, str) else v, json_schema_input_type=str | list[str]),
]
Ignored = Annotated[Annotated[Pattern, Tag("[pattern]")] | Annotated[Part, Tag("[part]")], Discriminator(_kind)]


class Options(BaseModel, extra="forbid", frozen=True):
    """What of the page is looked at."""

    url: Address = Field(description="the address of the page")
    select: Selectors = Field(
        _WHOLE,
        min_length=1,
        description="CSS; the parts of the page whose text counts: one selector, or a list of them",
    )
    ignore: tuple[Ignored, ...] = Field(
        (),
        description="what is no change: regular expressions, whose ^ and $ are the ends of a line;"
        ' { select = "CSS" } leaves parts of the page out',
    )
    only: Literal["added"] | None = Field(None, description='"added": only lines that were not there before are news')
    compare: int = Field(
        1, ge=1, le=50, description="a change back to one of so many earlier texts is no news; 1: to the last one"
    )


def find(options: Options, get: Get) -> Iterable[Item]:
    """The page as one item. NothingFound when the part is not there, or holds no text."""
    response = get(Request(url=options.url))
    title, text = _read(options, response)
    patterns = Patterns()
    for pattern in options.ignore:
        if isinstance(pattern, str):
            text = lines.folded(patterns.without(pattern, text).split("\n"))
            title = patterns.without(pattern, title)
    if not text:
        raise NothingFound(
            f'"{", ".join(options.select)}" holds no text on {_said(response)}',
            hint="the page may have been redesigned: what is known is kept; correct select = in the configuration",
        )
    # The key is what keeps a page one item, whatever its title and text become.
    return [Item(link=options.url, title=line(title) or host_of(options.url), body=text, key="page")]


def recognise(response: Response) -> Options | None:
    """The options for a PDF, which holds no list. A page may be one: it is for detection to say."""
    return Options(url=response.url) if pdf.is_pdf(response.body) else None


def stable(options: Options, first: Item, second: Item, known: Item) -> Item:
    """The item of two fetches made at once, as it is to be compared with what is `known`, and stored: the second, but
    what the two do not agree on, and what only a clock has moved, is as it was."""
    body, title = steady(first.body, second.body, known.body), steady(first.title, second.title, known.title)
    apart = options.select != _WHOLE and body == known.body  # the title is no part of what is looked at
    return replace(second, title=known.title if apart or not title else title, body=body)


def against(options: Options, was: Item, now: Item) -> Item:
    """What an edit is told against: with `only = "added"` a form that lacks nothing but what was added, in which
    nothing is gone or has moved. Where it equals `now`, nothing is told."""
    if options.only is None:
        return was
    left, kept = Counter(was.body.split("\n")), []
    for each in now.body.split("\n"):
        if left[each]:
            left[each] -= 1
            kept.append(each)
    return replace(now, body="\n".join(kept))


def _read(options: Options, response: Response) -> tuple[str, str]:
    """Title and text of an answer."""
    if pdf.is_pdf(response.body):
        document = pdf.read(response.body, response.url)
        return document.title, lines.folded(document.text.split("\n"))
    if options.select == _WHOLE and (text := lines.of_data(response)) is not None:
        return "", text
    soup = html.document(response.body, response.headers.get("content-type", ""))
    title = _title(soup)
    without = [each.select for each in options.ignore if isinstance(each, Part)]
    found = lines.of_parts(soup, ", ".join(options.select), without)
    if found is None:
        raise NothingFound(
            f'"{", ".join(options.select)}" matched nothing on {_said(response)}',
            hint="the page may have been redesigned: what is known is kept; correct select = in the configuration",
        )
    return title, found


def _title(soup: BeautifulSoup) -> str:
    """The page's own title: pictures in it have titles as well."""
    found = (each for each in soup.find_all("title") if each.find_parent("svg") is None)
    return next((each.get_text() for each in found), "")


def _said(response: Response) -> str:
    return f"{response.url} ({response.status}, {len(response.body) // 1024} KB)"
