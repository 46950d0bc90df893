"""watcher doctor: what is wrong here, and what to do."""

from __future__ import annotations

from dataclasses import asdict

import click

from watcher.cli.shell import Shell, pass_shell
from watcher.doctor import Finding, examine


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one document: ok, findings (check, state, words, hint).")
@pass_shell
@click.pass_context
def doctor(ctx: click.Context, shell: Shell, as_json: bool) -> None:
    """Check configuration, secrets, disk, permissions, database, network, clock and mail, and say what to do.

    Nothing is changed or sent. Exit 1 when something is wrong."""
    shell.progress("Looking …")
    findings = []
    for found in examine(shell.app):
        findings.append(found)
        if not as_json:
            _tell(shell, found)
    is_well = all(found.state != "FAIL" for found in findings)
    if as_json:
        shell.document({"ok": is_well, "findings": [asdict(found) for found in findings]})
    ctx.exit(0 if is_well else 1)


def _tell(shell: Shell, found: Finding) -> None:
    shell.say(f"{found.state:<5} {found.check:<14} {found.words}" + (f"; {found.hint}" if found.hint else ""))
