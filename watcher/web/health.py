"""What those ask who watch the watcher: `/healthz`, `/readyz`, `/metrics`. They answer while all else is busy."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import TypeVar

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from watcher.app import App
from watcher.errors import WatcherError
from watcher.metrics import Metrics, State, state

T = TypeVar("T")

#: Seconds without a look at what is due after which the work is said to have stopped. A tick may wait half of that for
#: a database which another process holds.
STALLED = 60.0

#: Seconds that the state is waited for.
PATIENCE = 3.0

_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def health_routes(app: App, metrics: Metrics, tick_age: Callable[[], float]) -> list[Route]:
    """`/healthz`: 200 while the work loop ticks. `/readyz`: 200 while the state can be read and a configuration is in
    force. `/metrics`: for Prometheus; private watches are named only where the request came by a loopback address.
    `tick_age` says how many seconds ago the work loop last looked at what is due."""
    # Threads of their own: what waits for the database there keeps no feed from its reader.
    limiter = anyio.CapacityLimiter(2)

    async def healthz(request: Request) -> Response:
        if (age := tick_age()) > STALLED:
            return PlainTextResponse(f"the work loop has not ticked for {age:.0f} s\n", 503, _FRESH)
        return PlainTextResponse("ok", headers=_FRESH)

    async def readyz(request: Request) -> Response:
        watches = await _soon(lambda: _readable(app), limiter)
        said: dict[str, object] = {
            "ready": watches is not None,
            "watches": watches,
            "tick_age_seconds": round(tick_age(), 3),
        }
        said |= {} if said["ready"] else {"error": "the state cannot be read"}
        return JSONResponse(said, 200 if said["ready"] else 503, _FRESH)

    async def scraped(request: Request) -> Response:
        names = _by_loopback(request)
        whole = await _soon(lambda: metrics.page(_state(app), tick_age(), names=names), limiter)
        page = metrics.page(None, tick_age(), names=names) if whole is None else whole
        return Response(page, headers=_FRESH | {"Content-Type": _TYPE})

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", scraped)]


async def _soon(work: Callable[[], T], limiter: anyio.CapacityLimiter) -> T | None:
    """What work in a thread leads to; None where it fails, or takes too long: it is not waited for then."""
    with anyio.move_on_after(PATIENCE):
        try:
            return await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=limiter)
        except WatcherError:
            return None
    return None


def _readable(app: App) -> int:
    app.store.queue(app.clock())
    return len(app.config.watches)


def _state(app: App) -> State:
    return state(app.config.watches, app.store, app.clock())


def _by_loopback(request: Request) -> bool:
    """Whether it was one of this machine's own addresses that was asked: from elsewhere none can be."""
    host, _ = request.scope.get("server") or ("", None)
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback
