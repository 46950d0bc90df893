"""A failure is never news. Whatever the site answers, nothing that is known is lost, nobody is told, and the next
success tells what came meanwhile, once."""

from __future__ import annotations

from datetime import timedelta
from functools import partialmethod
from typing import Any

import pytest

from tests.conftest import DRUPAL, Newsroom
from tests.rawserver import Asked, RawServer, reply
from watcher import sources
from watcher.app import App, Swept
from watcher.cli import main
from watcher.demo import LISTING
from watcher.demo.publisher import Mood
from watcher.feeds.entries import entry
from watcher.fetch import Fetcher, Limits
from watcher.model import Entry, Failed, Found, Health, Known, Record

MOODS: list[tuple[Mood, Health, int]] = [
    ("403", "failing", 403),
    ("500", "failing", 500),
    ("503", "failing", 503),
    ("timeout", "failing", 0),
    ("empty", "failing", 0),
    ("botcheck", "blocked", 0),
    ("botcheck200", "blocked", 0),
    ("truncated", "failing", 0),
    ("unasked304", "failing", 304),
    ("nolist", "broken", 0),
]

#: A press page of our own, whose markup the tests write by hand.
PAGE = 'item = "li"\n'


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests may take one second."""
    monkeypatch.setattr(Fetcher, "__init__", partialmethod(Fetcher.__init__, limits=Limits(deadline=1)))


@pytest.fixture
def one_clock(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands have the newsroom's time."""
    monkeypatch.setattr(App, "__init__", partialmethod(App.__init__, clock=lambda: newsroom.now))


def failed(swept: Swept) -> Failed:
    assert isinstance(swept.checked.outcome, Failed), swept.checked.outcome
    return swept.checked.outcome


def told(swept: Swept) -> list[str]:
    """The titles of what a check found to be new."""
    outcome = swept.checked.outcome
    assert isinstance(outcome, Found), outcome
    return [change.seen.item.title for change in outcome.changes if change.kind == "new"]


def known(newsroom: Newsroom, watch: str = "press") -> Known:
    with newsroom.app() as app:
        return app.store.known(watch)


def sweep(newsroom: Newsroom) -> dict[str, Swept]:
    """One check of every watch there is, and one delivery."""
    newsroom.now += timedelta(minutes=30)
    with newsroom.app() as app, app.locked():
        swept = {each.checked.watch.name: each for each in app.sweep(list(app.config.watches.values()))}
        app.deliver()
    return swept


@pytest.mark.usefixtures("hurry", "one_clock")
@pytest.mark.parametrize(("mood", "health", "status"), MOODS, ids=[mood for mood, _, _ in MOODS])
def test_a_failure_exits_with_1_changes_nothing_and_what_came_meanwhile_is_told_after_it(
    newsroom: Newsroom, mood: Mood, health: Health, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom.check()
    feed, records, before = newsroom.feed, newsroom.records, known(newsroom)

    newsroom.office.behave(mood, LISTING)
    newsroom.office.publish("Published During the Failure", slug="pf0999")
    newsroom.now += timedelta(minutes=30)
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(newsroom.home.folder), "check"])

    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert "FAILED" in said
    assert "1 failed" in said
    assert (newsroom.feed, newsroom.records, newsroom.mails) == (feed, records, [])
    during = known(newsroom)
    assert (during.health, during.failures) == (health, 1)
    assert during.error in said
    assert (during.listed, during.body_hash, during.checked_at) == (before.listed, before.body_hash, before.checked_at)
    with newsroom.app() as app:
        assert app.store.checks("press")[0].status == status

    newsroom.office.behave("ok")
    assert told(newsroom.check()) == ["Published During the Failure"]
    assert newsroom.mails == ["Published During the Failure"]
    assert len(newsroom.records) == 11
    assert newsroom.feed.count(b"<entry>") == 11
    assert known(newsroom).health == "ok"


def test_a_first_look_that_failed_leaves_the_next_one_the_first(newsroom: Newsroom) -> None:
    newsroom.office.behave("botcheck200", LISTING)
    failed(newsroom.check())

    newsroom.office.behave("ok")
    swept = newsroom.check()

    assert told(swept) == []
    assert len(newsroom.records) == 10
    assert newsroom.mails == []


def test_failures_in_a_row_are_counted_and_wait_ever_longer(newsroom: Newsroom) -> None:
    newsroom.check()
    newsroom.office.behave("500", LISTING)

    waits = []
    for _ in range(3):
        swept = newsroom.check()
        waits.append((swept.checked.failures, swept.checked.due_at - newsroom.now))

    hour = timedelta(hours=1)
    assert [failures for failures, _ in waits] == [1, 2, 3]
    assert all(most * 0.75 <= wait <= most for (_, wait), most in zip(waits, (hour / 2, hour, 2 * hour), strict=True))
    newsroom.office.behave("ok")
    newsroom.office.publish("Published During the Failures", slug="pf0999")
    assert hour / 5 <= newsroom.check().checked.due_at - newsroom.now <= hour / 2
    newsroom.check()
    assert newsroom.mails == ["Published During the Failures"]


def test_a_host_that_says_when_to_come_back_is_not_asked_before(newsroom: Newsroom) -> None:
    newsroom.check()
    newsroom.office.behave("503", LISTING, seconds=7200)
    swept = newsroom.check()
    until, asked = newsroom.now + timedelta(hours=2), len(newsroom.site.requests)

    assert failed(swept).retry_at == swept.checked.due_at == until
    newsroom.office.behave("ok")
    newsroom.office.publish("Published While It Rested", slug="pf0999")
    again = newsroom.check()

    assert "asked us to wait until 2026-11-22T16:16:46Z" in failed(again).error
    assert failed(again).retry_at == until
    assert again.checked.due_at >= until
    assert len(newsroom.site.requests) == asked
    newsroom.now = until
    assert told(newsroom.check()) == ["Published While It Rested"]
    assert newsroom.mails == ["Published While It Rested"]


