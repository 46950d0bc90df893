"""The hours in which a watch is active."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.times import hours

BERLIN = ZoneInfo("Europe/Berlin")


def current(text: str, at: str) -> list[str]:
    moment = datetime.fromisoformat(at).replace(tzinfo=BERLIN).astimezone(UTC)
    return [each.astimezone(BERLIN).strftime("%a %H:%M") for each in hours.current(hours.parse(text), moment, BERLIN)]


@pytest.mark.parametrize(
    ("text", "at", "shown"),
    [
        ("07:00-19:00", "2026-11-23 06:59", ["Mon 07:00", "Mon 19:00"]),
        ("07:00-19:00", "2026-11-23 12:00", ["Mon 07:00", "Mon 19:00"]),
        ("07:00-19:00", "2026-11-23 19:00", ["Tue 07:00", "Tue 19:00"]),
        ("mon-fri 07:00-19:00", "2026-11-27 19:00", ["Mon 07:00", "Mon 19:00"]),
        ("sat,sun 07:00-24:00", "2026-11-23 12:00", ["Sat 07:00", "Sun 00:00"]),
        ("fri-mon 00:00-00:00", "2026-11-24 00:00", ["Fri 00:00", "Sat 00:00"]),
        ("fri 22:00-06:00", "2026-11-28 05:59", ["Fri 22:00", "Sat 06:00"]),
        ("fri 22:00-06:00", "2026-11-28 06:00", ["Fri 22:00", "Sat 06:00"]),
        ("22:00-06:00", "2026-11-28 05:00", ["Fri 22:00", "Sat 06:00"]),
    ],
)
def test_the_hours_that_a_moment_is_in_or_the_next_ones(text: str, at: str, shown: list[str]) -> None:
    assert current(text, at) == shown


def test_hours_that_the_clocks_skip_are_none() -> None:
    assert current("02:00-03:00", "2026-03-29 01:00") == ["Mon 02:00", "Mon 03:00"]


@pytest.mark.parametrize("text", ["7:00-19:00", "07:00", "monday 07:00-19:00", "mon-fri", "24:00-07:00", "07:00-25:00"])
def test_what_are_no_hours_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="are no hours; write"):
        hours.parse(text)


@given(
    st.integers(0, 5 * 365 * 86400).map(lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=n)),
    st.sampled_from(["07:00-19:00", "mon 22:00-06:00", "sat,wed 02:00-02:30", "00:00-24:00"]),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]),
)
def test_hours_end_after_the_moment_and_come_within_two_weeks(moment: datetime, text: str, zone: str) -> None:
    begin, end = hours.current(hours.parse(text), moment, ZoneInfo(zone))

    assert moment < end
    assert timedelta(0) < end - begin <= timedelta(hours=25)
    assert begin - moment < timedelta(days=14)
