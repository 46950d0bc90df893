"""What people are told of a watch itself, and when they are told at all. Over real HTTP, SMTP and a real database."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partialmethod

import httpx
import pytest
from starlette.applications import Starlette

from tests.conftest import DRUPAL, Newsroom
from tests.contracts.world import found, look, release, seen, tells
from tests.rawserver import RawServer, reply
from watcher.app import App
from watcher.cli import main
from watcher.demo import LISTING
from watcher.errors import Deferred
from watcher.web.mute import mute_route
from watcher.web.server import serve

CONFIG = """
zone = "Europe/Berlin"

[alert.me]
kind = "email"
to = ["me@example.org"]
from = "Watcher <watch@example.org>"
smtp = "smtp://{smtp}"
{target}

[watch.press]
url = "{url}"
alerts = ["me"]
first_run = "quiet"
"""

Configure = Callable[..., None]

#: The town's clock is an hour ahead of ours, which stands at 13:16:46.
DAY = timedelta(days=1)


@pytest.fixture
def configure(newsroom: Newsroom) -> Configure:
    """Writes watcher.toml anew, with these keys of the target."""

    def write(target: str = "", smtp: str = "") -> None:
        text = CONFIG.format(smtp=smtp or newsroom.mailbox.address, url=newsroom.site.listing, target=target)
        newsroom.home.config.write_text(text + DRUPAL)

    write()
    return write


def at(newsroom: Newsroom, clock: str) -> None:
    """Half an hour before the next such moment of a clock in UTC: the next check is then."""
    hour, minute = map(int, clock.split(":"))
    then = newsroom.now.replace(hour=hour, minute=minute, second=0)
    newsroom.now = (then if then > newsroom.now + timedelta(minutes=30) else then + DAY) - timedelta(minutes=30)


def publish(newsroom: Newsroom, *titles: str) -> None:
    for title in titles:
        newsroom.office.publish(title)


def told(newsroom: Newsroom) -> list[str]:
    """The titles of all items in all mails, in the order in which a reader meets them."""
    titles: list[str] = []
    for mail in newsroom.mailbox.messages:
        titles += re.findall(r"^\d+\. (.*)", text_of(mail), re.MULTILINE) or [str(mail["Subject"])]
    return titles


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content())


# Failing and well


def test_five_failures_and_a_recovery_are_two_mails_and_no_entry(newsroom: Newsroom, configure: Configure) -> None:
    newsroom.check()
    feed = newsroom.feed
    newsroom.office.behave("500", LISTING)
    for _ in range(5):
        newsroom.check()
    assert newsroom.mails == ["watcher: press has failed since 15:16 (500)"]
    assert newsroom.feed == feed

    newsroom.office.behave("ok")
    for _ in range(3):
        newsroom.check()

    assert newsroom.mails[1:] == ["watcher: press works again (failed 2 h 30 min)"]
    assert newsroom.feed == feed
    assert b"fail" not in newsroom.feed
    for mail in newsroom.mailbox.messages:
        assert "List-Unsubscribe" not in mail
        assert "press" in mail["List-Id"]


def test_what_came_meanwhile_is_told_after_the_recovery_and_by_itself(newsroom: Newsroom, configure: Configure) -> None:
    newsroom.check()
    newsroom.office.behave("500", LISTING)
    for _ in range(3):
        newsroom.check()
    publish(newsroom, "Meanwhile")
    newsroom.office.behave("ok")
    newsroom.check()

    assert sorted(newsroom.mails[1:]) == [
        "Meanwhile",
        "watcher: press works again (failed 1 h 30 min, 1 item in between)",
    ]


def test_who_was_not_told_of_a_failure_is_not_told_that_it_is_over(newsroom: Newsroom, configure: Configure) -> None:
    newsroom.check()
    newsroom.office.behave("500", LISTING)
    for _ in range(3):
        newsroom.check()
    text = newsroom.home.config.read_text()
    newsroom.home.config.write_text(text.replace('to = ["me', 'to = ["late@example.org", "me', 1))
    newsroom.office.behave("ok")
    newsroom.check()

    assert [(mail["To"], mail["Subject"]) for mail in newsroom.mailbox.messages] == [
        ("me@example.org", "watcher: press has failed since 15:16 (500)"),
        ("me@example.org", "watcher: press works again (failed 1 h 30 min)"),
    ]


def test_two_failures_are_told_to_nobody(newsroom: Newsroom, configure: Configure) -> None:
    newsroom.check()
    newsroom.office.behave("500", LISTING)
    newsroom.check()
    newsroom.check()
    newsroom.office.behave("ok")
    newsroom.check()

    assert newsroom.mails == []


def test_a_held_batch_is_one_mail(newsroom: Newsroom, configure: Configure) -> None:
    newsroom.check()
    newsroom.flood()
    newsroom.check()
    newsroom.check()

    assert newsroom.mails == ["watcher: press holds 10 items back"]


# Digests, quiet hours, limits, rules


def test_a_daily_digest_is_one_mail_of_all_that_a_day_brought(newsroom: Newsroom, configure: Configure) -> None:
    configure('digest = "daily 08:00"')
    newsroom.check()
    titles = [f"Release {n}" for n in range(6)]
    for title in titles:
        publish(newsroom, title)
        newsroom.check()
        assert newsroom.mails == []
    at(newsroom, "06:30")  # 07:30 in Berlin
    newsroom.check()
    assert newsroom.mails == []

    newsroom.check()  # at 08:00
    newsroom.check()

    assert newsroom.mails == ["6 new: Press"]
    assert told(newsroom) == titles


def test_a_day_with_one_release_is_no_digest_of_one(newsroom: Newsroom, configure: Configure) -> None:
    configure('digest = "daily 08:00"')
    newsroom.check()
    publish(newsroom, "Alone")
    newsroom.check()
    at(newsroom, "07:00")
    newsroom.check()

    assert newsroom.mails == ["Alone"]


FEED = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:tool</id><title>Tool</title><updated>2026-11-22T00:00:00Z</updated>
{}</feed>"""
ENTRY = """<entry><id>urn:tool:{0}</id><title>{0}</title><updated>2026-11-22T00:00:00Z</updated>
<link href="https://tool.example/{1}"/><category term="{2}"/></entry>"""


