"""One look at one watch: what its page holds now, against what is known. Nothing is written here."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from watcher import completing, jitter, reading, times
from watcher.diff import Verdict, diff
from watcher.errors import CheckError
from watcher.front import Failure, Front, NotModified
from watcher.match import Match, distinct
from watcher.model import Change, Found, Get, Item, Known, Response, Unchanged, Watch
from watcher.past import Memory, Past
from watcher.sources import Source

#: A further page that is needed and fails in the same way is done without once a watch has failed so often: by then
#: half a day lies between two looks.
PATIENCE = 5

_NOTHING = Verdict(changes=(), listed=())


def look(watch: Watch, known: Known, source: Source, memory: Memory, get: Get, now: datetime) -> Found | Unchanged:
    """What a check found, ready to be committed. Raises CheckError; then nothing that is known changes."""
    return _Look(Past(watch, known, memory), source, get, now).outcome()


class _Page(NamedTuple):
    """What was read: the items, as what they are if the source asked that, from how many pages, and what became of a
    further one."""

    items: list[Item]
    matches: list[Match]
    pages: int
    failure: Failure


class _Look:
    """What stays the same during a look. `stored` is the past before the look itself has learnt anything."""

    def __init__(self, stored: Past, source: Source, get: Get, now: datetime) -> None:
        self.stored, self.source, self.now = stored, source, now
        self.watch, self.known, self.memory = stored.watch, stored.known, stored.memory
        self.front = Front(self.watch, self.known, get, now)
        self.has_new_rule = self.known.spec != self.watch.spec

    def outcome(self) -> Found | Unchanged:
        past = self._past()
        try:
            page = self._page(past)
        except NotModified:
            return Unchanged(response=self.front.answer, changes=tuple(self._late_articles()))
        self._insist(page, past)
        if late := self._late_articles():
            past, page = self._past(late), page._replace(matches=[])
        matches, agree = self._confirmed(page, past)
        matches = list(completing.completed(matches, late, self.watch, self.source, self.front))
        settled = agree and not (page.pages > 1 and _rises(self.source, page.items))
        return self._found(page, matches, past, settled=settled)

    def _past(self, late: Sequence[Change] = ()) -> Past:
        """What the page is compared with: what is stored, with what a changed rule and late articles add to it."""
        if not self.has_new_rule:
            return replace(self.stored, learnt=late) if late else self.stored
        relearnt = self._relearnt(late)
        listed, oldest = relearnt.listed or self.known.listed, relearnt.oldest or self.known.oldest
        known = replace(self.known, listed=listed, oldest=oldest)
        return replace(self.stored, known=known, learnt=_merged(relearnt.changes, late))

    def _relearnt(self, late: Sequence[Change]) -> Verdict:
        """What a changed rule finds on the last page that was understood: known from now on, and told to nobody."""
        page = None if self.known.first_look else self.memory.last_body(self.watch.name)
        if page is None:
            return _NOTHING
        try:
            items, _ = reading.read(self.source, reading.stored(page), self.stored)
        except CheckError:
            return _NOTHING  # the rule is made for a page that has changed since
        matches = replace(self.stored, learnt=late).match(items)
        return diff(matches, self.known, self.watch, self.now, baseline=True)

    def _page(self, past: Past) -> _Page:
        items, matches = reading.read(self.source, self.front, past)
        return _Page(items, matches, self.front.asked, self.front.failed)

    def _insist(self, page: _Page, past: Past) -> None:
        """Raise the failure of a further page without which something would be lost, or told that is old.

        Were the first page told alone after an outage, it would be known at the next look, and what lies between it and
        the last list would never be met. A baseline without the further pages would make news of them later.
        """
        failure = page.failure
        if failure.error is None or failure.lasting:
            return
        if self.known.failures >= PATIENCE and self.known.error == str(failure):
            return
        if self.known.first_look or self.has_new_rule or past.is_apart(past.match(page.items)):
            failure.error.args = (str(failure),)
            failure.error.hint = "nothing is told before this page of the list can be read as well; it is tried again"
            raise failure.error

    def _late_articles(self) -> list[Change]:
        if not self.known.pending:
            return []
        pending = self.memory.pending(self.watch.name)
        return list(completing.late(pending, self.watch, self.source, self.front, self.now))

    def _confirmed(self, page: _Page, past: Past) -> tuple[list[Match], bool]:
        """The items as what they are, and whether two fetches agree on them, where a kind wants to see an edit twice
        before it is news."""
        matches = page.matches or past.match(page.items)
        if not getattr(self.source, "CONFIRM", False) or not any(each.edited for each in matches):
            return matches, True
        again = distinct(self.source.find(self.watch.options, self.front))
        stable = reading.stable(self.source, self.watch.options, matches, again)
        return past.match(stable), again == page.items

    def _found(self, page: _Page, matches: Sequence[Match], past: Past, *, settled: bool) -> Found:
        verdict = self._verdict(page, matches, past)
        changes = _merged(verdict.changes, past.learnt)
        gap = matches if past.is_apart(matches) else ()
        return Found(
            response=self.front.answer,
            changes=changes,
            listed=verdict.listed,
            count=sum(not each.dropped for each in matches),
            oldest=verdict.oldest or past.known.oldest,
            settled=settled,
            jitter=self._noise(page.items) if settled and not changes else "",
            warnings=(*_warnings(verdict, self.watch, page, gap=gap), *_robots(self.front.answer, self.known)),
        )

    def _verdict(self, page: _Page, matches: Sequence[Match], past: Past) -> Verdict:
        pages_before = 1 if self.has_new_rule else getattr(self.watch.options, "pages", 1)
        return diff(
            matches,
            past.known,
            self.watch,
            self.now,
            baseline=self.known.first_look or _is_other(self.watch, self.known, self.source),
            further=page.pages > pages_before,
            changed=self.has_new_rule,
            turns=self.memory.turns(self.watch.name, [m.id for m in matches if m.edited]),
            against=getattr(self.source, "against", None),
        )

    def _noise(self, items: Sequence[Item]) -> str:
        """What of a page is noise that holds the very items of the last one, to the letter and in their order; also
        those that the watch is not about. It is believed until the day is over: the first look of each day reads the
        page."""
        if not getattr(self.source, "JITTERS", False) or self.has_new_rule or self.front.asked > 1:
            return ""
        before = self.memory.last_body(self.watch.name)
        if before is None:
            return ""
        found = jitter.learnt(before.body, self.front.answer.body, jitter.parse(self.known.jitter, self.now))
        try:
            same = found and reading.read(self.source, reading.stored(before), self.stored)[0] == items
        except CheckError:
            return ""
        return found.write(self.now) if found and same else ""


def _rises(source: Source, items: Sequence[Item]) -> bool:
    """Whether news may stand on a later page while the first one stays as it is: the list is in no order of time, or
    begins with the oldest."""
    days = [times.day(item.published) for item in items if item.published]
    oldest_first = len(days) > 1 and sum(a < b for a, b in itertools.pairwise(days)) * 2 > len(days)
    return oldest_first or getattr(source, "UNORDERED", False)


def _is_other(watch: Watch, known: Known, source: Source) -> bool:
    """Whether a page is watched under another address than before: what it says there is no edit."""
    return getattr(source, "CONFIRM", False) and bool(known.spec) and f'"url":{json.dumps(watch.url)}' not in known.spec


def _warnings(verdict: Verdict, watch: Watch, page: _Page, *, gap: Sequence[Match]) -> Iterator[str]:
    if verdict.held_why:
        yield f"held: {verdict.held_why}; see them, then: watcher accept {watch.name}"
    if gap:
        read = page.pages - (page.failure.error is not None)
        where = f"the {read} pages read" if read > 1 else "the page"
        pinned = sum(match.seen is not None or match.met for match in gap)
        but = f" but {pinned} at its top" if pinned else ""
        yield (
            f"a gap cannot be excluded: none of the {len(gap)} items on {where} was known{but},"
            f" and older ones may be missing; compare with {watch.url}"
        )
    if page.failure.error:
        yield f"not read: {page.failure}; what is listed only there was not seen"


def _robots(answer: Response, known: Known) -> Iterator[str]:
    """Said once, when it begins."""
    if answer.disallowed and not known.disallowed:
        yield (
            f"robots.txt asks programs not to read {answer.url}; it is your own address, and is read all the same"
            ' (robots = "obey" leaves it alone)'
        )


def _merged(news: Sequence[Change], others: Sequence[Change]) -> tuple[Change, ...]:
    """One change for an item: what the page says now, upon what was learnt before it in the same look."""
    earlier = {change.seen.id: change for change in others}
    merged = []
    for change in news:
        if before := earlier.pop(change.seen.id, None):
            kind = "stock" if before.kind == "stock" else change.kind
            why = "\n".join(filter(None, (before.why, change.why)))
            change = replace(change, kind=kind, keys=before.keys | change.keys, why=why)
        merged.append(change)
    return (*merged, *earlier.values())
