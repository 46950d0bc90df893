"""Commands about feeds: feeds, build."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from watcher import times
from watcher.cli.shell import Shell, pass_shell, table


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@pass_shell
def feeds(shell: Shell, as_json: bool) -> None:
    """Feed addresses, entry counts, last change."""
    home, base = shell.app.home, shell.app.config.settings.base_url
    rows = []
    for name, watch in shell.app.config.watches.items():
        path = home.feeds / f"{name}.xml"
        address = f"{base.rstrip('/')}/feeds/{name}.xml" if base else str(path)
        rows.append({"watch": name, "title": watch.title, "feed": address, **_state(path)})
    if as_json:
        shell.document(rows)
        return
    for row in table(
        [(r["watch"], f"{r['entries']} entries", r["changed_at"] or "not written yet", r["feed"]) for r in rows]
    ):
        shell.say(row)


@click.command()
@pass_shell
@click.pass_context
def build(ctx: click.Context, shell: Shell) -> None:
    """Write every record and feed again from what is stored. What is right already is not touched."""
    app, problems = shell.app, 0
    with app.locked():
        for watch in app.config.watches.values():
            done = app.publish(watch)
            problems += len(done.problems)
            state = "written" if done.feed_changed else "unchanged"
            shell.say(f"{watch.name}  feed {state}, {len(done.written)} records written")
            for problem in done.problems:
                shell.note(f"error: {problem}")
    ctx.exit(1 if problems else 0)


def _state(path: Path) -> dict[str, str]:
    if not path.exists():
        return {"entries": "0", "changed_at": ""}
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return {"entries": str(path.read_bytes().count(b"<entry>")), "changed_at": times.rfc3339(changed)}
