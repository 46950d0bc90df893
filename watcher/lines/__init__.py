"""A page's text as lines that can be compared: of HTML what a reader sees, of data one line for each value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bs4 import BeautifulSoup, Tag
from lxml import etree

from watcher import data, html
from watcher.errors import NotUnderstood
from watcher.html.markup import refuse_excess
from watcher.model import Response
from watcher.text import line

#: Characters beyond which no text is a page's: a record and a feed entry are to hold it.
MUCH = 2_000_000

_ROW = 300  # characters: a longer row of a table is a layout, or tells a story in each of its cells
_PATH = 200  # characters of the names that lead to a value
# Soft hyphens, and spaces of no width: a reader sees none of them.
_NO_WIDTH = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))


def folded(lines: Iterable[str]) -> str:
    """The lines as one text, without blank ones; white space is folded. Raises NotUnderstood for what is too much to
    be compared, and read."""
    said, size = [], 0
    for each in lines:
        if text := line(each.translate(_NO_WIDTH)):
            said.append(text)
            size += len(text)
        if size > MUCH:
            raise NotUnderstood(
                f"the text is longer than {MUCH:,} characters", hint="watch a part of it (select =), or a smaller page"
            )
    return "\n".join(said)


def of_parts(soup: BeautifulSoup, select: str, without: Sequence[str] = ()) -> str | None:
    """The text of the parts that the CSS `select` names, in page order and each once; None where there is none. What
    `without` names is left out. A row of a table is a line. The soup is changed."""
    for css in without:
        for each in soup.select(css):
            each.extract()
    literal = {id(each) for pre in _topmost(soup.find_all("pre")) for each in pre.find_all(True)}
    parts = [_apart(each, soup if id(each) in literal else None) for each in _topmost(soup.select(select))]
    for part in parts:
        _level_tables(part)
    return folded(text for part in parts for text in html.text_of(part).split("\n")) if parts else None


def of_data(response: Response) -> str | None:
    """The text of an answer that is no HTML: of JSON each value, of XML each element, else each line. None for HTML.
    Raises NotUnderstood for what is no text."""
    said = response.headers.get("content-type", "")
    media = said.partition(";")[0].strip().lower()
    if (value := data.peek(response)) is not None:
        return folded(_values(value))
    if media.endswith(("/xml", "+xml")) and (root := _root(response)) is not None:
        return folded(_elements(root))
    if media.startswith("text/") and media not in ("text/html", "text/xml"):
        return folded(html.decoded(response.body, said).split("\n"))
    return None


def _topmost(found: Iterable[Tag]) -> list[Tag]:
    """Without those that stand in another."""
    inside: set[int] = set()
    tops = []
    for each in found:
        if id(each) not in inside:
            tops.append(each)
            inside.update(map(id, each.find_all(True)))
    return tops


def _apart(part: Tag, literal: BeautifulSoup | None) -> Tag:
    """The part, taken out of its page: each look at what it stands in would climb up to the root."""
    part.extract()
    if literal is None:
        return part
    pre = literal.new_tag("pre")
    pre.append(part)
    return pre


def _level_tables(part: Tag) -> None:
    """Make one line of each row, with a bar between its cells: a price says little without what it is the price of."""
    for row in reversed([*([part] if part.name == "tr" else []), *part.find_all("tr")]):
        if row.find("table") is not None:
            continue
        cells = [each for each in row.find_all(["td", "th"], recursive=False) if not html.hidden(each)]
        text = " | ".join(line(html.text_of(each)) for each in cells)
        if len(cells) > 1 and len(text) <= _ROW:
            row.clear()
            row.append(text)


def _values(value: Any) -> Iterator[str]:
    """Each value with the names that lead to it, but not the places in lists: they shift when something is added."""
    # Not recursive: answers nest deeper than Python calls.
    waiting = [("", value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            names = sorted(value, reverse=True)
            waiting.extend((f"{path}.{name}".lstrip(".")[-_PATH:], value[name]) for name in names)
        elif isinstance(value, list):
            waiting.extend((f"{path}[]"[-_PATH:], each) for each in reversed(value))
        else:
            yield f"{path}: {value if isinstance(value, str) else json.dumps(value)}"


def _root(response: Response) -> etree._Element | None:
    """The root of an XML document, unless it is a page (XHTML)."""
    refuse_excess(response.body.decode("latin-1"))
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root: etree._Element | None = etree.fromstring(response.body, parser)
    except etree.XMLSyntaxError as error:
        raise NotUnderstood(f"{response.url} is no XML: {error}", hint="look at it in a browser") from None
    return None if root is None or etree.QName(root).localname.lower() == "html" else root


def _elements(root: etree._Element) -> Iterator[str]:
    """Each element that says something by its text or its attributes, these by name."""
    for event, each in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(each.tag, str):
            continue
        if event == "end":
            yield each.tail or "" if each is not root else ""
            continue
        said = sorted(f"{etree.QName(name).localname}={value}" for name, value in each.attrib.items())
        # An entity that is not read is a node, and what follows it is its tail; comments are gone.
        after = (node.tail or "" for node in each if not isinstance(node.tag, str))
        text = line(" ".join([each.text or "", *after]))
        if said or text:
            yield f"{' '.join([etree.QName(each).localname, *said])}{': ' if text else ''}{text}"
