"""The world of the tests: a press office with a real site, a real mail server, a home, and a clock that stands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest

from watcher.app import App, Swept
from watcher.demo import Mailbox, PressOffice, Site
from watcher.fetch import politeness
from watcher.home import Home
from watcher.pipeline import Sent

# A busy machine breaks no law; and what lands is judged by the same examples each time.
hypothesis.settings.register_profile("watcher", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("watcher")

CONFIG = """
[alert.me]
kind = "email"
to = ["me@example.org"]
from = "Watcher <watch@example.org>"
smtp = "smtp://{smtp}"
health = false

[watch.press]
url = "{url}"
alerts = ["me"]
{watch}
"""

DRUPAL = """item = "div.content--2col__body > div"
title = "h3 a"
date = "span.date-format time"
"""
USWDS = """item = "div:has(> h3.featured-stories__headline)"
title = "h3 a"
"""


class Newsroom:
    """An office, its site, its reader's mailbox, and a home with one watch, `press`. Each check is a process of its
    own, as far as memory goes: the app is opened afresh."""

    def __init__(self, folder: Path, office: PressOffice, site: Site, mailbox: Mailbox) -> None:
        self.office, self.site, self.mailbox = office, site, mailbox
        self.home = Home(folder=folder, config=folder / "watcher.toml")
        self.now = datetime(2026, 11, 22, 13, 16, 46, tzinfo=UTC)
        self.configure(DRUPAL)

    def configure(self, watch: str, url: str = "") -> None:
        """Write watcher.toml anew; `watch` holds the keys of [watch.press] beyond url and alerts."""
        text = CONFIG.format(smtp=self.mailbox.address, url=url or self.site.listing, watch=watch)
        self.home.config.write_text(text)

    def app(self) -> App:
        return App(self.home, clock=lambda: self.now)

    def check(self) -> Swept:
        """One check and one delivery, half an hour after the last."""
        self.now += timedelta(minutes=30)
        with self.app() as app, app.locked():
            swept = app.check(app.config.watches["press"])
            app.deliver()
        return swept

    def flood(self) -> None:
        """The office takes all down and publishes ten others, flood-1 to flood-10: no item joins them to the known."""
        for release in self.office.releases:
            self.office.withdraw(release.slug)
        for n in range(1, 11):
            self.office.publish(f"Flood {n}", slug=f"flood-{n}")

    def deliver(self) -> list[Sent]:
        with self.app() as app, app.locked():
            return app.deliver()

    @property
    def records(self) -> dict[str, bytes]:
        """The records by name."""
        folder = self.home.folder / "state/records/press"
        return {path.name: path.read_bytes() for path in sorted(folder.glob("*.md"))}

    @property
    def feed(self) -> bytes:
        path = self.home.folder / "feeds/press.xml"
        return path.read_bytes() if path.exists() else b""

    @property
    def mails(self) -> list[str]:
        """The subjects of what was mailed, in order."""
        return [str(message["Subject"]) for message in self.mailbox.messages]


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    office = PressOffice()
    with Site(office) as site, Mailbox() as mailbox:
        yield Newsroom(tmp_path, office, site, mailbox)


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts on loopback are treated as all others are."""
    monkeypatch.setattr(politeness, "is_loopback", lambda _: False)
