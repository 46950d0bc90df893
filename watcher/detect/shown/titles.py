"""The title of each item: the text that is distinct and complete over the whole group, wherever it stands."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import ne
from statistics import median

from watcher import dates, urls
from watcher.dates.months import month
from watcher.detect.shown.blocks import Block, Group
from watcher.detect.shown.slots import Held, Slot, unnumbered
from watcher.detect.tree import HEADINGS, Tree
from watcher.text import fold, line


@dataclass(slots=True)
class Titles:
    """A title for each block, "" where there is none, the element each was taken from, and how good they are."""

    texts: list[str]
    nodes: list[int]
    quality: float
    heading: bool


def titles(tree: Tree, group: Group, held: Held) -> Titles:
    """The titles of the group, from the best place, and for blocks without it from the next best."""
    places = _places(tree, group, held)
    ranked = _ranked(tree, group, places)
    texts, nodes = [""] * len(group.blocks), [-1] * len(group.blocks)
    for _, place in ranked[:8]:
        often = Counter(slot.text for slot in places[place].values())
        for n, slot in places[place].items():
            # Two items of one title happen; but a block without a title is not given what many have in common.
            if not texts[n] and (often[slot.text] == 1 or place == ranked[0][1]):
                texts[n], nodes[n] = slot.text, slot.node
    clean = [_undated(text, tuple(tree.languages)) for text in texts]
    if len(set(clean)) >= len(set(texts)) and sum(map(ne, clean, texts)) * 2 > len(texts):
        texts = clean  # a date that few have in their titles is a part of these
    node = next((n for n in nodes if n >= 0), -1)
    heading = node >= 0 and in_heading(tree, node)
    return Titles(texts, nodes, ranked[0][0] if ranked else 0.0, heading)


def _ranked(tree: Tree, group: Group, places: dict[str, dict[int, Slot]]) -> list[tuple[float, str]]:
    """The places with their quality, the best first; without those that cannot matter, as the best is in all blocks."""
    count, ranked = len(group.blocks), []
    best, whole = 0.0, False
    known: dict[int, float] = {}
    for place, found in sorted(places.items(), key=lambda each: -len(each[1])):
        if id(found) in known:  # the same place by its number
            quality = known[id(found)] * _NUMBERED
        else:
            quality = known[id(found)] = _quality(tree, group, place, found, least=best if whole else 0.0)
        if quality > best:
            best, whole = quality, len(found) == count
        ranked.append((quality, place))
    return sorted(ranked, reverse=True)


def _places(tree: Tree, group: Group, held: Held) -> dict[str, dict[int, Slot]]:
    """By place, the text that each block has there: of several the first, or the first that no other block has."""
    least = len(group.blocks) / 8
    chosen = {id(found): _chosen(found) for found in held.values() if len(found) >= least}
    shown = {place: chosen[id(found)] for place, found in held.items() if id(found) in chosen}
    told = {place: found for place, found in _told(tree, group, held).items() if len(found) >= least}
    return shown | told


def _told(tree: Tree, group: Group, held: Held) -> dict[str, dict[int, Slot]]:
    """The texts of the links, wherever these stand, and those of attributes."""
    places: dict[str, dict[int, Slot]] = defaultdict(dict)
    for found in unnumbered(held):
        for n, slots in found.items():
            for slot in slots:
                if slot.node == group.blocks[n].anchor:
                    places["link"].setdefault(n, slot)
    for n, block in enumerate(group.blocks):
        for slot in _attributes(tree, block):
            places[slot.place].setdefault(n, slot)
            if slot.node == block.anchor:
                places["link"].setdefault(n, slot)
    return places


def _chosen(found: dict[int, list[Slot]]) -> dict[int, Slot]:
    often = Counter(slots[0].text for slots in found.values())
    return {
        n: next((slot for slot in slots if often[slot.text] <= (slot is slots[0])), slots[0])
        for n, slots in found.items()
    }


def _attributes(tree: Tree, block: Block) -> list[Slot]:
    found = []
    for name in ("aria-label", "title"):
        if text := line(tree.attribute(block.anchor, name)):
            found.append(Slot(f"@{name}", "", text, block.anchor, 0))
    for n in range(block.begin, block.end):
        if tree.tag[n] == "img" and (text := line(tree.attribute(n, "alt"))):
            found.append(Slot("@alt", "", text, n, 0))
            break
    return found


def _quality(tree: Tree, group: Group, place: str, found: dict[int, Slot], least: float) -> float:
    """How well the texts of a place name the items: all of them, each by words of its own. 0 for what is less than
    `least` at first sight, as most places are."""
    texts, some = [slot.text for slot in found.values()], list(found.items())[:5]
    share, distinct = len(found) / len(group.blocks), len(set(texts)) / len(texts)
    if share**2 * distinct**2 * _MOST_STANDING * _TOLD < least:
        return 0.0
    headed = _most(in_heading(tree, slot.node) for _, slot in some)
    worth = share**2 * _standing(tree, group, place, some, headed)
    if worth * distinct**2 * _TOLD < least:
        return 0.0
    languages = tuple(tree.languages)
    told = _most(in_address(slot.text, group.blocks[n].link) for n, slot in some)
    worded, length = _worded(texts, languages), _length(texts)
    if headed and worded >= 0.3:
        worded = max(worded, 0.8)  # a heading may well be a mere version, but not a mere date
    if told:
        worded, length = max(worded, 0.9), max(length, 0.9)
    else:
        distinct = _distinct(texts)
    worth *= distinct**2 * length * worded
    return (
        worth
        if place.startswith("@")
        else worth * (_TOLD if told else 1) * _manner(place, list(found.values()), languages)
    )


def _standing(tree: Tree, group: Group, place: str, some: list[tuple[int, Slot]], headed: bool) -> float:
    """More for what is a heading, or the link itself; less for what is no text that is seen."""
    if place.startswith("@"):
        return {"@aria-label": 0.8, "@title": 0.7}.get(place, 0.3)
    linked = sum(_linked(tree, slot, group.blocks[n]) for n, slot in some) / len(some)
    return (1 + 0.4 * linked) * (1.8 if headed else 1)


def _manner(place: str, found: list[Slot], languages: tuple[str, ...]) -> float:
    """Less than 1 for texts that are rather something beside the title, or more than it."""
    worth = 0.95 if place.endswith("#text") else _NUMBERED if place.endswith("!") else 1.0
    if not place.endswith("#text") and _most(_telling(slot.text, languages) for slot in found[:5]):
        worth *= 0.7  # the whole of a line, its date and all: what names the item is a part of it
    if _most(slot.text.endswith((".", "。")) for slot in found):
        worth *= 0.85  # sentences are what is said about the item
    if _most("…" in slot.text or "..." in slot.text for slot in found):
        worth *= 0.3
    if median(slot.lines for slot in found) > 1:
        worth *= 0.7
    # Titles come early in their block; summaries and bylines follow them.
    return worth / (1 + 0.06 * max(0.0, float(median(slot.at for slot in found))))


def _most(signs: Iterable[bool]) -> bool:
    found = list(signs)
    return sum(found) * 2 > len(found)


def _distinct(texts: list[str]) -> float:
    distinct = len({text.casefold() for text in texts}) / len(texts)
    # "Opinion 24-1", "Opinion 24-2" tell items apart, but names do it better.
    return distinct * (0.7 + 0.3 * len({_letters(text) for text in texts}) / len(texts))


def _telling(text: str, languages: tuple[str, ...]) -> bool:
    """Whether a text has a date in its midst, or ends in one."""
    return any(one.begin > 8 for one in dates.said(text[:160], languages))


def _length(texts: list[str]) -> float:
    length = median(map(len, texts))
    if length < 10:
        return 0.1 + 0.08 * length
    return 1.0 if length <= 110 else max(0.1, 110 / length * 0.7)


def _worded(texts: list[str], languages: tuple[str, ...]) -> float:
    """The share of texts that are words, not dates or numbers."""
    return sum(_words(text, languages) for text in texts) / len(texts)


@lru_cache(maxsize=4096)
def _words(text: str, languages: tuple[str, ...]) -> float:
    if (only := re.fullmatch(r"\W*([^\W\d]+)\.?,?\s+(?:19|20)\d\d\W*", text)) and month(only[1], languages):
        return 0.05
    rest = text
    for begin, end in reversed(list(dates.spans(dates.said(text[:120], languages)))):
        rest = rest[:begin] + rest[end:]
    if not _WORD.search(rest):
        return 0.4 if any(map(str.isalpha, rest)) or len(_NUMBERS.findall(rest)) > 1 else 0.05
    return 0.9 if rest is not text else 1.0


@lru_cache(maxsize=4096)
def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text)


_VERSION = re.compile(r"\D{0,10}\d+\.\d")
_NUMBERED = 0.97  # how much worse a place is that is one by its number only
_MOST_STANDING = 2.6  # what `_standing` is at most, and a little more
_TOLD = 1.4  # how much better a title is that its address repeats
_NUMBERS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]{3}|[\u3040-\u9fff\uac00-\ud7af]{2}")


def in_heading(tree: Tree, n: int) -> bool:
    """Whether an element is a heading, or a part of one."""
    while n >= 0:
        if tree.tag[n] in HEADINGS:
            return True
        if tree.tag[n] in ("p", "li", "div", "td", "article", "section"):
            return False
        n = tree.parent[n]
    return False


@lru_cache(maxsize=4096)
def in_address(text: str, url: str) -> bool:
    """Whether most words of the address's last part stand in the text, or it is the version that the text is."""
    last = urls.last_part(url).lower()
    if last == text.lower() and _VERSION.match(last):
        return True
    words = {word for word in re.split(r"[^a-z]+", last) if len(word) > 2}
    said = fold(text)
    # The whole of a card holds these words as well.
    brief = len(said.split()) <= 2 * len(words) + 4
    return brief and len(words) > 1 and sum(word in said for word in words) * 3 >= len(words) * 2


