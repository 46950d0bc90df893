"""watcher run: keep checking, and serve the feeds."""

from __future__ import annotations

import logging
import os
import signal

import click
import sdnotify

from watcher.cli.log import LOGGER
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import counted
from watcher.daemon import Daemon
from watcher.web.feeds import feeds_app
from watcher.web.mute import mute_route
from watcher.web.server import serve


@click.command()
@click.option("--listen", help="HOST:PORT to serve the feeds on, instead of the configuration's.")
@pass_shell
def run(shell: Shell, listen: str | None) -> None:
    """Keep checking; serve the feeds. Ends cleanly on SIGTERM and Ctrl-C."""
    app = shell.app
    host, _, port = (listen or app.config.settings.listen).rpartition(":")
    with app.locked():
        site = feeds_app(app.home.feeds)
        site.routes.append(mute_route(app))
        server = serve(site, host.strip("[]"), int(port))
        daemon = Daemon(app)
        notifier = sdnotify.SystemdNotifier()

        def stop(*_: object) -> None:
            notifier.notify("STOPPING=1")
            daemon.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        server.start()
        if not shell.quiet:
            # Whoever watches it run sees what it finds and tells.
            logging.getLogger("watcher.daemon").setLevel(min(LOGGER.level, logging.INFO))
        try:
            shell.note(f"Watching {counted(len(app.config.watches), 'page')}; feeds on {server.url}/")
            notifier.notify("READY=1")
            daemon.run()
        finally:
            server.stop()
        if daemon.at_work:
            # Python would wait for its threads: a minute for a mail server that is silent, and without the lock.
            os._exit(0)
