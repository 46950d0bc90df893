"""What a look changes: which items are new, edited, old stock, held. Pure; batches are judged, not items."""

from __future__ import annotations

import difflib
import itertools
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from watcher import records, times, versions
from watcher.match import Match, by
from watcher.model import Change, Item, Key, Known, Seen, Turn, Watch
from watcher.times import day

#: A list shorter than this is too small for "over half of it is new" to mean anything.
_JUDGED = 5

#: An edit that comes again within this time is no news.
FLIPPING = timedelta(days=7)


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
    against: Callable[[Any, Item, Item], Item] | None = None,
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
    verdict, why, reasons = _verdict(
        unknown, matches, known, watch, baseline=baseline, further=further, changed=changed
    )
    ages = _ages(unknown, now)
    changes: list[Change] = []
    for i, match in enumerate(matches):
        if match.dropped:
            continue
        if match.seen is None:
            change = _unseen(match, verdict[i], watch, ages[i], baseline=baseline)
            changes.append(replace(change, why=line(now, verdict[i], reasons.get(i) or _nothing_known(match))))
        else:
            was = against(watch.options, match.seen.item, match.item) if against and match.edited else match.seen.item
            quiet = told(was) == told(match.item) or _returns(match, match.seen, turns.get(match.id, ()), watch, now)
            changes.extend(_again(match, match.seen, was, watch, now, baseline=baseline, quiet=quiet))
    # What is all held may be another list, an error page's say: the last one stays the one to compare with.
    foreign = not baseline and "new" not in verdict.values() and not _met(matches)
    return Verdict(
        changes=tuple(changes),
        listed=known.listed if foreign else tuple(m.id for m in matches),
        oldest=_oldest(unknown.values(), known, now) if baseline else None,
        held_why=why,
    )


def _verdict(
    unknown: dict[int, Match],
    matches: Sequence[Match],
    known: Known,
    watch: Watch,
    *,
    baseline: bool,
    further: bool,
    changed: bool,
) -> tuple[dict[int, Literal["new", "stock", "held"]], str, dict[int, str]]:
    """What becomes of each unknown item, why a batch is held, and the reasons."""
    if baseline:
        told = known.first_look and watch.first_run == "alert"
        why = "the first look found it" if known.first_look else "the changed rule finds it on a page known before"
        return dict.fromkeys(unknown, "new" if told else "stock"), "", dict.fromkeys(unknown, why)
    stock = _old_stock(unknown, matches, known, further=further)
    stock |= {i: "the rule before the change dropped it" for i, match in unknown.items() if changed and match.met}
    fresh = [i for i in unknown if i not in stock]
    # Old stock of further pages makes no batch of news smaller.
    why = _flood(fresh, matches, watch, known, among=len(matches) - (len(stock) if further else 0))
    verdict: dict[int, Literal["new", "stock", "held"]] = {
        i: "stock" if i in stock else "held" if why else "new" for i in unknown
    }
    return verdict, why, dict.fromkeys(fresh, why) | stock


def _old_stock(unknown: dict[int, Match], matches: Sequence[Match], known: Known, *, further: bool) -> dict[int, str]:
    """Items that were there before the first look, each with the reason: dated before its oldest, or standing on the
    next page then."""
    before = f"dated before {known.oldest}, the oldest day of the first look"
    stock = {i: before for i, m in unknown.items() if _is_before(m.item, known.oldest)}
    below = _below({i: m for i, m in unknown.items() if i not in stock}, matches, known)
    if further:
        return stock | dict.fromkeys(below, "it stands below all that is known, and more pages are read than before")
    present = {m.id for m in matches}
    lost = sum(1 for id_ in known.listed if id_ not in present)
    slid = below[: max(0, lost - len(stock))]  # as many as slid up
    return stock | dict.fromkeys(slid, "it stands below all that is known: it slid up from the next page")


def _is_before(item: Item, oldest: date | None) -> bool:
    # 1970-01-01 and 0001-01-01 are what systems say that have no date.
    if oldest is None or item.published is None:
        return False
    claimed = day(item.published)
    return claimed < oldest and claimed.year > 1970


