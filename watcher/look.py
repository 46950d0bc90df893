"""One look at one watch: what its page holds now, against what is known. Nothing is written here."""

from __future__ import annotations

import itertools
import json
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from watcher import jitter, times
from watcher.diff import Verdict, diff, line
from watcher.errors import CheckError, Disallowed, FetchError, WatcherError
from watcher.filters import judged
from watcher.front import Failure, Front, NotModified
from watcher.match import Match, distinct, dropped, lookup, match, minted
from watcher.model import Change, Found, Get, Item, Key, Known, Request, Response, Seen, Turn, Unchanged, Watch
from watcher.sources import Source

log = logging.getLogger(__name__)

#: An article that cannot be had is tried again at this many more looks; then the item goes out without it.
ARTICLE_TRIES = 3

#: More articles than this wait for the next look; so many failures in a row mean that the rest would fail as well.
ARTICLES_A_LOOK, FAILURES_A_LOOK = 50, 3

#: A further page that is needed and fails in the same way is done without once a watch has failed so often: by then
#: half a day lies between two looks.
PATIENCE = 5

#: So many items may be pinned to the top of a list.
PINS = 2


_NOTHING = Verdict(changes=(), listed=())


class Memory(Protocol):
    """What a look asks of the store."""

    def seen(self, watch: str, keys: Collection[Key], /) -> Sequence[Seen]: ...
    def find_items(self, watch: str, ids: Collection[str], /) -> Sequence[Seen]: ...
    def pending(self, watch: str, /) -> Sequence[Seen]: ...
    def last_body(self, watch: str, /) -> Response | None: ...
    def turns(self, watch: str, ids: Collection[str], /) -> Mapping[str, Sequence[Turn]]: ...


def look(watch: Watch, known: Known, source: Source, memory: Memory, get: Get, now: datetime) -> Found | Unchanged:
    """What a check found, ready to be committed. Raises CheckError; then nothing that is known changes."""
    front = Front(watch, known, get, now)
    relearnt = _relearn(watch, known, source, memory, (), now) if known.spec != watch.spec else _NOTHING
    try:
        items, read = _read(watch, _taught(known, relearnt), source, memory, front, relearnt.changes)
    except NotModified:
        awaited = _late_articles(watch, source, memory, front, now) if known.pending else ()
        return Unchanged(response=front.answer, changes=tuple(awaited))
    pages, failure = front.asked, front.failed
    _insist(failure, items, watch, known, memory, relearnt)
    late = list(_late_articles(watch, source, memory, front, now)) if known.pending else []
    if late:
        relearnt = _relearn(watch, known, source, memory, late, now)
    learnt, before = _merged(relearnt.changes, late), _taught(known, relearnt)
    found = read if read and not late else _match(items, watch, before, memory, learnt)
    settled = True
    if getattr(source, "CONFIRM", False) and any(each.edited for each in found):
        again = distinct(source.find(watch.options, front))
        settled = again == items
        found = _match(_stable(found, again, watch, source), watch, before, memory, learnt)
    matches = list(_with_articles(found, late, watch, source, front))
    settled = settled and not (pages > 1 and _rises(source, items))
    further = pages > (getattr(watch.options, "pages", 1) if known.spec == watch.spec else 1)
    verdict = diff(
        matches,
        before,
        watch,
        now,
        baseline=known.first_look or _is_other(watch, known, source),
        further=further,
        changed=known.spec != watch.spec,
        turns=memory.turns(watch.name, [m.id for m in matches if m.edited]),
        against=getattr(source, "against", None),
    )
    changes = _merged(verdict.changes, learnt)
    return Found(
        response=front.answer,
        changes=changes,
        listed=verdict.listed,
        count=sum(not each.dropped for each in matches),
        oldest=verdict.oldest or relearnt.oldest,
        settled=settled,
        jitter=_noise(watch, known, source, memory, front, items, now) if settled and not changes else "",
        warnings=(
            *_warnings(verdict, watch, pages, failure, gap=len(matches) if _is_gap(found, before) else 0),
            *_robots(front.answer, known),
        ),
    )


def _noise(
    watch: Watch, known: Known, source: Source, memory: Memory, front: Front, items: Sequence[Item], now: datetime
) -> str:
    """What of a page is noise that holds the very items of the last one, to the letter and in their order; also those
    that the watch is not about. It is believed until the day is over: the first look of each day reads the page."""
    if not getattr(source, "JITTERS", False) or known.spec != watch.spec or front.asked > 1:
        return ""
    before = memory.last_body(watch.name)
    found = before and jitter.learnt(before.body, front.answer.body, jitter.parse(known.jitter, now))
    if not before or not found:
        return ""
    try:
        same = _read(watch, known, source, memory, _replay(before))[0] == items
    except CheckError:
        return ""
    return found.write(now) if same else ""


