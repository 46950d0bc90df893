"""The texts of a block by the place where they stand in it, so that the same place can be compared over a group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from watcher.detect.shown.blocks import Block
from watcher.detect.tree import HEADINGS, Tree

_MOST = 60  # texts of a block that are looked at


@dataclass(slots=True, eq=False)
class Slot:
    """A text, the place it has in its block, and the element that holds it."""

    place: str
    numbered: str  # the same place with the number of each element among its siblings
    text: str
    node: int
    at: int  # how many texts of the block come before it
    lines: int = 1


#: By place, the texts that each block of a group has there.
Held: TypeAlias = dict[str, dict[int, list[Slot]]]


def held(blocks: Iterable[list[Slot]]) -> Held:
    """The slots of each block by their places, and by their numbered places; where these do not differ, the same dict
    stands under both names, first the one without numbers."""
    places: Held = defaultdict(lambda: defaultdict(list))
    for n, found in enumerate(blocks):
        for slot in found:
            if slot.text:
                places[slot.place][n].append(slot)
    for several in list(places.values()):
        places.update(_numbered(several))
    return places


def _numbered(several: dict[int, list[Slot]]) -> Held:
    names = {slot.numbered for found in several.values() for slot in found}
    if len(names) == 1 and all(len(found) == 1 for found in several.values()):
        return {name: several for name in names if name}
    places: Held = defaultdict(lambda: defaultdict(list))
    for n, found in several.items():
        for slot in found:
            if slot.numbered:
                places[slot.numbered][n].append(slot)
    return places


def unnumbered(held: Held) -> Iterator[dict[int, list[Slot]]]:
    """What is held, each slot once: under its place without numbers."""
    return (found for place, found in held.items() if not place.endswith("!"))


def slots(tree: Tree, block: Block) -> list[Slot]:
    """Headings, links and every element with a text of its own, in page order; then each text by itself."""
    found: list[Slot] = []
    places = _places(tree, block)
    for node in _holders(tree, block):
        at, lines = tree.first[node] - block.first, 1 + _breaks(tree, node)
        found.append(Slot(*places[node], tree.text(node), node, at, lines))
    for i in range(block.first, min(block.last, block.first + _MOST)):
        # Some stand in no element of the block's own, but beside them.
        place, _ = places.get(tree.owner[i], ("", ""))
        found.append(Slot(f"{place}#text", "", " ".join(tree.texts[i].split()), tree.owner[i], i - block.first))
    return found


def _holders(tree: Tree, block: Block) -> Iterator[int]:
    speaking = {tree.owner[i] for i in range(block.first, min(block.last, block.first + _MOST))}
    for n in range(block.begin, block.end):
        if tree.first[n] == tree.last[n]:
            continue
        if n in speaking or tree.tag[n] in HEADINGS or tree.tag[n] == "a":
            yield n


def _places(tree: Tree, block: Block) -> dict[int, tuple[str, str]]:
    """By element the path to it inside the block, and the same with the number of each among its siblings."""
    places: dict[int, tuple[str, str]] = {}
    for n in range(block.begin, block.end):
        tag = tree.tag[n]
        cell = tag in ("td", "th", "dd")
        numbered = f"{tag}:{tree.number(n, block.begin)}" if cell or n != block.top else tag
        plain = numbered if cell else tag
        if around := places.get(tree.parent[n]):
            plain, numbered = f"{around[0]}/{plain}", f"{around[1]}/{numbered}"
        places[n] = plain, numbered
    return {n: (plain, f"{numbered}!") for n, (plain, numbered) in places.items()}


def _breaks(tree: Tree, n: int) -> int:
    return sum(i in tree.broken for i in range(tree.first[n] + 1, min(tree.last[n], tree.first[n] + _MOST)))
