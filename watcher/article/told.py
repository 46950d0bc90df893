"""The text of an article as JSON-LD tells it: as a part of a page, and found again on the page that shows it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from html import escape, unescape

from bs4 import Tag
from bs4.element import NavigableString

from watcher.errors import NotUnderstood
from watcher.html import document
from watcher.prose.nodes import new

_MARKUP = re.compile(r"<(?:p|div|br|ul|ol|li|h[1-6]|a|b|i|em|strong|span|blockquote|table|figure|img)\b[^<>]*>", re.I)
_ESCAPED = re.compile(r"&lt;(?:p|div|br)\b", re.I)
_UNSEEN = {"script", "style", "noscript", "template", "title", "select", "svg"}
_LONG = 1_000_000  # characters, of which no article has more
_SAMPLES, _LENGTH, _ENOUGH = 24, 24, 200  # of letters


def as_page(text: str) -> Tag:
    """Plain text, or HTML, as the body of a page; an empty one where it is too much."""
    if not _MARKUP.search(text) and _ESCAPED.search(text):
        text = unescape(text)
    if not _MARKUP.search(text):
        lines = (line.strip() for line in unescape(text).splitlines())
        text = "".join(f"<p>{escape(line, quote=False)}</p>" for line in lines if line)
    try:
        soup = document(f"<body>{text[:_LONG]}".encode("utf-8", "replace"), "text/html; charset=utf-8")
    except NotUnderstood:
        return new("body")
    return soup.body or soup


def locate(page: Tag, text: str, weights: dict[int, int]) -> Tag | None:
    """The element of `page` that holds this text, or None where the page does not: compared by samples of letters."""
    letters = _letters(text)
    if len(letters) < _ENOUGH:
        return None
    strings, starts, whole = _strings(page)
    step = max(1, (len(letters) - _LENGTH) // _SAMPLES)
    samples = [letters[at : at + _LENGTH] for at in range(0, len(letters) - _LENGTH + 1, step)]
    places = [place for sample in samples if (place := whole.find(sample)) >= 0]
    if len(places) < 0.6 * len(samples):
        return None
    found = [strings[bisect_right(starts, place) - 1] for place in places]
    return _around(found, weights)


def _around(strings: list[NavigableString], weights: dict[int, int]) -> Tag:
    """The innermost element around all of the strings; around most, where the few are far off: a lead told twice."""
    holds = Counter(id(each) for string in strings for each in string.parents)
    above = list(
        max((list(string.parents) for string in strings), key=lambda parents: [holds[id(each)] for each in parents])
    )
    every = next(each for each in above if holds[id(each)] == len(strings))
    most = next(each for each in above if holds[id(each)] >= 0.8 * len(strings))
    return every if weights.get(id(every), 0) <= 1.5 * weights.get(id(most), 0) else most


def _strings(page: Tag) -> tuple[list[NavigableString], list[int], str]:
    """The strings that a reader sees, where in their letters each begins, and these letters."""
    strings, starts, pieces, length = [], [], [], 0
    unseen = {id(page): False}
    for each in page.descendants:
        if isinstance(each, Tag):
            unseen[id(each)] = unseen[id(each.parent)] or each.name in _UNSEEN
        elif type(each) is NavigableString and not unseen[id(each.parent)] and (letters := _letters(each)):
            strings.append(each)
            starts.append(length)
            pieces.append(letters)
            length += len(letters)
    return strings, starts, "".join(pieces)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()
