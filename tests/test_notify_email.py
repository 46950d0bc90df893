from __future__ import annotations

import base64
import email
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.smtpserver import Authority, MailServer
from watcher.errors import Deferred, Rejected
from watcher.model import Message
from watcher.notify import email as mail
from watcher.text import line, safe

ME = "me@example.org"
NOW = datetime(2026, 11, 22, 13, 17, 2, tzinfo=UTC)


def letter(**changed: Any) -> Message:
    fields: dict[str, Any] = {
        "id": "treasury.sb0401.new.3f9c0a1b2c3d@watch.example.org",
        "recipient": f"me {ME}",
        "watch": "treasury",
        "subject": "Treasury Announces New Sanctions Framework",
        "text": "Treasury Announces New Sanctions Framework\n\nWASHINGTON - Today\n\n-- \ntreasury, seen 13:16 UTC\n",
        "html": "<p>Treasury Announces New Sanctions Framework</p>\n",
        "date": NOW,
        "sender_name": "Treasury press releases",
        "headers": {
            "List-Id": "Treasury press releases <treasury.watcher.watch.example.org>",
            "Auto-Submitted": "auto-generated",
        },
    }
    return Message(**(fields | changed))


def options(server: MailServer | str, **changed: Any) -> mail.Options:
    smtp = server if isinstance(server, str) else server.address
    fields = {"to": [ME], "from": "Watcher <watch@example.org>", "smtp": smtp}
    return mail.Options.model_validate(fields | changed)


def sent(message: Message, sender: str = "Watcher <watch@example.org>") -> EmailMessage:
    """The letter as a mail program reads it; no defect in any part of it."""
    parsed = email.message_from_bytes(mail.as_bytes(sender, message, ME), policy=default)
    assert isinstance(parsed, EmailMessage)
    for part in parsed.walk():
        assert not part.defects
        assert not [defect for value in part.values() for defect in getattr(value, "defects", ())]
    return parsed


def body(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"))


# Options


@pytest.mark.parametrize(
    ("written", "scheme", "host", "port"),
    [
        ("smtp.example.org:2587", "starttls", "smtp.example.org", 2587),
        ("smtp.example.org", "starttls", "smtp.example.org", 587),
        ("SMTP.Example.org.", "starttls", "smtp.example.org", 587),
        ("starttls://smtp.example.org", "starttls", "smtp.example.org", 587),
        ("smtps://smtp.example.org", "smtps", "smtp.example.org", 465),
        ("127.0.0.1:8025", "smtp", "127.0.0.1", 8025),
        ("localhost", "smtp", "localhost", 25),
        ("smtp://[::1]:2525", "smtp", "::1", 2525),
        ("starttls://127.0.0.1:2525", "starttls", "127.0.0.1", 2525),
    ],
)
def test_a_server_is_read_with_its_scheme_and_port(written: str, scheme: str, host: str, port: int) -> None:
    assert mail.server(written) == mail.Server(scheme, host, port)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "smtp.example.org:0",
        "smtp.example.org:99999",
        "http://smtp.example.org",
        "me:pw@host:25",
        "a..b",
        "a b",
        "h:",
    ],
)
def test_what_is_no_server_is_a_fault(written: str) -> None:
    with pytest.raises(ValidationError, match="is no mail server; write"):
        options(written)


@pytest.mark.parametrize(
    "host", ["smtp.example.org", "192.0.2.1", "127.0.0.1.example.org", "10.0.0.1", "[2001:db8::1]"]
)
def test_plain_smtp_to_another_machine_is_a_fault(host: str) -> None:
    with pytest.raises(ValidationError, match="in clear; write starttls:// or smtps://"):
        options(f"smtp://{host}:25")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("me@example.org", "me@example.org"),
        (" Me.Too+news@Example.ORG ", "Me.Too+news@example.org"),
        ("root@localhost", "root@localhost"),
        ("me@Müller.example", "me@xn--mller-kva.example"),
        ("me@straße.example", "me@xn--strae-oqa.example"),  # "strasse", as IDNA 2003 has it, is somebody else
    ],
)
def test_an_address_is_kept_as_servers_take_it(written: str, kept: str) -> None:
    assert mail.address(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "",
        "me",
        "@example.org",
        "me@",
        "me@@example.org",
        "me you@example.org",
        "müller@example.org",  # needs SMTPUTF8, which few servers have
        "me@\u2764.example",
        "me@a..b",
        "me@-a.b",
        ".me@example.org",
        "me@example.org\nBcc: all@example.org",
        "me@example.org, you@example.org",
        "Me <me@example.org>",
        "a" * 65 + "@example.org",
        "me@" + "a." * 100 + "org",
    ],
)
def test_what_is_no_address_is_a_fault(written: str) -> None:
    with pytest.raises(ValidationError, match="is no mail address"):
        options("localhost", to=[written])


