"""A letter from the item to the bytes that a server takes, whatever the item says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from tests import hostile
from tests.fakes import NOW, PAGE, item
from tests.smtpserver import MailServer
from watcher.message import letter
from watcher.model import Delivery, Item, Message, Seen
from watcher.notify import email as mail
from watcher.text import line

ME = "me@example.org"
HEADERS = {
    *("From", "To", "Subject", "Message-ID", "Date", "List-Id", "Auto-Submitted", "References", "List-Unsubscribe"),
    *("List-Unsubscribe-Post", "MIME-Version", "Content-Type"),
}
#: A line that cannot be shorter: one id, one address, after the header's name or alone.
_WHOLE = re.compile(rb"(?:[\w-]+: | )?\S+")


def told(*items: Item, event: str = "new") -> list[tuple[Delivery, Seen]]:
    return [(_row(n, event), _seen(n, each)) for n, each in enumerate(items)]


def write(deliveries: Sequence[tuple[Delivery, Seen]], title: str = "Press", watch: str = "press") -> Message:
    return letter(
        f"me {ME}",
        title,
        watch,
        PAGE,
        deliveries,
        now=NOW,
        feed="https://watch.example.org/feeds/press.xml",
        zone=UTC,
        domain="watch.example.org",
        mute=f"https://watch.example.org/mute/{'x' * 80}",
    )


def checked(message: Message) -> EmailMessage:
    """The letter as a mail program reads it: it has no defect, no header of others, and no line that is too long."""
    raw = mail.as_bytes("Watcher <watch@example.org>", message, ME)
    parsed = message_from_bytes(raw, policy=default)
    assert isinstance(parsed, EmailMessage)
    for part in parsed.walk():
        assert part.defects == []
        assert [defect for value in part.values() for defect in getattr(value, "defects", ())] == []
    assert set(parsed.keys()) - {"In-Reply-To"} == HEADERS
    assert len(parsed.keys()) == len(set(parsed.keys()))
    for one in raw.split(b"\r\n"):
        assert len(one) <= 998
        assert len(one) <= 78 or _WHOLE.fullmatch(one)
        assert b"\r" not in one
        assert b"\n" not in one
        assert b"\0" not in one
    return parsed


@pytest.mark.parametrize("name", hostile.TEXTS)
def test_no_text_adds_a_header_or_stops_a_letter(name: str) -> None:
    text = hostile.TEXTS[name]
    one = item(1, text or " ", summary=text, author=text, version=text, tags=(text,))

    for message in (write(told(one), text), write(told(one, event="edit/1"), text), write(told(*[one] * 5), text)):
        parsed = checked(message)

        assert parsed["Subject"] == message.subject == line(message.subject)
        [sender] = parsed["From"].addresses
        assert sender.addr_spec == "watch@example.org"
        assert [each.addr_spec for each in parsed["To"].addresses] == [ME]


@pytest.mark.parametrize("name", hostile.BODIES)
def test_no_body_breaks_a_letter(name: str) -> None:
    one = item(1, body=hostile.BODIES[name])

    for message in (write(told(one)), write(told(one, event="edit/1")), write(told(*[one] * 5))):
        parsed = checked(message)

        assert len(parsed.as_bytes()) < 100_000
        assert "<script" not in message.html


@pytest.mark.parametrize("name", hostile.LINKS)
def test_no_link_breaks_a_letter_and_none_but_a_pages_can_be_clicked(name: str) -> None:
    one = item(1, link=hostile.LINKS[name] or PAGE)

    for message in (write(told(one)), write(told(*[one] * 5))):
        checked(message)

        assert all(each.startswith(("http://", "https://")) for each in re.findall(r'href="([^"]*)', message.html))


@pytest.mark.parametrize("name", hostile.DATES)
def test_no_date_stops_a_letter(name: str) -> None:
    checked(write(told(item(1, day=hostile.DATES[name]))))


def test_all_of_them_reach_a_server() -> None:
    messages = [write(told(item(n, text or " "))) for n, text in enumerate(hostile.TEXTS.values())]
    with MailServer() as server:
        options = mail.Options.model_validate({"to": [ME], "from": "watch@example.org", "smtp": server.address})

        for message in messages:
            mail.send(options, message, ME)

        assert [each.message["Subject"] for each in server.letters] == [message.subject for message in messages]
        assert {each.to for each in server.letters} == {(ME,)}


def test_plain_english_can_be_read_as_it_is_sent() -> None:
    raw = mail.as_bytes("watch@example.org", write(told(item(1, body="One line.\n\nAnother."))), ME)

    assert b"\r\n\r\nOne line.\r\n\r\nAnother.\r\n\r\n-- \r\n" in raw
    assert b"base64" not in raw


def _row(n: int, event: str) -> Delivery:
    id = f"urn:uuid:{n}"
    return Delivery(
        id=n, recipient=f"me {ME}", event=f"{id}/{event}", watch="press", item=id, created_at=NOW, due_at=NOW
    )


def _seen(n: int, each: Item) -> Seen:
    return Seen(id=f"urn:uuid:{n}", item=each, digest="", slug=str(n), seq=n, first_seen=NOW, revised_at=NOW)
