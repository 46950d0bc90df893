"""Killed at any step and started again, a watcher ends where an undisturbed one does: the same records, the same feed,
everyone told. Told twice only what the mail server had taken and we had not yet noted, by the very same letter."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from itertools import count
from multiprocessing.connection import wait
from pathlib import Path
from threading import Lock

import pytest

from tests.e2e import crash
from tests.e2e.crash import Sabotage
from watcher.demo import Mailbox, PressOffice, Site
from watcher.demo.office import ARTICLES
from watcher.model import Delivery, Seen
from watcher.store import open_store

CONFIG = """
[alert.us]
kind = "email"
to = ["me@example.org", "you@example.org"]
from = "watch@example.org"
smtp = "smtp://{smtp}"

[watch.press]
url = "{url}"
alerts = ["us"]
item = "div.content--2col__body > div:nth-child(-n+5)"
title = "h3 a"
date = "span.date-format time"
article = "div.field--name-field-news-body"
{keys}
"""

BOTH = ("me@example.org", "you@example.org")

#: A record of the page's fifth release that was there before us.
THEIRS = """---
title: 'What they made of it'
date: 2022-05-13
draft: false
url: /news/press-releases/jy0781
---
Their own words.
"""

#: What a look that tells goes through; the steps lie before and after each, and where transactions are committed.
LOOK = {
    *("free_leases", "fetch", "commit", "items", "letters"),
    *("record", "rename of record", "written", "style", "feed", "rename of feed", "fsync of file", "fsync of folder"),
    *("claim", "send", "DATA", "sent"),
}
FIRST_LOOK = LOOK | {"opening", "rename of database", "adopt", "rename of style"}

#: Between the server's acceptance and our commit: the one place where a letter is repeated.
WINDOW = {"after DATA", "after send", "before sent", "at COMMIT of sent"}

#: Where what a restart finds has just changed.
LASTING = "after (commit|accept|written|claim|DATA|sent|rename of)"

# Each process is the fork of one that has imported everything, and has neither threads nor open files of ours.
FORKS = multiprocessing.get_context("forkserver")
COMMANDS = ["watcher.cli.check", "watcher.cli.watches", "watcher.sources.list", "watcher.notify.email"]
FORKS.set_forkserver_preload(["__main__", "tests.e2e.crash", "alembic.command", *COMMANDS])


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What a home and its readers have in the end, and the steps of the first process on the way there."""

    steps: list[str]
    codes: list[int | None]
    files: Mapping[str, bytes]  # all of the home; of database, lock and configuration the name only
    items: list[tuple[str, Seen]]
    waiting: list[Delivery]
    mails: list[bytes]

    @property
    def points(self) -> set[str]:
        """What the steps lie around."""
        return {re.sub("^(before|after|at COMMIT of) ", "", step) for step in self.steps}

    @property
    def told(self) -> Counter[tuple[str, str]]:
        """Who was told of what, and how often."""
        return Counter(told for mail in self.mails for told in _told(mail))


class Trial:
    """A press office, and a home as it is before the command that is to be killed. That command is run in copies of
    the home, each with a mail server of its own, and all under one clock, which stands."""

    def __init__(self, folder: Path, site: Site) -> None:
        self.folder, self.site, self.office = folder, site, site.office
        self.office.clock = False  # the page has validators: a 304 must not hide what a kill lost
        self.now = datetime(2026, 11, 22, 13, 16, 46, tzinfo=UTC)
        self.keys = ""
        self.home = folder / "home"
        self.home.mkdir()
        self._numbers = count(1)
        self._reaping = Lock()

    def before(self, command: str) -> None:
        """Run a command to its end, half an hour before all that follows."""
        with Mailbox() as mailbox:
            assert self._start(self.home, mailbox, command) == 0
        self.now += timedelta(minutes=30)

    def run(self, *commands: str, kill: int = 0, sabotage: Sabotage | None = None) -> End:
        """The end of a copy of the home in which the first command is killed at its step number `kill`, if any; then
        all of them are run."""
        folder = self.folder / str(next(self._numbers))
        home, mails, trace = folder / "home", folder / "mails", folder / "trace"
        shutil.copytree(self.home, home)
        with Mailbox(mails) as mailbox:
            codes = [self._start(home, mailbox, commands[0], trace, kill, sabotage)] if kill else []
            for command in commands:
                codes.append(self._start(home, mailbox, command, folder / f"trace-{len(codes)}", 0, sabotage))
        return _end(home, mails, trace if kill else folder / "trace-0", codes)

    def faults(
        self, calm: End, *commands: str, at: str = "", sabotage: Sabotage | None = None
    ) -> dict[str, list[str]]:
        """By step, how a kill there ends otherwise than the `calm` run did. `at` chooses among the steps."""
        kills = {name: number for name, number in _chosen(calm.steps).items() if re.match(at, name)}
        with ThreadPoolExecutor(2) as pool:
            ends = pool.map(lambda number: self.run(*commands, kill=number, sabotage=sabotage), kills.values())
            found = {name: _differences(calm, end, name) for name, end in zip(kills, ends, strict=True)}
        assert len(found) > 2
        return {name: what for name, what in found.items() if what}

    def _start(
        self,
        home: Path,
        mailbox: Mailbox,
        command: str,
        trace: Path = Path(os.devnull),
        kill: int = 0,
        sabotage: Sabotage | None = None,
    ) -> int | None:
        config = CONFIG.format(smtp=mailbox.address, url=self.site.listing, keys=self.keys)
        home.joinpath("watcher.toml").write_text(config)
        process = FORKS.Process(target=crash.run, args=(home, command, self.now, trace, kill, sabotage))
        # Starting a process and joining one both reap whatever has ended: two threads at it lose an exit code.
        with self._reaping:
            process.start()
        wait([process.sentinel])
        with self._reaping:
            process.join()
        return process.exitcode


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    with Site(PressOffice()) as site:
        yield Trial(tmp_path, site)


