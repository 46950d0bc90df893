"""Markdown as HTML that feeds can hold, and as plain text that mails can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import lxml.html
import nh3
from lxml import etree
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, reference
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markdown_it.utils import EnvType, OptionsDict

from watcher import urls, worddiff
from watcher.text import safe

_TAGS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "s", "code", "pre", "blockquote", "br", "hr"}
_TAGS |= {"del", "ins", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "a", "img"}
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "ol": {"start"}}


def to_html(markdown: str, base: str) -> str:
    """The Markdown as one XHTML `<div>`, with nothing in it that runs, and links as seen on the page `base`."""
    html = nh3.clean(
        _parser().render(safe(markdown)),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    whole = lxml.html.fragment_fromstring(html, create_parent="div")
    for each in whole.iter("a", "img"):
        _make_absolute(each, base)
    # nh3 writes HTML, which XML parsers refuse: &nbsp; and <br>.
    inside = etree.tostring(whole, encoding="unicode").removeprefix("<div>").removesuffix("</div>")
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{"" if inside == "<div/>" else inside}</div>'


def to_text(markdown: str) -> str:
    """What the Markdown says, without its marks: blocks between blank lines, list items behind "- " or a number."""
    # An entity may have brought in what was not safe.
    return safe(_joined(_tree(markdown), "\n\n")).strip()


def words(markdown: str) -> str:
    """All text that is read in the Markdown, one piece after the other; not what stands for pictures."""
    return "".join(_words(_tree(markdown)))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.block.ruler.at("reference", _reference)
    parser.add_render_rule("fence", _fence)
    return parser


def _fence(renderer: RendererHTML, tokens: Sequence[Token], number: int, options: OptionsDict, env: EnvType) -> str:
    """A block of code; in one of kind `diff` the words that changed are marked."""
    token = tokens[number]
    if token.info.strip() != "diff":
        return renderer.fence(tokens, number, options, env)
    return f"<pre><code>{worddiff.marked(token.content.rstrip(chr(10)))}\n</code></pre>\n"


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    # CommonMark knows no footnotes: `[^1]: Ibid.` would be the address of a link, and not be seen.
    begin = state.bMarks[start] + state.tShift[start]
    return not state.src.startswith("[^", begin) and reference(state, start, end, silent)


def _words(node: SyntaxTreeNode) -> Iterator[str]:
    if node.type != "image":
        yield "" if node.children or node.is_root else node.content
        for child in node.children:
            yield from _words(child)


def _tree(markdown: str) -> SyntaxTreeNode:
    return SyntaxTreeNode(_parser().parse(safe(markdown)))


def _make_absolute(each: lxml.html.HtmlElement, base: str) -> None:
    name = "href" if each.tag == "a" else "src"
    address = each.get(name, "")
    if address.lower().startswith("mailto:") and name == "href":
        return
    if address and (absolute := urls.anchored(base, address)):
        each.set(name, absolute)
    elif name == "href":
        each.attrib.pop(name, None)
    else:
        each.tag, each.text = "span", each.get("alt")
        each.attrib.clear()


def _joined(node: SyntaxTreeNode, between: str) -> str:
    return between.join(text for child in node.children if (text := _block(child)))


def _block(node: SyntaxTreeNode) -> str:
    if node.type in ("bullet_list", "ordered_list"):
        return "\n".join(_items(node))
    if node.type in ("fence", "code_block"):
        return node.content.rstrip("\n")
    if node.type == "inline":
        return "".join(map(_inline, node.children))
    if node.type == "tr":
        return _joined(node, " | ")
    return _joined(node, "\n" if node.type in ("table", "thead", "tbody", "list_item") else "\n\n")


def _items(node: SyntaxTreeNode) -> Iterator[str]:
    first = int(node.attrs.get("start", 1))
    for number, item in enumerate(node.children, first):
        mark = "- " if node.type == "bullet_list" else f"{number}. "
        yield mark + _block(item).replace("\n", "\n" + " " * len(mark))


def _inline(node: SyntaxTreeNode) -> str:
    if node.type == "softbreak":
        return " "
    if node.type == "hardbreak":
        return "\n"
    # An image's children are its alternative text.
    return "".join(map(_inline, node.children)) or node.content
