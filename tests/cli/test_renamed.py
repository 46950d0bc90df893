"""A watch that is given another name in watcher.toml."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Watcher
from tests.conftest import Newsroom
from watcher.daemon import Daemon

HINT = (
    "news begins anew, though its page was watched as press: a watch is known by its name; to go on where press was,"
    ' write [watch.press] again, with label = "…" for another title'
)


def rename(newsroom: Newsroom, old: str, new: str) -> None:
    file = newsroom.home.config
    file.write_text(file.read_text().replace(f"[watch.{old}]", f"[watch.{new}]"))


def test_a_new_name_for_a_known_page_is_said_until_it_was_looked_at(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.check()
    rename(newsroom, "press", "news")

    status, check, after = watcher("status"), watcher("check"), watcher("status")

    assert status.err == f"{HINT}\n"
    assert check.err == f"{HINT}\n"
    assert check.code == 0
    assert after.err == ""


def test_a_running_watcher_says_it_as_well(newsroom: Newsroom, caplog: pytest.LogCaptureFixture) -> None:
    newsroom.check()
    with newsroom.app() as app, app.locked():
        daemon = Daemon(app)
        rename(newsroom, "press", "news")
        daemon.tick()
        daemon.stop()
        daemon.run()

    assert caplog.messages.count(HINT) == 1


def test_a_new_watch_of_another_page_is_no_new_name(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.check()
    newsroom.configure('kind = "page"\n', url=f"{newsroom.site.listing}/jy0781")
    rename(newsroom, "press", "news")

    assert watcher("status").err == ""


def test_under_its_old_name_a_watch_goes_on_where_it_was(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.check()
    rename(newsroom, "press", "news")
    watcher("check")
    newsroom.office.publish("Back again")
    rename(newsroom, "news", "press")

    newsroom.check()

    assert newsroom.mails == ["Back again"]


def test_with_its_records_moved_a_watch_has_all_its_entries_under_another_name(newsroom: Newsroom) -> None:
    newsroom.check()
    newsroom.office.publish("One")
    newsroom.check()
    before = newsroom.feed
    rename(newsroom, "press", "news")
    (newsroom.home.state / "records/press").rename(newsroom.home.state / "records/news")

    with newsroom.app() as app, app.locked():
        app.check(app.config.watches["news"])
        app.deliver()

    after = (newsroom.home.feeds / "news.xml").read_bytes()
    ids = re.compile(rb"<id>([^<]+)</id>")
    assert before.count(b"<entry>") == 11
    assert sorted(ids.findall(after)) == sorted(ids.findall(before))
    assert newsroom.mails == ["One"]
