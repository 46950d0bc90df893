"""What is known of watches, asked for some at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from watcher.errors import StoreError
from watcher.model import Known
from watcher.sweep import _Ahead


def test_what_could_not_be_had_once_is_asked_for_again() -> None:
    asked: list[list[str]] = []

    def known_of(names: Sequence[str]) -> Mapping[str, Known]:
        asked.append(list(names))
        if len(asked) == 1:
            raise StoreError("the database is locked")
        return {name: Known(name=name) for name in names}

    ahead = _Ahead(["a", "b"], known_of)
    with pytest.raises(StoreError):
        ahead.of("a")

    assert [ahead.of("b"), ahead.of("a")] == [Known(name="b"), Known(name="a")]
    assert asked == [["a", "b"], ["b"], ["a"]]
