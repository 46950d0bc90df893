"""Where on a page its article is, when nobody says."""

from __future__ import annotations

import logging
import re

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from readability import Document
from readability.readability import Unparseable

from watcher.article.told import as_page, locate

# It logs as errors what is a page without an article, which we say ourselves.
logging.getLogger("readability.readability").setLevel(logging.CRITICAL)

_BODY = re.compile(
    r"(?<![a-z])(?:body|prose|wysiwyg|text-formatted|rich-?text)$"
    r"|(?:^|[-_])(?:entry|post|article|story|news|release)[-_]{1,2}(?:content|text)$"
)
_NO_BODY = re.compile(r"(?:box|modal|card|panel|table|accordion|page|site|main|teaser|widget|block)[-_]{1,2}body$")
# Not "head": where a page leaves out <body>, the parser takes <main> for a part of it.
_BESIDE = {"nav", "aside", "footer", "a", "button", "h1", "h2", "h3", "h4", "h5", "h6", "time", "figcaption"}
_BESIDE |= {"script", "style", "noscript", "template", "select", "option", "svg", "title"}
_INTO = ("div", "section", "article", "main", "center", "form", "table", "tbody", "tr", "td", "span", "body")


def find_body(soup: BeautifulSoup, told: str = "") -> list[Tag]:
    """The main part: what holds the text that JSON-LD has `told`; else what is marked as it, called it, or holds the
    most text; the whole page at last. Where the page has less than it told of, a script was to fill it in: a part of
    its own, made of what was told."""
    page = soup.body or soup
    weights = _weights(page)
    text = as_page(told)
    length = sum(map(len, text.stripped_strings))
    guess = _guess(page, weights)
    if located := locate(page, text.get_text(" "), weights):
        # A description is sometimes told for a text: it is at the top of a part that holds far more.
        short = length < 0.7 * weights.get(id(guess[0]), 0)
        return guess if short and any(each is guess[0] for each in located.parents) else [located]
    return guess if weights.get(id(guess[0]), 0) >= length else [text]


def _guess(page: Tag, weights: dict[int, int]) -> list[Tag]:
    scope = _landmark(page, weights)
    marked = page.select('[itemprop~="articleBody"]')
    named = [each for each in (scope or page).find_all(class_=True) if _is_named(each)]
    for candidates in (marked, named):
        if best := _heaviest(candidates, weights, at_least=0.3 * weights[id(scope or page)]):
            return _torn(best, candidates)
    if scope:
        return [_descend(scope, weights, share=0.9)]
    densest = _descend(page, weights, share=0.75)
    return [densest] if densest is not page else [_readable(page) or page]


def place(soup: BeautifulSoup, part: Tag) -> Tag:
    """Where on the page a found part stands: readability gives us a copy."""
    if any(each is soup for each in part.parents):
        return part
    texts = {text for each in part.find_all("p") if len(text := each.get_text(strip=True)) > 50}
    return next((each for each in soup.find_all("p") if each.get_text(strip=True) in texts), part)


def is_menu(tag: Tag) -> bool:
    """Whether an element's text is links for the most part, or it is marked as what stands around an article."""
    if tag.name in ("nav", "footer", "aside") or tag.get("role") in ("navigation", "banner", "contentinfo"):
        return True
    linked = sum(len(link.get_text(strip=True)) for link in tag.find_all("a"))
    return 2 * linked > len(tag.get_text(strip=True))


def _weights(page: Tag) -> dict[int, int]:
    """Characters of plain text in each element: neither of links, nor of headings, nor of menus."""
    beside, order = {id(page): page.name in _BESIDE}, [page]
    weights = {id(page): 0}
    for each in page.descendants:
        around = id(each.parent)
        if isinstance(each, Tag):
            beside[id(each)] = beside[around] or each.name in _BESIDE
            weights[id(each)] = 0
            order.append(each)
        elif type(each) is NavigableString and not beside[around]:
            weights[around] += len(each.strip())
    for tag in reversed(order[1:]):
        weights[id(tag.parent)] += weights[id(tag)]
    return weights


def _heaviest(tags: list[Tag], weights: dict[int, int], at_least: float) -> Tag | None:
    """The innermost of those that hold nearly as much as any of `tags`."""
    most = max((weights.get(id(each), 0) for each in tags), default=0)
    fitting = [each for each in tags if weights.get(id(each), 0) >= 0.9 * most]
    return fitting[-1] if most and most >= at_least else None


def _torn(best: Tag, candidates: list[Tag]) -> list[Tag]:
    """The part, with its brothers of the same name: some pages have one for each of its sections."""
    names = {name for name in map(str, best.get_attribute_list("class")) if _BODY.search(name.lower())}
    return [
        each
        for each in candidates
        if each is best or (each.parent is best.parent and names & set(map(str, each.get_attribute_list("class"))))
    ]


def _landmark(page: Tag, weights: dict[int, int]) -> Tag | None:
    return _heaviest(page.select("article, main, [role=main]"), weights, at_least=0.3 * weights[id(page)])


def _is_named(tag: Tag) -> bool:
    names = [str(name).lower() for name in tag.get_attribute_list("class")]
    return tag.name != "body" and any(_BODY.search(name) and not _NO_BODY.search(name) for name in names)


def _descend(tag: Tag, weights: dict[int, int], share: float) -> Tag:
    """The innermost element that still holds this share of what is around it."""
    while True:
        enough = share * weights.get(id(tag), 0)
        children = tag.find_all(_INTO, recursive=False)
        best = max(children, key=lambda child: weights.get(id(child), 0), default=None)
        if best is None or not weights.get(id(best), 0) >= enough > 0:
            return tag
        tag = best


def _readable(page: Tag) -> Tag | None:
    try:
        found = Document(str(page)).summary(html_partial=True, keep_all_images=True)
    except (Unparseable, RecursionError):
        return None
    return BeautifulSoup(found, "lxml").body
