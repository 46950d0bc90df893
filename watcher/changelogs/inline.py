"""The words of reStructuredText as Markdown: literals, roles, links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from watcher import urls
from watcher.changelogs.blocks import literal
from watcher.text import line

_TARGET = re.compile(r"\s*\.\. _(?P<name>`[^`]{1,200}`|[^`:]{1,200}): +(?P<to>\S+)\s*")
_MARKS = re.compile(
    r"""
      ``(?P<literal>[^\s`](?:[^`]|`(?!`)){0,500}?)``(?!`)
    | :(?P<role>[A-Za-z][\w:.+-]{0,60}):`(?P<said>[^`]{1,500})`
    | `(?P<text>[^`<>]{0,500}?)\s*<(?P<to>[^<>`]{1,2000})>`__?
    | `(?P<name>[^`]{1,200})`(?P<is_link>__?\b|__?(?=\W|\Z))?
    | (?<![\w`])(?P<word>\w[\w.-]{0,100}?)_(?=[\s.,;:!?)\]]|\Z)
    | (?P<bold>\*\*[^\s*](?:[^*]{0,500}[^\s*])?\*\*)
    | (?P<italic>(?<![\w*])\*[^\s*](?:[^*]{0,500}[^\s*])?\*(?![\w*]))
    | (?P<bare>https?://[^\s<>]+)
    | \\\s?
    """,
    re.VERBOSE,
)
_AS_CODE = frozenset(
    re.findall(
        r"\w+",
        "class func function meth method mod module attr data exc obj const macro type file program option envvar"
        " keyword code literal command kbd paramref confval setting",
    )
)
_AS_TEXT = frozenset(re.findall(r"\w+", "ref doc term guilabel menuselection abbr emphasis sub sup title numref"))
_WHITE = re.compile(r"\s+")


def targets(lines: Iterable[str], base: str) -> dict[str, str]:
    """Where the named links of a text lead."""
    found = (match for each in lines if ".. _" in each and (match := _TARGET.fullmatch(each)))
    return {_name(match["name"].strip("`")): urls.anchored(base, match["to"]) for match in found}


def inline(text: str, begins: bool, links: Mapping[str, str]) -> str:
    """A paragraph as Markdown."""
    parts: list[str] = []
    at = 0
    for match in _MARKS.finditer(text):
        parts += [literal(text[at : match.start()], begins and not at), _mark(match, links)]
        at = match.end()
    return "".join([*parts, literal(text[at:], begins and not at)])


def plain(text: str) -> str:
    """The words of a heading."""

    def words(match: re.Match[str]) -> str:
        said = match["literal"] or match["text"] or match["said"] or match["name"] or match["word"]
        return said or (match["bold"] or match["italic"] or match["bare"] or "").strip("*")

    return line(_MARKS.sub(words, text))


def _mark(match: re.Match[str], links: Mapping[str, str]) -> str:
    if match["literal"]:
        return _code(match["literal"])
    if match["role"]:
        return _role(match["role"].rpartition(":")[2], match["said"])
    if match["to"]:
        return _link(match["text"] or match["to"], links.get(_name(match["to"].rstrip("_")), match["to"]))
    if match["name"]:
        known = links.get(_name(match["name"])) if match["is_link"] else None
        return _link(match["name"], known) if known else _code(match["name"]) if not match["is_link"] else match["name"]
    if match["word"]:
        known = links.get(_name(match["word"]))
        return _link(match["word"], known) if known else literal(match[0], begins=False)
    if match["bold"] or match["italic"]:
        return match[0]
    return match["bare"] or ""  # a backslash: what follows it is no mark


def _role(role: str, said: str) -> str:
    """What a role marks: names are code, titles are text; of ":issue:`12`" both words stay."""
    words = _WHITE.sub(" ", re.sub(r"\s*<[^<>]*>\Z", "", said))
    if role in _AS_CODE:
        return _code(words.lstrip("~!"))
    return literal(words if role in _AS_TEXT else f"{role} {words}", begins=False)


def _code(text: str) -> str:
    text = _WHITE.sub(" ", text)
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _link(text: str, address: str) -> str:
    words = literal(_WHITE.sub(" ", text), begins=False).replace("[", "\\[").replace("]", "\\]")
    return f"[{words}]({address.replace('(', '%28').replace(')', '%29')})"


def _name(text: str) -> str:
    return " ".join(text.casefold().split())
