"""What a look changes: which items are new, edited, old stock, held. Pure."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from watcher import batch, linediff, records, times, urls
from watcher.match import Match, by
from watcher.model import FLIPPING, Change, Item, Known, Seen, Turn, Watch
from watcher.times import day

_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@\n", re.MULTILINE)

#: The form that an edit is told against, of a kind's options, the item as it was and as it is now.
Against: TypeAlias = Callable[[Any, Item, Item], Item]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The changes in page order, the ids of the page in order, the oldest day of the baseline if this look set it."""

    changes: tuple[Change, ...]
    listed: tuple[str, ...]
    oldest: date | None = None
    held_why: str = ""


def diff(
    matches: Sequence[Match],
    known: Known,
    watch: Watch,
    now: datetime,
    *,
    baseline: bool = False,
    further: bool = False,
    changed: bool = False,
    turns: Mapping[str, Sequence[Turn]] = MappingProxyType({}),
    against: Against | None = None,
) -> Verdict:
    """What `matches` (a page from top to bottom) change against what is known.

    `baseline` is set for a first look and for a changed rule that is run over a known page: what is unknown then is
    known from now on, and told to nobody. `further` is set where more pages were read than the last look read: what
    stands below all that is known was there before. `changed` is set where the rule is another than at the last look:
    what that one dropped is no news. `turns` has the last edits of the items that are edited now,
    newest first, and `against(options, was, now)` gives the form that an edit is told against: where it is `now`,
    there is no news.
    """
    unknown = {i: m for i, m in enumerate(matches) if m.seen is None and not m.dropped}
    judged = batch.judged(unknown, matches, known, watch, baseline=baseline, further=further, changed=changed)
    unseen = dict(_unseen(unknown, judged, watch, now, baseline=baseline))
    changes: list[Change] = []
    for i, match in enumerate(matches):
        if i in unseen:
            changes.append(unseen[i])
        elif match.seen and match.edited and not baseline and watch.on_edit != "ignore":
            changes.extend(_edits(match, match.seen, turns.get(match.id, ()), against, watch, now))
        elif match.seen:
            changes.extend(_again(match, match.seen, watch, now, baseline=baseline))
    # What is all held may be another list, an error page's say: the last one stays the one to compare with.
    foreign = not baseline and "new" not in judged.kinds.values() and not batch.met(matches)
    return Verdict(
        changes=tuple(changes),
        listed=known.listed if foreign else tuple(m.id for m in matches),
        oldest=_oldest(unknown.values(), known, now) if baseline else None,
        held_why=judged.held_why,
    )


def news(watch: Watch, id_: str, item: Item) -> str:
    """The event that tells of an item, once to each recipient, whichever watch lists it."""
    return f"{_called(watch, id_, item)}/new"


def _called(watch: Watch, id_: str, item: Item) -> str:
    """What an item is to whoever is told of it: its id. Where it has no address of its own the rule is named as well:
    another part of the page may have another item that was given the same id."""
    if urls.identity(item.link) != urls.identity(watch.url):
        return id_
    return f"{id_}~{_short(watch.kind, watch.options.model_dump_json(exclude={'url'}, exclude_defaults=True))}"


