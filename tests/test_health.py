"""When a watch itself is news."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.fakes import PAGE, item, watch
from watcher.health import notices, quiet, settled
from watcher.model import MOVES, Change, Failed, Found, Known, Notice, Outcome, Response, Seen, Unchanged

NINE = datetime(2026, 11, 22, 9, 10, tzinfo=UTC)
HALF, HOUR, DAY = timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)
SERVER_ERROR = Failed(error=f"{PAGE}: 500 Internal Server Error", hint="wait", status=500)


class Patient:
    """A watch that is looked at again and again: it remembers what a store would, and keeps each event once."""

    def __init__(self) -> None:
        self.known = Known(name="press", version=1, checked_at=NINE - DAY, health="ok", since=NINE - DAY)
        self.now = NINE - HALF
        self.kept: list[Notice] = []

    def look(self, outcome: Outcome, after: timedelta = HALF, **settings: Any) -> list[str]:
        """The titles of what this look tells."""
        self.now += after
        failures = self.known.failures + 1 if isinstance(outcome, Failed) else 0
        outcome = settled(self.known, outcome, self.now)
        found = notices(watch(**settings), self.known, outcome, failures, self.now)
        there = {each.event for each in self.kept}
        fresh = [each for each in found if each.event not in there and (not each.after or each.after in there)]
        self.kept += fresh
        health = outcome.health if isinstance(outcome, Failed) else "ok"
        self.final = isinstance(outcome, Failed) and outcome.final
        stays = health == self.known.health or (failures > 1)
        since = self.known.since if stays else self.now
        error = outcome.error if isinstance(outcome, Failed) else ""
        self.known = replace(self.known, failures=failures, health=health, since=since, error=error)
        if not isinstance(outcome, Failed):
            to = outcome.response.moved_to
            moves = self.known.moves + 1 if to == self.known.moved_to else 1
            self.known = replace(self.known, moved_to=to, moves=min(moves, MOVES))
        return [each.title for each in fresh]


@pytest.fixture
def patient() -> Patient:
    return Patient()


def found(*changes: Change, **more: Any) -> Found:
    return Found(response=Response(url=PAGE, **more), changes=changes)


def change(n: int, kind: Any = "new") -> Change:
    one = item(n)
    seen = Seen(id=f"urn:{n}", item=one, digest="", slug=str(n), seq=n, first_seen=NINE, revised_at=NINE)
    return Change(kind=kind, seen=seen)


# Failing


def test_the_third_failure_in_a_row_is_told_and_no_other(patient: Patient) -> None:
    told = [patient.look(SERVER_ERROR) for _ in range(8)]

    assert told == [[], [], ["press has failed since 09:10 (500)"], [], [], [], [], []]
    assert patient.kept[0].text == (
        f"{PAGE}\n{PAGE}: 500 Internal Server Error\nwait\n"
        "What is known is kept, and it is tried again: watcher show press"
    )


def test_a_failure_that_lasts_six_hours_is_told_though_it_is_the_second(patient: Patient) -> None:
    assert patient.look(SERVER_ERROR) == []
    assert patient.look(SERVER_ERROR, 6 * HOUR - timedelta(seconds=1)) == []

    other = Patient()
    assert other.look(SERVER_ERROR) == []
    assert other.look(SERVER_ERROR, 6 * HOUR) == ["press has failed since 09:10 (500)"]


def test_two_failures_and_a_success_are_told_to_nobody(patient: Patient) -> None:
    outcomes: list[Outcome] = [SERVER_ERROR, SERVER_ERROR, found()]

    told = [patient.look(each) for each in outcomes * 5]

    assert told == [[]] * 15


GONE = Failed(error="410 Gone from press.example.org", health="gone", status=410)


def test_a_page_that_says_again_after_an_hour_that_it_is_gone_is_believed_and_told(patient: Patient) -> None:
    assert patient.look(GONE) == []
    assert patient.look(GONE, HOUR - timedelta(seconds=1)) == []
    assert not patient.final

    assert patient.look(GONE, timedelta(seconds=1)) == ["press is gone, and is not looked at any more (410)"]
    assert patient.final
    assert patient.kept[-1].text.endswith("\nTo ask once more: watcher resume press")


@pytest.mark.parametrize("other", [SERVER_ERROR, Found(response=Response(url=PAGE))])
def test_a_page_that_was_gone_once_and_then_is_not_is_asked_again(patient: Patient, other: Outcome) -> None:
    for outcome in (GONE, other, GONE, other):
        patient.look(outcome, 2 * HOUR)
        assert not patient.final


@pytest.mark.parametrize(
    ("health", "title"),
    [
        ("failing", "press has failed since 09:10"),
        ("blocked", "press has been blocked since 09:10"),
        ("broken", "press has found nothing since 09:10"),
    ],
)
def test_the_title_says_what_kind_of_trouble_it_is(health: Any, title: str, patient: Patient) -> None:
    told = [patient.look(Failed(error="trouble", health=health)) for _ in range(3)]

    assert told[2] == [title]


def test_the_beginning_is_in_the_watchs_zone_with_its_day_where_that_is_another(patient: Patient) -> None:
    for _ in range(2):
        patient.look(SERVER_ERROR, zone=ZoneInfo("America/New_York"))

    [title] = patient.look(SERVER_ERROR, 20 * HOUR, zone=ZoneInfo("America/New_York"))

    assert title == "press has failed since 2026-11-22 04:10 (500)"


def test_trouble_that_changes_its_face_keeps_its_beginning_and_is_one_event(patient: Patient) -> None:
    faces: list[Any] = ["failing", "blocked", "broken", "blocked", "failing"]

    told = [patient.look(Failed(error=face, health=face)) for face in faces]

    assert told == [[], [], ["press has found nothing since 09:10"], [], []]
    assert patient.look(found()) == ["press works again (failed 2 h 30 min)"]


def test_a_reminder_comes_after_a_day_and_after_a_week(patient: Patient) -> None:
    told = [(n, title) for n in range(10 * 24) for title in patient.look(SERVER_ERROR, HOUR)]

    first, day, week = told
    assert (first[0], day[0], week[0]) == (2, 24, 24 * 7)
    assert len({first[1], day[1], week[1]}) == 2  # the reminders name the day as well


def test_where_nobody_looked_for_weeks_one_letter_says_it_all(patient: Patient) -> None:
    for _ in range(3):
        patient.look(SERVER_ERROR)

    assert len(patient.look(SERVER_ERROR, 30 * DAY)) == 1
    assert patient.look(SERVER_ERROR) == []


# Recovery


def test_recovery_is_told_once_and_says_what_came_in_between(patient: Patient) -> None:
    for _ in range(3):
        patient.look(SERVER_ERROR)

    told = [patient.look(each) for each in (found(change(1), change(2), change(3, "stock")), found(), found())]

    assert told == [["press works again (failed 1 h 30 min, 2 items in between)"], [], []]
    assert patient.kept[-1].text == f"{PAGE}\nThe last failure: {SERVER_ERROR.error}"


def test_an_unchanged_page_is_a_recovery_too(patient: Patient) -> None:
    for _ in range(3):
        patient.look(SERVER_ERROR)

    assert patient.look(Unchanged(response=Response(url=PAGE, status=304))) == ["press works again (failed 1 h 30 min)"]


def test_trouble_that_comes_back_is_told_again(patient: Patient) -> None:
    outcomes: list[Outcome] = [SERVER_ERROR, SERVER_ERROR, SERVER_ERROR, found()]

    told = [title for outcome in outcomes * 2 for title in patient.look(outcome)]

    assert told == [
        "press has failed since 09:10 (500)",
        "press works again (failed 1 h 30 min)",
        "press has failed since 11:10 (500)",
        "press works again (failed 1 h 30 min)",
    ]


# Held, moved


def test_a_held_batch_is_told_with_its_titles_and_the_way_out(patient: Patient) -> None:
    batch = replace(found(*[change(n, "held") for n in range(12)]), warnings=("a gap", "held: 12 unknown items"))

    assert patient.look(batch) == ["press holds 12 items back"]
    [notice] = patient.kept
    assert notice.text.startswith(f"{PAGE}\nheld: 12 unknown items\n- {item(0).title}\n")
    assert notice.text.count("\n- ") == 10
    assert "\n… 2 more\n" in notice.text
    assert notice.text.endswith("watcher accept press --as-known")
    assert patient.look(found()) == []


def test_a_permanent_redirect_is_told_when_it_has_led_there_three_times_and_once_for_each_place(
    patient: Patient,
) -> None:
    there, elsewhere = "https://press.example.org/newsroom", "https://other.example.org/news"

    places = [*[there] * 5, *[elsewhere] * 4, *[there] * 4]
    told = [n for n, to in enumerate(places, 1) if patient.look(found(moved_to=to)) == ["press has moved"]]

    assert told == [3, 5 + 3]
    assert there in patient.kept[0].text


@pytest.mark.parametrize("to", ["", PAGE, f"{PAGE}/", PAGE.replace("https:", "http:"), f"{PAGE}?utm_source=x"])
def test_another_way_to_write_the_same_address_is_no_move(to: str, patient: Patient) -> None:
    assert [patient.look(found(moved_to=to)) for _ in range(4)] == [[]] * 4


def test_a_redirect_that_comes_and_goes_is_no_move(patient: Patient) -> None:
    there = "https://press.example.org/newsroom"

    assert [patient.look(found(moved_to=to)) for to in [there, there, ""] * 3] == [[]] * 9


def test_a_move_is_told_by_a_304_as_well(patient: Patient) -> None:
    outcome = Unchanged(response=Response(url=PAGE, status=304, moved_to="https://other.example.org/"))

    assert [patient.look(outcome) for _ in range(3)] == [[], [], ["press has moved"]]


# Quiet


def every(days: int, number: int = 10, last: date = date(2026, 6, 1)) -> list[date]:
    return [last - timedelta(days=days * n) for n in range(number)]


def silent(days: list[date], for_days: int) -> list[Notice]:
    now = datetime(2026, 6, 1, 12, tzinfo=UTC) + timedelta(days=for_days)
    return list(quiet(watch(), days, now))


@pytest.mark.parametrize(("rhythm", "longest"), [(1, 14), (3, 14), (7, 28), (30, 120)])
def test_a_source_is_silent_after_four_of_its_own_pauses_and_two_weeks(rhythm: int, longest: int) -> None:
    assert silent(every(rhythm), longest) == []
    [notice] = silent(every(rhythm), longest + 1)

    assert notice.title == "press has been silent since 2026-06-01"
    assert f"Nothing new for {longest + 1} days; it used to pause for {rhythm} " in notice.text


def test_silence_is_one_event_however_long_it_lasts_and_another_after_news() -> None:
    [first], [later] = silent(every(1), 20), silent(every(1), 200)
    [next_] = silent([date(2026, 7, 1), *every(1)], 200)

    assert first.event == later.event
    assert next_.event != first.event


@pytest.mark.parametrize("days", [[], every(1, 4), [date(2026, 6, 1)] * 20, every(1, 4) * 5])
def test_without_five_days_there_is_no_rhythm(days: list[date]) -> None:
    assert silent(days, 1000) == []


def test_a_source_with_one_long_holiday_is_measured_by_its_usual_pauses() -> None:
    days = [*every(2, 15), *every(2, 15, date(2025, 6, 1))]

    assert len(silent(days, 20)) == 1


def test_a_date_in_the_future_is_no_sign_of_life() -> None:
    [notice] = silent([date(2030, 1, 1), *every(1)], 20)

    assert notice.title.endswith("since 2026-06-01")
