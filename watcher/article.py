"""The main part of an article's page, as Markdown, with what the page says of its date and author."""

from __future__ import annotations

from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag
from readability import Document

from watcher import html, times
from watcher.errors import NothingFound
from watcher.model import When
from watcher.prose import prose
from watcher.text import line

_TEXT = ("p", "ul", "ol", "blockquote", "table", "pre", "h2", "h3", "h4")
_OUTSIDE = ("nav", "header", "footer", "aside", "form", "dialog", "menu")
_MOST = 0.6  # of the words, which the part that is the article has


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a page tells of one release; "" and None for what it does not."""

    body: str
    title: str = ""
    author: str = ""
    published: When | None = None


def extract(soup: BeautifulSoup, url: str, *, select: str | None, title: str = "") -> Article:
    """The article of a page: the part that `select` (CSS) names, or else the main part, found. `title` is not said
    again at its top. Raises NothingFound."""
    parts = soup.select(select) if select else _main(soup)
    body = prose(parts, html.base(soup, url), [title]) if parts else ""
    if not body:
        what = f'"{select}" matched no text' if select else "no main part was found"
        raise NothingFound(f"{what} on {url}", hint="say where the text is: article = 'CSS'")
    return Article(
        body=body,
        title=_meta(soup, "og:title"),
        author=_meta(soup, "author"),
        published=_published(soup, parts[0]),
    )


def _main(soup: BeautifulSoup) -> list[Tag]:
    """The part whose paragraphs are most of the text: what is marked up as the article, else the block that holds
    them, else what readability makes of the page."""
    if marked := soup.select("[itemprop=articleBody]"):
        return list(marked)
    scope = soup.select_one("main, [role=main]") or soup.body
    if scope is None:
        return []
    articles = [each for each in scope.select("article") if not each.find_parent("article")]
    scope = articles[0] if len(articles) == 1 else scope
    return _densest(scope) or _readable(soup)


def _densest(scope: Tag) -> list[Tag]:
    """The smallest block that holds most of the paragraphs' text, menus and side columns left out."""
    weights: dict[int, tuple[Tag, int]] = {}
    total = 0
    for each in scope.find_all(_TEXT):
        if each.find_parent(_TEXT) or each.find_parent(_OUTSIDE) or each.parent is None:
            continue
        weight = len(html.text_of(each)) - sum(len(html.text_of(link)) for link in each.find_all("a"))
        total += weight
        for block in [each.parent, *each.parent.parents]:
            weights[id(block)] = (block, weights.get(id(block), (block, 0))[1] + weight)
            if block is scope:
                break
    most = [block for block, weight in weights.values() if total and weight >= _MOST * total]
    return most[:1] and [min(most, key=lambda block: len(block.get_text()))]


def _readable(soup: BeautifulSoup) -> list[Tag]:
    summary = BeautifulSoup(Document(str(soup)).summary(html_partial=True), "lxml").body
    return [summary] if summary else []


def _published(soup: BeautifulSoup, part: Tag) -> When | None:
    """The date of the article itself: what the page's head says, else the nearest `time` above or in its text. The
    first `time` of a page may be a menu's."""
    if said := times.machine(_meta(soup, "article:published_time")):
        return said
    near = part.find("time") or next((t for t in part.find_all_previous("time") if not t.find_parent(_OUTSIDE)), None)
    if not isinstance(near, Tag):
        return None
    return times.claimed(str(near.get("datetime", "")), html.text_of(near), languages=html.language(soup))


def _meta(soup: BeautifulSoup, name: str) -> str:
    found = soup.find("meta", attrs={"property": name}) or soup.find("meta", attrs={"name": name})
    return line(str(found.get("content", ""))) if isinstance(found, Tag) else ""
