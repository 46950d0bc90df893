from __future__ import annotations

import re

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from watcher.markdown import to_html, to_text, words
from watcher.markdown.literal import escape, paragraphs
from watcher.text import safe

PAGE = "https://example.org/news/jy0781"
OPEN, CLOSE = '<div xmlns="http://www.w3.org/1999/xhtml">', "</div>"

#: Any text, and more often than chance has it what means something in Markdown or HTML.
SIGNS = [
    "*",
    "**",
    "_",
    "`",
    "```",
    "~~",
    "[",
    "](",
    ")",
    "![",
    "<",
    ">",
    "<b>",
    "&nbsp;",
    "&#0;",
    "&#12;",
    "#",
    "1. ",
    "- ",
    "> ",
]
SIGNS += [
    "\n",
    "\n\n",
    "|",
    "---",
    "\\",
    "javascript:",
    "data:",
    "<!--",
    "<![CDATA[",
    "\0",
    "\u2028",
    "\ud800",
    " ",
    "word",
]
TEXTS = st.lists(st.one_of(st.sampled_from(SIGNS), st.text(st.characters(exclude_categories=[]), max_size=3))).map(
    "".join
)
LINES = st.lists(st.one_of(st.sampled_from([*SIGNS, "=", "+", ":", "!", "(", "7)"]), st.text(max_size=3))).map("".join)


@given(TEXTS)
def test_every_text_makes_one_well_formed_div(text: str) -> None:
    html = to_html(text, PAGE)

    whole = etree.fromstring(html)
    assert html.startswith(OPEN)
    assert html.endswith(CLOSE)
    assert whole.tag == "{http://www.w3.org/1999/xhtml}div"


@given(TEXTS)
def test_nothing_that_runs_comes_through(text: str) -> None:
    whole = lxml.html.fromstring(to_html(text, PAGE))

    for each in whole.iter(etree.Element):
        assert each.tag not in ("script", "style", "iframe", "object", "form", "input", "svg")
        assert set(each.attrib) <= {"href", "src", "alt", "title", "start", "xmlns"}
        assert re.match("https?://|mailto:", each.get("href", "https://"))
        assert re.match("https?://", each.get("src", "https://"))


def test_markdown_becomes_html() -> None:
    html = to_html(
        "# A\n\nB **c** *d* ~~e~~ `f`\\\ng\n\n- h\n\n3. i\n\n> j\n\n| k | l |\n| --- | --- |\n| 1 | 2 |\n", PAGE
    )

    for part in ["<h1>A</h1>", "<strong>c</strong>", "<em>d</em>", "<s>e</s>", "<code>f</code><br/>", "<li>h</li>"]:
        assert part in html
    for part in ['<ol start="3">', "<blockquote>", "<th>k</th>", "<td>2</td>"]:
        assert part in html


def test_links_and_pictures_are_seen_from_the_page() -> None:
    html = to_html('[a](/b#c "t") ![d](e.png) [f](mailto:g@h.example) <https://i.example/>', PAGE)

    assert '<a href="https://example.org/b#c" title="t">a</a>' in html
    assert '<img src="https://example.org/news/e.png" alt="d"/>' in html
    assert '<a href="mailto:g@h.example">f</a>' in html
    assert '<a href="https://i.example/">https://i.example/</a>' in html


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd"])
def test_an_address_that_leads_to_no_page_is_no_link(address: str) -> None:
    assert "<a href" not in to_html(f"[a]({address}) <{address}>", PAGE)
    assert "<img" not in to_html(f"![a]({address})", PAGE)


def test_a_picture_that_leads_nowhere_is_its_text() -> None:
    assert to_html("![the chart](tel:1)", PAGE) == f"{OPEN}<p><span>the chart</span></p>\n{CLOSE}"


def test_html_in_markdown_is_text() -> None:
    assert "&lt;script&gt;" in to_html("<script>alert(1)</script>", PAGE)


def test_no_break_spaces_and_quotes_stay() -> None:
    assert "agencies. \u00a0Mexico’s “x” – y" in to_html("agencies. \u00a0Mexico’s “x” – y", PAGE)


def test_nothing_is_an_empty_div() -> None:
    assert to_html("", PAGE) == OPEN + CLOSE
    assert to_text(" \n") == ""


@given(TEXTS)
def test_every_text_makes_plain_text(text: str) -> None:
    plain = to_text(text)

    assert plain == safe(plain).strip()


def test_plain_text_has_no_marks() -> None:
    markdown = """## Sanctions *now*

First **line** with [a link](https://example.org/)
and ![a chart](c.png).\\
Second line, 1\\. of `two`.

- one
- two

  more of two
  - three

4. four
5. five

> quoted

| A | B |
| --- | --- |
| 1 | 2 |

```
code  here
```
"""
    assert (
        to_text(markdown)
        == """Sanctions now

First line with a link and a chart.
Second line, 1. of two.

- one
- two
  more of two
  - three

4. four
5. five

quoted

A | B
1 | 2

code  here"""
    )


@given(LINES)
def test_an_escaped_line_reads_as_it_was_written(text: str) -> None:
    line = " ".join(safe(text).split())

    assert to_text(escape(line)) == line
    assert words(escape(line)) == line


@given(LINES)
def test_an_escaped_line_is_one_paragraph_without_marks(text: str) -> None:
    line = " ".join(safe(text).split())

    inside = to_html(escape(line), PAGE).removeprefix(OPEN).removesuffix(CLOSE).strip()

    assert re.findall("<[^>]*>", inside) == (["<p>", "</p>"] if line else [])


@pytest.mark.parametrize(
    "line",
    [
        "Treasury’s “Strategy” – $5 (five) & more; 50% of U.S. firms, C#, x_y_z, 3 * 4 = 12, a < b > c, #tag, -5, 1.5!",
        "MEXICO CITY – The U.S.-Mexico [sic] framework: section 2(b)[3], e-mail a.b@c.example, https://d.example/e_f?g=h&i=j",
        "1999 was a year; (1) one, (2) two…",
    ],
)
def test_prose_needs_no_backslash(line: str) -> None:
    assert escape(line) == line


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1. First", "1\\. First"),
        ("- 5", "\\- 5"),
        ("# One", "\\# One"),
        ("> x", "\\> x"),
        ("*x*", "\\*x\\*"),
        ("[a](b)", "[a\\](b)"),
        ("[a]: b", "\\[a]: b"),
        ("<b>", "\\<b>"),
        ("&amp;", "\\&amp;"),
        ("---", "\\---"),
    ],
)
def test_what_would_be_syntax_is_escaped_once(line: str, expected: str) -> None:
    assert escape(line) == expected


def test_the_begin_of_a_line_is_escaped_only_there() -> None:
    assert escape("1. First", begins=False) == "1. First"
    assert paragraphs("1. One\n2. Two") == "1\\. One\n2\\. Two"
