"""`watcher run` as it is measured: at rest, from the fetch of a page to its feed and its mail, and at its start."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any, Self

from tests.benchmarks.origin import Origin
from tests.benchmarks.tools import Broken, configure, watcher
from tests.smtpserver import MailServer

_MAIL = """
every = "{every}"
alerts = ["desk"]

[alert.desk]
kind = "email"
to = ["desk@example.org"]
from = "Watcher <watch@example.org>"
smtp = "smtp://{smtp}"
most = 100000
health = false
"""


class Service:
    """The daemon of a home, from its start to READY=1. A context manager: it is ended in the end."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            listen = f"127.0.0.1:{free.getsockname()[1]}"
        with tempfile.TemporaryDirectory() as own, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
            notified.bind(f"{own}/notify")
            notified.settimeout(120)
            with (folder / "run.log").open("wb") as log:
                began = time.perf_counter()
                self._process = subprocess.Popen(
                    [*watcher(folder), "run", "--listen", listen],
                    env={**os.environ, "NOTIFY_SOCKET": f"{own}/notify"},
                    stdout=log,
                    stderr=log,
                )
            try:
                while b"READY=1" not in notified.recv(4096):
                    pass
            except TimeoutError as error:
                self._end()
                said = (folder / "run.log").read_text(errors="replace")[-300:]
                raise Broken(f"watcher run is not ready after 120 s: {said}") from error
        #: Seconds from its start to READY=1.
        self.ready_after = time.perf_counter() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    @property
    def cpu(self) -> float:
        """Seconds of processor time since its start."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    @property
    def size(self) -> float:
        """MB that are resident now."""
        found = re.search(r"VmRSS:\s+(\d+)", self._proc("status"))
        return int(found[1]) / 1024 if found else 0

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self._process.pid}/{name}").read_text()

    def _end(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def rest(folder: Path, urls: Sequence[str], *, seconds: float = 60) -> tuple[float, float]:
    """MB, and the share of a core in per cent, of a daemon that has nothing to do: all was checked a moment ago."""
    configure(folder, urls, 'every = "1d"')
    with Service(folder) as service:
        time.sleep(15)  # what a start has to do is done by then
        before, began = service.cpu, time.perf_counter()
        time.sleep(seconds)
        return service.size, 100 * (service.cpu - before) / (time.perf_counter() - began)


def start(folder: Path) -> float:
    """Seconds from the start of `watcher run` to READY=1."""
    with Service(folder) as service:
        return service.ready_after


def latency(folder: Path, urls: Sequence[str], origin: Origin, *, every: int) -> tuple[list[float], list[float]]:
    """One page of `every` gets an item; seconds from the answer that had it to its feed being there, and to its mail
    being taken. Each page is looked at once a minute."""
    with _mailbox() as (smtp, came):
        configure(folder, urls, _MAIL.format(every="1m", smtp=smtp))
        with Service(folder) as service:
            origin.news(every=every)
            wanted, until = len(urls) // every, time.monotonic() + 180
            while len(came) < wanted and time.monotonic() < until and service.cpu >= 0:
                time.sleep(0.5)
            served = origin.served()
            written = {number: _changed(folder / "feeds" / f"office-{number}.xml") for number in served}
    feeds = [written[number] - at for number, at in served.items()]
    mails = [came[number] - at for number, at in served.items() if number in came]
    if len(mails) < wanted:
        raise Broken(f"{len(mails)} of {wanted} mails came")
    return feeds, mails


def p95(some: Sequence[float]) -> float:
    return quantiles(some, n=20, method="inclusive")[-1]


def _changed(file: Path) -> float:
    return file.stat().st_mtime


class _Timed(list[Any]):
    """A list that knows when each of its letters came."""

    def __init__(self, came: dict[int, float]) -> None:
        super().__init__()
        self.came = came

    def append(self, letter: Any) -> None:
        if found := re.search(r"office-(\d+)", letter.message["List-Id"] or ""):
            self.came.setdefault(int(found[1]), time.time())


@contextmanager
def _mailbox() -> Iterator[tuple[str, dict[int, float]]]:
    """A mail server's address, and when the first letter of each watch came."""
    came: dict[int, float] = {}
    with MailServer() as server:
        server.letters = _Timed(came)
        yield server.address, came
