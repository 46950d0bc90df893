"""A part of a page, cleaned until nothing is left that Markdown has no word for.

What pages do to their text is taken back here, on the tree, where it is plain what belongs together: spaces at the
edges of bold and links, italics torn over a word, paragraphs made of line breaks, lists and tables without a parent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.element import PreformattedString

from watcher.html import BLOCKS
from watcher.text import fold, safe

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_DROPPED = ["script", "style", "noscript", "template", "nav", "form", "button", "input", "select", "textarea", "label", "iframe", "object", "embed", "audio", "video", "canvas", "svg", "math", "dialog", "aside", "link", "meta", "head", "map"]  # fmt: skip
_ROLES = {"navigation", "search", "dialog", "alertdialog", "toolbar", "menu", "menubar"}
_SHARING = re.compile(
    r"(?<![a-z])(share|sharing|social(?!-security)|addtoany|addthis|sharethis|sharedaddy|shariff|breadcrumbs?|sr-only"
    r"|visually-?hidden|screen-reader(-text)?|skip-?(link|nav)|pager|pagination)(?![a-z])"
)
_SAME = {"b": "strong", "i": "em", "cite": "em", "dfn": "em", "var": "em", "s": "del", "strike": "del"}
_SAME |= {"kbd": "code", "samp": "code", "tt": "code", "menu": "ul", "dir": "ul", "listing": "pre", "xmp": "pre"}
_MARKS = ("strong", "em", "del")
_INLINE = (*_MARKS, "a", "code", "sup", "sub", "q")
#: The blocks that Markdown has. Every other one is a `div`, and then a paragraph or nothing.
_KEPT = {*HEADINGS, "p", "ul", "ol", "li", "blockquote", "pre", "hr", "table", "thead", "tbody", "tfoot", "tr", "td"}
_KEPT |= {"th", "caption", "div", "dl", "dt", "dd"}
_END = re.compile(r"\s*(?:#(?:\s*#){2,}|[-–—]{1,2}\s*30\s*[-–—]{1,2})\s*")
_ARCHIVED = re.compile(r"\s*\(?\s*archived content\s*\)?\s*", re.IGNORECASE)
_URL_SAFE = "!$&'*+,;=:@/~-._%?#[]"


def tidy(parts: Iterable[Tag], base: str, titles: Iterable[str] = ()) -> Tag:
    """Copies of the parts in one `div`: only what Markdown has a word for. Of `titles` none is left as heading."""
    whole = BeautifulSoup("<div></div>", "lxml").div
    assert whole is not None
    for part in parts:
        whole.append(part.__copy__())
    _drop(whole)
    _make_absolute(whole, base)
    _rename(whole)
    for table in reversed(whole.find_all("table")):
        _tidy_table(table)
    _tidy_lists(whole)
    _tidy_breaks(whole)
    _lift_blocks(whole)
    _flatten(whole)
    _tidy_marks(whole)
    _drop_notes(whole)
    _drop_empty(whole)
    _drop_title(whole, {fold(title) for title in titles if title})
    _shift_headings(whole)
    return whole


def _drop(whole: Tag) -> None:
    for string in whole.find_all(string=lambda string: isinstance(string, PreformattedString)):
        string.extract()
    total = _weight(whole)
    for each in whole.find_all(_is_dropped):
        # Some pages are one form, or bear such a name on all of their text.
        if (each.parent is not None and each.name in ("script", "style")) or 2 * _weight(each) < total or not total:
            each.decompose()


def _weight(tag: Tag) -> int:
    return len(tag.get_text(strip=True))


def _is_dropped(tag: Tag) -> bool:
    if tag.name in _DROPPED or tag.has_attr("hidden") or tag.get("aria-hidden") == "true":
        return True
    names = f"{' '.join(tag.get_attribute_list('class', []))} {tag.get('id', '')}".lower()
    hidden = re.search(r"display\s*:\s*none|visibility\s*:\s*hidden", str(tag.get("style", "")))
    return bool(tag.get("role") in _ROLES or hidden or _SHARING.search(names))


def _make_absolute(whole: Tag, base: str) -> None:
    for link in whole.find_all("a"):
        address = _address(base, str(link.get("href", "")), ("http", "https", "mailto", "tel"))
        if address:
            link.attrs = {"href": address}
        else:
            link.unwrap()
    for image in whole.find_all("img"):
        source = str(image.get("data-src") or image.get("src") or "")
        address = _address(base, source, ("http", "https"))
        if address and not (image.get("width") in ("0", "1") or image.get("height") in ("0", "1")):
            image.attrs = {"src": address, "alt": " ".join(str(image.get("alt", "")).split())}
        else:
            image.decompose()


def _address(base: str, link: str, schemes: tuple[str, ...]) -> str:
    """The whole address, percent-encoded where Markdown would end it; "" where it leads nowhere."""
    try:
        address = urljoin(base, link.strip()) if link.strip() else ""
        if urlsplit(address).scheme not in schemes:
            return ""
        return quote(safe(address), safe=_URL_SAFE)
    except ValueError:
        return ""


def _rename(whole: Tag) -> None:
    for each in whole.find_all(True):
        each.name = _SAME.get(each.name, each.name)
        style = str(each.attrs.get("style", "")).replace(" ", "").lower()
        if each.name == "span" and re.search(r"font-weight:(bold|[6-9]00)", style):
            each.name = "strong"
        elif each.name == "span" and "font-style:italic" in style:
            each.name = "em"
        elif each.name == "strong" and "font-weight:normal" in style:
            each.name = "span"  # what a word processor wraps all of its text in
        if each.name in (*_KEPT, *_INLINE, "br", "img"):
            continue
        if each.name in BLOCKS or "-" in each.name:
            each.name = "div"
        else:
            each.unwrap()
    whole.smooth()


def _tidy_table(table: Tag) -> None:
    """A table of data keeps its rows, with one line in each cell; one that lays out a page is taken apart."""
    cells = [cell for cell in table.find_all(("td", "th")) if cell.find_parent("table") is table]
    rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
    if _is_layout(table, cells, rows):
        for each in (*cells, *rows, *table.find_all(("thead", "tbody", "tfoot", "caption"))):
            each.name = "div"
        table.name = "div"
        return
    for cell in cells:
        cell.attrs = {name: cell[name] for name in ("colspan", "rowspan") if cell.get(name, "1") != "1"}
        for block in cell.find_all((*BLOCKS, "br")):
            _replace(block, "p" if block.name != "br" else "br")
    _fill_rowspans(rows)
    first = rows[0].find_all(("td", "th"))
    if all(_all_bold(cell) for cell in first):
        for cell in first:
            cell.name = "th"
    for mark in (mark for cell in table.find_all("th") for mark in cell.find_all("strong")):
        mark.unwrap()


def _is_layout(table: Tag, cells: list[Tag], rows: list[Tag]) -> bool:
    if table.get("role") in ("presentation", "none") or not cells or table.find("table"):
        return True
    if table.find("th"):
        return False
    one_column = max(len(row.find_all("td")) for row in rows) == 1 if rows else True
    return (
        one_column or len(rows) == 1 or any(cell.find((*HEADINGS, "ul", "ol", "div", "blockquote")) for cell in cells)
    )
