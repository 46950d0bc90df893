"""watcher mute: who hears nothing of a watch."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Watcher
from tests.conftest import DRUPAL, Newsroom

US = """
[alert.us]
kind = "email"
to = ["a@example.org", "b@example.org"]
from = "watch@example.org"
smtp = "smtp://{smtp}"

[watch.press]
url = "{url}"
alerts = ["us"]
"""


@pytest.fixture
def us(newsroom: Newsroom, watcher: Watcher) -> Watcher:
    """`watcher ARGS` in a home that tells two."""
    text = US.format(smtp=newsroom.mailbox.address, url=newsroom.site.listing)
    newsroom.home.config.write_text(text + DRUPAL)
    watcher("check")
    return watcher


def told(newsroom: Newsroom) -> list[str]:
    return [str(mail["To"]) for mail in newsroom.mailbox.messages]


def test_nobody_is_muted_at_first(us: Watcher) -> None:
    ran = us("mute", "press")

    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "nobody is muted; watcher mute press RECIPIENT does that\n"
    assert "muted" not in us("show", "press").out


def test_one_who_is_muted_hears_nothing_and_the_others_do(us: Watcher, newsroom: Newsroom) -> None:
    ran = us("mute", "press", "a@example.org")
    newsroom.office.publish("One")
    us("check")

    assert (ran.code, ran.out) == (0, "a@example.org is told nothing more of press, from now on\n")
    assert us("mute", "press").out == "a@example.org\n"
    assert ["muted", "a@example.org"] in [line.split() for line in us("show", "press").out.splitlines()]
    assert us("show", "press", "--json").document["muted"] == ["us a@example.org"]
    assert told(newsroom) == ["b@example.org"]


def test_undone_news_come_again_but_not_what_was_missed(us: Watcher, newsroom: Newsroom) -> None:
    us("mute", "press", "a@example.org")
    newsroom.office.publish("One")
    us("check")
    newsroom.mailbox.messages.clear()

    ran = us("mute", "press", "a@example.org", "--off")
    newsroom.office.publish("Two")
    us("check")

    assert ran.out == "a@example.org is told of press, from now on\n"
    assert sorted(told(newsroom)) == ["a@example.org", "b@example.org"]
    assert newsroom.mails == ["Two", "Two"]


def test_a_target_is_all_of_its_recipients(us: Watcher) -> None:
    us("mute", "press", "us")

    assert us("mute", "press").out == "a@example.org\nb@example.org\n"
    us("mute", "press", "--off")
    assert us("mute", "press").out == ""


def test_what_waits_is_not_sent_any_more(us: Watcher, newsroom: Newsroom) -> None:
    newsroom.office.publish("One")
    newsroom.mailbox.__exit__()
    us("check")
    waiting = us("outbox", "--json").document

    us("mute", "press", "us")

    assert len(waiting) == 2
    assert us("outbox", "--json").document == []
    newsroom.mailbox.__enter__()


@pytest.mark.parametrize("args", [["c@example.org"], ["c@example.org", "--off"], ["a@example.org", "--off"]])
def test_who_is_not_among_them_is_a_misuse(args: list[str], us: Watcher) -> None:
    ran = us("mute", "press", *args)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f'error: no "{args[0]}" among the recipients of press\n       there are: ')
