"""watcher doctor: each line is true, one that breaks ends no other, and nothing is touched."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import namedtuple
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Watcher
from tests.conftest import Newsroom
from tests.smtpserver import MailServer
from watcher import doctor, files
from watcher.app import App
from watcher.doctor import network
from watcher.doctor.finding import Finding
from watcher.store import schema

LOGIN = """
[alert.me]
kind = "email"
to = ["me@example.org"]
from = "watch@example.org"
smtp = "smtp://{address}"
user = "me"
password = {{ env = "WATCHER_TEST_PASSWORD" }}
"""


@pytest.fixture(autouse=True)
def closed(newsroom: Newsroom) -> None:
    """A home that is ours alone, and was looked at just now."""
    newsroom.now = datetime.now(UTC) - timedelta(minutes=30)
    newsroom.check()
    newsroom.home.state.chmod(0o700)


def found(watcher: Watcher) -> Mapping[str, tuple[str, str, str]]:
    """State, words and hint of each check; of several lines of one, the worst."""
    said = watcher("doctor", "--json").document["findings"]
    said.sort(key=lambda each: ("ok", "warn", "FAIL").index(each["state"]))
    return {each["check"]: (each["state"], each["words"], each["hint"]) for each in said}


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith(("-wal", "-shm"))
    }


def test_a_sound_home_is_sound_and_stays_as_it_is(watcher: Watcher, newsroom: Newsroom) -> None:
    before = snapshot(newsroom.home.folder)

    ran = watcher("doctor")

    assert (ran.code, ran.err) == (0, "")
    lines = [line.split()[:2] for line in ran.out.splitlines()]
    assert {state for state, _ in lines} == {"ok"}, ran.out
    assert [name for _, name in lines] == [
        *("configuration", "secrets", "extras", "time", "disk", "permissions"),
        *("database", "schedule", "network", "clock", "mail"),
    ]
    assert snapshot(newsroom.home.folder) == before
    assert newsroom.mails == []


def test_it_needs_no_lock_and_says_who_holds_it(watcher: Watcher, newsroom: Newsroom) -> None:
    with files.lock(newsroom.home.lock):
        state, words, _ = found(watcher)["schedule"]

    assert (state, words) == ("ok", f"nothing is overdue; a watcher is running (pid {os.getpid()})")


def test_each_fault_of_the_configuration_is_a_line_and_the_rest_is_looked_at(
    watcher: Watcher, newsroom: Newsroom
) -> None:
    newsroom.configure('evry = "1h"\nflod = 3')

    ran = watcher("doctor")

    assert ran.code == 1
    assert [line.split()[:2] for line in ran.out.splitlines()[:2]] == [["FAIL", "configuration"]] * 2
    assert 'did you mean "every"?' in ran.out
    assert "ok    database       schema" in ran.out
    assert "warn  mail           not looked at: the configuration cannot be used" in ran.out


def test_a_check_that_breaks_is_a_line_and_ends_no_other(newsroom: Newsroom) -> None:
    def broken(app: App) -> list[Finding]:
        raise ZeroDivisionError("by zero")

    with newsroom.app() as app:
        said = list(doctor.examine(app, {"broken": broken, "disk": doctor.CHECKS["disk"]}))

    assert [(each.check, each.state) for each in said[1:]] == [("broken", "FAIL"), ("disk", "ok")]
    assert said[1].words == "cannot be looked at: ZeroDivisionError: by zero"


def test_a_login_is_tried_and_no_letter_sent(
    watcher: Watcher, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MailServer(users={"me": "right"}) as server:
        watch = newsroom.home.config.read_text().partition("[watch.press]")[2]
        newsroom.home.config.write_text(f"{LOGIN.format(address=server.address)}\n[watch.press]{watch}")

        monkeypatch.setenv("WATCHER_TEST_PASSWORD", "right")
        assert found(watcher)["mail"][:2] == ("ok", f"me: {server.address} as me")

        monkeypatch.setenv("WATCHER_TEST_PASSWORD", "wrong")
        state, words, hint = found(watcher)["mail"]
        assert (state, hint) == ("FAIL", "then: watcher test me")
        assert words.startswith(f"me: {server.address} as me: 535 ")

        monkeypatch.delenv("WATCHER_TEST_PASSWORD")
        said = found(watcher)
        assert said["secrets"][:2] == ("FAIL", "[alert.me] the environment variable WATCHER_TEST_PASSWORD is not set")
        assert said["mail"][0] == "warn"
        assert server.letters == []


def test_a_secret_in_a_file_that_others_can_read_is_told_with_the_way_by_reference(
    watcher: Watcher, newsroom: Newsroom
) -> None:
    config = newsroom.home.config
    login = 'headers = { Cookie = "hush", accept = "text/html" }'
    with MailServer(users={"me": "right"}) as server:
        alert = LOGIN.format(address=server.address)
        watch = f"[watch.press]{config.read_text().partition('[watch.press]')[2]}\n{login}\n"
        config.chmod(0o644)
        config.write_text(f"{alert}\n{watch}".replace(login, ""))
        referred = found(watcher)["secrets"]
        config.write_text(alert.replace('{ env = "WATCHER_TEST_PASSWORD" }', '"right"') + watch)
        state, words, hint = found(watcher)["secrets"]
        said = watcher("doctor").out
        config.chmod(0o640)
        closed = found(watcher)["secrets"]

    assert referred[1] == "[alert.me] the environment variable WATCHER_TEST_PASSWORD is not set"
    assert state == "warn"
    assert '"headers.Cookie" stands in [watch.press] as it is' in said
    assert words == f'{config} is open to others (mode 644), and "password" stands in [alert.me] as it is'
    assert hint == f'password = {{ env = "NAME" }} or {{ file = "PATH" }} refers to it; or: chmod o-rwx {config}'
    assert closed[0] == "ok"


def test_an_alert_target_that_no_watch_names_is_told(watcher: Watcher, newsroom: Newsroom) -> None:
    config = newsroom.home.config
    named, quiet = found(watcher)["configuration"][0], watcher("config", "check").err
    config.write_text(config.read_text().replace('alerts = ["me"]', "alerts = []"))

    ran, (state, words, _) = watcher("config", "check"), found(watcher)["configuration"]

    assert (named, quiet) == ("ok", "")
    assert (ran.code, ran.out) == (0, "watcher.toml: 1 watch, 1 alert target, no fault\n")
    assert ran.err.startswith("no watch names [alert.me], and nobody is told by it: ")
    assert (state, words) == ("warn", "no watch names [alert.me]: nobody is told by it")


def test_a_watch_that_nobody_looks_at_is_overdue(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.now -= timedelta(days=1)
    with newsroom.app() as app:
        app.store.due_now("press", newsroom.now)

    state, words, hint = found(watcher)["schedule"]

    assert (state, words) == ("FAIL", "1 overdue (press); no watcher is running")
    assert hint == "watcher run, or watcher service install"


def test_a_damaged_database_is_found(watcher: Watcher, newsroom: Newsroom) -> None:
    file = newsroom.home.database
    with closing(sqlite3.connect(file)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'items'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with file.open("r+b") as raw:
        raw.seek((root - 1) * size)
        raw.write(b"\xff" * size)

    state, words, hint = found(watcher)["database"]

    assert state == "FAIL"
    assert str(file) in words
    assert hint


def test_a_database_that_is_gone_beside_its_records_is_wrong_and_none_at_all_is_not(
    watcher: Watcher, newsroom: Newsroom
) -> None:
    newsroom.home.database.unlink()

    assert found(watcher)["database"][0] == "FAIL"
    assert not newsroom.home.database.exists()

    shutil.rmtree(newsroom.home.state)

    said = found(watcher)
    assert said["database"][0] == "warn"
    assert said["schedule"][:2] == ("ok", "nothing was looked at yet; no watcher is running")
    assert not newsroom.home.state.exists()


def test_an_older_database_is_left_as_it_is(
    watcher: Watcher, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (schema, doctor.state):
        monkeypatch.setattr(module, "HEAD", "9999")

    said = found(watcher)

    assert said["database"][0] == "warn"
    assert "the next start brings it to 9999" in said["database"][1]
    assert said["schedule"][0] == "warn"


def test_a_server_that_is_away_and_a_name_that_is_none_are_told_apart(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.configure("", url="http://127.0.0.1:9/news")
    assert found(watcher)["network"][1].startswith("no server answers: no connection to 127.0.0.1")

    newsroom.configure("", url="http://no-such-host.invalid/news")
    assert found(watcher)["network"][1].startswith("no name is found: ")


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (95, "warn", "this clock is 95 s behind, by the servers' dates"),
        (-3600, "warn", "this clock is 3600 s ahead, by the servers' dates"),
        (59, "ok", "within 59 s of the servers' dates"),
    ],
)
def test_a_clock_that_is_off_is_told(
    ahead: int, state: str, words: str, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.fetch.probe.asked", lambda *_: newsroom.now + timedelta(seconds=ahead))

    with newsroom.app() as app:
        *_, clock = network.network(app)

    assert (clock.state, clock.words) == (state, words)


def test_a_disk_that_fills_up_is_told_before_it_is_full(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    room = namedtuple("room", "f_bavail f_frsize f_favail f_files")

    monkeypatch.setattr(os, "statvfs", lambda _: room(500, 1 << 20, 50_000, 100_000))
    assert found(watcher)["disk"][0] == "warn"

    monkeypatch.setattr(os, "statvfs", lambda _: room(5000, 1 << 20, 999, 100_000))
    assert found(watcher)["disk"][0] == "FAIL"


def test_state_that_others_can_read_is_told(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.home.state.chmod(0o755)

    state, words, hint = found(watcher)["permissions"]

    assert (state, hint) == ("warn", f"chmod 700 {newsroom.home.state}")
    assert "mode 755" in words


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_another_user_made_in_the_state_is_told(watcher: Watcher, newsroom: Newsroom) -> None:
    os.chown(newsroom.home.lock, 54321, 54321)

    state, words, hint = found(watcher)["permissions"]

    assert (state, hint.split()[:2]) == ("FAIL", ["chown", "-R"])
    assert f"{newsroom.home.lock} belongs to uid 54321" in words


def test_a_file_that_goes_while_it_is_looked_at_is_no_fault(
    watcher: Watcher, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda folder: iter([*listed(folder), folder / "watcher.db-gone"]))

    assert found(watcher)["permissions"][0] == "ok"


def test_what_a_watch_needs_and_is_not_installed_is_named(
    watcher: Watcher, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.configure("browser = true")
    monkeypatch.setattr("watcher.fetch.browser.installed.NAMES", ("no-such-browser",))

    assert found(watcher)["extras"] == ("FAIL", "press needs Chromium", "apt-get install chromium")
