"""The world in which watcher is killed: a press office, a home, copies of it, and how two ends of it differ."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from queue import SimpleQueue
from subprocess import Popen
from tempfile import TemporaryDirectory

from tests.e2e.crash import KILLED
from tests.rawserver import RawServer, reply
from watcher.demo import Mailbox, PressOffice, Site
from watcher.model import Delivery, Seen
from watcher.store import open_store

CONFIG = """
{top}
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

#: Between the server's acceptance and our commit: the one place where a letter is repeated.
WINDOW = {"after DATA", "after send", "before sent", "at COMMIT of sent"}


class Processes:
    """Runs commands, each in a process of its own, as many at once as there are servers (of `crash.serve`)."""

    def __init__(self, servers: Sequence[Popen[str]]) -> None:
        self.many = len(servers)
        self._idle: SimpleQueue[Popen[str]] = SimpleQueue()
        for server in servers:
            self._idle.put(server)

    def run(self, home: Path, command: str, now: datetime, trace: Path, last: int, sabotage: str) -> int:
        """The exit code of a command. Its steps are written to `trace`, and it is killed at number `last`, if any."""
        server = self._idle.get()
        assert server.stdin
        assert server.stdout
        what = [str(home), command, now.isoformat(), str(trace), last, sabotage]
        print(json.dumps(what), file=server.stdin, flush=True)
        code = int(server.stdout.readline())
        self._idle.put(server)
        return code


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What a home and its readers have in the end, and the steps of the first process on the way there."""

    steps: list[str]
    codes: list[int]
    files: Mapping[str, bytes]  # all of the home; of database, lock and configuration the name only
    items: list[tuple[str, Seen]]
    waiting: list[Delivery]
    mails: list[bytes]  # as the server took them, Message-ID and all
    pings: list[bytes]  # what a hub was told, where there is one

    @property
    def points(self) -> set[str]:
        """What the steps lie around."""
        return {re.sub("^(before|after|at COMMIT of) ", "", step) for step in self.steps}

    @property
    def told(self) -> Counter[tuple[str, str]]:
        """Who was told of what, and how often."""
        return Counter(each for mail in self.mails for each in told(mail))


class Trial:
    """A press office, and a home as it is before the command that is to be killed. That command is run in copies of
    the home, each with a mail server of its own, and all under one clock, which stands."""

    def __init__(self, folder: Path, site: Site, processes: Processes) -> None:
        assert isinstance(site.place, PressOffice)
        self.folder, self.site, self.office, self.processes = folder, site, site.place, processes
        self.office.clock = False  # so that the page has validators: a 304 must not hide what a kill lost
        self.now = datetime(2026, 11, 22, 13, 16, 46, tzinfo=UTC)
        self.keys = ""  # of [watch.press], beyond those of CONFIG
        self.has_hub = False  # whether a WebSub hub is to be told of the feeds, by every command but those before
        self.home = folder / "home"
        self.home.joinpath("state").mkdir(parents=True)
        self.home.joinpath("state/secret").write_bytes(bytes(32))  # the same in all copies: ids are made of it

    def before(self, command: str) -> None:
        """Run a command to its end, half an hour before all that follows."""
        with Mailbox() as mailbox:
            assert self.start(self.home, mailbox, command) == 0
        self.now += timedelta(minutes=30)

    def run(self, *commands: str, kill: int = 0, sabotage: str = "") -> End:
        """The end of a copy of the home in which the first command is killed at step number `kill`, if any, and then
        all of them are run."""
        with TemporaryDirectory(dir=self.folder) as name:
            home, mails, trace = Path(name, "home"), Path(name, "mails"), Path(name, "trace")
            shutil.copytree(self.home, home)
            with Mailbox(mails) as mailbox, RawServer({"/": reply(status=204)}) as hub:
                top = f'base_url = "https://watch.example"\nhubs = ["{hub.url()}"]' if self.has_hub else ""
                codes = [self.start(home, mailbox, commands[0], trace, kill, sabotage, top)]
                for command in commands if kill else commands[1:]:
                    codes.append(self.start(home, mailbox, command, sabotage=sabotage, top=top))
            return _end(home, mails, trace, codes, hub)

    def faults(
        self, calm: End, *commands: str, at: str = "", calls: Sequence[int] = (0, -1), sabotage: str = ""
    ) -> dict[str, list[str]]:
        """By step, how a kill there ends otherwise than the `calm` run did. Of the steps that match `at` these calls
        are chosen, by default the first and the last of each."""
        kills = {name: number for name, number in _chosen(calm.steps, calls).items() if re.match(at, name)}
        assert kills
        with ThreadPoolExecutor(self.processes.many) as pool:
            ends = pool.map(lambda number: self.run(*commands, kill=number, sabotage=sabotage), kills.values())
            found = {name: _differences(calm, end, name) for name, end in zip(kills, ends, strict=True)}
        return {name: differences for name, differences in found.items() if differences}

    def start(
        self,
        home: Path,
        mailbox: Mailbox,
        command: str,
        trace: Path = Path(os.devnull),
        kill: int = 0,
        sabotage: str = "",
        top: str = "",
    ) -> int:
        """The exit code of one process."""
        config = CONFIG.format(top=top, smtp=mailbox.address, url=self.site.listing, keys=self.keys)
        home.joinpath("watcher.toml").write_text(config)
        return self.processes.run(home, command, self.now, trace, kill, sabotage)


def _end(home: Path, mails: Path, trace: Path, codes: list[int], hub: RawServer) -> End:
    store = open_store(f"sqlite:///{home / 'state/watcher.db'}", create=False)
    items, waiting = store.items(), store.outbox()
    store.close()
    files = {str(path.relative_to(home)): path for path in home.rglob("*") if path.is_file()}
    ours = ("watcher.toml", "state/lock", "state/watcher.db", "state/feeds/all.json", "state/feeds/press.json")
    return End(
        steps=trace.read_text().splitlines(),
        codes=codes,
        # Each run has a hub of its own.
        files={name: b"" if name in ours else _read(path, hub) for name, path in files.items()},
        items=items,
        waiting=waiting,
        mails=[mail.read_bytes() for mail in sorted(mails.glob("*"))],
        pings=[asked.body for asked in hub.asked],
    )


def _read(path: Path, hub: RawServer) -> bytes:
    return path.read_bytes().replace(hub.url().encode(), b"http://hub/")


def told(mail: bytes) -> list[tuple[str, str]]:
    message = message_from_bytes(mail, policy=policy.default)
    text = message.get_body(("plain",))
    assert text
    titles = re.findall(r"^\d+\. (.*)", text.get_content(), re.MULTILINE) or [message["Subject"]]
    return [(str(message["To"]), str(title)) for title in titles]


def _chosen(steps: Sequence[str], calls: Sequence[int]) -> dict[str, int]:
    """The numbers of these calls of each step, by name: "after DATA 1", "after DATA 2"."""
    numbers: dict[str, list[int]] = {}
    for number, step in enumerate(steps, 1):
        numbers.setdefault(step, []).append(number)
    return {f"{step} {of.index(of[call]) + 1}": of[call] for step, of in numbers.items() for call in calls}


def _differences(calm: End, end: End, step: str) -> list[str]:
    """What is not as in the calm run, in words."""
    names = sorted(calm.files.keys() | end.files.keys())
    found = [f"{name} differs" for name in names if calm.files.get(name) != end.files.get(name)]
    if end.codes != [KILLED, *calm.codes]:
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
    if set(end.pings) != set(calm.pings):
        found.append(f"{len(set(end.pings) ^ set(calm.pings))} pings lost or invented")
    again = len(end.mails) - len(set(end.mails)) + len(end.pings) - len(set(end.pings))
    if again != (step.rpartition(" ")[0] in WINDOW):
        found.append(f"{again} letters told twice")
    return found
