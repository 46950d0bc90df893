"""Pieces of HTML as interfaces give them, one to a field: a title, a summary, a text."""

from __future__ import annotations

import re
from html import unescape

from bs4 import Tag

from watcher import html
from watcher.errors import NotUnderstood
from watcher.markdown.literal import paragraphs
from watcher.prose import prose
from watcher.text import fold, line, safe, shorten

#: Characters of all texts of an answer, beyond which their words must do: Markdown takes ten seconds for so many.
MUCH = 1_000_000

_SUMMARY = 300
_LOOKED_AT = 20_000  # characters of what becomes one line
# "[…]", "… Continue reading": what is put after a text that was cut off.
_CUT = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|…|\.\.\.)[^.…]{0,60}\Z")


def plain(markup: str) -> str:
    """What a piece says, on one line."""
    markup = markup[:_LOOKED_AT]
    if "<" not in markup:
        return line(unescape(markup))
    page = _page(markup)
    return line(html.text_of(page)) if page else ""


def summary(markup: str, *, of: str) -> str:
    """What a teaser says, or "" where it is but the beginning of the text that it is `of`, both HTML."""
    said = plain(markup)
    begins, text = fold(_CUT.sub("", said)), fold(plain(of[: 20 * _SUMMARY]))
    return "" if text.startswith(begins[: 2 * _SUMMARY]) else shorten(said, _SUMMARY)


def markdown(markup: str, base: str, title: str, *, words_only: bool = False) -> str:
    """A text as Markdown, which does not begin with its `title`; with `words_only`, quickly, without its marks, and no
    more than its first hundred thousand characters."""
    page = _page(markup[: MUCH // 10] if words_only else markup)
    if page is None:
        return ""
    if words_only:
        return "\n\n".join(map(paragraphs, html.text_of(page).split("\n")))
    return prose([page], base, [title] if title else [])


def _page(markup: str) -> Tag | None:
    try:
        return html.document(f"<div>{safe(markup)}</div>".encode(), "text/html; charset=utf-8").body
    except NotUnderstood:  # nested too deep; the other pieces may be well
        return None
