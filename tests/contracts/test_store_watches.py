"""When watches are due, how they are paused and forgotten, and which hosts are left alone."""

from __future__ import annotations

from datetime import timedelta

from tests.contracts.world import HOUR, NOW, claimed, dump, found, look, new, publish, tells
from watcher.model import Failed, Known
from watcher.store import Store

MONTH = timedelta(days=30)


def test_never_seen_watches_are_due_first_then_the_longest_waiting(store: Store) -> None:
    for name, hours in (("late", 3), ("later", 1), ("soon", 5), ("unasked", 1)):
        look(store, found(), watch=name, now=NOW + hours * HOUR)

    # Each is due an hour after its look.
    due = store.due(dict.fromkeys(["late", "never", "later", "soon", "new"], MONTH), NOW + 4 * HOUR)

    assert due == ["never", "new", "later", "late"]


def test_a_time_that_was_stored_before_the_clock_was_set_back_counts_as_due(store: Store) -> None:
    look(store, found(), watch="ahead", now=NOW + timedelta(days=9))
    look(store, found(), watch="weekly", now=NOW + timedelta(days=7))

    assert store.due(dict.fromkeys(["ahead", "weekly"], MONTH), NOW) == ["ahead"]


def test_a_paused_watch_is_not_due_until_it_is_resumed(store: Store) -> None:
    look(store, Failed(error="x"))
    store.pause("press", True, NOW)

    paused = store.due(dict.fromkeys(["press"], MONTH), NOW + 2 * HOUR)
    store.pause("press", False, NOW + 2 * HOUR)

    assert paused == []
    assert store.due(dict.fromkeys(["press"], MONTH), NOW + 2 * HOUR) == ["press"]
    known = store.known("press")
    assert (known.health, known.since, known.failures, known.error) == ("ok", NOW + 2 * HOUR, 0, "")


def test_a_watch_can_be_paused_before_its_first_look(store: Store) -> None:
    store.pause("press", True, NOW)

    assert store.due(dict.fromkeys(["press"], MONTH), NOW + HOUR) == []
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

    assert store.due(dict.fromkeys(["press"], MONTH), NOW + timedelta(minutes=1)) == ["press"]


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


def test_a_watch_that_is_well_is_due_as_its_interval_says_and_one_that_fails_when_its_turn_comes(store: Store) -> None:
    look(store, found(), watch="well")
    look(store, Failed(error="x"), watch="failing")

    # Both are due an hour after their look, by what was said then.
    due = store.due(dict.fromkeys(["well", "failing"], HOUR / 60), NOW + HOUR / 2)

    assert due == ["well"]