def test_a_page_that_was_not_understood_leaves_no_validators(newsroom: Newsroom) -> None:
    pages = {'"1"': _list("First", "Second"), '"2"': "<p>We are moving house</p>"}
    tag = '"1"'

    def press(asked: Asked) -> bytes:
        # As every server does: 304 to whoever has this tag, whatever the tag's page was when it was asked before.
        if asked.headers.get("if-none-match") == tag:
            return reply(status=304, etag=tag)
        return reply(pages[tag].encode(), etag=tag)

    with RawServer({"/press": press}) as server:
        newsroom.configure(PAGE, url=server.url("/press"))
        newsroom.check()
        tag = '"2"'
        assert failed(newsroom.check()).health == "broken"
        assert known(newsroom).etag == '"1"'
        pages['"2"'] = _list("News", "First", "Second")
        repaired = newsroom.check()

    assert [asked.headers.get("if-none-match") for asked in server.asked] == [None, '"1"', '"1"']
    assert told(repaired) == ["News"]
    assert newsroom.mails == ["News"]


def test_the_same_bytes_are_read_again_where_they_were_not_understood(newsroom: Newsroom) -> None:
    with RawServer({"/press": reply(_list("First", "Second").encode())}) as server:
        newsroom.configure(PAGE, url=server.url("/press"))
        newsroom.check()
        server.scripts["/press"] = reply(b"<ul></ul>")

        outcomes = [failed(newsroom.check()).health for _ in range(2)]

    assert outcomes == ["broken", "broken"]


def test_a_failing_watch_costs_the_others_nothing(newsroom: Newsroom) -> None:
    with RawServer({"/other": reply(status=500)}) as server:
        newsroom.configure(DRUPAL + _watch("a-first", server.url("/other")) + _watch("z-last", server.url("/none")))
        sweep(newsroom)
        newsroom.office.publish("Unimpressed", slug="pf0999")

        swept = sweep(newsroom)

    assert failed(swept["a-first"]).status == 500
    assert failed(swept["z-last"]).status == 404
    assert told(swept["press"]) == ["Unimpressed"]
    assert newsroom.mails == ["Unimpressed"]
    assert newsroom.feed.count(b"<title>Unimpressed</title>") == 1


def test_records_that_cannot_be_read_cost_the_other_watches_nothing(newsroom: Newsroom) -> None:
    with RawServer({"/other": reply(_list("First", "Second").encode())}) as server:
        nowhere = f'records = "{"x" * 300}"\n'  # no file system takes such a name
        newsroom.configure(DRUPAL + _watch("other", server.url("/other")) + nowhere)

        swept = sweep(newsroom)
        newsroom.office.publish("Unimpressed", slug="pf0999")
        again = sweep(newsroom)

    assert "file name too long" in failed(swept["other"]).error
    assert known(newsroom, "other").failures == 2
    assert server.asked == []
    assert told(again["press"]) == ["Unimpressed"]
    assert newsroom.mails == ["Unimpressed"]


def test_a_fault_in_publishing_costs_its_watch_its_feed_and_the_others_nothing(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(record: Record, *rest: Any, **named: Any) -> Entry:
        if record.title == "Second":
            raise ZeroDivisionError("a record that nobody thought of")
        return entry(record, *rest, **named)

    with RawServer({"/other": reply(_list("First").encode())}) as server:
        newsroom.configure(DRUPAL + _watch("a-first", server.url("/other")))
        sweep(newsroom)
        newsroom.office.publish("Unimpressed", slug="pf0999")

        server.scripts["/other"] = reply(_list("Second", "First").encode())
        monkeypatch.setattr("watcher.feeds.entries.entry", broken)
        swept = sweep(newsroom)

    [problem] = swept["a-first"].published.problems
    assert "a fault in watcher: ZeroDivisionError: a record that nobody thought of" in str(problem)
    assert newsroom.mails == ["Unimpressed"]
    assert b"<title>Unimpressed</title>" in newsroom.feed


def test_a_fault_of_our_own_costs_its_watch_one_check_and_the_others_nothing(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("a page that nobody thought of")

    with RawServer({"/page": reply(b"<p>As it was</p>")}) as server:
        other = f'\n[watch.other]\nkind = "page"\nurl = "{server.url("/page")}"\nalerts = ["me"]\n'
        newsroom.configure(DRUPAL + other)
        sweep(newsroom)
        feed, records = newsroom.feed, newsroom.records
        newsroom.office.publish("Published Beside the Fault", slug="pf0999")
        server.scripts["/page"] = reply(b"<p>As it is</p>")

        with monkeypatch.context() as patch:
            patch.setattr(sources.load("list"), "revisit", broken)
            swept = sweep(newsroom)

        outcome = failed(swept["press"])
        assert outcome.error == "a fault in watcher: ZeroDivisionError: a page that nobody thought of"
        assert "report" in outcome.hint
        assert (newsroom.feed, newsroom.records) == (feed, records)
        assert told(swept["other"]) == ["[Edited] 127.0.0.1:" + str(server.port)]
        assert told(sweep(newsroom)["press"]) == ["Published Beside the Fault"]
    assert len(newsroom.mails) == 2


def _list(*titles: str) -> str:
    return f"<ul>{''.join(f'<li><a href=/{title.lower()}>{title}</a></li>' for title in titles)}</ul>"


def _watch(name: str, url: str) -> str:
    return f'\n[watch.{name}]\nurl = "{url}"\n{PAGE}'
