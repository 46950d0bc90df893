"""What detection offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