class Tool:
    """A project's feed, newest first, in the newsroom's home in place of its press page."""

    def __init__(self, newsroom: Newsroom, server: RawServer, target: str) -> None:
        self.entries: list[str] = []
        self.server = server
        self.release("Tool 1", "Tool 2", "Tool 3", "Tool 4")
        text = CONFIG.format(smtp=newsroom.mailbox.address, url=server.url("/feed.xml"), target=target)
        newsroom.home.config.write_text(f'{text}kind = "feed"\n')

    def release(self, *titles: str, category: str = "release") -> None:
        for title in titles:
            self.entries.insert(0, ENTRY.format(title, title.lower().replace(" ", "-"), category))
        self.server.scripts["/feed.xml"] = reply(FEED.format("".join(self.entries)).encode())


def test_in_quiet_hours_news_wait_and_a_security_release_does_not(newsroom: Newsroom) -> None:
    with RawServer({}) as server:
        tool = Tool(newsroom, server, 'quiet = "22:00-07:00"')
        newsroom.check()
        at(newsroom, "21:30")  # 22:30 in Berlin
        tool.release("Tool 5")
        newsroom.check()
        assert newsroom.mails == []

        tool.release("Tool 5.1", category="Security")
        newsroom.check()
        assert newsroom.mails == ["Tool 5.1"]

        at(newsroom, "05:30")
        newsroom.check()
        assert newsroom.mails == ["Tool 5.1"]
        newsroom.check()  # at 07:00
        assert newsroom.mails == ["Tool 5.1", "Tool 5"]


