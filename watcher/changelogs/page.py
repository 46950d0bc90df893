"""A page of notes: its headings h1 to h6, the terms of a list, lines in bold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement

from watcher import html
from watcher.changelogs.heading import said
from watcher.changelogs.outline import Heading, Outline
from watcher.markdown.literal import paragraphs
from watcher.model import Response
from watcher.prose import prose
from watcher.text import line

_HEADINGS = tuple(f"h{n}" for n in range(1, 7))
_TERM, _BOLD = 7, 8  # levels below every heading
_ASIDE = ("nav", "aside", "footer", "form", "template", "dialog")
_WHOLE = ("article", "main", "section", "body")
_SIGNS = re.compile(r"[\s¶#§🔗\u200b\ufeff]+\Z")
_LONGEST = 200
_MUCH = 40_000  # elements beyond which the words of the notes must do: to write so many as Markdown takes 15 s


def outline(response: Response) -> Outline:
    """The headings of a page. Raises NotUnderstood."""
    soup = html.document(response.body, response.headers.get("content-type", ""))
    found = list(_headings(soup))
    base, much = html.base(soup, response.url), response.body.count(b"</") > _MUCH
    tags = [tag for tag, _ in found]
    top = _holder(tags)

    def notes(i: int, j: int) -> str:
        parts = _between(tags[i], tags[j] if j < len(tags) else None, top)
        return _words(parts) if much else prose([parts], base)

    title = line(soup.title.get_text()) if soup.title else ""
    return Outline(headings=[heading for _, heading in found], notes=notes, names=[title])


def _headings(soup: BeautifulSoup) -> Iterator[tuple[Tag, Heading]]:
    for tag in soup.find_all((*_HEADINGS, "dt", "p")):
        words = _SIGNS.sub("", line(html.text_of(tag)))
        if not words or html.hidden(tag) or tag.find_parent(_ASIDE):
            continue
        if tag.name in _HEADINGS:
            yield tag, Heading(words=words, level=int(tag.name[1]), anchor=_anchor(tag))
        elif (tag.name == "dt" or _is_bold(tag)) and said(words):
            level = _TERM if tag.name == "dt" else _BOLD
            yield tag, Heading(words=words, level=level, anchor=_anchor(tag), plain=True)


def _is_bold(tag: Tag) -> bool:
    """Whether a paragraph is one line that begins in bold type."""
    first = next((each for each in tag.contents if isinstance(each, Tag) or str(each).strip()), None)
    return isinstance(first, Tag) and first.name in ("strong", "b") and len(tag.get_text()) <= _LONGEST


def _anchor(tag: Tag) -> str:
    """The fragment that leads to a heading: of its own link to itself, of itself, or of the section that it begins."""
    around = tag.parent if isinstance(tag.parent, Tag) and len(tag.parent.find_all(_HEADINGS, limit=2)) < 2 else tag
    for link in (*tag.find_all("a", href=True), *around.find_all("a", href=True, recursive=False)):
        href = str(link["href"])
        if href.startswith("#") and len(href) > 1:
            return unquote(href[1:])
    before = tag.find_previous_sibling()
    inner = tag.find(_has_name)
    named = (tag, inner, before if before and before.name == "a" and not before.get_text(strip=True) else None)
    found = next((name for each in named if isinstance(each, Tag) and (name := _id(each))), "")
    if found or tag.parent is None or tag.find_previous_sibling(_HEADINGS):
        return found
    return _id(tag.parent) if tag.parent.name in ("section", "div", "article", "li") else ""


def _has_name(tag: Tag) -> bool:
    return bool(_id(tag))


def _id(tag: Tag) -> str:
    return str(tag.get("id") or (tag.get("name") if tag.name == "a" else "") or "")


def _holder(tags: Sequence[Tag]) -> Tag | None:
    """What all headings but the page's own stand in: the notes of the last end where it does."""
    tags = [each for each in tags if each.name != "h1"] or list(tags)
    if not tags:
        return None
    if len(tags) == 1:
        return tags[0].find_parent(_WHOLE)
    around = [id(each) for each in tags[-1].parents]
    shared = set(around)
    for each in tags:
        shared &= {id(parent) for parent in each.parents}
    return next((parent for parent in tags[-1].parents if id(parent) in shared), None)


def _between(tag: Tag, end: Tag | None, top: Tag | None) -> Tag:
    """Copies of all that stands after a heading, up to the next, or what that one is in."""
    ends = {id(end), *(id(each) for each in end.parents)} if end else set()
    parts = Tag(name="div")
    node: Tag | None = tag
    while node is not None and node is not top and node.name != "body":
        for each in node.next_siblings:
            if id(each) in ends:
                return parts
            parts.append(_copy(each))
        node = node.parent
    return parts


def _copy(each: PageElement) -> PageElement:
    return each.__copy__() if isinstance(each, Tag) else NavigableString(str(each))


def _words(parts: Tag) -> str:
    return "\n\n".join(map(paragraphs, html.text_of(parts).split("\n")))
