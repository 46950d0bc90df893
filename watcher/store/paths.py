"""Which paths records are given that want the same."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, MutableSet


def free(wanted: Iterable[str], taken: MutableSet[str]) -> Iterator[str]:
    """For each wanted path that one, or the first with -2, -3 … that is free. It is taken from then on."""
    names: dict[str, Iterator[str]] = {}
    for path in wanted:
        # What one found taken another need not try: thousands may want one path.
        name = next(name for name in names.setdefault(path, _names(path)) if name not in taken)
        taken.add(name)
        yield name


def _names(path: str) -> Iterator[str]:
    stem = path.removesuffix(".md")
    return itertools.chain([path], (f"{stem}-{number}.md" for number in itertools.count(2)))
