"""Text that is laid out by indentation as Markdown: paragraphs, lists in lists, code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from watcher.markdown.literal import escape

_MARK = re.compile(r"(?P<mark>[-*+•‣◦·]|(?P<number>\d{1,4}|#)[.)])(?: +(?=\S)|\Z)")


@dataclass(frozen=True, slots=True)
class Row:
    """One line: how far it is indented, and its text. One that is `raw` is Markdown already."""

    indent: int
    text: str
    raw: bool = False


@dataclass(slots=True)
class _Lists:
    """The lists that a line is in: of each, where its mark stood, and how far its text is indented in Markdown."""

    open: list[tuple[int, int]] = field(default_factory=list)

    def enter(self, indent: int, mark: str) -> str:
        self.leave(indent)
        around = self.around
        self.open.append((indent, len(around) + len(mark) + 1))
        return f"{around}{mark} "

    def leave(self, indent: int) -> bool:
        """Close the lists that a line so far to the left is not in; whether there were any."""
        was = len(self.open)
        while self.open and indent <= self.open[-1][0]:
            self.open.pop()
        return len(self.open) < was

    @property
    def around(self) -> str:
        return " " * (self.open[-1][1] if self.open else 0)


def rows(lines: Iterable[str]) -> list[Row]:
    """Lines of a text, tabs expanded."""
    expanded = (each.expandtabs(8).rstrip() for each in lines)
    return [Row(len(each) - len(text), text) for each in expanded for text in (each.lstrip(),)]


def literal(text: str, begins: bool = True) -> str:
    """Plain text of several lines as Markdown."""
    first, *more = text.split("\n")
    return "\n".join([escape(first, begins=begins), *map(escape, more)])


def written(lines: Sequence[Row], words: Callable[[str, bool], str]) -> str:
    """The lines as Markdown; `words` writes the text of one paragraph, and is told whether it begins its line."""
    lists, out = _Lists(), list[str]()
    for block in _blocks(lines):
        head = block[0]
        if not head.text and not head.raw:
            out.append("")
        elif head.raw:
            if lists.leave(head.indent):
                out.append("")
            out.extend(f"{lists.around}{each.text}".rstrip() for each in block)
        else:
            out.extend(_paragraph(block, lists, words, follows=bool(out and out[-1])))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip("\n")


def _paragraph(
    block: Sequence[Row], lists: _Lists, words: Callable[[str, bool], str], *, follows: bool
) -> Iterator[str]:
    text = "\n".join(each.text for each in block)
    if mark := _MARK.match(text):
        number = mark["number"]
        left = lists.leave(block[0].indent)
        if follows and not left and not lists.open:
            yield ""
        lead = lists.enter(block[0].indent, f"{number.replace('#', '1')}." if number else "-")
        text = text[mark.end() :]
    else:
        if lists.leave(block[0].indent) and follows:
            yield ""  # else it would go on with the list's last item
        lead = lists.around
    first, *more = words(text, not mark).split("\n") if text else [""]
    yield f"{lead}{first}".rstrip()
    yield from (f"{lists.around}{each}" for each in more)


def _blocks(lines: Sequence[Row]) -> Iterator[list[Row]]:
    """Runs of lines that are one paragraph, one item of a list, one piece of code; blank lines alone."""
    block: list[Row] = []
    for each in lines:
        if block and not _goes_on(block, each):
            yield block
            block = []
        block.append(each)
    if block:
        yield block


def _goes_on(block: Sequence[Row], row: Row) -> bool:
    head, last = block[0], block[-1]
    if head.raw or row.raw:
        return head.raw and row.raw and head.indent == row.indent
    if not row.text or not head.text or _MARK.match(row.text):
        return False
    # The lines of an item stand further in than its mark; those of a paragraph stand below each other.
    return row.indent > head.indent if _MARK.match(head.text) else row.indent == last.indent or len(block) == 1
