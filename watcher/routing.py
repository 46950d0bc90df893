"""Who is told of what, and when. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
        """The rows that tell of the watch itself."""
        return [(to, event, "", now) for alert in self.alerts if alert.health for to in alert.recipients]


def wants(alert: Alert, item: Item) -> bool:
    """Whether any of the target's rules holds: a tag of the item, or the step of its version ("version minor" holds
    for a major release too). A target without rules wants everything."""
    tags = {tag.casefold() for tag in item.tags}
    return not alert.when or any(rule.casefold() in tags or _steps(rule, item) for rule in alert.when)


def due(alert: Alert, item: Item, zone: tzinfo, now: datetime) -> datetime:
    """When the target is to be told of an item: at its next digest, and not in its quiet hours; security releases at
    once."""
    if "security" in item.tags:
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
            moments = _days(time.fromisoformat(clock), zone, now)
            return next(each for each in moments if each.astimezone(zone).weekday() == DAYS.index(day))
        case _:
            return now


def _steps(rule: str, item: Item) -> bool:
    word, _, step = rule.partition(" ")
    version = versions.parse(item.version) if word == "version" and step in STEPS else None
    if version is None or version.prerelease:
        return False
    below = (*version.release, 0, 0)[STEPS.index(step) + 1 : 3]
    return not any(below)


def _days(at: time, zone: tzinfo, now: datetime) -> Iterator[datetime]:
    """That time of each day, from the next on, in UTC."""
    for n in range(10):
        moment = datetime.combine(now.astimezone(zone).date() + timedelta(days=n), at, zone).astimezone(now.tzinfo)
        if moment > now:
            yield moment


def _awake(quiet: str, zone: tzinfo, when: datetime) -> datetime:
    """The moment itself, or the end of the quiet hours ("22:00-07:00") that it falls into."""
    if not quiet:
        return when
    begin, end = (time.fromisoformat(each) for each in quiet.split("-"))
    clock = when.astimezone(zone).time()
    asleep = begin <= clock < end if begin <= end else clock >= begin or clock < end
    return next(_days(end, zone, when)) if asleep else when
