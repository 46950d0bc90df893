"""Plain text whose headings are lines at the left margin: GNU's NEWS, Perl's Changes, Ruby's History."""

from __future__ import annotations

import re
from collections.abc import Sequence

from watcher.changelogs.blocks import Row, literal, rows, written
from watcher.changelogs.heading import may_be_one, said
from watcher.changelogs.outline import Heading, Outline

_MARKED = re.compile(r"(?P<mark>[*=]{1,6}) +(?P<words>\S.{0,200}?) *=*")
_RULE = re.compile(r"([=~_*#+-])\1{2,} *")
_LONGEST = 200


def outline(text: str) -> Outline:
    """The headings of a text: what is marked as one with stars or equals signs, and lines that say a version."""
    lines = text.split("\n")
    found = [(n, heading) for n, each in enumerate(lines) if (heading := _heading(lines, n, each))]
    starts = [n for n, _ in found]

    def notes(i: int, j: int) -> str:
        return _markdown(lines[starts[i] + 1 : starts[j] if j < len(starts) else len(lines)])

    first = next((each for each in lines if each.strip()), "")
    return Outline(headings=[each for _, each in found], notes=notes, names=[first] if len(first) < _LONGEST else [])


def _heading(lines: Sequence[str], n: int, text: str) -> Heading | None:
    if not text or text[0].isspace() or len(text) > _LONGEST or not (text[0].isalnum() or text[0] in "*=["):
        return None
    marked = _MARKED.fullmatch(text.rstrip())
    if marked and ((may_be_one(text) and said(marked["words"])) or marked["mark"][0] == "=" or len(marked["mark"]) > 1):
        return Heading(words=marked["words"], level=len(marked["mark"]))
    if marked or not _stands_out(lines, n) or not may_be_one(text):
        return None
    return Heading(words=text.rstrip(), level=1, plain=True)


def _stands_out(lines: Sequence[str], n: int) -> bool:
    """Whether a line begins a paragraph, or what is below it is indented or a list."""
    above, below = lines[n - 1] if n else "", lines[n + 1] if n + 1 < len(lines) else ""
    return not above.strip() or bool(_RULE.fullmatch(above)) or below[:1].isspace() or below[:1] in tuple("-*+")


def _markdown(lines: Sequence[str]) -> str:
    made: list[Row] = []
    for row in rows(lines):
        if marked := _MARKED.fullmatch(row.text) if not row.indent and len(row.text) <= _LONGEST else None:
            level = len(marked["mark"])
            if marked["mark"][0] == "=" or level > 1:
                made += [
                    Row(0, "", raw=True),
                    Row(0, f"{'#' * min(6, level + 1)} {literal(marked['words'], False)}", raw=True),
                ]
                made.append(Row(0, ""))
                continue
        made.append(Row(0, "") if _RULE.fullmatch(row.text) else row)
    return written(made, literal)
