"""What becomes of the news when the mail server has a mood: the whole job, from the check to the sweep that finds
nothing left to do, against a real server. Nobody misses anything, and nobody is told twice but where nobody could know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DRUPAL, Newsroom
from tests.smtpserver import Authority, MailServer
from watcher.app import App
from watcher.notify import email as mail

CONFIG = """
[alert.us]
kind = "email"
to = {to}
from = "Watcher <watch@example.org>"
smtp = "{smtp}"
{keys}

[watch.press]
url = "{url}"
alerts = ["us"]
"""

ME, BOB = "me@example.org", "bob@example.org"
NEWS = ("First", "Second")

DROP, TAKE_AND_DROP, HANG, SLOW = MailServer.DROP, MailServer.TAKE_AND_DROP, MailServer.HANG, MailServer.SLOW

#: What each mood answers, and what becomes meanwhile of the letters to ME and to BOB: sent, waits, dead.
MOODS: dict[str, tuple[Mapping[str, str], str, str]] = {
    "banner 421": ({"BANNER": "421 4.3.2 closing"}, "waits", "waits"),
    "banner 554": ({"BANNER": "554 5.3.2 no service here"}, "waits", "waits"),
    "hang": ({"RCPT": HANG}, "waits", "waits"),
    "RCPT 451": ({"RCPT": "451 4.7.1 later"}, "waits", "waits"),
    "RCPT 550": ({"RCPT": "550 5.1.1 no such user"}, "dead", "dead"),
    "RCPT mixed": ({"RCPT bob@": "550 5.1.1 no bob"}, "sent", "dead"),
    "DATA 451": ({"END": "451 4.3.0 later"}, "waits", "waits"),
    "DATA 550": ({"END": "550 5.7.1 spam"}, "dead", "dead"),
    "DATA 421": ({"DATA": "421 4.3.2 closing"}, "waits", "waits"),
    "drop inside DATA": ({"DATA": DROP}, "waits", "waits"),
    "drop after acceptance": ({"END": TAKE_AND_DROP}, "waits", "waits"),
    "slow": (dict.fromkeys(("BANNER", "EHLO", "MAIL", "RCPT", "DATA", "END", "QUIT"), SLOW), "sent", "sent"),
    "greylisting": ({"RCPT": MailServer.GREYLIST}, "waits", "waits"),
}

Configure = Callable[..., None]


@pytest.fixture
def configure(newsroom: Newsroom) -> Configure:
    def write(smtp: str, *to: str, keys: str = "") -> None:
        text = CONFIG.format(smtp=smtp, to=list(to), keys=keys, url=newsroom.site.listing)
        newsroom.home.config.write_text(text + DRUPAL)

    return write


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def app(newsroom: Newsroom) -> Iterator[App]:
    with newsroom.app() as app:
        yield app


def sweep(newsroom: Newsroom, app: App) -> int:
    """How many letters a check half an hour later sends, or fails to send."""
    newsroom.now += timedelta(minutes=30)
    app.reload()
    with app.locked():
        app.check(app.config.watches["press"])
        return len(app.deliver())


def until_quiet(newsroom: Newsroom, app: App) -> None:
    """Sweeps for as long as anything waits, each when the last that was deferred is due."""
    while sweep(newsroom, app) or any(not row.dead for row in app.store.outbox()):
        newsroom.now += timedelta(hours=1)


def told(server: MailServer) -> Counter[tuple[str, str]]:
    return Counter((letter.to[0], str(letter.message["Subject"])) for letter in server.letters)


@pytest.mark.parametrize("mood", MOODS)
def test_whatever_mood_a_server_is_in_everybody_is_told_once(
    mood: str,
    newsroom: Newsroom,
    app: App,
    server: MailServer,
    configure: Configure,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replies, mine, bobs = MOODS[mood]
    fates = {ME: mine, BOB: bobs}
    monkeypatch.setattr(mail, "DEADLINE", 0.3 if mood == "hang" else 60.0)
    configure(f"smtp://{server.address}", ME, BOB)
    sweep(newsroom, app)
    server.replies = dict(replies)
    for title in NEWS:
        newsroom.office.publish(title)
    sweep(newsroom, app)
    sweep(newsroom, app)

    states = {row.recipient.removeprefix("us "): "dead" if row.dead else "waits" for row in app.store.outbox()}
    if mood != "greylisting":  # which has let the first ones in by now
        assert states == {to: state for to, state in fates.items() if state != "sent"}
        server.replies.clear()
    app.store.retry([row.id for row in app.store.outbox() if row.dead], newsroom.now)
    until_quiet(newsroom, app)

    assert app.store.outbox() == []
    assert told(server).keys() == {(to, title) for to in (ME, BOB) for title in NEWS}
    again = [letter.content for letter in server.letters]
    if mood == "drop after acceptance":
        assert len(again) > len(set(again)) == 4  # the very same bytes, Message-ID and all
    else:
        assert len(again) == 4
    assert sweep(newsroom, app) == 0
    assert len(server.letters) == len(again)


def test_one_mail_refused_for_good_among_twenty_leaves_nineteen_told_once_and_then_silence(
    newsroom: Newsroom, app: App, server: MailServer, configure: Configure
) -> None:
    everybody = [f"r{n:02}@example.org" for n in range(20)]
    configure(f"smtp://{server.address}", *everybody)
    sweep(newsroom, app)
    server.replies["RCPT r07@"] = "550 5.1.1 no such user"
    newsroom.office.publish("News")

    assert sweep(newsroom, app) == 20
    assert sweep(newsroom, app) == 0
    newsroom.now += timedelta(days=1)
    assert sweep(newsroom, app) == 0

    assert told(server) == {(to, "News"): 1 for to in everybody if not to.startswith("r07")}
    [dead] = app.store.outbox()
    assert (dead.recipient, dead.dead) == ("us r07@example.org", True)
    assert "550 5.1.1 no such user" in dead.error


@pytest.mark.parametrize("fault", ["stripped", "wrong host", "expired", "untrusted"])
def test_where_tls_proves_nothing_no_password_and_no_mail_goes_out_and_none_is_lost(
    fault: str, newsroom: Newsroom, app: App, configure: Configure, tmp_path: Path
) -> None:
    known, unknown = Authority(_made(tmp_path / "known")), Authority(_made(tmp_path / "unknown"))
    faults: dict[str, Any] = {
        "stripped": None,
        "wrong host": known.context("mail.example.org"),
        "expired": known.context("127.0.0.1", expired=True),
        "untrusted": unknown.context("127.0.0.1"),
    }
    users = {"me": "geheim"}
    keys = f'user = "me"\npassword = {{ file = "{tmp_path / "password"}" }}\nca_file = "{known.file}"'
    (tmp_path / "password").write_text("geheim")
    configure("starttls://127.0.0.1:1", ME, keys=keys)
    sweep(newsroom, app)
    newsroom.office.publish("News")
    with MailServer(tls=faults[fault], users=users) as server:
        configure(f"starttls://{server.address}", ME, keys=keys)
        sweep(newsroom, app)
        sweep(newsroom, app)

    [row] = app.store.outbox()
    assert not row.dead
    assert ("STARTTLS" if fault == "stripped" else "certificate is not trusted") in row.error
    heard = {said.split()[0].lower() for said in server.heard.splitlines()}
    assert heard == ({b"ehlo"} if fault == "stripped" else {b"ehlo", b"starttls"})
    assert server.letters == []
    with MailServer(tls=known.context("127.0.0.1"), users=users) as server:
        configure(f"starttls://{server.address}", ME, keys=keys)
        until_quiet(newsroom, app)
    assert [(letter.encrypted, letter.user) for letter in server.letters] == [(True, "me")]
    assert b"geheim" in server.heard or b"AUTH" in server.heard  # so that it would have been heard above
    assert b"AUTH" not in server.clear


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
