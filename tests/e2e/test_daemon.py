"""`watcher run` as a process of its own: it checks, delivers, serves, and ends when it is told to."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from time import monotonic

import httpx
import pytest

from tests.conftest import DRUPAL, Newsroom
from tests.smtpserver import MailServer
from watcher.cli import main
from watcher.demo import LISTING

UNIT = Path(__file__).parents[2] / "systemd/watcher.service"


class Run:
    """A running `watcher run`. `url` is where it serves."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        self.process = process
        self.said = process.stderr.readline()
        self.url = self.said.rpartition("feeds=")[2].strip().rstrip("/")

    def get(self, path: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.get(self.url + path, headers=named, trust_env=False, verify=False)  # there is no TLS

    def end(self, number: int = signal.SIGTERM) -> int:
        """The exit code, which has to come within ten seconds."""
        self.process.send_signal(number)
        return self.process.wait(timeout=10)


def command(newsroom: Newsroom) -> Sequence[str]:
    return [sys.executable, "-m", "watcher", "--home", str(newsroom.home.folder), "run", "--listen", "127.0.0.1:0"]


@contextmanager
def running(newsroom: Newsroom) -> Iterator[Run]:
    with subprocess.Popen(command(newsroom), stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Run(process)
        finally:
            process.kill()


def eventually(true: Callable[[], object]) -> None:
    """Waits until something is so, for as long as a slow machine may take."""
    give_up = monotonic() + 30
    while not true():
        assert monotonic() < give_up, "it never came"
        Event().wait(0.05)


@pytest.fixture
def newsroom(newsroom: Newsroom) -> Newsroom:
    """Looked at every second."""
    newsroom.configure(f'{DRUPAL}every = "1s"\n')
    return newsroom


def test_it_checks_what_is_due_delivers_serves_and_ends_cleanly(newsroom: Newsroom) -> None:
    with running(newsroom) as run:
        assert " event=watching watches=1 " in run.said
        eventually(lambda: newsroom.feed)
        newsroom.office.publish("While It Runs", slug="pf0999")
        eventually(lambda: newsroom.mails)

        fresh = run.get("/feeds/press.xml", accept_encoding="gzip")
        known = run.get("/feeds/press.xml", if_none_match=fresh.headers["etag"], accept_encoding="gzip")
        eventually(lambda: "last-modified" in run.get("/feeds/press.xml").headers)  # not in the second of the change
        dated = run.get("/feeds/press.xml")
        later = run.get("/feeds/press.xml", if_modified_since=dated.headers["last-modified"])
        style = run.get("/feeds/feed.css")
        code = run.end()

    assert (fresh.status_code, fresh.content) == (200, newsroom.feed)
    assert fresh.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert fresh.headers["content-encoding"] == "gzip"
    assert b"<title>While It Runs</title>" in fresh.content
    assert (known.status_code, known.content) == (later.status_code, later.content) == (304, b"")
    assert style.headers["content-type"].startswith("text/css")
    assert newsroom.mails == ["While It Runs"]
    assert "2022-05-17-pf0999.md" in newsroom.records
    assert code == 0


def test_it_logs_what_is_found_and_told_as_fields_and_nothing_of_quiet_checks_and_secrets(newsroom: Newsroom) -> None:
    newsroom.configure(f'{DRUPAL}every = "1s"\nheaders = {{ Authorization = "Bearer hunter2" }}\n')
    with running(newsroom) as run:
        eventually(lambda: newsroom.feed)
        newsroom.office.publish("While It Runs", slug="pf0999")
        eventually(lambda: newsroom.mails)
        asked = len(newsroom.site.requests)
        eventually(lambda: len(newsroom.site.requests) > asked + 1)
        assert 'watcher_checks_total{outcome="found"}' in run.get("/metrics").text
        assert run.get("/readyz").json()["ready"]
        run.end()
        said = run.process.stderr.read() if run.process.stderr else ""

    (found,) = [line for line in said.splitlines() if "event=checked" in line]
    assert re.search(r" level=info event=checked watch=press outcome=found took_ms=\d+ items=\d+ new=1$", found)
    (told,) = [line for line in said.splitlines() if "event=delivered" in line]
    assert told.endswith(' watch=press recipient="me me@example.org" deliveries=1 subject="While It Runs"')
    assert "hunter2" not in said


def test_it_ends_while_a_request_is_under_way_which_is_no_failure(newsroom: Newsroom) -> None:
    newsroom.office.behave("timeout", LISTING)

    with running(newsroom) as run:
        eventually(lambda: newsroom.site.requests)
        code = run.end()

    assert code == 0
    with newsroom.app() as app:
        assert app.store.checks("press") == []


def test_it_ends_while_a_mail_server_does_not_answer_and_loses_no_letter(newsroom: Newsroom) -> None:
    with MailServer() as server:
        server.replies["DATA"] = MailServer.HANG
        config = newsroom.home.config.read_text().replace(newsroom.mailbox.address, server.address)
        newsroom.home.config.write_text(config)

        with running(newsroom) as run:
            eventually(lambda: newsroom.feed)
            newsroom.office.publish("Hard to Deliver", slug="pf0999")
            eventually(lambda: server.open)
            code = run.end()

    assert code == 0
    newsroom.configure(DRUPAL)
    newsroom.now = datetime.now(UTC)
    assert [sent.error for sent in newsroom.deliver()] == [None]
    assert newsroom.mails == ["Hard to Deliver"]


def test_it_tells_systemd_when_it_is_ready_and_when_it_stops_by_ctrl_c(
    newsroom: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))

        with running(newsroom) as run:
            said = [notify.recv(100)]
            assert run.get("/healthz").text == "ok"
            code = run.end(signal.SIGINT)
            said.append(notify.recv(100))

    assert said == [b"READY=1", b"STOPPING=1"]
    assert code == 0


def test_a_second_watcher_on_the_same_home_exits_with_4_and_names_the_pid(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(newsroom) as first:
        for second in (["run", "--listen", "127.0.0.1:0"], ["check"]):
            with pytest.raises(SystemExit) as ended:
                main(["--home", str(newsroom.home.folder), *second])

            assert ended.value.code == 4
            assert f"another watcher uses this home (pid {first.process.pid})" in capsys.readouterr().err
        assert first.end() == 0


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    unit, replaced = re.subn(r"(?m)^ExecStart=\S+", f"ExecStart={sys.executable}", UNIT.read_text())
    rendered = tmp_path / UNIT.name
    rendered.write_text(unit)

    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(rendered)], capture_output=True, text=True, check=False
    )

    # It warns of a key that it does not know, and exits with 0.
    assert (replaced, verified.returncode, verified.stdout + verified.stderr) == (1, 0, "")
