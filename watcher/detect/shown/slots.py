"""The texts of a block by the place where they stand in it, so that the same place can be compared over a group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from watcher.detect.shown.blocks import Block
from watcher.detect.tree import HEADINGS, Tree

_MOST = 60  # texts of a block that are looked at


@dataclass(frozen=True, slots=True)
class Slot:
    """A text, the place it has in its block, and the element that holds it."""

    place: str
    text: str
    node: int
    at: int  # how many texts of the block come before it
    lines: int = 1


def slots(tree: Tree, block: Block) -> list[Slot]:
    """Headings, links and every element with a text of its own, in page order, each by two names of its place: with
    its number among its siblings, and without."""
    found: list[Slot] = []
    for node in _holders(tree, block):
        text, (place, exact) = tree.text(node), _places(tree, block, node)
        at, lines = tree.first[node] - block.first, 1 + _breaks(tree, node)
        found.append(Slot(place, text, node, at, lines))
        if exact != place:
            found.append(Slot(exact, text, node, at, lines))
    found.extend(_bare(tree, block))
    return found


def _holders(tree: Tree, block: Block) -> Iterator[int]:
    speaking = {tree.owner[i] for i in range(block.first, min(block.last, block.first + _MOST))}
    for n in range(block.begin, block.end):
        if tree.first[n] == tree.last[n]:
            continue
        if n in speaking or tree.tag[n] in HEADINGS or tree.tag[n] == "a":
            yield n


def _places(tree: Tree, block: Block, n: int) -> tuple[str, str]:
    """The path to an element inside its block, and the same with the number of each among its siblings."""
    plain, exact = [], []
    inside, top = tree.parent[block.top], block.top
    while n > inside and n >= block.begin:
        tag = tree.tag[n]
        cell = tag in ("td", "th", "dd")
        number = tree.number(n, block.begin) if cell or n != top else 0
        numbered = f"{tag}:{number}" if number else tag
        plain.append(numbered if cell else tag)
        exact.append(numbered)
        n = tree.parent[n]
        if n == inside:
            break
    return "/".join(reversed(plain)), "/".join(reversed(exact)) + "!"


def _bare(tree: Tree, block: Block) -> Iterator[Slot]:
    """Text that stands in no element of the block's own, but beside them; and each text by itself."""
    for i in range(block.first, min(block.last, block.first + _MOST)):
        owner = tree.owner[i]
        place = _places(tree, block, owner)[0] if owner >= block.begin else ""
        yield Slot(place + "#text", " ".join(tree.texts[i].split()), owner, i - block.first)


def _breaks(tree: Tree, n: int) -> int:
    return sum(i in tree.broken for i in range(tree.first[n] + 1, min(tree.last[n], tree.first[n] + _MOST)))
