"""reStructuredText (docutils' specification) as light Markdown: sections, lists, code, links, literals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from watcher.changelogs.blocks import Row, rows, written
from watcher.changelogs.inline import inline, plain, targets
from watcher.changelogs.outline import Heading, Outline

_LONGEST = 500  # characters of a heading
_RULE = re.compile(r"([!-/:-@\[-`{-~])\1{2,} *")
_DIRECTIVE = re.compile(r"\.\. (?:\|[^|]*\| )?(?P<name>[\w:.+-]+?)::(?: +(?P<rest>.*))?")
_FIELD = re.compile(r":[\w -]+:(?:\s.*)?")
_CODE = ("code", "code-block", "sourcecode", "parsed-literal", "prompt", "doctest", "console")
_GONE = re.findall(
    r"\S+",
    "contents toctree include literalinclude raw index highlight currentmodule module meta replace image figure"
    " default-role role sectnum",
)
_VERSIONS = {
    "versionadded": "Added in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
    "versionremoved": "Removed in version",
}
_BOXES = re.findall(r"\w+", "attention caution danger error hint important note tip warning seealso")


def outline(text: str, base: str) -> Outline:
    """The sections of a text, and its notes with links as seen on the page `base`."""
    lines = text.split("\n")
    links = targets(lines, base)
    styles: list[str] = []
    found = [(begin, end, _level(styles, style), words) for begin, end, style, words in _titles(lines)]

    def notes(i: int, j: int) -> str:
        begin, end = found[i][1], found[j][0] if j < len(found) else len(lines)
        inside = {start: (stop, level) for start, stop, level, _ in found[i + 1 : j]}
        made: list[Row] = []
        at = begin
        for start, (stop, level) in [*inside.items(), (end, (end, 0))]:
            made += _rows(rows(lines[at:start]))
            if level:
                words = inline(lines[stop - 2].strip(), False, links)
                made += [Row(0, ""), Row(0, f"{'#' * min(6, level)} {words}", raw=True), Row(0, "")]
            at = stop
        return written(made, lambda text, begins: inline(text, begins, links))

    headings = [Heading(words=plain(words), level=level) for _, _, level, words in found]
    return Outline(headings=headings, notes=notes)


def _level(styles: list[str], style: str) -> int:
    """Which style is of which level, the order in which a text first uses them says."""
    if style not in styles:
        styles.append(style)
    return styles.index(style) + 1


def _titles(lines: Sequence[str]) -> Iterator[tuple[int, int, str, str]]:
    """Where each title begins, where it ends, how it is marked, and its words."""
    n = 0
    while n + 1 < len(lines):
        title, rule = lines[n], lines[n + 1]
        over = _RULE.fullmatch(title) and n + 2 < len(lines) and lines[n + 2].rstrip() == title.rstrip()
        if over and rule.strip() and len(rule) <= _LONGEST and not _RULE.fullmatch(rule):
            yield n, n + 3, title[0] * 2, rule.strip()
            n += 3
        elif _is_underlined(lines, n):
            yield n, n + 2, rule[0], title.strip()
            n += 2
        else:
            n += 1


def _is_underlined(lines: Sequence[str], n: int) -> bool:
    title, rule = lines[n], lines[n + 1]
    if not title.strip() or title[0].isspace() or len(title) > _LONGEST or not _RULE.fullmatch(rule):
        return False
    above = lines[n - 1] if n else ""
    # Underlines that are a little short are written often.
    return not _RULE.fullmatch(title) and not above.strip() and len(rule.rstrip()) + 3 >= len(title.rstrip())


def _rows(lines: Sequence[Row]) -> list[Row]:
    """The lines without what is markup of the text itself: directives, comments, targets; code between fences."""
    made: list[Row] = []
    n = 0
    while n < len(lines):
        row = lines[n]
        if row.text.startswith(".. ") or row.text in ("..", "__"):
            end = _end(lines, n + 1, row.indent)
            made += _directive(row, lines[n + 1 : end])
        elif row.text.endswith("::"):
            end = _end(lines, n + 1, row.indent)
            made += _introduced(row, lines[n + 1 : end])
        else:
            made.append(Row(row.indent, row.text.removeprefix("| ") if row.text != "|" else ""))
            end = n + 1
        n = end
    return made


def _end(lines: Sequence[Row], n: int, indent: int) -> int:
    """Where what is indented further ends."""
    while n < len(lines) and (not lines[n].text or lines[n].indent > indent):
        n += 1
    return n


def _introduced(row: Row, inside: Sequence[Row]) -> list[Row]:
    """A paragraph that ends in two colons, and the code that it introduces."""
    said = row.text.removesuffix("::").rstrip()
    lead = [Row(row.indent, said if row.text.endswith(" ::") else f"{said}:")] if said else []
    # In a list, code is indented further than the text that its mark begins.
    return [*lead, *_fenced(row.indent + 1 if said else row.indent, "", inside)]


def _fenced(indent: int, language: str, inside: Sequence[Row]) -> list[Row]:
    texts = [each for each in inside if each.text]
    if not texts:
        return []
    least = min(each.indent for each in texts)
    last = max(n for n, each in enumerate(inside) if each.text)
    first = min(n for n, each in enumerate(inside) if each.text)
    code = [" " * (each.indent - least) + each.text if each.text else "" for each in inside[first : last + 1]]
    longest = max((len(run) for each in code for run in re.findall("`{3,}", each)), default=2)
    fence = "`" * (longest + 1)
    return [Row(0, ""), *(Row(indent, each, raw=True) for each in (f"{fence}{language}", *code, fence)), Row(0, "")]


def _directive(row: Row, inside: Sequence[Row]) -> list[Row]:
    match = _DIRECTIVE.fullmatch(row.text)
    if match is None:  # a comment, a target, a footnote
        note = re.fullmatch(r"\.\. \[[^\]]*\] (.*)", row.text)
        return [Row(row.indent, row.text[3:]), *_rows(inside), Row(0, "")] if note else [Row(0, "")]
    name, rest = match["name"].rpartition(":")[2].lower(), match["rest"] or ""
    first = next((n for n, each in enumerate(inside) if not _FIELD.fullmatch(each.text)), len(inside))
    inside = inside[first:]
    if name in _GONE:
        return [Row(0, "")]
    if name in _CODE:
        return _fenced(row.indent, rest if re.fullmatch(r"[\w+#-]+", rest) else "", inside)
    if name in _VERSIONS:
        said = f"{_VERSIONS[name]} {rest}".strip()
        return [Row(0, ""), Row(row.indent, said), Row(0, ""), *_flush(inside, row.indent), Row(0, "")]
    head = f"**{name.capitalize()}:** {rest}".strip() if name in _BOXES else rest
    lead = [Row(row.indent, head)] if head else []
    return [Row(0, ""), *lead, *([] if rest else [Row(0, "")]), *_flush(inside, row.indent), Row(0, "")]


def _flush(inside: Sequence[Row], indent: int) -> list[Row]:
    """What a directive holds, moved to where it stands itself."""
    least = min((each.indent for each in inside if each.text), default=0)
    return _rows([Row(max(0, each.indent - least) + indent, each.text) for each in inside])
