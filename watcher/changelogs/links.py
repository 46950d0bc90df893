"""The links of Markdown in one section of a file: by themselves, whatever the rest of the file defines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from watcher import urls

_DEFINITION = re.compile(
    r" {0,3}\[(?!\^)(?P<label>[^\[\]]{1,200})\]:[ \t]*<?(?P<to>[^\s<>]+)>?(?:[ \t]+[\"'(].*)?[ \t]*"
)
_ELSEWHERE = re.compile(r"(?i)(?!https?:)[a-z][a-z0-9+.-]*:")
_INLINE = re.compile(
    r"""
      \\.
    | (?<!`)(?P<ticks>`++)(?:(?!\n[ \t]*\n).){1,2000}?(?<!`)(?P=ticks)(?!`)
    | \](?P<open>\([ \t]*)(?:<(?P<bracketed>[^<>\n]*+)>|(?P<to>[^\s<>()]++(?:\([^\s()<>]*+\)[^\s<>()]*+)*+))
    | \[(?P<text>[^\[\]]{1,500}+)\](?:\[(?P<label>[^\[\]]{0,200}+)\])?(?![(:\[])
    | <img\s[^<>]*?\bsrc=["']?(?P<src>[^\s"'<>]+)[^<>]*>
    | <a\s[^<>]*?\bhref=["']?(?P<href>[^\s"'<>]+)[^<>]*>(?P<words>[^<>]*)</a>
    | (?P<tag></?(?:a|details|summary|p|div|center|br|span|sub|sup|kbd|picture|source)\b[^<>]*>)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Definitions:
    """Where the labels of a file lead, and the lines that say so (CommonMark §4.7)."""

    addresses: Mapping[str, str]
    lines: frozenset[int]


def defined(lines: Sequence[str], code: Sequence[bool], base: str) -> Definitions:
    """What a file defines. Of two definitions the first stands."""
    found = {n: match for n, text in enumerate(lines) if not code[n] and (match := _DEFINITION.fullmatch(text))}
    addresses: dict[str, str] = {}
    for match in found.values():
        addresses.setdefault(_label(match["label"]), _whole(base, match["to"]))
    return Definitions(addresses, frozenset(found))


def resolved(text: str, definitions: Definitions, base: str) -> str:
    """A text, code blocks left out, whose links name their whole addresses; tags of HTML that mark links are links."""

    def link(match: re.Match[str]) -> str:
        if to := match["to"] or match["bracketed"]:
            return f"]{match['open']}{_whole(base, to)}"
        if match["text"] and (address := definitions.addresses.get(_label(match["label"] or match["text"]))):
            return f"[{match['text']}]({address})"
        if match["src"]:
            return f"![]({_whole(base, match['src'])})"
        if match["href"]:
            return f"[{match['words']}]({_whole(base, match['href'])})" if match["words"].strip() else ""
        return "" if match["tag"] else match[0]

    return _INLINE.sub(link, text)


def _label(text: str) -> str:
    return " ".join(text.casefold().split())


def _whole(base: str, link: str) -> str:
    """The address, absolute; a mail address and what is no address stay as they are."""
    address = link if _ELSEWHERE.match(link) else urls.anchored(base, link) or link
    return address.replace("(", "%28").replace(")", "%29")
