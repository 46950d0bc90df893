"""watcher check --dry-run: what a check would do, without a trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from watcher import pipeline, sources
from watcher.app import App
from watcher.cli.shell import Shell
from watcher.cli.words import table
from watcher.model import Change, Failed, Found, Outcome, Watch, address_of

_SHOWN = ("new", "held", "edited", "stock")


def rehearse(shell: Shell, app: App, watches: Sequence[Watch], *, as_json: bool) -> list[Outcome]:
    """Look at each watch, and say what would follow."""
    outcomes: list[Outcome] = []
    for watch in watches:
        shell.progress(f"looking at {watch.url} …")
        outcomes.append(pipeline.attempt(watch, sources.load(watch.kind), app.store, app.fetcher.get, app.clock()))
        if not as_json:
            _tell(shell, app, watch, outcomes[-1])
    if as_json:
        looks = zip(watches, outcomes, strict=True)
        shell.document({"watches": [_as_json(app, watch, outcome) for watch, outcome in looks]})
    return outcomes


def _tell(shell: Shell, app: App, watch: Watch, outcome: Outcome) -> None:
    if isinstance(outcome, Failed):
        shell.say(f"{watch.name}  FAILED  {outcome.error}")
        return
    kinds = Counter(change.kind for change in outcome.changes if change.kind in _SHOWN)
    counts = ", ".join(f"{n} {kind if kind != 'stock' else 'known from now on'}" for kind, n in kinds.items())
    shell.say(f"{watch.name}  {counts or 'nothing new'} (not saved, not sent)")
    rows = [row for change in outcome.changes if change.kind in _SHOWN for row in _steps(shell, app, watch, change)]
    for line in table(rows):
        shell.say(line)
    for warning in outcome.warnings if isinstance(outcome, Found) else ():
        shell.say(f"  {warning}")


def _steps(shell: Shell, app: App, watch: Watch, change: Change) -> Iterator[tuple[str, str, str]]:
    title = f'"{change.seen.item.title}"'
    draft = "as a draft" if change.kind == "held" else ""
    yield "  would write", shell.near(watch.folder / change.seen.path), draft
    if change.event:
        yield "  would add", shell.near(app.home.feeds / f"{watch.name}.xml"), title
        for to in _told(app, watch, change):
            mails = app.config.alerts[to.partition(" ")[0]].kind == "email"
            yield "  would mail" if mails else "  would tell", address_of(to), title


def _told(app: App, watch: Watch, change: Change) -> list[str]:
    return [to for to, *_ in app.route(watch).tell(change.event, change.seen, app.clock())]


def _as_json(app: App, watch: Watch, outcome: Outcome) -> dict[str, Any]:
    failed = outcome if isinstance(outcome, Failed) else None
    return {
        "watch": watch.name,
        "outcome": type(outcome).__name__.lower(),
        "error": failed.error if failed else "",
        "hint": failed.hint if failed else "",
        "changes": [
            {
                "kind": change.kind,
                "id": change.seen.id,
                "title": change.seen.item.title,
                "link": change.seen.item.link,
                "record": str(watch.folder / change.seen.path),
                "tell": _told(app, watch, change) if change.event else [],
            }
            for change in ([] if isinstance(outcome, Failed) else outcome.changes)
            if change.kind in _SHOWN
        ],
    }
