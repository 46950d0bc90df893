"""What `watcher run` tells systemd, heard at the other end of the socket."""

from __future__ import annotations

import os
import re
import signal
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, monotonic_ns

import pytest

from tests.conftest import DRUPAL, Newsroom
from tests.e2e.planted import MOST
from tests.e2e.test_daemon import Run, command, eventually
from watcher.demo import LISTING


class Manager:
    """Listens where NOTIFY_SOCKET says. `heard` is what came, and `pids` who said it."""

    def __init__(self, name: str) -> None:
        self.heard: list[str] = []
        self.pids: set[int] = set()
        self.name = name

    def __enter__(self) -> Manager:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.bind(self.name.replace("@", "\0", 1))
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def hear(self, seconds: float = 30) -> str:
        """The next that is said. TimeoutError where that is nothing."""
        self._socket.settimeout(seconds)
        said, extra, *_ = self._socket.recvmsg(1000, socket.CMSG_SPACE(12))
        self.pids.add(struct.unpack("3i", extra[0][2])[0])
        self.heard.append(said.decode())
        return self.heard[-1]

    def until(self, what: str) -> str:
        """The next that begins like this."""
        while not (said := self.hear()).startswith(what):
            pass
        return said

    def falls_silent(self, what: str, seconds: float) -> bool:
        """Waits until this was not said for so long."""
        last = monotonic()
        while monotonic() - last < seconds:
            try:
                last = monotonic() if self.hear(seconds).startswith(what) else last
            except TimeoutError:
                break
        return True


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    name = str(tmp_path / "notify") if request.param == "path" else f"@watcher-{os.getpid()}-{tmp_path.name}"
    with Manager(name) as manager:
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        yield manager


@contextmanager
def running(newsroom: Newsroom, hang: str = "") -> Iterator[Run]:
    arguments = [*command(newsroom)]
    if hang:
        arguments[1:3] = ["-m", "tests.e2e.planted", hang]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Run(process)
        finally:
            process.kill()


def watches(newsroom: Newsroom, *names: str) -> None:
    """Further watches of the office's listing, each at an address of its own, looked at every second."""
    newsroom.configure(f'{DRUPAL}every = "1s"\n')
    tables = (f'\n[watch.{name}]\nurl = "{newsroom.site.listing}?{name}"\n{DRUPAL}every = "1s"\n' for name in names)
    newsroom.home.config.write_text(newsroom.home.config.read_text() + "".join(tables))


def test_systemd_hears_when_it_is_ready_alive_reloading_and_stopping_all_from_the_main_process(
    newsroom: Newsroom, manager: Manager
) -> None:
    with running(newsroom) as run:
        assert manager.hear() == "READY=1"
        served, stored = run.get("/healthz").text, newsroom.home.database.exists()
        manager.until("WATCHDOG=1")
        before = monotonic_ns() // 1000
        run.process.send_signal(signal.SIGHUP)
        reloading = manager.until("RELOADING=1")
        again = manager.until("READY=1")
        code = run.end()
        manager.until("STOPPING=1")

    assert (served, stored, again, code) == ("ok", True, "READY=1", 0)
    assert reloading.startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert before <= int(reloading.rpartition("=")[2]) <= monotonic_ns() // 1000
    assert re.search(r"\nSTATUS=1 watch, 0 failing(, next check in \d+ s)?\n", "\n".join(manager.heard))
    assert manager.pids == {run.process.pid}


@pytest.mark.parametrize("manager", ["path"], indirect=True)
@pytest.mark.parametrize("hang", ["checks", "ticks", "store"])
def test_the_watchdog_is_silent_where_nothing_moves_any_more(newsroom: Newsroom, manager: Manager, hang: str) -> None:
    watches(newsroom, *(f"more-{n}" for n in range(MOST)))

    with running(newsroom, hang) as run:
        assert manager.hear() == "READY=1"
        assert manager.falls_silent("WATCHDOG=1", 1.5)
        running_still = run.process.poll() is None

    assert running_still


@pytest.mark.parametrize("manager", ["path"], indirect=True)
def test_the_watchdog_hears_of_us_all_through_a_long_sweep_of_slow_pages(newsroom: Newsroom, manager: Manager) -> None:
    watches(newsroom, *(f"more-{n}" for n in range(9)))
    newsroom.office.behave("slow", LISTING, seconds=0.25)

    with running(newsroom, "nothing"):
        while len(newsroom.site.requests) < 10:
            manager.until("WATCHDOG=1")
        sweep = len(manager.heard)
        for _ in range(10):
            manager.until("WATCHDOG=1")

    assert sweep > 10


@pytest.mark.parametrize("manager", ["path"], indirect=True)
def test_a_check_that_hangs_is_named_and_given_up_and_its_watch_fails(newsroom: Newsroom, manager: Manager) -> None:
    watches(newsroom, "hangs")

    with running(newsroom, "one") as run:
        assert run.process.stderr
        named = next(line for line in run.process.stderr if "the check hangs" in line)
        with newsroom.app() as app:
            eventually(lambda: app.store.checks("hangs"))
            seen = len(newsroom.site.requests)
            eventually(lambda: len(newsroom.site.requests) > seen + 1)
            failed = app.store.checks("hangs")
        for _ in range(10):
            manager.until("WATCHDOG=1")
        code = run.end()

    assert named.endswith('event="the check hangs, and is given up; its thread is lost until it ends" watch=hangs\n')
    assert [check.error for check in failed] == ["the check did not end"]
    assert code == 0
