from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import lists, sampled_from

from tests.fakes import NOW, PAGE, Memory, item, undated
from watcher.diff import fenced, patched, told, unified
from watcher.model import Item

LIST = [item(n) for n in range(20, 10, -1)]


def known(**settings: object) -> Memory:
    memory = Memory(**settings)
    memory.look(LIST)
    return memory


def kinds(memory: Memory, page: list[Item]) -> list[str]:
    return [change.kind for change in memory.look(page).changes]


def test_the_first_look_records_everything_and_tells_nothing() -> None:
    memory = Memory()

    verdict = memory.look(LIST)

    assert [change.kind for change in verdict.changes] == ["stock"] * 10
    assert not any(change.event for change in verdict.changes)


def test_a_first_look_that_alerts_tells_everything() -> None:
    assert len(Memory(first_run="alert").told(LIST)) == 10


def test_what_is_new_is_told_once() -> None:
    memory = known()
    fresh = item(21)

    assert memory.told([fresh, *LIST[:-1]]) == [fresh.title]
    assert memory.told([fresh, *LIST[:-1]]) == []


def test_reordering_is_no_news() -> None:
    assert kinds(known(), LIST[::-1]) == []


def test_an_item_pushed_to_the_next_page_and_back_is_no_news() -> None:
    memory = known()
    memory.look([item(21), *LIST[:-1]])

    assert kinds(memory, LIST) == []


def test_an_old_release_that_slides_up_from_the_next_page_is_recorded_and_not_told() -> None:
    memory = known()

    verdict = memory.look([*LIST[:3], *LIST[4:], item(10)])

    assert [change.kind for change in verdict.changes] == ["stock"]


def test_one_of_the_oldest_day_that_slides_up_is_not_told() -> None:
    memory = known()
    same_day = item(99, "Another of the Same Day", day=LIST[-1].published)

    assert kinds(memory, [*LIST[1:], same_day]) == ["stock"]


def test_an_undated_one_that_slides_up_is_not_told_and_a_new_one_on_top_is() -> None:
    memory = Memory()
    page = [undated(each) for each in LIST]
    memory.look(page)

    below, above = undated(item(10)), undated(item(21))

    assert memory.told([*page[:3], *page[4:], below]) == []
    assert memory.told([above, *page[:3], *page[4:], below]) == [above.title]


def test_an_undated_item_at_the_end_of_a_list_that_lost_nothing_is_news() -> None:
    memory = Memory()
    page = [undated(each) for each in LIST]
    memory.look(page)

    appended = undated(item(21))

    assert memory.told([*page, appended]) == [appended.title]


def test_an_old_release_that_is_promoted_is_not_told() -> None:
    memory = known()

    assert memory.told([item(3), *LIST[:-1]]) == []


def test_a_late_find_after_the_baseline_is_told_with_its_date_and_surfaces_now() -> None:
    memory = known()
    memory.look([item(30), *LIST[:-1]])

    late = item(25, "Found Late")
    verdict = memory.look([item(30), late, *LIST[:-2]])

    (change,) = verdict.changes
    assert change.event
    assert change.seen.item.published == date(2026, 10, 26)
    assert change.seen.revised_at == change.seen.first_seen == NOW + timedelta(hours=1)


def test_over_half_of_a_list_unknown_is_held() -> None:
    memory = known()
    strange = [item(n, f"Strange {n}", link=f"https://else.example.org/{n}") for n in range(50, 40, -1)]

    verdict = memory.look(strange)

    assert {change.kind for change in verdict.changes} == {"held"}
    assert verdict.held_why == "10 of 10 items are unknown"
    assert not any(change.event for change in verdict.changes)


def test_more_than_flood_at_once_is_held_however_long_the_list() -> None:
    memory = Memory(flood=3)
    memory.look([item(n) for n in range(90, 20, -1)])

    fresh = [item(n, link=f"https://else.example.org/{n}") for n in range(94, 90, -1)]
    verdict = memory.look([*[item(n) for n in range(90, 20, -1)], *fresh])

    assert [change.kind for change in verdict.changes] == ["held"] * 4


