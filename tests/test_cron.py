"""Cron expressions, as crontab(5) means them, and through changes of the clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher import times
from watcher.times import cron

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]


def fires(text: str, start: str, zone: str = "UTC") -> Iterator[str]:
    """What clocks in the zone show, one time after the other."""
    here = ZoneInfo(zone)
    moment = datetime.fromisoformat(start).replace(tzinfo=here).astimezone(UTC)
    while True:
        moment = cron.following(cron.parse(text), moment, here)
        yield moment.astimezone(here).isoformat(sep=" ", timespec="minutes")


def days(text: str, start: str, number: int, zone: str = "UTC") -> list[str]:
    return [shown[:16] for shown in islice(fires(text, start, zone), number)]


def test_weekdays_by_name_in_the_watchs_zone() -> None:
    # A Friday.
    assert list(islice(fires("30 8 * * mon-fri", "2026-11-20 08:30", "Europe/Berlin"), 2)) == [
        "2026-11-23 08:30+01:00",
        "2026-11-24 08:30+01:00",
    ]


@pytest.mark.parametrize("sunday", ["0", "7", "sun", "SUN", "7-7"])
def test_sunday_is_0_and_7(sunday: str) -> None:
    assert days(f"0 9 * * {sunday}", "2026-11-22 12:00", 2) == ["2026-11-29 09:00", "2026-12-06 09:00"]


@pytest.mark.parametrize(
    ("weekdays", "meant"),
    [
        ("1-5", (1, 2, 3, 4, 5)),
        ("fri-sun", (0, 5, 6)),
        ("5-7", (0, 5, 6)),
        ("*/2", (0, 2, 4, 6)),
        ("0-6/3", (0, 3, 6)),
        ("mon,3,sat", (1, 3, 6)),
    ],
)
def test_weekdays_are_counted_from_sunday(weekdays: str, meant: tuple[int, ...]) -> None:
    assert cron.parse(f"0 0 * * {weekdays}").weekdays == meant


def test_days_of_the_month_and_of_the_week_are_ored_where_both_are_restricted() -> None:
    assert days("0 9 13 * fri", "2026-11-27 12:00", 3) == ["2026-12-04 09:00", "2026-12-11 09:00", "2026-12-13 09:00"]


def test_they_are_anded_where_one_begins_with_a_star() -> None:
    assert days("0 9 */2 * fri", "2026-11-22 12:00", 2) == ["2026-11-27 09:00", "2026-12-11 09:00"]


def test_lists_ranges_and_steps() -> None:
    read = cron.parse("5,10-12 8-20/4 1,15 jan,jun-aug *")

    assert (read.minutes, read.hours, read.days) == ((5, 10, 11, 12), (8, 12, 16, 20), (1, 15))
    assert read.months == (1, 6, 7, 8)


@pytest.mark.parametrize(
    ("name", "meant"), [("@daily", "0 0 * * *"), ("@Weekly", "0 0 * * sun"), ("@yearly", "0 0 1 1 *")]
)
def test_names_stand_for_expressions(name: str, meant: str) -> None:
    assert cron.parse(name) == cron.parse(meant)


def test_a_leap_day_comes_every_four_years_and_not_in_2100() -> None:
    assert days("0 12 29 2 *", "2095-01-01 00:00", 2) == ["2096-02-29 12:00", "2104-02-29 12:00"]


def test_the_31st_is_left_out_where_there_is_none() -> None:
    assert days("0 0 31 * *", "2026-03-31 00:00", 2) == ["2026-05-31 00:00", "2026-07-31 00:00"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("30 8 * *", "has 4 fields"),
        ("60 * * * *", "60 is no minute; that is 0 to 59"),
        ("0 24 * * *", "24 is no hour"),
        ("0 0 0 * *", "0 is no day of the month"),
        ("0 0 * 13 *", "13 is no month"),
        ("0 0 * * 8", "8 is no day of the week"),
        ("0 0 * * monday", "monday is no day of the week"),
        ("0 0 ? * *", '"?" is no day of the month'),
        ("*/0 * * * *", "a step of 0"),
        ("5/10 * * * *", "write 5-59/10"),
        ("0 22-2 * * *", "write 22-23,0-2"),
        ("0 0 31 2,4 *", "no such month has 31 days"),
        ("@reboot", "has 1 fields"),
        ("", "has 0 fields"),
    ],
)
def test_what_is_no_cron_expression_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        cron.parse(text)

    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("zone", "text", "start", "shown"),
    [
        (
            "Europe/Berlin",
            "30 2 * * *",
            "2026-10-24 03:00",
            ["2026-10-25 02:30+02:00", "2026-10-26 02:30+01:00"],
        ),
        (
            "America/New_York",
            "30 1 * * *",
            "2026-10-31 02:00",
            ["2026-11-01 01:30-04:00", "2026-11-02 01:30-05:00"],
        ),
        (
            "Australia/Lord_Howe",
            "45 1 * * *",
            "2026-04-04 02:00",
            ["2026-04-05 01:45+11:00", "2026-04-06 01:45+10:30"],
        ),
    ],
)
def test_a_daily_time_that_comes_twice_in_autumn_counts_once(
    zone: str, text: str, start: str, shown: list[str]
) -> None:
    assert list(islice(fires(text, start, zone), 2)) == shown


@pytest.mark.parametrize(
    ("zone", "text", "start", "shown"),
    [
        (
            "Europe/Berlin",
            "30 2 * * *",
            "2026-03-28 03:00",
            ["2026-03-29 03:00+02:00", "2026-03-30 02:30+02:00"],
        ),
        (
            "Australia/Lord_Howe",
            "15 2 * * *",
            "2026-10-03 03:00",
            ["2026-10-04 02:30+11:00", "2026-10-05 02:15+11:00"],
        ),
        (
            "Pacific/Apia",  # went over the date line: there was no 30 December
            "30 8 * * *",
            "2011-12-29 09:00",
            ["2011-12-31 00:00+14:00", "2011-12-31 08:30+14:00"],
        ),
    ],
)
def test_a_daily_time_that_is_skipped_in_spring_comes_when_the_clocks_are_put_forward(
    zone: str, text: str, start: str, shown: list[str]
) -> None:
    assert list(islice(fires(text, start, zone), 2)) == shown


def test_what_goes_by_the_hour_goes_on_in_the_hour_that_comes_again() -> None:
    assert list(islice(fires("*/30 * * * *", "2026-11-01 00:50", "America/New_York"), 5)) == [
        "2026-11-01 01:00-04:00",
        "2026-11-01 01:30-04:00",
        "2026-11-01 01:00-05:00",
        "2026-11-01 01:30-05:00",
        "2026-11-01 02:00-05:00",
    ]


moments = st.integers(0, 5 * 365 * 86400).map(lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=n))


@given(moments, st.sampled_from(ZONES), st.sampled_from([5, 10, 15, 30]))
def test_what_goes_by_the_hour_never_pauses_for_longer(moment: datetime, zone: str, minutes: int) -> None:
    here, expression = ZoneInfo(zone), cron.parse(f"*/{minutes} * * * *")

    at = cron.following(expression, moment, here)

    assert moment < at <= moment + timedelta(minutes=minutes)


@given(moments, st.sampled_from(ZONES), st.integers(0, 23), st.integers(0, 59))
def test_a_daily_time_comes_once_on_each_day(start: datetime, zone: str, hour: int, minute: int) -> None:
    here, expression = ZoneInfo(zone), cron.parse(f"{minute} {hour} * * *")
    moments = [start]
    for _ in range(3):
        moments.append(cron.following(expression, moments[-1], here))

    shown = [moment.astimezone(here).date() for moment in moments[1:]]

    assert [later - earlier for earlier, later in pairwise(shown)] == [timedelta(days=1)] * 2


@given(moments, st.sampled_from(ZONES))
def test_the_moment_at_which_a_clock_shows_a_time_is_the_first(wall: datetime, zone: str) -> None:
    here, shown = ZoneInfo(zone), wall.replace(tzinfo=None, microsecond=0)

    at = times.reached(shown, here)

    assert at.astimezone(here).replace(tzinfo=None) >= shown
    before = at - timedelta(seconds=1)
    assert before.astimezone(here).replace(tzinfo=None) < shown