def test_a_first_look_that_tells_is_killed_at_every_step_and_nothing_is_lost(trial: Trial) -> None:
    trial.keys = 'first_run = "alert"\nrecords = "content"'
    trial.home.joinpath("content").mkdir()
    trial.home.joinpath("content/theirs.md").write_text(THEIRS)
    new = [release.title for release in trial.office.releases[:4]]

    calm = trial.run("check")
    faults = trial.faults(calm, "check")

    assert calm.points == FIRST_LOOK
    assert calm.told == {(to, title): 1 for to in BOTH for title in new}
    assert faults == {}


def test_a_later_look_is_killed_at_every_step_and_nothing_is_lost(trial: Trial) -> None:
    trial.before("check")
    new = [trial.office.publish(f"News of {day}").title for day in ("Monday", "Tuesday", "Friday", "Sunday")]
    trial.office.edit("pf0324", title="Comment Period Extended")

    calm = trial.run("check")
    faults = trial.faults(calm, "check")

    assert calm.points == LOOK
    assert calm.told == {(to, title): 1 for to in BOTH for title in new}
    assert b"Comment Period Extended" in calm.files["feeds/press.xml"]
    assert faults == {}


def test_a_quiet_first_look_is_killed_and_ends_as_quiet(trial: Trial) -> None:
    calm = trial.run("check")
    faults = trial.faults(calm, "check", at=LASTING)

    assert calm.files["feeds/press.xml"].count(b"<entry>") == 5
    assert not calm.mails
    assert faults == {}


def test_single_letters_a_told_edit_and_a_late_article_outlive_a_kill(trial: Trial) -> None:
    trial.keys = 'on_edit = "entry"'
    trial.before("check")
    trial.office.publish("Late", body="<p>What was to come.</p>")
    trial.office.behave("500", ARTICLES)
    trial.before("check")
    trial.office.behave("ok")
    trial.office.publish("Fresh")
    trial.office.edit("pf0324", title="Comment Period Extended")

    calm = trial.run("check")
    faults = trial.faults(calm, "check", at=LASTING)

    told = ("Late", "Fresh", "[Edited] Comment Period Extended")
    assert calm.told == {(to, title): 1 for to in BOTH for title in told}
    assert b"What was to come." in calm.files["feeds/press.xml"]
    assert faults == {}


def test_the_accepting_of_a_held_batch_is_killed_and_ends_all_the_same(trial: Trial) -> None:
    trial.before("check")
    held = [trial.office.publish(f"Flood of {year}").title for year in range(1901, 1906)]
    trial.before("check")

    calm = trial.run("accept press", "check")
    faults = trial.faults(calm, "accept press", "check", at=f"{LASTING}|.*(accept|letters)")

    assert calm.points >= {"accept", "letters", "record", "claim"}
    assert calm.told == {(to, title): 1 for to in BOTH for title in held}
    assert faults == {}


def _end(home: Path, mails: Path, trace: Path, codes: list[int | None]) -> End:
    store = open_store(f"sqlite:///{home / 'state/watcher.db'}", create=False)
    items, waiting = store.items(), store.outbox()
    store.close()
    names = {str(path.relative_to(home)): path for path in home.rglob("*") if path.is_file()}
    ours = ("watcher.toml", "state/lock", "state/watcher.db")
    return End(
        steps=trace.read_text().splitlines(),
        codes=codes,
        files={name: b"" if name in ours else path.read_bytes() for name, path in names.items()},
        items=items,
        waiting=waiting,
        mails=[mail.read_bytes() for mail in sorted(mails.glob("*"))],
    )


def _told(mail: bytes) -> list[tuple[str, str]]:
    message = message_from_bytes(mail, policy=policy.default)
    text = message.get_body(("plain",))
    assert text is not None
    titles = re.findall(r"^\d+\. (.*)", text.get_content(), re.MULTILINE) or [message["Subject"]]
    return [(str(message["To"]), str(title)) for title in titles]


def _chosen(steps: Sequence[str]) -> dict[str, int]:
    """The first and the last of the steps of each name, with their numbers: "after DATA 1", "after DATA 2"."""
    times: dict[str, list[int]] = {}
    for number, step in enumerate(steps, 1):
        times.setdefault(step, []).append(number)
    return {
        f"{step} {nth}": numbers[nth - 1] for step, numbers in times.items() for nth in sorted({1, len(numbers)})
    }


def _differences(calm: End, end: End, step: str) -> list[str]:
    """What is not as in the calm run, in words."""
    names = sorted(calm.files.keys() | end.files.keys())
    found = [f"{name} differs" for name in names if calm.files.get(name) != end.files.get(name)]
    if end.codes != [crash.KILLED, *calm.codes]:
        found.append(f"exited with {end.codes}")
    if end.steps != calm.steps[: len(end.steps)]:
        found.append("went another way")
    if end.items != calm.items:
        found.append("knows other items")
    if end.waiting:
        found.append(f"{len(end.waiting)} letters wait")
    found += [f"not told: {to} {title}" for to, title in sorted(calm.told - end.told)]
    if set(end.mails) - set(calm.mails):
        found.append("told otherwise")
    again = len(end.mails) - len(set(end.mails))
    if again != (step.rpartition(" ")[0] in WINDOW):
        found.append(f"{again} letters told twice")
    return found
