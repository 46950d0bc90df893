"""A mail server on loopback for tests: aiosmtpd, with moods, and certificates made for the occasion."""

from __future__ import annotations

import asyncio
import datetime
import email
import ipaddress
import ssl
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_WHILE = 0.05  # seconds that SLOW takes


@dataclass(frozen=True, kw_only=True)
class Received:
    """One letter that the server has, with how it came."""

    sender: str
    to: tuple[str, ...]
    content: bytes
    encrypted: bool
    user: str

    @property
    def message(self) -> EmailMessage:
        message = email.message_from_bytes(self.content, policy=default)
        assert isinstance(message, EmailMessage)
        return message


class MailServer:
    """An SMTP server that runs while it is a context manager.

    `letters` is what it took. `replies` makes it answer otherwise: {"RCPT": "550 no such user"}. The commands are
    BANNER, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, END (of the letter, which then is not taken) and QUIT; "RCPT bob" is
    for recipients with "bob" in them. A reply may also be DROP: the connection is reset (at DATA in the midst of the
    letter; at END TAKE_AND_DROP resets it after the letter was taken); HANG: no answer; DRIP: lines without end; SLOW:
    the usual answer, after a while; GREYLIST at RCPT: for each recipient, no at first and then yes. `clear` is what
    clients said unencrypted, `heard` all that they said.
    """

    DROP, TAKE_AND_DROP, HANG, DRIP, SLOW, GREYLIST = "DROP", "TAKE_AND_DROP", "HANG", "DRIP", "SLOW", "GREYLIST"

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,  # TLS from the first byte, in place of STARTTLS
        users: Mapping[str, str] | None = None,  # names and passwords; AUTH is demanded when there are any
    ) -> None:
        self.tls, self.implicit, self.users = tls, implicit, users or {}
        self.letters: list[Received] = []
        self.replies: dict[str, str] = {}
        self.clear = self.heard = b""
        self.met: set[str | None] = set()  # whom GREYLIST knows
        self.port = 0
        self.open: set[_Session] = set()

    @property
    def address(self) -> str:
        """Host and port, as a configuration has them."""
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> MailServer:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)))
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self, ready: threading.Event) -> None:
        # aiosmtpd's own Controller cannot take a free port: it tries its server at port 0.
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(lambda loop, context: None)
        context = self.tls if self.implicit else None
        listener = await self._loop.create_server(lambda: _Session(self), "127.0.0.1", 0, ssl=context)
        self.port = listener.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        listener.close()
        for session in [session for session in self.open if not session.wire.is_closing()]:
            session.wire.abort()
        while self.open:
            await asyncio.sleep(0.001)

    async def handle_DATA(self, protocol: _Session, session: Session, envelope: Envelope) -> str:
        """aiosmtpd's hook for the end of a letter."""
        reply = self.replies.get("END", "")
        if reply == self.SLOW:
            await asyncio.sleep(_WHILE)
            reply = ""
        if reply in ("", self.TAKE_AND_DROP):
            self.letters.append(_received(protocol, session, envelope))
        if reply and not await protocol.act(reply):
            return reply
        return "250 2.0.0 taken"

    def authenticate(
        self, protocol: SMTP, session: Session, envelope: Envelope, mechanism: str, login: LoginPassword
    ) -> AuthResult:
        known = self.users.get(login.login.decode()) == login.password.decode()
        return AuthResult(success=known, handled=False, auth_data=login)


