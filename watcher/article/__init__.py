"""A page's article: its main part as Markdown, with the title, date and author that the page gives it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import soupsieve
from bs4 import BeautifulSoup, Tag

from watcher import html
from watcher.article import claims
from watcher.article.body import find_body, place
from watcher.article.heading import find_title, heads
from watcher.article.published import claimed, find_date
from watcher.errors import NothingFound, NotUnderstood
from watcher.model import When
from watcher.prose import prose
from watcher.text import line

_BESIDE = 60  # characters of what stands beside a date: a place, a kind, an office
_SENTENCE = (".", "!", "?", "…", "。", "！", "？", "।", "؟")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a page tells: `body` is Markdown; the others are the page's own claims, None or "" where it makes none."""

    body: str
    published: When | None = None
    title: str = ""
    author: str = ""


def extract(soup: BeautifulSoup, url: str, *, select: str | None, title: str = "") -> Article:
    """The article on the page `url`: the parts that the CSS `select` names, else the one that is found.

    `title` is what a listing calls it. Raises NothingFound where there is no such part, or no text in it.
    """
    metas = claims.metas(soup)
    said = claims.entity(soup, url, [*heads(soup, metas), title])
    parts = _selected(soup, url, select) if select else find_body(soup, said.text)
    heading = find_title(soup, metas, said.headline, title) or title
    author, byline = _author(soup, metas, said.author)
    date = find_date(soup, parts[0] if select else place(soup, parts[0]))

    def without(*bylines: str) -> str:
        return prose(parts, html.base(soup, url), filter(None, (heading, title)), filter(None, bylines))

    day = html.text_of(date) if date else ""
    # Where nothing would be left, what stands beside the date is the text.
    body = without(author, byline, day, _dateline(date, day) if date else "") or without(author, byline, day)
    if not body:
        raise NothingFound(f"no text of an article on {url}", hint='name its part: article = "CSS SELECTOR"')
    published = claimed(soup, date, said.published, metas)
    return Article(body=body, published=published, title=heading, author=author)


def _dateline(date: Tag, day: str) -> str:
    """The line that a date stands on, with a label before it; "" where more is said there: that is the text, and a
    short one has no other."""
    around = html.text_of(date.parent) if date.parent else ""
    before, _, after = around.partition(day)
    beside = f"{before}{after}".strip()
    is_text = "\n" in after or len(beside) > _BESIDE or beside.endswith(_SENTENCE)
    return "" if is_text else around


def _selected(soup: BeautifulSoup, url: str, select: str) -> list[Tag]:
    try:
        found = soup.select(select)
    except soupsieve.SelectorSyntaxError as error:
        raise NotUnderstood(f'"{select}" is no CSS selector: {str(error).splitlines()[0]}') from error
    if not found:
        raise NothingFound(
            f'article "{select}" matched nothing on {url}',
            hint="the page may have been redesigned: correct article = in the configuration",
        )
    ids = set(map(id, found))
    return [each for each in found if not any(id(parent) in ids for parent in each.parents)]


def _author(soup: BeautifulSoup, metas: dict[str, str], told: str) -> tuple[str, str]:
    """Who wrote it, and the line of the page that says so."""
    shown = soup.select_one('[itemprop~="author"], a[rel~="author"], .byline')
    byline = line(html.text_of(shown)) if shown else ""
    text = re.sub(r"(?i)^by:?\s+", "", byline or told or metas.get("author", ""))
    return (text if len(text) <= 100 and not text.startswith("http") else ""), byline or (f"by {text}" if text else "")
