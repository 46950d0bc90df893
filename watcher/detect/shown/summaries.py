"""What is said about each item beside its title: the place in the group that holds sentences."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from watcher.detect.shown.slots import Slot
from watcher.detect.shown.titles import Titles
from watcher.text import line, shorten

_SENTENCE, _MOST = 40, 300  # characters


def summaries(held: list[list[Slot]], named: Titles) -> list[str]:
    """A summary for each block, at most 300 characters; "" where there is none."""
    places: dict[str, dict[int, Slot]] = defaultdict(dict)
    for n, (slots, title) in enumerate(zip(held, named.texts, strict=True)):
        for slot in slots:
            if len(slot.text) >= _SENTENCE and slot.node != named.nodes[n] and title not in slot.text:
                places[slot.place].setdefault(n, slot)
    often = {place: found for place, found in places.items() if len(found) * 2 >= len(held)}
    if not often:
        return [""] * len(held)
    best = max(often.values(), key=lambda found: (len(found), median(len(slot.text) for slot in found.values())))
    return [shorten(line(best[n].text), _MOST) if n in best else "" for n in range(len(held))]
