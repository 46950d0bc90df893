"""What is said about each item beside its title: the place in the group that holds sentences."""

from __future__ import annotations

from statistics import median

from watcher.detect.shown.slots import Held, Slot
from watcher.detect.shown.titles import Titles
from watcher.text import line, shorten

_SENTENCE, _MOST = 40, 300  # characters


def summaries(held: Held, named: Titles) -> list[str]:
    """A summary for each block, at most 300 characters; "" where there is none."""
    count, often = len(named.texts), []
    for several in {id(each): each for each in held.values()}.values():  # one may stand under two names
        found = {n: slot for n, slots in several.items() if (slot := _said(slots, named.nodes[n], named.texts[n]))}
        if found and len(found) * 2 >= count:
            often.append(found)
    if not often:
        return [""] * count
    # Of equals the one that begins first.
    best = max(often, key=lambda found: (len(found), median(len(slot.text) for slot in found.values()), -min(found)))
    return [shorten(line(best[n].text), _MOST) if n in best else "" for n in range(count)]


def _said(slots: list[Slot], node: int, title: str) -> Slot | None:
    told = (slot for slot in slots if len(slot.text) >= _SENTENCE and slot.node != node and title not in slot.text)
    return next(told, None)