def _linked(tree: Tree, slot: Slot, block: Block) -> float:
    """1 where the text is the link's or a part of it, or that of another link to the same place; less where it stands
    around the link."""
    a = block.anchor
    if a <= slot.node < tree.end[a]:
        return 1.0
    around = next((n for n in (slot.node, *tree.ancestors(slot.node, 3)) if tree.tag[n] == "a"), None)
    if around is not None:
        return float(tree.attribute(around, "href") == tree.attribute(a, "href"))
    return 0.6 if slot.node <= a < tree.end[slot.node] and tree.first[a] < tree.last[a] else 0.0


_OPENING = ("(", "[", "– ", "— ", "- ", "| ", "· ")
_PERMALINK = re.compile(r"\s*[¶§🔗#]$")
_EDGE = re.compile(r"^[\s\-–—|:·•,/()\[\]]+|[\s\-–—|:·•,/(\[]+$")


def _undated(text: str, languages: tuple[str, ...]) -> str:
    """The text without the date at its beginning or end, and without the sign of a link to itself."""
    text = _PERMALINK.sub("", text)
    found = dates.said(text[:120], languages)
    for one in found[:1]:
        if (
            one.begin <= 1
            and len(rest := _EDGE.sub("", text[one.end :])) >= 3
            and re.match(r"[\s\W]", text[one.end :] or " ")
        ):
            return rest
        head = _EDGE.sub("", text[: one.begin])
        if one.end >= len(text) - 1 and text[: one.begin].endswith(_OPENING) and len(head) >= 3:
            return head
    return text
