"""One look is one transaction, on both databases."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest

from tests.contracts.world import (
    HOUR,
    NOW,
    PAGE,
    Kind,
    address,
    change,
    dump,
    found,
    look,
    new,
    one,
    publish,
    release,
    seen,
    statements,
    tells,
    together,
)
from watcher.errors import StoreError
from watcher.model import Change, Failed, Found, Item, Known, Response, Unchanged
from watcher.store import Check, Revision, Store, open_store

NOT_MODIFIED = Response(url=PAGE, status=304)


def test_a_watch_that_was_never_seen_is_known_by_its_name_alone(store: Store) -> None:
    assert store.known("press") == Known(name="press")
    assert store.known("press").first_look


def test_what_a_look_found_is_known_afterwards(store: Store) -> None:
    outcome = found(new("a"), new("b"), oldest=date(2022, 5, 13))

    look(store, outcome, spec='list {"item":"li"}')

    assert store.known("press") == Known(
        name="press",
        version=1,
        spec='list {"item":"li"}',
        etag='"1"',
        last_modified="Sun",
        body_hash=outcome.response.hash,
        checked_at=NOW,
        changed_at=NOW,
        due_at=NOW + HOUR,
        since=NOW,
        listed=("urn:uuid:a", "urn:uuid:b"),
        oldest=date(2022, 5, 13),
    )


@pytest.mark.parametrize(
    "published",
    [None, date(2022, 5, 13), datetime(2022, 5, 13, 23, 30, 1, 7, timezone(timedelta(hours=-5, minutes=-30)))],
)
def test_an_item_comes_back_as_it_was(store: Store, published: date | None) -> None:
    item = Item(
        link=f"{PAGE}/ä?b=1&c=2",
        title="“Title”\u00a0with – everything 🎈",
        published=published,
        dated_by="time",
        summary="short",
        body="# long\n\n\u00a0\u00a0end",
        key="guid:1",
        version="1.10",
        author="Ann",
        tags=("a", "b, c"),
    )
    stored = seen("a", item=item, revision=2, baseline=True, pending=3, revised_at=NOW + HOUR)

    look(store, found(Change(kind="new", seen=stored, keys=frozenset({("id", "guid:1")}))))

    back = one(store, "a")
    assert back == replace(stored, seq=1, keys=frozenset({address("a"), ("id", "guid:1")}))
    assert repr(back.item.published) == repr(published)


def test_times_are_exact_and_come_back_as_utc(store: Store) -> None:
    eastern = timezone(timedelta(hours=-5))

    look(store, found(), now=NOW.astimezone(eastern))

    checked_at = store.known("press").checked_at
    assert checked_at == NOW
    assert checked_at.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="no zone"):
        store.due_now("press", NOW.replace(tzinfo=None))


def test_a_look_at_what_another_has_changed_meanwhile_writes_nothing(store: Store, url: str) -> None:
    look(store, found(new("a")))
    outdated = store.known("press")
    look(store, found(new("b")))
    before = dump(url)

    for known in (outdated, Known(name="press"), replace(outdated, version=7)):
        assert not store.commit(known, found(new("c")), spec="", due_at=NOW, now=NOW, took=HOUR, tell=tells("c"))

    assert dump(url) == before


def test_a_watch_that_is_not_there_has_no_later_version(store: Store, url: str) -> None:
    known = Known(name="press", version=3)

    assert not store.commit(known, found(new("a")), spec="", due_at=NOW, now=NOW, took=HOUR)

    assert not any(dump(url).values())


@pytest.mark.parametrize("earlier", [0, 1])
def test_of_looks_that_end_at_the_same_moment_one_counts(store: Store, url: str, earlier: int) -> None:
    for _ in range(earlier):
        look(store, found())
    other = open_store(url)
    known = store.known("press")

    def commit(number: int) -> bool:
        outcome = found(new(f"{number}a"), new(f"{number}b"))
        mine = store if number % 2 else other
        return mine.commit(
            known, outcome, spec="", due_at=NOW, now=NOW, took=HOUR, tell=tells(f"{number}a", f"{number}b")
        )

    won = together(*[lambda number=number: commit(number) for number in range(8)])

    other.close()
    assert won.count(True) == 1
    winner = won.index(True)
    assert {row.id for _, row in store.items()} == {f"urn:uuid:{winner}a", f"urn:uuid:{winner}b"}
    assert [row.event for row in store.outbox()] == [f"urn:uuid:{winner}{part}/new" for part in "ab"]
    assert store.known("press").version == earlier + 1


class Crash(BaseException):
    """The process ends here."""


def test_a_crash_between_any_two_statements_leaves_nothing(store: Store, url: str) -> None:
    look(store, found(new("a"), new("b"), new("w", pending=2)), tell=tells("a", "b"))
    publish(store)
    before, known = dump(url), store.known("press")
    changes = [
        new("c"),
        change("edited", "a", revision=1, note="-x\n+y"),
        change("touched", "w", keys=frozenset({("id", "9")})),
    ]

    def is_killed_at(number: int) -> bool:
        def react(count: int) -> None:
            if count == number:
                raise Crash

        try:
            with statements(react):
                store.commit(known, found(*changes), spec="2", due_at=NOW, now=NOW, took=HOUR, tell=tells("c"))
        except Crash:
            return True
        return False

    number = 1
    while is_killed_at(number):
        assert dump(url) == before
        number += 1

    after = dump(url)
    assert number > 10
    changed = {"watches", "items", "keys", "revisions", "outbox", "checks", "bodies"}
    assert {name for name in after if after[name] != before[name]} == changed


def test_newer_stands_higher_and_looks_follow_one_another(store: Store) -> None:
    look(store, found(new("c"), change("stock", "b"), change("held", "a")))

    look(store, found(new("e"), change("touched", "c"), new("d")))

    assert [row.slug for row in store.seen("press", [])] == ["c", "d", "e"]
    everything = store.find_items("press", [f"urn:uuid:{name}" for name in "abcde"])
    assert [(row.slug, row.seq) for row in everything] == [("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)]


def test_paths_that_clash_get_numbers(store: Store) -> None:
    store.adopt("press", [seen("old", path="x.md", adopted=True)])
    look(store, found(new("a", path="x.md"), new("b", path="y.md"), new("c", path="y.md"), new("d", path="x-2.md")))

    look(store, found(new("e", path="x.md")))

    paths = {row.slug: row.path for _, row in store.items()}
    assert paths == {"old": "x.md", "a": "x-2.md", "b": "y.md", "c": "y-2.md", "d": "x-2-2.md", "e": "x-3.md"}


def test_paths_of_another_watch_do_not_clash(store: Store) -> None:
    look(store, found(new("a", path="x.md")))

    look(store, found(new("a", path="x.md")), watch="other")

    assert one(store, "a", "other").path == "x.md"


@pytest.mark.parametrize("kind", ["edited", "touched"])
def test_a_path_is_kept_for_good(store: Store, kind: Kind) -> None:
    look(store, found(new("a", path="x.md")))

    look(store, found(change(kind, "a", path="y.md", revision=1)))

    assert one(store, "a").path == "x.md"


def test_an_item_without_a_path_gets_one_later(store: Store) -> None:
    look(store, found(new("a", path="", pending=1), new("b", path="", pending=1)))
    look(store, found(change("touched", "a", path="x.md"), change("touched", "b", path="x.md")))

    assert store.paths("press") == {"x.md": "urn:uuid:a", "x-2.md": "urn:uuid:b"}


def test_keys_are_only_ever_added(store: Store) -> None:
    look(store, found(new("a", keys=frozenset({("id", "1")}))))

    moved = seen("a", keys=frozenset())
    look(store, found(Change(kind="touched", seen=moved, keys=frozenset({("address", "elsewhere/a")}))))

    assert one(store, "a").keys == {address("a"), ("id", "1"), ("address", "elsewhere/a")}


def test_a_key_stays_with_the_item_that_had_it_first(store: Store) -> None:
    look(store, found(new("a")))

    look(store, found(new("b", keys=frozenset({address("a")}))))

    assert one(store, "a").keys == {address("a")}
    assert one(store, "b").keys == {address("b")}


def test_what_was_listed_and_what_carries_a_key_is_seen_with_all_its_keys(store: Store) -> None:
    look(store, found(new("c"), new("b"), new("a", keys=frozenset({("id", "1")}))))
    look(store, found(change("touched", "c")))
    look(store, found(new("a", keys=frozenset({("id", "2")}))), watch="other")

    rows = store.seen("press", [("id", "1"), ("id", "2"), ("address", "nowhere")])

    assert [(row.slug, row.keys) for row in rows] == [
        ("a", frozenset({address("a"), ("id", "1")})),
        ("c", frozenset({address("c")})),
    ]


def test_a_key_belongs_to_its_watch(store: Store) -> None:
    look(store, found(new("a"), listed=()))
    look(store, found(new("a", keys=frozenset({("id", "2")})), listed=()), watch="other")

    assert store.seen("press", [("id", "2")]) == []


def test_a_kind_and_a_value_make_a_key_together(store: Store) -> None:
    look(store, found(new("a", keys=frozenset({("id", "x")})), listed=()))

    assert store.seen("press", [("address", "x")]) == []
    assert len(store.seen("press", [("id", "x")])) == 1


def test_a_key_may_be_longer_than_an_index_entry(store: Store) -> None:
    # Random, because PostgreSQL packs what it puts into an index.
    key = ("address", os.urandom(4000).hex())

    look(store, found(new("a", keys=frozenset({key})), listed=()))

    assert [row.slug for row in store.seen("press", [key])] == ["a"]
    assert key in one(store, "a").keys


def test_more_keys_than_a_statement_takes_parameters(store: Store) -> None:
    look(store, found(new("a"), listed=()))
    many = [("address", str(number)) for number in range(70_000)]

    assert [row.slug for row in store.seen("press", [*many, address("a")])] == ["a"]


@pytest.mark.parametrize(
    ("kind", "pending", "is_stale"),
    [
        *[(kind, 0, True) for kind in ("new", "stock", "held")],
        *[(kind, 2, False) for kind in ("new", "stock", "held")],
    ],
)
def test_a_record_is_due_when_nothing_is_missing(store: Store, kind: Kind, pending: int, is_stale: bool) -> None:
    look(store, found(change(kind, "a", pending=pending)))

    assert bool(store.stale("press")) == is_stale
    assert bool(store.pending("press")) == (not is_stale)


@pytest.mark.parametrize(
    ("kind", "before", "after", "is_stale"),
    [
        ("edited", 0, 0, True),
        ("edited", 0, 2, False),
        ("edited", 2, 0, True),
        ("edited", 2, 1, False),
        ("touched", 0, 0, False),
        ("touched", 0, 2, False),
        ("touched", 2, 0, True),
        ("touched", 2, 1, False),
    ],
)
def test_a_record_is_due_again_when_it_was_edited_or_its_article_came(
    store: Store, kind: Kind, before: int, after: int, is_stale: bool
) -> None:
    look(store, found(new("a", pending=before)))
    publish(store)

    look(store, Unchanged(response=NOT_MODIFIED, changes=(change(kind, "a", pending=after, revision=1),)))

    assert bool(store.stale("press")) == is_stale


def test_a_record_that_is_due_stays_due_when_its_item_is_touched(store: Store) -> None:
    look(store, found(new("a")))

    look(store, found(change("touched", "a")))

    assert [row.slug for row in store.stale("press")] == ["a"]


def test_an_edit_leaves_a_revision(store: Store) -> None:
    look(store, found(new("a"), new("b")))

    edit = change("edited", "a", item=release("a", body="new"), revision=1, revised_at=NOW + HOUR, note="-old\n+new")
    look(store, found(edit, change("touched", "b")), now=NOW + HOUR)

    after = one(store, "a")
    assert (after.item.body, after.digest) == ("new", release("a", body="new").digest)
    assert (after.revision, after.revised_at) == (1, NOW + HOUR)
    assert store.revisions("press") == [Revision(item="urn:uuid:a", revision=1, seen_at=NOW + HOUR, note="-old\n+new")]


def test_an_edit_that_is_an_entry_of_its_own_leaves_its_revision_too(store: Store) -> None:
    look(store, found(new("a")))

    look(store, found(change("touched", "a", revision=1, note="-old\n+new")))

    assert [(row.revision, row.note) for row in store.revisions("press", "urn:uuid:a")] == [(1, "-old\n+new")]


def test_a_look_that_began_earlier_does_not_undo_what_its_owner_did_meanwhile(store: Store) -> None:
    look(store, found(change("held", "a"), change("held", "b")))
    begun = {name: one(store, name) for name in "ab"}
    publish(store)
    store.accept("press", ["urn:uuid:a"], tell=[], now=NOW + HOUR)
    store.swallow("press", ["urn:uuid:b"])

    look(store, found(*[Change(kind="touched", seen=row) for row in begun.values()]))

    assert store.held("press") == []
    assert one(store, "a").revised_at == NOW + HOUR
    assert one(store, "a").written == "0" * 64
    publish(store)
    assert [row.slug for row in store.latest("press")] == ["a"]


def test_of_two_items_with_one_id_the_upper_is_stored(store: Store) -> None:
    look(store, found(new("a", item=release("upper")), new("a", item=release("lower"))))

    assert one(store, "a").item.title == "Release upper"


def test_an_item_that_comes_as_new_and_is_there_is_no_second_one(store: Store) -> None:
    look(store, found(new("b"), new("a")))

    again = new("a", first_seen=NOW + HOUR, path="y.md", item=release("a", body="x"))
    look(store, found(again))

    row = one(store, "a")
    assert (row.seq, row.first_seen, row.path, row.item.body) == (1, NOW, "2026-11-20-a.md", "x")


def test_letters_are_due_at_once_in_their_order(store: Store) -> None:
    look(store, found(new("b"), new("a")), tell=tells("a", "b"))

    first, second = store.outbox()
    assert (first.id, first.recipient, first.event) == (1, "me me@example.org", "urn:uuid:a/new")
    assert (first.watch, first.item, first.created_at, first.due_at) == ("press", "urn:uuid:a", NOW, NOW)
    assert (first.attempts, first.letter, first.sent_at, first.error, first.dead) == (0, "", None, "", False)
    assert (second.id, second.item) == (2, "urn:uuid:b")


def test_each_watch_that_lists_an_item_has_a_row_of_its_own_for_each_recipient(store: Store) -> None:
    look(store, found(new("a")), tell=[*tells("a"), *tells("a")])

    look(store, found(new("a")), watch="other", tell=[*tells("a"), *tells("a", to="ann")])

    me = "me me@example.org"
    assert [(row.watch, row.recipient) for row in store.outbox()] == [("press", me), ("other", me), ("other", "ann")]


def test_looks_of_two_watches_that_tell_the_same_never_wait_for_one_another(store: Store) -> None:
    def tell(watch: str, events: list[tuple[str, str, str]]) -> None:
        look(store, found(), watch=watch, tell=events)

    for number in range(4):
        events = tells(*[f"{number}/{name}" for name in range(120)])
        together(partial(tell, f"up{number}", events), partial(tell, f"down{number}", events[::-1]))

    assert len(store.outbox()) == 4 * 2 * 120


def test_an_unchanged_page_keeps_validators_that_a_304_leaves_out(store: Store) -> None:
    look(store, found(new("a"), oldest=date(2022, 5, 13)))
    before, body = store.known("press"), store.last_body("press")

    look(store, Unchanged(response=NOT_MODIFIED), now=NOW + HOUR, spec="other")

    after = store.known("press")
    times = {"checked_at": NOW + HOUR, "due_at": NOW + 2 * HOUR}
    assert after == replace(before, version=2, spec="other", checked_at=times["checked_at"], due_at=times["due_at"])
    assert store.last_body("press") == body


def test_a_304_may_bring_a_new_validator(store: Store) -> None:
    look(store, found(new("a")))

    look(store, Unchanged(response=replace(NOT_MODIFIED, etag='"2"')))

    assert (store.known("press").etag, store.known("press").last_modified) == ('"2"', "Sun")


def test_the_same_bytes_without_validators_have_none(store: Store) -> None:
    look(store, found(new("a")))

    look(store, Unchanged(response=Response(url=PAGE, body=b"<html>")))

    assert (store.known("press").etag, store.known("press").last_modified) == ("", "")


def test_a_failed_look_changes_health_and_log_and_nothing_else(store: Store, url: str) -> None:
    look(store, found(new("a"), new("w", pending=1), oldest=date(2022, 5, 13)), tell=tells("a"))
    known, before = store.known("press"), dump(url)

    failed = Failed(error="403 from press.example", health="blocked", status=403)
    look(store, failed, now=NOW + HOUR, spec="other")

    assert store.known("press") == replace(
        known,
        version=2,
        due_at=NOW + 2 * HOUR,
        failures=1,
        health="blocked",
        since=NOW + HOUR,
        error="403 from press.example",
    )
    assert {name for name, rows in dump(url).items() if rows != before[name]} == {"watches", "checks"}


def test_trouble_begins_when_it_began_whatever_its_face(store: Store) -> None:
    outcomes: list[Failed | Found] = [Failed(error="a"), Failed(error="b"), Failed(error="c", health="gone"), found()]
    states = []

    for hours, outcome in enumerate(outcomes):
        look(store, outcome, now=NOW + hours * HOUR)
        known = store.known("press")
        states.append((known.health, known.failures, known.since, known.error))

    assert states == [
        ("failing", 1, NOW, "a"),
        ("failing", 2, NOW, "b"),
        ("gone", 3, NOW, "c"),
        ("ok", 0, NOW + 3 * HOUR, ""),
    ]


def test_a_first_look_that_fails_is_still_to_come(store: Store) -> None:
    look(store, Failed(error="a"))

    assert store.known("press").first_look
    assert store.known("press").version == 1


@pytest.mark.parametrize("outcome", [found(), Failed(error="x"), Unchanged(response=NOT_MODIFIED)])
def test_a_paused_watch_stays_paused_whatever_a_look_finds(store: Store, outcome: Found | Failed | Unchanged) -> None:
    look(store, Failed(error="before"))
    store.pause("press", True, NOW + HOUR)

    look(store, outcome, now=NOW + 2 * HOUR)

    known = store.known("press")
    assert (known.health, known.since) == ("paused", NOW + HOUR)
    assert (known.failures, known.error) == ((2, "x") if isinstance(outcome, Failed) else (0, ""))


@pytest.mark.parametrize(
    ("kind", "changes_it"), [("new", True), ("edited", True), ("stock", False), ("held", False), ("touched", False)]
)
def test_a_watch_changed_when_something_was_new_or_edited(store: Store, kind: Kind, changes_it: bool) -> None:
    look(store, found(change("stock", "a")))
    changed_at = store.known("press").changed_at

    look(store, found(change(kind, "a" if kind in ("edited", "touched") else "b", revision=1)), now=NOW + HOUR)

    assert changed_at is None
    assert store.known("press").changed_at == (NOW + HOUR if changes_it else None)


def test_the_oldest_date_lasts_until_another_is_found(store: Store) -> None:
    look(store, found(oldest=date(2022, 5, 13)))
    look(store, found())
    kept = store.known("press").oldest

    look(store, found(oldest=date(2020, 1, 1)))

    assert (kept, store.known("press").oldest) == (date(2022, 5, 13), date(2020, 1, 1))


def test_the_last_three_bodies_that_were_understood_are_kept(store: Store, url: str) -> None:
    headers = {"content-type": "text/html; charset=windows-1252", "date": "Sun"}
    for number in range(5):
        look(store, found(response=Response(url=f"{PAGE}?{number}", body=bytes([0, 255, number]), headers=headers)))
    look(store, Failed(error="x"))
    look(store, found(response=Response(url=PAGE, body=b"other")), watch="other")

    last = store.last_body("press")

    assert last is not None
    assert (last.url, last.status, last.body) == (f"{PAGE}?4", 200, b"\x00\xff\x04")
    assert last.headers == {"content-type": "text/html; charset=windows-1252"}
    assert sorted(row[3] for row in dump(url)["bodies"]) == [PAGE, *[f"{PAGE}?{number}" for number in (2, 3, 4)]]
    assert store.last_body("never") is None


def test_each_look_leaves_a_line_in_the_log(store: Store) -> None:
    look(
        store,
        found(new("a"), change("stock", "b"), change("held", "c"), listed=("urn:uuid:a", "urn:uuid:b", "urn:uuid:c")),
    )
    look(store, Unchanged(response=NOT_MODIFIED, changes=(change("edited", "a", revision=1),)), now=NOW + HOUR)
    look(store, Failed(error="no", status=503), now=NOW + 2 * HOUR)

    took = timedelta(milliseconds=250)
    log = [
        Check(
            started_at=NOW + 2 * HOUR,
            took=took,
            outcome="failed",
            status=503,
            found=0,
            new=0,
            edited=0,
            held=0,
            known=0,
            error="no",
        ),
        Check(
            started_at=NOW + HOUR,
            took=took,
            outcome="unchanged",
            status=304,
            found=3,
            new=0,
            edited=1,
            held=0,
            known=0,
            error="",
        ),
        Check(
            started_at=NOW, took=took, outcome="found", status=200, found=3, new=1, edited=0, held=1, known=1, error=""
        ),
    ]
    assert store.checks("press") == log
    assert store.checks("press", 1) == log[:1]


def test_an_unchanged_page_holds_as_many_items_as_when_it_was_read(store: Store) -> None:
    five = tuple(f"urn:uuid:{letter}" for letter in "abcde")
    look(store, replace(found(change("stock", "a"), change("stock", "b"), listed=five), count=2))
    look(store, Failed(error="no", status=503), now=NOW + HOUR)
    look(store, Unchanged(response=NOT_MODIFIED), now=NOW + 2 * HOUR)
    with store.in_batches():
        look(store, Unchanged(response=NOT_MODIFIED), now=NOW + 3 * HOUR)

    assert [check.found for check in store.checks("press")] == [2, 2, 0, 2]


def test_the_log_keeps_the_last_200_of_each_watch_and_few_more(store: Store, url: str) -> None:
    look(store, Failed(error="other"), watch="other")
    for number in range(230):
        look(store, Failed(error=str(number)))

    kept = store.checks("press", 1000)

    assert [check.error for check in kept[:200]] == [str(number) for number in range(229, 29, -1)]
    assert len(kept) < 216
    assert len(store.checks("other")) == 1


def test_text_that_no_database_takes_does_not_stop_a_look(store: Store) -> None:
    bad = "a\x00b\ud800c"
    item = release("a", body=bad)

    look(store, found(new("a", item=item, slug=bad), response=Response(url=PAGE, etag=bad, body=b"")), spec=bad)
    look(store, Failed(error=bad))

    assert store.known("press").error == "abc"
    assert store.checks("press", 1)[0].error == "abc"
    assert one(store, "a").item == item


def test_how_many_statements_a_read_takes_does_not_grow_with_its_rows(store: Store) -> None:
    def reads(watch: str) -> int:
        ids = [row.id for _, row in store.items(watch)]
        with statements() as said:
            assert len(store.seen(watch, [])) == len(ids)
            assert len(store.find_items(watch, ids)) == len(ids)
            assert len(store.items(watch)) == len(ids)
            assert len(store.stale(watch)) == len(ids)
        return len(said)

    look(store, found(*[new(str(number)) for number in range(300)]), watch="many")
    look(store, found(new("0"), new("1")), watch="few")

    assert reads("many") == reads("few")


def test_a_commit_takes_as_many_statements_for_many_items(store: Store) -> None:
    def writes(watch: str, count: int) -> int:
        look(store, found(*[new(f"{watch}{number}") for number in range(count)]), watch=watch)
        changes: list[Any] = [change("edited", f"{watch}{n}", revision=1, note="x") for n in range(count)]
        with statements() as said:
            look(store, found(*changes, *[new(f"{watch}{n}-new") for n in range(count)]), watch=watch)
        return len(said)

    assert writes("many", 100) == writes("few", 2)
