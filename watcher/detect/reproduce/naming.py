"""What elements may be called in CSS so that the name outlives the next build of the site: words, no numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml.etree import _Element

_WORD = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
# Made by a build, or for one item: css-1x2y3z, Card_root__aBcDe, text_zvdF, sc-bdVaJa, post-1234.
_MADE = re.compile(r"\d|_[A-Za-z]*[a-z][A-Z][A-Za-z]*\Z|\A(?:css|sc|jsx|emotion)-")
# How something looks, or where it stands, for now: more than one design has a row.
_LOOKS = re.compile(
    r"(?i)(?:row|cols?|column|container|wrap(?:per)?|inner|grid|flex|block|inline|clearfix|first|last|odd|even|active"
    r"|left|right|center|box|border|rounded|shadow|hidden|visible|relative|absolute|animated?|fade|hover)\Z"
    r"|(?:is|has|js|d|col|m[trblxy]?|p[trblxy]?|w|h|text|bg|font|border|rounded|shadow|flex|grid|gap|items|justify"
    r"|align|space|margin|padding|hover|group|transition|duration|leading|tracking|sm|md|lg|xl|uk|u)-|[mp][trblxy]\Z"
)
_SPOKEN = ("itemprop", "itemtype", "role", "rel", "property", "data-testid", "data-type")


def names(nodes: Sequence[_Element]) -> Iterator[str]:
    """What all of these may be called, the most telling first: their tag with a class, with an attribute, alone."""
    tags = {str(node.tag) for node in nodes}
    if len(tags) != 1:
        return
    tag, shared = tags.pop(), classes(nodes)
    telling = [name for name in shared if not _LOOKS.match(name)]
    yield from (f"{tag}.{name}" for name in telling)
    for attribute in _SPOKEN:
        values = {node.get(attribute) for node in nodes}
        if len(values) == 1 and (value := values.pop()) and re.fullmatch(r"[\w:/.-]+", value):
            yield f'{tag}[{attribute}="{value}"]'
    if len(telling) > 1:
        yield ".".join([tag, *telling])
    yield tag
    yield from (f"{tag}.{name}" for name in shared if name not in telling)
    if len(shared) > len(telling) > 0 or len(shared) > 1:
        yield ".".join([tag, *shared])


def classes(nodes: Sequence[_Element]) -> list[str]:
    """The classes that all of these have and a build did not make, in the order of the first."""
    order = list(dict.fromkeys((nodes[0].get("class") or "").split()))
    shared = set.intersection(*(set((node.get("class") or "").split()) for node in nodes))
    return [name for name in order if name in shared and lasting(name)]


def lasting(name: str) -> bool:
    """Whether somebody gave this name, and it needs no escape in CSS."""
    return bool(_WORD.fullmatch(name)) and not _MADE.search(name)


def place(node: _Element) -> str:
    """The element by its number among its siblings of the same tag."""
    if node.getparent() is None or node.tag in ("html", "body"):
        return str(node.tag)
    number = 1 + sum(1 for _ in node.itersiblings(str(node.tag), preceding=True))
    return f"{node.tag}:nth-of-type({number})"


def path(node: _Element) -> str:
    """Where an element stands, from the page's body or the nearest lasting id on."""
    steps: list[str] = []
    for each in (node, *node.iterancestors()):
        if (name := each.get("id") or "") and lasting(name):
            return " > ".join([f"#{name}", *reversed(steps)])
        if each.tag == "html":
            break
        steps.append(place(each))
    return " > ".join(reversed(steps))
