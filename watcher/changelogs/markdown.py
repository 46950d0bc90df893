"""Markdown (CommonMark 0.31) as people write their notes: headings of both kinds, bold lines, HTML between."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape
from itertools import groupby

from watcher.changelogs.heading import said
from watcher.changelogs.links import Definitions, defined, resolved
from watcher.changelogs.outline import Heading, Outline
from watcher.text import line

_LONGEST = 500  # characters of a line that is a heading, addresses and all
_BOLD = 7  # the level of a line in bold, which is below every heading
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}(?=[^`]*\Z)|~{3,})")
_ATX = re.compile(r" {0,3}(?P<marks>#{1,6})(?:[ \t]+(?P<words>\S.*))?")
_TAG = re.compile(r"\s*<h(?P<level>[1-6])\b[^>]*>(?P<words>.+)</h[1-6]>\s*", re.IGNORECASE)
_STRONG = re.compile(r"(?P<mark>\*\*|__)(?P<words>[^*_]+|.+)(?P=mark)(?P<after>.*)")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{2,})[ \t]*")
_NO_PARAGRAPH = re.compile(r" {4}|\t|\s*(?:[-*+>|#]|\d+[.)]|<!--|```|~~~)(?:\s|\Z|[|>-])")
_RULE = re.compile(r" {0,3}(?:(?:- ?){3,}|(?:\* ?){3,}|(?:_ ?){3,})")
_ANCHORS = re.compile(r"\s*(?:<a\s[^>]*>\s*(?:</a>\s*)?)+")
_HIDDEN = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*(?:\n(?! {0,3}(?P=fence))[^\n]*)*+"
    r"|(?<!`)`++[^`\n]++`++"
    r"|(?P<comment><!--(?s:.*?)(?:-->|\Z))",
    re.MULTILINE,
)
_CLEAN = (
    (re.compile(r"!\[[^\]\[]*\](?:\([^()]*\)|\[[^\]\[]*\])?"), ""),
    (re.compile(r"\[(?P<text>[^\]\[]*)\](?:\((?:[^()]|\([^()]*\))*\)|\[[^\]\[]*\])"), r"\g<text>"),
    (re.compile(r"<[^<>]*>"), " "),
    (re.compile(r"\{#[^{}]*\}|:[a-z_]+:|[ \t]#+[ \t]*\Z"), " "),
    (re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)|\\(?=[^\w\s])"), ""),
)


def outline(text: str, base: str) -> Outline:
    """The headings of a text, and its notes with links as seen on the page `base`."""
    # A comment may hold headings, for whoever writes the next release.
    lines = _uncommented(text).split("\n")
    code = _coded(lines)
    definitions = defined(lines, code, base)
    found = list(_headings(lines, code))

    def notes(i: int, j: int) -> str:
        begin, end = found[i][1], found[j][0] if j < len(found) else len(lines)
        return _markdown(lines, code, range(begin, end), definitions, base)

    return Outline(headings=[heading for _, _, heading in found], notes=notes)


def _headings(lines: Sequence[str], code: Sequence[bool]) -> Iterator[tuple[int, int, Heading]]:
    """Each with the lines that it begins and ends before."""
    for n, text in enumerate(lines):
        if code[n] or not text or len(text) > _LONGEST:
            continue
        if match := _ATX.fullmatch(text) or _TAG.fullmatch(text):
            level = int(match["level"]) if match.re is _TAG else len(match["marks"])
            yield n, n + 1, Heading(words=_words(match["words"] or ""), level=level)
        elif n and _UNDERLINE.fullmatch(text) and _is_title(lines, code, n - 1):
            yield n - 1, n + 1, Heading(words=_words(lines[n - 1]), level=1 if "=" in text else 2)
        elif (match := _STRONG.fullmatch(text.strip())) and said(words := _words(match["words"] + match["after"])):
            yield n, n + 1, Heading(words=words, level=_BOLD, plain=True)


def _is_title(lines: Sequence[str], code: Sequence[bool], n: int) -> bool:
    """Whether the line above an underline is a title: a paragraph of one line."""
    above = lines[n - 1] if n else ""
    alone = (
        not above.strip() or code[n - 1] or _ANCHORS.fullmatch(above) or _RULE.fullmatch(above) or _ATX.fullmatch(above)
    )
    text = lines[n]
    return bool(text.strip() and not code[n] and len(text) <= _LONGEST and alone and not _NO_PARAGRAPH.match(text))


def _words(text: str) -> str:
    """A heading as plain words."""
    for pattern, instead in _CLEAN:
        text = pattern.sub(instead, text)
    return line(unescape(text))


def _coded(lines: Sequence[str]) -> list[bool]:
    """Which lines are code between fences, the fences with it (CommonMark §4.5)."""
    code, fence = [], ""
    for text in lines:
        match = _FENCE.match(text)
        if fence:
            code.append(True)
            if match and match["fence"].startswith(fence) and not text.strip().strip(fence[0]):
                fence = ""
        else:
            code.append(bool(match))
            fence = match["fence"] if match else ""
    return code


def _uncommented(text: str) -> str:
    return _HIDDEN.sub(lambda match: match[0] if match["comment"] is None else "\n" * match[0].count("\n"), text)


def _markdown(
    lines: Sequence[str], code: Sequence[bool], span: Sequence[int], definitions: Definitions, base: str
) -> str:
    """Some lines as they are, but for links, and what stands between sections and belongs to neither."""
    kept = [n for n in span if code[n] or not (n in definitions.lines or _ANCHORS.fullmatch(lines[n]))]
    while kept and not code[kept[-1]] and (not lines[kept[-1]].strip() or _RULE.fullmatch(lines[kept[-1]])):
        kept.pop()
    texts = (
        (is_code, "\n".join(lines[n].rstrip() if not is_code else lines[n] for n in run))
        for is_code, run in groupby(kept, key=lambda n: code[n])
    )
    whole = "\n".join(text if is_code else resolved(text, definitions, base) for is_code, text in texts)
    return re.sub(r"\n{3,}", "\n\n", whole).strip("\n") if "```" not in whole else whole.strip("\n")
