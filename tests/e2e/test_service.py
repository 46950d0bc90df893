"""The service as systemd would start it: the unit's command line, environment and filter of system calls."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Newsroom
from tests.e2e.test_daemon import eventually
from tests.smtpserver import MailServer
from watcher import units
from watcher.units import Installation

CONFIG = """
listen = "127.0.0.1:0"

[alert.me]
kind = "email"
to = ["me@example.org"]
from = "watch@example.org"
smtp = "smtp://{smtp}"
user = "me"
password = {{ credential = "smtp" }}

[watch.press]
url = "{url}"
alerts = ["me"]
first_run = "alert"
"""


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_the_units_command_line_does_the_job_in_what_the_unit_gives_it(newsroom: Newsroom, tmp_path: Path) -> None:
    etc, state = tmp_path / "etc", tmp_path / "var/lib/watcher"
    (etc / "credentials").mkdir(parents=True)
    state.mkdir(parents=True, mode=0o700)
    (etc / "credentials/smtp").write_text("right\n")
    at = Installation(command=[sys.executable, "-m", "watcher"], config=etc / "watcher.toml", credentials=["smtp"])
    unit = etc / units.SERVICE
    unit.write_text(units.daemon(at)[units.SERVICE])
    (start,) = [line.partition("=")[2] for line in unit.read_text().splitlines() if line.startswith("ExecStart=")]
    given = {"STATE_DIRECTORY": state, "CREDENTIALS_DIRECTORY": etc / "credentials", "NOTIFY_SOCKET": etc / "notify"}
    env = {"PATH": os.environ["PATH"], "HOME": "/", "WATCHDOG_USEC": "120000000"} | {
        k: str(v) for k, v in given.items()
    }
    env |= {"PYTHONPATH": str(Path(__file__).parents[2])}

    with MailServer(users={"me": "right"}) as server, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        at.config.write_text(CONFIG.format(smtp=server.address, url=newsroom.site.listing))
        notify.bind(str(etc / "notify"))
        notify.settimeout(30)
        confined = [sys.executable, "-m", "tests.confined", str(unit), "--", *shlex.split(start)]
        with subprocess.Popen(confined, env=env, cwd="/", umask=0o077, stderr=subprocess.DEVNULL) as process:
            try:
                while b"READY=1" not in notify.recv(500):
                    pass
                eventually(lambda: server.letters)
                process.send_signal(signal.SIGHUP)  # its ExecReload=
                while b"RELOADING=1" not in notify.recv(500):
                    pass
                process.terminate()
                code = process.wait(timeout=30)
            finally:
                process.kill()

    assert code == 0
    assert server.letters[0].user == "me"
    assert (state / "feeds/press.xml").exists()
    assert [path for path in state.rglob("*") if path.stat().st_mode & 0o077] == []
