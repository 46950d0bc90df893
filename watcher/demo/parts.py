"""What the pages of both sites are made of."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import NamedTuple
from urllib.parse import parse_qs

from watcher.demo.publisher import Visit


class Shown(NamedTuple):
    """A page. A `steady` one keeps its bytes until something is changed."""

    html: str
    steady: bool = True
    status: int = 200


def number_in(query: str, *, first: int) -> int:
    """The page that a query asks for, counted from 0, where the site counts from `first`."""
    number = parse_qs(query).get("page", [""])[0]
    return int(number) - first if number.isdecimal() and int(number) > first else 0


def counter(visit: Visit) -> str:
    """What differs at each visit."""
    clock = f'<span class="clock">{visit.now:%A, %B %d, %Y %H:%M:%S} UTC</span>'
    return f'<p class="meter">{clock} <span class="visitors">Visitor {visit.number:,}</span></p>'


def links(links: Iterable[tuple[str, str]]) -> str:
    """List items, each a link."""
    return "\n".join(f'<li><a href="{path}">{escape(name)}</a></li>' for path, name in links)


@cache
def template(name: str) -> Template:
    """A file of this package, to be filled in."""
    return Template(files("watcher.demo").joinpath(name).read_text("utf-8"))
