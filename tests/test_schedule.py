"""When watches are due: turns, failures, freshness, active hours, and the plan of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import NOW, watch
from watcher.model import Failed, Known, Response, Standing, Unchanged, Watch
from watcher.schedule import (
    CAP,
    GRACE,
    LONGEST,
    foreseen,
    fresh_until,
    is_active,
    next_attempt,
    next_due,
    opened,
    overdue,
    phased,
    plan,
    sound,
    words,
)

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HALF_HOUR = 30 * MINUTE
FINE = Unchanged(response=Response(url="https://press.example.org/"))

moments = st.integers(0, 5 * 365 * 86400).map(lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=n))
spans = st.integers(1, 7 * 86400).map(lambda seconds: timedelta(seconds=seconds))
phases = st.floats(0, 1, exclude_max=True)


def looks(one: Watch, number: int, *, begin: datetime = NOW, late: timedelta = timedelta(0)) -> list[datetime]:
    """When a watch that is always well is looked at, each time so much later than it is due."""
    times = [begin]
    while len(times) < number:
        times.append(sound(one, times[-1]) + late)
    return times


def many(number: int, **settings: Any) -> dict[str, Watch]:
    names = [f"watch-{n}" for n in range(number)]
    return phased({name: watch(name=name, url=f"https://{name}.example.org/", **settings) for name in names})


def standing_of(
    name: str, due_at: datetime, checked_at: datetime, fresh_until: datetime | None = None, failures: int = 0
) -> Standing:
    return Standing(name, due_at=due_at, checked_at=checked_at, fresh_until=fresh_until, failures=failures)


def late_by(names: Iterable[str], since: timedelta) -> list[Standing]:
    return [standing_of(name, NOW - since, NOW - since - HALF_HOUR) for name in names]


def in_time(one: Watch) -> Standing:
    """A watch that has its turns."""
    turns = looks(one, 4, begin=NOW - 3 * one.every)
    turns = [turn for turn in [*turns, sound(one, turns[-1])] if turn > NOW - one.every]
    return standing_of(one.name, turns[1], turns[0])


def planned(watches: Mapping[str, Watch], standing: Iterable[Standing], **more: Any) -> dict[str, datetime | None]:
    return plan(watches, standing, NOW, **{"spread": True} | more)


def busiest(moments: Iterable[datetime | None]) -> int:
    return max(Counter(at.replace(microsecond=0) for at in moments if at).values())


# One watch that is well


@given(moments, spans, phases)
def test_no_pause_is_longer_than_the_period_nor_much_shorter_than_half_of_it(
    now: datetime, every: timedelta, phase: float
) -> None:
    one = watch(every=every, phase=phase)

    assert all(every * 0.4 <= later - earlier <= every for earlier, later in pairwise(looks(one, 6, begin=now)))


@given(moments, spans, phases)
def test_after_two_looks_a_watch_has_its_turns(now: datetime, every: timedelta, phase: float) -> None:
    one = watch(every=every, phase=phase)

    turns = looks(one, 8, begin=now)[3:]

    assert {later - earlier for earlier, later in pairwise(turns)} == {every}


def test_a_late_look_shifts_none_after_it() -> None:
    one = watch(every=HALF_HOUR, phase=0.25)
    on_time = looks(one, 8)[3:]

    late = sound(one, on_time[0] + 7 * MINUTE)

    assert late == on_time[1]


def test_jitter_delays_by_up_to_so_much_each_time_anew_and_the_same_when_it_is_asked_again() -> None:
    plain, jittery = watch(every=HOUR), watch(every=HOUR, jitter=2 * MINUTE)
    turns = looks(plain, 40)

    delays = [sound(jittery, turn) - sound(plain, turn) for turn in turns]

    assert all(timedelta(0) <= delay <= 2 * MINUTE for delay in delays)
    assert len(set(delays)) == len(delays)
    assert delays == [sound(jittery, turn) - sound(plain, turn) for turn in turns]


def test_cron_is_of_the_watchs_zone_and_its_watches_share_the_minute_out() -> None:
    watches = many(120, cron="30 8 * * mon-fri", zone=ZoneInfo("Europe/Berlin"))

    due = [sound(each, NOW) for each in watches.values()]  # NOW is a Sunday

    first = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    assert all(first <= at < first + MINUTE for at in due)
    assert busiest(due) <= 3
    assert {sound(each, at) - at for each, at in zip(watches.values(), due, strict=True)} == {DAY}


def test_watches_of_one_address_and_period_have_their_turns_together() -> None:
    watches = phased({name: watch(name=name, jitter=MINUTE) for name in ("a", "b")})

    assert sound(watches["a"], NOW) == sound(watches["b"], NOW)


# Active hours


def test_outside_of_its_hours_a_watch_is_due_in_the_next_ones_spread_over_its_period() -> None:
    watches = many(1800, every=HALF_HOUR, active="mon-fri 07:00-19:00")
    evening = datetime(2026, 11, 20, 18, 45, tzinfo=UTC)  # a Friday

    due = [sound(each, evening) for each in watches.values()]

    monday = [at for at in due if at.date() > evening.date()]
    begin = datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert len(monday) > 900
    assert all(begin <= at < begin + HALF_HOUR for at in monday)
    assert busiest(monday) <= 2
    assert all(at < evening + 15 * MINUTE for at in set(due) - set(monday))


def test_a_period_longer_than_the_hours_leaves_one_look_in_each() -> None:
    one = watch(every=DAY, phase=0.5, active="07:00-08:00")

    times = looks(one, 5)[1:]

    assert [at.time().isoformat() for at in times] == ["07:30:00"] * 4
    assert {later - earlier for earlier, later in pairwise(times)} == {DAY}


@given(moments, spans, phases, st.sampled_from(["07:00-19:00", "mon,thu 22:00-06:00", "sun 02:00-03:00"]))
def test_a_watch_is_due_in_its_hours_only(now: datetime, every: timedelta, phase: float, active: str) -> None:
    one = watch(every=every, phase=phase, jitter=5 * MINUTE, active=active, zone=ZoneInfo("America/New_York"))

    for outcome, failures in ((FINE, 0), (Failed(error="500"), 3)):
        at = next_due(one, outcome, failures, now, now + HOUR)
        assert is_active(one, at)
        assert now < at < now + every + 20 * DAY


def test_a_cron_time_outside_of_the_hours_is_moved_into_them() -> None:
    one = watch(cron="0 3 * * *", phase=0.5, active="07:00-19:00")

    assert sound(one, NOW) == datetime(2026, 11, 23, 13, tzinfo=UTC)
    assert opened(one, NOW) == NOW


# Failures


def test_each_failure_doubles_the_wait_and_a_part_of_it_is_chance() -> None:
    one = watch(every=HALF_HOUR)

    for failures, factor in ((1, 1), (2, 2), (3, 4), (4, 8)):
        waits = [next_due(one, Failed(error="500"), failures, NOW + n * SECOND) - NOW - n * SECOND for n in range(50)]
        assert HALF_HOUR * factor * 0.75 <= min(waits) < max(waits) <= HALF_HOUR * factor
        assert max(waits) - min(waits) > HALF_HOUR * factor / 8


@pytest.mark.parametrize("failures", [10, 1_000, 10**9])
def test_a_dead_watch_is_tried_for_ever(failures: int) -> None:
    wait = next_due(watch(every=HALF_HOUR), Failed(error="500"), failures, NOW) - NOW

    assert LONGEST * 0.75 <= wait <= LONGEST


@given(
    moments,
    st.one_of(spans, st.sampled_from([MINUTE, SECOND, SECOND / 10])),
    st.sampled_from(["", "* * * * *"]),
    phases,
)
def test_a_dead_watch_is_tried_at_most_20_times_in_24_hours_and_again_and_again(
    now: datetime, every: timedelta, cron: str, phase: float
) -> None:
    one = watch(every=every, cron=cron, phase=phase)
    tries, failures = [now], 1
    while tries[-1] < now + 3 * DAY:
        tries.append(next_due(one, Failed(error="500"), failures, tries[-1]))
        failures += 1

    for hours in (24, 48, 72):
        day = now + hours * HOUR
        assert sum(day - DAY <= at < day for at in tries) <= 20
    assert max(later - earlier for earlier, later in pairwise(tries)) <= max(LONGEST, every)


def test_a_watch_of_once_a_week_that_failed_is_tried_the_same_day() -> None:
    week = watch(every=timedelta(weeks=1))

    assert next_due(week, Failed(error="500"), 1, NOW) <= NOW + HALF_HOUR
    assert next_due(week, Failed(error="500"), 30, NOW) > NOW + 5 * DAY


def test_the_first_success_forgets_all_failures() -> None:
    assert next_due(watch(every=MINUTE), FINE, 0, NOW) <= NOW + MINUTE


def test_a_host_that_said_when_to_come_back_is_believed() -> None:
    later = NOW + timedelta(hours=9)

    assert next_due(watch(every=HALF_HOUR), Failed(error="503", retry_at=later), 1, NOW) == later


def test_letters_are_tried_ever_more_rarely_and_at_least_daily() -> None:
    waits = [next_attempt(n, NOW) - NOW for n in range(30)]

    assert waits[0] == timedelta(minutes=1)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(days=1)


# Not sooner


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({}, None),
        ({"cache-control": "public, max-age=7200"}, 2 * HOUR),
        ({"cache-control": 'MAX-AGE="7200"'}, 2 * HOUR),
        ({"cache-control": "max-age=7200", "age": "1800"}, 1.5 * HOUR),
        ({"cache-control": "max-age=7200", "expires": "Sun, 22 Nov 2026 13:00:00 GMT"}, 2 * HOUR),
        ({"cache-control": "s-maxage=7200"}, None),
        ({"cache-control": "max-age=0, must-revalidate"}, None),
        ({"cache-control": "no-cache, max-age=7200"}, None),
        ({"cache-control": "no-store", "expires": "Sun, 22 Nov 2036 13:00:00 GMT"}, None),
        ({"cache-control": "max-age=60", "age": "7200"}, None),
        ({"cache-control": "max-age=soon"}, None),
        ({"cache-control": "max-age=31536000"}, CAP),
        ({"cache-control": f"max-age={'9' * 99}"}, CAP),
        # By the server's own clock, which is a year ahead of ours.
        ({"expires": "Mon, 22 Nov 2027 15:00:00 GMT", "date": "Mon, 22 Nov 2027 12:00:00 GMT"}, 3 * HOUR),
        ({"expires": "Mon, 22 Nov 2027 15:00:00 GMT"}, None),
        ({"expires": "0", "date": "Mon, 22 Nov 2027 12:00:00 GMT"}, None),
        ({"expires": "Mon, 22 Nov 2027 11:00:00 GMT", "date": "Mon, 22 Nov 2027 12:00:00 GMT"}, None),
    ],
)
def test_how_long_an_answer_is_fresh(headers: dict[str, str], fresh: timedelta | None) -> None:
    answer = Response(url="https://press.example.org/", headers=headers)

    assert fresh_until(answer, Known(name="press"), None, NOW) == (fresh and NOW + fresh)


def test_a_304_that_says_nothing_leaves_what_was_said_before() -> None:
    known = Known(name="press", checked_at=NOW - 3 * HOUR, fresh_until=NOW - HOUR)
    no_longer = {"cache-control": "max-age=0"}

    def until(headers: dict[str, str]) -> datetime | None:
        return fresh_until(Response(url="https://press.example.org/", status=304, headers=headers), known, None, NOW)

    assert until({}) == NOW + 2 * HOUR
    assert until(no_longer) is None


def test_what_a_page_itself_asks_for_counts_up_to_a_day() -> None:
    def until(pause: int) -> datetime | None:
        return fresh_until(FINE.response, Known(name="press"), pause, NOW)

    assert until(7200) == NOW + 2 * HOUR
    assert until(10**12) == NOW + CAP


def test_a_fresh_answer_delays_the_next_look_and_never_hastens_it() -> None:
    one = watch(every=HALF_HOUR)

    assert next_due(one, FINE, 0, NOW, NOW + 2 * HOUR) == NOW + 2 * HOUR
    assert next_due(one, FINE, 0, NOW, NOW + SECOND) == next_due(one, FINE, 0, NOW)


# The plan of all


@pytest.mark.parametrize(("every", "late"), [(HALF_HOUR, 10_000), (HALF_HOUR, 5_000), (HOUR, 300), (10 * MINUTE, 0)])
def test_no_second_has_more_than_three_times_the_mean_of_10_000_watches(every: timedelta, late: int) -> None:
    watches = many(10_000, every=every)
    names = list(watches)
    standing = late_by(names[:late], 8 * HOUR)
    standing += [in_time(watches[name]) for name in names[late:]]

    due = {each.name: each.due_at for each in standing} | planned(watches, standing)

    first = {name: at for name, at in due.items() if at}
    assert len(first) == 10_000
    assert all(NOW <= at <= NOW + every for at in first.values())
    times = list(first.values())
    for _ in range(3):
        first = {name: sound(watches[name], at) for name, at in first.items()}
        times += [at for at in first.values() if at < NOW + 2 * every]
    assert busiest(times) <= 3 * 10_000 / every.total_seconds()


def test_10_000_watches_that_were_looked_at_all_at_once_are_spread_from_then_on() -> None:
    watches = many(10_000, every=HALF_HOUR)

    first = [sound(each, NOW) for each in watches.values()]
    second = [sound(each, at) for each, at in zip(watches.values(), first, strict=True)]

    assert busiest([*first, *(at for at in second if at < NOW + 2 * HALF_HOUR)]) <= 3 * 10_000 / 1800


def test_a_sleeping_laptops_watches_are_looked_at_within_seconds_one_after_the_other() -> None:
    watches = many(30, every=HALF_HOUR)

    due = sorted(at for at in planned(watches, late_by(watches, 8 * HOUR)).values() if at)

    assert due[0] >= NOW
    assert due[-1] <= NOW + 3 * SECOND
    assert busiest(due) <= 10


def test_a_thousand_late_watches_take_a_quarter_of_an_hour() -> None:
    watches = many(1000, every=8 * HOUR)

    due = [at for at in planned(watches, late_by(watches, DAY)).values() if at]

    assert busiest(due) <= 3
    assert max(due) <= NOW + 1000 * SECOND


def test_new_watches_are_due_at_once_before_what_is_late_and_thousands_are_spread() -> None:
    watches = many(30, every=DAY)
    new = next(iter(watches))

    due = planned(watches, late_by([name for name in watches if name != new], 8 * HOUR))
    crowd = [at for at in planned(many(10_000, every=HALF_HOUR), []).values() if at]

    assert due[new] == NOW
    assert busiest(crowd) <= 16


def test_whoever_is_killed_again_and_again_comes_to_all_of_its_watches() -> None:
    watches = many(20, every=MINUTE)
    standing = {name: standing_of(name, NOW, NOW - MINUTE) for name in watches}
    looked_at: Counter[str] = Counter()
    for life in range(40):
        now = NOW + life * 2 * MINUTE
        for name, at in plan(watches, standing.values(), now, spread=True).items():
            standing[name] = standing[name]._replace(due_at=at)
        first = min(standing.values(), key=lambda each: each.due_at or NOW).name  # then it is killed
        looked_at[first] += 1
        standing[first] = standing_of(first, sound(watches[first], now), now)

    assert set(looked_at) == set(watches)
    assert set(looked_at.values()) == {2}


def test_late_cron_watches_are_made_up_for_before_they_are_due_again() -> None:
    watches = many(1000, cron="0 14 * * *")

    due = [at for at in planned(watches, late_by(watches, DAY)).values() if at]

    assert len(due) == 1000
    assert max(due) <= datetime(2026, 11, 22, 14, 1, tzinfo=UTC)


def test_late_watches_wait_for_their_hours() -> None:
    watches = many(3, every=HALF_HOUR, active="mon-fri 07:00-19:00")  # NOW is a Sunday

    due = planned(watches, late_by(watches, DAY), spread=False)

    begin = datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert all(at and begin <= at < begin + HALF_HOUR for at in due.values())


def test_without_spread_what_is_late_stays_as_it_is() -> None:
    watches = many(5, every=HALF_HOUR)

    assert planned(watches, late_by(watches, HOUR), spread=False) == {}


def test_what_is_as_it_should_be_is_not_planned_again() -> None:
    watches = many(100, every=HALF_HOUR, jitter=MINUTE)
    standing = [standing_of(n, sound(each, NOW - MINUTE), NOW - MINUTE) for n, each in watches.items()]

    assert planned(watches, standing) == {}


@pytest.mark.parametrize(
    ("before", "after", "latest"),
    [
        ({"every": DAY}, {"every": HALF_HOUR}, NOW + HALF_HOUR),
        ({"cron": "0 12 * * *"}, {"cron": "0 20 * * *"}, datetime(2026, 11, 22, 20, 1, tzinfo=UTC)),
        ({"cron": "0 12 * * *"}, {"every": HOUR}, NOW + HOUR),
        ({"every": DAY, "active": "07:00-08:00"}, {"every": DAY}, NOW + DAY),
    ],
)
def test_a_changed_schedule_is_kept_from_now_on(
    before: dict[str, Any], after: dict[str, Any], latest: datetime
) -> None:
    checked_at = NOW - MINUTE
    standing = standing_of("press", sound(watch(**before), checked_at), checked_at)

    due = planned({"press": watch(**after)}, [standing]).get("press", standing.due_at)

    assert due
    assert NOW < due <= latest


def test_a_restart_does_not_ask_for_what_is_fresh() -> None:
    fresh = NOW + 5 * HOUR
    standing = standing_of("press", fresh, NOW - HOUR, fresh, 0)

    assert planned({"press": watch(every=HALF_HOUR)}, [standing]) == {}


def test_a_removed_watch_is_due_no_more_and_due_at_once_when_it_comes_back() -> None:
    gone = late_by(["press"], HOUR)

    assert planned({}, gone) == {"press": None}
    assert planned({"press": watch()}, [gone[0]._replace(due_at=None)]) == {"press": NOW}


def test_a_paused_watch_is_left_alone() -> None:
    assert planned({"press": watch()}, [late_by(["press"], HOUR)[0]._replace(health="paused")]) == {}


@pytest.mark.parametrize("back", [HOUR, DAY, 30 * DAY])
@pytest.mark.parametrize(("failures", "longest"), [(0, HALF_HOUR), (1, HALF_HOUR), (3, 2 * HOUR)])
def test_nothing_is_silent_for_longer_than_its_own_wait_after_the_clock_was_set_back(
    back: timedelta, failures: int, longest: timedelta
) -> None:
    one, wrong = watch(every=HALF_HOUR), NOW + back
    outcome = Failed(error="500") if failures else FINE
    standing = standing_of("press", next_due(one, outcome, failures, wrong), wrong, None, failures)

    due = planned({"press": one}, [standing], back=back)["press"]

    assert due
    assert NOW < due <= NOW + longest


def test_what_was_fresh_by_a_clock_that_was_wrong_is_fresh_for_as_long_by_the_right_one() -> None:
    wrong = NOW + DAY
    standing = standing_of("press", wrong + 2 * HOUR, wrong, wrong + 2 * HOUR, 0)

    assert planned({"press": watch(every=HALF_HOUR)}, [standing], back=DAY) == {"press": NOW + 2 * HOUR}


def test_a_watch_that_rests_for_a_day_as_its_host_asked_does_so_through_a_restart() -> None:
    standing = standing_of("press", NOW + 23 * HOUR, NOW - HOUR, None, 1)

    assert planned({"press": watch(every=HALF_HOUR)}, [standing]) == {}


# What a changed configuration will make of it, before anybody has looked


@given(checked_at=moments, phase=phases)
def test_a_watch_of_another_rhythm_is_foreseen_where_the_next_look_plans_it(checked_at: datetime, phase: float) -> None:
    stands = standing_of("press", checked_at + 20 * HOUR, checked_at)
    now, often = checked_at + MINUTE, watch(every=HALF_HOUR, phase=phase)

    seen = foreseen(often, stands, now)

    assert seen == max(plan({"press": often}, [stands], now, spread=False)["press"] or NOW, now)
    assert now <= seen <= checked_at + HALF_HOUR


def test_a_watch_of_the_same_rhythm_is_foreseen_when_it_is_due() -> None:
    one = watch(every=HALF_HOUR)

    assert foreseen(one, standing_of("press", sound(one, NOW), NOW), NOW + SECOND) == sound(one, NOW)
    assert foreseen(one, standing_of("press", NOW - HOUR, NOW - DAY), NOW) == NOW - HOUR
    assert foreseen(one, Standing("press", "paused", due_at=NOW, checked_at=NOW), NOW) == NOW


def test_a_watch_that_a_shorter_rhythm_brings_forward_is_due_and_not_late() -> None:
    stands = standing_of("press", NOW + HOUR, NOW - 20 * HOUR)

    assert foreseen(watch(every=HALF_HOUR), stands, NOW) == NOW


def test_nobody_is_late_with_a_watch_outside_of_its_hours() -> None:
    watches = {name: watch(name=name) for name in ("new", "old", "rests")} | {"asleep": watch(active="03:00-03:10")}
    times = {"new": GRACE, "old": DAY, "asleep": DAY, "gone": DAY, "soon": GRACE - SECOND}
    standing = [standing_of(name, NOW - late, NOW - 2 * DAY) for name, late in times.items()]
    rests = Standing("rests", "paused", due_at=NOW - DAY, checked_at=NOW - DAY)

    late = overdue({**watches, "soon": watch(name="soon")}, [*standing, rests], NOW)

    assert [each.name for each in late] == ["old", "new"]


# In words


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "every 30 min"),
        ({"every": DAY, "jitter": 2 * MINUTE}, "every 1 d, up to 2 min later"),
        ({"cron": "@daily", "zone": ZoneInfo("Europe/Berlin")}, 'cron "@daily" (Europe/Berlin)'),
        ({"active": "mon-fri 07:00-19:00"}, "every 30 min, mon-fri 07:00-19:00 (UTC)"),
    ],
)
def test_a_schedule_is_said_in_words(settings: dict[str, Any], said: str) -> None:
    assert words(watch(**settings)) == said


def test_a_jitter_delays_no_turn_beyond_the_active_hours() -> None:
    plain = watch(cron="0 8 * * *", active="07:00-08:30")
    jittery = watch(cron="0 8 * * *", active="07:00-08:30", jitter=2 * HOUR)

    days = [NOW + n * DAY for n in range(30)]

    assert [sound(jittery, day).date() for day in days] == [sound(plain, day).date() for day in days]
    assert all(is_active(jittery, sound(jittery, day)) for day in days)
