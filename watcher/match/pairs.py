"""Found items, each with the known one that it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from watcher.model import Seen

Pairs: TypeAlias = dict[int, Seen]  # position in the found list -> the known item that stands there


def without(lost: Sequence[Seen], pairs: Pairs) -> list[Seen]:
    claimed = {s.id for s in pairs.values()}
    return [s for s in lost if s.id not in claimed]


def without_clashes(pairs: Pairs, claims: Pairs) -> Pairs:
    claimed = {s.id for s in claims.values()}
    return {i: s for i, s in pairs.items() if i not in claims and s.id not in claimed}


def in_order(seen: Iterable[Seen], listed: Sequence[str]) -> list[Seen]:
    by_id = {s.id: s for s in seen}
    return [by_id[id_] for id_ in listed if id_ in by_id]


def chained(strong: Pairs, weak: Pairs, last: Sequence[Seen]) -> set[int]:
    """The positions that stand between the same neighbours in both lists: the heaviest run of pairs that goes down
    both pages in one order, where a strong pair outweighs all weak ones. A run of one has no neighbour."""
    place = {s.id: n for n, s in enumerate(last)}
    steps = [(i, place[s.id], i in strong) for i, s in sorted((strong | weak).items()) if s.id in place]
    weights: list[int] = []
    before: list[int] = []
    heaviest = [-1] * (len(last) + 1)  # a Fenwick tree: of the steps above a place in the last list, the first heaviest
    for n, (_, there, firm) in enumerate(steps):
        last_step, at = -1, there
        while at > 0:
            last_step = _heavier(last_step, heaviest[at], weights)
            at &= at - 1
        weights.append((len(steps) + 1 if firm else 1) + (weights[last_step] if last_step >= 0 else 0))
        before.append(last_step)
        at = there + 1
        while at <= len(last):
            heaviest[at] = _heavier(heaviest[at], n, weights)
            at += at & -at
    step = max(range(len(steps)), key=weights.__getitem__, default=-1)
    run = set()
    while step >= 0:
        run.add(steps[step][0])
        step = before[step]
    return run if len(run) > 1 else set()


def _heavier(one: int, other: int, weights: Sequence[int]) -> int:
    """Of two steps, -1 for none, the one with more weight; the earlier one of equals."""
    if one < 0 or other < 0:
        return max(one, other)
    return min(one, other, key=lambda step: (-weights[step], step))
