from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.model import When
from watcher.times import claimed, duration, machine, moment, parse, rfc3339, spoken

DAY = date(2022, 5, 13)
NEW_YORK = ZoneInfo("America/New_York")
# Hypothesis calls its own strategy of all zones flaky.
ZONES = st.sampled_from([UTC, NEW_YORK, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Europe/Amsterdam")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30m", timedelta(minutes=30)),
        ("1h 30m", timedelta(hours=1.5)),
        ("1.5h", timedelta(hours=1.5)),
        ("2d", timedelta(days=2)),
        (" 1w ", timedelta(weeks=1)),
        ("45s", timedelta(seconds=45)),
    ],
)
def test_durations_are_read(text: str, expected: timedelta) -> None:
    assert duration(text) == expected


@pytest.mark.parametrize(
    "text", ["36526d", "99999999999d", "", "30", "m", "30 minutes", "-5m", "0m", "1h30", "9999999999999w", "1e3s"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        duration(text)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (timedelta(seconds=45), "45 s"),
        (timedelta(minutes=30), "30 min"),
        (timedelta(minutes=90), "1 h 30 min"),
        (timedelta(days=3), "3 d"),
        (timedelta(0), "0 s"),
    ],
)
def test_durations_are_spoken(span: timedelta, expected: str) -> None:
    assert spoken(span) == expected


def test_times_are_written_as_rfc_3339() -> None:
    assert rfc3339(datetime(2022, 5, 13, 14, 50, 47, 999, tzinfo=UTC)) == "2022-05-13T14:50:47Z"
    assert rfc3339(datetime(2022, 5, 13, 14, 50, 47, tzinfo=NEW_YORK)) == "2022-05-13T14:50:47-04:00"
    assert rfc3339(datetime(33, 5, 13, tzinfo=UTC)) == "0033-05-13T00:00:00Z"


def test_an_offset_with_seconds_is_written_in_utc() -> None:
    local = datetime(1900, 1, 1, 12, tzinfo=timezone(timedelta(minutes=19, seconds=32)))

    assert rfc3339(local) == "1900-01-01T11:40:28Z"


@given(st.datetimes(timezones=ZONES))
def test_what_is_written_is_read_back(when: datetime) -> None:
    read = machine(rfc3339(when))

    assert read is not None
    assert moment(read, UTC) == moment(when.replace(microsecond=0), UTC)


def test_a_bare_date_is_noon_of_it() -> None:
    assert moment(DAY, NEW_YORK) == datetime(2022, 5, 13, 16, tzinfo=UTC)


@given(st.one_of(st.dates(), st.datetimes(timezones=ZONES)), ZONES)
def test_every_claim_is_some_moment(when: When, zone: ZoneInfo) -> None:
    assert moment(when, zone).tzinfo is UTC


def test_noon_beside_a_day_is_only_a_day() -> None:
    assert claimed("2022-05-13T12:00:00Z", "May 13, 2022") == DAY
    assert claimed("2022-05-13T00:00:00-04:00", "13.05.2022") == DAY


def test_a_time_that_is_shown_or_exact_is_a_time() -> None:
    noon = datetime(2022, 5, 13, 12, tzinfo=UTC)

    assert claimed("2022-05-13T12:00:00Z", "May 13, 2022 12:00 PM") == noon
    assert claimed("2022-05-13T12:00:00Z", "") == noon
    assert claimed("2022-05-13T12:00:01Z", "May 13, 2022") == noon + timedelta(seconds=1)
    assert claimed("2022-05-13", "May 13, 2022") == DAY


@pytest.mark.parametrize("attribute", ["2022-05-13T12:00:00-47:00", "2022-02-30", "0000-00-00", "soon", ""])
def test_an_impossible_datetime_loses_to_the_visible_text(attribute: str) -> None:
    assert claimed(attribute, "May 13, 2022") == DAY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022-05-13", "2022-05-13"),
        ("2022-05-13T14:50:47-04:00", "2022-05-13T14:50:47-04:00"),
        ("2022-05-13 14:50:47 UTC", "2022-05-13T14:50:47+00:00"),
        ("2022-05-13t14:50z", "2022-05-13T14:50:00+00:00"),
        ("2022-05-13T14:50:47.123456789+0530", "2022-05-13T14:50:47+05:30"),
        ("2022-05-13T14:50", "2022-05-13T14:50:00+00:00"),
        ("Fri, 13 May 2022 14:50:47 EDT", "2022-05-13T14:50:47-04:00"),
        ("13 May 2022 14:50:47 -0000", "2022-05-13T14:50:47+00:00"),
    ],
)
def test_machine_dates_are_read(text: str, expected: str) -> None:
    when = machine(text)

    assert when is not None
    assert when.isoformat() == expected


