"""watcher explain: why an item was, or was not, told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from watcher import html, sources, times, urls
from watcher.app import App
from watcher.cli.called import called, is_called, near
from watcher.cli.read import as_json as item_as_json
from watcher.cli.replay import only
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import counted, exactly, table
from watcher.errors import CheckError
from watcher.filters import judged, reason
from watcher.match import by, distinct, lookup, match
from watcher.model import Item, Response, Seen, Watch, address_of
from watcher.routing import wants
from watcher.store import Fate, Told
from watcher.text import fold, line, shorten

#: How many items are told of where several have the name that was given.
SEVERAL = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What is said of one item, or of words that no item has: the answer, then what it rests on."""

    answer: str
    seen: Seen | None = None
    journal: Sequence[str] = ()
    now: Sequence[str] = ()  # what the stored page and the state say


@click.command()
@click.argument("name", metavar="W")
@click.argument("item", metavar="ITEM")
@click.option("--json", "as_json", is_flag=True, help="Print one document: answer, item, journal, now.")
@pass_shell
def explain(shell: Shell, name: str, item: str, as_json: bool) -> None:
    """Why this item was, or was not, judged new and told. ITEM is its slug, its id, its address, its title, its
    version, or a part of them; where several have it, they are listed. For one that is not known, the stored pages are
    searched, and that is an answer as well (exit 0)."""
    watch = shell.watch(name)
    known = [seen for _, seen in shell.app.store.items(watch.name)]
    found = called(known, item)
    cases = [_known(shell.app, watch, seen) for seen in found[:SEVERAL]] or [_unknown(shell.app, watch, item, known)]
    if as_json:
        shell.document([_as_json(watch, case) for case in cases])
        return
    for row in _rows(cases[0]) if len(cases) == 1 else _listed_rows(watch, cases, len(found)):
        shell.say(row)


def _known(app: App, watch: Watch, seen: Seen) -> _Case:
    fate = app.store.fate(watch.name, seen.id)
    # A row of another watch's is about another item with this id, or says what became of this one there.
    told = [row for row in app.store.about(seen.id) if row.watch == watch.name or row.event == f"{seen.id}/new"]
    return _Case(
        answer=_answer(app, watch, seen, fate, told),
        seen=seen,
        journal=_journal(app, watch, seen, fate, told),
        now=[_record(watch, seen, fate), *_on_page(app, watch, seen)],
    )


def _answer(app: App, watch: Watch, seen: Seen, fate: Fate, told: Sequence[Told]) -> str:
    """In one sentence, whether it was told, and why."""
    news = [row for row in told if row.event == f"{seen.id}/new" or "/edit/" in row.event]
    if any(row.state == "sent" for row in news):
        return f"told: {', '.join(sorted({address_of(row.recipient) for row in news if row.state == 'sent'}))}"
    if seen.held:
        return f"held back until its owner says: watcher accept {watch.name} {seen.slug}"
    if fate.swallowed:
        return "not told: its owner took it as known (watcher accept --as-known)"
    if fate.deleted:
        return "not told: its owner deleted its record"
    if seen.pending and news:
        return f"waits for its article, for {counted(seen.pending, 'more look')} at most"
    if news:
        return "; ".join(f"{address_of(row.recipient)}: {_state(row)}" for row in news)
    if seen.adopted:
        return "not told: its record was there before Watcher knew it"
    kind, _, why = _first(fate).partition(": ")
    if kind == "stock" or (not kind and seen.baseline):
        return f"not told: it was there before; {why or 'a first look, or a changed rule, found it'}"
    return f"new, and told to nobody: {_nobody(app, watch, seen)}"


def _first(fate: Fate) -> str:
    """How it came to be known: "KIND: REASON"; "" in a row older than journals."""
    return fate.why.splitlines()[0].partition(" ")[2] if fate.why else ""


def _state(row: Told) -> str:
    match row.state:
        case "dead":
            return f"refused for good: {row.error}"
        case "dropped":
            return "dropped: its owner took it out of the outbox, deleted its record or muted the watch"
        case "void":
            return f"not sent: {row.error}"
        case _:
            again = f"tried {counted(row.attempts, 'time')}: {row.error}; next" if row.attempts else "waits until"
            return f"{again} {exactly(row.due_at)}"


def _nobody(app: App, watch: Watch, seen: Seen) -> str:
    alerts = [app.config.alerts[name] for name in watch.alerts]
    muted = {recipient for recipient, name in app.store.muted() if name == watch.name}
    if not alerts:
        return f"{watch.name} has no alerts"
    unwanted = [alert.name for alert in alerts if not wants(alert, seen.item)]
    if len(unwanted) == len(alerts):
        return f"no target wants it by its `when`: {', '.join(unwanted)}"
    if muted:
        return f"{watch.name} is muted for {', '.join(map(address_of, sorted(muted)))}"
    return "the watch had no alerts when it was found"


def _journal(app: App, watch: Watch, seen: Seen, fate: Fate, told: Sequence[Told]) -> list[str]:
    """What happened to it, the oldest first."""
    checks = {times.rfc3339(check.started_at): check for check in app.store.checks(watch.name, 1000)}
    rows: list[tuple[datetime, str]] = []
    for entry in fate.why.splitlines():
        at, _, words = entry.partition(" ")
        if check := checks.get(at):
            words += f" (a check that listed {counted(check.found, 'item')}, status {check.status})"
        rows.append((datetime.fromisoformat(at), words))
    if not rows:
        rows.append((seen.first_seen, "first seen"))
    rows += [
        (
            revision.seen_at,
            f"edit {revision.revision}: watcher diff {watch.name} {seen.slug} --revision {revision.revision}",
        )
        for revision in app.store.revisions(watch.name, seen.id)
    ]
    rows += [(row.sent_at, f"told {address_of(row.recipient)}{_elsewhere(row, watch)}") for row in told if row.sent_at]
    rows += [(row.created_at, f"for {address_of(row.recipient)}: {_state(row)}") for row in told if not row.sent_at]
    return [f"{exactly(at)}  {words}" for at, words in sorted(rows, key=lambda row: row[0])]


