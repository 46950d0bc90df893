"""The top and the end of a text: what the record says already, notes to editors, marks of the end."""

from __future__ import annotations

import re

from bs4 import Tag
from bs4.element import PageElement

from watcher.prose.names import BLOCK, HEADINGS
from watcher.prose.notes import NOTE
from watcher.prose.phrases import BESIDE
from watcher.text import fold

_END = re.compile(r"\s*(?:#(?:\s*#){2,}|[-–—]{1,2}\s*30\s*[-–—]{1,2})\s*")
_ARCHIVED = re.compile(r"\s*\(\s*archived content\s*\)\s*", re.IGNORECASE)
_EARLY = 8  # blocks, within which a text says again what its head says
_SENTENCE, _KICKER = 150, 60  # characters


def drop_notes(whole: Tag, known: set[str], bylines: set[str]) -> None:
    """Take out the marks of a text's end, archive notes, and at the top what is `known` already; all are folded."""
    for block in whole.find_all(("p", *HEADINGS)):
        if _END.fullmatch(text := block.get_text()) or _ARCHIVED.fullmatch(text):
            block.decompose()
    for string in whole.find_all(string=lambda text: bool(_END.fullmatch(text or ""))):
        # <p>… countries.<br>###</p>
        if isinstance(line := string.previous_sibling, Tag) and line.name == "br":
            line.decompose()
            string.extract()
    if (first := whole.find(string=lambda text: bool(_ARCHIVED.match(text or "")))) and not _text_before(first, whole):
        if isinstance(line := first.next_sibling, Tag) and line.name == "br":
            line.decompose()
        first.replace_with(_ARCHIVED.sub("", str(first), count=1))
    _drop_known(whole, known, bylines)
    for edge in (0, -1):
        while (blocks := _blocks(whole)) and blocks[edge].name == "hr":
            blocks[edge].decompose()


def _blocks(whole: Tag) -> list[Tag]:
    """The blocks of the text without its footnotes, and without what has one."""
    return [each for each in whole.find_all(recursive=False) if not each.find(NOTE)]


def _drop_known(whole: Tag, known: set[str], bylines: set[str]) -> None:
    for block in _blocks(whole)[:_EARLY]:
        if len(block.get_text()) > _SENTENCE and not block.find("br"):
            break
        _drop_lines(block, known | bylines)
    _drop_joined(_blocks(whole)[:_EARLY], known | bylines)
    for block in _blocks(whole)[:_EARLY]:
        if _is_byline(fold(block.get_text()), bylines) and len(block.get_text()) <= _SENTENCE:
            block.decompose()
    while (first := whole.find(BLOCK)) and fold(first.get_text()) in known | bylines:
        first.decompose()
    if (heading := whole.find(HEADINGS)) and fold(heading.get_text()) in known:
        _drop_kickers(_blocks(whole), heading)
        heading.decompose()


def _drop_lines(block: Tag, known: set[str]) -> None:
    """The first lines of a paragraph, as far as they are known: pages without headings have a bold line there."""
    while block.name == "p" and (br := block.find("br", recursive=False)):
        line: list[PageElement] = []
        for each in block.contents:
            if each is br:
                break
            line.append(each)
        if fold("".join(each.get_text() for each in line)) not in known:
            return
        for each in (*line, br):
            each.extract()


def _drop_joined(blocks: list[Tag], known: set[str]) -> None:
    """A label and its date may be two blocks."""
    for first in range(len(blocks)):
        for last in range(first + 2, min(first + 4, len(blocks) + 1)):
            run = blocks[first:last]
            if not any(each.decomposed for each in run) and fold(" ".join(each.get_text() for each in run)) in known:
                for each in run:
                    each.decompose()


def _is_byline(text: str, bylines: set[str]) -> bool:
    """Whether a block names the author or the date, and says nothing more."""
    words = set(text.split())
    told = {word for each in bylines if set(each.split()) <= words for word in each.split()}
    return bool(told) and all(word in told or word in BESIDE or word.isdigit() for word in words)


def _drop_kickers(blocks: list[Tag], heading: Tag) -> None:
    above = [each for each in blocks[:_EARLY] if each is not heading]
    if heading not in blocks[:_EARLY]:
        return
    for each in above[: [id(block) for block in blocks].index(id(heading))]:
        if each.name == "p" and not each.find("img") and len(each.get_text()) <= _KICKER:
            each.decompose()


def _text_before(string: object, whole: Tag) -> str:
    before = ""
    for each in whole.find_all(string=True):
        if each is string:
            break
        before += each.strip()
    return before
