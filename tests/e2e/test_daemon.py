"""`watcher run` as a process of its own: it checks, delivers, serves, and ends when it is told to."""

from __future__ import annotations

import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event
from time import monotonic

import httpx
import pytest

from tests.conftest import DRUPAL, Newsroom
from tests.rawserver import RawServer, reply
from tests.smtpserver import MailServer
from watcher import daemon, setback
from watcher.cli import main
from watcher.demo import LISTING
from watcher.fetch import politeness


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


def test_a_saved_file_is_taken_up_and_a_broken_one_refused_with_its_line_whether_it_is_told_so_or_not(
    newsroom: Newsroom,
) -> None:
    whole = newsroom.home.config.read_text()
    with running(newsroom) as run:
        assert run.process.stderr
        eventually(lambda: newsroom.feed)
        newsroom.home.config.write_text(f"{whole}titel = 'li'\n")
        saved = run.process.stderr.readline()
        run.process.send_signal(signal.SIGHUP)
        told = run.process.stderr.readline()
        newsroom.home.config.write_text(whole.replace("[watch.press]", "[watch.renamed]"))
        eventually((newsroom.home.feeds / "renamed.xml").exists)
        code = run.end()
        rest = run.process.stderr.read()

    line = whole.count("\n") + 1
    refusal = rf'"unknown key \"titel\" in [watch.press]  (watcher.toml:{line}); the configuration in force stays"'
    for said in (saved, told):
        assert said.endswith(rf' level=error event={refusal} hint="did you mean \"title\"?"' + "\n")
    assert ("level=error" in rest, code) == (False, 0)


def test_a_second_signal_ends_it_at_once(newsroom: Newsroom) -> None:
    with MailServer() as server:
        server.replies["DATA"] = MailServer.HANG
        config = newsroom.home.config.read_text().replace(newsroom.mailbox.address, server.address)
        newsroom.home.config.write_text(config)
        with running(newsroom) as run:
            eventually(lambda: newsroom.feed)
            newsroom.office.publish("Hard to Deliver", slug="pf0999")
            eventually(lambda: server.open)

            run.process.send_signal(signal.SIGTERM)
            code = run.end(signal.SIGINT)

    assert code == 130


def test_two_hundred_hosts_that_hang_delay_nobody_else(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "LIMITS", replace(daemon.LIMITS, slow=0.5))
    with ExitStack() as silent:
        hosts = [silent.enter_context(socket.create_server((f"127.0.1.{n}", 0))) for n in range(1, 201)]
        urls = {f"a-hangs-{n}": "http://{}:{}/".format(*host.getsockname()) for n, host in enumerate(hosts)}
        urls |= {f"good-{n}": f"{newsroom.site.listing}?{n}" for n in range(20)}
        tables = (f'[watch.{name}]\nurl = "{url}"\n{DRUPAL}\n' for name, url in urls.items())
        newsroom.home.config.write_text("".join(tables))

        with newsroom.app() as app, app.locked():
            watching = daemon.Daemon(app)
            while len(checked := [each.name for each in app.store.standing() if each.checked_at]) < 20:
                watching.tick()
                Event().wait(0.05)
            healthy = watching.healthy
            watching.stop()
            watching.run()
            at_work = watching.at_work

    assert sorted(checked) == sorted(name for name in urls if "good" in name)
    assert (healthy, at_work) == (True, False)


