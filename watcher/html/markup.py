"""Markup as browsers read it and lxml does not: in HTML, a slash at the end of a tag closes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from watcher.errors import NotUnderstood

_VOID = "area|base|basefont|bgsound|br|col|embed|frame|hr|image|img|input|keygen|link|meta|param|source|track|wbr"
_RAW = "script|style|textarea|title|xmp|iframe|noembed|noframes"  # what they hold is text, up to their end tag
_NAMED = r"(?=[\s/>])"
_VALUE = r"""=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+)?"""
_ATTRIBUTES = rf"(?:[^\s=/>]++|{_VALUE}|\s++|/(?!>))*+"

# HTML §13.2.5. What is never closed goes on to the end of the page: each character is looked at once.
_COMMENT = r"<!--(?:-?>|(?:[^-]++|-(?!-!?>))*+(?:--!?>|\Z)) | <[!?/][^>]*+"
_TO_ITS_END = rf"(?:[^<]++|<(?!/(?P=raw){_NAMED}))*+"
_TAG = re.compile(
    rf"""
      {_COMMENT}
    | <(?P<foreign>svg|math){_NAMED}{_ATTRIBUTES}(?:/>|(?:[^<]++|<(?!/(?P=foreign){_NAMED}))*+)
    | <(?:(?P<raw>(?:{_RAW}){_NAMED})|(?P<void>(?:{_VOID}){_NAMED})|[a-z][^\s/>]*+)
      {_ATTRIBUTES}(?P<slash>/?)(?:>|\Z)(?(raw){_TO_ITS_END})
    """,
    re.IGNORECASE | re.VERBOSE,
)
# The same as libxml2 sees it, to which SVG is like all else and <title/> is closed.
_PARSED = re.compile(
    rf"""
      {_COMMENT}
    | <(?:(?P<raw>(?:{_RAW}){_NAMED})|[a-z][^\s/>]*+)
      (?P<attributes>{_ATTRIBUTES})(?P<slash>/)?(?:>|\Z)(?(raw)(?(slash)|{_TO_ITS_END}))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SELF_CLOSED = re.compile(rf"<(?!(?:{_VOID}){_NAMED})[^<]*?/>", re.IGNORECASE)
_NAME = re.compile(rf"{_VALUE}|([^\s=/>]++)")

_HINT = "look at it in a browser; a smaller page of the site may do"
_TAGS = 150_000
_ATTRIBUTES_OF_ONE = 1_000
_LONG = 4_000  # characters; a tag with too many attributes has more


def opened(text: str) -> str:
    """The page with no slash at the end of a start tag, but for those of void elements, SVG and MathML, where it
    changes nothing or does close (HTML §13.2.2, non-void-html-element-start-tag-with-trailing-solidus)."""
    return _TAG.sub(_without_slash, text) if _SELF_CLOSED.search(text) else text


def refuse_excess(text: str) -> None:
    """Raises NotUnderstood for what no page needs, and would take the parsers many seconds."""
    if text.count("<") > _TAGS:
        raise NotUnderstood(f"the page has more than {_TAGS:,} tags", hint=_HINT)
    # libxml2 compares each attribute of an element with all the others.
    if max(map(len, text.split(">"))) > _LONG and any(_attributes(tag) > _ATTRIBUTES_OF_ONE for tag in _long(text)):
        raise NotUnderstood(f"an element of the page has more than {_ATTRIBUTES_OF_ONE:,} attributes", hint=_HINT)


def _long(text: str) -> Iterator[str]:
    return (said for tag in _PARSED.finditer(text) if len(said := tag["attributes"] or "") > _LONG)


def _attributes(said: str) -> int:
    return sum(map(bool, _NAME.findall(said)))


def _without_slash(tag: re.Match[str]) -> str:
    if not tag["slash"] or tag["void"]:
        return tag[0]
    at = tag.start("slash") - tag.start()
    return tag[0][:at].rstrip("/") + tag[0][at + 1 :]
