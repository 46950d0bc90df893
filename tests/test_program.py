"""Programs do not outlive who has started them, however that ends."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import sleep

import pytest

_SOURCE = """
from datetime import UTC, datetime
from watcher.fetch import Fetcher
from watcher.model import Request
program = ("sh", "-c", {program!r})
Fetcher(user_agent="test", clock=lambda: datetime.now(UTC)).get(Request(url="https://a.example/", program=program))
"""

_ALERT = """
from datetime import UTC, datetime
from watcher.model import Message
from watcher.notify import command
message = Message(id="1", recipient="", watch="a", subject="", text="", date=datetime.now(UTC))
command.send(command.Options(command=("sh", "-c", {program!r})), message, "")
"""


@pytest.mark.parametrize("code", [_SOURCE, _ALERT], ids=["source", "alert"])
def test_a_program_and_what_it_has_started_end_when_watcher_is_killed(code: str, tmp_path: Path) -> None:
    held = tmp_path / "held"  # by the program and by its child; read to the end as soon as neither is there any more
    os.mkfifo(held)
    program = f"exec 3>{held}; sleep 600 & sleep 600; wait"

    watcher = subprocess.Popen([sys.executable, "-c", code.format(program=program)])
    with held.open("rb") as pipe:  # waits for the program
        while _children(watcher.pid) < 2:  # and for its guard
            sleep(0.01)
        watcher.kill()
        watcher.wait()

        assert pipe.read() == b""


def _children(parent: int) -> int:
    count = 0
    for each in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            count += each.read_text().rpartition(")")[2].split()[1] == str(parent)
    return count
