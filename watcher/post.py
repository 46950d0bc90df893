"""One POST to a server that the configuration names, and what its answer means for an alert.

Taken: any 2xx, as soon as it is said. Kept and tried again: no answer within `DEADLINE`, no connection, 408, 425, 429,
5xx; and redirects, 401, 403, 404, 405, 407, 410, which are for the operator to mend. Refused for good: any other.
"""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import httpx

from watcher import __version__
from watcher.errors import AFTER_FIXING, Deferred, DeliveryError, Rejected
from watcher.patience import wait
from watcher.text import line, shorten

#: Seconds for all of it, from the look-up of the name to the answer.
DEADLINE = 30.0

_SAID = 4096  # bytes of an answer in which its words are looked for

# For the operator to mend, no fault of the alert.
_SETUP = frozenset({401, 403, 404, 405, 407, 410})
_PASSING = frozenset({408, 425, 429})
# No alert would fare better. A 500 may well be about the one that was sent.
_DOWN = _SETUP | {429, 502, 503, 504}


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Returns when the server took it. Raises Deferred and Rejected, with the server's own words and never with the
    address: that may be a secret."""
    exchange = _Exchange()
    name = "the server"
    try:
        where = httpx.URL(url)
        name = where.netloc.decode("ascii")
        wait(lambda: exchange.run(where, body, headers), DEADLINE)
    except (TimeoutError, httpx.TimeoutException) as error:
        exchange.cut()
        if not exchange.status:
            raise Deferred(f"{name} did not answer within {DEADLINE:g} s", target_down=True) from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        if not exchange.status:
            raise _unsent(name, error) from error
    if not 200 <= exchange.status < 300:
        raise _refusal(name, exchange, httpx.URL(url))


class _Exchange:
    """One request and its answer, in a thread of its own. A time-out of httpx is for each operation: a server that
    sends a byte now and then could hold us for ever, so that the connection can be cut from outside."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.said = bytearray()
        self._lock = threading.Lock()
        self._cord: socket.socket | None = None
        self._is_cut = False

    def run(self, where: httpx.URL, body: bytes, headers: Mapping[str, str]) -> None:
        """Ask. An httpx.Client would log the address, and keep what nobody wants kept; we need what lies below it."""
        extensions = {"timeout": httpx.Timeout(DEADLINE).as_dict(), "trace": self._trace}
        request = httpx.Request("POST", where, content=body, headers=_outgoing(where, headers), extensions=extensions)
        try:
            with httpx.HTTPTransport(verify=ssl.create_default_context()) as transport:
                self._read(transport.handle_request(request))
        finally:
            with self._lock:
                if self._cord:
                    self._cord.close()
                    self._cord = None

    def cut(self) -> None:
        """From any thread: the connection, and any that is still to be made, comes to its end."""
        with self._lock:
            self._is_cut = True
            self._shut()

    def _read(self, reply: httpx.Response) -> None:
        self.headers, self.status = reply.headers, reply.status_code
        try:
            if not reply.is_success:
                for piece in reply.iter_raw():
                    self.said += piece
                    if len(self.said) > _SAID:
                        break
        finally:
            reply.close()

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """What httpcore does (its extension "trace"): a second handle on a new connection, since TLS takes the first
        one over. Both mean the same connection."""
        if event == "connection.connect_tcp.complete":
            sock = info["return_value"].get_extra_info("socket")
            with self._lock:
                self._cord = socket.fromfd(sock.fileno(), sock.family, sock.type)
                if self._is_cut:
                    self._shut()

    def _shut(self) -> None:
        with suppress(OSError):
            if self._cord:
                self._cord.shutdown(socket.SHUT_RDWR)


def _outgoing(where: httpx.URL, headers: Mapping[str, str]) -> dict[str, str]:
    login = base64.b64encode(f"{where.username}:{where.password}".encode()).decode("ascii")
    return {
        "user-agent": f"watcher/{__version__}",
        "accept-encoding": "identity",
        "connection": "close",
        "content-type": "application/json; charset=utf-8",
        **({"authorization": f"Basic {login}"} if where.username else {}),
        **headers,
    }


def _refusal(name: str, exchange: _Exchange, where: httpx.URL) -> DeliveryError:
    status = exchange.status
    text = f"{name} answered {status} {_phrase(status)}".rstrip() + _words(exchange, where)
    is_setup = status in _SETUP or status < 400
    if is_setup or status in _PASSING or status >= 500:
        return Deferred(text, target_down=is_setup or status in _DOWN, hint=AFTER_FIXING if is_setup else "")
    return Rejected(text, hint=AFTER_FIXING)


def _words(exchange: _Exchange, where: httpx.URL) -> str:
    """What the answer says for people, and when it asks us to come again (Retry-After, RFC 9110 §10.2.3)."""
    said = line(exchange.said.decode("utf-8", "replace"))
    for secret in {where.raw_path.decode("ascii"), where.path} - {"/"}:  # many a 404 repeats what was asked for
        said = said.replace(secret, "…")
    words = f": {shorten(said, 200)}" if said and not said.startswith("<") else ""  # a page says what the status says
    again = line(exchange.headers.get("retry-after", ""))
    to = _origin(exchange.headers.get("location", "")) if exchange.status < 400 else ""
    lead = f", a redirect to {to}, which is not followed" if to else ""
    return f"{lead}{words}" + (f" (Retry-After: {shorten(again, 60)})" if again else "")


def _origin(location: str) -> str:
    """Where a redirect leads, without the path: that may repeat the secret in ours."""
    with suppress(httpx.InvalidURL, ValueError):
        to = httpx.URL(location)
        scheme = f"{to.scheme}:" if to.scheme else ""
        return f"{scheme}//{to.netloc.decode('ascii')}" if to.host else "another path"
    return "elsewhere"


def _unsent(name: str, error: Exception) -> Deferred:
    if isinstance(error, (httpx.LocalProtocolError, UnicodeEncodeError, httpx.InvalidURL)):
        # Its own words show the header or the address, which may be secrets.
        return Deferred(f"{name} was not asked: a header or the address cannot be sent", target_down=True)
    cause = _cause(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        words = f"its certificate is not trusted: {line(cause.verify_message).rstrip('.')}"
        return Deferred(f"no answer from {name}: {words}", target_down=True, hint=AFTER_FIXING)
    words = shorten(line(str(getattr(cause, "strerror", None) or cause or type(cause).__name__)), 120).rstrip(".")
    return Deferred(f"no answer from {name}: {words[:1].lower()}{words[1:]}", target_down=True)


def _cause(error: BaseException) -> BaseException:
    # httpcore's pool raises "from None": the context is still there.
    while inner := error.__cause__ or error.__context__:
        error = inner
    return error


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
