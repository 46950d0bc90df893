"""The tidied tree, written down: markdownify, with our own escaping and no trailing spaces."""

from __future__ import annotations

import re
from typing import Any

from bs4 import Tag
from bs4.element import NavigableString
from markdownify import ATX, BACKSLASH, MarkdownConverter

from watcher.markdown.literal import escape
from watcher.prose.names import INLINE


def write(whole: Tag) -> str:
    """The Markdown of a tidied tree. Raises RecursionError for one that nests some 300 elements."""
    text: str = _Writer(
        heading_style=ATX,
        newline_style=BACKSLASH,
        bullets="-",
        wrap=True,  # which folds white space, but for no-break spaces …
        wrap_width=None,  # … and this keeps it from wrapping
        code_language_callback=lambda code: code.get("lang", ""),
    ).convert_soup(whole)
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)


# Its types leave out what there is to override.
_Base: Any = MarkdownConverter


class _Writer(_Base):  # type: ignore[misc]
    def process_text(self, el: NavigableString, parent_tags: set[str] | None = None) -> str:
        text: str = super().process_text(el, parent_tags)
        inside = parent_tags or set()
        if "_noformat" in inside or "note" in inside:
            return text
        link = el.find_parent("a")
        brackets = link is not None and ("](" in (words := link.get_text()) or not _balanced(words))
        text = escape(text, begins="_inline" not in inside and _begins_line(el), in_link=brackets)
        after = el.next_sibling
        # Else the link would be a picture.
        return f"{text[:-1]}\\!" if text.endswith("!") and isinstance(after, Tag) and after.name == "a" else text

    def escape(self, text: str, parent_tags: set[str]) -> str:
        return text  # done in process_text, where the place in the line is known

    def convert_div(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return text

    def convert_note(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return text

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        href = el["href"]
        if el.get_text() == href and not el.find(True) and "_noformat" not in parent_tags:
            return f"<{href}>"
        return text if "_noformat" in parent_tags else f"[{text}]({href})"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        alt = re.sub(r"[\\\[\]`*_<]", r"\\\g<0>", str(el["alt"]))
        return f"![{alt}]({el['src']})"

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:
        # Number signs at the end of a heading are taken for its frame.
        return str(super().convert_hN(n, el, re.sub(r"(?<!\S)(#+\s*)$", r"\\\1", text), parent_tags))

    def convert_blockquote(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n\n{super().convert_blockquote(el, text, parent_tags).strip()}\n\n"

    def convert_list(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if el.name == "ol" and el.get("start", "1") != "1" and "li" in parent_tags:
            return f"\n\n{text.rstrip()}"  # only a list that starts at 1 may follow a text without a blank line
        return str(super().convert_list(el, text, parent_tags))

    convert_ul = convert_ol = convert_list

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
        fence = "`" * (longest + 1)
        return f"\n\n{fence}{el.get('lang', '')}\n{text.strip(chr(10))}\n{fence}\n\n"

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return str(super().convert_td(el, text.replace("|", "\\|"), parent_tags))

    def convert_th(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return str(super().convert_th(el, text.replace("|", "\\|"), parent_tags))


def _begins_line(string: NavigableString) -> bool:
    for before in string.previous_siblings:
        if isinstance(before, Tag):
            return before.name not in INLINE or before.name == "br" or before.get_text().endswith("]:")
        if str(before).strip():
            return False
    # Inside a mark, the mark's own sign comes first.
    return string.parent is None or string.parent.name not in INLINE


def _balanced(text: str) -> bool:
    depth = 0
    for char in text:
        depth += (char == "[") - (char == "]")
        if depth < 0:
            return False
    return depth == 0
