"""Tables: of data, with one line in each cell; or of a page's layout, and then no tables."""

from __future__ import annotations

from bs4 import Tag

from watcher.html import BLOCKS
from watcher.prose.names import HEADINGS
from watcher.prose.nodes import following, new, smooth, wrap

_LONG = 600  # characters: more than anyone writes into a cell of data


def tidy_table(table: Tag) -> None:
    """Make `table` rows of plain cells, or take it apart. Tables inside it come first."""
    for cell in table.find_all(("td", "th")):
        if (above := cell.find_parent(("tr", "table"))) is not None and above.name == "table":
            wrap([cell, *following(cell, "td", "th")], "tr")
    rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
    for row in rows:
        if not row.find(("td", "th")):
            wrap(list(row.contents), "td")
    cells = [[cell for cell in row.find_all(("td", "th")) if cell.find_parent("tr") is row] for row in rows]
    caption = table.find("caption")
    if caption is not None:
        caption.name = "p"
        table.insert_before(caption.extract())
    if _is_torn(table, rows) or _is_layout(table, [row for row in cells if row]):
        for each in (table, *rows, *(cell for row in cells for cell in row)):
            each.name = "div"
        return
    for stray in [each for each in table.contents if not (isinstance(each, Tag) and each.name == "tr")]:
        table.insert_before(stray.extract())
    for row, its in zip(rows, cells, strict=True):
        for cell in its:
            one_line(cell)
        if not its:
            row.decompose()
    _fill_spans([row for row in rows if not row.decomposed])
    _tidy_head([row for row in cells if row])


def one_line(tag: Tag) -> None:
    """Take the blocks inside `tag` apart: what may be in a heading, a link or a cell stands on one line."""
    if not any(isinstance(each, Tag) for each in tag.contents):
        return
    for each in tag.find_all((*BLOCKS, "br")):
        each.insert_before(" • " if each.name == "li" else " ")
        each.insert_after(" ")
        each.unwrap()
    smooth(tag)


def _is_torn(table: Tag, rows: list[Tag]) -> bool:
    """Whether rows stand elsewhere than in the table, or other things than cells in rows."""
    return any(
        row.parent is not table or row.find(lambda tag: tag.name not in ("td", "th", "br"), recursive=False)
        for row in rows
    )


def _is_layout(table: Tag, rows: list[list[Tag]]) -> bool:
    if not rows or table.get("role") in ("presentation", "none") or table.find("table"):
        return True
    if table.find("th"):
        return False
    if len(rows) == 1 or max(map(len, rows)) == 1:
        return True
    return any(cell.find((*HEADINGS, "hr")) or len(cell.get_text()) > _LONG for row in rows for cell in row)


def _tidy_head(rows: list[list[Tag]]) -> None:
    """The first row is a head where all of it is one; where the first cell of each row is, the table has none."""
    first = rows[0]
    if len(first) > 1 and first[0].name == "th" and not _is_bold(first[-1]):
        for cell in (row[0] for row in rows):
            cell.name = "td"
    if all(_is_bold(cell) for cell in first):
        for cell in first:
            cell.name = "th"
            for mark in cell.find_all("strong"):
                mark.unwrap()


def _is_bold(cell: Tag) -> bool:
    bold = "".join(mark.get_text() for mark in cell.find_all("strong"))
    return cell.name == "th" or (bool(bold.strip()) and bold.split() == cell.get_text().split())


def _fill_spans(rows: list[Tag]) -> None:
    """Markdown has no cell that reaches into the next row: an empty one stands there."""
    waiting: dict[int, int] = {}
    for row in rows:
        column = 0
        for cell in [*row.find_all(("td", "th"), recursive=False), None]:
            while waiting.get(column):
                waiting[column] -= 1
                column += 1
                (cell.insert_before if cell else row.append)(new("td"))
            if cell is None:
                continue
            width, height = _span(cell, "colspan"), _span(cell, "rowspan")
            cell.attrs = {"colspan": str(width)} if width > 1 else {}
            for each in range(column, column + width):
                waiting[each] = height - 1
            column += width


def _span(cell: Tag, name: str) -> int:
    said = str(cell.get(name, "1"))
    return min(int(said), 50) if said.isascii() and said.isdigit() and said != "0" else 1
