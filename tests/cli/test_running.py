"""What other commands change beside `watcher run`, and that it acts on it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from threading import Event
from time import monotonic

import pytest

from tests.cli.conftest import Watcher
from tests.conftest import DRUPAL, Newsroom
from watcher.daemon import Daemon


@pytest.fixture
def running(newsroom: Newsroom) -> Iterator[subprocess.Popen[str]]:
    """`watcher run` in the newsroom's home, looking every second."""
    newsroom.configure(f'{DRUPAL}every = "1s"\n')
    command = [sys.executable, "-m", "watcher", "--home", str(newsroom.home.folder), "run", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()
        yield process
        process.send_signal(signal.SIGTERM)


def eventually(true: Callable[[], object]) -> None:
    give_up = monotonic() + 30
    while not true():
        assert monotonic() < give_up, "it never came"
        Event().wait(0.05)


def test_a_running_watcher_publishes_and_tells_what_is_accepted(
    running: subprocess.Popen[str], watcher: Watcher, newsroom: Newsroom
) -> None:
    eventually(lambda: newsroom.feed)
    newsroom.office.behave("500")
    newsroom.flood()
    newsroom.office.behave("ok")
    eventually(lambda: b"draft: true" in b"".join(newsroom.records.values()))
    watcher("pause", "press")  # so that no look does it by the way

    ran = watcher("accept", "press")

    assert ran.out == "10 items of press accepted; the watcher that is running publishes and tells them\n"
    eventually(lambda: newsroom.mails)
    assert newsroom.mails == ["10 new: Press"]
    eventually(lambda: newsroom.feed.count(b"<title>Flood") == 10)


def test_a_running_watcher_takes_up_what_is_added_and_lets_go_of_what_is_removed(
    running: subprocess.Popen[str], watcher: Watcher, newsroom: Newsroom
) -> None:
    more = newsroom.home.feeds / "more.xml"
    eventually(lambda: newsroom.feed)

    added = watcher("add", f"{newsroom.site.listing}/jy0781", "--select", "h1", "--name", "more")
    eventually(more.exists)
    watcher("rm", "press", "--purge")
    removed = len(newsroom.site.requests)
    newsroom.office.publish("Nobody Is Told")
    watcher("pause", "more")
    watcher("resume", "more")  # which is due at once, and so looked at after press would have been

    assert added.out.endswith("The watcher that is running takes the first look.\n")
    eventually(lambda: len(newsroom.site.requests) > removed)
    eventually(lambda: not newsroom.feed)
    assert newsroom.records == {}
    assert newsroom.mails == []


def test_a_faulty_configuration_is_said_once_and_the_one_in_force_stays(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    with newsroom.app() as app, app.locked():
        daemon = Daemon(app)
        newsroom.home.config.write_text(f"{newsroom.home.config.read_text()}\n[watch.bad]\nitem = 'li'\n")
        daemon.tick()
        daemon.tick()
        said, watches = caplog.messages, list(app.config.watches)

        newsroom.configure(DRUPAL.replace("h3 a", "h3"))
        daemon.tick()
        daemon.stop()
        daemon.run()

    assert said == ['"url" is missing in [watch.bad]  (watcher.toml:17); the configuration in force stays']
    assert watches == ["press"]
    assert app.config.watches["press"].options.title == "h3"
