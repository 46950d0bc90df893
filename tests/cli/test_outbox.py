"""Deliveries: outbox, retry, drop, and a sample sent by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.cli.conftest import Watcher
from tests.conftest import DRUPAL, Newsroom
from tests.smtpserver import MailServer


@pytest.fixture
def waiting(watcher: Watcher, newsroom: Newsroom) -> Newsroom:
    """A home with one mail that its server would not take."""
    watcher("check")
    newsroom.office.publish("One", slug="pf0999")
    newsroom.mailbox.__exit__()
    watcher("check")
    newsroom.mailbox.__enter__()
    newsroom.configure(DRUPAL)  # its port is another one now
    return newsroom


def test_the_outbox_shows_what_waits_and_in_whose_words(watcher: Watcher, waiting: Newsroom) -> None:
    (row,) = watcher("outbox").out.splitlines()
    (document,) = watcher("outbox", "--json").document

    number, to, watch, title, state, error = row.split("  ")
    assert (to, watch, title) == ("me@example.org", "press", "One")
    assert state.startswith("deferred, next try ")
    assert error.startswith("mail to me@example.org not sent: Connection refused (")
    assert (document["id"], document["state"], document["error"]) == (int(number), "deferred", error)
    assert document["event"].endswith("/new")


def test_what_waits_for_one_who_is_no_recipient_any_more_is_not_sent_there(watcher: Watcher, waiting: Newsroom) -> None:
    config = waiting.home.config.read_text()
    waiting.home.config.write_text(config.replace('to = ["me@', 'to = ["you@'))

    ran = watcher("outbox", "retry", "all")

    (row,) = watcher("outbox", "--json").document
    assert (ran.code, waiting.mails) == (3, [])
    assert (row["state"], row["error"]) == ("failed", "me@example.org is no recipient of [alert.me] any more")


def test_an_empty_outbox_is_no_output(watcher: Watcher) -> None:
    ran = watcher("outbox")

    assert (ran.code, ran.out, ran.err) == (0, "", "nothing waits\n")


def test_what_was_not_taken_just_now_waits_and_makes_no_status_1(watcher: Watcher, waiting: Newsroom) -> None:
    ran = watcher("status")

    assert ran.code == 0
    assert "1 delivery waiting, 1 tried and not taken: watcher outbox\n" in ran.out


def test_a_delivery_that_was_refused_for_good_makes_the_status_1(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    newsroom.office.publish("One", slug="pf0999")
    with MailServer() as server:
        server.replies["RCPT"] = "550 no such user"
        config = newsroom.home.config.read_text()
        newsroom.home.config.write_text(config.replace(newsroom.mailbox.address, server.address))
        watcher("check")

    ran = watcher("status")

    assert ran.code == 1
    assert "0 deliveries waiting, 1 delivery failed: watcher outbox\n" in ran.out


def test_retry_sends_now(watcher: Watcher, waiting: Newsroom) -> None:
    (row,) = watcher("outbox", "--json").document

    ran = watcher("outbox", "retry", str(row["id"]))

    assert (ran.code, ran.out) == (0, "1 delivery tried again. 1 mail sent to me@example.org.\n")
    assert waiting.mails == ["One"]
    assert watcher("outbox").out == ""


def test_a_retry_that_fails_again_is_3_and_kept(watcher: Watcher, waiting: Newsroom) -> None:
    waiting.mailbox.__exit__()

    ran = watcher("outbox", "retry", "all")
    waiting.mailbox.__enter__()

    assert ran.code == 3
    assert ran.err.startswith("error: mail to me@example.org not sent: ")
    assert len(watcher("outbox").out.splitlines()) == 1


def test_beside_a_running_watcher_retry_leaves_sending_to_it(watcher: Watcher, waiting: Newsroom) -> None:
    with waiting.app() as app, app.locked():
        ran = watcher("outbox", "retry", "all")
        assert len(app.store.waiting(datetime.now(UTC))) == 1

    assert (ran.code, ran.out) == (0, "1 delivery due now; the watcher that is running sends them\n")
    assert waiting.mails == []


def test_what_is_dropped_is_never_sent(watcher: Watcher, waiting: Newsroom) -> None:
    (row,) = watcher("outbox", "--json").document

    ran = watcher("outbox", "drop", str(row["id"]))
    watcher("outbox", "retry", "all")
    watcher("check")

    assert ran.out == "1 delivery dropped\n"
    assert waiting.mails == []


def test_a_number_that_is_not_there_is_a_misuse(watcher: Watcher, waiting: Newsroom) -> None:
    for what, number in [("retry", "99"), ("drop", "99"), ("retry", "one"), ("drop", "all")]:
        ran = watcher("outbox", what, number)

        assert (ran.code, ran.out) == (2, "")
        assert ran.err == f"error: no delivery {number} waits or failed\n       watcher outbox shows their numbers\n"


def test_a_sample_has_the_real_layout_and_needs_no_lock(watcher: Watcher, newsroom: Newsroom) -> None:
    with newsroom.app() as app, app.locked():
        ran = watcher("test", "me")

    assert (ran.code, ran.out) == (0, "sent to me@example.org\n")
    assert newsroom.mails == ["A sample alert from Watcher"]


def test_a_sample_that_is_not_taken_is_3_and_goes_nowhere_else(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.mailbox.__exit__()

    ran = watcher("test", "me")
    newsroom.mailbox.__enter__()

    assert ran.code == 3
    assert ran.err.startswith("error: mail to me@example.org not sent: Connection refused")
    assert "outbox" not in ran.err
    assert watcher("outbox").out == ""


def test_a_secret_that_is_not_there_is_named(watcher: Watcher, newsroom: Newsroom) -> None:
    config = newsroom.home.config
    secret = 'user = "me"\npassword = { env = "NO_SUCH_SECRET" }\nsmtp'
    config.write_text(config.read_text().replace("smtp", secret, 1))

    ran = watcher("test", "me")

    assert ran.code == 3
    assert "error: [alert.me]: the environment variable NO_SUCH_SECRET is not set\n" in ran.err


def test_an_unknown_target_is_a_misuse(watcher: Watcher) -> None:
    ran = watcher("test", "you")

    assert (ran.code, ran.err) == (2, 'error: no alert target "you"\n       targets: me\n')
