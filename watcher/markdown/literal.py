"""Plain text as Markdown that reads the same: escaped where it would be syntax, and nowhere else."""

from __future__ import annotations

import re

from watcher.text import safe

_PUNCTUATION = re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_INLINE_TEXT = (
    rf"\\(?=[{_PUNCTUATION}]|\Z)"
    r"|`"
    r"|(?<![ \n])\*|\*(?![ \n])"  # a star between spaces is a star
    r"|(?<!\w)_(?![ \n])|(?<![ \n])_(?!\w)"  # so is an underscore, and one inside a word
    r"|~(?=~)|(?<=~)~"
    r"|\](?=\()"  # [a](b)
    r"|<(?=[A-Za-z/!?])"
    r"|&(?=#?\w+;)"
)
_INLINE = re.compile(_INLINE_TEXT)
_IN_LINK = re.compile(_INLINE_TEXT + r"|[\[\]]")
_AT_BEGIN = re.compile(
    r"\s*(?:\d{1,9}(?=[.)](?:\s|\Z)))?"  # the number of a list item: its dot is what is escaped
    r"(?P<mark>[.)](?=\s|\Z)(?<=\d.)"
    r"|#(?=#{0,5}(?:\s|\Z))"
    r"|[-+*](?=\s|\Z)"
    r"|>"
    r"|[-=:|_](?=[-=:|_ ]*\Z)"  # lines, under headings and in tables
    r"|\[(?=[^\]]+\]:))"  # a definition would not be seen at all
)


def escape(text: str, *, begins: bool = True, in_link: bool = False) -> str:
    """One line of plain text as Markdown. `begins`: it is the first of its line, where more means something;
    `in_link`: its brackets would end a link's text."""
    text = (_IN_LINK if in_link else _INLINE).sub(lambda match: f"\\{match[0]}", text)
    mark = _AT_BEGIN.match(text) if begins else None
    return f"{text[: mark.start('mark')]}\\{text[mark.start('mark') :]}" if mark else text


def paragraphs(text: str) -> str:
    """Plain text of several lines as Markdown."""
    return "\n".join(escape(line) for line in safe(text).split("\n"))
