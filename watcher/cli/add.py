"""watcher add: look at a page, show what it holds, save it as a watch."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from watcher import schedule, urls
from watcher.app import App, Swept
from watcher.cli import toml
from watcher.cli.feeds import entries
from watcher.cli.look import Look, look
from watcher.cli.proposal import Proposal, described, propose
from watcher.cli.repair import repaired
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.shown import others, shown
from watcher.cli.words import counted
from watcher.errors import Busy, CheckError, Scripted, UsageError, WatcherError
from watcher.model import Failed, Get, Request, Response


@click.command()
@click.argument("url", required=False)
@described
@click.option("--name", help="The watch's name; left out: made of the address.")
@click.option("--alert", "alerts", metavar="TARGET", multiple=True, help="Whom to tell; may be given more than once.")
@click.option("--repair", metavar="W", help="Find the items of a watch anew, whose selectors match nothing any more.")
@pass_shell
@click.pass_context
def add(ctx: click.Context, shell: Shell, /, url: str | None, repair: str | None, **given: Any) -> None:
    """Watch a page: find out what it is, show its items, save it. The first look is quiet."""
    if repair and not url and not any(given.values()):
        ctx.exit(repaired(shell, shell.watch(repair)))
    if repair or not url:
        raise UsageError("add takes either an address or --repair W", hint="watcher add URL; watcher add --repair W")
    ctx.exit(_added(shell, url, given.pop("name"), given.pop("alerts"), given))


def _added(shell: Shell, url: str, name: str | None, alerts: tuple[str, ...], options: dict[str, Any]) -> int:
    if shell.place.config.exists():
        _check_name(shell.app, name)
        _check_page(shell.app, url, name)
    app = shell.app
    try:
        found = _looked(shell, url, options, name=name, alerts=list(alerts))
        _check_page(app, found.proposal.watch.url, name, but=found.proposal.watch.name)
        app.config = found.proposal.config  # as the file will say
        for row in (*shown(found, f"watcher preview {found.proposal.watch.name} shows all"), *others(found)):
            shell.done(row)
        swept = _first_look(shell, app, found)
    except WatcherError as error:
        shell.problem(f"{error}; nothing was added", error.hint)
        return error.exit_code
    _tell(shell, app, found, swept)
    return 1 if swept and swept.published.problems else 0


def _looked(shell: Shell, url: str, options: Mapping[str, Any], **more: Any) -> Look:
    """What the page holds; after its scripts, where it is empty without them and whoever sits there wants that."""
    proposal = propose(shell, url, options, **more)
    shell.app.config = proposal.config
    try:
        return look(shell, proposal, options)
    except Scripted as error:
        if options["browser"] or not _wants_browser(shell, error):
            raise
    return _looked(shell, url, {**options, "browser": True}, **more)


def _wants_browser(shell: Shell, error: Scripted) -> bool:
    from watcher.fetch.browser.installed import available  # httpx takes 0.2 s

    if not (shell.interactive and sys.stdin.isatty() and available()):
        return False
    shell.note(str(error))
    return click.confirm("Run the script, in Chromium, at each look?", default=True, err=True)


def _check_name(app: App, name: str | None) -> None:
    if name in app.config.watches:
        raise UsageError(f'there is a watch "{name}" already', hint="choose another with --name")


def _check_page(app: App, url: str, name: str | None, but: str = "") -> None:
    """Whether one that is not `but` watches this address already."""
    watches = [watch for watch in app.config.watches.values() if watch.name != but]
    same = [w.name for w in watches if urls.absolute("", url) and urls.identity(w.url) == urls.identity(url)]
    if same and not name:
        raise UsageError(f"{same[0]} watches this page already", hint="to watch it twice, name it with --name")


def _first_look(shell: Shell, app: App, found: Look) -> Swept | None:
    """Fill records and feed, then save the watch; None where that is left to the watcher that is running."""
    watch = found.proposal.watch
    try:
        with app.locked(), _undone(app, watch.name):
            swept = app.check(watch, _after(shell, found.answers, app.fetcher.get))
            if isinstance(swept.checked.outcome, Failed):
                raise CheckError(swept.checked.outcome.error, hint=swept.checked.outcome.hint)
            _save(app, found.proposal)
            return swept
    except Busy:
        _save(app, found.proposal)
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


def _after(shell: Shell, answers: Mapping[str, Response], get: Get) -> Get:
    """`get`, for which what was asked before has answered already: what was shown is what is kept."""
    left = dict(answers)

    def next_(request: Request) -> Response:
        if request.url in left:
            return left.pop(request.url)
        shell.progress(f"Reading {request.url} …")
        return get(request)

    return next_


def _save(app: App, proposal: Proposal) -> None:
    file = app.home.config
    text = toml.read(file) if file.exists() else toml.NEW_HOME
    toml.save(file, toml.with_watch(text, proposal.watch.name, proposal.table))


def _tell(shell: Shell, app: App, found: Look, swept: Swept | None) -> None:
    watch = found.proposal.watch
    feed = app.home.feeds / f"{app.shelf.path(watch)}.xml"
    shell.done(f'\nAdded as "{watch.name}", checked {schedule.words(watch)}.')
    shell.done(f"  Config   {shell.near(app.home.config)}  ({counted(len(found.proposal.table) + 1, 'line')})")
    if (answer := found.answers.get(watch.url)) and answer.moved_to:
        shell.done(f'  Address  {watch.url}  (as given; to ask where it is now, write url = "{answer.moved_to}")')
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
