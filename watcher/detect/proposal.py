"""What detection offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import lxml.html
from lxml.etree import _Element

from watcher.model import NOTHING, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A list that was found on a page: its items in page order, and why it may be the one that is meant."""

    items: tuple[Item, ...]
    score: float  # comparable within one page only
    reasons: tuple[str, ...] = ()  # in words, the weightiest first
    options: Mapping[str, str] = field(
        default_factory=lambda: NOTHING
    )  # of `kind`, selectors that find these items again, as far as they can
    kind: str = "list"
    elements: tuple[tuple[_Element, ...], ...] = ()  # what each item is made of, side by side on the page

    def blocks(self) -> Iterator[bytes]:
        """The markup of each item, in UTF-8."""
        for side_by_side in self.elements:
            yield b"".join(lxml.html.tostring(each, encoding="utf-8") for each in side_by_side)
