"""A home that watches these pages, and what came of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.trial import told
from tests.prove.origin import SHOWN, Page
from watcher.app import App
from watcher.demo import Mailbox
from watcher.home import Home

_HEALTH = "watcher: "  # how the subjects of health notices begin


def configure(folder: Path, pages: Sequence[Page], smtp: str, every: str) -> Home:
    watches = (
        f'[watch.{page.name}]\nurl = "{page.url}"\nitem = "li"\ntitle = "a"\ndate = "time"\nentries = 500\n'
        for page in pages
    )
    target = f'[alert.me]\nkind = "email"\nto = ["me@example.org"]\nfrom = "w@example.org"\nsmtp = "smtp://{smtp}"\n'
    text = f'every = "{every}"\nalerts = ["me"]\n{target}most = 100000\n' + "".join(watches)
    folder.joinpath("watcher.toml").write_text(text)
    return Home(folder=folder, config=folder / "watcher.toml")


def faults(home: Home, pages: Sequence[Page], mailbox: Mailbox) -> list[str]:
    """Everything that was lost, or is there twice, or does not fit together: in mails, records, feeds and state."""
    found = _mails(pages, mailbox)
    with App(home) as app:
        for page in pages:
            found += _page(app, page)
        found += [f"{len(waiting)} letters wait" for waiting in [app.store.outbox()] if waiting]
        before = _feeds(home)
        for watch in app.config.watches.values():
            app.publish(watch, afresh=True)
        found += [f"{name} was not up to date" for name, data in _feeds(home).items() if before.get(name) != data]
    return found + [f"left behind: {path.name}" for path in home.folder.rglob(".watcher-*")]


def repeated(mailbox: Mailbox) -> int:
    """The letters that came more often than once, under one Message-ID."""
    return len(mailbox.messages) - len({message["Message-ID"] for message in mailbox.messages})


def _mails(pages: Sequence[Page], mailbox: Mailbox) -> list[str]:
    letters = {str(message["Message-ID"]): message.as_bytes() for message in mailbox.messages}
    unlike = sum(letters[str(message["Message-ID"])] != message.as_bytes() for message in mailbox.messages)
    news = [letter for letter in letters.values() if f"\nSubject: {_HEALTH}".encode() not in letter]
    came = Counter(title for letter in news for _, title in told(letter))
    wanted = Counter(title for page in pages for title in page.published)
    found = [f"not told: {title}" for title in (wanted - came)]
    found += [f"told {came[title]} times: {title}" for title in (came - wanted)]
    return found + ([f"{unlike} letters came again otherwise"] if unlike else [])


def _page(app: App, page: Page) -> list[str]:
    watch = app.config.watches[page.name]
    number = SHOWN + len(page.published)
    records = len(list(watch.folder.glob("*.md")))
    feed = (app.home.feeds / f"{page.name}.xml").read_text("utf-8")
    ids = re.findall(r"<id>([^<]+)</id>", feed)[1:]
    titles = re.findall(r"<title>(Release [^<]+)</title>", feed)
    found = [f"{page.name}: {records} records of {number} items"] if records != number else []
    if len(app.store.items(page.name)) != number:
        found.append(f"{page.name}: {len(app.store.items(page.name))} items known of {number}")
    if sorted(titles) != sorted(page.published) or len(set(ids)) != len(ids):
        found.append(f"{page.name}: {len(titles)} of {len(page.published)} in the feed, {len(set(ids))} ids")
    return found


def _feeds(home: Home) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.feeds.glob("page-*.*") if path.is_file()}
