"""What becomes of the items of a page that nobody knows: news, old stock, or drafts. Pure; batches are judged, not
items."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple, TypeAlias

from watcher import versions
from watcher.match import Match
from watcher.model import Item, Known, Watch
from watcher.times import day

#: A list shorter than this is too small for "over half of it is new" to mean anything.
_JUDGED = 5

Kind: TypeAlias = Literal["new", "stock", "held"]

#: Items by their places on the page.
Placed: TypeAlias = Mapping[int, Match]


class Batch(NamedTuple):
    """What becomes of unknown items, by their places on the page, with reasons where there are any but that nothing
    known is like them; and why they are held, "" where they are not."""

    kinds: Mapping[int, Kind]
    reasons: Mapping[int, str]
    held_why: str = ""


def judged(
    unknown: Placed,
    matches: Sequence[Match],
    known: Known,
    watch: Watch,
    *,
    baseline: bool,
    further: bool,
    changed: bool,
) -> Batch:
    """What becomes of the unknown ones of `matches`; `baseline`, `further` and `changed` as `diff` has them."""
    if baseline:
        return _baseline(unknown, known, watch)
    stock = _old_stock(unknown, matches, known, further=further)
    stock |= {i: "the rule before the change dropped it" for i, match in unknown.items() if changed and match.met}
    fresh = [i for i in unknown if i not in stock]
    # Old stock of further pages makes no batch of news smaller.
    why = _flood(fresh, matches, watch, known, among=len(matches) - (len(stock) if further else 0))
    kinds: dict[int, Kind] = {i: "stock" if i in stock else "held" if why else "new" for i in unknown}
    return Batch(kinds, dict.fromkeys(fresh, why) | stock, why)


def met(matches: Sequence[Match]) -> bool:
    """Whether anything is there that was known, and not merely held, or that was listed and dropped."""
    return any(not m.seen.held if m.seen else m.met for m in matches)


def _baseline(unknown: Placed, known: Known, watch: Watch) -> Batch:
    """What a first look finds, or a changed rule on a page that was known."""
    told = known.first_look and watch.first_run == "alert"
    why = "the first look found it" if known.first_look else "the changed rule finds it on a page known before"
    return Batch(dict.fromkeys(unknown, "new" if told else "stock"), dict.fromkeys(unknown, why))


def _old_stock(unknown: Placed, matches: Sequence[Match], known: Known, *, further: bool) -> dict[int, str]:
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


def _below(rest: Placed, matches: Sequence[Match], known: Known) -> list[int]:
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


def _flood(fresh: Sequence[int], matches: Sequence[Match], watch: Watch, known: Known, among: int) -> str:
    """Why this batch is held, or "": too many at once, unless a known item follows them (then it is backlog)."""
    if not fresh or any(m.strong or (m.dropped and m.met) for m in matches[max(fresh) + 1 :]):
        return ""
    if len(fresh) > watch.flood:
        return f"{len(fresh)} unknown items at once, more than flood = {watch.flood}"
    if among >= _JUDGED and len(fresh) * 2 > among:
        return f"{len(fresh)} of {among} items are unknown"
    if len(known.listed) >= _JUDGED and not met(matches):
        return f"none of the last {len(known.listed)} items is there"
    return ""
