"""A page's article: its main part as Markdown, with the title, date and author that the page gives it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import soupsieve
from bs4 import BeautifulSoup, Tag

from watcher import html, times
from watcher.body import find_body, is_menu, place
from watcher.errors import NothingFound, NotUnderstood
from watcher.model import When
from watcher.prose import prose
from watcher.text import fold, line

_BESIDE = ("nav", "aside", "footer", "form", "li", "dl", "figure", "blockquote")
_DATED = re.compile(r"(?<![a-z])(?:date|dateline|published|pubdate|posted|timestamp)(?![a-z])")
_META_DATE = re.compile(
    r"article:published_time|datepublished|dc(?:terms)?\.(?:date\.)?(?:issued|created|date)|dc\.date"
    r"|pub(?:lish)?[-_]?date|parsely-pub-date|sailthru\.date|date"
)
_EARLY = 200  # characters of the main part, within which a date is the article's own


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
    parts = _selected(soup, url, select) if select else find_body(soup)
    metas = _metas(soup)
    heading = _title(soup, metas) or title
    date = _date_tag(soup, parts[0] if select else place(soup, parts[0]))
    dates = [html.text_of(each) for each in (date, date.parent) if each] if date else []
    body = prose(parts, html.base(soup, url), [text for text in (heading, title, *dates) if text])
    if not body:
        raise NothingFound(f"no text of an article on {url}", hint='name its part: article = "CSS SELECTOR"')
    published = _claim(date, html.language(soup)) if date else None
    return Article(body=body, published=published or _meta_date(metas), title=heading, author=_author(soup, metas))


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


def _title(soup: BeautifulSoup, metas: dict[str, str]) -> str:
    """The title as the page shows it. The first heading may well be the site's name, and <title> ends in it."""
    site = fold(metas.get("og:site_name", ""))
    heads = [metas.get("og:title", ""), metas.get("twitter:title", ""), _head_title(soup)]
    said = [text for text in heads if text and fold(text) != site]
    shown = [line(html.text_of(each)) for each in soup.select('[itemprop="headline"], h1, h2, h3')]
    for whole in said:
        if fitting := [text for text in shown if fold(text) != site and _begins(text, whole)]:
            return max(fitting, key=len)
    if said:
        return re.split(r"\s+[|»«·]\s+", said[0])[0]
    first = [text for each in soup.select('[itemprop="headline"], h1') if (text := line(html.text_of(each)))]
    return next((text for text in first if fold(text) != site), "")


def _head_title(soup: BeautifulSoup) -> str:
    return line(soup.title.get_text()) if soup.title else ""


def _begins(text: str, whole: str) -> bool:
    """Whether `whole` is `text`, or `text` and after it the site's name."""
    rest = whole[len(text) :].strip()
    return bool(text) and whole.casefold().startswith(text.casefold()) and (not rest or rest[0] in "|-–—:·•»«")


def _metas(soup: BeautifulSoup) -> dict[str, str]:
    """What the page's head says of it, by lower-case name; the first of a name counts."""
    said: dict[str, str] = {}
    for each in soup.find_all("meta", content=True):
        name = str(each.get("property") or each.get("name") or each.get("itemprop") or "").lower()
        said.setdefault(name, line(str(each["content"])))
    return said


def _meta_date(metas: dict[str, str]) -> When | None:
    claims = (times.machine(text) for name, text in metas.items() if _META_DATE.fullmatch(name))
    return next((when for when in claims if when), None)


def _author(soup: BeautifulSoup, metas: dict[str, str]) -> str:
    shown = soup.select_one('[itemprop~="author"], a[rel~="author"], .byline')
    text = line(html.text_of(shown)) if shown else metas.get("author", "")
    text = re.sub(r"(?i)^by:?\s+", "", text)
    return text if len(text) <= 100 and not text.startswith("http") else ""


def _date_tag(soup: BeautifulSoup, part: Tag) -> Tag | None:
    """The element that bears the article's date: marked as such, else the nearest above its text, or at its top."""
    language = html.language(soup)
    marked = soup.select('[itemprop~="datePublished"]')
    near = (each for each in chain(_above(part), _at_top(part)) if not each.find_parent(_BESIDE))
    return next((each for each in chain(marked, near) if _claim(each, language)), None)


def _claim(tag: Tag, language: list[str]) -> When | None:
    attribute = str(tag.get("datetime") or tag.get("content") or "")
    return times.claimed(attribute, line(html.text_of(tag)), languages=language)


def _above(part: Tag) -> Iterator[Tag]:
    """What bears dates before `part`, the nearest first, within the page's main part."""
    each: Tag | None = part
    while each is not None and each.name not in ("main", "body") and each.get("role") != "main":
        for before in each.previous_siblings:
            if isinstance(before, Tag) and not is_menu(before):
                yield from _dated(before)
        each = each.parent


def _at_top(part: Tag) -> Iterator[Tag]:
    for each in _dated(part):
        if each is not part and len("".join(_text_before(each, part))) < _EARLY:
            yield each


def _text_before(tag: Tag, part: Tag) -> Iterator[str]:
    for each in tag.previous_elements:
        if each is part:
            return
        if isinstance(each, str):
            yield each.strip()


def _dated(tag: Tag) -> Iterator[Tag]:
    if tag.name == "time":
        yield tag
    yield from tag.find_all("time")
    for each in [tag, *tag.find_all(class_=_DATED)]:
        if _DATED.search(" ".join(map(str, each.get_attribute_list("class")))):
            yield each