class _Session(SMTP):
    """One connection."""

    def __init__(self, server: MailServer) -> None:
        self.server, self._greeted = server, False
        starttls = server.tls if not server.implicit else None
        loop = asyncio.get_running_loop()
        super().__init__(
            server,
            loop=loop,
            hostname="mail.test",
            tls_context=starttls,
            auth_require_tls=bool(starttls),
            authenticator=server.authenticate,
        )

    @property
    def encrypted(self) -> bool:
        return self.wire.get_extra_info("sslcontext") is not None

    def connection_made(self, transport: Any) -> None:
        self.wire: asyncio.Transport = transport  # the TLS one, once there is one
        self.server.open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.server.open.discard(self)

    def data_received(self, data: bytes) -> None:
        self.server.heard += data
        if not self.encrypted:
            self.server.clear += data
        super().data_received(data)

    async def push(self, status: Any) -> None:
        greeting, self._greeted = not self._greeted, True
        reply = self.server.replies.get("BANNER", "") if greeting else ""
        if reply == MailServer.SLOW:
            await asyncio.sleep(_WHILE)
            reply = ""
        if not (reply and await self.act(reply)):
            await super().push(reply or status)

    async def act(self, reply: str) -> bool:
        """Whether a reply was no answer but a deed."""
        if reply in (MailServer.DROP, MailServer.TAKE_AND_DROP):
            self.wire.abort()
        elif reply == MailServer.HANG:
            await asyncio.Event().wait()
        elif reply == MailServer.DRIP:
            while True:
                await super().push("250-and another thing")
                await asyncio.sleep(0.01)
        else:
            return False
        return True

    async def answer(self, command: str, arg: str | None) -> bool:
        """Whether the command was answered by the server's mood."""
        replies = {
            key.partition(" ")[2]: reply for key, reply in self.server.replies.items() if key.split(" ")[0] == command
        }
        reply = next((reply for part, reply in replies.items() if part in (arg or "")), "")
        if command == "MAIL" and self.server.users and not (self.session and self.session.authenticated):
            reply = "530 5.7.0 authentication required"
        if reply == MailServer.SLOW:
            await asyncio.sleep(_WHILE)
            return False
        if reply == MailServer.GREYLIST:
            reply = "" if arg in self.server.met else "450 4.2.0 greylisted, come back in five minutes"
            self.server.met.add(arg)
        if command == "DATA" and reply == MailServer.DROP:
            await self.push("354 go on")
            await self._reader.read(100)
        if reply and not await self.act(reply):
            await self.push(reply)
        return bool(reply)


def _moody(command: str) -> Any:
    async def method(self: _Session, arg: str | None) -> None:
        if not await self.answer(command, arg):
            await getattr(SMTP, f"smtp_{command}")(self, arg)

    return method


for _command in ("EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"):
    setattr(_Session, f"smtp_{_command}", _moody(_command))


def _received(protocol: _Session, session: Session, envelope: Envelope) -> Received:
    assert isinstance(envelope.content, bytes)
    login: Any = session.auth_data
    return Received(
        sender=envelope.mail_from or "",
        to=tuple(envelope.rcpt_tos),
        content=envelope.content,
        encrypted=protocol.encrypted,
        user=login.login.decode() if session.authenticated else "",
    )


class Authority:
    """A certificate authority of our own; `file` is its certificate, for `ca_file`."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "authority.pem"
        self._folder, self._key, self._name = folder, ec.generate_private_key(ec.SECP256R1()), _name("test authority")
        certificate = self._sign(self._name, self._key, x509.BasicConstraints(ca=True, path_length=None), [])
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def context(self, *names: str, expired: bool = False) -> ssl.SSLContext:
        """What a server with a certificate for these host names and addresses needs."""
        key = ec.generate_private_key(ec.SECP256R1())
        kind = x509.BasicConstraints(ca=False, path_length=None)
        certificate = self._sign(_name(names[0]), key, kind, names, days=-1 if expired else 1)
        file = self._folder / f"{names[0]}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        kind: x509.BasicConstraints,
        names: Sequence[str],
        days: int = 1,
    ) -> x509.Certificate:
        # Python 3.13 verifies strictly: key identifiers and usages must be there.
        now, own = datetime.datetime.now(datetime.UTC), self._key.public_key()
        builder = (
            x509.CertificateBuilder(subject_name=subject, issuer_name=self._name, public_key=key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=2))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(kind, critical=True)
            .add_extension(_usage(kind.ca), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(own), critical=False)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(map(_alternative, names)), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
