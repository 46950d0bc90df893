"""Connections: to checked addresses only, and each within the request's time."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address
from time import monotonic

import httpcore

from watcher.errors import Refused, Unreachable
from watcher.fetch.timer import Timer

# ipaddress.is_private of Python 3.11 misses several of these (100.64.0.0/10, 2002::/16, multicast …).
_NOT_PUBLIC = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
    "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
    "2001::/23 2001:db8::/32 2002::/16 3fff::/20"
)
_NETWORKS = [ipaddress.ip_network(network) for network in _NOT_PUBLIC.split()]
_UNICAST = ipaddress.IPv6Network("2000::/3")  # of IPv6, all that is handed out; ::1, fc00::/7, fe80::/10 lie outside
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is out on the internet. One that carries an IPv4 address is judged by that."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if inner := _inner(ip):
            ip = inner
        elif ip not in _UNICAST:
            return False
    return not any(ip in network for network in _NETWORKS)


def connect(host: str, port: int, seconds: float, *, private: bool) -> httpcore.NetworkStream:
    """A connection to a host, to a private address only where that is allowed. Raises Refused, Unreachable, and what
    httpcore raises for a connection that is not made."""
    ends = monotonic() + seconds
    addresses = look_up(host, port, seconds)
    allowed = [address for address in addresses if private or is_public(address)]
    if not allowed:
        raise Refused(
            f"{host} is at a private address ({', '.join(addresses[:3])})",
            hint="only the address of a watch itself may be private, not one that a page leads to",
        )
    return _first(allowed, port, ends)


def look_up(host: str, port: int, seconds: float) -> list[str]:
    """What a name stands for. getaddrinfo knows no time limit, so it runs in a thread that may be left behind."""
    if _is_plain(host):
        return [host]
    found: Future[list[str]] = Future()

    def ask() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.set_result([str(entry[4][0]) for entry in entries])
        except (OSError, ValueError) as exc:  # ValueError: a name that is none, a..b
            found.set_exception(exc)

    threading.Thread(target=ask, daemon=True).start()
    try:
        return found.result(seconds)
    except TimeoutError as exc:
        raise Unreachable(f"the name {host} is not found: no answer from DNS", hint="is the network up?") from exc
    except (OSError, ValueError) as exc:
        raise _no_such_host(host, exc) from exc


def _is_plain(host: str) -> bool:
    """Whether it is an address as it is, and not in one of the other ways to write one (127.1, 0x7f000001)."""
    try:
        return str(ipaddress.ip_address(host)) == host
    except ValueError:
        return False


class Guard(httpcore.NetworkBackend):
    """Opens connections for httpcore. The address that is checked is the address that is connected to, so that a name
    which answers differently the next time gains nothing."""

    def __init__(self, timer: Timer, tls: Callable[[], ssl.SSLContext], *, private: bool) -> None:
        self._timer = timer
        self._tls = tls
        self._private = private
        self._streams: set[Stream] = set()
        self._closed = False
        self.opened = 0

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        if self._closed:
            raise Refused(f"{host} was not asked: Watcher is stopping")
        self.opened += 1
        seconds = min(timeout or self._timer.left(), self._timer.left())
        with self._timer.waiting():
            inner = connect(host, port, seconds, private=self._private)
        stream = Stream(inner, self._timer, self._tls, self._streams)
        if self._closed:  # while it connected
            stream.interrupt()
        return stream

    def interrupt(self) -> None:
        """From any thread: whoever waits for one of the connections finds it at its end; no other is opened."""
        self._closed = True
        for stream in tuple(self._streams):
            stream.interrupt()


class Stream(httpcore.NetworkStream):
    """A connection on which no call outlasts the timer, whatever time it was given: httpcore gives each read the
    whole time-out again, so that a drip of bytes would go on for ever."""

    def __init__(
        self,
        inner: httpcore.NetworkStream,
        timer: Timer,
        tls: Callable[[], ssl.SSLContext],
        streams: set[Stream],
    ) -> None:
        self._inner = inner
        self._timer = timer
        self._tls = tls
        self._streams = streams
        streams.add(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with self._timer.waiting():
            return self._inner.read(max_bytes, self._timer.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._timer.left())

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            left = self._timer.left()
            with self._timer.waiting():
                inner = self._inner.start_tls(self._tls(), server_hostname, min(timeout or left, left))
        except BaseException:
            self.close()
            raise
        stream = Stream(inner, self._timer, self._tls, self._streams)
        self._streams.discard(self)
        return stream

    def close(self) -> None:
        self._streams.discard(self)
        self._inner.close()

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)

    def interrupt(self) -> None:
        # Not SSLSocket.shutdown, which would have the other thread go on without TLS.
        with suppress(OSError):
            socket.socket.shutdown(self._inner.get_extra_info("socket"), socket.SHUT_RDWR)


def _inner(ip: IPv6Address) -> IPv4Address | None:
    return ip.ipv4_mapped or (IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)


def _no_such_host(host: str, exc: Exception) -> Unreachable:
    if isinstance(exc, socket.gaierror) and exc.errno == socket.EAI_AGAIN:
        return Unreachable(f"the name {host} cannot be looked up now", hint="is the network up?")
    return Unreachable(f"no such host: {host}", hint="look for a slip in the address, or whether the site has moved")


def _first(addresses: Sequence[str], port: int, ends: float) -> httpcore.NetworkStream:
    """The first that connects; each gets its share of the time that is left."""
    *others, last = addresses
    for number, address in enumerate(others):
        with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
            return _connected(address, port, (ends - monotonic()) / (len(addresses) - number))
    return _connected(last, port, ends - monotonic())


def _connected(address: str, port: int, seconds: float) -> httpcore.NetworkStream:
    if seconds <= 0:
        raise httpcore.ConnectTimeout
    return httpcore.SyncBackend().connect_tcp(address, port, seconds)
