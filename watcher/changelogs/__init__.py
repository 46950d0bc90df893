"""Files of notes, one section for each release: Markdown, reStructuredText, HTML, Debian's form, plain text.

A form (`markdown`, `rst`, `page`, `plain`) says where its headings are, and writes what stands between two of them as
Markdown; which of them are releases is decided for all alike (`heading`, `outline`).
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from watcher import html
from watcher.changelogs import debian, markdown, page, plain, rst
from watcher.changelogs.outline import Outline, Release, count, releases
from watcher.model import Response
from watcher.text import safe

__all__ = ["Release", "read", "recognised"]

# At its begin only: notes on a program for the Web may speak of <body>.
_MARKUP = re.compile(
    r"\s*(?>(?:<\?xml[^>]*>|<!--.*?-->)\s*)*+<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_RST = re.compile(r"^(?:\.\. |([~^\"'+*`#])\1{3,}$)|``|`_\b|:[a-z]+:`", re.MULTILINE)
_NAMES = re.compile(r"(?i)(?:change-?log|changes|news|history|releases?(?:[-_]?notes)?)(?:\.(?:md|markdown|rst|txt))?")
_TYPES = ("text/plain", "text/markdown", "text/x-markdown", "text/x-rst", "text/prs.fallenstein.rst")
_HEAD = 50_000  # characters by which a text shows its form
_FEW = 2  # headings of versions that make a text a file of notes


def read(response: Response) -> list[Release]:
    """The releases in the order of the file, none where it has no headings of any. Raises NotUnderstood."""
    text = _text(response)
    if debian.is_one(text):
        return debian.releases(text)
    if _is_page(response, text):
        return releases(page.outline(response))
    return releases(_outline(response, text))


def recognised(response: Response) -> bool:
    """Whether an answer is a text, no page, with at least two headings of versions. Raises NotUnderstood."""
    kind = _type(response)
    named = _NAMES.fullmatch(urlsplit(response.url).path.rpartition("/")[2])
    if not (kind in _TYPES or (named and kind in ("", "application/octet-stream"))):
        return False
    text = _text(response)
    if _MARKUP.match(text[:_HEAD]):
        return False
    return debian.is_one(text) or count(_outline(response, text)) >= _FEW


def _outline(response: Response, text: str) -> Outline:
    """The text in the form that its name or type says, else in the one that makes most sense of it."""
    name, kind = urlsplit(response.url).path.lower(), _type(response)
    forms = [markdown.outline, rst.outline]
    if name.endswith((".md", ".markdown")) or "markdown" in kind:
        forms = [markdown.outline]
    elif name.endswith(".rst") or "rst" in kind:
        forms = [rst.outline]
    elif _RST.search(text[:_HEAD]):
        forms = [rst.outline, markdown.outline]
    best = max((form(text, response.url) for form in forms), key=count)
    # A name is a promise, which is broken only where the text holds nothing of the kind.
    return best if len(forms) == 1 and count(best) else max(best, plain.outline(text), key=count)


def _text(response: Response) -> str:
    return safe(html.decoded(response.body, response.headers.get("content-type", "")))


def _type(response: Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def _is_page(response: Response, text: str) -> bool:
    return ("html" in _type(response) and "<" in text) or bool(_MARKUP.match(text[:_HEAD]))
