"""A page as a tree: its charset decided once, its visible text, its base address and language."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from html import escape

from bs4 import BeautifulSoup, CData, Tag
from bs4.element import NavigableString, PageElement
from bs4.exceptions import ParserRejectedMarkup
from lxml.etree import _Element

from watcher import urls
from watcher.errors import NotUnderstood
from watcher.html.markup import opened, refuse_excess
from watcher.text import line

#: What a browser starts a new line for (HTML §15.3); `td` and `th` are cells of a line.
BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption"
        " figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol optgroup"
        " option p pre search section summary table tbody td tfoot th thead tr ul",
    )
)
#: What a browser shows no text of.
UNSEEN = frozenset(
    re.findall(
        r"\w+",
        "head script style noscript template svg iframe object audio video select datalist canvas noframes",
    )
)
_NOT_DISPLAYED = re.compile(r"(?:^|;)\s*display\s*:\s*none\b", re.IGNORECASE)

# Python's names -> what browsers read under them (WHATWG Encoding §4.2). What is not here is passed over: UTF-7, say.
_CHARSETS = {
    **{name: name for name in ("utf-8", "koi8-r", "koi8-u", "cp866", "cp874", "euc_jp", "iso2022_jp", "mac-roman")},
    **{f"cp125{n}": f"cp125{n}" for n in range(9)},
    **{f"iso8859-{n}": f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874"},
    **{"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs", "big5hkscs": "big5hkscs"},
    **{"shift_jis": "cp932", "cp932": "cp932", "euc_kr": "cp949", "cp949": "cp949", "utf-16-be": "utf-16-be"},
    **{"utf-16": "utf-16-le", "utf-16-le": "utf-16-le"},
}
_MARKS = [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")]
_FILES = [
    (b"%PDF-", "a PDF"),
    *((mark, "a picture") for mark in (b"\x89PNG\r\n", b"GIF8", b"\xff\xd8\xff", b"RIFF")),
    (b"PK\x03\x04", "a ZIP archive, or an office document,"),
    (b"\x1f\x8b", "a packed file"),
]
_DEPTH = 5_000
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_META = re.compile(rb"""<(?:meta\b[^>]*?\bcharset|\?xml\b[^>]*?\bencoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)


def document(body: bytes, content_type: str) -> BeautifulSoup:
    """The page that a response is. Raises NotUnderstood for what is no text, or is too much for the parser."""
    try:
        return _Page(markup(body, content_type), "lxml")
    except (ParserRejectedMarkup, RecursionError, AssertionError) as error:
        raise NotUnderstood(f"the page cannot be parsed: {error}", hint="look at it in a browser") from error


def markup(body: bytes, content_type: str) -> str:
    """The HTML of a response as every parser here is to get it; plain text is a <pre>. Raises NotUnderstood."""
    text = decoded(body, content_type)
    if "<" not in text or content_type.lower().startswith("text/plain"):
        return f"<pre>{escape(text, quote=False)}</pre>"
    refuse_excess(text)
    # Parsers stumble over an XML declaration on what is HTML to them.
    text = re.sub(r"\A\s*<\?xml[^>]*>", "", text)
    return text if "xml" in content_type.lower() else opened(text)


def decoded(body: bytes, content_type: str) -> str:
    """The text of a response, with no byte order mark and no NUL. Its charset is decided as browsers do (HTML
    §13.2.3), and never guessed; what does not fit it is U+FFFD. Raises NotUnderstood for what is no text at all."""
    text = body.decode(_charset(body, content_type), errors="replace")
    name, is_binary = _file(body), "\0" in text[:1000]
    if is_binary and not name and "html" in content_type.lower():
        raise NotUnderstood(
            "the page holds binary data (NUL) in its first 1,000 characters",
            hint="it may be no page at all, or UTF-16 that is not said to be: look at it in a browser",
        )
    if name or is_binary:
        raise NotUnderstood(
            f"{name or content_type or 'the answer'} is no page", hint="give the address of the page that links to it"
        )
    # A NUL is a character of its own to the parser, and a BOM a paragraph.
    return text.replace("\0", "").removeprefix("\ufeff")


def text_of(tag: Tag) -> str:
    """The text that a reader sees: one line for each block, plain single spaces, no blank lines."""
    lines = "".join(_visible(tag)).split("\n")
    return "\n".join(text for text in map(line, lines) if text)


def base(soup: BeautifulSoup, url: str) -> str:
    """What relative links of the page are relative to: its address, or what its <base> says."""
    return base_of(soup.find("base", href=True), url)


def base_of(found: Tag | _Element | None, url: str) -> str:
    """`base`, for who has the <base> element of the page `url`, or found that there is none."""
    return url if found is None else urls.absolute(url, str(found.get("href"))) or url


def language(soup: BeautifulSoup) -> list[str]:
    """The language that the page says it is in, as `times.parse` takes it; empty where it does not."""
    return language_of(soup.find("html"))


def language_of(root: Tag | _Element | None) -> list[str]:
    """`language`, for who has the root element of the page."""
    said = root is not None and (root.get("lang") or root.get("xml:lang"))
    tag = str(said or "").strip().replace("_", "-")
    return [tag] if tag else []


def hidden(element: Tag | _Element) -> bool:
    """Whether an element says itself that it is not shown. What is hidden from screen readers only is."""
    style = element.get("style")
    return element.get("hidden") is not None or bool(style and _NOT_DISPLAYED.search(str(style)))


class _Page(BeautifulSoup):
    """A soup that gives up on nesting which no page has by right: it would take seconds to build, and more to read."""

    def pushTag(self, tag: Tag) -> None:
        if len(self.tagStack) > _DEPTH:
            raise NotUnderstood(f"the page nests more than {_DEPTH} elements", hint="look at it in a browser")
        super().pushTag(tag)


def _file(body: bytes) -> str:
    return next((name for mark, name in _FILES if body.startswith(mark)), "")


def _charset(body: bytes, content_type: str) -> str:
    """The byte order mark, the header, the page's own word, UTF-8 if it is that, else Windows-1252. Never a guess."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return name
    said = re.search(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", content_type, re.IGNORECASE)
    if said and (name := _known(said[1])):
        return name
    meta = _META.search(_COMMENT.sub(b"", body[:4096]))
    # A page whose ASCII can be read is not UTF-16, whatever it says (HTML §13.2.3.2).
    if meta and (name := _known(meta[1].decode("ascii", "ignore"))) and not name.startswith("utf-16"):
        return name
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _known(label: str) -> str:
    try:
        return _CHARSETS.get(codecs.lookup(label.removeprefix("x-")).name, "")
    except LookupError:
        return ""


def _visible(tag: Tag) -> Iterator[str]:
    # Not recursive: pages nest deeper than Python calls. With each element, whether its line ends count.
    waiting: list[tuple[PageElement | str, bool]] = [(tag, tag.find_parent("pre") is not None)]
    while waiting:
        each, as_is = waiting.pop()
        if not isinstance(each, Tag):
            if type(each) in (str, NavigableString, CData):
                yield str(each) if as_is else str(each).replace("\n", " ")
        elif each.name == "br":
            yield "\n"
        elif each is tag or (each.name not in UNSEEN and not hidden(each)):
            around = " " if each.name in ("td", "th") else "\n" if each.name in BLOCKS else ""
            yield around
            waiting.append((around, True))
            waiting.extend((child, as_is or each.name == "pre") for child in reversed(each.contents))