def test_the_domain_is_the_senders() -> None:
    assert mail.domain(options("localhost")) == "example.org"


def test_each_address_is_told_once() -> None:
    two = options("localhost", to=["me@example.org", "you@example.org", "me@EXAMPLE.org"])

    assert mail.recipients(two) == ("me@example.org", "you@example.org")


@pytest.mark.parametrize(
    "wrong", [{"to": []}, {"from": "Watcher"}, {"from": "Watcher <watch>"}, {"sender": "me"}, {"user": ""}]
)
def test_a_fault_never_shows_the_password(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        options("localhost", **({"user": "me", "password": "geheim"} | wrong))

    assert "geheim" not in str(caught.value)


def test_a_user_without_a_password_is_a_fault() -> None:
    with pytest.raises(ValidationError, match="go together"):
        options("localhost", user="me")


def test_the_password_is_not_in_the_options_text() -> None:
    assert "geheim" not in repr(options("localhost", user="me", password="geheim"))


# The bytes


def test_the_letter_is_as_it_was_told() -> None:
    parsed = sent(letter())

    assert parsed["From"] == "Treasury press releases <watch@example.org>"
    assert parsed["To"] == ME
    assert parsed["Subject"] == "Treasury Announces New Sanctions Framework"
    assert parsed["Message-ID"] == "<treasury.sb0401.new.3f9c0a1b2c3d@watch.example.org>"
    assert parsed["Date"] == "Sun, 22 Nov 2026 13:17:02 +0000"
    assert parsed["List-Id"] == "Treasury press releases <treasury.watcher.watch.example.org>"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert "In-Reply-To" not in parsed
    assert body(parsed, "plain") == letter().text
    assert body(parsed, "html") == letter().html


def test_text_comes_first_and_html_last() -> None:
    parsed = sent(letter())

    assert [part.get_content_type() for part in parsed.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_without_html_the_letter_is_plain_text() -> None:
    parsed = sent(letter(html=""))

    assert [part.get_content_type() for part in parsed.walk()] == ["text/plain"]


def test_the_same_message_is_the_same_bytes() -> None:
    first = mail.as_bytes("watch@example.org", letter(), ME)

    assert mail.as_bytes("watch@example.org", letter(), ME) == first


def test_an_answer_names_the_whole_first_id_in_the_clear() -> None:
    first = "x" * 150 + "@watch.example.org"

    raw = mail.as_bytes("watch@example.org", letter(reply_to=first), ME)

    assert f"\r\nIn-Reply-To: <{first}>\r\n".encode() in raw
    assert f"\r\nReferences: <{first}>\r\n".encode() in raw


def test_a_letter_of_a_thread_names_its_root_and_then_what_it_answers() -> None:
    root, first = "treasury.root.0123456789ab@watch.example.org", "treasury.sb0401.new.3f9c0a1b2c3d@watch.example.org"

    news, edit = sent(letter(thread=root)), sent(letter(thread=root, reply_to=first))

    assert (news["References"], news["In-Reply-To"]) == (f"<{root}>", None)
    assert (edit["References"], edit["In-Reply-To"]) == (f"<{root}> <{first}>", f"<{first}>")


@pytest.mark.parametrize("length", [10, 40, 63, 64, 65, 66, 75, 76, 77, 100, 190])
def test_no_id_is_broken_and_none_makes_a_line_too_long_that_can_be_shorter(length: int) -> None:
    id = f"{'x' * (length - 14)}@w.example.org"

    raw = mail.as_bytes("watch@example.org", letter(id=id, thread=id, reply_to=id), ME)

    lines = raw.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    assert raw.count(f"<{id}>".encode()) == 4
    assert all(len(line) <= max(78, len(f" <{id}>")) or length > 75 for line in lines)


def test_a_link_to_unsubscribe_is_never_broken_or_encoded() -> None:
    for length in (20, 60, 150, 600):
        link = f"<https://watch.example.org/mute/{'x' * length}>"
        headers = {"List-Unsubscribe": link, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}

        raw = mail.as_bytes("watch@example.org", letter(headers=headers), ME)

        assert link.encode() in raw
        assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


@pytest.mark.parametrize(
    ("text", "coding"),
    [
        ("plain English\n", "7bit"),
        ("x" * 78 + "\n", "7bit"),
        ("a long paragraph " * 50 + "\n", "quoted-printable"),
        ("a word without end " + "x" * 1000 + "\n", "quoted-printable"),
        ("Grüße\n", "quoted-printable"),
        ("日本語\n" * 100, "quoted-printable"),
    ],
)
def test_no_text_is_base64(text: str, coding: str) -> None:
    parsed = sent(letter(text=text, html=text))

    assert [part["Content-Transfer-Encoding"] for part in parsed.iter_parts()] == [coding, coding]
    assert body(parsed, "plain") == text


def test_every_line_ends_in_crlf_and_none_is_over_998() -> None:
    raw = mail.as_bytes("watch@example.org", letter(text="a\rb\r\nc\n" + "é" * 5000, subject="s" * 5000), ME)

    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not any(b"\r" in part or b"\n" in part for part in lines)


HEADERS = ["From", "To", "Subject", "Message-ID", "Date", "List-Id", "MIME-Version", "Content-Type"]

HOSTILE = [
    "two\r\nBcc: everybody@example.org",
    "two\nBcc: everybody@example.org",
    "two\rBcc: everybody@example.org",
    "two\r\n\r\nA body",
    "two\x85Bcc: x@example.org",
    "two\u2028Bcc: x@example.org",
    "two\u2029Bcc: x@example.org",
    "two\x0bBcc: x@example.org\x0c",
    "NUL \x00 here",
    "escape \x1b[31m red",
    "half \ud83d a pair",
    "half \udc80 a byte",
    "no character \ufffe \uffff",
    "bidi \u202egro.elpmaxe\u202c",
    "bidi \u2066isolate",
    "عنوان باللغة العربية",
    "כותרת בעברית",
    "日本語のとても長い題名" * 12,
    "emoji 🎉🎉🎉 👩‍👩‍👧‍👦" * 10,
    "e\u0301" * 200,
    "Müller, Söhne & Co.",
    'quotes "in" the title',
    'back\\slash \\" both',
    "comma, semicolon; colon: at@example.org <angle@example.org>",
    "(comment) [bracket] a.dot",
    "=?utf-8?q?encoded=0D=0ABcc:_x@example.org?=",
    "=?utf-8?b?broken",
    "x" * 2000,
    "word " * 400,
    "a comma, and " * 40,
    " \t leading and trailing \t ",
    "no\u00a0break\u00a0space",
    "-- ",
    ".",
    "From me",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_no_title_adds_a_header_or_stops_a_mail(title: str) -> None:
    hostile = letter(
        subject=title,
        sender_name=title,
        text=title,
        html=title,
        headers={"List-Id": f"{title} <a.watcher.example.org>"},
    )

    parsed = sent(hostile)

    assert parsed.keys() == HEADERS
    assert parsed["Subject"] == line(title)
    [sender] = parsed["From"].addresses
    assert sender.addr_spec == "watch@example.org"
    # 3.11 reads a blank between the encoded words of a name.
    assert sender.display_name.replace(" ", "") == line(title).replace(" ", "")
    assert parsed["List-Id"].endswith(" <a.watcher.example.org>")
    assert body(parsed, "plain").rstrip("\n") == safe(title).rstrip("\n")


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters()), st.text(st.characters()), st.text(st.characters()))
def test_any_text_arrives_as_it_was(subject: str, name: str, text: str) -> None:
    parsed = sent(letter(subject=subject, sender_name=name, text=text, html=text or "x"))

    assert parsed["Subject"] == line(subject)
    [sender] = parsed["From"].addresses
    assert sender.addr_spec == "watch@example.org"
    assert sender.display_name.replace(" ", "") == (line(name) or "Watcher").replace(" ", "")
    assert body(parsed, "plain").rstrip("\n") == safe(text).rstrip("\n")


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("watch@example.org", ""),
        ("Watcher <watch@example.org>", "Watcher"),
        ('"Watcher, the" <watch@example.org>', "Watcher, the"),
        ("Wächter <watch@example.org>", "Wächter"),
    ],
)
def test_without_a_title_the_sender_keeps_its_own_name(sender: str, name: str) -> None:
    [parsed] = sent(letter(sender_name=""), sender)["From"].addresses

    assert (parsed.display_name, parsed.addr_spec) == (name, "watch@example.org")


