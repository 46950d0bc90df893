"""The text of a PDF, read by PDFium (the extra `pdf`)."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from time import monotonic
from typing import Any

from watcher.errors import NothingFound, NotUnderstood
from watcher.text import line, safe, shorten
from watcher.urls import host_of, last_part

#: Pages and characters beyond which no more of a document is read, and seconds after which it is given up.
PAGES, MUCH, PATIENCE = 500, 2_000_000, 20.0

_TITLE = 120
_HEAD = 1024  # bytes that may stand before a document (ISO 32000-1, note on 7.5.2)
_PASSWORD = 4  # FPDF_ERR_PASSWORD
# What programs write for a title that nobody gave: the name of their own file.
_NO_TITLE = re.compile(r"(?i)(microsoft (word|powerpoint|excel) - .*|untitled.*|.*\.[a-z]{2,5}[\dx]?)?")
# PDFium is not made for threads.
_ALONE = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pdf:
    """What a document says: lines of text, a blank one between two pages."""

    title: str
    text: str


def is_pdf(body: bytes) -> bool:
    """Whether an answer is a PDF, whatever its server says that it is."""
    return b"%PDF-" in body[:_HEAD] and not body[:_HEAD].lstrip().startswith(b"<")


def text_of(body: bytes, url: str) -> str:
    """The text of the PDF at `url`. Raises NotUnderstood for one that cannot be read, NothingFound for one without."""
    return read(body, url).text


def read(body: bytes, url: str) -> Pdf:
    """The same with its title: the document's own, else its first line, else its file's name."""
    try:
        import pypdfium2
    except ImportError:
        raise NotUnderstood(
            f"{url} is a PDF, and what reads these is not installed", hint='install it: pip install "watcher[pdf]"'
        ) from None
    try:
        with _ALONE, closing(pypdfium2.PdfDocument(body)) as document:
            own = line(document.get_metadata_dict().get("Title", ""))
            pages = list(_pages(document, url))
    except pypdfium2.PdfiumError as error:
        raise _unreadable(error, url) from None
    text = "\n\n".join(filter(None, pages))
    if not text:
        raise NothingFound(
            f"the PDF {url} holds no text ({len(pages)} pages)", hint="it may be a scan: pictures of its pages"
        )
    title = own if not _NO_TITLE.fullmatch(own) else shorten(text.partition("\n")[0], _TITLE)
    return Pdf(title=title or last_part(url) or host_of(url), text=text)


def _pages(document: Any, url: str) -> Iterator[str]:
    """The text of each page, as far as there is room."""
    until, left = monotonic() + PATIENCE, MUCH
    for number in range(min(len(document), PAGES)):
        if left <= 0:
            return
        if monotonic() > until:  # a text that ends where the time did would be another at each look
            raise NotUnderstood(
                f"the PDF {url} took more than {PATIENCE:.0f} s to read", hint="watch the page above it"
            )
        with closing(document[number]) as page, closing(page.get_textpage()) as said:
            text = safe(said.get_text_bounded())[:left]
        left -= len(text)
        yield "\n".join(filter(None, map(line, text.split("\n"))))


def _unreadable(error: Any, url: str) -> NotUnderstood:
    if error.err_code == _PASSWORD:
        return NotUnderstood(f"the PDF {url} is locked by a password", hint="watch the page that links to it")
    return NotUnderstood(f"the PDF {url} is broken: {line(str(error))}", hint="open it in a browser")
