"""Blocks: whatever a page nests them in, what is left is headings, paragraphs, lists, quotes, code and tables."""

from __future__ import annotations

import re

from bs4 import Tag
from bs4.element import NavigableString, PageElement

from watcher.html import BLOCKS
from watcher.prose.names import BLOCK, HEADINGS, INLINE, MARKS, SAME
from watcher.prose.nodes import following, smooth, spread, wrap
from watcher.prose.tables import one_line, tidy_table

_RAISED = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_PARTS = {"li", "tr", "td", "th", "dt", "dd", "caption"}
_LANGUAGE = re.compile(r"(?:^|(?<= ))(?:(?:language|lang|highlight-source|highlight)-|brush: ?)([\w+#-]+)")
_NO_LANGUAGE = {"none", "default", "text", "plaintext", "nohighlight", "source", "box", "wrapper"}
# Between these a line end in the source is no space to a reader (CSS Text 3, §4.1.1); Korean has spaces.
_WIDE = "[\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60]"
_WIDE_BREAK = re.compile(rf"(?<={_WIDE})[ \t]*\n\s*(?={_WIDE})")
#: What stands between two paragraphs that a page wrote as one: <br><br>.
_GAP = "gap"


def tidy_blocks(whole: Tag) -> None:
    """Leave in `whole` nothing but the blocks that Markdown has, each where it belongs."""
    _spell_out(whole)
    _drop_line_numbers(whole)
    for code in whole.find_all(("pre", "listing", "xmp")):
        _tidy_code(code)
    _rename(whole)
    _join_wide(whole)
    for table in reversed(whole.find_all("table")):
        tidy_table(table)
    _tidy_lists(whole)
    for heading in whole.find_all((*HEADINGS, "a", "code")):
        one_line(heading)
    _tidy_breaks(whole)
    _lift_blocks(whole)
    _flatten(whole)


def drop_empty(whole: Tag) -> None:
    """Take out blocks without a word or picture; the inner ones first, so that what held only them goes too."""
    for each in reversed(whole.find_all((*BLOCK, "li"))):
        if each.name != "hr" and not each.get_text(strip=True) and not each.find(("img", "hr")):
            each.decompose()


def level_headings(whole: Tag) -> None:
    """Move the headings so that the highest is of level 2: level 1 is the title."""
    headings = whole.find_all(HEADINGS)
    shift = 2 - min((int(each.name[1]) for each in headings), default=2)
    for each in headings:
        each.name = f"h{min(6, int(each.name[1]) + shift)}"


def _spell_out(whole: Tag) -> None:
    """Characters for what Markdown has no sign for: 10², H₂O, “quoted”."""
    for each in whole.find_all(("sup", "sub")):
        text = each.get_text()
        moved = text.translate(_RAISED if each.name == "sup" else _LOWERED)
        if not each.find(True) and not set(moved) & set(text):
            each.string = moved
    for each in whole.find_all("q"):
        each.insert(0, "“")
        each.append("”")


def _rename(whole: Tag) -> None:
    for cell in whole.select("thead td"):
        cell.name = "th"
    for each in whole.find_all(True):
        each.name = SAME.get(each.name, each.name)
        style = str(each.attrs.get("style", "")).replace(" ", "").lower()
        if each.name == "strong" and "font-weight:normal" in style:
            each.unwrap()  # what a word processor wraps all of its text in
        elif each.name == "span" and re.search(r"font-weight:(bold|[6-9]00)", style):
            each.name = "strong"
        elif each.name == "span" and "font-style:italic" in style:
            each.name = "em"
        elif each.name in BLOCK or each.name in INLINE or each.name in _PARTS:
            pass
        elif (each.name in BLOCKS or "-" in each.name) and each.name not in ("thead", "tbody", "tfoot"):
            each.name = "div"
        else:
            each.unwrap()
        if each.name in (*MARKS, "code"):
            each.attrs = {}  # two that differ in looks only are one
    smooth(whole)


def _tidy_code(code: Tag) -> None:
    for line in code.find_all("br"):
        line.replace_with("\n")
    inner = code.find("code")
    language = _language([each for each in (inner, code, *_wrappers(code)) if each])
    code.string = code.get_text()
    code.attrs = {"lang": language} if language else {}