def test_no_text_can_hold_its_own_boundary() -> None:
    first = sent(letter()).get_boundary()

    parsed = sent(letter(text=f"--{first}\nContent-Type: text/html\n\n<p>forged</p>\n--{first}--\n"))

    assert len(list(parsed.iter_parts())) == 2
    assert "forged" in body(parsed, "plain")
    assert "forged" not in body(parsed, "html")


# The conversation


def test_a_letter_is_handed_in(server: MailServer) -> None:
    mail.send(options(server), letter(), ME)

    [received] = server.letters
    assert (received.sender, received.to) == ("watch@example.org", (ME,))
    assert received.content == mail.as_bytes("Watcher <watch@example.org>", letter(), ME)


def test_lines_that_begin_with_a_dot_arrive_whole(server: MailServer) -> None:
    text = "one\n.\n..two\r\n.\r\nthree\n"

    mail.send(options(server), letter(text=text, html=""), ME)

    [received] = server.letters
    assert body(received.message, "plain") == "one\n.\n..two\n.\nthree\n"


def test_with_starttls_neither_password_nor_letter_is_seen(authority: Authority) -> None:
    with MailServer(tls=authority.context("127.0.0.1"), users={"me": "geheim"}) as server:
        secure = options(f"starttls://{server.address}", user="me", password="geheim", ca_file=authority.file)

        mail.send(secure, letter(), ME)

    [received] = server.letters
    assert (received.encrypted, received.user) == (True, "me")
    assert server.clear.split(b"\r\n")[1:] == [b"STARTTLS", b""]


