"""Whom a request may reach: addresses, names, redirects, certificates."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.rawserver import RawServer, hang, redirect, reply
from watcher.errors import Deadline, Refused, Unreachable
from watcher.fetch import Fetcher, Limits, guard
from watcher.fetch.guard import is_public
from watcher.model import Request, Response

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAGE = b"<!doctype html><title>Press releases</title><p>One release."


def new_fetcher(**limits: Any) -> Fetcher:
    return Fetcher(user_agent="watcher-test", clock=lambda: NOW, gap=0, limits=Limits(**limits))


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with new_fetcher(deadline=5, connect=2) as fetcher:
        yield fetcher


def ask(fetcher: Fetcher, url: str, *, trusted: bool = True, **request: Any) -> Response:
    return fetcher.get(Request(url=url, trusted=trusted, robots="ignore", **request))


@dataclass
class Names:
    """What names stand for, in place of DNS; `asked` holds the questions."""

    addresses: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def look_up(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked.append(host)
        if host not in self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in self.addresses[host]]


@contextmanager
def deaf(address: str, port: int = 0) -> Iterator[int]:
    """A port where nobody answers a knock: its queue is full."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(4)]
        sockets[0].bind((address, port))
        sockets[0].listen(0)
        for other in sockets[1:]:
            other.setblocking(False)
            other.connect_ex(sockets[0].getsockname())
        yield sockets[0].getsockname()[1]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names, real = Names(), socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        is_literal = host.replace(".", "").isdigit()
        return real(host, port, *args, **kwargs) if is_literal else names.look_up(host, port)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names


@pytest.fixture
def an_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.2 stands for a host on the internet; the rest of loopback stays private."""
    private = ipaddress.IPv4Network("127.0.0.0/8").address_exclude(ipaddress.IPv4Network("127.0.0.2/32"))
    monkeypatch.setattr(guard, "_NETWORKS", list(private))


# Addresses


NOT_PUBLIC = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.255.0.1 169.254.169.254 172.16.0.1
    172.31.255.255 192.0.0.8 192.0.2.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1
    239.255.255.250 240.0.0.1 255.255.255.255 192.88.99.1
    :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::1 100::1 2001::1
    2001:0:53aa::1 2001:2::1 2001:10::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1 3fff::1 5f00::1 fc00::1 fd12:3456::1
    fe80::1 fe80::1%lo fec0::1 ff02::1 4000::1
"""
PUBLIC = """
    1.1.1.1 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.0.0.1 128.0.0.1 169.253.0.1 172.15.0.1 172.32.0.1
    192.0.1.1 192.167.0.1 198.17.0.1 198.20.0.1 223.255.255.255
    2001:200::1 2001:4860:4860::8888 2606:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8 64:ff9b::808:808
"""


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_an_address_that_is_not_on_the_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_an_address_on_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]", "localhost", "0"]
)
def test_a_page_cannot_lead_to_this_machine_by_any_spelling(fetcher: Fetcher, host: str) -> None:
    with RawServer({"/": reply(PAGE)}) as server, pytest.raises(Refused, match="private address"):
        ask(fetcher, f"http://{host}:{server.port}/", trusted=False)

    assert server.connections == 0


def test_the_address_of_a_watch_itself_may_be_private(fetcher: Fetcher) -> None:
    with RawServer({"/": reply(PAGE)}) as server:
        response = ask(fetcher, f"http://localhost:{server.port}/")

    assert response.body == PAGE


# Names


def test_a_name_for_a_private_address_is_refused(fetcher: Fetcher, names: Names) -> None:
    names.addresses["innocent.example"] = ["127.0.0.1"]

    with RawServer({"/": reply(PAGE)}) as server, pytest.raises(Refused) as caught:
        ask(fetcher, f"http://innocent.example:{server.port}/", trusted=False)

    assert str(caught.value) == "innocent.example is at a private address (127.0.0.1)"
    assert server.connections == 0


@pytest.mark.usefixtures("an_internet")
def test_of_a_names_addresses_only_the_public_ones_are_tried(fetcher: Fetcher, names: Names) -> None:
    names.addresses["mixed.example"] = ["127.0.0.1", "127.0.0.2"]

    with (
        RawServer({"/": reply(b"private")}) as private,
        pytest.raises(Unreachable, match=r"no connection to mixed\.example"),
    ):
        ask(fetcher, f"http://mixed.example:{private.port}/", trusted=False)
    with RawServer({"/": reply(PAGE)}, address="127.0.0.2") as public:
        response = ask(fetcher, f"http://mixed.example:{public.port}/", trusted=False)

    assert private.connections == 0
    assert response.body == PAGE