def _short(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _unseen(
    unknown: batch.Placed, judged: batch.Batch, watch: Watch, now: datetime, *, baseline: bool
) -> Iterator[tuple[int, Change]]:
    undated = 0
    for i, match in unknown.items():
        # The n-th undated one of the batch is n seconds older, which keeps the order.
        first_seen = now - timedelta(seconds=undated) if match.item.published is None else now
        undated += match.item.published is None
        why = line(now, judged.kinds[i], judged.reasons.get(i) or _nothing_known(match))
        why += f"\n{line(now, 'article', f'it cannot be had ({match.missing})')}" if match.missing else ""
        yield i, _first(match, judged.kinds[i], why, watch, first_seen, baseline=baseline)


def _first(match: Match, kind: batch.Kind, why: str, watch: Watch, first_seen: datetime, *, baseline: bool) -> Change:
    item, slug = match.item, records.slug(match.item, watch.url)
    claimed = times.moment(item.published, watch.zone) if item.published else first_seen
    seen = Seen(
        id=match.id,
        item=item,
        digest=match.digest,
        slug=slug,
        seq=0,
        first_seen=first_seen,
        # What was there before us stands where its date puts it; what came since surfaces by the moment it came.
        revised_at=min(claimed, first_seen) if kind == "stock" else first_seen,
        keys=match.keys,
        baseline=baseline,
        held=kind == "held",
        pending=match.pending,
        path=records.path(slug, item, first_seen),
    )
    event = news(watch, match.id, item) if kind == "new" else ""
    return Change(kind=kind, seen=seen, keys=match.keys, why=why, event=event)


def _again(match: Match, seen: Seen, watch: Watch, now: datetime, *, baseline: bool) -> Iterable[Change]:
    """What a known item's new appearance changes where it is no edit; nothing, most of the time."""
    fresh = match.keys - seen.keys
    item, digest = _known_as(match, seen), seen.digest
    if baseline or not digest:
        # A changed rule sees the same release with other eyes. That is no edit, and what it sees is what counts now.
        item, digest = _upon(match.item, seen.item), match.digest
    if fresh or item != seen.item or digest != seen.digest:
        why = _known_by(match, seen, watch, now) if fresh else ""
        yield Change(kind="touched", seen=replace(seen, item=item, digest=digest), keys=fresh, why=why)


def _edits(
    match: Match, seen: Seen, turns: Sequence[Turn], against: Against | None, watch: Watch, now: datetime
) -> Iterable[Change]:
    was = against(watch.options, seen.item, match.item) if against else seen.item
    quiet = told(was) == told(match.item) or _returns(match, seen, turns, watch, now)
    how = _known_by(match, seen, watch, now)
    changes = [_put_right(match, seen, watch)] if quiet else _edited(match, seen, was, watch, now)
    return (replace(change, why=_edit(change, how, now, quiet=quiet)) for change in changes)


def _returns(match: Match, seen: Seen, turns: Sequence[Turn], watch: Watch, now: datetime) -> bool:
    """Whether this very edit was told a short while ago: the item goes to and fro between two forms, as two servers of
    one address show it. Or whether it is back to one of the forms that its kind compares it with."""
    forms = dict.fromkeys(form for turn in turns for form in (turn.after, turn.before) if form != seen.digest)
    earlier = list(forms)[: getattr(watch.options, "compare", 1) - 1]
    same = [turn for turn in turns if turn[1:] == (seen.digest, match.digest)]
    # What lies ahead was stored before the clock was set back.
    told_before = any(timedelta() <= now - turn.at < FLIPPING for turn in same)
    return told_before or match.digest in earlier


def _known_by(match: Match, seen: Seen, watch: Watch, now: datetime) -> str:
    moved = f"; now at {match.item.link}" if match.item.link != seen.item.link else ""
    return line(now, "known", f"by {by(match.item, seen, watch.url)}{moved}")


def _edit(change: Change, how: str, now: datetime, *, quiet: bool) -> str:
    """The line of an edit's journal; the news of one is an item of its own, with a line of its own."""
    if change.event:
        return line(
            now, "new", f"revision {change.seen.item.key.removeprefix('r')} of {re.split('[~/]', change.event)[0]}"
        )
    if quiet:
        return f"{how}; edited: to a reader the same, or told within a week; not told"
    told = "told as an item of its own" if change.kind == "touched" else "not told: its record and entry follow"
    return f"{how}; edited, revision {change.seen.revision}; {told}"


def _nothing_known(match: Match) -> str:
    marks = {"id": 'its own id "{}"', "address": "its address {}", "exact": "its address and title {}"}
    keys = sorted(match.keys, key=lambda key: list(marks).index(key[0]))
    return f"nothing known has {' or '.join(marks[kind].format(value[:200]) for kind, value in keys)}"


def line(now: datetime, kind: str, why: str) -> str:
    """A line of an item's journal."""
    return " ".join(f"{times.rfc3339(now)} {kind}: {why}".split())


def _known_as(match: Match, seen: Seen) -> Item:
    """The item as it was, at the address where it is now, with a date if one was learnt."""
    now, item = match.item, seen.item
    # Copies are dear where a list has thousands.
    if item.link != now.link:
        item = replace(item, link=now.link)
    if item.published or (item.published, item.dated_by) == (now.published, now.dated_by):
        return item
    return replace(item, published=now.published, dated_by=now.dated_by)


def _upon(item: Item, was: Item) -> Item:
    """An item as it is now, with what is known of it and not seen now: the article of a list's item, a date."""
    return replace(item, body=item.body or was.body, published=item.published or was.published)


def _edited(match: Match, seen: Seen, was: Item, watch: Watch, now: datetime) -> Iterable[Change]:
    item, number, fresh = _upon(match.item, seen.item), seen.revision + 1, match.keys - seen.keys
    after = replace(seen, item=item, digest=match.digest, revision=number, pending=match.pending)
    note = unified(was, item)
    if watch.on_edit == "entry" and not seen.held:
        revision = _revision(after, note, now)
        event = f"{_called(watch, seen.id, item)}/edit/{_short(seen.digest, match.digest)}"
        yield Change(kind="new", seen=revision, keys=revision.keys, event=event)
        yield Change(kind="touched", seen=after, was=seen.item, keys=fresh, note=note)
    else:
        # While it waits for its article, readers see no change.
        after = replace(after, revised_at=seen.revised_at if match.pending else now)
        yield Change(kind="edited", seen=after, was=seen.item, keys=fresh, note=note)


def _put_right(match: Match, seen: Seen, watch: Watch) -> Change:
    """Its record shows the form that it has; it surfaces nowhere, and nobody is told."""
    after = replace(seen, item=_upon(match.item, seen.item), digest=match.digest, pending=match.pending)
    kind: Literal["touched", "edited"] = "touched" if watch.on_edit == "entry" else "edited"
    return Change(kind=kind, seen=after, was=seen.item, keys=match.keys - seen.keys)


def _revision(seen: Seen, note: str, now: datetime) -> Seen:
    """A revision that is told: an item of its own, whose body is the diff."""
    key = f"r{seen.revision}"
    title = f"[Edited] {seen.item.title}"
    item = replace(seen.item, title=title, published=now, dated_by="", summary="", body=fenced(note), key=key)
    return Seen(
        id=revision_id(seen.id, seen.revision),
        item=item,
        digest=item.digest,
        slug=seen.slug,
        seq=0,
        first_seen=now,
        revised_at=now,
        keys=frozenset({("id", f"{seen.id}/{key}")}),
        path=records.path(f"{seen.slug}-{key}", item, now),
    )


def revision_id(id_: str, number: int) -> str:
    """The id of an edit that is told as an item of its own."""
    return uuid.uuid5(uuid.UUID(id_), str(number)).urn


def unified(was: Item, now: Item) -> str:
    """The lines that an edit took away and brought, with literal `-` and `+`."""
    return "\n".join(linediff.unified(told(was), told(now)))


def fenced(text: str) -> str:
    """A text as a Markdown code block of kind `diff`, whatever backticks it holds."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}diff\n{text}\n{fence}"


def patched(lines: Sequence[str], text: str) -> list[str] | None:
    """The lines after the edit that `fenced` tells of them; None where it is no edit of these."""
    head, *hunks = _HUNK.split("\n".join(text.split("\n")[1:-1]) + "\n")
    after, done = list[str](), 0
    for start, size, hunk in zip(hunks[::3], hunks[1::3], hunks[2::3], strict=True):
        edit = hunk.removesuffix("\n").split("\n")
        was = [each[1:] for each in edit if not each.startswith("+")]
        first = int(start) - (size != "0")
        if first < done or lines[first : first + len(was)] != was:
            return None
        after += [*lines[done:first], *(each[1:] for each in edit if not each.startswith("-"))]
        done = first + len(was)
    return [*after, *lines[done:]] if hunks and not head else None


def told(item: Item) -> list[str]:
    """The lines that a reader compares."""
    parts = (item.title, item.version, item.edition, item.summary, item.body)
    return [line for part in parts for line in part.splitlines()]


def _oldest(unknown: Iterable[Match], known: Known, now: datetime) -> date | None:
    # What is dated ahead, as events are and as slips of the year are, makes nothing of today old.
    dates = [min(day(m.item.published), now.date()) for m in unknown if m.item.published]
    return min([*dates, *([known.oldest] if known.oldest else [])], default=None)
