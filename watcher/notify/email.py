"""Alerts by email: one letter, one recipient, one conversation with the server. Where that signs with DKIM, let the
signature cover `List-Unsubscribe` and `List-Unsubscribe-Post`: else mail programs offer no one-click (RFC 8058 §4)."""

from __future__ import annotations

import contextlib
import hashlib
import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Annotated, BinaryIO

import idna
from pydantic import AfterValidator, BaseModel, Field, SecretStr, model_validator

from watcher.errors import AFTER_FIXING, Deferred, DeliveryError, Rejected
from watcher.model import Message
from watcher.text import line, safe
from watcher.urls import is_loopback

#: Seconds for one conversation, from the connection to the server's last word.
DEADLINE = 60.0

#: Bytes that a server may say in a conversation; smtplib keeps all lines of a reply.
REPLIES = 2**17

#: Characters of a line, as far as it can be broken at all (RFC 5322 §2.1.1).
LINE = 78

_PORTS = {"starttls": 587, "smtps": 465, "smtp": 25}
_SERVER = re.compile(r"(?:(smtps?|starttls)://)?(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?(?::(\d{1,5}))?")
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")

# "Authenticate first" and its relatives: for the operator to mend, no fault of the letter.
_SETUP = {530, 534, 535, 538}


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in, and how: `starttls`, `smtps`, or, on loopback only, `smtp`."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def server(text: str) -> Server:
    """The server that `smtp` names. ValueError for what is none, and for one that would be spoken to in clear."""
    match = _SERVER.fullmatch(text.strip().lower())
    port = int(match[3] or 1) if match else 0
    if not match or not 0 < port < 65536:
        raise ValueError(f'"{text}" is no mail server; write smtp.example.org:587 or smtps://smtp.example.org:465')
    host = match[2].strip("[]")
    scheme = match[1] or ("smtp" if is_loopback(host) else "starttls")
    if scheme == "smtp" and not is_loopback(host):
        raise ValueError(f"smtp:// sends everything to {host} in clear; write starttls:// or smtps://")
    return Server(scheme, host, int(match[3] or _PORTS[scheme]))


def address(text: str) -> str:
    """A mail address as servers take it, in ASCII. ValueError for what is none."""
    local, _, domain = text.strip().rpartition("@")
    host = _ascii(domain).lower()
    if not (_LOCAL.fullmatch(local) and _DOMAIN.fullmatch(host)) or len(local) > 64 or len(host) > 189:
        raise ValueError(f'"{text}" is no mail address that every server takes; write name@example.org')
    return f"{local}@{host}"


def sender(text: str) -> tuple[str, str]:
    """Name and address of "Watcher <watch@example.org>" or "watch@example.org". ValueError for what is neither."""
    match = re.fullmatch(r'\s*"?([^"<>]*?)"?\s*<([^<>]*)>\s*', text)
    return (line(match[1]), address(match[2])) if match else ("", address(text))


def _ascii(domain: str) -> str:
    try:
        return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except UnicodeError:
        return ""


def _is_server(text: str) -> str:
    server(text)
    return text


def _is_sender(text: str) -> str:
    sender(text)
    return text


class Options(BaseModel, extra="forbid", hide_input_in_errors=True):
    """A mail server, and who is told."""

    to: list[Annotated[str, AfterValidator(address)]] = Field(min_length=1, description="who is told, each by a mail")
    from_: Annotated[str, AfterValidator(_is_sender)] = Field(
        alias="from", description="the sender: an address, or Name <address>"
    )
    smtp: Annotated[str, AfterValidator(_is_server)] = Field(
        description="the server, host:port: STARTTLS is needed; smtps:// is TLS from the start, smtp:// is for loopback"
    )
    user: str = Field("", description="the name to log in with")
    password: SecretStr = Field(SecretStr(""), description='its password, by reference: { env = "NAME" }')
    ca_file: Path | None = Field(None, description="an authority to trust beside the system's, as PEM")

    @model_validator(mode="after")
    def _can_log_in(self) -> Options:
        if bool(self.user) != ("password" in self.model_fields_set):
            raise ValueError("user and password go together: one of them is missing")
        return self


def recipients(options: Options) -> tuple[str, ...]:
    """The addresses; each is told on its own."""
    return tuple(dict.fromkeys(options.to))


def domain(options: Options) -> str:
    """The domain of the sender."""
    return sender(options.from_)[1].rpartition("@")[2]