@pytest.mark.usefixtures("an_internet")
def test_a_name_that_answers_differently_the_second_time_gains_nothing(fetcher: Fetcher, names: Names) -> None:
    class Rebinding(dict[str, list[str]]):
        def __getitem__(self, _: str) -> list[str]:
            return ["127.0.0.2"] if len(names.asked) == 1 else ["127.0.0.1"]

    names.addresses = Rebinding({"rebinding.example": []})

    with RawServer({"/": reply(PAGE)}, address="127.0.0.2") as public:
        response = ask(fetcher, f"http://rebinding.example:{public.port}/", trusted=False)
        with pytest.raises(Refused, match="private address"):
            ask(fetcher, f"http://rebinding.example:{public.port}/again", trusted=False)

    assert response.body == PAGE
    assert public.asked[0].headers["host"] == f"rebinding.example:{public.port}"
    assert len(public.asked) == 1
    assert names.asked == ["rebinding.example"] * 2


def test_a_connection_that_was_opened_on_trust_serves_no_other_request(fetcher: Fetcher) -> None:
    with RawServer({"/": reply(PAGE)}, keep=True) as server:
        ask(fetcher, server.url())
        with pytest.raises(Refused):
            ask(fetcher, server.url(), trusted=False)

    assert len(server.asked) == 1


def test_addresses_are_tried_in_turn_until_one_connects(fetcher: Fetcher, names: Names) -> None:
    names.addresses["many.example"] = ["127.0.0.3", "127.0.0.4", "127.0.0.1"]

    with RawServer({"/": reply(PAGE)}) as server:
        response = ask(fetcher, f"http://many.example:{server.port}/")

    assert response.body == PAGE
    assert response.url == f"http://many.example:{server.port}/"


def test_an_address_that_does_not_answer_leaves_time_for_the_next(names: Names) -> None:
    names.addresses["half.example"] = ["127.0.0.3", "127.0.0.1"]

    with RawServer({"/": reply(PAGE)}) as server, deaf("127.0.0.3", server.port), new_fetcher(connect=0.4) as fetcher:
        response = ask(fetcher, f"http://half.example:{server.port}/")

    assert response.body == PAGE


def test_a_host_that_does_not_answer_is_unreachable(names: Names) -> None:
    with deaf("127.0.0.1") as port, new_fetcher(connect=0.2) as fetcher:
        names.addresses["deaf.example"] = ["127.0.0.1"]
        with pytest.raises(Unreachable) as caught:
            ask(fetcher, f"http://deaf.example:{port}/")

    assert str(caught.value) == f"no connection to deaf.example:{port}: it does not answer"


def test_a_host_that_does_not_answer_in_what_is_left_of_the_deadline(names: Names) -> None:
    with deaf("127.0.0.1") as port, new_fetcher(connect=5, deadline=0.2) as fetcher:
        names.addresses["deaf.example"] = ["127.0.0.1"]
        with pytest.raises(Deadline, match=f"deaf.example:{port} took longer than 0.2 s"):
            ask(fetcher, f"http://deaf.example:{port}/")


def test_a_port_that_is_closed_is_unreachable(fetcher: Fetcher) -> None:
    with RawServer({}) as server:
        pass

    with pytest.raises(Unreachable) as caught:
        ask(fetcher, server.url())

    assert str(caught.value) == f"no connection to {server.host}: connection refused"


def test_a_name_that_nobody_has_is_unreachable(fetcher: Fetcher, names: Names) -> None:
    with pytest.raises(Unreachable, match="no such host: nowhere"):
        ask(fetcher, "http://nowhere.example/")

    assert names.asked == ["nowhere.example"]