def _rises(source: Source, items: Sequence[Item]) -> bool:
    """Whether news may stand on a later page while the first one stays as it is: the list is in no order of time, or
    begins with the oldest."""
    days = [times.day(item.published) for item in items if item.published]
    oldest_first = len(days) > 1 and sum(a < b for a, b in itertools.pairwise(days)) * 2 > len(days)
    return oldest_first or getattr(source, "UNORDERED", False)


def _is_other(watch: Watch, known: Known, source: Source) -> bool:
    """Whether a page is watched under another address than before: what it says there is no edit."""
    return getattr(source, "CONFIRM", False) and bool(known.spec) and f'"url":{json.dumps(watch.url)}' not in known.spec


def _taught(known: Known, relearnt: Verdict) -> Known:
    """What is known once a changed rule has been run over the page that was understood last."""
    return replace(known, listed=relearnt.listed or known.listed, oldest=relearnt.oldest or known.oldest)


def _insist(
    failure: Failure, items: Sequence[Item], watch: Watch, known: Known, memory: Memory, relearnt: Verdict
) -> None:
    """Raise the failure of a further page without which something would be lost, or told that is old.

    Were the first page told alone after an outage, it would be known at the next look, and what lies between it and
    the last list would never be met. A baseline without the further pages would make news of them later.
    """
    if failure.error is None or failure.lasting:
        return
    if known.failures >= PATIENCE and known.error == str(failure):
        return
    before = _taught(known, relearnt)
    baseline = known.first_look or known.spec != watch.spec
    if baseline or _is_gap(_match(items, watch, before, memory, relearnt.changes), before):
        failure.error.args = (str(failure),)
        failure.error.hint = "nothing is told before this page of the list can be read as well; it is tried again"
        raise failure.error


def _is_gap(matches: Sequence[Match], known: Known) -> bool:
    """Whether nothing joins what is found to what was listed before."""
    return bool(known.listed and matches) and not _joined([m.seen is not None or m.met for m in matches])


def _joined(known: Sequence[bool]) -> bool:
    """Whether a list, of whose items these are known, meets what is known. One or two at its top may be pinned there,
    whatever has been published below them."""
    first_new = known.index(False) if False in known else len(known)
    pinned = len(known) >= 5 and first_new <= PINS and not any(known[first_new:])
    return any(known) and not pinned


def _warnings(verdict: Verdict, watch: Watch, pages: int, failure: Failure, *, gap: int) -> Iterator[str]:
    if verdict.held_why:
        yield f"held: {verdict.held_why}; see them, then: watcher accept {watch.name}"
    if gap:
        read = pages - (failure.error is not None)
        where = f"the {read} pages read" if read > 1 else "the page"
        yield (
            f"a gap cannot be excluded: none of the {gap} items on {where} was known,"
            f" and older ones may be missing; compare with {watch.url}"
        )
    if failure.error:
        yield f"not read: {failure}; what is listed only there was not seen"


def _robots(answer: Response, known: Known) -> Iterator[str]:
    """Said once, when it begins."""
    if answer.disallowed and not known.disallowed:
        yield (
            f"robots.txt asks programs not to read {answer.url}; it is your own address, and is read all the same"
            ' (robots = "obey" leaves it alone)'
        )


def _read(
    watch: Watch, known: Known, source: Source, memory: Memory, get: Get, learnt: Sequence[Change] = ()
) -> tuple[list[Item], list[Match]]:
    """What the source finds, and as what, if that was asked; one that can make use of it is told how much of the last
    list some items are."""
    revisit = getattr(source, "revisit", None)
    if known.first_look or not known.listed or revisit is None:
        return distinct(source.find(watch.options, get)), []
    listed = set(known.listed)
    # The same items are asked about again and again. They are kept, so that no others get their ids.
    asked: dict[tuple[int, ...], tuple[Sequence[Item], list[Item], list[Match]]] = {}

    def share(items: Sequence[Item]) -> float:
        if (those := tuple(map(id, items))) not in asked:
            own = distinct(items)
            asked[those] = items, own, _match(own, watch, known, memory, learnt)
        met = [m.id in listed for m in asked[those][2]]
        return sum(met) / len(listed) if _joined(met) else 0.0

    found = list(revisit(watch.options, get, share))
    _, items, matches = asked.get(tuple(map(id, found))) or (found, distinct(found), [])
    return items, matches


def _stable(matches: Sequence[Match], again: Iterable[Item], watch: Watch, source: Source) -> list[Item]:
    """The items of two fetches made at once: as far as the two do not agree, what is known stays."""
    stable: Callable[[Any, Item, Item, Item], Item] = getattr(source, "stable")  # noqa: B009 (a kind may lack it)
    second = {item.key: item for item in again}
    return [
        stable(watch.options, each.item, second[each.item.key], each.seen.item)
        if each.seen and each.item.key in second
        else each.item
        for each in matches
    ]


