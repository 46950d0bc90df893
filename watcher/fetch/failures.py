"""What httpx, ssl, idna and the system raise, as one sentence that names the host."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from watcher.errors import Deadline, Refused, Unreachable
from watcher.fetch.timer import Timer
from watcher.text import line, shorten

_IN_BROWSER = "look at the address in a browser: it may be wrong, or the server down for a while"
_SLOW = "it may be busy, or keep programs waiting; look at the address in a browser"


@contextmanager
def explained(name: str, deadline: float, timer: Timer) -> Iterator[None]:
    """Turns whatever the request to the host `name` raises into a FetchError."""
    try:
        yield
    except (TimeoutError, httpx.TimeoutException) as exc:
        if isinstance(exc, httpx.ConnectTimeout) and not timer.spent:
            raise Unreachable(f"no connection to {name}: it does not answer", hint=_IN_BROWSER) from exc
        raise Deadline(f"{name} took longer than {deadline:g} s", hint=_SLOW) from exc
    except httpx.ConnectError as exc:
        raise Unreachable(_unconnected(name, exc), hint=_hint(_cause(exc))) from exc
    except httpx.LocalProtocolError as exc:
        # Its own words show the header, which may be a secret.
        raise Refused(f'a header for {name} cannot be sent: look at "headers"') from exc
    # Not every failure is an httpx.HTTPError: UnicodeError, idna and the socket module raise their own.
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as exc:
        raise Unreachable(f"no answer from {name}: {_words(_cause(exc))}") from exc


def _unconnected(name: str, exc: httpx.ConnectError) -> str:
    cause = _cause(exc)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"{name} does not prove who it is: {_words(cause)}"
    if isinstance(cause, ssl.SSLError):
        return f"no safe connection to {name}: {_words(cause)}"
    return f"no connection to {name}: {_words(cause)}"


def _hint(cause: BaseException) -> str:
    if isinstance(cause, ConnectionRefusedError):
        return "nothing listens there now: is the address right, with its port, and the server up?"
    return _IN_BROWSER


def _cause(exc: BaseException) -> BaseException:
    # httpcore's pool raises "from None": the context is still there.
    while inner := exc.__cause__ or exc.__context__:
        exc = inner
    return exc


def _words(exc: BaseException) -> str:
    if isinstance(exc, ssl.SSLCertVerificationError):
        words = str(exc.verify_message)
    elif isinstance(exc, ssl.SSLError) and exc.reason:
        words = str(exc.reason).replace("_", " ").lower()
    else:
        words = str(getattr(exc, "strerror", None) or exc or type(exc).__name__)
    words = shorten(line(words), 120).rstrip(".")
    return words[:1].lower() + words[1:]