def test_a_name_server_that_is_away_is_told_apart(fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", away)

    with pytest.raises(Unreachable, match="cannot be looked up now"):
        ask(fetcher, "http://site.example/")


def test_a_name_server_that_is_silent_does_not_pass_the_limit(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    given_up = threading.Event()

    def silent(*_: object) -> list[Any]:
        given_up.wait()
        return []

    monkeypatch.setattr(names, "look_up", silent)

    with new_fetcher(connect=0.2) as fetcher, pytest.raises(Unreachable, match="the name slow") as caught:
        ask(fetcher, "http://slow.example/")
    given_up.set()

    assert str(caught.value) == "the name slow.example is not found: no answer from DNS"


# Redirects


def test_a_redirect_may_not_lead_to_another_private_host(fetcher: Fetcher) -> None:
    with (
        RawServer({"/": reply(b"secret")}, address="127.0.0.9") as inner,
        RawServer({"/": redirect(inner.url())}) as home,
        pytest.raises(Refused, match=r"127\.0\.0\.9 is at a private address"),
    ):
        ask(fetcher, home.url())

    assert inner.connections == 0


def test_a_redirect_within_the_host_of_a_watch_is_trusted(fetcher: Fetcher) -> None:
    with RawServer({"/": reply(PAGE)}) as other, RawServer({"/": redirect("/b"), "/b": redirect(other.url())}) as home:
        response = ask(fetcher, home.url())

    assert response.body == PAGE


@pytest.mark.usefixtures("an_internet")
def test_a_redirect_of_a_page_may_not_lead_to_a_private_host(fetcher: Fetcher) -> None:
    with (
        RawServer({"/": reply(b"secret")}) as inner,
        RawServer({"/": redirect(inner.url())}, address="127.0.0.2") as public,
        pytest.raises(Refused, match="private address"),
    ):
        ask(fetcher, public.url(), trusted=False)

    assert len(public.asked) == 1
    assert inner.connections == 0


@pytest.mark.usefixtures("an_internet")
def test_the_way_back_to_the_host_of_a_watch_is_trusted(fetcher: Fetcher) -> None:
    with RawServer({"/end": reply(PAGE)}) as home, RawServer({}, address="127.0.0.2") as public:
        home.scripts["/"] = redirect(public.url())
        public.scripts["/"] = redirect(home.url("/end"))
        response = ask(fetcher, home.url())

    assert response.body == PAGE


# Certificates


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own; its certificate is `pem`."""

    folder: Path
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def name(self) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Watcher's test authority")])

    @property
    def pem(self) -> Path:
        constraint = x509.BasicConstraints(ca=True, path_length=0)
        path = self.folder / "authority.pem"
        path.write_bytes(self._signed(self.name, self.key, constraint).public_bytes(Encoding.PEM))
        return path

    def server(self, *hosts: str, days: int = 1) -> ssl.SSLContext:
        """What a server needs that proves to be one of these hosts, `days` from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        certificate = self._signed(x509.Name([]), key, names, days)
        path = self.folder / "server.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(certificate.public_bytes(Encoding.PEM) + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _signed(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType, days: int = 1
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(self.name, name, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=9)).not_valid_after(now + timedelta(days=days))
        return builder.add_extension(extension, critical=True).sign(self.key, hashes.SHA256())


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def believer(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fetcher]:
    """A fetcher on a machine that trusts the authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.pem))
    with new_fetcher(deadline=5, connect=2) as fetcher:
        yield fetcher


def test_a_server_that_proves_its_name_is_asked_by_that_name(
    believer: Fetcher, authority: Authority, names: Names
) -> None:
    names.addresses["site.example"] = ["127.0.0.1"]
    tls, told = authority.server("site.example"), []
    tls.sni_callback = lambda _, name, __: told.append(name)

    with RawServer({"/": reply(PAGE)}, tls=tls, keep=True) as server:
        address = f"https://site.example:{server.port}/"
        responses = [ask(believer, address) for _ in range(2)]

    assert [response.body for response in responses] == [PAGE, PAGE]
    assert told == ["site.example"]
    assert server.asked[0].headers["host"] == f"site.example:{server.port}"


def test_a_certificate_of_an_unknown_authority_is_unreachable(
    fetcher: Fetcher, authority: Authority, names: Names
) -> None:
    names.addresses["site.example"] = ["127.0.0.1"]

    with (
        RawServer({"/": reply(PAGE)}, tls=authority.server("site.example")) as server,
        pytest.raises(Unreachable) as caught,
    ):
        ask(fetcher, f"https://site.example:{server.port}/")

    problem = "unable to get local issuer certificate"
    assert str(caught.value) == f"site.example:{server.port} does not prove who it is: {problem}"
    assert server.asked == []


@pytest.mark.parametrize(
    ("host", "days", "problem"),
    [("other.example", 1, "hostname mismatch"), ("site.example", -1, "certificate has expired")],
)
def test_a_certificate_that_does_not_fit_is_unreachable(
    believer: Fetcher, authority: Authority, names: Names, host: str, days: int, problem: str
) -> None:
    names.addresses["site.example"] = ["127.0.0.1"]

    with (
        RawServer({"/": reply(PAGE)}, tls=authority.server(host, days=days)) as server,
        pytest.raises(Unreachable, match=f"does not prove who it is: {problem}"),
    ):
        ask(believer, f"https://site.example:{server.port}/")

    assert server.asked == []


def test_a_server_that_speaks_no_tls_is_unreachable(fetcher: Fetcher) -> None:
    with (
        RawServer({}, greeting=b"220 mail.example ESMTP\r\n") as server,
        pytest.raises(Unreachable, match=f"no safe connection to {server.host}: wrong version number"),
    ):
        ask(fetcher, f"https://{server.host}/")


def test_a_handshake_that_never_ends_is_unreachable() -> None:
    with (
        RawServer({}) as server,
        new_fetcher(connect=0.2) as fetcher,
        pytest.raises(Unreachable, match=f"{server.host}: it does not answer"),
    ):
        ask(fetcher, f"https://{server.host}/")

    assert server.connections == 1


def test_a_drip_over_tls_does_not_pass_the_deadline(
    authority: Authority, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.pem))
    names.addresses["site.example"] = ["127.0.0.1"]

    with (
        RawServer({"/": hang(b"HTTP/1.1 200 OK\r\n")}, tls=authority.server("site.example")) as server,
        new_fetcher(deadline=0.3) as fetcher,
        pytest.raises(Deadline),
    ):
        ask(fetcher, f"https://site.example:{server.port}/")