def test_what_was_not_taken_is_not_tried_again_in_quiet_hours_but_before_a_security_release(
    newsroom: Newsroom,
) -> None:
    with RawServer({}) as server:
        tool = Tool(newsroom, server, 'quiet = "22:00-07:00"')
        newsroom.check()
        up = newsroom.home.config.read_text()
        newsroom.home.config.write_text(up.replace(newsroom.mailbox.address, "127.0.0.1:1"))
        at(newsroom, "20:30")  # 21:30 in Berlin
        tool.release("Tool 5", "Tool 6")
        newsroom.check()

        newsroom.home.config.write_text(up)
        newsroom.check()
        newsroom.check()
        assert newsroom.mails == []

        tool.release("Tool 6.1", category="Security")
        newsroom.check()
        assert newsroom.mails == ["Tool 5", "Tool 6.1"]  # the first was begun, and may be there already

        at(newsroom, "05:30")
        newsroom.check()
        assert newsroom.mails == ["Tool 5", "Tool 6.1"]
        newsroom.check()  # at 07:00

    assert newsroom.mails == ["Tool 5", "Tool 6.1", "Tool 6"]


def test_a_target_for_security_gets_nothing_else(newsroom: Newsroom) -> None:
    with RawServer({}) as server:
        tool = Tool(newsroom, server, 'when = ["security"]')
        newsroom.check()
        tool.release("Tool 5")
        tool.release("Tool 5.1", category="Security")
        tool.release("Tool 6")
        newsroom.check()
        newsroom.check()

    assert newsroom.mails == ["Tool 5.1"]


def test_a_limit_keeps_the_rest_for_later_in_order_none_lost_and_none_twice(
    newsroom: Newsroom, configure: Configure
) -> None:
    configure("most = 2")
    newsroom.check()
    counts = []
    for n in range(12):
        publish(newsroom, *[f"Release {n}{letter}" for letter in "abc" if n < 4])
        newsroom.check()
        counts.append(len(newsroom.mails))

    assert told(newsroom) == [f"Release {n}{letter}" for n in range(4) for letter in "abc"]
    assert max(later - earlier for earlier, later in zip(counts, counts[2:], strict=False)) == 2
    assert any(subject.endswith("new: Press") for subject in newsroom.mails)


def test_three_at_once_keep_their_order_under_a_limit(newsroom: Newsroom, configure: Configure) -> None:
    configure("most = 1")
    newsroom.check()
    publish(newsroom, "One", "Two", "Three")
    for _ in range(8):
        newsroom.check()

    assert newsroom.mails == ["One", "Two", "Three"]


def test_letters_sent_while_the_clock_was_ahead_use_up_no_limit(newsroom: Newsroom, configure: Configure) -> None:
    configure("most = 2")
    newsroom.check()
    right = newsroom.now
    newsroom.now += 365 * DAY
    publish(newsroom, "One", "Two")
    newsroom.check()
    newsroom.now = right
    publish(newsroom, "Three")
    newsroom.check()

    assert newsroom.mails == ["One", "Two", "Three"]


# Servers that are down


def test_a_letter_is_not_given_up_because_the_machine_slept_for_days(newsroom: Newsroom, configure: Configure) -> None:
    newsroom.check()
    publish(newsroom, "Slept over")
    configure(smtp="127.0.0.1:1")
    newsroom.check()
    newsroom.now += 6 * DAY
    [again] = newsroom.deliver()
    assert isinstance(again.error, Deferred)

    configure()
    newsroom.now += DAY
    newsroom.deliver()

    assert newsroom.mails == ["Slept over"]