def test_a_feed_that_cannot_be_taken_away_stops_no_check_and_is_said_once(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    feed = newsroom.home.feeds / "other.xml"
    press = newsroom.home.config.read_text()
    newsroom.home.config.write_text(f'{press}\n[watch.other]\nurl = "{newsroom.site.listing}?2"\n{DRUPAL}')

    with newsroom.app() as app, app.locked():
        watching = daemon.Daemon(app)
        newsroom.home.config.write_text(press)
        (feed / "of its owner").mkdir(parents=True)
        watching.tick()
        eventually(lambda: newsroom.feed)
        watching.tick()
        said = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
        (feed / "of its owner").rmdir()
        feed.rmdir()
        feed.touch()
        watching.tidy()
        watching.tick()
        watching.stop()
        watching.run()

    assert said == [f"the feed of a watch that was removed is left: {feed}: cannot be removed: is a directory"]
    assert not feed.exists()


def test_a_server_is_not_asked_again_and_again_while_nothing_can_be_committed(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    later = [0.0]
    monkeypatch.setattr(setback, "monotonic", lambda: monotonic() + sum(later))

    def asked() -> int:
        watching.tick()
        eventually(lambda: not watching.at_work and not watching._checks.names)
        return len(newsroom.site.requests)

    with newsroom.app() as app, app.locked(), closing(sqlite3.connect(newsroom.home.database)) as state:
        watching = daemon.Daemon(app)
        state.execute("CREATE TRIGGER no BEFORE INSERT ON checks BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
        at_once = [asked() for _ in range(3)]
        later.append(setback.FIRST)
        once_more = [asked() for _ in range(3)]
        later.append(setback.FIRST)
        not_yet = asked()
        state.execute("DROP TRIGGER no")
        later.append(setback.LONGEST)
        in_the_end = asked()
        watching.stop()
        watching.run()

    said = [each for each in caplog.records if "broke off" in each.getMessage()]
    assert (at_once, once_more, not_yet, in_the_end) == ([1, 1, 1], [2, 2, 2], 2, 3)
    assert newsroom.feed
    assert [(each.exc_info, each.getMessage().endswith(": disk is full")) for each in said] == [(None, True)] * 2


def test_twenty_targets_that_hang_delay_no_other(newsroom: Newsroom) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        config, good = newsroom.home.config.read_text(), newsroom.mailbox.address
        alert = config[config.index("[alert.me]") : config.index("[watch.press]")]
        dead = [f"dead-{n}" for n in range(20)]
        where = "{}:{}".format(*silent.getsockname())
        tables = (alert.replace("[alert.me]", f"[alert.{name}]").replace(good, where) for name in dead)
        named = config.replace('alerts = ["me"]', f"alerts = {[*dead, 'me']}")
        newsroom.home.config.write_text(named + "\n" + "\n".join(tables))
        with newsroom.app() as app, app.locked():
            watching = daemon.Daemon(app)
            watching._look(app.config.watches["press"])
            newsroom.office.publish("Told All The Same")
            app.check(app.config.watches["press"])
            watching.deliver()
            eventually(lambda: newsroom.mails)
            silent.close()
            eventually(lambda: not watching.at_work)
            watching.stop()
            watching.run()

    assert newsroom.mails == ["Told All The Same"]


def test_two_watches_of_one_address_are_one_request(newsroom: Newsroom) -> None:
    tables = (f'[watch.{name}]\nurl = "{newsroom.site.listing}"\n{DRUPAL}\n' for name in ("a", "b"))
    newsroom.home.config.write_text("".join(tables))

    with newsroom.app() as app, app.locked():
        watching = daemon.Daemon(app)
        watching.tick()
        while sum(bool(each.checked_at) for each in app.store.standing()) < 2:
            Event().wait(0.02)
        watching.stop()
        watching.run()

    assert [asked.path for asked in newsroom.site.requests].count(LISTING) == 1


def test_watches_of_a_host_that_is_to_be_asked_once_a_minute_wait_in_no_threads(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer({"/robots.txt": reply(b"User-agent: *\nCrawl-delay: 60\n")}) as server:
        server.scripts |= {f"/{n}": reply(b"<p>A page of news</p>") for n in range(3)}
        table = '[watch.page-{n}]\nurl = "{url}"\nkind = "page"\nrobots = "obey"\n'
        pages = {0: "/0", 1: "/1", "again": "/1", 2: "/2"}  # two of one address share its turn
        newsroom.home.config.write_text("".join(table.format(n=n, url=server.url(at)) for n, at in pages.items()))

        with newsroom.app() as app, app.locked():
            watching = daemon.Daemon(app)
            app.check(app.config.watches["page-0"])
            watching.tick()
            waiting = set(watching._checks.names)
            monkeypatch.setattr(politeness, "monotonic", lambda: monotonic() + 61)
            watching.tick()
            eventually(lambda: len(server.paths) == 3 and not watching._checks.names)
            watching.tick()
            behind = set(watching._checks.names)
            looked_at = {each.name for each in app.store.all_known() if each.checked_at}
            watching.stop()
            watching.run()

    assert server.paths == ["/robots.txt", "/0", "/1"]
    assert (waiting, behind) == (set(), set())
    assert looked_at == {"page-0", "page-1", "page-again"}


def test_a_saved_configuration_changes_how_we_call_ourselves_and_says_what_needs_a_start(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    watch = newsroom.home.config.read_text()

    with newsroom.app() as app, app.locked():
        watching = daemon.Daemon(app)
        newsroom.home.config.write_text(f'contact = "me@example.org"\nlisten = "127.0.0.1:9"\n{watch}')
        watching.tick()
        eventually(lambda: newsroom.feed)
        watching.stop()
        watching.run()

    assert "(+me@example.org)" in newsroom.site.requests[-1].headers["user-agent"]
    assert [each.message for each in caplog.records if each.levelname == "WARNING"] == [
        "listen has changed, which the next start heeds"
    ]


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