def test_with_smtps_nothing_is_said_in_clear(authority: Authority) -> None:
    with MailServer(tls=authority.context("127.0.0.1"), implicit=True, users={"me": "geheim"}) as server:
        secure = options(f"smtps://{server.address}", user="me", password="geheim", ca_file=authority.file)

        mail.send(secure, letter(), ME)

    [received] = server.letters
    assert (received.encrypted, received.user) == (True, "me")
    assert server.clear == b""


def test_on_loopback_a_password_may_go_in_clear() -> None:
    with MailServer(users={"me": "geheim"}) as server:
        mail.send(options(server, user="me", password="geheim"), letter(), ME)

    assert [received.user for received in server.letters] == ["me"]
    assert base64.b64encode(b"\0me\0geheim") in server.clear  # so the tests above would see it


def test_a_wrong_password_is_kept_for_the_operator_to_mend(authority: Authority) -> None:
    with MailServer(tls=authority.context("127.0.0.1"), users={"me": "geheim"}) as server:
        secure = options(f"starttls://{server.address}", user="me", password="falsch", ca_file=authority.file)

        with pytest.raises(Deferred, match=rf"^mail to {ME} refused: 535 5\.7\.8 .*, user me\)$") as caught:
            mail.send(secure, letter(), ME)

    assert caught.value.target_down
    assert "watcher outbox retry all" in caught.value.hint
    assert server.letters == []


def test_when_starttls_is_stripped_neither_password_nor_letter_goes_out() -> None:
    with MailServer(users={"me": "geheim"}) as server:
        secure = options(f"starttls://{server.address}", user="me", password="geheim")

        with pytest.raises(Deferred, match="STARTTLS") as caught:
            mail.send(secure, letter(), ME)

    assert caught.value.target_down
    assert server.clear.startswith(b"ehlo ")
    assert server.clear.count(b"\r\n") == 1


