"""watcher demo: the whole job, for real, on the bundled press office. Nothing leaves this machine."""

from __future__ import annotations

import shutil
import signal
from datetime import UTC, datetime
from pathlib import Path

import click

from watcher import files
from watcher.app import App, Swept
from watcher.cli.check import lines
from watcher.cli.shell import Shell, pass_shell
from watcher.daemon import Daemon
from watcher.demo.mailbox import Mailbox
from watcher.demo.office import PressOffice
from watcher.demo.site import Site
from watcher.errors import UsageError
from watcher.home import Home
from watcher.web.feeds import feeds_app
from watcher.web.server import serve

MARK = ".made-by-watcher-demo"
NAME = "press-releases"
HEADLINE = "Office of Public Finance Announces New Sanctions Framework"
#: Seconds between releases, and between looks, under --serve.
RHYTHM = 10

CONFIG = """\
# Written by `watcher demo`, and wiped by its next run.
[alert.me]
kind = "email"
to   = ["me@example.org"]
from = "Watcher <watch@example.org>"
smtp = "smtp://{smtp}"

[watch.press-releases]
url     = "{url}"
item    = "div.content--2col__body > div"
title   = "h3 a"
date    = "span.date-format time"
article = "div.field--name-field-news-body"
alerts  = ["me"]
every   = "{every}s"
"""


@click.command()
@click.option("--serve", "serving", is_flag=True, help="Go on: keep publishing, and serve the feeds until interrupted.")
@pass_shell
@click.pass_context
def demo(ctx: click.Context, shell: Shell, serving: bool) -> None:
    """Run the whole job on the bundled press office."""
    home = _home(shell)
    office = PressOffice()
    with Site(office) as site, Mailbox(home.folder / "mail") as mailbox:
        files.replace(home.config, CONFIG.format(smtp=mailbox.address, url=site.listing, every=RHYTHM).encode())
        with App(home) as app, app.locked():
            shell.say(f"A press office opens at {site.listing}")
            told = _job(shell, app, office, mailbox)
            if serving:
                shell.say(f"\nThe office stays open at {site.listing} and its mail server at smtp://{mailbox.address}")
                shell.say(f"It takes every mail without a login, into {_near(home.folder / 'mail')}/.")
                _serve(shell, app, office)
    ctx.exit(0 if told else 1)


def _home(shell: Shell) -> Home:
    """The demo's own home, empty. What does not bear its mark is never wiped."""
    folder = (shell.home or Path(".demo")).absolute()
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).is_file():
            raise UsageError(f"{folder} is no home of the demo's", hint="choose an empty folder with --home")
        shutil.rmtree(folder)
    files.replace(folder / MARK, b"watcher demo wipes this folder at each run.\n")
    return Home(folder=folder, config=folder / "watcher.toml")


def _job(shell: Shell, app: App, office: PressOffice, mailbox: Mailbox) -> bool:
    """Three looks with a release before the last; whether everybody was told what they should have been."""
    shell.say("\n1. The first look. It is quiet: records and feed are filled, nobody is told.")
    first = _look(shell, app)
    quiet = not mailbox.messages
    shell.say("\n2. The second look. The page's clock and visitor counter moved; nothing was released.")
    second = _look(shell, app)
    shell.say("\n3. A release is published.")
    release = office.publish(HEADLINE, published=datetime.now(UTC).date())
    shell.say(f"   {release.path}")
    shell.say("\n4. The third look.")
    third = _look(shell, app)
    mails = [message["Subject"] for message in mailbox.messages]
    _results(shell, app, first, third, mailbox)
    return quiet and not second.published.feed_changed and len(third.published.written) == 1 and mails == [HEADLINE]


def _look(shell: Shell, app: App) -> Swept:
    swept = app.check(app.config.watches[NAME])
    app.deliver()
    for row in lines(swept.checked, len(NAME), app.clock()):
        shell.say(f"   {row}")
    feed = "feed written" if swept.published.feed_changed else "feed unchanged, byte for byte"
    written = len(swept.published.written)
    shell.say(f"   {written} record{'s' * (written != 1)} written, {feed}")
    return swept


def _results(shell: Shell, app: App, first: Swept, third: Swept, mailbox: Mailbox) -> None:
    folder = app.config.watches[NAME].folder
    shell.say("\nWhat there is now:")
    for record in [name for name in first.published.written if "jy0781" in name] + third.published.written:
        shell.say(f"\n  Record  {_near(folder / record)}")
        text = (folder / record).read_text("utf-8")
        for row in text.splitlines()[:7]:
            shell.say(f"          {row[:100]}{'…' if len(row) > 100 else ''}")
    shell.say(f"\n  Feed    {_near(app.home.feeds / f'{NAME}.xml')}")
    for number, message in enumerate(mailbox.messages, start=1):
        shell.say(f"\n  Mail    {_near(app.home.folder / 'mail' / f'{number:04}.eml')}")
        for header in ("From", "To", "Subject", "Message-ID"):
            shell.say(f"          {header}: {message[header]}")
    shell.say(f"\n  The home is {_near(app.home.folder)}: its watcher.toml is an example to start from.")


def _publish(office: PressOffice, now: datetime) -> None:
    office.publish(f"Daily Statement of {now:%H:%M:%S}", published=now.date())


def _near(path: Path) -> str:
    """A path as one would type it here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _serve(shell: Shell, app: App, office: PressOffice) -> None:
    """Keep publishing, checking and serving until somebody interrupts."""
    server = serve(feeds_app(app.home.feeds), "127.0.0.1", 0)
    daemon = Daemon(app)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: daemon.stop())
    daemon.every(RHYTHM, lambda: _publish(office, app.clock()))
    server.start()
    shell.say(f"The feed is at {server.url}/feeds/{NAME}.xml (a release every {RHYTHM} s; Ctrl-C ends it)")
    try:
        daemon.run()
    finally:
        server.stop()
