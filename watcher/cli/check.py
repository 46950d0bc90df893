"""watcher check: look now, once, and deliver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

import click

from watcher import times
from watcher.app import App, Swept
from watcher.cli import sent as letters
from watcher.cli.rehearse import rehearse
from watcher.cli.shell import Shell, pass_shell, worst
from watcher.cli.words import counted, ordinal, when
from watcher.model import Change, Failed, Found, Outcome, Unchanged, Watch
from watcher.pipeline import Checked, Sent
from watcher.renamed import renamed

#: How many titles of one kind a check shows; `watcher items` has them all.
TITLES = 10


@click.command()
@click.argument("names", metavar="[W]...", nargs=-1)
@click.option("--due", is_flag=True, help="Only watches that are due.")
@click.option("--dry-run", is_flag=True, help="Show what would happen; save and send nothing.")
@click.option("--exit-code", is_flag=True, help="Exit with 10 when there was something new.")
@click.option("--json", "as_json", is_flag=True, help="Print one document: watches, each with its changes; deliveries.")
@pass_shell
@click.pass_context
def check(
    ctx: click.Context, shell: Shell, names: tuple[str, ...], due: bool, dry_run: bool, exit_code: bool, as_json: bool
) -> None:
    """Check now, once, and deliver. Without W: every watch that is not paused."""
    app, started = shell.app, monotonic()
    with ExitStack() as held:
        if not dry_run:
            held.enter_context(app.locked())
        watches = _wanted(shell, app, names, due)
        for words in renamed(app.config.watches, app.store):
            shell.note(words)
        if dry_run:
            outcomes = rehearse(shell, app, watches, as_json=as_json)
            tally = _Tally()
            for outcome in outcomes:
                tally.count(outcome)
            ctx.exit(worst(*tally.codes(exit_code)))
        tally = _swept(shell, app, watches, as_json=as_json)
        if app.config.settings.hubs:  # they are to hear in this sweep of the feeds over all watches as well
            app.write_site()
        sent = app.deliver()
        app.let_go()
    if as_json:
        shell.document({"watches": tally.documents, "deliveries": letters.as_json(sent)})
    elif tally.checked or sent:
        shell.done(_summary(tally, sent, app, monotonic() - started))
    letters.complain(shell, sent)
    ctx.exit(worst(*tally.codes(exit_code), 3 if any(one.error for one in sent) else 0))


def _wanted(shell: Shell, app: App, names: tuple[str, ...], due: bool) -> list[Watch]:
    watches = {watch.name: watch for watch in map(shell.watch, names)} or dict(app.config.watches)
    if not watches:
        shell.note("no watches yet; watcher add URL makes the first")
    elif due:
        watches = {name: watches[name] for name in app.due(spread=False) if name in watches}
        if not watches:
            shell.note("nothing is due")
    elif not names:
        rests = {one.name: "gone" if one.stopped else "paused" for one in app.store.resting()}
        for word in ("paused", "gone"):
            if said := [name for name in sorted(watches) if rests.get(name) == word]:
                shell.note(f"{', '.join(said)}: {word}")
        watches = {name: watch for name, watch in watches.items() if name not in rests}
    return list(watches.values())


@dataclass(slots=True)
class _Tally:
    """What is left to be said when all is done. The results themselves may hold the texts of ten thousand pages."""

    checked: int = 0
    kinds: Counter[str] = field(default_factory=Counter)  # of changes, and failures
    news: bool = False
    trouble: bool = False
    documents: list[dict[str, Any]] = field(default_factory=list)

    def count(self, outcome: Outcome, *, committed: bool = True) -> None:
        changes = _changes(outcome)
        self.news = self.news or any(change.event for change in changes)
        self.trouble = self.trouble or isinstance(outcome, Failed)
        if committed:
            self.kinds.update(change.kind for change in changes)
            self.kinds["failed"] += isinstance(outcome, Failed)

    def add(self, one: Swept, *, as_json: bool) -> None:
        self.checked += 1
        self.count(one.checked.outcome, committed=one.checked.committed)
        self.trouble = self.trouble or bool(one.published.problems)
        if as_json:
            self.documents.append(_as_json(one))

    def codes(self, tell_new: bool) -> list[int]:
        return [1 if self.trouble else 0, 10 if tell_new and self.news else 0]


def _swept(shell: Shell, app: App, watches: Sequence[Watch], *, as_json: bool) -> _Tally:
    """Check them all; each is told as its turn in the list comes."""
    tally = _Tally()
    width = max((len(watch.name) for watch in watches), default=0)
    shell.progress(f"checking {counted(len(watches), 'watch', 'watches')} …")
    for one in app.sweep(watches):
        tally.add(one, as_json=as_json)
        failed = isinstance(one.checked.outcome, Failed)
        if not as_json and (failed or not shell.quiet):
            since = app.store.known(one.checked.watch.name).since if failed else None
            for row in lines(one.checked, width, app.clock(), since):
                shell.say(row)
        for problem in one.published.problems:
            shell.problem(problem, problem.hint)
        shell.progress(f"{tally.checked} of {len(watches)} checked")
    return tally


def lines(checked: Checked, width: int, now: datetime, since: datetime | None = None) -> list[str]:
    """What a check found, as people read it; `since` is when a failing watch began to fail."""
    name, outcome = checked.watch.name, checked.outcome
    if isinstance(outcome, Failed):
        return _failed(checked, outcome, width, now, since)
    if not checked.committed:
        return [f"{name:{width}}  dropped   another watcher was faster, and what it found stands"]
    told = {kind: [c for c in outcome.changes if c.kind == kind] for kind in ("new", "held", "edited")}
    rows = [
        (f"{len(changes)} {kind}" if n == 0 else "", text)
        for kind, changes in told.items()
        for n, text in enumerate(_titles(changes))
    ]
    if known := sum(change.kind == "stock" for change in outcome.changes):
        rows.append(("known", f"{counted(known, 'item')} known from now on"))
    if not rows:
        rows = [_quiet(outcome)]
    if told["held"] and isinstance(outcome, Found):
        rows += _others(outcome.count, len(told["held"]) + len(told["new"]) + known)
    warnings = outcome.warnings if isinstance(outcome, Found) else ()
    rows += [("", warning) for warning in warnings]
    return [f"{name if n == 0 else '':{width}}  {word:8}  {text}" for n, (word, text) in enumerate(rows)]


def _failed(checked: Checked, outcome: Failed, width: int, now: datetime, since: datetime | None) -> list[str]:
    again = f", {ordinal(checked.failures)} time" if checked.failures > 1 else ""
    if again and since:
        again += f" since {when(since, now)}"
    wait = times.spoken(max(checked.due_at - now, checked.watch.every * 0))
    next_ = f"not asked any more: watcher resume {checked.watch.name}" if outcome.final else f"next try in {wait}"
    rows = [f"{checked.watch.name:{width}}  FAILED    {outcome.error}{again}; {next_}"]
    return rows + [f"{'':{width}}            {outcome.hint}"] * bool(outcome.hint)


def _titles(changes: Sequence[Change]) -> list[str]:
    titles = [f"{each.seen.item.title}{_extent(each)}" for each in changes[:TITLES]]
    return titles + [f"… {len(changes) - TITLES} more"] * (len(changes) > TITLES)


def _extent(change: Change) -> str:
    """How much of an edited item changed."""
    if change.kind != "edited":
        return ""
    signs = Counter(line[:1] for line in change.note.splitlines())
    return f": {counted(max(signs['+'], signs['-']), 'line')} changed (nothing sent)"


def _others(count: int, unknown: int) -> list[tuple[str, str]]:
    """What of a page is not in a batch that is held, so that the numbers add up."""
    left = count - unknown
    return [("", f"the other {left} of {counted(count, 'item')} were known before")] if left > 0 else []


def _quiet(outcome: Found | Unchanged) -> tuple[str, str]:
    if isinstance(outcome, Found):
        return "ok", f"nothing new ({counted(outcome.count, 'item')})"
    return "ok", "nothing new (page unchanged)"


def _summary(tally: _Tally, sent: Sequence[Sent], app: App, seconds: float) -> str:
    kinds = {"new": "new", "held": "held", "edited": "edited", "stock": "known from now on", "failed": "failed"}
    counts = {word: tally.kinds[kind] for kind, word in kinds.items()}
    parts = ", ".join(f"{n} {word}" for word, n in counts.items() if n) or "nothing new"
    return f"{tally.checked} checked in {seconds:.1f} s: {parts}. {letters.summed(sent, app.config.alerts)}".rstrip()


def _changes(outcome: Outcome) -> tuple[Change, ...]:
    return () if isinstance(outcome, Failed) else outcome.changes


def _as_json(one: Swept) -> dict[str, Any]:
    checked, outcome = one.checked, one.checked.outcome
    failed = outcome if isinstance(outcome, Failed) else None
    return {
        "watch": checked.watch.name,
        "outcome": type(outcome).__name__.lower(),
        "error": failed.error if failed else "",
        "hint": failed.hint if failed else "",
        "failures": checked.failures,
        "due_at": times.rfc3339(checked.due_at),
        "changes": [
            {"kind": c.kind, "id": c.seen.id, "title": c.seen.item.title, "link": c.seen.item.link}
            for c in _changes(outcome)
            if c.kind != "touched"
        ],
        "warnings": list(outcome.warnings) if isinstance(outcome, Found) else [],
        "records": one.published.written,
        "feed_changed": one.published.feed_changed,
        "problems": [str(problem) for problem in one.published.problems],
    }
