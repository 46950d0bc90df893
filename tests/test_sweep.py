"""Many watches at once, and what is known of them, asked for some at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Barrier, Event, current_thread
from typing import Any

import pytest

from tests.fakes import watch
from watcher.errors import StoreError
from watcher.model import Known
from watcher.sweep import Sweep


def new(names: Sequence[str]) -> Mapping[str, Known]:
    """What is known of watches that were never seen."""
    return {name: Known(name=name) for name in names}


def test_what_could_not_be_had_once_is_asked_for_again() -> None:
    asked: list[list[str]] = []
    worked: list[Known] = []
    second = Event()

    def known_of(names: Sequence[str]) -> Mapping[str, Known]:
        asked.append(list(names))
        if len(asked) == 1:
            raise StoreError("the database is locked")
        return new(names)

    def work(one: Any, known: Known) -> None:
        worked.append(known)
        second.set()

    def idle() -> int:
        second.wait(30)  # the error of the first is heard of when the second is done
        return 0

    sweep = Sweep([watch(name="a"), watch(name="b")], work, lambda one: one.name, known_of, 1, idle, lambda: None)
    with pytest.raises(StoreError):
        list(sweep)

    assert asked == [["a", "b"], ["b"]]
    assert worked == [Known(name="b")]


def test_watches_that_wait_for_servers_wait_together() -> None:
    together = Barrier(40, timeout=30)

    def work(one: Any, known: Known) -> str:
        together.wait()
        return str(one.name)

    watches = [watch(name=f"watch-{number}") for number in range(40)]
    sweep = Sweep(watches, work, lambda one: one.name, new, 40, lambda: together.n_waiting, lambda: None)

    assert list(sweep) == [one.name for one in watches]


def test_watches_that_wait_for_something_else_wait_together_too() -> None:
    together = Barrier(8, timeout=30)

    def work(one: Any, known: Known) -> None:
        together.wait()

    watches = [watch(name=f"watch-{number}") for number in range(8)]
    sweep = Sweep(watches, work, lambda one: one.name, new, 8, lambda: 0, lambda: None)

    assert list(sweep) == [None] * 8


def test_who_computes_gets_no_company(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = set()
    monkeypatch.setattr("watcher.sweep.LITTLE", 0)  # however much of a core there is to be had

    def work(one: Any, known: Known) -> None:
        threads.add(current_thread())
        Event().wait(0.02)

    watches = [watch(name=f"watch-{number}") for number in range(20)]
    list(Sweep(watches, work, lambda one: one.name, new, 20, lambda: 0, lambda: None))

    assert len(threads) == 1
