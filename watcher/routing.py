"""Who is told of what, and when. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from watcher import times, versions
from watcher.model import Alert, Change, Delivery, Item, Seen, Tell, Watch

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: What of a version begins anew with a release: 2.0.0 is a major one, 2.1.0 a minor one.
STEPS = ("major", "minor", "patch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The alert targets of a watch."""

    watch: Watch
    alerts: Sequence[Alert] = ()

    def tell(self, event: str, seen: Seen, now: datetime) -> list[Tell]:
        """The rows that tell of an item, one for each recipient whose target wants it."""
        return [
            (to, event, seen.id, due(alert, seen.item, self.watch.zone, now))
            for alert in self.alerts
            if wants(alert, seen.item)
            for to in alert.recipients
        ]

    def notify(self, event: str, now: datetime) -> list[Tell]:
        """The rows that tell of the watch itself: in no digest, and not in quiet hours."""
        return [
            (to, event, "", awake(alert.quiet, self.watch.zone, now))
            for alert in self.alerts
            if alert.health
            for to in alert.recipients
        ]


def in_order(changes: Sequence[Change]) -> list[Change]:
    """What is told of these, in the order in which it was published: by the dates, and where they say nothing from the
    foot of the page up, since pages have the newest on top."""
    told = [change for change in reversed(changes) if change.event]
    dates = [change.seen.item.published for change in told if change.seen.item.published]
    if len(dates) < len(told):
        return told
    exact = all(isinstance(each, datetime) for each in dates)
    return [told[n] for n in sorted(range(len(told)), key=lambda n: dates[n] if exact else times.day(dates[n]))]


def wants(alert: Alert, item: Item) -> bool:
    """Whether any of the target's rules holds: a tag of the item, or the step of its version ("version minor" holds
    for a major release too). A target without rules wants everything."""
    tags = {tag.casefold() for tag in item.tags}
    return not alert.when or any(rule.casefold() in tags or _steps(rule, item) for rule in alert.when)


def due(alert: Alert, item: Item, zone: tzinfo, now: datetime) -> datetime:
    """When the target is to be told of an item: at its next digest, and not in its quiet hours; security releases at
    once."""
    return now if is_urgent(item) else awake(alert.quiet, zone, next_digest(alert.digest, zone, now))


def is_urgent(item: Item) -> bool:
    """Whether it is told at any hour."""
    return "security" in {tag.casefold() for tag in item.tags}


def next_digest(digest: str, zone: tzinfo, now: datetime) -> datetime:
    """The next moment of "hourly", "daily 08:00" or "weekly mon 08:00" in a zone; now where there is no digest."""
    match digest.split():
        case ["hourly"]:
            return (now + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
        case ["daily", clock]:
            return next(_days(time.fromisoformat(clock), zone, now))
        case ["weekly", day, clock]:
            return next(_days(time.fromisoformat(clock), zone, now, [DAYS.index(day)]))
        case _:
            return now


def awake(quiet: str, zone: tzinfo, when: datetime) -> datetime:
    """The moment itself, or the end of the quiet hours ("22:00-07:00") that it falls into."""
    if not _asleep(quiet, zone, when):
        return when
    end = time.fromisoformat(quiet.partition("-")[2])
    # On the night when an hour comes twice the end may have been once, and come again.
    ends = [next(_days(end.replace(fold=fold), zone, when)) for fold in (0, 1)]
    return min(moment for moment in ends if not _asleep(quiet, zone, moment))


def hushed(
    rows: Sequence[Delivery], urgent: Container[str], now: datetime, end: datetime
) -> tuple[list[int], list[int]]:
    """In quiet hours that last until `end`, of the rows of one recipient and watch: those that wait for the end, and
    those that did and are to go now. A letter that was begun stands before all others, so before an urgent item too."""
    due = [row for row in rows if row.due_at <= now]
    if not any(row.item in urgent for row in due):
        return [row.id for row in due], []
    calm = [row.id for row in due if row.item not in urgent and not row.letter]
    return calm, [row.id for row in rows if row.letter and row.due_at == end]


def _steps(rule: str, item: Item) -> bool:
    word, _, step = rule.partition(" ")
    version = versions.parse(item.version) if word == "version" and step in STEPS else None
    if version is None or version.prerelease:
        return False
    return step == "patch" or not any(version.release[STEPS.index(step) + 1 :])


def _days(at: time, zone: tzinfo, now: datetime, weekdays: Container[int] = range(7)) -> Iterator[datetime]:
    """That time of each of these days, from the next on, in UTC. A time that the clocks skip is as much later."""
    today = now.astimezone(zone).date()
    for day in (today + timedelta(days=n) for n in range(16)):
        moment = datetime.combine(day, at, zone).astimezone(now.tzinfo)
        if moment > now and day.weekday() in weekdays:
            yield moment


def _asleep(quiet: str, zone: tzinfo, when: datetime) -> bool:
    if not quiet:
        return False
    begin, end = (time.fromisoformat(each) for each in quiet.split("-"))
    clock = when.astimezone(zone).time()
    return begin <= clock < end if begin <= end else clock >= begin or clock < end