def _language(tags: list[Tag]) -> str:
    """The language that highlighters were told, on the code or on what is around it."""
    for tag in tags:
        names = str(tag.get("data-lang") or tag.get("data-language") or "")
        found = [names] if names else _LANGUAGE.findall(" ".join(map(str, tag.get_attribute_list("class"))))
        for name in found:
            if re.fullmatch(r"[\w+#-]+", name) and name.lower() not in _NO_LANGUAGE:
                return str(name)
        classes = list(map(str, tag.get_attribute_list("class")))
        if "hljs" in classes and len(classes) == 2:  # <code class="hljs python">
            return next(each for each in classes if each != "hljs")
    return ""


def _wrappers(code: Tag) -> list[Tag]:
    """What is around one piece of code and nothing else."""
    around: list[Tag] = []
    for each in code.parents:
        if each.name not in ("div", "figure") or len(each.find_all("pre", limit=2)) > 1 or len(around) > 2:
            break
        around.append(each)
    return around


def _drop_line_numbers(whole: Tag) -> None:
    """Some highlighters lay code out as a table of two cells, the first of numbers."""
    for table in whole.find_all("table"):
        cells = table.find_all(("td", "th"))
        code = [cell.find("pre") for cell in cells]
        if len(cells) == 2 and code[1] and re.fullmatch(r"[\d\s]+", cells[0].get_text()):
            table.replace_with(code[1].extract())


def _join_wide(whole: Tag) -> None:
    for string in whole.find_all(string=_WIDE_BREAK):
        if not string.find_parent("pre"):
            string.replace_with(NavigableString(_WIDE_BREAK.sub("", string)))


def _tidy_lists(whole: Tag) -> None:
    for term in whole.find_all("dt"):
        term.name = "div"
        wrap(list(term.contents), "strong")
    for each in whole.find_all(("li", "tr", "td", "th", "caption", "dd")):
        if each.name == "li" and (each.parent is None or each.parent.name not in ("ul", "ol")):
            wrap([each, *following(each, "li")], "ul")
        elif each.name != "li" and not each.find_parent("table"):
            each.name = "div"
    for each in whole.find_all(("ul", "ol")):
        for child in list(each.contents):
            if isinstance(child, Tag) and child.name in ("ul", "ol") and (last := child.find_previous_sibling("li")):
                last.append(child.extract())
            elif (isinstance(child, Tag) and child.name != "li") or (isinstance(child, str) and child.strip()):
                wrap([child], "li")


def _tidy_breaks(whole: Tag) -> None:
    """One line break stays one; two are a gap between paragraphs."""
    for line in whole.find_all("br"):
        if not line.decomposed and (more := following(line, "br")):
            while line.next_sibling is not None and more[-1].parent is not None:
                line.next_sibling.extract()
            line.name = _GAP


def _lift_blocks(whole: Tag) -> None:
    """A mark around blocks becomes a mark inside each of them."""
    for mark in reversed(whole.find_all(INLINE)):
        if not mark.find((*BLOCK, "div", "li", _GAP)):
            continue
        if mark.name in MARKS:
            spread(mark)
        else:
            mark.unwrap()


def _flatten(whole: Tag) -> None:
    for each in [*reversed(whole.find_all(("div", "p", "blockquote", "li"))), whole]:
        blocks = [child for child in each.contents if isinstance(child, Tag) and child.name in (*BLOCK, _GAP)]
        if each.name == "li":
            _flatten_item(each, blocks)
        elif blocks or each is whole or each.name == "blockquote":
            _wrap_texts(each)
            if each.name in ("div", "p") and each is not whole:
                each.unwrap()
        else:
            each.name = "p"


def _flatten_item(item: Tag, blocks: list[Tag]) -> None:
    if any(block.name == _GAP for block in blocks):
        _wrap_texts(item)
    paragraphs = [block for block in blocks if block.name == "p"]
    # An item of one paragraph is no paragraph, lest the whole list be spaced out.
    if len(paragraphs) == 1 and all(block.name in ("p", "ul", "ol") for block in blocks):
        paragraphs[0].unwrap()


def _wrap_texts(tag: Tag) -> None:
    """Make each run of text between the blocks of `tag` a paragraph."""
    run: list[PageElement] = []
    for child in [*tag.contents, None]:
        if isinstance(child, NavigableString) or (isinstance(child, Tag) and child.name in INLINE):
            run.append(child)
            continue
        if any(isinstance(each, Tag) or str(each).strip() for each in run):
            wrap(run, "p")
        else:
            for each in run:
                each.extract()
        run = []
        if isinstance(child, Tag) and child.name == _GAP:
            child.decompose()
