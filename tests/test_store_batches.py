"""Looks that came upon nothing are committed many at a time, and what else happens meanwhile loses none of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.contracts.world import HOUR, NOW, PAGE, found, look, new
from watcher.errors import StoreError
from watcher.model import Response, Unchanged
from watcher.store import Store, open_store
from watcher.store.together import MANY

LATER = NOW + HOUR


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "watcher.db"


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{file}")
    yield store
    store.close()


def watches(store: Store, count: int) -> list[str]:
    names = [f"watch-{number:03}" for number in range(count)]
    for name in names:
        look(store, found(new(f"{name}-a")), watch=name)
    return names


def look_again(store: Store, name: str) -> None:
    look(store, Unchanged(response=Response(url=PAGE, status=304)), watch=name, now=LATER)


def looked_again(store: Store) -> int:
    return sum(known.checked_at == LATER for known in store.all_known())


def test_quiet_looks_are_committed_at_the_end_of_their_batch(store: Store) -> None:
    names = watches(store, 3)

    with store.in_batches():
        for name in names:
            look_again(store, name)
        early = looked_again(store)

    assert (early, looked_again(store)) == (0, 3)
    assert [len(store.checks(name)) for name in names] == [2, 2, 2]


def test_so_many_quiet_looks_wait_for_nobody(store: Store) -> None:
    names = watches(store, MANY + 1)

    with store.in_batches():
        for name in names:
            look_again(store, name)
        early = looked_again(store)

    assert (early, looked_again(store)) == (MANY, MANY + 1)


def test_news_is_committed_at_once_and_takes_along_what_waits(store: Store) -> None:
    quiet, busy = watches(store, 2)

    with store.in_batches():
        look_again(store, quiet)
        look(store, found(new("b")), watch=busy, now=LATER)
        early = looked_again(store)

    assert early == 2


def test_what_came_before_an_error_is_committed(store: Store) -> None:
    [name] = watches(store, 1)

    def look_and_leave() -> None:
        with store.in_batches():
            look_again(store, name)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        look_and_leave()

    assert looked_again(store) == 1


def test_a_batch_that_cannot_be_written_is_an_error(store: Store, file: Path) -> None:
    [name] = watches(store, 1)

    def look_and_remove() -> None:
        with store.in_batches():
            look_again(store, name)
            file.unlink()

    with pytest.raises(StoreError, match="removed or replaced"):
        look_and_remove()


def test_a_look_with_news_is_committed_though_what_was_put_off_is_not(store: Store, file: Path) -> None:
    quiet, busy = watches(store, 2)
    with closing(sqlite3.connect(file)) as other:
        when = f"BEFORE UPDATE ON watches WHEN old.name = '{quiet}'"
        other.execute(f"CREATE TRIGGER no {when} BEGIN SELECT RAISE(ABORT, 'no'); END")

    went_on = []

    def look_at_both() -> None:
        with store.in_batches():
            look_again(store, quiet)
            look(store, found(new("b")), watch=busy, now=LATER)
            went_on.append(True)

    with pytest.raises(StoreError, match="no"):
        look_at_both()

    assert went_on
    assert (store.known(quiet).checked_at, store.known(busy).checked_at) == (NOW, LATER)


def test_what_was_put_off_long_ago_goes_with_the_next(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = watches(store, 2)
    monkeypatch.setattr("watcher.store.together.LONG", 0)

    with store.in_batches():
        look_again(store, first)
        look_again(store, second)
        early = looked_again(store)

    assert early == 2