def _below(rest: dict[int, Match], matches: Sequence[Match], known: Known) -> list[int]:
    """What stands below all that is known, in a newest-first list: undated, or dated no later than the baseline's
    oldest day."""
    last_known = max((i for i, m in enumerate(matches) if m.seen or m.met), default=-1)
    if last_known < 0 or not _newest_first(matches, known):
        return []
    return [
        i
        for i, m in rest.items()
        if i > last_known
        and (m.item.published is None or (known.oldest is not None and day(m.item.published) <= known.oldest))
    ]


def _slid_down(matches: Sequence[Match], known: Known) -> bool:
    """Whether several have left the top of the list, and none its middle or end: the newest stand last in it."""
    present = {m.id for m in matches}
    left = list(itertools.takewhile(lambda id_: id_ not in present, known.listed))
    return len(left) > 1 and all(id_ in present for id_ in known.listed[len(left) :])


def _newest_first(matches: Sequence[Match], known: Known) -> bool:
    """Whether dates, or where there are none the order in which items came to us, fall down the page."""
    dated = [day(m.item.published) for m in matches if m.item.published]
    if len(dated) > 1:
        return sum(a < b for a, b in itertools.pairwise(dated)) <= len(dated) // 10
    numbered = [version for m in matches if (version := versions.parse(m.item.version))]
    if len(numbered) > 1:
        return sum(a < b for a, b in itertools.pairwise(numbered)) * 2 < len(numbered)
    came = [m.seen.first_seen for m in matches if m.seen]
    return not _slid_down(matches, known) and (not came or came[0] >= came[-1])


def _met(matches: Sequence[Match]) -> bool:
    """Whether anything is there that was known, and not merely held, or that was listed and dropped."""
    return any(not m.seen.held if m.seen else m.met for m in matches)


def _flood(fresh: Sequence[int], matches: Sequence[Match], watch: Watch, known: Known, among: int) -> str:
    """Why this batch is held, or "": too many at once, unless a known item follows them (then it is backlog)."""
    if not fresh or any(m.strong or (m.dropped and m.met) for m in matches[max(fresh) + 1 :]):
        return ""
    if len(fresh) > watch.flood:
        return f"{len(fresh)} unknown items at once, more than flood = {watch.flood}"
    if among >= _JUDGED and len(fresh) * 2 > among:
        return f"{len(fresh)} of {among} items are unknown"
    if len(known.listed) >= _JUDGED and not _met(matches):
        return f"none of the last {len(known.listed)} items is there"
    return ""


def _ages(unknown: dict[int, Match], now: datetime) -> dict[int, datetime]:
    """When each was first seen: now, and for the n-th undated one of the batch n seconds earlier, to keep the order."""
    ages, undated = {}, 0
    for i, match in unknown.items():
        ages[i] = now - timedelta(seconds=undated) if match.item.published is None else now
        undated += match.item.published is None
    return ages


def _unseen(
    match: Match, kind: Literal["new", "stock", "held"], watch: Watch, first_seen: datetime, *, baseline: bool
) -> Change:
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
    return Change(kind=kind, seen=seen, keys=match.keys, event=f"{match.id}/new" if kind == "new" else "")


def _returns(match: Match, seen: Seen, turns: Sequence[Turn], watch: Watch, now: datetime) -> bool:
    """Whether this very edit was told a short while ago: the item goes to and fro between two forms, as two servers of
    one address show it. Or whether it is back to one of the forms that its kind compares it with."""
    forms = dict.fromkeys(form for turn in turns for form in (turn.after, turn.before) if form != seen.digest)
    earlier = list(forms)[: getattr(watch.options, "compare", 1) - 1]
    same = [turn for turn in turns if turn[1:] == (seen.digest, match.digest)]
    # What lies ahead was stored before the clock was set back.
    told_before = any(timedelta() <= now - turn.at < FLIPPING for turn in same)
    return told_before or match.digest in earlier


