"""When a watch itself is news: it fails, works again, holds a batch back, has moved, has fallen silent. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise

from watcher import times, urls
from watcher.model import MOVES, Failed, Found, Known, Notice, Outcome, Watch

#: A watch is told to fail after so many failures in a row, or after so long; again when it has lasted a day, a week.
FAILURES, PATIENCE = 3, timedelta(hours=6)
REMINDERS = (("day", timedelta(hours=24)), ("week", timedelta(days=7)))

#: A page that says 410 is gone for good when it says so again after so long: a server may say it by mistake.
GONE = timedelta(hours=1)

#: A source is silent when it said nothing for so many times its usual pause, and at least for so long.
PAUSES, SILENCE = 4, timedelta(days=14)
_RHYTHM = 5  # dated items from which a rhythm can be told

_WORDS = {"blocked": "has been blocked", "broken": "has found nothing"}


def notices(watch: Watch, known: Known, outcome: Outcome, failures: int, now: datetime) -> Iterator[Notice]:
    """What the outcome of a check makes of the watch. The same event comes again as long as it holds: whoever keeps it
    keeps it once. `failures` counts this check, and those in a row before it."""
    if isinstance(outcome, Failed):
        yield from _failing(watch, known, outcome, failures, now)
        return
    if known.failures and known.since:
        yield _well(watch, known, outcome, now)
    if isinstance(outcome, Found):
        yield from _held(watch, outcome, now)
    to = outcome.response.moved_to
    if to and to == known.moved_to and known.moves >= MOVES - 1 and urls.identity(to) != urls.identity(watch.url):
        yield _moved(watch, to, now)


def settled(known: Known, outcome: Outcome, now: datetime) -> Outcome:
    """The outcome of a check, which may be the last one."""
    if isinstance(outcome, Failed) and outcome.health == known.health == "gone" and now - begun(known, now) >= GONE:
        return replace(outcome, final=True)
    return outcome


def quiet(watch: Watch, days: Sequence[date], now: datetime) -> Iterator[Notice]:
    """Whether a source has said nothing for much longer than it used to; `days` are those of its last items."""
    dated = sorted({day for day in days if day <= now.date()}, reverse=True)
    if len(dated) < _RHYTHM:
        return
    pauses = sorted(later - earlier for later, earlier in pairwise(dated))
    silent, usual = now.date() - dated[0], pauses[len(pauses) * 9 // 10]
    if silent > max(SILENCE, PAUSES * usual):
        yield Notice(
            event=f"{watch.name}/quiet/{dated[0].isoformat()}",
            at=now,
            title=f"{watch.name} has been silent since {dated[0].isoformat()}",
            text=f"{watch.url}\nNothing new for {silent.days} days; it used to pause for {usual.days} at most."
            " Its page may have moved, or ended.",
        )


def _failing(watch: Watch, known: Known, outcome: Failed, failures: int, now: datetime) -> Iterator[Notice]:
    since = begun(known, now)
    lasting = now - since
    if outcome.final:
        yield _gone(watch, outcome, now)
    if outcome.health == "gone" or not (failures >= FAILURES or lasting >= PATIENCE):
        return
    event = _event(watch, since)
    what = f"{watch.name} {_WORDS.get(outcome.health, 'has failed')} since {_clock(since, now, watch.zone)}"
    status = f" ({outcome.status})" if outcome.status else ""
    hint = f"\n{outcome.hint}" if outcome.hint else ""
    text = (
        f"{watch.url}\n{outcome.error}{hint}\nWhat is known is kept, and it is tried again: watcher show {watch.name}"
    )
    yield Notice(event=event, at=now, title=f"{what}{status}", text=text)
    # Where nobody looked for long, several are due; one says it all.
    for name in [name for name, after in REMINDERS if lasting >= after][-1:]:
        yield Notice(event=f"{event}/{name}", at=now, title=f"{what}{status}", text=text, after=event)


def _gone(watch: Watch, outcome: Failed, now: datetime) -> Notice:
    return Notice(
        event=f"{watch.name}/gone/{_hashed(watch.url)}",
        at=now,
        title=f"{watch.name} is gone, and is not looked at any more ({outcome.status})",
        text=f"{watch.url}\n{outcome.error}\nWhat is known is kept. Give it another url in the configuration, or remove"
        f" it: watcher rm {watch.name}\nTo ask once more: watcher resume {watch.name}",
    )


def _well(watch: Watch, known: Known, outcome: Outcome, now: datetime) -> Notice:
    since = begun(known, now)
    new = 0 if isinstance(outcome, Failed) else sum(change.kind == "new" for change in outcome.changes)
    between = f", {new} {'item' if new == 1 else 'items'} in between" if new else ""
    return Notice(
        event=f"{_event(watch, since)}/well",
        at=now,
        title=f"{watch.name} works again (failed {times.spoken(now - since)}{between})",
        text=f"{watch.url}\nThe last failure: {known.error}",
        after=_event(watch, since),
        ends=True,
    )


def _held(watch: Watch, outcome: Found, now: datetime) -> Iterator[Notice]:
    held = [change.seen for change in outcome.changes if change.kind == "held"]
    if held:
        titles = "\n".join(f"- {seen.item.title}" for seen in held[:10])
        more = f"\n… {len(held) - 10} more" if len(held) > 10 else ""
        why = next((each for each in outcome.warnings if each.startswith("held: ")), "")
        yield Notice(
            event=f"{watch.name}/held/{held[0].id}",
            at=now,
            title=f"{watch.name} holds {len(held)} {'item' if len(held) == 1 else 'items'} back",
            text=f"{watch.url}\n{why}\n{titles}{more}\nTo publish them: watcher accept {watch.name}"
            f"\nTo take them as known: watcher accept {watch.name} --as-known",
        )


def _moved(watch: Watch, to: str, now: datetime) -> Notice:
    return Notice(
        event=f"{watch.name}/moved/{_hashed(to)}",
        at=now,
        title=f"{watch.name} has moved",
        text=f"{watch.url}\nIts server says that it is for good at {to}\nThat is where it is asked for from now on."
        " Write it as its url in the configuration: known items stay known.",
    )


def _hashed(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:12]


def begun(known: Known, now: datetime) -> datetime:
    """When the trouble began that the watch is in, or that begins now."""
    return known.since if known.failures and known.since else now


def _event(watch: Watch, since: datetime) -> str:
    return f"{watch.name}/health/{since:%Y%m%dT%H%M%SZ}"


def _clock(when: datetime, now: datetime, zone: tzinfo) -> str:
    here = when.astimezone(zone)
    same_day = here.date() == now.astimezone(zone).date()
    return f"{here:%H:%M}" if same_day else f"{here:%Y-%m-%d %H:%M}"
