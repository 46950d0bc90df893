"""How records fare: written, adopted, edited and deleted by their owners, held and accepted; and what a feed shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.world import (
    HOUR,
    NOW,
    change,
    claim,
    claimed,
    dump,
    found,
    look,
    names,
    new,
    one,
    publish,
    release,
    seen,
    tells,
)
from watcher.model import Known, Seen
from watcher.store import Store


def slugs(store: Store) -> list[str]:
    return [row.slug for row in store.latest("press")]


def test_records_are_due_oldest_first_until_they_are_written(store: Store) -> None:
    look(store, found(new("b"), new("a"), new("waits", pending=1)))

    first, second = store.stale("press")
    store.written("press", first.id, "f" * 64)

    assert (first.slug, second.slug) == ("a", "b")
    assert one(store, "a").written == "f" * 64
    assert [row.slug for row in store.stale("press")] == ["b"]


def test_one_record_that_is_written_is_not_another(store: Store) -> None:
    look(store, found(new("b"), new("a")))
    look(store, found(new("a")), watch="other")
    due = one(store, "a")

    store.written("press", due.id, "f" * 64, of=due)

    assert [row.slug for row in store.stale("press")] == ["b"]
    assert sorted(store.unpublished()) == ["other", "press"]
    publish(store)
    store.deleted("other", ["urn:uuid:a"])
    assert store.unpublished() == []


def test_an_edit_that_came_while_a_record_was_written_is_not_lost(store: Store) -> None:
    look(store, found(new("a")))
    (due,) = store.stale("press")
    look(store, found(change("edited", "a", revision=1)))

    store.written("press", due.id, "f" * 64, of=due)

    (again,) = store.stale("press")
    assert (again.revision, again.written) == (1, "f" * 64)
    store.written("press", again.id, "e" * 64, of=again)
    assert store.stale("press") == []


def test_a_draft_that_was_accepted_while_it_was_written_is_written_again(store: Store) -> None:
    look(store, found(change("held", "a")))
    (due,) = store.stale("press")
    store.accept("press", [due.id], tell=[], now=NOW)

    store.written("press", due.id, "f" * 64, of=due)

    assert [row.held for row in store.stale("press")] == [False]


def test_what_its_owner_edited_is_not_due_any_more(store: Store) -> None:
    look(store, found(new("a")))
    publish(store)
    look(store, found(change("edited", "a", revision=1)))

    store.left_alone("press", "urn:uuid:a")

    assert store.stale("press") == []
    assert (one(store, "a").written, one(store, "a").adopted) == ("0" * 64, False)


def test_a_file_that_stood_in_a_record_s_place_is_its_owner_s_record(store: Store) -> None:
    look(store, found(new("a")), tell=tells("a"))

    store.left_alone("press", "urn:uuid:a")

    assert one(store, "a").adopted
    assert slugs(store) == ["a"]
    assert names(claimed(store)) == ["a"]


def test_records_that_were_there_before_us_are_known_and_stand(store: Store) -> None:
    older, newer = seen("old", digest=""), seen("newer", revised_at=NOW + HOUR)

    store.adopt("press", [older, newer])

    assert slugs(store) == ["newer", "old"]
    assert store.stale("press") == []
    assert store.seen("press", older.keys) == [replace(older, seq=1, adopted=True)]
    look(store, found(new("a")))
    assert [row.seq for _, row in store.items()] == [3, 2, 1]


def test_adopting_leaves_what_is_known_as_it_is(store: Store, url: str) -> None:
    look(store, found(new("a"), new("b")))
    before = dump(url)

    store.adopt("press", [seen("a", path="copy.md", item=release("other"))])
    store.adopt("press", [seen("c", path=one(store, "b").path)])
    store.adopt("press", [])

    assert dump(url) == before


def test_of_an_item_that_records_tell_an_edit_of_its_form_and_number_are_stored_and_nothing_else(store: Store) -> None:
    look(store, found(new("a")), tell=tells("a"))
    publish(store)
    before, form = one(store, "a"), release("other")

    store.adopt("press", [seen("r1", path="a-r1.md")], [seen("a", item=form, digest="2", revision=1, path="no.md")])

    assert one(store, "a") == replace(before, item=form, digest="2", revision=1)
    assert store.stale("press") == []


def test_of_two_records_with_one_id_the_first_is_adopted(store: Store) -> None:
    store.adopt("press", [seen("a", path="x.md"), seen("a", path="y.md")])

    assert store.paths("press") == {"x.md": "urn:uuid:a"}


@pytest.mark.parametrize("path", ["2026-11-20-a.md", "renamed.md"])
def test_a_deleted_record_that_its_owner_brings_back_stands_again(store: Store, path: str) -> None:
    look(store, found(new("a")), tell=tells("a"))
    publish(store)
    store.deleted("press", ["urn:uuid:a"])

    store.adopt("press", [seen("a", path=path, digest="", item=release("other"))])

    back = one(store, "a")
    assert (back.path, back.adopted, back.written, back.item) == (path, True, "", release("a"))
    assert slugs(store) == ["a"]
    assert store.outbox() == []


def test_paths_lead_to_items(store: Store) -> None:
    look(store, found(new("a"), new("b"), new("gone"), new("pathless", path="", pending=1)))
    for name in ("a", "gone"):
        store.written("press", f"urn:uuid:{name}", "0" * 64)
    store.adopt("press", [seen("old", path="old.md")])

    store.deleted("press", ["urn:uuid:gone"])

    written = {"2026-11-20-a.md": "urn:uuid:a", "old.md": "urn:uuid:old"}
    assert store.written_paths("press") == written
    assert store.paths("press") == written | {"2026-11-20-b.md": "urn:uuid:b"}


def test_a_feed_shows_what_changed_last_first(store: Store) -> None:
    look(store, found(new("c"), new("b"), new("a"), new("old", revised_at=NOW - HOUR)))
    publish(store)
    look(store, found(change("edited", "a", revision=1, revised_at=NOW + HOUR)))

    assert slugs(store) == ["a", "c", "b", "old"]
    assert [row.slug for row in store.latest("press", limit=2)] == ["a", "c"]
    assert [row.slug for row in store.latest("press", limit=2, offset=3)] == ["old"]


def test_a_feed_shows_nothing_that_does_not_stand_or_is_held_or_put_away(store: Store) -> None:
    names_ = ("unwritten", "deleted", "shown")
    looks = [new(name) for name in names_] + [change("held", "held"), change("held", "swallowed")]
    look(store, found(*looks, new("awaited", pending=1)))
    for row in store.stale("press"):
        if row.slug != "unwritten":
            store.written("press", row.id, "0" * 64)

    store.deleted("press", ["urn:uuid:deleted"])
    store.swallow("press", ["urn:uuid:swallowed"])

    assert slugs(store) == ["shown"]


def test_a_feed_can_be_asked_for_by_number(store: Store) -> None:
    look(store, found(new("d"), new("c"), new("b"), new("a")))
    publish(store)

    assert [row.slug for row in store.latest("press", seqs=range(2, 4))] == ["c", "b"]
    assert [row.slug for row in store.latest("press", limit=1, seqs=range(2, 4))] == ["c"]


def test_the_latest_of_all_watches_come_as_they_changed_but_for_those_left_out(store: Store) -> None:
    for hours, watch in ((0, "press"), (2, "other"), (1, "hidden")):
        look(store, found(new(watch, revised_at=NOW + hours * HOUR), change("held", f"{watch}-held")), watch=watch)
        publish(store, watch)
    look(store, found(new("unwritten", revised_at=NOW + 9 * HOUR)), watch="other")

    everything = [(watch, row.slug) for watch, row in store.latest_of_all(5)]

    assert everything == [("other", "other"), ("hidden", "hidden"), ("press", "press")]
    assert [watch for watch, _ in store.latest_of_all(5, without=["hidden"])] == ["other", "press"]
    assert store.latest_of_all(1) == store.latest_of_all(5)[:1]
    assert store.names() == ["hidden", "other", "press"]


def test_each_item_has_a_place_whatever_became_of_it(store: Store) -> None:
    held = [change("held", name) for name in ("swallowed", "held", "put-away")]
    look(store, found(*held, new("awaited", pending=1), new("deleted"), new("shown", path="a.md")))
    publish(store)
    store.swallow("press", ["urn:uuid:swallowed"])
    store.deleted("press", ["urn:uuid:deleted", "urn:uuid:put-away"])
    store.adopt("press", [seen("old", path="old.md", revised_at=NOW - HOUR)])
    look(store, found(new("elsewhere")), watch="other")

    assert store.places("press") == [
        (1, "shown", "a.md", NOW, "urn:uuid:shown"),
        (2, "away", "2026-11-20-deleted.md", NOW, "urn:uuid:deleted"),
        (3, "awaited", "2026-11-20-awaited.md", NOW, "urn:uuid:awaited"),
        (4, "away", "2026-11-20-put-away.md", NOW, "urn:uuid:put-away"),
        (5, "away", "2026-11-20-held.md", NOW, "urn:uuid:held"),
        (6, "away", "2026-11-20-swallowed.md", NOW, "urn:uuid:swallowed"),
        (7, "shown", "old.md", NOW - HOUR, "urn:uuid:old"),
    ]
    assert store.places("never") == []


def test_items_come_newest_first_with_their_watch(store: Store) -> None:
    for hours, watch in ((0, "press"), (2, "other"), (1, "press")):
        rows = [new(f"{watch}{hours}{part}", first_seen=NOW + hours * HOUR) for part in "ba"]
        look(store, found(*rows), watch=watch)

    everything = [(watch, row.slug) for watch, row in store.items()]

    assert everything == [
        ("other", "other2b"),
        ("other", "other2a"),
        ("press", "press1b"),
        ("press", "press1a"),
        ("press", "press0b"),
        ("press", "press0a"),
    ]
    assert [(watch, row.slug) for watch, row in store.items("press", since=NOW + HOUR)] == everything[2:4]
    assert [(watch, row.slug) for watch, row in store.items(limit=1)] == everything[:1]


def test_accepted_items_are_published_and_told(store: Store) -> None:
    look(store, found(change("held", "c"), change("held", "b"), new("a")))
    publish(store)

    ids = [f"urn:uuid:{name}" for name in ("c", "b", "a", "never")]
    accepted = store.accept("press", ids, tell=tells("b", "c", "a"), now=NOW + HOUR)

    assert accepted == ["urn:uuid:b", "urn:uuid:c"]
    assert store.held("press") == []
    assert [(row.slug, row.held, row.revised_at) for row in store.stale("press")] == [
        ("b", False, NOW + HOUR),
        ("c", False, NOW + HOUR),
    ]
    assert [(row.item, row.due_at) for row in store.outbox()] == [
        ("urn:uuid:b", NOW + HOUR),
        ("urn:uuid:c", NOW + HOUR),
    ]
    assert slugs(store) == ["c", "b", "a"]


def test_accepting_twice_tells_once(store: Store) -> None:
    look(store, found(change("held", "a")))
    store.accept("press", ["urn:uuid:a"], tell=tells("a"), now=NOW)

    assert store.accept("press", ["urn:uuid:a"], tell=tells("a", to="ann"), now=NOW) == []

    assert len(store.outbox()) == 1


def test_an_accepted_item_whose_article_is_awaited_has_no_record_yet(store: Store) -> None:
    look(store, found(change("held", "a", pending=2)))

    store.accept("press", ["urn:uuid:a"], tell=tells("a"), now=NOW)

    assert store.stale("press") == []


def test_what_is_accepted_as_known_stays_a_draft_and_is_told_to_nobody(store: Store) -> None:
    look(store, found(change("held", "a"), change("held", "b"), new("c")))
    publish(store)

    swallowed = store.swallow("press", ["urn:uuid:a", "urn:uuid:c"])

    assert swallowed == ["urn:uuid:a"]
    assert [row.slug for row in store.held("press")] == ["b"]
    assert not one(store, "a").held
    look(store, found(change("edited", "a", revision=1)), tell=tells("a"))
    (due,) = store.stale("press")
    assert (due.slug, due.held) == ("a", True)
    store.written("press", due.id, "0" * 64, of=due)
    assert store.stale("press") == []
    assert slugs(store) == ["c"]
    assert store.outbox() == []


def test_a_deleted_record_stays_deleted_and_is_told_to_nobody(store: Store) -> None:
    look(store, found(new("a"), new("b"), new("sent")), tell=tells("sent", "a", "b"))
    publish(store)
    store.sent(claimed(store), NOW)
    store.deferred(claimed(store), "later", NOW)

    store.deleted("press", ["urn:uuid:a", "urn:uuid:sent"])

    look(store, found(change("edited", "a", revision=1)), tell=[("me", "urn:uuid:a/edit/1", "urn:uuid:a")])
    assert store.stale("press") == []
    assert slugs(store) == ["b"]
    assert [row.item for row in store.outbox(sent=True)] == ["urn:uuid:sent", "urn:uuid:b"]
    assert names(claimed(store)) == ["b"]
    assert claim(store) is None


def test_a_draft_that_its_owner_deleted_is_not_held_any_more(store: Store) -> None:
    look(store, found(change("held", "a")))
    publish(store)

    store.deleted("press", ["urn:uuid:a"])

    assert store.held("press") == []
    assert store.accept("press", ["urn:uuid:a"], tell=tells("a"), now=NOW) == []
    assert store.outbox() == []


def test_the_same_item_of_another_watch_is_not_deleted(store: Store) -> None:
    for watch in ("press", "other"):
        look(store, found(new("a")), watch=watch, tell=tells("a", to=watch))

    store.deleted("press", ["urn:uuid:a"])

    assert [row.slug for row in store.stale("other")] == ["a"]
    assert [row.recipient for row in store.outbox()] == ["other"]


def test_revisions_come_newest_first(store: Store) -> None:
    look(store, found(new("a"), new("b")))
    for number, name in ((1, "a"), (2, "a"), (1, "b")):
        at = NOW + timedelta(hours=number)
        look(store, found(change("edited", name, revision=number, note=f"{name}{number}")), now=at)

    assert [row.note for row in store.revisions("press")] == ["a2", "a1", "b1"]
    assert [row.note for row in store.revisions("press", "urn:uuid:b")] == ["b1"]
    assert [row.note for row in store.revisions("press", limit=1)] == ["a2"]
    assert store.revisions("other") == []


def test_what_is_recalled_is_there_as_it_was_or_not_at_all(store: Store, url: str) -> None:
    known = Known(name="press", version=1, spec="list {}", checked_at=NOW, listed=("urn:uuid:b",), oldest=NOW.date())
    theirs = seen("a", seq=3, path="a.md", adopted=True, revision=2)
    draft = seen("b", seq=57, path="b.md", held=True, written="0" * 64)
    empty = dump(url)

    def broken() -> Iterator[tuple[Known, list[Seen]]]:
        yield known, [theirs, draft]
        raise OSError("the disk fails")

    with pytest.raises(OSError, match="the disk fails"):
        store.recall(broken())
    assert dump(url) == empty
    store.recall([(known, [theirs, draft])])

    assert store.known("press") == known
    assert store.find_items("press", {theirs.id, draft.id}) == [theirs, draft]
    assert store.written_hashes("press") == {"a.md": (theirs.id, ""), "b.md": (draft.id, "0" * 64)}
    look(store, found(new("c")))
    assert one(store, "c").seq == 58
