"""A part of a page as Markdown, byte for byte what a reader saw.

What pages do to their text is taken back on the tree, where it is plain what belongs together (`drop`, `blocks`,
`marks`); after that there is one way to write it down (`writer`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bs4 import Tag

from watcher.html import text_of
from watcher.markdown import words
from watcher.markdown.literal import paragraphs
from watcher.prose.blocks import drop_empty, level_headings, tidy_blocks
from watcher.prose.drop import drop_contents, drop_foreign, drop_teasers
from watcher.prose.edges import drop_notes
from watcher.prose.links import drop_anchors, make_absolute, name_films
from watcher.prose.marks import tidy_marks
from watcher.prose.names import MARKS
from watcher.prose.nodes import new, smooth
from watcher.prose.notes import tie_notes
from watcher.prose.writer import write
from watcher.text import fold, safe

#: Elements, characters and levels beyond which a part is no article, and takes too long: its words must do.
_MANY, _LONG, _DEEP = 10_000, 400_000, 600


def prose(parts: Sequence[Tag], base: str, known: Iterable[str] = (), bylines: Iterable[str] = ()) -> str:
    """The parts as one Markdown text. What is `known` (the title) is not said again at its top, nor are `bylines` (the
    date, the author) with what stands beside them."""
    if any(map(_is_too_much, parts)):
        return _plain(parts)
    try:
        whole = _tidy(parts, base, _folded(known), _folded(bylines))
        for block in whole.find_all(recursive=False):
            _ensure(block)
        return safe(write(whole)).strip()
    except RecursionError:  # some 300 elements deep: its words, then
        return _plain(parts)


def _is_too_much(part: Tag) -> bool:
    levels, code = {id(part): 0}, 0
    for tag in part.find_all(True):
        levels[id(tag)] = levels[id(tag.parent)] + 1
        code += len(tag.find_all("span")) if tag.name == "pre" else 0  # coloured: they are gone at once
    return (
        len(levels) > 2 * _MANY
        or len(levels) - code > _MANY
        or max(levels.values()) > _DEEP
        or len(part.get_text()) > _LONG
    )


def _plain(parts: Sequence[Tag]) -> str:
    return "\n\n".join(paragraphs(text) for part in parts for text in text_of(part).split("\n"))


def _folded(texts: Iterable[str]) -> set[str]:
    return {fold(text) for text in texts} - {""}


def _tidy(parts: Sequence[Tag], base: str, known: set[str], bylines: set[str]) -> Tag:
    whole = new("div")
    for part in parts:
        whole.append(part.__copy__())
    tie_notes(whole, base)
    drop_anchors(whole)
    name_films(whole)
    drop_foreign(whole)
    drop_contents(whole)
    make_absolute(whole, base)
    tidy_blocks(whole)
    drop_teasers(whole)
    tidy_marks(whole)
    drop_empty(whole)
    drop_notes(whole, known, bylines)
    drop_empty(whole)
    level_headings(whole)
    return whole


def _ensure(block: Tag) -> None:
    """Give up a block's bold and italics, then its links and code, where its words would not be read back unharmed."""
    for names in (MARKS, ("a", "code")):
        if not block.find((*MARKS, "a", "code")) or _letters(words(write(block))) == _letters(block.get_text()):
            return
        for mark in block.find_all(names):
            mark.unwrap()
        smooth(block)


def _letters(text: str) -> str:
    return "".join(text.split())