def test_a_backlog_above_a_known_item_is_told_however_long() -> None:
    memory = known()
    fresh = [item(n) for n in range(50, 20, -1)]

    assert len(memory.told([*fresh, LIST[0]])) == 30


def test_two_new_items_in_a_list_of_three_are_told() -> None:
    memory = Memory()
    memory.look([item(1)])

    assert len(memory.told([item(3), item(2), item(1)])) == 2


def test_undated_items_of_a_batch_keep_their_order_by_seconds() -> None:
    memory = Memory()

    verdict = memory.look([undated(each) for each in LIST])

    assert [change.seen.first_seen for change in verdict.changes] == [NOW - timedelta(seconds=n) for n in range(10)]


def test_the_baseline_stands_where_its_dates_put_it() -> None:
    memory = known()

    stands = [memory.seen[id_].revised_at.date() for id_ in memory.known.listed]

    assert stands == [each.published for each in LIST]


def test_an_edit_is_stored_and_tells_nobody() -> None:
    memory = known()

    (change,) = memory.look([replace(LIST[0], title="Corrected"), *LIST[1:]]).changes

    assert (change.kind, change.event) == ("edited", "")
    assert change.seen.revision == 1
    assert change.seen.revised_at == NOW + timedelta(minutes=30)
    assert change.note.splitlines()[1:3] == [f"-{LIST[0].title}", "+Corrected"]


def test_an_edit_that_is_told_is_an_item_of_its_own() -> None:
    memory = known(on_edit="entry")

    revision, base = memory.look([replace(LIST[0], title="Corrected"), *LIST[1:]]).changes

    assert revision.event.startswith(f"{base.seen.id}/edit/")
    assert revision.seen.id != base.seen.id
    assert revision.seen.item.title == "[Edited] Corrected"
    assert revision.seen.path == "2026-11-22-jy0020-r1.md"
    assert "+Corrected" in revision.seen.item.body
    assert memory.look([replace(LIST[0], title="Corrected"), *LIST[1:]]).changes == ()


def test_an_edit_is_called_by_its_forms_whatever_its_number() -> None:
    early, late = known(on_edit="entry"), known(on_edit="entry")
    early.look([replace(LIST[0], title="One"), *LIST[1:]])
    early.look(LIST)

    edits = [memory.look([replace(LIST[0], title="Two"), *LIST[1:]]).changes[0] for memory in (early, late)]

    assert [change.seen.item.key for change in edits] == ["r3", "r1"]
    assert edits[0].event == edits[1].event


def test_an_ignored_edit_changes_nothing() -> None:
    assert kinds(known(on_edit="ignore"), [replace(LIST[0], title="Corrected"), *LIST[1:]]) == []


def test_a_date_learnt_later_is_stored_and_moves_nothing() -> None:
    memory = Memory()
    memory.look([undated(each) for each in LIST])
    before = memory.seen[memory.known.listed[0]]

    changes = memory.look(LIST).changes

    assert {change.kind for change in changes} == {"touched"}
    after = memory.seen[memory.known.listed[0]]
    assert after.item.published == LIST[0].published
    assert (after.path, after.digest, after.revised_at) == (before.path, before.digest, before.revised_at)


def test_a_changed_rule_takes_what_it_sees_as_known() -> None:
    memory = known()

    page = [replace(each, title=each.title.upper(), summary="now with a summary") for each in [item(21), *LIST]]
    changes = memory.look(page, baseline=True).changes

    assert [change.kind for change in changes] == ["stock"] + ["touched"] * 10
    assert not any(change.event for change in changes)
    assert memory.look(page).changes == ()


def test_a_fence_outgrows_the_backticks_it_holds() -> None:
    assert fenced("````") == "`````diff\n````\n`````"