def send(options: Options, message: Message, to: str) -> None:
    """Hand one letter in. Returns when the server took it. Raises Deferred or Rejected, with the server's own words.

    When the connection ends after the last byte and before the answer, nobody can know: that is Deferred, and the
    letter comes again under its Message-ID.
    """
    data = as_bytes(options.from_, message, to)
    try:
        with _session(options) as client:
            if refused := client.sendmail(sender(options.from_)[1], [to], data):
                raise smtplib.SMTPRecipientsRefused(refused)
            with contextlib.suppress(OSError, ValueError):  # it has the letter, whatever it says to our goodbye
                client.quit()
    except (
        OSError,
        ValueError,
    ) as error:  # smtplib's own are OSErrors; ValueErrors come of bad base64 and endless replies
        raise _failure(options, to, error) from error


def log_in(options: Options, seconds: float) -> str:
    """Go as far as the server lets us without a letter; the server. Raises Deferred, with the server's own words."""
    where = f"{server(options.smtp)}{f' as {options.user}' if options.user else ''}"
    try:
        with _session(options, seconds) as client:
            client.ehlo_or_helo_if_needed()
            with contextlib.suppress(OSError, ValueError):
                client.quit()
    except smtplib.SMTPResponseException as error:
        raise Deferred(f"{where}: {error.smtp_code} {_text(error.smtp_error)}") from error
    except (OSError, ValueError) as error:
        raise Deferred(f"{where}: {_reason(error)}") from error
    return where


def as_bytes(options_from: str, message: Message, to: str) -> bytes:
    """The letter as it is sent (RFC 5322): the same bytes for the same message at every attempt."""
    name, from_ = sender(options_from)
    fields = {
        "From": _mailbox("From", line(message.sender_name) or name, from_),
        "To": _whole("To", to),
        "Subject": _words("Subject", message.subject),
        "Message-ID": _whole("Message-ID", f"<{message.id}>"),
        "Date": format_datetime(message.date),
        **{header: _value(header, value) for header, value in message.headers.items()},
    }
    if message.reply_to:
        fields["In-Reply-To"] = _whole("In-Reply-To", f"<{message.reply_to}>")
    if before := [f"<{id}>" for id in (message.thread, message.reply_to) if id]:
        fields["References"] = "\r\n ".join([_whole("References", before[0]), *before[1:]])
    head = "".join(f"{header}: {value}\r\n" for header, value in fields.items())
    return head.encode("ascii") + _content(message).as_bytes()


def _content(message: Message) -> EmailMessage:
    content = EmailMessage(policy=SMTP)
    text, html = safe(message.text), safe(message.html)
    content.set_content(text, cte=_coding(text))
    if html:
        content.add_alternative(html, subtype="html", cte=_coding(html))
        # Of the content too, so that no content can hold its own boundary.
        hashed = hashlib.sha256("\0".join((message.id, text, html)).encode()).hexdigest()
        content.set_boundary(f"=_{hashed[:32]}")
    return content


def _coding(text: str) -> str:
    # Left alone, the library takes base64 for lines over 78, which is every paragraph.
    return "7bit" if text.isascii() and all(len(part) <= LINE for part in text.split("\n")) else "quoted-printable"


# The headers are not EmailMessage's: its folding encodes a long In-Reply-To, and on 3.11 it takes the quotes off a long
# name, so that a comma in a title makes a second address. The older Header class leaves ASCII as it is.
def _words(header: str, text: str) -> str:
    text = line(text)
    return Header(text, "us-ascii" if _is_plain(text) else "utf-8", header_name=header).encode(linesep="\r\n")


def _mailbox(header: str, name: str, inner: str) -> str:
    if _is_plain(name):
        return _words(header, formataddr((name, inner))) if name else f"<{inner}>"
    return f"{_words(header, name)}\r\n <{inner}>"


def _whole(header: str, value: str) -> str:
    """What no program may find broken: an id, an address. On a line of its own, where it fits on that one only."""
    return f"\r\n {value}" if len(value) < LINE < len(f"{header}: {value}") else value


def _value(header: str, value: str) -> str:
    if re.fullmatch(r"<[!-;=?-~]+>", value):
        return _whole(header, value)
    match = re.fullmatch(r"(.*) <(\S+)>", line(value))
    return _mailbox(header, match[1], match[2]) if match else _words(header, value)


def _is_plain(text: str) -> bool:
    return text.isascii() and "=?" not in text and all(len(word) < LINE - 2 for word in text.split(" "))


class _Client(smtplib.SMTP):
    """smtplib over a connection that stands already."""

    def __init__(self, where: Server, sock: socket.socket) -> None:
        self._connection = sock
        name = socket.gethostname()  # getfqdn, smtplib's own choice, asks the DNS and may wait long
        super().__init__(where.host, where.port, name if name.isascii() and "." in name else "[127.0.0.1]")

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._connection

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock:
            self.file = _Replies(self.sock.makefile("rb"))
        try:
            return super().getreply()
        except ValueError:
            self.close()
            raise


