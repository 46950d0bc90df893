"""Two texts compared word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import Literal, TypeAlias

from diff_match_patch import diff_match_patch

#: A piece of text, and whether it stayed, went or came.
Piece: TypeAlias = tuple[Literal["=", "-", "+"], str]

_WORD = re.compile(r"\s+|[^\W_]+(?:[.,:'’-][^\W_]+)*|[\W_]")
_SIGNS: dict[int, Literal["=", "-", "+"]] = {0: "=", -1: "-", 1: "+"}

#: Seconds; what is not compared by then counts as changed.
_PATIENCE = 1.0

#: Words beyond which two texts are compared line by line, and lines beyond which as a whole.
_MOST = 50_000


def pieces(was: str, now: str) -> list[Piece]:
    """What leads from one text to the other, in order; each change says first what went."""
    words: dict[str, str] = {}
    before, after = (_coded(text, words) for text in (was, now))
    judge = diff_match_patch()
    judge.Diff_Timeout = _PATIENCE
    found = judge.diff_main(before, after, False)
    judge.diff_cleanupSemantic(found)
    texts = {code: word for word, code in words.items()}
    return [(_SIGNS[sign], "".join(texts[code] for code in codes)) for sign, codes in found]


def literal(was: str, now: str) -> str:
    """The change in one text, what went as [-words-] and what came as {+words+}."""
    marks = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}
    return "".join(marks[sign].format(text) for sign, text in pieces(was, now))


def by_word(note: str) -> str:
    """A unified diff with `literal` in the place of lines that changed."""
    return "\n".join(_by_word(note.split("\n")))


def marked(note: str) -> str:
    """A unified diff as the inside of an HTML `<pre>`: its lines with their `-` and `+`, and in them, between `<del>`
    and `<ins>`, the words that changed."""
    return "\n".join(_marked(note.split("\n")))


def _by_word(lines: list[str]) -> Iterator[str]:
    for went, came, rest in _changes(lines):
        if went or came:
            yield literal("\n".join(went), "\n".join(came))
        yield from (line.removeprefix(" ") for line in rest)


def _changes(lines: list[str]) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """The lines that went and came in the place of each other, then those that stayed."""
    went: list[str] = []
    for sign, group in groupby(lines, key=lambda line: line[:1]):
        some = [line[1:] if sign in "+-" else line for line in group]
        if sign == "-":
            went = some
            continue
        yield (went, some, []) if sign == "+" else (went, [], some)
        went = []
    if went:
        yield went, [], []


def _marked(lines: list[str]) -> Iterator[str]:
    for went, came, rest in _changes(lines):
        if went and came:
            yield from _pair(went, came)
        else:
            yield from (f"-{escape(line, quote=False)}" for line in went)
            yield from (f"+{escape(line, quote=False)}" for line in came)
        yield from (escape(line, quote=False) for line in rest)


def _pair(went: list[str], came: list[str]) -> Iterator[str]:
    """Lines that went, then those that came in their place."""
    found = pieces("\n".join(went), "\n".join(came))
    for sign, tag in (("-", "del"), ("+", "ins")):
        text = "".join(_tagged(text, tag if kind == sign else "") for kind, text in found if kind in ("=", sign))
        yield from (f"{sign}{line}" for line in text.split("\n"))


def _tagged(text: str, tag: str) -> str:
    """The text with a tag around what each of its lines has of it."""
    lines = (escape(line, quote=False) for line in text.split("\n"))
    return "\n".join(f"<{tag}>{line}</{tag}>" if tag and line else line for line in lines)


def _coded(text: str, words: dict[str, str]) -> str:
    """A text with one character for each of its words."""
    found = _WORD.findall(text)
    if len(found) > _MOST:
        found = text.splitlines(keepends=True)
    if len(found) > _MOST:
        found = [text]
    # From U+E000 on: no surrogates, which Python does not compare as others do.
    return "".join(words.setdefault(word, chr(0xE000 + len(words))) for word in found)