def test_a_letter_that_nobody_takes_for_five_days_is_dead_and_the_outbox_says_so(
    newsroom: Newsroom, configure: Configure, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(App, "__init__", partialmethod(App.__init__, clock=lambda: newsroom.now))
    newsroom.check()
    publish(newsroom, "Never taken")
    configure(smtp="127.0.0.1:1")
    start = newsroom.now + timedelta(minutes=30)
    newsroom.check()
    while newsroom.now - start < 5 * DAY - timedelta(hours=1):
        newsroom.now += timedelta(minutes=30)
        assert all(isinstance(sent.error, Deferred) for sent in newsroom.deliver())
    for _ in range(48):
        newsroom.now += timedelta(minutes=30)
        newsroom.deliver()

    with pytest.raises(SystemExit):
        main(["--home", str(newsroom.home.folder), "outbox"])

    said = capsys.readouterr().out
    assert "Never taken" in said
    assert "failed" in said
    assert "given up after 5 d: mail to me@example.org not sent: Connection refused" in said


def test_a_weekly_digest_is_not_given_up_because_it_waited_for_its_day(
    newsroom: Newsroom, configure: Configure
) -> None:
    configure('digest = "weekly mon 08:00"', smtp="127.0.0.1:1")
    newsroom.now = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
    newsroom.check()
    publish(newsroom, "One", "Two")
    newsroom.check()
    newsroom.now = datetime(2026, 11, 30, 7, 5, tzinfo=UTC)
    assert len(newsroom.deliver()) == 1

    configure('digest = "weekly mon 08:00"')
    newsroom.now += timedelta(hours=1)
    newsroom.deliver()

    assert newsroom.mails == ["2 new: Press"]


def test_ten_thousand_items_at_once_are_one_mail_below_100_kb(newsroom: Newsroom, configure: Configure) -> None:
    numbers = [f"{n:05}" for n in range(10_000)]
    with newsroom.app() as app:
        app.store.adopt("press", [seen(n, item=release(n, body="A word. " * 200)) for n in numbers])
        look(app.store, found(), now=newsroom.now, tell=tells(*numbers))
        newsroom.now += timedelta(minutes=1)

        sent = app.deliver()

        assert [len(one.letter.deliveries) for one in sent] == [10_000]
        assert app.store.outbox() == []
    [mail] = newsroom.mailbox.messages
    assert mail["Subject"] == "10000 new: Press"
    assert len(mail.as_bytes()) < 100_000
    assert int(re.findall(r"… and (\d+) more: ", text_of(mail))[0]) + len(told(newsroom)) == 10_000


def test_after_a_day_without_a_server_all_are_told_once_and_in_order(newsroom: Newsroom, configure: Configure) -> None:
    newsroom.check()
    configure(smtp="127.0.0.1:1")
    for n in range(48):
        publish(newsroom, *[f"Release {n * 5 + m:03}" for m in range(5 if n < 40 else 0)])
        newsroom.check()
    assert newsroom.mails == []

    configure()
    newsroom.now += DAY
    newsroom.deliver()

    assert len(told(newsroom)) == 200
    assert told(newsroom) == [f"Release {n:03}" for n in range(200)]
    assert newsroom.deliver() == []


def test_the_link_of_a_mail_ends_the_mails(newsroom: Newsroom, configure: Configure) -> None:
    newsroom.home.config.write_text(f'base_url = "https://watch.example"\n{newsroom.home.config.read_text()}')
    newsroom.check()
    publish(newsroom, "One")
    newsroom.check()
    [mail] = newsroom.mailbox.messages
    link = re.fullmatch(r"<https://watch\.example(/mute/\S+)>", mail["List-Unsubscribe"])
    assert link
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    with newsroom.app() as app:
        server = serve(Starlette(routes=[mute_route(app)]), "127.0.0.1", 0)
        server.start()
        answer = httpx.post(server.url + link[1], data={"List-Unsubscribe": "One-Click"}, trust_env=False)
        server.stop()
    publish(newsroom, "Two")
    newsroom.check()

    assert answer.status_code == 200
    assert newsroom.mails == ["One"]
