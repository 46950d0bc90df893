"""When watches are due, how they are paused and forgotten, and which hosts are left alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from tests.contracts.world import HOUR, NOW, claimed, dump, found, look, new, publish, statements, tells
from watcher.model import Failed, Known, Standing
from watcher.store import Store


def test_never_seen_watches_are_due_first_then_the_longest_waiting(store: Store) -> None:
    for name, hours in (("late", 3), ("later", 1), ("soon", 5)):
        look(store, found(), watch=name, now=NOW + hours * HOUR)

    # Each is due an hour after its look.
    store.plan({"never": NOW + 4 * HOUR, "new": NOW + 4 * HOUR}, store.standing(), NOW)

    assert store.due(NOW + 4 * HOUR) == ["never", "new", "later", "late"]


def test_a_watch_that_is_planned_before_its_first_look_is_still_to_have_one(store: Store) -> None:
    store.plan({"press": NOW}, store.standing(), NOW)

    known = store.known("press")
    assert (known.first_look, known.health, known.due_at) == (True, "ok", NOW)
    look(store, found(new("a")))
    assert not store.known("press").first_look


def test_what_ended_while_the_plan_was_made_is_not_planned(store: Store) -> None:
    for name in ("ended", "asleep"):
        look(store, found(), watch=name)
    standing = store.standing()
    look(store, found(), watch="ended", now=NOW + HOUR)
    store.plan({"new": NOW}, standing, NOW)

    store.plan(dict.fromkeys(["ended", "asleep", "new"], NOW + 9 * HOUR), standing, NOW)

    assert {each.name: each.due_at for each in store.standing()} == {
        "ended": NOW + 2 * HOUR,
        "asleep": NOW + 9 * HOUR,
        "new": NOW,
    }


def test_a_watch_without_a_due_time_is_never_due(store: Store) -> None:
    look(store, found())

    store.plan({"press": None}, store.standing(), NOW)

    assert store.due(NOW + 1000 * HOUR) == []


def test_the_next_due_time_is_the_first_of_those_that_are_looked_at(store: Store) -> None:
    for name, hours in (("late", 3), ("removed", 1), ("paused", 2)):
        look(store, found(), watch=name, now=NOW + hours * HOUR)
    store.pause("paused", True, NOW)

    assert store.next_due(["late", "paused", "never"]) == NOW + 4 * HOUR
    assert store.next_due(["paused"]) is None


def test_what_is_due_is_found_by_an_index(store: Store, url: str) -> None:
    if "postgresql" in url:
        pytest.skip("PostgreSQL reads a small table as a whole")

    with statements() as said:
        store.due(NOW)

    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {said[-1]}", ("2026", "paused", "", "")).fetchall()
    assert "USING INDEX watches_due" in str(plan)


def test_how_long_a_page_is_fresh_is_kept_through_a_failure(store: Store) -> None:
    look(store, found(), fresh_until=NOW + 3 * HOUR, pause=7200)
    look(store, Failed(error="x"), now=NOW + HOUR)

    known = store.known("press")
    assert (known.fresh_until, known.pause) == (NOW + 3 * HOUR, 7200)
    assert store.standing() == [
        Standing(
            "press",
            health="failing",
            since=NOW + HOUR,
            failures=1,
            checked_at=NOW,
            due_at=NOW + 2 * HOUR,
            fresh_until=NOW + 3 * HOUR,
            error="x",
            hint="",
            stopped="",
        )
    ]


def test_the_last_look_of_all_is_known(store: Store) -> None:
    assert store.last_look() is None

    look(store, found(), watch="a", now=NOW + HOUR)
    look(store, Failed(error="x"), watch="b")

    assert store.last_look() == NOW


def test_a_paused_watch_is_not_due_until_it_is_resumed(store: Store) -> None:
    look(store, Failed(error="x"))
    store.pause("press", True, NOW)

    paused = store.due(NOW + 2 * HOUR)
    store.pause("press", False, NOW + 2 * HOUR)

    assert paused == []
    assert store.due(NOW + 2 * HOUR) == ["press"]
    known = store.known("press")
    assert (known.health, known.since, known.failures, known.error) == ("ok", NOW + 2 * HOUR, 0, "")


def test_a_watch_can_be_paused_before_its_first_look(store: Store) -> None:
    store.pause("press", True, NOW)

    assert store.due(NOW + HOUR) == []
    assert store.known("press").first_look
    look(store, found(new("a")))
    assert store.known("press").health == "paused"


def test_resuming_what_is_not_paused_changes_nothing(store: Store, url: str) -> None:
    look(store, Failed(error="x"))
    before = dump(url)

    store.pause("press", False, NOW + HOUR)
    store.pause("never", False, NOW + HOUR)

    assert dump(url) == before


def test_pausing_twice_keeps_the_first_time(store: Store) -> None:
    look(store, found())
    store.pause("press", True, NOW)

    store.pause("press", True, NOW + HOUR)

    assert store.known("press").since == NOW


def test_a_look_that_was_under_way_when_its_watch_was_paused_still_counts(store: Store) -> None:
    look(store, found())
    known = store.known("press")
    store.pause("press", True, NOW)

    assert store.commit(known, found(new("a")), spec="", due_at=NOW, now=NOW, took=HOUR)
    assert store.known("press").health == "paused"


def test_a_watch_can_be_made_due(store: Store) -> None:
    look(store, found(), now=NOW)

    store.due_now("press", NOW + timedelta(minutes=1))

    assert store.due(NOW + timedelta(minutes=1)) == ["press"]


def test_every_watch_is_known_by_name(store: Store) -> None:
    for name in ("b", "a", "C"):
        look(store, found(new(name)), watch=name)

    assert store.all_known() == [store.known(name) for name in ("C", "a", "b")]


def test_a_watch_that_is_forgotten_leaves_only_what_was_sent(store: Store, url: str) -> None:
    look(store, found(new("other")), watch="other", tell=tells("other"))
    store.pause("other", True, NOW)
    store.hold("press.example", NOW)
    others = dump(url)
    look(store, found(new("a", note="x"), new("b"), new("c")), tell=tells("a", "b", "c"))
    publish(store)
    store.sent(claimed(store), NOW)
    store.rejected(claimed(store), "no")
    claimed(store)

    store.forget("press")

    left = dump(url)
    assert {name for name, rows in left.items() if rows != others[name]} == {"outbox"}
    assert [(row.event, row.sent_at) for row in store.outbox(sent=True) if row.watch == "press"] == [
        ("urn:uuid:a/new", NOW)
    ]
    assert store.known("press") == Known(name="press")


def test_a_look_at_a_watch_that_was_forgotten_meanwhile_writes_nothing(store: Store, url: str) -> None:
    look(store, found(new("a")))
    known = store.known("press")
    store.forget("press")

    assert not store.commit(known, found(new("b")), spec="", due_at=NOW, now=NOW, took=HOUR)

    assert not any(dump(url).values())


def test_a_host_is_left_alone_until_it_says(store: Store) -> None:
    assert store.holds() == {}

    store.hold("press.example", NOW + 2 * HOUR)
    store.hold("press.example", NOW + HOUR)
    store.hold("other.example", NOW)

    assert store.holds() == {"press.example": NOW + HOUR, "other.example": NOW}


def test_what_was_heard_of_hosts_is_let_go_when_all_of_it_is_old(store: Store) -> None:
    store.hold("over.example", NOW)
    store.hold("held.example", NOW + HOUR)
    store.keep_robots("https://old.example:443", "old", NOW)
    store.keep_robots("https://new.example:443", "new", NOW + HOUR)

    store.forget_hosts(NOW)

    assert store.holds() == {"held.example": NOW + HOUR}
    assert store.robots("https://old.example:443") is None
    assert store.robots("https://new.example:443") == ("new", NOW + HOUR)
