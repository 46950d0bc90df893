"""A page as a tree: its charset decided once, its visible text, its base address and language."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from html import escape
from urllib.parse import urljoin

from bs4 import BeautifulSoup, CData, Tag
from bs4.element import NavigableString, PageElement
from bs4.exceptions import ParserRejectedMarkup

from watcher.errors import NotUnderstood
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
_UNSEEN = {"head", "script", "style", "noscript", "template", "svg", "iframe", "object", "audio", "video", "select"}

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
_DEPTH = 5_000
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_META = re.compile(rb"""<(?:meta\b[^>]*?\bcharset|\?xml\b[^>]*?\bencoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)


def document(body: bytes, content_type: str) -> BeautifulSoup:
    """The page that a response is. Raises NotUnderstood for what is no text, or is too much for the parser."""
    text = decoded(body, content_type)
    if "<" not in text or content_type.lower().startswith("text/plain"):
        text = f"<pre>{escape(text, quote=False)}</pre>"
    try:
        # bs4 warns of an XML declaration on what it parses as HTML.
        return _Page(re.sub(r"\A\s*<\?xml[^>]*>", "", text), "lxml")
    except (ParserRejectedMarkup, RecursionError, AssertionError) as error:
        raise NotUnderstood(f"the page cannot be parsed: {error}", hint="look at it in a browser") from error


def text_of(tag: Tag) -> str:
    """The text that a reader sees: one line for each block, plain single spaces, no blank lines."""
    lines = "".join(_visible(tag)).split("\n")
    return "\n".join(text for text in map(line, lines) if text)


def base(soup: BeautifulSoup, url: str) -> str:
    """What relative links of the page are relative to: its address, or what its <base> says."""
    found = soup.find("base", href=True)
    try:
        return urljoin(url, str(found["href"]).strip()) if found else url
    except ValueError:
        return url


def language(soup: BeautifulSoup) -> list[str]:
    """The language that the page says it is in, as `times.parse` takes it; empty where it does not."""
    root = soup.find("html")
    tag = str(root.get("lang") or root.get("xml:lang") or "").strip().replace("_", "-") if root else ""
    return [tag] if tag else []


class _Page(BeautifulSoup):
    """A soup that gives up on nesting which no page has by right: it would take seconds to build, and more to read."""

    def pushTag(self, tag: Tag) -> None:
        if len(self.tagStack) > _DEPTH:
            raise NotUnderstood(f"the page nests more than {_DEPTH} elements", hint="look at it in a browser")
        super().pushTag(tag)


def decoded(body: bytes, content_type: str) -> str:
    charset = _charset(body, content_type)
    text = body.decode(charset, errors="replace")
    if body.startswith(b"%PDF-") or "\0" in text[:1000]:
        raise NotUnderstood(f"{content_type or 'the answer'} is no page", hint="it may be a PDF or another file")
    # A NUL is a character of its own to the parser, and a BOM a paragraph.
    return text.replace("\0", "").removeprefix("\ufeff")


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
        elif each is tag or (each.name not in _UNSEEN and not each.has_attr("hidden")):
            around = " " if each.name in ("td", "th") else "\n" if each.name in BLOCKS else ""
            yield around
            waiting.append((around, True))
            waiting.extend((child, as_is or each.name == "pre") for child in reversed(each.contents))
