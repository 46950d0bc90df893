"""Who is told of what, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import NOW, item, watch
from watcher.model import Alert, Seen
from watcher.routing import Route, due, next_digest, wants

BERLIN = ZoneInfo("Europe/Berlin")  # clocks go on at 02:00 on 29 March 2026, and back at 03:00 on 25 October
NEW_YORK = ZoneInfo("America/New_York")
NUUK = ZoneInfo("America/Nuuk")  # on 28 March 2026 no clock shows 23:30

FIRST = datetime(2025, 1, 1)  # noqa: DTZ001 (Hypothesis wants its bounds without a zone)
DIGESTS = ["hourly", "daily 00:00", "daily 02:30", "daily 08:00", "weekly mon 08:00", "weekly sat 23:30"]


def alert(name: str = "me", **more: Any) -> Alert:
    settings: dict[str, Any] = {"kind": "email", "recipients": (f"{name} {name}@example.org",), "domain": "example.org"}
    return Alert(name=name, resolve=lambda: None, send=lambda options, message, to: None, **settings | more)


def seen(**more: Any) -> Seen:
    found = item(1, **more)
    return Seen(id="urn:1", item=found, digest="", slug="1", seq=1, first_seen=NOW, revised_at=NOW)


def at(text: str, zone: Any = UTC) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def told(alert: Alert, *, zone: Any = UTC, now: datetime = NOW, **more: Any) -> list[tuple[str, datetime]]:
    rows = Route(watch=watch(zone=zone), alerts=[alert]).tell("urn:1/new", seen(**more), now)
    return [(to, when) for to, _, _, when in rows]


# Rules


@pytest.mark.parametrize(
    ("when", "tags", "wanted"),
    [
        ((), (), True),
        (("security",), (), False),
        (("security",), ("security",), True),
        (("security",), ("Security",), True),
        (("Security",), ("news", "security"), True),
        (("security", "breaking"), ("breaking",), True),
        (("security",), ("insecurity",), False),
        (("version major", "security"), ("security",), True),
    ],
)
def test_a_rule_is_a_tag_and_any_of_them_will_do(when: tuple[str, ...], tags: tuple[str, ...], wanted: bool) -> None:
    assert wants(alert(when=when), item(1, tags=tags)) is wanted


@pytest.mark.parametrize(
    ("version", "steps"),
    [
        ("2.0.0", {"major", "minor", "patch"}),
        ("v2.0", {"major", "minor", "patch"}),
        ("2", {"major", "minor", "patch"}),
        ("2.1.0", {"minor", "patch"}),
        ("2.1", {"minor", "patch"}),
        ("0.1.0", {"minor", "patch"}),
        ("2.1.3", {"patch"}),
        ("2.0.1", {"patch"}),
        ("2.0.0.1", {"patch"}),
        ("1.2.3.4", {"patch"}),
        ("2.0.0-rc.1", set()),
        ("3.0.0a1", set()),
        ("", set()),
        ("no version", set()),
    ],
)
def test_a_rule_is_a_step_of_the_version(version: str, steps: set[str]) -> None:
    found = item(1, version=version)

    assert {step for step in ("major", "minor", "patch") if wants(alert(when=(f"version {step}",)), found)} == steps


def test_each_recipient_of_each_target_that_wants_it_has_a_row() -> None:
    us = alert("us", recipients=("us a@example.org", "us b@example.org"))
    route = Route(watch=watch(), alerts=[us, alert("ops", when=("security",)), alert("me")])

    rows = route.tell("urn:1/new", seen(), NOW)

    assert rows == [
        ("us a@example.org", "urn:1/new", "urn:1", NOW),
        ("us b@example.org", "urn:1/new", "urn:1", NOW),
        ("me me@example.org", "urn:1/new", "urn:1", NOW),
    ]


def test_news_of_the_watch_go_to_all_but_those_who_want_none() -> None:
    route = Route(
        watch=watch(), alerts=[alert("me", when=("security",), digest="daily 08:00"), alert("x", health=False)]
    )

    assert route.notify("press/health/1", NOW) == [("me me@example.org", "press/health/1", "", NOW)]


# Digests


@pytest.mark.parametrize(
    ("digest", "zone", "now", "next_"),
    [
        ("", UTC, "2026-11-22 13:16:46", "2026-11-22 13:16:46"),
        ("hourly", UTC, "2026-11-22 13:16:46", "2026-11-22 14:00"),
        ("hourly", UTC, "2026-11-22 14:00", "2026-11-22 15:00"),
        ("hourly", UTC, "2026-12-31 23:59:59", "2027-01-01 00:00"),
        ("daily 08:00", UTC, "2026-11-22 07:59:59", "2026-11-22 08:00"),
        ("daily 08:00", UTC, "2026-11-22 08:00", "2026-11-23 08:00"),
        ("daily 08:00", NEW_YORK, "2026-11-22 08:00:01", "2026-11-23 08:00"),
        ("daily 00:00", BERLIN, "2026-11-22 23:59", "2026-11-23 00:00"),
        ("weekly mon 08:00", UTC, "2026-11-22 13:16", "2026-11-23 08:00"),  # a Sunday
        ("weekly mon 08:00", UTC, "2026-11-23 07:59", "2026-11-23 08:00"),
        ("weekly mon 08:00", UTC, "2026-11-23 08:00", "2026-11-30 08:00"),
        ("weekly sun 08:00", NEW_YORK, "2026-11-22 13:16", "2026-11-29 08:00"),
    ],
)
def test_a_digest_goes_at_its_next_moment_in_the_zone(digest: str, zone: Any, now: str, next_: str) -> None:
    assert next_digest(digest, zone, at(now, zone)) == at(next_, zone)


def test_the_moment_is_the_zones_and_not_ours() -> None:
    # 08:00 on Monday in New York is 13:00 in UTC, and by then it is Sunday evening there when UTC has Monday.
    assert next_digest("weekly mon 08:00", NEW_YORK, at("2026-11-23 02:00")) == at("2026-11-23 13:00")


@pytest.mark.parametrize(
    ("digest", "now", "next_"),
    [
        ("daily 08:00", "2026-03-28 08:00", "2026-03-29 08:00"),  # 23 hours later
        ("daily 08:00", "2026-10-24 08:00", "2026-10-25 08:00"),  # 25 hours later
        ("daily 02:30", "2026-03-29 01:00", "2026-03-29 03:30"),  # no clock shows 02:30 that day
        ("daily 02:30", "2026-10-25 01:00", "2026-10-25 02:30"),  # the first of two
    ],
)
def test_a_digest_keeps_its_hour_when_the_clocks_change(digest: str, now: str, next_: str) -> None:
    assert next_digest(digest, BERLIN, at(now, BERLIN)) == at(next_, BERLIN)


def test_an_hour_that_comes_twice_has_one_digest() -> None:
    first = next_digest("daily 02:30", BERLIN, at("2026-10-25 00:00", BERLIN))

    assert first == at("2026-10-25 00:30")
    assert next_digest("daily 02:30", BERLIN, first) == at("2026-10-26 02:30", BERLIN)


@pytest.mark.parametrize("now", ["2026-03-22 12:00", "2026-03-28 12:00"])
def test_a_weekly_moment_that_the_clocks_skip_comes_an_hour_later(now: str) -> None:
    # It is Sunday by then: whoever asked the moment for its day would wait for another week, or for ever.
    assert next_digest("weekly sat 23:30", NUUK, at(now, NUUK)) == at("2026-03-29 01:30")


@given(
    st.sampled_from(DIGESTS),
    st.sampled_from(["UTC", "Europe/Berlin", "America/Nuuk", "Asia/Kolkata", "Pacific/Chatham", "Africa/Cairo"]),
    st.datetimes(FIRST, FIRST.replace(year=2028), timezones=st.just(UTC)),
)
def test_the_next_digest_is_ahead_and_within_its_span(digest: str, zone: str, now: datetime) -> None:
    span = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(days=7)}[digest.split()[0]]

    moment = next_digest(digest, ZoneInfo(zone), now)

    assert now < moment <= now + span + timedelta(hours=2)


# Quiet hours


@pytest.mark.parametrize(
    ("quiet", "now", "then"),
    [
        ("", "2026-11-22 03:00", "2026-11-22 03:00"),
        ("22:00-07:00", "2026-11-22 21:59:59", "2026-11-22 21:59:59"),
        ("22:00-07:00", "2026-11-22 22:00", "2026-11-23 07:00"),
        ("22:00-07:00", "2026-11-22 23:59", "2026-11-23 07:00"),
        ("22:00-07:00", "2026-11-23 00:00", "2026-11-23 07:00"),
        ("22:00-07:00", "2026-11-23 06:59:59", "2026-11-23 07:00"),
        ("22:00-07:00", "2026-11-23 07:00", "2026-11-23 07:00"),
        ("12:00-13:30", "2026-11-22 12:45", "2026-11-22 13:30"),
        ("12:00-13:30", "2026-11-22 13:30", "2026-11-22 13:30"),
        ("12:00-13:30", "2026-11-22 03:00", "2026-11-22 03:00"),
        ("08:00-08:00", "2026-11-22 08:00", "2026-11-22 08:00"),
        ("22:00-02:30", "2026-03-29 01:00", "2026-03-29 03:30"),
        ("22:00-07:00", "2026-10-24 23:00", "2026-10-25 07:00"),
    ],
)
def test_what_comes_in_quiet_hours_waits_for_their_end(quiet: str, now: str, then: str) -> None:
    assert told(alert(quiet=quiet), zone=BERLIN, now=at(now, BERLIN)) == [("me me@example.org", at(then, BERLIN))]


def test_on_the_night_with_an_hour_twice_nobody_waits_for_another_day() -> None:
    second = at("2026-10-25 01:15")  # 02:15 in Berlin, for the second time

    assert told(alert(quiet="22:00-02:30"), zone=BERLIN, now=second)[0][1] == at("2026-10-25 01:30")


def test_a_digest_in_quiet_hours_goes_at_their_end() -> None:
    late = alert(digest="daily 23:00", quiet="22:00-07:00")

    assert told(late, now=at("2026-11-22 13:00")) == [("me me@example.org", at("2026-11-23 07:00"))]


@pytest.mark.parametrize("tag", ["security", "Security"])
def test_a_security_release_waits_neither_for_the_morning_nor_for_a_digest(tag: str) -> None:
    late, night = alert(digest="weekly mon 08:00", quiet="22:00-07:00"), at("2026-11-22 23:00")

    assert told(late, now=night, tags=(tag,)) == [("me me@example.org", night)]
    assert told(late, now=night, tags=("breaking",)) == [("me me@example.org", at("2026-11-23 08:00"))]


def test_news_of_the_watch_wait_for_the_morning_and_for_no_digest() -> None:
    late = Route(watch=watch(), alerts=[alert(digest="weekly mon 08:00", quiet="22:00-07:00")])

    assert late.notify("e", at("2026-11-24 23:00"))[0][3] == at("2026-11-25 07:00")
    assert late.notify("e", at("2026-11-24 13:00"))[0][3] == at("2026-11-24 13:00")


@given(
    st.times(),
    st.times(),
    st.sampled_from(["UTC", "Europe/Berlin", "America/Nuuk", "Asia/Kolkata", "Africa/Cairo"]),
    st.datetimes(FIRST, FIRST.replace(year=2028), timezones=st.just(UTC)),
)
def test_nobody_is_ever_woken(begin: Any, end: Any, zone: str, now: datetime) -> None:
    quiet = alert(quiet=f"{begin:%H:%M}-{end:%H:%M}")

    moment = due(quiet, item(1), ZoneInfo(zone), now)

    assert now <= moment <= now + timedelta(hours=26)
    assert due(quiet, item(1), ZoneInfo(zone), moment) == moment