class _Replies:
    """What a server says, as far as anybody listens. A ValueError: smtplib makes an OSError a closed connection."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._left = file, REPLIES
        self.close = file.close

    def readline(self, most: int) -> bytes:
        said = self._file.readline(most)
        self._left -= len(said)
        if self._left < 0:
            raise ValueError(f"more than {REPLIES >> 10} KB of replies")
        return said


@contextlib.contextmanager
def _session(options: Options, seconds: float | None = None) -> Iterator[smtplib.SMTP]:
    where = server(options.smtp)
    with _connected(where, seconds or DEADLINE) as sock:
        if where.scheme == "smtps":
            sock = _context(options.ca_file).wrap_socket(sock, server_hostname=where.host)
        client = _Client(where, sock)
        try:
            if where.scheme == "starttls":
                client.starttls(context=_context(options.ca_file))
            if options.user:
                client.login(options.user, _password(options))
            yield client
        finally:
            client.close()


def _password(options: Options) -> str:
    password = options.password.get_secret_value()
    if not (password and f"{options.user}{password}".isascii()):
        raise ValueError("user and password must be ASCII, and not empty")
    return password


def _context(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            raise OSError(f"ca_file {ca_file} cannot be used: {error.strerror}") from error
    return context


@contextlib.contextmanager
def _connected(where: Server, seconds: float) -> Iterator[socket.socket]:
    """A connection that is cut when its time is over. A socket's own timeout is for each operation: a server that
    sends a byte now and then could hold us for ever."""
    end = time.monotonic() + seconds
    sock = _dial(where, end)
    # A second handle, since TLS takes the first one over. Both mean the same connection.
    cord = socket.fromfd(sock.fileno(), sock.family, sock.type)
    cut = threading.Event()
    timer = threading.Timer(end - time.monotonic(), _cut, (cord, cut))
    timer.daemon = True
    timer.start()
    try:
        yield sock
    except (smtplib.SMTPServerDisconnected, ssl.SSLError, ConnectionError) as error:
        if cut.is_set():
            raise TimeoutError(f"no end after {seconds:g} s") from error
        raise
    finally:
        timer.cancel()
        timer.join()
        cord.close()
        sock.close()


def _cut(cord: socket.socket, cut: threading.Event) -> None:
    cut.set()
    with contextlib.suppress(OSError):
        cord.shutdown(socket.SHUT_RDWR)


def _dial(where: Server, end: float) -> socket.socket:
    failure: OSError = OSError("no such host")
    for *_, place in socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM):
        try:
            sock = socket.create_connection((str(place[0]), where.port), timeout=max(end - time.monotonic(), 0.01))
        except OSError as error:
            failure = error
        else:
            sock.settimeout(None)
            return sock
    raise failure


def _failure(options: Options, to: str, error: OSError | ValueError) -> DeliveryError:
    where = f"({server(options.smtp)}{f', user {options.user}' if options.user else ''})"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = error.recipients[to]
        return _refusal(f"mail to {to} refused: {code} {_text(said)} {where}", code, of_letter=True)
    if isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
        of_letter = isinstance(error, smtplib.SMTPDataError) or code == 552  # 552: too large, said at MAIL
        return _refusal(f"mail to {to} refused: {code} {_text(error.smtp_error)} {where}", code, of_letter=of_letter)
    is_setup = isinstance(error, smtplib.SMTPNotSupportedError | ssl.SSLCertVerificationError)
    return Deferred(
        f"mail to {to} not sent: {_reason(error)} {where}", target_down=True, hint=AFTER_FIXING if is_setup else ""
    )


def _refusal(text: str, code: int, *, of_letter: bool) -> DeliveryError:
    """What a refusal means. One that came before the letter was named (by greeting, AUTH, sender) is not about it."""
    for_good = 500 <= code < 600
    if for_good and of_letter and code not in _SETUP:
        return Rejected(text, hint=AFTER_FIXING)
    down = code == 421 or code in _SETUP or not of_letter
    return Deferred(text, target_down=down, hint=AFTER_FIXING if for_good else "")


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted: {error.verify_message.rstrip('.')}"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "the server closed the connection"
    return line(getattr(error, "strerror", None) or str(error)).rstrip(".")


def _text(words: bytes | str) -> str:
    return line(words.decode("utf-8", "replace") if isinstance(words, bytes) else words)