def _elsewhere(row: Told, watch: Watch) -> str:
    return "" if row.watch == watch.name else f", by {row.watch}, which lists it too"


def _record(watch: Watch, seen: Seen, fate: Fate) -> str:
    if fate.deleted:
        return f"its record {seen.path} was deleted by its owner"
    if fate.purged:
        return f"its record is {watch.folder / seen.path}; what else was stored of it was let go (keep_items)"
    if not seen.path or not (seen.written or seen.adopted):
        return "its record is not written yet"
    return f"its record is {watch.folder / seen.path}"


def _on_page(app: App, watch: Watch, seen: Seen) -> Iterator[str]:
    """Where the rule finds it on the last page that was understood, and by what."""
    stored = app.store.bodies(watch.name)
    if not stored:
        return
    at, response = stored[-1]
    try:
        found = _listed(watch, response)
    except CheckError as error:
        yield f"the page of {exactly(at)} is not understood by the rule in force: {error}"
        return
    passed = [item for item, passes in found if passes]
    known = app.store.known(watch.name)
    seens = [one for _, one in app.store.items(watch.name)]
    for place, each in enumerate(match(passed, seens, known.listed, watch.url), 1):
        if each.seen and each.seen.id == seen.id:
            key = by(each.item, each.seen, watch.url)
            yield f"it is on the page of {exactly(at)}, at place {place}, known by {key}"
            return
    for item, passes in found:
        if not passes and any(key in seen.keys for key in lookup(item, watch.url)):
            yield f"it is on the page of {exactly(at)}, but {reason(watch.filters, item)}"
            return
    yield f"it is not on the front page of {exactly(at)} any more; what leaves a list stays known"


def _unknown(app: App, watch: Watch, wanted: str, items: Sequence[Seen]) -> _Case:
    """Why something is not known: what the stored pages say, the newest first."""
    known, now = app.store.known(watch.name), list[str]()
    if alike := near(items, wanted):
        now.append(f"near: {', '.join(alike)}")
    if known.health not in ("ok",):
        now.append(
            f"{watch.name} is {known.health} since {exactly(known.since)}" + (f": {known.error}" if known.error else "")
        )
    seen = f"the last good check was {exactly(known.checked_at)}; what came later was not seen"
    now.append(seen if known.checked_at else f"{watch.name} was never read")
    stored = app.store.bodies(watch.name)[::-1]
    for at, response in stored:
        if answer := _on_stored(watch, response, wanted, items):
            return _Case(answer=f"not known: on the page of {exactly(at)} {answer}", now=now)
    if not stored:
        return _Case(answer="not known, and no page is stored yet", now=now)
    pages = (
        f"the {len(stored)} pages that are stored, since {exactly(stored[-1][0])}"
        if len(stored) > 1
        else "the stored page"
    )
    return _Case(answer=f"no item of that name: it is not on {pages}; only front pages are stored", now=now)


def _on_stored(watch: Watch, response: Response, wanted: str, known: Sequence[Seen]) -> str:
    """What one page says of something that is not known; "" where it has nothing of it."""
    try:
        found = _listed(watch, response)
    except CheckError as error:
        return f"the rule understands nothing: {error}" if _holds(response, wanted) else ""
    keys = {key for seen in known for key in seen.keys}
    for item, passes in found:
        taken_up = passes and any(key in keys for key in lookup(item, watch.url))
        if is_called(item, wanted) and not taken_up:
            title = shorten(line(item.title), 80)
            if passes:
                return f'the rule finds it ("{title}"); the next check that reads the page takes it up'
            return f'it stands ("{title}"), but {reason(watch.filters, item)}'
    return "its words are there, but in no item's title or address" if _holds(response, wanted) else ""


def _holds(response: Response, wanted: str) -> bool:
    """Whether the bytes hold an address's path, or the words as people read them."""
    kind = response.headers.get("content-type", "")
    page = html.decoded(response.body, kind)
    if urls.absolute("", wanted):
        path = urls.path_of(wanted)
        return len(path) > 1 and path in page
    return fold(wanted) in fold(page) or fold(wanted) in fold(html.text_of(html.document(response.body, kind)))


def _listed(watch: Watch, response: Response) -> list[tuple[Item, bool]]:
    """The items of a stored page, each with whether the filters let it through. Raises CheckError."""
    items = distinct(sources.load(watch.kind).find(watch.options, only(response)))
    return judged(watch.filters, items)


def _rows(case: _Case) -> Iterator[str]:
    if case.seen:
        yield f"{line(case.seen.item.title)}  {case.seen.item.link}"
    yield case.answer
    yield from (f"  {row}" for row in (*case.journal, *case.now))


def _listed_rows(watch: Watch, cases: Sequence[_Case], number: int) -> Iterator[str]:
    yield f"{number} items have that in their names; watcher explain {watch.name} SLUG says more of one"
    found = [(case.seen, case.answer) for case in cases if case.seen]
    yield from table([(f"  {seen.slug}", shorten(line(seen.item.title), 60), answer) for seen, answer in found])
    if number > len(cases):
        yield f"  … {number - len(cases)} more"


def _as_json(watch: Watch, case: _Case) -> dict[str, Any]:
    item = item_as_json(watch.name, case.seen) if case.seen else None
    return {"answer": case.answer, "item": item, "journal": list(case.journal), "now": list(case.now)}
