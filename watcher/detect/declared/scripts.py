"""The JSON that stands in a page's scripts, as far as it can be read. Bounded, and silent about what is broken."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from itertools import chain
from typing import Any

from lxml.etree import XPath, _Element

from watcher.detect.tree import Tree

_TYPE = re.compile(r"(?i)\s*(?:application|text)/(?:[\w.-]+\+)?json\b")
_MOST = 4_000_000  # characters that are read, of each kind
_REPAIRED = 500_000  # characters of a broken document
_TRIES = 40  # assignments that are read
_DECODER = json.JSONDecoder(strict=False)  # control characters inside texts are a common fault

# Possessive and bounded, so that no script makes them go back.
_ASSIGNED = [
    re.compile(
        name + r"(?:\.[\w$]{1,80}+|\[\s{0,9}[\"'][\w$.-]{1,80}+[\"']\s{0,9}\]){1,3}+\s{0,9}+=\s{0,9}+"
        r"(?:JSON\.parse\(\s{0,9}+(?=\")|(?=\{\s{0,99}\"|\[\s{0,99}[\[{\"]))"
    )
    for name in ("window", "self", "globalThis")
]
_WRAPPED = re.compile(r"(?:/[/*]\s*)?<!\[CDATA\[(?:\s*\*/)?|(?:/[/*]\s*)?\]\]>(?:\s*\*/)?|<!--|-->")
_TRAILING = re.compile(r'"(?:[^"\\]++|\\(?:.|\Z))*+(?:"|\Z)|(,)(?=\s*+[\]}])', re.DOTALL)
_BETWEEN = re.compile(r"[\s,;]*+")
_PAGES: Callable[[_Element], Any] = XPath("//@data-page")  # Inertia's pages
_ANGULAR = {"&q;": '"', "&s;": "'", "&l;": "<", "&g;": ">", "&a;": "&"}


def linked_data(tree: Tree) -> list[Any]:
    """The JSON-LD documents of the page, in their order."""
    found = (text for kind, text in _scripts(tree) if "ld+json" in kind)
    return [each for text in _within(found) for each in _tolerant(text)]


def states(tree: Tree) -> Iterator[Any]:
    """What the page's own scripts begin with: JSON in scripts and in `data-page`, and what is assigned to globals."""
    scripts = [(kind, text) for kind, text in _scripts(tree) if "ld+json" not in kind]
    data = [text for kind, text in scripts if _TYPE.match(kind)]
    data += map(str, _PAGES(tree.nodes[0]))
    code = [text for kind, text in scripts if not kind or "javascript" in kind or kind == "module"]
    for found in chain(_stored(data), _assigned(code)):
        if isinstance(found, dict | list):
            yield found


def _stored(texts: list[str]) -> Iterator[Any]:
    for text in _within(iter(texts)):
        found = _strict(_unescaped(text))
        yield found
        if isinstance(found, dict):  # an answer that was kept: {"status": 200, "body": "{…}"}
            kept = (value for value in found.values() if isinstance(value, str))
            yield from (_strict(value) for value in kept if value.startswith(("{", "[")))


def _scripts(tree: Tree) -> Iterator[tuple[str, str]]:
    for each in tree.nodes[0].iter("script"):
        if text := each.text:
            yield str(each.get("type") or "").lower(), text


def _within(texts: Iterator[str]) -> Iterator[str]:
    left = _MOST
    for text in texts:
        if len(text) <= left:
            left -= len(text)
            yield text


def _strict(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):  # JSON nested deeper than Python calls
        return None


def _unescaped(text: str) -> str:
    """Angular's transfer state has five entities of its own."""
    return re.sub("&[qslga];", lambda match: _ANGULAR[match[0]], text) if text.lstrip().startswith("{&q;") else text


def _tolerant(text: str) -> list[Any]:
    """The documents of a script, its common faults repaired: comments around it, trailing commas, HTML entities."""
    text = text.strip()
    if (found := _strict(text)) is not None:
        return [found]
    if len(text) > _REPAIRED:
        return []
    text = _TRAILING.sub(lambda match: "" if match[1] else match[0], _WRAPPED.sub("", text))
    return _leading(text) or (_leading(unescape(text)) if "&quot;" in text or "&#34;" in text else [])


def _leading(text: str) -> list[Any]:
    """The documents that a text begins with, up to the first that cannot be read."""
    found: list[Any] = []
    at = _skipped(text, 0)
    while at < len(text) and text[at] in "[{":
        try:
            each, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        found.append(each)
        at = _skipped(text, at)
    return found


def _skipped(text: str, at: int) -> int:
    match = _BETWEEN.match(text, at)
    return match.end() if match else at


def _assigned(scripts: list[str]) -> Iterator[Any]:
    left, tries = _MOST, _TRIES
    for text in scripts:
        for pattern in _ASSIGNED:
            at = 0
            while tries and left > 0 and (match := pattern.search(text, at)):
                tries -= 1
                found, at = _one(text, match.end())
                left -= at - match.end() if found is not None else min(len(text) - at, _MOST)
                yield found


def _one(text: str, at: int) -> tuple[Any, int]:
    """The JSON that begins there, and where it ends; a text is what is given to JSON.parse."""
    if len(text) - at > _MOST:
        text = text[: at + _MOST]
    try:
        found, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, at
    return (_strict(found) if isinstance(found, str) else found), end
