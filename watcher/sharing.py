"""One request for all who ask the same at about the same time."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from threading import Lock
from time import monotonic

from watcher.model import Get, Request, Response

#: Seconds for which an answer serves others, and how many answers are kept for that.
FRESH, MANY = 30.0, 64


@dataclass(slots=True, eq=False)
class _Line:
    """Those who ask the same thing, one after the other; and what the last of them who asked a server was told."""

    lock: Lock = field(default_factory=Lock)
    request: Request | None = None
    response: Response | None = None
    at: float = 0.0


class Sharing:
    """Asks by `get`, from any thread. A failure is nobody else's: who waited for it asks again."""

    def __init__(self, get: Get) -> None:
        self._get = get
        self._lines: dict[Hashable, _Line] = {}
        self._lock = Lock()

    def of_one(self, fresh: float = FRESH) -> Get:
        """`get` for one look: what another was told up to `fresh` seconds ago is an answer. A look that asks the same
        thing twice wants to know whether two answers agree, and gets one of its own."""
        mine: set[Hashable] = set()

        def get(request: Request) -> Response:
            if request.program:
                return self._get(request)
            key = _key(request)
            again = key in mine
            mine.add(key)
            return self._asked(key, request, 0.0 if again else min(fresh, FRESH))

        return get

    def _asked(self, key: Hashable, request: Request, fresh: float) -> Response:
        line = self._line(key)
        with line.lock:
            if line.request and line.response and monotonic() - line.at < fresh:
                same = (request.etag, request.last_modified) == (line.request.etag, line.request.last_modified)
                # A whole page answers whoever has another one; "not modified" only who has the same.
                if same or line.response.status != 304:
                    return line.response
            line.response = self._get(request)
            line.request, line.at = request, monotonic()
            return line.response

    def _line(self, key: Hashable) -> _Line:
        with self._lock:
            line = self._lines.pop(key, None) or _Line()
            old = monotonic() - FRESH
            stale = [each for each, other in self._lines.items() if other.at < old and not other.lock.locked()]
            for each in stale or list(self._lines)[: max(len(self._lines) - MANY + 1, 0)]:
                del self._lines[each]
            self._lines[key] = line
            return line


def _key(request: Request) -> Hashable:
    bare = replace(request, etag="", last_modified="", headers={})
    return repr(bare), tuple(sorted(request.headers.items()))