def test_when_starttls_is_refused_nothing_more_goes_out(authority: Authority) -> None:
    with MailServer(tls=authority.context("127.0.0.1"), users={"me": "geheim"}) as server:
        server.replies["STARTTLS"] = "454 4.7.0 TLS not available"
        secure = options(f"starttls://{server.address}", user="me", password="geheim", ca_file=authority.file)

        with pytest.raises(Deferred, match=r"454 4\.7\.0 TLS not available") as caught:
            mail.send(secure, letter(), ME)

    assert caught.value.target_down
    assert server.clear.endswith(b"\r\nSTARTTLS\r\n")


@pytest.mark.parametrize("scheme", ["starttls", "smtps"])
@pytest.mark.parametrize("fault", ["unknown authority", "wrong host"])
def test_a_certificate_that_proves_nothing_gets_nothing(
    scheme: str, fault: str, authority: Authority, stranger: Authority
) -> None:
    context = stranger.context("127.0.0.1") if fault == "unknown authority" else authority.context("mail.example.org")
    with MailServer(tls=context, implicit=scheme == "smtps", users={"me": "geheim"}) as server:
        secure = options(f"{scheme}://{server.address}", user="me", password="geheim", ca_file=authority.file)

        with pytest.raises(Deferred, match="certificate is not trusted") as caught:
            mail.send(secure, letter(), ME)

    assert caught.value.target_down
    assert server.letters == []
    assert server.clear.split(b"\r\n")[1:] == ([b"STARTTLS", b""] if scheme == "starttls" else [])


def test_a_missing_authority_is_named(tmp_path: Path, server: MailServer) -> None:
    secure = options(f"starttls://{server.address}", ca_file=tmp_path / "none.pem")
    server.tls = None

    with pytest.raises(Deferred, match=r"none\.pem cannot be used: No such file"):
        mail.send(secure, letter(), ME)


@pytest.mark.parametrize("command", ["RCPT", "DATA", "END"])
def test_a_4xx_about_the_letter_defers_the_letter_only(command: str, server: MailServer) -> None:
    server.replies[command] = "451 4.7.1 try again in five minutes"

    with pytest.raises(Deferred, match=rf"^mail to {ME} refused: 451 4\.7\.1 try again in five minutes \(") as caught:
        mail.send(options(server), letter(), ME)

    assert not caught.value.target_down
    assert server.letters == []


@pytest.mark.parametrize("command", ["RCPT", "DATA", "END"])
@pytest.mark.parametrize("code", [550, 552, 554])
def test_a_5xx_about_the_letter_rejects_it(command: str, code: int, server: MailServer) -> None:
    server.replies[command] = f"{code} 5.1.1 no such user here"

    with pytest.raises(Rejected, match=rf"^mail to {ME} refused: {code} 5\.1\.1 no such user here \("):
        mail.send(options(server), letter(), ME)

    assert server.letters == []


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("BANNER", "421 4.3.2 closing"),
        ("BANNER", "451 4.3.2 busy"),
        ("BANNER", "554 5.3.2 no service here"),
        ("MAIL", "451 4.3.2 busy"),
        ("MAIL", "553 5.7.1 not your address"),
        ("MAIL", "530 5.7.0 authenticate first"),
        ("RCPT", "421 4.7.0 too many"),
        ("RCPT", "530 5.7.0 authenticate first"),
        ("DATA", "421 4.3.2 closing"),
        ("END", "421 4.3.2 closing"),
    ],
)
def test_what_every_letter_would_meet_is_the_servers_and_no_letter_is_lost(
    command: str, reply: str, server: MailServer
) -> None:
    server.replies[command] = reply

    with pytest.raises(Deferred, match=reply) as caught:
        mail.send(options(server), letter(), ME)

    assert caught.value.target_down


def test_a_letter_that_is_too_large_is_rejected_before_it_is_sent(server: MailServer) -> None:
    server.replies["MAIL"] = "552 5.3.4 message too big"

    with pytest.raises(Rejected, match="552"):
        mail.send(options(server), letter(), ME)


