"""watcher check: look now, once, and deliver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from time import monotonic
from typing import Any

import click

from watcher import pipeline, sources, times
from watcher.app import App, Swept
from watcher.cli.shell import Shell, pass_shell, table
from watcher.model import Change, Failed, Found, Outcome, Unchanged, Watch
from watcher.pipeline import Checked, Sent


@click.command()
@click.argument("names", metavar="[W]...", nargs=-1)
@click.option("--due", is_flag=True, help="Only watches that are due.")
@click.option("--dry-run", is_flag=True, help="Show what would happen; save and send nothing.")
@click.option("--exit-code", is_flag=True, help="Exit with 10 when there was something new.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_shell
@click.pass_context
def check(
    ctx: click.Context, shell: Shell, names: tuple[str, ...], due: bool, dry_run: bool, exit_code: bool, as_json: bool
) -> None:
    """Check now, once, and deliver."""
    app, started = shell.app, monotonic()
    watches = shell.watches(names)
    if dry_run:
        _rehearse(shell, app, watches)
        return
    with app.locked():
        if due:
            wanted = app.store.due([watch.name for watch in watches], app.clock())
            watches = [app.config.watches[name] for name in wanted]
        results = _swept(shell, app, watches, as_json=as_json)
        sent = app.deliver()
    if as_json:
        shell.document({"watches": [_as_json(one) for one in results], "deliveries": [_sent_json(one) for one in sent]})
    elif not shell.quiet:
        shell.say(_summary(results, sent, monotonic() - started))
    for one in sent:
        if one.error:
            shell.note(f"error: mail to {one.letter.message.recipient} not delivered: {one.error}")
            shell.note(f"       {one.error.hint or 'it is kept: watcher outbox shows it'}")
    ctx.exit(_exit_code(results, sent, exit_code))


def _swept(shell: Shell, app: App, watches: Sequence[Watch], *, as_json: bool) -> list[Swept]:
    """Check them all; each is told as its turn in the list comes."""
    results = []
    width = max((len(watch.name) for watch in watches), default=0)
    for n, one in enumerate(app.sweep(watches), start=1):
        results.append(one)
        if shell.interactive:
            click.echo(f"\r\x1b[K{n} of {len(watches)} checked", nl=False, err=True)
        if not as_json and not (shell.quiet and not isinstance(one.checked.outcome, Failed)):
            if shell.interactive:
                click.echo("\r\x1b[K", nl=False, err=True)
            for row in lines(one.checked, width, app.clock()):
                shell.say(row)
        for problem in one.published.problems:
            shell.note(f"error: {problem}")
            if problem.hint:
                shell.note(f"       {problem.hint}")
    return results


def lines(checked: Checked, width: int, now: datetime) -> list[str]:
    """What a check found, as people read it."""
    name, outcome = checked.watch.name, checked.outcome
    if isinstance(outcome, Failed):
        wait = times.spoken(max(checked.due_at - now, checked.watch.every * 0))
        again = "" if checked.failures < 2 else f", {ordinal(checked.failures)} time"
        hint = [f"{'':{width}}            {outcome.hint}"] if outcome.hint else []
        return [f"{name:{width}}  FAILED    {outcome.error}{again}; next try in {wait}", *hint]
    told = [c for c in outcome.changes if c.kind in ("new", "held", "edited")]
    counts = Counter(change.kind for change in told)
    baseline = sum(change.kind == "stock" for change in outcome.changes)
    if not told:
        seen = f"{baseline} items known from now on" if baseline else _nothing_new(outcome)
        return [f"{name:{width}}  {'known' if baseline else 'ok':8}  {seen}"]
    rows: list[str] = []
    for kind in ("new", "held", "edited"):
        for n, change in enumerate(c for c in told if c.kind == kind):
            word = f"{counts[kind]} {kind}" if n == 0 else ""
            rows.append(f"{name if not rows else '':{width}}  {word:8}  {change.seen.item.title}")
    warnings = outcome.warnings if isinstance(outcome, Found) else ()
    rows += [f"{'':{width}}            held: {why}; see them, then: watcher accept {name}" for why in warnings]
    return rows


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th …"""
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _nothing_new(outcome: Found | Unchanged) -> str:
    return f"nothing new ({outcome.count} items)" if isinstance(outcome, Found) else "nothing new (page unchanged)"


def _summary(results: Sequence[Swept], sent: Sequence[Sent], seconds: float) -> str:
    kinds = Counter(change.kind for one in results for change in _changes(one.checked.outcome))
    failed = sum(isinstance(one.checked.outcome, Failed) for one in results)
    counts = {"new": kinds["new"], "held": kinds["held"], "edited": kinds["edited"], "failed": failed}
    parts = ", ".join(f"{n} {word}" for word, n in counts.items() if n) or "nothing new"
    mails = Counter(
        one.letter.message.recipient.partition(" ")[2] or one.letter.message.recipient for one in sent if not one.error
    )
    told = "".join(f" {n} mail{'s' * (n > 1)} sent to {to}." for to, n in mails.items())
    return f"{len(results)} checked in {seconds:.1f} s: {parts}.{told}"


def _changes(outcome: Outcome) -> tuple[Change, ...]:
    return () if isinstance(outcome, Failed) else outcome.changes


def _exit_code(results: Sequence[Swept], sent: Sequence[Sent], tell_new: bool) -> int:
    if any(isinstance(one.checked.outcome, Failed) or one.published.problems for one in results):
        return 1
    if any(one.error for one in sent):
        return 3
    new = any(change.kind == "new" for one in results for change in _changes(one.checked.outcome))
    return 10 if tell_new and new else 0


def _as_json(one: Swept) -> dict[str, Any]:
    outcome = one.checked.outcome
    return {
        "watch": one.checked.watch.name,
        "outcome": type(outcome).__name__.lower(),
        "error": outcome.error if isinstance(outcome, Failed) else "",
        "due_at": times.rfc3339(one.checked.due_at),
        "changes": [
            {"kind": c.kind, "id": c.seen.id, "title": c.seen.item.title, "link": c.seen.item.link}
            for c in _changes(outcome)
            if c.kind != "touched"
        ],
        "records": one.published.written,
        "feed_changed": one.published.feed_changed,
        "problems": [str(problem) for problem in one.published.problems],
    }


def _sent_json(one: Sent) -> dict[str, Any]:
    message = one.letter.message
    return {
        "recipient": message.recipient,
        "subject": message.subject,
        "message_id": message.id,
        "error": str(one.error) if one.error else "",
    }


def _rehearse(shell: Shell, app: App, watches: Sequence[Watch]) -> None:
    """What a check would do, without a trace."""
    for watch in watches:
        outcome = pipeline.attempt(watch, sources.load(watch.kind), app.store, app.fetcher.get, app.clock())
        if isinstance(outcome, Failed):
            shell.say(f"{watch.name}  FAILED  {outcome.error}")
            continue
        fresh = [c for c in outcome.changes if c.kind in ("new", "stock", "held", "edited")]
        shell.say(f"{watch.name}  {sum(c.kind == 'new' for c in fresh)} new (not saved, not sent)")
        rows = []
        for change in fresh:
            title = f'"{change.seen.item.title}"'
            rows.append(("  would write", str(watch.folder / change.seen.path), title if change.kind != "new" else ""))
            if change.kind == "new":
                rows.append(("  would add", str(app.home.feeds / f"{watch.name}.xml"), title))
                rows += [("  would tell", to, title) for to in app.recipients(watch)]
        for row in table(rows):
            shell.say(row)