def _again(
    match: Match, seen: Seen, was: Item, watch: Watch, now: datetime, *, baseline: bool, quiet: bool
) -> Iterable[Change]:
    """What a known item's new appearance changes; nothing, most of the time."""
    fresh = match.keys - seen.keys
    if match.edited and not baseline and watch.on_edit != "ignore":
        how = _known_by(match, seen, watch, now)
        changes = _put_right(match, seen, watch, fresh) if quiet else _edited(match, seen, was, watch, now, fresh)
        yield from (replace(change, why=_edit(change, how, now, quiet=quiet)) for change in changes)
        return
    item, digest = _known_as(match, seen), seen.digest
    if baseline or not digest:
        # A changed rule sees the same release with other eyes. That is no edit, and what it sees is what counts now.
        item, digest = _upon(match.item, seen.item), match.digest
    if fresh or item != seen.item or digest != seen.digest:
        why = _known_by(match, seen, watch, now) if fresh else ""
        yield Change(kind="touched", seen=replace(seen, item=item, digest=digest), keys=fresh, why=why)


def _known_by(match: Match, seen: Seen, watch: Watch, now: datetime) -> str:
    moved = f"; now at {match.item.link}" if match.item.link != seen.item.link else ""
    return line(now, "known", f"by {by(match.item, seen, watch.url)}{moved}")


def _edit(change: Change, how: str, now: datetime, *, quiet: bool) -> str:
    """The line of an edit's journal; the news of one is an item of its own, with a line of its own."""
    if change.event:
        return line(
            now, "new", f"revision {change.seen.item.key.removeprefix('r')} of {change.event.partition('/')[0]}"
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


def _edited(
    match: Match, seen: Seen, was: Item, watch: Watch, now: datetime, fresh: frozenset[Key]
) -> Iterable[Change]:
    item, number = _upon(match.item, seen.item), seen.revision + 1
    after = replace(seen, item=item, digest=match.digest, revision=number, pending=match.pending)
    note = unified(was, item)
    if watch.on_edit == "entry" and not seen.held:
        revision = _revision(after, note, now)
        yield Change(kind="new", seen=revision, keys=revision.keys, event=f"{seen.id}/edit/{number}")
        yield Change(kind="touched", seen=after, was=seen.item, keys=fresh, note=note)
    else:
        # While it waits for its article, readers see no change.
        after = replace(after, revised_at=seen.revised_at if match.pending else now)
        yield Change(kind="edited", seen=after, was=seen.item, keys=fresh, note=note)


def _put_right(match: Match, seen: Seen, watch: Watch, fresh: frozenset[Key]) -> Iterable[Change]:
    """Its record shows the form that it has; it surfaces nowhere, and nobody is told."""
    after = replace(seen, item=_upon(match.item, seen.item), digest=match.digest, pending=match.pending)
    yield Change(kind="touched" if watch.on_edit == "entry" else "edited", seen=after, was=seen.item, keys=fresh)


def _revision(seen: Seen, note: str, now: datetime) -> Seen:
    """A revision that is told: an item of its own, whose body is the diff."""
    key = f"r{seen.revision}"
    title = f"[Edited] {seen.item.title}"
    item = replace(seen.item, title=title, published=now, dated_by="", summary="", body=fenced(note), key=key)
    return Seen(
        id=uuid.uuid5(uuid.UUID(seen.id), str(seen.revision)).urn,
        item=item,
        digest=item.digest,
        slug=seen.slug,
        seq=0,
        first_seen=now,
        revised_at=now,
        keys=frozenset({("id", f"{seen.id}/{key}")}),
        path=records.path(f"{seen.slug}-{key}", item, now),
    )


def unified(was: Item, now: Item) -> str:
    """The lines that an edit took away and brought, with literal `-` and `+`."""
    lines = difflib.unified_diff(told(was), told(now), "before", "after", lineterm="", n=2)
    return "\n".join(list(lines)[2:])


def fenced(text: str) -> str:
    """A text as a Markdown code block of kind `diff`, whatever backticks it holds."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}diff\n{text}\n{fence}"


def told(item: Item) -> list[str]:
    """The lines that a reader compares."""
    parts = (item.title, item.version, item.edition, item.summary, item.body)
    return [line for part in parts for line in part.splitlines()]


def _oldest(unknown: Iterable[Match], known: Known, now: datetime) -> date | None:
    # What is dated ahead, as events are and as slips of the year are, makes nothing of today old.
    dates = [min(day(m.item.published), now.date()) for m in unknown if m.item.published]
    return min([*dates, *([known.oldest] if known.oldest else [])], default=None)
