"""Everybody is told once, in order, under one Message-ID, and of nothing that does not stand yet."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.contracts.world import (
    HOUR,
    LEASE,
    NOW,
    change,
    claim,
    claimed,
    dump,
    found,
    letter_of,
    look,
    names,
    new,
    publish,
    seen,
    tells,
    together,
)
from watcher.model import Delivery, Letter, Message, Notice, Seen
from watcher.store import Store, open_store

ME = "me me@example.org"


def told(store: Store, *names: str, watch: str = "press", to: str = ME) -> None:
    """News whose records stand."""
    look(store, found(*[new(name) for name in reversed(names)]), watch=watch, tell=tells(*names, to=to))
    publish(store, watch)


def health(store: Store, watch: str = "press", since: str = "1") -> None:
    look(store, found(), watch=watch, tell=[(ME, f"{watch}/health/{since}", "")])


def never(recipient: str, rows: list[tuple[Delivery, Seen | Notice | None]]) -> Message:
    raise AssertionError("a letter was composed twice")


def letters(url: str) -> list[Any]:
    return [row[0] for row in dump(url)["letters"]]


def test_nobody_is_told_before_the_record_stands(store: Store) -> None:
    look(store, found(new("a")), tell=tells("a"))

    before = claim(store)
    publish(store)

    assert before is None
    assert names(claimed(store)) == ["a"]


def test_a_record_that_was_there_before_us_stands(store: Store) -> None:
    store.adopt("press", [seen("a")])
    look(store, found(), tell=tells("a"))

    assert names(claimed(store)) == ["a"]


def test_held_items_are_not_told(store: Store) -> None:
    look(store, found(change("held", "a")), tell=tells("a"))
    publish(store)

    assert claim(store) is None


def test_a_letter_has_its_rows_and_their_items(store: Store) -> None:
    told(store, "a")
    given: list[Any] = []

    def compose(recipient: str, rows: list[tuple[Delivery, Seen | Notice | None]]) -> Message:
        given.append((recipient, rows))
        return letter_of(recipient, rows)

    letter = claimed(store, compose=compose)

    (row,) = store.outbox()
    ((recipient, [(delivery, item)]),) = given
    assert (recipient, delivery.event, item) == (ME, "urn:uuid:a/new", store.find_items("press", ["urn:uuid:a"])[0])
    assert letter.message.id == "press.urn:uuid:a/new.1.me+me@example.org@watch.example.org"
    assert letter.deliveries == (row,)
    assert row.letter == letter.message.id


def test_up_to_three_go_one_by_one_in_their_order(store: Store) -> None:
    told(store, "a", "b", "c")
    order = []

    while letter := claim(store):
        order.append(names(letter))
        store.sent(letter, NOW)

    assert order == [["a"], ["b"], ["c"]]


def test_four_and_more_go_together(store: Store) -> None:
    told(store, "a", "b", "c", "d")

    assert names(claimed(store)) == ["a", "b", "c", "d"]


def test_only_what_stands_counts_towards_a_digest(store: Store) -> None:
    look(store, found(new("d", pending=1), new("c"), new("b"), new("a")), tell=tells("a", "b", "c", "d"))
    publish(store)

    assert names(claimed(store)) == ["a"]


def test_a_digest_holds_however_many_there_are(store: Store) -> None:
    everything = [f"{number:05}" for number in range(10_000)]
    store.adopt("press", map(seen, everything))
    look(store, found(), tell=tells(*everything))

    letter = claimed(store)
    store.sent(letter, NOW)

    assert names(letter) == everything
    assert claim(store) is None


def test_each_watch_has_letters_of_its_own_the_oldest_first(store: Store) -> None:
    told(store, "a")
    told(store, "x1", "x2", "x3", "x4", watch="other")
    told(store, "b")

    order = [names(claimed(store)), names(claimed(store)), claim(store)]

    assert order == [["a"], ["x1", "x2", "x3", "x4"], None]


def test_each_recipient_has_letters_of_their_own(store: Store) -> None:
    told(store, "a")
    told(store, "b", to="ann")
    told(store, "c", to="Bob")

    waiting = store.waiting(NOW)

    assert waiting == ["Bob", "ann", ME]
    assert [names(claimed(store, to=recipient)) for recipient in waiting] == [["c"], ["b"], ["a"]]


def test_a_letter_about_a_watch_needs_no_record_and_goes_alone(store: Store) -> None:
    told(store, "a", "b", "c", "d")
    health(store, since="1")
    health(store, since="2")
    told(store, "e", "f", "g", "h")
    order = []

    while letter := claim(store):
        order.append([row.event.removeprefix("urn:uuid:").removesuffix("/new") for row in letter.deliveries])
        store.sent(letter, NOW)

    assert order == [["a", "b", "c", "d"], ["press/health/1"], ["press/health/2"], ["e", "f", "g", "h"]]


def test_a_letter_about_a_watch_is_composed_without_an_item(store: Store) -> None:
    health(store)

    assert claimed(store).message.subject == "health"


def test_while_a_letter_is_under_way_no_other_of_its_pair_is_claimed(store: Store) -> None:
    told(store, "a", "b")
    first = claimed(store)

    told(store, "c", "d", "e")
    meanwhile = claim(store)
    store.sent(first, NOW)

    assert meanwhile is None
    assert names(claimed(store)) == ["b", "c", "d", "e"]


def test_a_lease_that_has_run_out_gives_the_same_letter_again(store: Store) -> None:
    told(store, "a", "b", "c", "d")
    first = claimed(store)
    told(store, "e")

    early = claim(store, NOW + LEASE - timedelta(microseconds=1))
    again = claimed(store, NOW + LEASE, compose=never)

    assert early is None
    assert again == first
    assert again.message == first.message
    assert claim(store, NOW + LEASE) is None


def test_a_letter_is_composed_once_whatever_its_items_have_become(store: Store) -> None:
    told(store, "a")
    first = claimed(store)
    look(store, found(change("edited", "a", revision=1, note="x")))

    again = claimed(store, NOW + LEASE, compose=never)

    assert again.message == first.message


def test_a_deferred_letter_comes_again_when_it_is_due(store: Store) -> None:
    told(store, "a", "b")
    told(store, "x", watch="other")
    first = claimed(store)

    store.deferred(first, "451 later\x00", NOW + HOUR)

    assert names(claimed(store)) == ["x"]
    assert claim(store) is None
    again = claimed(store, NOW + HOUR, compose=never)
    assert again.message == first.message
    (row,) = again.deliveries
    assert (row.attempts, row.error, row.due_at, row.letter) == (1, "451 later", NOW + HOUR, first.message.id)


def test_a_sent_letter_is_gone_and_remembered(store: Store, url: str) -> None:
    told(store, "a")
    letter = claimed(store)
    store.deferred(letter, "later", NOW)

    store.sent(claimed(store), NOW + HOUR)

    assert store.outbox() == []
    (row,) = store.outbox(sent=True)
    assert (row.sent_at, row.attempts, row.error, row.letter) == (NOW + HOUR, 2, "", letter.message.id)
    assert letters(url) == []
    assert claim(store, NOW + 2 * HOUR) is None


def test_a_rejected_letter_is_dead_and_the_next_goes_on(store: Store) -> None:
    told(store, "a", "b")

    store.rejected(claimed(store), "550 no such user")

    dead, waiting = store.outbox()
    assert (dead.dead, dead.error, dead.attempts, waiting.dead) == (True, "550 no such user", 1, False)
    assert names(claimed(store, NOW + HOUR)) == ["b"]


def test_a_dead_letter_that_is_tried_again_is_the_same_letter(store: Store) -> None:
    told(store, "a", "b", "c", "d")
    first = claimed(store)
    store.rejected(first, "no")

    count = store.retry(None, NOW + HOUR)

    again = claimed(store, NOW + HOUR, compose=never)
    assert count == 4
    assert again.message == first.message
    assert names(again) == ["a", "b", "c", "d"]
    assert not any(row.dead for row in again.deliveries)


def test_of_two_letters_of_a_pair_the_older_goes_first_and_neither_beside_the_other(store: Store) -> None:
    told(store, "a", "b", "c")
    first = claimed(store)
    store.rejected(first, "no")
    second = claimed(store)
    store.retry(None, NOW)

    beside = claim(store)
    store.deferred(second, "later", NOW)

    assert beside is None
    assert claimed(store).message == first.message
    assert claim(store) is None
    store.sent(first, NOW)
    assert claimed(store).message == second.message


def test_a_row_that_is_tried_again_brings_the_others_of_its_letter(store: Store) -> None:
    told(store, "a", "b", "c", "d")
    told(store, "x", watch="other")
    store.deferred(claimed(store), "later", NOW + HOUR)

    count = store.retry([2, 99], NOW + timedelta(minutes=1))

    assert count == 4
    assert names(claimed(store, NOW + timedelta(minutes=1))) == ["a", "b", "c", "d"]


def test_what_was_sent_is_not_tried_again(store: Store) -> None:
    told(store, "a")
    store.sent(claimed(store), NOW)

    assert store.retry([1], NOW) == 0
    assert store.drop([1]) == 0
    assert len(store.outbox(sent=True)) == 1


def test_dropped_rows_are_gone_for_good(store: Store, url: str) -> None:
    told(store, "a", "b", "c", "d")
    letter = claimed(store)
    store.deferred(letter, "later", NOW)

    some = store.drop([1, 2])
    left = letters(url)
    again = claimed(store)
    rest = store.drop([3, 4])

    assert (some, left, names(again), rest) == (2, [letter.message.id], ["c", "d"], 2)
    assert again.message == letter.message
    assert letters(url) == []
    assert store.outbox(sent=True) == []
    assert store.retry(None, NOW) == 0


@pytest.mark.parametrize("end", ["sent", "dropped"])
def test_what_was_sent_or_dropped_is_not_told_by_another_watch(store: Store, end: str) -> None:
    told(store, "a")
    if end == "sent":
        store.sent(claimed(store), NOW)
    else:
        store.drop([1])

    told(store, "a", watch="other")

    assert store.outbox() == []


def test_what_was_dropped_while_it_was_sent_was_sent(store: Store) -> None:
    told(store, "a")
    letter = claimed(store)
    store.drop([1])

    store.sent(letter, NOW)

    assert [row.sent_at for row in store.outbox(sent=True)] == [NOW]


def both(store: Store) -> None:
    """Two watches list one release."""
    told(store, "a")
    told(store, "a", watch="other")


def states(store: Store) -> dict[str, tuple[str, str]]:
    return {row.watch: (row.state, row.error) for row in store.about("urn:uuid:a")}


def test_what_two_watches_list_is_told_once_by_the_first(store: Store) -> None:
    both(store)
    letter = claimed(store)

    beside = claim(store)
    store.sent(letter, NOW)

    assert (letter.message.watch, beside, claim(store)) == ("press", None, None)
    assert states(store) == {"press": ("sent", ""), "other": ("void", "told by press")}
    assert store.outbox() == []


@pytest.mark.parametrize("trouble", ["forgotten", "muted", "deleted", "unwritten"])
def test_what_becomes_of_one_watch_takes_no_news_of_another(store: Store, trouble: str) -> None:
    look(store, found(new("a")), tell=tells("a"))
    told(store, "a", watch="other")
    if trouble == "forgotten":
        store.forget("press")
    elif trouble == "muted":
        store.mute(ME, "press", True, NOW)
    elif trouble == "deleted":
        store.deleted("press", ["urn:uuid:a"])

    letter = claimed(store)
    store.sent(letter, NOW)
    publish(store)

    assert letter.message.watch == "other"
    assert claim(store) is None


def test_who_is_muted_at_an_address_stays_so_when_the_target_has_another_name(store: Store) -> None:
    told(store, "a")
    store.mute(ME, "press", True, NOW)

    told(store, "b", to="team me@example.org")
    told(store, "c", to="team you@example.org")
    told(store, "d", to="team")

    assert [row.recipient for row in store.outbox()] == ["team you@example.org", "team"]
    store.mute("team me@example.org", "press", False, NOW)
    assert store.muted() == []


def test_what_waits_for_one_who_is_muted_is_told_by_no_target(store: Store) -> None:
    for to in (ME, "team me@example.org", "team", "team some@example.org"):
        told(store, "a", to=to)

    store.mute(ME, "press", True, NOW)

    assert [row.recipient for row in store.outbox()] == ["team", "team some@example.org"]


def test_what_is_not_told_of_one_watch_says_why(store: Store) -> None:
    both(store)
    store.mute(ME, "press", True, NOW)
    store.deleted("other", ["urn:uuid:a"])

    assert claim(store) is None
    assert states(store) == {"press": ("void", "the watch was muted"), "other": ("void", "its record was deleted")}


@pytest.mark.parametrize("trouble", ["forgotten", "muted", "deleted"])
def test_what_is_on_its_way_of_a_watch_that_is_put_away_is_told_by_no_other(store: Store, trouble: str) -> None:
    both(store)
    letter = claimed(store)
    if trouble == "forgotten":
        store.forget("press")
    elif trouble == "muted":
        store.mute(ME, "press", True, NOW)
    else:
        store.deleted("press", ["urn:uuid:a"])

    meanwhile = claim(store, NOW + LEASE - timedelta(microseconds=1))
    store.sent(letter, NOW)

    assert meanwhile is None
    assert claim(store, NOW + LEASE) is None
    assert states(store) == {"press": ("sent", ""), "other": ("void", "told by press")}


@pytest.mark.parametrize("end", ["its lease", "deferred", "a new start"])
def test_what_was_not_sent_of_a_watch_that_is_put_away_is_told_by_another(store: Store, end: str) -> None:
    both(store)
    letter = claimed(store)
    store.mute(ME, "press", True, NOW)
    if end == "deferred":
        store.deferred(letter, "451", NOW + HOUR)
    elif end == "a new start":
        store.free_leases()

    told_later = claimed(store, NOW + LEASE if end == "its lease" else NOW)

    assert told_later.message.watch == "other"


def test_a_letter_that_is_tried_again_holds_back_the_same_news_of_another_watch(store: Store) -> None:
    both(store)
    store.deferred(claimed(store), "451", NOW + HOUR)

    beside = claim(store)
    again = claimed(store, NOW + HOUR, compose=never)

    assert beside is None
    assert again.message.watch == "press"


def test_what_was_refused_of_one_watch_is_tried_by_the_other_and_then_done_with(store: Store) -> None:
    both(store)
    store.rejected(claimed(store), "552 too large")

    letter = claimed(store)
    store.sent(letter, NOW)

    assert letter.message.watch == "other"
    assert states(store) == {"press": ("void", "told by other"), "other": ("sent", "")}
    assert store.retry(None, NOW) == 0


@pytest.mark.parametrize(("days", "telling"), [(6, []), (8, ["other"])])
def test_an_edit_that_another_watch_told_is_news_again_after_a_week(
    store: Store, days: int, telling: list[str]
) -> None:
    store.adopt("press", [seen("a-r1")])
    store.adopt("other", [seen("a-r1")])
    edit = [(ME, "urn:uuid:a/edit/3f9c", "urn:uuid:a-r1")]
    look(store, found(), tell=edit)
    store.sent(claimed(store), NOW)

    later = NOW + timedelta(days=days)
    look(store, found(), watch="other", now=later, tell=edit)

    letter = claim(store, later)
    assert [letter.message.watch for letter in [letter] if letter] == telling


def test_what_its_owner_drops_is_told_by_no_watch(store: Store) -> None:
    both(store)
    told(store, "b")

    assert store.drop([1]) == 1

    assert names(claimed(store)) == ["b"]
    assert {state for state, _ in states(store).values()} == {"dropped"}
    told(store, "a", watch="third")
    assert states(store)["third"][0] == "void"


def test_a_letter_that_was_sent_after_its_watch_was_forgotten_is_remembered(store: Store, url: str) -> None:
    told(store, "a")
    letter = claimed(store)
    store.forget("press")

    store.deferred(letter, "later", NOW)
    store.sent(letter, NOW)

    assert [row.sent_at for row in store.outbox(sent=True)] == [NOW]
    assert letters(url) == []


def test_what_waits_when_its_watch_is_forgotten_leaves_nothing(store: Store, url: str) -> None:
    told(store, "a")
    store.deferred(claimed(store), "later", NOW)

    store.forget("press")

    assert not any(dump(url).values())


def test_a_dead_process_leaves_no_lease_behind(store: Store) -> None:
    told(store, "a")
    first = claimed(store)

    store.free_leases()

    assert claimed(store, compose=never) == first


def test_a_time_that_was_stored_before_the_clock_was_set_back_counts_as_due(store: Store) -> None:
    told(store, "a")
    look(store, found(new("b")), now=NOW + timedelta(days=9), tell=tells("b"))
    publish(store)
    store.deferred(claimed(store), "later", NOW + timedelta(days=9))

    first = claimed(store)
    store.sent(first, NOW)

    assert (names(first), names(claimed(store))) == (["a"], ["b"])


def test_a_letter_that_cannot_be_composed_claims_nothing(store: Store, url: str) -> None:
    told(store, "a")
    before = dump(url)

    with pytest.raises(AssertionError, match="composed twice"):
        store.claim(ME, NOW, lease=LEASE, compose=never)

    assert dump(url) == before
    assert names(claimed(store)) == ["a"]


def test_claims_at_the_same_moment_never_share_a_row_nor_a_pair(store: Store, url: str) -> None:
    for watch in ("one", "two", "three"):
        told(store, *[f"{watch}{number}" for number in range(3)], watch=watch)
    told(store, *[f"many{number}" for number in range(9)], watch="many")
    other = open_store(url)

    def slow(recipient: str, rows: list[tuple[Delivery, Seen | Notice | None]]) -> Message:
        threading.Event().wait(0.01)  # long enough for the others to look for rows meanwhile
        return letter_of(recipient, rows)

    def take(number: int) -> Letter | None:
        return (store if number % 2 else other).claim(ME, NOW, lease=LEASE, compose=slow)

    taken = together(*[lambda number=number: take(number) for number in range(10)])

    other.close()
    claims = [letter for letter in taken if letter]
    assert Counter(letter.message.watch for letter in claims) == {"one": 1, "two": 1, "three": 1, "many": 1}
    assert sorted(len(letter.deliveries) for letter in claims) == [1, 1, 1, 9]


def test_a_letter_whose_lease_ran_out_goes_to_one_of_many(store: Store, url: str) -> None:
    told(store, "a")
    first = claimed(store)
    other = open_store(url)

    def take(number: int) -> Letter | None:
        return (store if number % 2 else other).claim(ME, NOW + LEASE, lease=LEASE, compose=never)

    taken = together(*[lambda number=number: take(number) for number in range(8)])

    other.close()
    assert [letter for letter in taken if letter] == [first]


def test_everybody_is_told_everything_once_by_many_at_a_time(store: Store, url: str) -> None:
    recipients, watches, done = ["ann", "bob"], ["w1", "w2", "w3"], list[str]()
    other = open_store(url)

    def produce(watch: str) -> Counter[str]:
        for batch in range(4):
            fresh = [f"{watch}.{batch}.{number}" for number in range(1 + 2 * batch)]
            store.adopt(watch, map(seen, fresh))
            look(store, found(), watch=watch, tell=[row for to in recipients for row in tells(*fresh, to=to)])
        done.append(watch)
        return Counter()

    def deliver(mine: Store) -> Counter[str]:
        told = Counter[str]()
        while len(done) < len(watches):
            told += deliver_all(mine)
            threading.Event().wait(0.01)
        return told + deliver_all(mine)

    def deliver_all(mine: Store) -> Counter[str]:
        told = Counter[str]()
        for to in recipients:
            while letter := mine.claim(to, NOW, lease=LEASE, compose=letter_of):
                mine.sent(letter, NOW)
                told.update(f"{row.recipient} {row.event}" for row in letter.deliveries)
        return told

    told = together(
        *[partial(produce, watch) for watch in watches], *[partial(deliver, mine) for mine in (store, other)]
    )

    other.close()
    assert sum(told, Counter()) == Counter([f"{row.recipient} {row.event}" for row in store.outbox(sent=True)])
    assert sum(told, Counter()).total() == 2 * 3 * (1 + 3 + 5 + 7)


HUB = "WebSub https://hub.example/"
FEED = "feed/https://watch.example/feeds/press.xml"


def test_a_hub_is_told_of_a_state_once_however_often_it_is_asked_for(store: Store) -> None:
    for _ in range(2):
        store.ping("press", [(HUB, f"{FEED}/1"), (HUB, f"{FEED}/1")], NOW)
    store.sent(claimed(store, to=HUB), NOW)

    store.ping("press", [(HUB, f"{FEED}/1")], NOW)

    assert store.waiting(NOW) == []
    assert len(store.outbox(sent=True)) == 1


def test_a_ping_that_waits_is_about_the_newest_state_and_keeps_its_delay(store: Store) -> None:
    store.ping("press", [(HUB, f"{FEED}/1"), (HUB, f"{FEED[:-3]}json/1")], NOW)
    store.deferred(claimed(store, to=HUB), "503", NOW + HOUR)

    store.ping("press", [(HUB, f"{FEED}/2")], NOW)

    [row] = [row for row in store.outbox() if row.event.startswith(FEED)]
    assert (row.event, row.attempts, row.due_at, row.error) == (f"{FEED}/2", 1, NOW + HOUR, "503")
    assert len(store.outbox()) == 2


def test_a_ping_on_its_way_does_not_stand_for_a_later_state(store: Store) -> None:
    store.ping("press", [(HUB, f"{FEED}/1")], NOW)
    letter = claimed(store, to=HUB)

    store.ping("press", [(HUB, f"{FEED}/2")], NOW)
    store.sent(letter, NOW)

    assert [delivery.event for delivery in claimed(store, to=HUB).deliveries] == [f"{FEED}/2"]


def test_of_pings_that_are_over_only_the_last_is_kept(store: Store, url: str) -> None:
    for n in range(3):
        store.ping("press", [(HUB, f"{FEED}/{n}")], NOW)
        store.rejected(claimed(store, to=HUB), "400")

    assert [(row.event, row.dead) for row in store.outbox(sent=True)] == [(f"{FEED}/2", True)]
    assert len(letters(url)) == 1


def test_what_is_held_back_waits_for_its_owners_word_and_is_then_sent_under_the_id_that_it_had(store: Store) -> None:
    look(store, found(new("a"), new("b")), tell=tells("a", "b"))
    publish(store)
    begun = claimed(store)

    assert store.hold_back("it may have been sent") == 2

    assert claim(store, NOW + 2 * LEASE) is None
    assert [(row.dead, row.error) for row in store.outbox()] == [(True, "it may have been sent")] * 2
    assert store.retry(None, NOW) == 2
    assert claimed(store).message == begun.message
