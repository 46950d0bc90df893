"""watcher run: keep checking, and serve the feeds."""

from __future__ import annotations

import logging
import os
import signal
from typing import NoReturn

import click

from watcher.cli import log as logs
from watcher.cli.shell import Shell, pass_shell
from watcher.daemon import Daemon
from watcher.web.feeds import feeds_app
from watcher.web.health import health_routes
from watcher.web.mute import mute_route
from watcher.web.server import serve

log = logging.getLogger("watcher.daemon")

_ENDS = (signal.SIGTERM, signal.SIGINT)


@click.command()
@click.option("--listen", help="HOST:PORT to serve the feeds on, instead of the configuration's.")
@click.option(
    "--log-format",
    type=click.Choice(["logfmt", "json"]),
    default="logfmt",
    show_default=True,
    help="The form of the lines on standard error.",
)
@pass_shell
def run(shell: Shell, listen: str | None, log_format: logs.Form) -> None:
    """Keep checking; serve the feeds. SIGHUP reads the configuration again. Ends cleanly on SIGTERM and Ctrl-C, and at
    once on a second one."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to reload
    app = shell.app
    host, _, port = (listen or app.config.settings.listen).rpartition(":")
    with app.locked():
        site = feeds_app(app.home.feeds)
        site.routes.append(mute_route(app))
        server = serve(site, host.strip("[]"), int(port))
        daemon = Daemon(app)
        site.routes.extend(health_routes(app, daemon.metrics, lambda: daemon.tick_age))
        _heed_signals(daemon)
        server.start()
        logs.as_service(log_format)
        if not shell.quiet:
            # Whoever watches it run sees what it finds and tells.
            log.setLevel(min(logs.LOGGER.level, logging.INFO))
        try:
            log.info("watching", extra={"watches": len(app.config.watches), "feeds": f"{server.url}/"})
            daemon.run()
        finally:
            server.stop()
        if daemon.at_work:
            # Python would wait for its threads: a minute for a mail server that is silent, and without the lock.
            os._exit(0)


def _heed_signals(daemon: Daemon) -> None:
    def stop(*_: object) -> None:
        for number in _ENDS:
            signal.signal(number, _end)
        daemon.stop()

    for number in _ENDS:
        signal.signal(number, stop)
    signal.signal(signal.SIGHUP, lambda *_: daemon.reload())


def _end(*_: object) -> NoReturn:
    """At once: what was under way is done at the next start."""
    os._exit(130)
