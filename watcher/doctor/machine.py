"""The configuration, and what it needs of this machine."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from importlib.util import find_spec
from urllib.parse import urlsplit

from watcher import config, owned
from watcher.app import App
from watcher.doctor import plain
from watcher.doctor.finding import Finding, fail, ok, warn
from watcher.errors import ConfigError
from watcher.fetch.browser import installed


def configuration(app: App) -> Iterator[Finding]:
    """Whether it can be used, and whether others could change it."""
    path = app.home.config
    try:
        loaded = app.config
    except ConfigError as error:
        yield from (fail("configuration", str(fault), fault.hint) for fault in error.faults)
    else:
        yield ok("configuration", f"{path}: watches: {len(loaded.watches)}, alert targets: {len(loaded.alerts)}")
        for name in loaded.idle:
            hint = f'alerts = ["{name}"] in a [watch.NAME], or above the first table for all that name none'
            yield warn("configuration", f"no watch names [alert.{name}]: nobody is told by it", hint)
    for file in config.files(path):
        if doubt := owned.doubt(file):
            yield warn("configuration", doubt.why, doubt.hint)


def secrets(app: App) -> Iterator[Finding]:
    """Whether what the alert targets refer to is there, and whether what they do not refer to is for all to read."""
    alerts, found = app.config.alerts, 0
    shown = list(plain.shown(app.home.config))
    yield from shown
    for name, alert in alerts.items():
        try:
            alert.resolve()
            found += 1
        except ConfigError as error:
            yield from (fail("secrets", f"[alert.{name}] {fault}", fault.hint) for fault in error.faults)
    if found == len(alerts) and not shown:
        yield ok("secrets", "those that the configuration refers to are there")


def extras(app: App) -> Iterator[Finding]:
    """Whether what only some watches need is installed."""
    watches = app.config.watches.values()
    browser = [watch.name for watch in watches if watch.browser]
    pdf = [watch.name for watch in watches if urlsplit(watch.url).path.lower().endswith(".pdf")]
    missing = []
    if browser and not find_spec("playwright"):
        missing.append(fail("extras", f"{browser[0]} needs Playwright", "pip install 'watcher[browser]'"))
    if browser and not installed.executable():
        missing.append(fail("extras", f"{browser[0]} needs Chromium", "apt-get install chromium"))
    if pdf and not find_spec("pypdfium2"):
        missing.append(fail("extras", f"{pdf[0]} needs pypdfium2", "pip install 'watcher[pdf]'"))
    yield from missing or [ok("extras", "those that the watches need are installed")]


def zones(app: App) -> Iterator[Finding]:
    """Whether there is data for the zones of watches, and for others."""
    names = {str(watch.zone) for watch in app.config.watches.values()} | {"Europe/London"}
    try:
        for name in names:
            zoneinfo.ZoneInfo(name)
    except zoneinfo.ZoneInfoNotFoundError as error:
        yield fail("time zones", f"no data: {error}", "pip install tzdata, or apt-get install tzdata")
    else:
        yield ok("time zones", f"there is data ({', '.join(sorted(names))})")