def _match(listed: Sequence[Item], watch: Watch, known: Known, memory: Memory, learnt: Iterable[Change]) -> list[Match]:
    """The listed items as what they are; in their places also those that the watch is not about."""
    told, before = judged(watch.filters, listed), set(known.listed)
    items = [item for item, passes in told if passes]
    matches = {id(each.item): each for each in _known(items, watch, known, memory, learnt)}
    woven = (matches.get(id(item)) if passes else dropped(item) for item, passes in told)
    return [
        each if before.isdisjoint((each.id, *minted(each.item))) else replace(each, met=True) for each in woven if each
    ]


def _known(items: Sequence[Item], watch: Watch, known: Known, memory: Memory, learnt: Iterable[Change]) -> list[Match]:
    keys = {key for item in items for key in lookup(item, watch.url)}
    seen = {s.id: s for s in memory.seen(watch.name, keys)}
    missing = {id_ for item in items for id_ in minted(item)} - seen.keys()
    seen |= {s.id: s for s in memory.find_items(watch.name, missing)}
    seen |= {c.seen.id: replace(c.seen, keys=c.seen.keys | c.keys) for c in learnt}
    return match(items, list(seen.values()), known.listed, watch.url)


def _relearn(
    watch: Watch, known: Known, source: Source, memory: Memory, late: Sequence[Change], now: datetime
) -> Verdict:
    """What a changed rule finds on the last page that was understood: known from now on, and told to nobody."""
    stored = memory.last_body(watch.name)
    if known.first_look or known.spec == watch.spec or stored is None:
        return _NOTHING
    try:
        items, _ = _read(watch, known, source, memory, _replay(stored))
    except CheckError:
        return _NOTHING  # the rule is made for a page that has changed since
    return diff(_match(items, watch, known, memory, late), known, watch, now, baseline=True)


def _replay(stored: Response) -> Get:
    answers = [stored]

    def get(request: Request) -> Response:
        if not answers:
            raise FetchError(f"{request.url} is not stored: only the last front page is")
        return answers.pop()

    return get


def _with_articles(
    matches: Sequence[Match], late: Sequence[Change], watch: Watch, source: Source, get: Get
) -> Iterator[Match]:
    """The matches with the articles of what is new or edited, as far as they can be had now."""
    article = _Articles(watch, source, get)
    # An item that is edited at every look is awaited no longer than another.
    left = {change.seen.id: change.seen.pending for change in late}
    for found in matches:
        if not found.dropped and (found.seen is None or found.edited):
            item = article.of(found.item)
            yield replace(found, item=item or found.item, pending=0 if item else left.get(found.id, ARTICLE_TRIES))
        else:
            yield found


def _late_articles(watch: Watch, source: Source, memory: Memory, get: Get, now: datetime) -> Iterator[Change]:
    article = _Articles(watch, source, get)
    for seen in memory.pending(watch.name):
        item = article.of(seen.item)
        left = 0 if item else seen.pending - article.tried
        if left < seen.pending:
            # An edit that had to wait for its article is seen by readers from now on.
            revised_at = now if seen.revision and not left else seen.revised_at
            after = replace(seen, item=item or seen.item, pending=left, revised_at=revised_at)
            words = (
                "it came" if item else f"it cannot be had; {left} looks left" if left else "given up, it goes without"
            )
            yield Change(kind="touched", seen=after, why=line(now, "article", words))


class _Articles:
    """The articles of one look: `of` gives the completed item, or None where it cannot be had now. `tried` says
    whether it was asked for; a look asks for so many, and stops where one after the other fails."""

    def __init__(self, watch: Watch, source: Source, get: Get) -> None:
        self.watch, self.get = watch, get
        self.complete = getattr(source, "complete", None)
        self.asked, self.failed, self.tried = 0, 0, False

    def of(self, item: Item) -> Item | None:
        if self.complete is None:
            return item
        self.tried = self.asked < ARTICLES_A_LOOK and self.failed < FAILURES_A_LOOK
        if not self.tried:
            return None
        try:
            completed: Item = self.complete(self.watch.options, item, self._counted)
        except Disallowed as error:
            log.info("%s: %s, and its item goes without", self.watch.name, error)
            return item
        except CheckError as error:
            # A page that came without the part says nothing of how the next one will fare.
            self.failed += isinstance(error, FetchError)
            log.warning("the article of %s cannot be had: %s", item.link, error, extra={"watch": self.watch.name})
            return None
        except WatcherError:
            raise
        except Exception:
            # An article that breaks us costs its own item a try; the list, and what else is new, goes on.
            log.exception("a fault in watcher, in the article of %s", item.link, extra={"watch": self.watch.name})
            return None
        self.failed = 0
        return completed

    def _counted(self, request: Request) -> Response:
        self.asked += 1
        return self.get(request)


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
