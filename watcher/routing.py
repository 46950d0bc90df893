"""Who is told of what, and when. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from watcher import versions
from watcher.model import Alert, Item, Seen, Tell, Watch

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
            (to, event, "", _awake(alert.quiet, self.watch.zone, now))
            for alert in self.alerts
            if alert.health
            for to in alert.recipients
        ]


def wants(alert: Alert, item: Item) -> bool:
    """Whether any of the target's rules holds: a tag of the item, or the step of its version ("version minor" holds
    for a major release too). A target without rules wants everything."""
    tags = {tag.casefold() for tag in item.tags}
    return not alert.when or any(rule.casefold() in tags or _steps(rule, item) for rule in alert.when)


def due(alert: Alert, item: Item, zone: tzinfo, now: datetime) -> datetime:
    """When the target is to be told of an item: at its next digest, and not in its quiet hours; security releases at
    once."""
    if "security" in {tag.casefold() for tag in item.tags}:
        return now
    return _awake(alert.quiet, zone, next_digest(alert.digest, zone, now))


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


def _awake(quiet: str, zone: tzinfo, when: datetime) -> datetime:
    """The moment itself, or the end of the quiet hours ("22:00-07:00") that it falls into."""
    if not _asleep(quiet, zone, when):
        return when
    end = time.fromisoformat(quiet.partition("-")[2])
    # On the night when an hour comes twice the end may have been once, and come again.
    ends = [next(_days(end.replace(fold=fold), zone, when)) for fold in (0, 1)]
    return min(moment for moment in ends if not _asleep(quiet, zone, moment))


def _asleep(quiet: str, zone: tzinfo, when: datetime) -> bool:
    if not quiet:
        return False
    begin, end = (time.fromisoformat(each) for each in quiet.split("-"))
    clock = when.astimezone(zone).time()
    return begin <= clock < end if begin <= end else clock >= begin or clock < end
