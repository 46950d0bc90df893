"""The date of each item of a group: from the place where the group has its dates, or from the headings above."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from watcher import dates, times
from watcher.detect.shown.blocks import Block, Group
from watcher.detect.shown.slots import Held, unnumbered
from watcher.detect.shown.titles import in_heading
from watcher.detect.tree import Tree
from watcher.model import When

#: What bears a date in short, and in its title the whole of it.
_SHORTENED = ("abbr", "span", "time", "i", "small", "em", "div", "p")
_IN_HEADING = re.compile(r"(?:^|[/=])(?:h[1-6]|caption|dt)\b")
_ANY_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_YEAR = re.compile(r"\W{0,3}((?:19|20)\d\d)\s?[年년]?\b.{0,12}")
_MONTH = re.compile(r"[^\W\d]+\.?,?\s+((?:19|20)\d\d)\W{0,3}|((?:19|20)\d\d)\s?[年년]\s?\d\d?\s?[月월]")
_BEFORE = 15  # texts above a list that may be its heading


@dataclass(slots=True)
class Dates:
    """A date for each block, or None; how each was found; and where the group has its own."""

    values: list[When | None]
    by: list[str]
    place: str = ""
    order: str = ""  # "dm" or "md", as far as the list gives it away


def dated(tree: Tree, group: Group, held: Held) -> Dates:
    """The dates of the group. Groups that differ in their links alone have them from the same blocks."""
    key = tuple((block.top, block.begin, dates.year_in(block.link)) for block in group.blocks)
    if key not in tree.dated:
        tree.dated[key] = _found(tree, group, held)
    known: Dates = tree.dated[key]
    found = Dates([*known.values], [*known.by], known.place, known.order)
    if found.values.count(None) * 2 > len(found.values):
        _fill(found.values, found.by, {n: dates.in_address(b.link) for n, b in enumerate(group.blocks)}, "address")
    return found


def _found(tree: Tree, group: Group, held: Held) -> Dates:
    languages = tuple(tree.languages)
    order = dates.order(_all_said(tree, group, held, languages), languages)
    headed, days = _above(tree, group, order)
    years = [year or dates.year_in(block.link) for year, block in zip(headed, group.blocks, strict=True)]
    values: list[When | None] = [None] * len(group.blocks)
    by = [""] * len(group.blocks)
    place = ""
    for found in _ranked(_places(tree, group, held, order, years), len(group.blocks)):
        for n, when in found[1].items():
            if values[n] is None:
                values[n], by[n] = when, "time" if found[0] == "time" else "text"
        place = place or found[0]
    if _IN_HEADING.search(place):
        _inherit(values, by)
    if values.count(None) * 2 > len(values):
        _fill(values, by, days, "heading")
    return Dates(values, by, place, order)


def lone_day(tree: Tree, block: Block, order: str) -> When | None:
    """The one day that a block names somewhere, its numbers in this order; None where it names none, or several."""
    claims = (_claimed(tree, n) for n in range(block.begin, block.end))
    found = {when for when in claims if when}
    languages = tuple(tree.languages)
    for text in tree.texts[block.first : block.last] if not found else ():
        if len(text) < 120:
            said = dates.said(text.strip(), languages)
            found |= {day for one in said if (day := dates.resolved(one, order))}
    return found.pop() if len(found) == 1 else None


def _inherit(values: list[When | None], by: list[str]) -> None:
    """A heading that stands in the first of several blocks dates those that follow it."""
    for n in range(1, len(values)):
        if values[n] is None and values[n - 1] is not None:
            values[n], by[n] = values[n - 1], "heading"


def _fill(values: list[When | None], by: list[str], more: dict[int, When | None], how: str) -> None:
    for n, when in more.items():
        if values[n] is None and when is not None:
            values[n], by[n] = when, how


def _all_said(tree: Tree, group: Group, held: Held, languages: tuple[str, ...]) -> list[dates.Said]:
    """The dates in the texts of the blocks, and in the short texts above them."""
    slots = (slot for found in unnumbered(held) for several in found.values() for slot in several)
    texts = {slot.text for slot in slots if len(slot.text) < 200}
    ends = [max(0, group.blocks[0].first - 3), *(block.last for block in group.blocks)]
    for end, block in zip(ends, group.blocks, strict=False):
        texts |= {text.strip() for text in tree.texts[end : block.first][-3:] if len(text) < 60}
    return [one for text in texts for one in dates.said(text, languages)]


def _places(tree: Tree, group: Group, held: Held, order: str, years: list[int]) -> dict[str, dict[int, When]]:
    """By place, the first date that each block has there."""
    places: dict[str, dict[int, When]] = defaultdict(dict)
    languages = tuple(tree.languages)
    for n, block in enumerate(group.blocks):
        for node in range(block.begin, block.end):
            if when := _claimed(tree, node):
                places["time"].setdefault(n, when)
                break
    for place, several in held.items():
        for n, slots in several.items():
            for slot in slots:
                if len(slot.text) <= 200 and (found := _first(slot.text, languages, order, years[n])):
                    alone, when = found
                    places[alone + place].setdefault(n, when)
    if max(map(len, places.values()), default=0) < len(group.blocks):
        for n in range(len(group.blocks)):
            _whole(tree, n, group, order, years[n], places)
    return places


@lru_cache(maxsize=4096)
def _first(text: str, languages: tuple[str, ...], order: str, year: int) -> tuple[str, When] | None:
    """The first date of a text, and "=" where it is about all of it."""
    for one in dates.said(text, languages):
        if day := dates.resolved(one, order, year):
            return "=" if one.end - one.begin >= len(text) - 12 else "", dates.precise(text, one, day)
    return None


def _whole(tree: Tree, n: int, group: Group, order: str, year: int, places: dict[str, dict[int, When]]) -> None:
    """Dates that are put together from several elements."""
    block = group.blocks[n]
    text = tree.between(block.first, min(block.last, block.first + 12))[:240]
    for one in dates.said(text, tuple(tree.languages)):
        if one.year and (day := dates.resolved(one, order, year)):
            places["whole"].setdefault(n, day)
            break


def _claimed(tree: Tree, node: int) -> When | None:
    """What an element says of its date beyond its text: its datetime, or as its title the whole of a short one."""
    if said := tree.attribute(node, "datetime"):  # of <time>, and of elements that scripts define
        return times.claimed(said, tree.text(node), languages=tree.languages)
    said = tree.attribute(node, "title") if tree.tag[node] in _SHORTENED else ""
    if not said or len(said) > 60 or not any(map(str.isdigit, tree.text(node)[:40])):
        return None
    return times.parse(said, languages=tree.languages)


def _ranked(places: dict[str, dict[int, When]], count: int) -> list[tuple[str, dict[int, When]]]:
    """The places that date a good part of the group, those that date most of it first."""
    kept = [(place, found) for place, found in places.items() if len(found) * 4 >= count]
    return sorted(kept, key=lambda each: -_worth(each[0], each[1], count))


def _worth(place: str, found: dict[int, When], count: int) -> float:
    bonus = 0.3 if place == "time" else 0.15 if place.startswith("=") else -0.1 if place == "whole" else 0
    return len(found) / count + bonus + (0.25 if _in_order(list(found.values())) else 0)


def _in_order(values: list[When]) -> bool:
    """Whether the list is sorted by these dates: of two in each item, they are the ones it is about."""
    days = [times.day(value) for value in values]
    return len(set(days)) > 2 and days in (sorted(days), sorted(days, reverse=True))


def _above(tree: Tree, group: Group, order: str) -> tuple[list[int], dict[int, When | None]]:
    """For each block the year, and the day, that the nearest heading of its own above it names."""
    years, days = [], {}
    start = tree.first[group.around]
    at, year, day = max(0, group.blocks[0].first - _BEFORE), 0, None
    for n, block in enumerate(group.blocks):
        for i in range(at, block.first):
            headed = in_heading(tree, tree.owner[i])
            if i >= start or headed:
                year, day = _named(tree, i, order, headed=headed) or (year, day)
        at = max(at, block.last)
        years.append(year)
        days[n] = day
    return years, days


def _named(tree: Tree, i: int, order: str, *, headed: bool) -> tuple[int, When | None] | None:
    """The year, and maybe the day, that a short text between blocks names."""
    text, languages = tree.texts[i].strip(), tuple(tree.languages)
    if len(text) > 80 or not any(map(str.isdigit, text)):
        return None
    if match := _YEAR.fullmatch(text) or _MONTH.fullmatch(text):
        return int(match[1] or match[2]), None
    found = dates.said(text, languages)
    if len(found) == 1 and (own := dates.resolved(found[0], order)):
        return own.year, own
    said = set(_ANY_YEAR.findall(text)) if headed and not found else ()
    return (int(said.pop()), None) if len(said) == 1 else None
