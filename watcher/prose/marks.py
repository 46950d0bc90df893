"""Bold, italics, links: whole, with their spaces and their neighbours' outside, as Markdown can write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import takewhile

from bs4 import Tag
from bs4.element import NavigableString, PageElement

from watcher.prose.names import BLOCK, HEADINGS, MARKS
from watcher.prose.nodes import smooth, spread

_EDGES = (*MARKS, "a", "code")
_STARS = {"strong", "em"}
_LEAD, _TRAIL = re.compile(r"\A\s+"), re.compile(r"\s+\Z")


def tidy_marks(whole: Tag) -> None:
    """Merge what is torn, unwrap what is double, and move what may not stand at the edge of a mark out of it."""
    for mark in whole.find_all(_EDGES):
        if mark.find_parent(mark.name) or (mark.name == "strong" and mark.find_parent((*HEADINGS, "th"))):
            mark.unwrap()
    for mark in whole.find_all(_EDGES):
        _merge(mark)
    smooth(whole)
    for mark in reversed(whole.find_all(_EDGES)):
        _move_spaces(mark)
    smooth(whole)
    for mark in reversed(whole.find_all(MARKS)):
        _part_from_words(mark)
    for mark in whole.find_all(_STARS):
        if _runs_together(mark):
            mark.unwrap()
    smooth(whole)
    for line in whole.find_all("br"):
        _tidy_break(line)
    smooth(whole)


def _merge(mark: Tag) -> None:
    """<i>Wash</i><i>ington</i> is one word."""
    while (after := mark.next_sibling) is not None:
        blank = isinstance(after, NavigableString) and not after.strip(" \t\n") and mark.name in MARKS
        follows = after.next_sibling if blank else after
        if not isinstance(follows, Tag) or follows.name != mark.name or follows.attrs != mark.attrs:
            return
        if blank:
            mark.append(after.extract())
        mark.extend(list(follows.contents))
        follows.decompose()


def _move_spaces(mark: Tag) -> None:
    """Put white space and line breaks at the edges of a mark outside of it; the marks inside it come first."""
    while mark.contents and (piece := _cut(mark.contents[0], _LEAD)) is not None:
        mark.insert_before(piece)
    while mark.contents and (piece := _cut(mark.contents[-1], _TRAIL)) is not None:
        mark.insert_after(piece)
    if not mark.contents:
        mark.decompose()


def _cut(child: PageElement, edge: re.Pattern[str]) -> PageElement | None:
    """What of a mark's first or last child belongs outside, cut off; None when nothing does."""
    if isinstance(child, Tag):
        return child.extract() if child.name == "br" or not (child.contents or child.name == "img") else None
    text = str(child)
    kept = edge.sub("", text)
    if kept == text and text:
        return None
    space = NavigableString(text.replace(kept, "", 1) if kept else text)
    if kept:
        child.replace_with(NavigableString(kept))
    else:
        child.extract()
    return space


def _part_from_words(mark: Tag) -> None:
    """`**Note:**text` and `text**(so)**` are no bold in Markdown: no punctuation stands between a mark and a word."""
    for forward in (False, True):
        if mark.decomposed or mark.parent is None or not _is_word(_beside(mark, forward=forward)):
            continue
        edge = _edge(mark, forward=forward)
        if isinstance(edge, Tag):  # a link, code or picture, which Markdown ends in punctuation
            for each in spread(mark):
                _move_spaces(each)
                _part_from_words(each)
        else:
            _part_from_word(mark, edge, forward=forward)


def _part_from_word(mark: Tag, edge: PageElement, *, forward: bool) -> None:
    text = str(edge)
    count = len(list(takewhile(_is_punctuation, reversed(text) if forward else text)))
    if not count:
        return
    kept, out = (text[:-count], text[-count:]) if forward else (text[count:], text[:count])
    (mark.insert_after if forward else mark.insert_before)(NavigableString(out))
    edge.replace_with(NavigableString(kept))
    if not mark.get_text() and not mark.find("img"):
        mark.decompose()


def _edge(mark: Tag, *, forward: bool) -> PageElement:
    """The first or last string of a mark, or what holds it and has a sign of its own."""
    each: PageElement = mark
    while isinstance(each, Tag) and (each is mark or {each.name, mark.name} <= _STARS) and each.contents:
        each = each.contents[-1 if forward else 0]
    return each


def _runs_together(mark: Tag) -> bool:
    """Whether a mark's stars would touch the stars of the one before it, too many to be told apart."""
    before = mark.previous_sibling
    if not isinstance(before, Tag) or before.name not in _STARS:
        return False
    ends, begins = before.contents[-1], mark.contents[0]
    return any(isinstance(each, Tag) and each.name in _STARS for each in (ends, begins))


def _beside(mark: Tag, *, forward: bool) -> str:
    """The character that stands right before or after a mark, on its line."""
    each: PageElement = mark
    while True:
        for near in each.next_siblings if forward else each.previous_siblings:
            if isinstance(near, Tag) and (near.name == "br" or near.name in BLOCK):
                return ""
            if text := near.get_text():
                return text[0 if forward else -1]
        if each.parent is None or each.parent.name not in _EDGES:
            return ""
        each = each.parent


def _is_word(char: str) -> bool:
    return bool(char) and not char.isspace() and not _is_punctuation(char)


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"


def _tidy_break(line: Tag) -> None:
    """A line break stands between two texts, and no space beside it."""
    for blank in (line.previous_sibling, line.next_sibling):
        if isinstance(blank, NavigableString) and not blank.strip():
            blank.extract()
    before, after = list(_texts(line.previous_siblings)), list(_texts(line.next_siblings))
    if not before or not after:
        line.decompose()
        return
    for string, edge in ((before[0], _TRAIL), (after[0], _LEAD)):
        if isinstance(string, NavigableString) and edge.search(string):
            string.replace_with(NavigableString(edge.sub("", string)))


def _texts(siblings: Iterator[PageElement]) -> Iterator[PageElement]:
    for each in siblings:
        if isinstance(each, Tag) and (each.name in BLOCK or each.name == "br"):
            return
        if isinstance(each, Tag) or str(each).strip():
            yield each