def test_a_unified_diff_has_literal_signs() -> None:
    was, now = replace(LIST[0], body="one\ntwo"), replace(LIST[0], body="one\nthree")

    assert unified(was, now).splitlines()[-2:] == ["-two", "+three"]


_TEXTS = lists(sampled_from(["one", "two", "", "```", "@@ -1 +1 @@", "-three", "+four", " five"]), max_size=12).map(
    "\n".join
)


@given(_TEXTS, _TEXTS)
def test_the_diff_of_an_edit_makes_the_later_form_of_the_earlier(before: str, after: str) -> None:
    was, now = (Item(link=PAGE, title="Rates", body=body) for body in (before, after))

    again = patched(told(was), fenced(unified(was, now)))

    assert again == (told(now) if told(was) != told(now) else None)


@pytest.mark.parametrize(
    "text", ["", "Mine.", "```diff\nMine.\n@@ -1 +1 @@\n-Rates\n+Rate\n```", "```diff\n@@ -1 +1 @@\n-Rate\n+Rates\n```"]
)
def test_what_is_no_edit_of_these_lines_makes_nothing_of_them(text: str) -> None:
    assert patched(["Rates", "one"], text) is None


def test_a_date_that_systems_say_who_have_none_does_not_make_news_old() -> None:
    memory = known()
    fresh = item(21, day=date(1970, 1, 1))

    assert memory.told([fresh, *LIST[:-1]]) == [fresh.title]


def _popular(count: int) -> list[Item]:
    """Another list: undated links of a side column."""
    return [
        replace(undated(item(200 + n)), link=f"https://press.example.org/blog/s{n}", title=f"Story {'abcdef'[n] * 5}")
        for n in range(count)
    ]


@pytest.mark.parametrize("count", [2, 6])
def test_a_foreign_list_in_place_of_a_known_one_tells_nothing_and_is_not_the_list_from_then_on(count: int) -> None:
    memory = Memory()
    memory.look(LIST)

    told = memory.told(_popular(count))
    listed = memory.known.listed

    assert told == []
    assert len(listed) == len(LIST)
    assert memory.told([item(40, "Back Again"), *LIST[:-1]]) == ["Back Again"]


def test_a_list_that_counts_its_items_as_another_did_does_not_take_their_place() -> None:
    railways = [
        replace(item(n), link=f"{PAGE}/{n}", title=f"Railway story {'abcdefghij'[n] * 4}") for n in range(9, 0, -1)
    ]
    recipes = [
        replace(item(n), link=f"https://press.example.org/blog/{n}", title=f"Cooking recipe {'klmnopqrst'[n] * 4}")
        for n in range(9, 0, -1)
    ]
    memory = Memory()
    memory.look(railways)

    changes = memory.look(recipes).changes

    assert {change.kind for change in changes} == {"held"}


def test_a_teaser_whose_address_says_how_the_reader_came_is_the_item_itself() -> None:
    memory = Memory()
    memory.look(LIST)
    new = item(40, "Bridge Opens")
    teaser = replace(new, link=f"{new.link}?ref=teaser")

    first = memory.told([teaser, new, *LIST[:-1]])
    known = memory.told([replace(LIST[0], link=f"{LIST[0].link}?ref=teaser"), new, *LIST[:-1]])

    assert (first, known) == (["Bridge Opens"], [])


def test_dates_ahead_in_the_baseline_make_nothing_of_today_old() -> None:
    memory = Memory()
    memory.look([replace(each, published=date(2029, 1, 1)) for each in LIST])

    told = memory.told([item(40, "Bridge Opens", day=NOW.date()), *LIST[:-1]])

    assert told == ["Bridge Opens"]


def test_an_undated_list_that_grows_at_its_end_tells_what_comes_there() -> None:
    memory = Memory()
    memory.look([undated(item(n)) for n in range(10)])

    told = memory.told([undated(item(n)) for n in range(2, 12)])

    assert len(told) == 2