@pytest.mark.parametrize("command", ["BANNER", "EHLO", "MAIL", "RCPT", "DATA", "END"])
@pytest.mark.parametrize("mood", [MailServer.HANG, MailServer.DRIP])
def test_a_server_that_never_ends_holds_nobody(
    command: str, mood: str, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "DEADLINE", 0.3)
    server.replies[command] = mood

    with pytest.raises(Deferred, match=r"not sent: no end after 0\.3 s") as caught:
        mail.send(options(server), letter(), ME)

    assert caught.value.target_down


@pytest.mark.parametrize("command", ["BANNER", "EHLO", "MAIL", "END"])
def test_a_reply_is_kept_as_far_as_any_server_has_something_to_say(command: str, server: MailServer) -> None:
    server.replies[command] = f"250-{'x' * 900}\r\n" * 200 + "250 at last"

    with pytest.raises(Deferred, match="not sent: more than 128 KB of replies") as caught:
        mail.send(options(server), letter(), ME)

    assert caught.value.target_down


def test_the_deadline_holds_under_tls_too(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "DEADLINE", 0.5)
    with MailServer(tls=authority.context("127.0.0.1")) as server:
        server.replies["MAIL"] = MailServer.DRIP

        with pytest.raises(Deferred, match=r"no end after 0\.5 s"):
            mail.send(options(f"starttls://{server.address}", ca_file=authority.file), letter(), ME)


@pytest.mark.parametrize("command", ["BANNER", "EHLO", "MAIL", "RCPT", "DATA", "END"])
def test_a_dropped_connection_defers(command: str, server: MailServer) -> None:
    server.replies[command] = MailServer.DROP

    with pytest.raises(Deferred, match="the server closed the connection") as caught:
        mail.send(options(server), letter(text="a line of many\n" * 30_000), ME)

    assert caught.value.target_down
    assert server.letters == []


def test_a_drop_before_the_answer_repeats_the_letter_under_its_id(server: MailServer) -> None:
    server.replies["END"] = MailServer.TAKE_AND_DROP
    with pytest.raises(Deferred):
        mail.send(options(server), letter(), ME)
    server.replies.clear()

    mail.send(options(server), letter(), ME)

    first, second = server.letters
    assert first.content == second.content


@pytest.mark.parametrize(
    "mood", [MailServer.DROP, "421 too late", "500 what?", pytest.param(f"221-{'x' * 900}\r\n" * 200, id="long")]
)
def test_after_acceptance_a_bad_goodbye_is_no_error(mood: str, server: MailServer) -> None:
    server.replies["QUIT"] = mood

    mail.send(options(server), letter(), ME)

    assert len(server.letters) == 1


def test_one_refused_recipient_does_not_keep_the_letter_from_another(server: MailServer) -> None:
    server.replies["RCPT bob@"] = "550 5.1.1 no bob"
    both = options(server, to=["bob@example.org", ME])

    with pytest.raises(Rejected, match=r"mail to bob@example\.org refused: 550 5\.1\.1 no bob"):
        mail.send(both, letter(), "bob@example.org")
    mail.send(both, letter(), ME)

    assert [received.to for received in server.letters] == [(ME,)]


def test_nobody_at_the_port_defers() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"

    with pytest.raises(Deferred, match=f"Connection refused \\({address}\\)") as caught:
        mail.send(options(address), letter(), ME)

    assert caught.value.target_down


def test_a_challenge_that_is_no_base64_defers() -> None:
    with MailServer(users={"me": "geheim"}) as server:
        server.replies["AUTH"] = "334 a"

        with pytest.raises(Deferred, match="not sent"):
            mail.send(options(server, user="me", password="geheim"), letter(), ME)


@pytest.mark.parametrize("password", ["", "gehe\u0131m"])
def test_a_password_that_cannot_be_sent_defers_and_is_not_shown(password: str) -> None:
    with MailServer() as server, pytest.raises(Deferred, match="must be ASCII, and not empty") as caught:
        mail.send(options(server, user="me", password=password), letter(), ME)

    assert "gehe" not in str(caught.value)
