"""watcher add: look at a page, show what it holds, save it as a watch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from watcher import times, urls
from watcher.app import App, Swept
from watcher.cli import toml
from watcher.cli.feeds import entries
from watcher.cli.proposal import Look, Proposal, described, look, propose, shown
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import counted
from watcher.errors import Busy, CheckError, UsageError, WatcherError
from watcher.model import Failed, Get, Request, Response


@click.command()
@click.argument("url")
@described
@click.option("--name", help="The watch's name; left out: made of the address.")
@click.option("--alert", "alerts", metavar="TARGET", multiple=True, help="Whom to tell; may be given more than once.")
@pass_shell
@click.pass_context
def add(
    ctx: click.Context, shell: Shell, /, url: str, name: str | None, alerts: tuple[str, ...], **options: Any
) -> None:
    """Watch a page: look at it, show its items, save it. The first look is quiet."""
    if shell.place.config.exists():
        _check_free(shell.app, url, name)
    proposal = propose(shell, url, options, name=name, alerts=list(alerts))
    app = shell.app
    app.config = proposal.config  # as the file will say
    try:
        found = look(shell, proposal.watch)
        for row in shown(found.items, f"watcher preview {proposal.watch.name} shows all"):
            shell.done(row)
        swept = _first_look(shell, app, proposal, found)
    except WatcherError as error:
        shell.problem(f"{error}; nothing was added", error.hint)
        ctx.exit(error.exit_code)
    _tell(shell, app, proposal, swept)
    ctx.exit(1 if swept and swept.published.problems else 0)


def _check_free(app: App, url: str, name: str | None) -> None:
    watches = app.config.watches
    if name in watches:
        raise UsageError(f'there is a watch "{name}" already', hint="choose another with --name")
    same = [w.name for w in watches.values() if urls.absolute("", url) and urls.identity(w.url) == urls.identity(url)]
    if same and not name:
        raise UsageError(f"{same[0]} watches this page already", hint="to watch it twice, name it with --name")


def _first_look(shell: Shell, app: App, proposal: Proposal, found: Look) -> Swept | None:
    """Fill records and feed, then save the watch; None where that is left to the watcher that is running."""
    watch = proposal.watch
    try:
        with app.locked(), _undone(app, watch.name):
            swept = app.check(watch, _after(shell, found.answer, app.fetcher.get))
            if isinstance(swept.checked.outcome, Failed):
                raise CheckError(swept.checked.outcome.error, hint=swept.checked.outcome.hint)
            _save(app, proposal)
            return swept
    except Busy:
        _save(app, proposal)
        return None


@contextmanager
def _undone(app: App, name: str) -> Iterator[None]:
    """Where this fails, nothing is remembered of a watch that is new."""
    new = not app.store.known(name).version
    try:
        yield
    except WatcherError:
        if new:
            app.store.forget(name)
        raise


def _after(shell: Shell, answer: Response, get: Get) -> Get:
    """`get`, for which the page itself has answered already: what was shown is what is kept."""
    answers = [answer]

    def next_(request: Request) -> Response:
        if answers:
            return answers.pop()
        shell.progress(f"Reading {request.url} …")
        return get(request)

    return next_


def _save(app: App, proposal: Proposal) -> None:
    file = app.home.config
    text = toml.read(file) if file.exists() else toml.NEW_HOME
    toml.save(file, toml.with_watch(text, proposal.watch.name, proposal.table))


def _tell(shell: Shell, app: App, proposal: Proposal, swept: Swept | None) -> None:
    watch, feed = proposal.watch, app.home.feeds / f"{proposal.watch.name}.xml"
    shell.done(f'\nAdded as "{watch.name}", checked every {times.spoken(watch.every)}.')
    shell.done(f"  Config   {shell.near(app.home.config)}  ({counted(len(proposal.table) + 1, 'line')})")
    if swept is None:
        shell.done("The watcher that is running takes the first look.")
        return
    records = len(app.store.written_paths(watch.name))
    shell.done(f"  Feed     {shell.near(feed)}  ({counted(entries(feed), 'entry', 'entries')}, ready to subscribe)")
    shell.done(f"  Records  {shell.near(watch.folder)}/  ({counted(records, 'Markdown file')})")
    for problem in swept.published.problems:
        shell.problem(problem, problem.hint)
    shell.done(f"Next: watcher run    keep watching; feeds on http://{app.config.settings.listen}/")
    if not watch.alerts:
        shell.done('      alerts by mail: an [alert.NAME] in watcher.toml, and alerts = ["NAME"] in the watch')