@pytest.mark.parametrize("text", ["2022", "2022-05", "2022-W19-5", "2022-13-01", "2022-05-13T25:00", "May 13, 2022"])
def test_what_is_not_written_for_machines_is_none_of_theirs(text: str) -> None:
    assert machine(text) is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "May 13, 2022"),
        ("en", "May\u00a013, 2022"),
        ("en", "13 May 2022"),
        ("en", "Friday, May 13th, 2022"),
        ("en", "13-May-2022"),
        ("en", "Posted on May 13, 2022 by the press office"),
        ("en", "MEXICO CITY – May 13, 2022 – The United States"),
        ("en", "May 13, 2022 - Sanctions List Updates"),
        ("en", "05/13/2022"),
        ("en", "05/13/22"),
        ("en", "2022/05/13"),
        ("de", "13. Mai 2022"),
        ("de-AT", "Veröffentlicht am 13.5.2022"),
        ("de", "May 13, 2022"),
        ("fr", "13 mai 2022"),
        ("es", "13 de mayo de 2022"),
        ("pt-BR", "13 de maio de 2022"),
        ("it", "13 maggio 2022"),
        ("pl", "13 maja 2022"),
        ("ru", "13 мая 2022 г."),
        ("ja", "2022年5月13日"),
        ("ko", "2022년 5월 13일"),
        ("hu", "2022. május 13."),
        ("hi", "१३ मई २०२२"),
        ("tlh", "May 13, 2022"),
    ],
)
def test_dates_for_people_are_read(language: str, text: str) -> None:
    assert parse(text, languages=[language]) == DAY


@pytest.mark.parametrize(
    "text",
    [
        "May",
        "on",
        "10",
        "2022",
        "May 2022",
        "Fiscal year 2022",
        "1.10",
        "2.10.12",
        "1.10.2022",
        "10.0.19045",
        "v2022.05.13",
        "202-555-0123",
        "(202) 555-2022",
        "1-800-555-2022",
        "2025550123",
        "1652453447",
        "3 days ago",
        "yesterday",
        "12:30",
        "February 30, 2022",
        "May 32, 2022",
        "2022-13-45",
        "May 13-15, 2022",
        "13 – 15 May 2022",
        "May 13, 2022 to June 2, 2022",
        "13 พฤษภาคม 2565",
        "ISO 8601-1:2019",
        "20 on 2022",
    ],
)
def test_what_names_no_single_day_is_no_date(text: str) -> None:
    assert parse(text, languages=["en"]) is None


def test_prose_that_mentions_a_day_has_no_date() -> None:
    assert parse("In its order of May 13, 2022 the court " + "found that it had no say in this matter, " * 3) is None


def test_numbers_that_may_be_either_are_read_as_the_page_would() -> None:
    assert parse("05/06/2022", languages=["en"]) == date(2022, 5, 6)
    assert parse("05/06/2022", languages=["en-GB"]) == date(2022, 6, 5)
    assert parse("05.06.2022", languages=["de"]) == date(2022, 6, 5)
    assert parse("05/06/2022") is None
    assert parse("05/05/2022") == date(2022, 5, 5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("May 13, 2022 2:50 PM EDT", "2022-05-13T14:50:00-04:00"),
        ("May 13, 2022 at 2:50 p.m. ET", "2022-05-13T14:50:00-04:00"),
        ("January 13, 2022 | 12:05 AM ET", "2022-01-13T00:05:00-05:00"),
        ("14:50, 13 May 2022", "2022-05-13T14:50:00+00:00"),
        ("Updated 2022-05-13 14:50:47 -0400", "2022-05-13T14:50:47-04:00"),
        ("2022-05-13 02:50 PM", "2022-05-13T14:50:00+00:00"),
        ("13.05.2022, 14.50 Uhr", "2022-05-13T14:50:00+00:00"),
        ("May 13, 2022 14:50 XYZT", "2022-05-13"),
        ("May 13, 2022, 10:00 AM to 2:00 PM", "2022-05-13"),
        ("May 13, 2022 25:61", "2022-05-13"),
    ],
)
def test_a_time_of_day_counts_where_it_is_certain(text: str, expected: str) -> None:
    when = parse(text)

    assert when is not None
    assert when.isoformat() == expected


def test_a_time_without_a_zone_is_in_the_zone_of_the_watch() -> None:
    assert parse("May 13, 2022 2:50 PM", zone=NEW_YORK) == datetime(2022, 5, 13, 18, 50, tzinfo=UTC)


@given(st.one_of(st.text(), st.from_regex(r"[\w ,./:-]{0,12}\d{1,4}[ ,./:-]\w{1,4}[ ,./:-]\d{1,4}[\w ,./:-]{0,12}")))
def test_no_text_makes_reading_a_date_fail(text: str) -> None:
    when = claimed(text, text, languages=["en"])

    assert when is None or 1 <= when.year <= 9999


@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(["%B %d, %Y", "%d %b %Y", "%m/%d/%Y", "%Y/%m/%d"])
)
def test_a_day_that_is_read_is_the_day_that_was_written(day: date, form: str) -> None:
    assert parse(day.strftime(form), languages=["en"]) == day
