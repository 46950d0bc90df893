"""One request at a time for each host, a gap between two, Retry-After and limits of requests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from time import monotonic

import pytest

from tests.manners.world import DAY, NOW, World
from tests.rawserver import Asked, RawServer, redirect, reply
from watcher.errors import BadStatus, Blocked, FetchError, Refused
from watcher.fetch import Fetcher, Holds
from watcher.fetch.politeness import Turns
from watcher.fetch.timer import Timer
from watcher.model import Request, Response

PAGE = b"<!doctype html><title>Press releases</title><p>One release."


def ask(fetcher: Fetcher, url: str) -> Response:
    return fetcher.get(Request(url=url, trusted=True))


def together(*works: Callable[[], object]) -> None:
    """Does them all in threads of their own, and raises what one of them raised."""
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(work) for work in works]:
            done.result()


# Turns


def started() -> Timer:
    """A timer with a minute left."""
    timer = Timer()
    timer.start(60)
    return timer


def test_turns_of_a_host_do_not_overlap_and_lie_a_gap_apart() -> None:
    turns, times = Turns(0.03), []

    def work() -> None:
        with turns.turn("site.example", started()):
            times.append(monotonic())
            threading.Event().wait(0.005)
            times.append(monotonic())

    together(*[work] * 6)

    assert times == sorted(times)
    gaps = [after - before for before, after in zip(times[1:-1:2], times[2::2], strict=True)]
    assert len(gaps) == 5
    assert min(gaps) >= 0.03


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost:80", "[::1]:443", "a.localhost"])
def test_loopback_has_no_gap(host: str) -> None:
    turns = Turns(3600)

    for _ in range(3):
        timer = started()
        with turns.turn(host, timer):
            assert timer.left() <= 60


def test_the_time_of_a_request_stands_still_while_it_waits_for_its_turn() -> None:
    turns, timer = Turns(0.05), Timer()
    with turns.turn("site.example", started()):
        pass

    timer.start(0.01)
    with turns.turn("site.example", timer):
        timer.left()  # TimeoutError, were it not so


def test_who_waits_for_a_turn_or_for_a_server_is_idle() -> None:
    turns, first, second = Turns(0.2), started(), started()
    with turns.turn("site.example", first):
        working = first.idle

    waiting = threading.Thread(target=lambda: turns.turn("site.example", second).__enter__())
    waiting.start()
    while not second.idle:
        threading.Event().wait(0.001)
    waiting.join()

    assert (working, second.idle) == (False, False)


def test_the_turn_of_one_host_keeps_no_other_waiting() -> None:
    turns = Turns(3600)

    timer = started()
    with turns.turn("one.example", started()), turns.turn("two.example", timer):
        assert timer.left() <= 60


def test_a_failure_inside_a_turn_frees_it() -> None:
    turns = Turns(0)

    with pytest.raises(ZeroDivisionError), turns.turn("site.example", started()):
        raise ZeroDivisionError

    with turns.turn("site.example", started()):
        pass


def test_closing_wakes_those_who_wait_out_a_gap() -> None:
    turns, asked, refused = Turns(3600), threading.Event(), []
    with turns.turn("site.example", started()):
        pass

    def work() -> None:
        asked.set()
        with pytest.raises(Refused) as caught, turns.turn("site.example", started()):
            pass
        refused.append(caught.value)

    thread = threading.Thread(target=work)
    thread.start()
    asked.wait()
    turns.close()
    thread.join()

    assert str(refused[0]) == "site.example was not asked: Watcher is stopping"


# Turns of requests


def test_threads_ask_a_host_one_at_a_time(fetcher: Fetcher) -> None:
    inside: list[str] = []
    most: list[int] = []

    def slow(asked: Asked) -> bytes:
        inside.append(asked.path)
        most.append(len(inside))
        asked.server.closing.wait(0.01)
        inside.remove(asked.path)
        return reply(PAGE)

    with RawServer({f"/{n}": slow for n in range(8)}) as server:
        together(*[lambda n=n: ask(fetcher, server.url(f"/{n}")) for n in range(8)])

    assert most == [1] * 8


def test_different_hosts_are_asked_at_once(fetcher: Fetcher) -> None:
    both = threading.Barrier(2, timeout=10)

    def meet(_: Asked) -> bytes:
        both.wait()
        return reply(PAGE)

    with RawServer({"/": meet}) as one, RawServer({"/": meet}) as two:
        together(lambda: ask(fetcher, one.url()), lambda: ask(fetcher, two.url()))

    assert not both.broken


def test_each_hop_takes_the_turn_of_its_own_host(fetcher: Fetcher) -> None:
    arrived, go, redirected = threading.Event(), threading.Event(), threading.Event()

    def slow(_: Asked) -> bytes:
        arrived.set()
        go.wait()
        return reply(PAGE)

    def there(_: Asked) -> bytes:
        redirected.set()
        return redirect(busy.url("/end"))

    with (
        RawServer({"/slow": slow, "/end": reply(PAGE)}) as busy,
        RawServer({"/": there, "/other": reply(PAGE)}) as server,
        ThreadPoolExecutor(2) as pool,
    ):
        first = pool.submit(ask, fetcher, busy.url("/slow"))
        arrived.wait()
        second = pool.submit(ask, fetcher, server.url())
        redirected.wait()
        ask(fetcher, server.url("/other"))  # the first hop's turn is over
        asked_meanwhile = busy.paths.copy()
        go.set()
        first.result()
        second.result()

    assert asked_meanwhile == ["/slow"]
    assert busy.paths == ["/slow", "/end"]


@pytest.mark.usefixtures("far_away")
def test_waiting_for_a_turn_does_not_count_against_the_deadline(world: World) -> None:
    with RawServer({"/": reply(PAGE)}) as server, world.fetcher(gap=0.4, deadline=0.3) as fetcher:
        ask(fetcher, server.url())
        response = ask(fetcher, server.url())

    assert response.body == PAGE


@pytest.mark.usefixtures("far_away")
def test_the_gap_is_kept_between_requests_and_between_hops(world: World) -> None:
    times: list[float] = []

    def note(_: Asked) -> bytes:
        times.append(monotonic())
        return redirect("/end") if len(times) == 1 else reply(PAGE)

    with RawServer({"/": note, "/end": note}) as server, world.fetcher(gap=0.05) as fetcher:
        ask(fetcher, server.url())
        ask(fetcher, server.url())

    assert len(times) == 3
    assert min(after - before for before, after in pairwise(times)) >= 0.05


# Retry-After


@pytest.mark.parametrize("status", [403, 429, 503])
@pytest.mark.parametrize(
    ("value", "until"),
    [
        ("120", NOW + timedelta(minutes=2)),
        ("0", NOW),
        ("Sun, 22 Nov 2026 13:00:00 GMT", NOW + timedelta(hours=1)),
        ("Sunday, 22-Nov-26 13:00:00 GMT", NOW + timedelta(hours=1)),
        ("Sun, 22 Nov 2026 15:00:00 +0200", NOW + timedelta(hours=1)),
        ("Sun, 22 Nov 2026 13:00:00 -0000", NOW + timedelta(hours=1)),
        ("Sat, 21 Nov 2026 13:00:00 GMT", NOW),
        ("Tue, 22 Nov 2050 13:00:00 GMT", NOW + DAY),
        ("Fri, 31 Dec 9999 23:59:59 -2300", NOW + DAY),
        ("999999999999999999999999999", NOW + DAY),
        ("1" * 5000, NOW + DAY),
    ],
)
def test_a_host_that_asks_us_to_wait_is_left_alone_until_then(
    fetcher: Fetcher, world: World, status: int, value: str, until: datetime
) -> None:
    with RawServer({"/": reply(PAGE, status=status, retry_after=value)}) as server, pytest.raises(BadStatus) as caught:
        ask(fetcher, server.url())

    assert caught.value.retry_at == until
    assert world.holds == {server.host: until}


@pytest.mark.parametrize(
    "value",
    ["soon", "-5", "1.5", "", "²", "Sun, 22 Nov 2026", "Mon, 1 Jan 99999999999999999999 00:00:00 GMT", "1e3", ":"],
)
def test_a_retry_after_that_says_nothing_is_ignored(fetcher: Fetcher, world: World, value: str) -> None:
    script = reply(PAGE, status=503, retry_after=value.encode().decode("latin-1"))

    with RawServer({"/": script}) as server, pytest.raises(BadStatus) as caught:
        ask(fetcher, server.url())

    assert caught.value.retry_at is None
    assert world.holds == {}


@pytest.mark.parametrize("status", [301, 401, 404, 500])
def test_only_403_429_and_503_can_ask_us_to_wait(fetcher: Fetcher, world: World, status: int) -> None:
    with RawServer({"/": reply(PAGE, status=status, retry_after="60")}) as server, pytest.raises(FetchError) as caught:
        ask(fetcher, server.url())

    assert caught.value.retry_at is None
    assert world.holds == {}


# Limits of requests

THEN = NOW + timedelta(minutes=20)
EPOCH = str(int(THEN.timestamp()))


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    ("headers", "until"),
    [
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": EPOCH}, THEN),
        ({"ratelimit_remaining": "0", "ratelimit_reset": EPOCH}, THEN),
        ({"ratelimit_remaining": "0", "ratelimit_reset": "1200"}, THEN),
        ({"ratelimit": '"burst";r=0;t=60, "hourly";r=0;t=1200, "daily";r=7;t=9000'}, THEN),
        ({"ratelimit": '"default"; t=1200; r=0'}, THEN),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "1500000000"}, NOW),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "9" * 400}, NOW + DAY),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "1", "retry_after": "1200"}, THEN),
        ({"x_ratelimit_remaining": "9", "x_ratelimit_reset": "1", "retry_after": "1200"}, THEN),
    ],
)
def test_a_limit_that_is_used_up_is_waited_out(
    fetcher: Fetcher, world: World, status: int, headers: dict[str, str], until: datetime
) -> None:
    script = reply(b"{}", status=status, content_type="application/json", **headers)

    with RawServer({"/": script}) as server, pytest.raises(BadStatus) as caught:
        ask(fetcher, server.url())

    assert caught.value.status == status
    assert caught.value.retry_at == until
    assert '"token"' in caught.value.hint
    assert world.holds == {server.host: until}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x_ratelimit_remaining": "9", "x_ratelimit_reset": EPOCH},
        {"x_ratelimit_remaining": "0"},
        {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "soon"},
        {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "-1"},
        {"x_ratelimit_reset": EPOCH},
        {"ratelimit": '"default";r=5;t=60'},
        {"ratelimit": '"default";r=0'},
    ],
)
def test_a_403_without_a_limit_that_is_used_up_is_a_plain_403(
    fetcher: Fetcher, world: World, headers: dict[str, str]
) -> None:
    with RawServer({"/": reply(PAGE, status=403, **headers)}) as server, pytest.raises(BadStatus) as caught:
        ask(fetcher, server.url())

    assert caught.value.retry_at is None
    assert "user agent" in caught.value.hint
    assert world.holds == {}


@pytest.mark.parametrize("status", [200, 404, 503])
def test_a_limit_counts_only_where_it_is_why_we_are_refused(fetcher: Fetcher, world: World, status: int) -> None:
    script = reply(PAGE, status=status, x_ratelimit_remaining="0", x_ratelimit_reset=EPOCH)

    with RawServer({"/": script}) as server:
        if status == 200:
            ask(fetcher, server.url())
        else:
            with pytest.raises(BadStatus):
                ask(fetcher, server.url())

    assert world.holds == {}


# Hosts that asked us to wait


def test_a_host_that_asked_us_to_wait_is_not_even_connected_to(fetcher: Fetcher, world: World) -> None:
    with RawServer({"/": reply(PAGE)}) as server:
        world.holds[server.host] = NOW + timedelta(minutes=5)
        with pytest.raises(Refused) as caught:
            ask(fetcher, server.url())

    assert caught.value.retry_at == NOW + timedelta(minutes=5)
    assert str(caught.value) == f"{server.host} asked us to wait until 2026-11-22T12:05:00Z"
    assert '"token"' in caught.value.hint
    assert server.connections == 0


def test_a_host_is_asked_again_when_its_time_has_come(fetcher: Fetcher, world: World) -> None:
    with RawServer({"/": reply(PAGE)}) as server:
        world.holds[server.host] = NOW + timedelta(minutes=5)
        world.now += timedelta(minutes=5)
        response = ask(fetcher, server.url())

    assert response.body == PAGE


def test_a_wait_beyond_any_that_is_granted_is_of_another_clock(fetcher: Fetcher, world: World) -> None:
    with RawServer({"/": reply(PAGE)}) as server:
        world.holds[server.host] = NOW + DAY + timedelta(seconds=1)
        response = ask(fetcher, server.url())

    assert response.body == PAGE


def test_a_redirect_to_a_host_that_asked_us_to_wait_is_refused(fetcher: Fetcher, world: World) -> None:
    with RawServer({"/": reply(PAGE)}) as other, RawServer({"/": redirect(other.url())}) as server:
        world.holds[other.host] = NOW + timedelta(minutes=5)
        with pytest.raises(Refused, match=f"{other.host} asked us to wait"):
            ask(fetcher, server.url())

    assert other.connections == 0


def test_those_who_wait_for_their_turn_heed_what_the_one_before_was_told(fetcher: Fetcher) -> None:
    failures: list[str] = []

    def busy(asked: Asked) -> bytes:
        asked.server.closing.wait(0.05)
        return reply(PAGE, status=429, retry_after="60")

    def look() -> None:
        with pytest.raises(FetchError) as caught:
            ask(fetcher, server.url())
        failures.append(type(caught.value).__name__)

    with RawServer({"/": busy}) as server:
        together(*[look] * 4)

    assert sorted(failures) == ["BadStatus", "Refused", "Refused", "Refused"]
    assert len(server.asked) == 1


def test_what_hosts_ask_for_is_kept() -> None:
    kept: dict[str, datetime] = {}
    holds = Holds({"one.example": NOW}, keep=kept.__setitem__)

    holds.hold("two.example", NOW + DAY)

    assert (holds.not_before("one.example"), holds.not_before("two.example")) == (NOW, NOW + DAY)
    assert kept == {"two.example": NOW + DAY}


def test_a_wait_is_remembered_without_a_store() -> None:
    with (
        RawServer({"/": reply(PAGE, status=503, retry_after="60")}) as server,
        Fetcher(user_agent="watcher-test", clock=lambda: NOW) as fetcher,
    ):
        with pytest.raises(BadStatus):
            ask(fetcher, server.url())
        with pytest.raises(Refused, match="asked us to wait"):
            ask(fetcher, server.url())

    assert len(server.asked) == 1


def test_a_bot_check_that_asks_us_to_wait_is_heeded(fetcher: Fetcher, world: World) -> None:
    page = b"<title>Just a moment...</title><p>Verifying you are human."

    with (
        RawServer({"/": reply(page, status=429, retry_after="60")}) as server,
        pytest.raises(Blocked, match="429, but") as caught,
    ):
        ask(fetcher, server.url())

    assert caught.value.retry_at == NOW + timedelta(minutes=1)
    assert world.holds == {server.host: NOW + timedelta(minutes=1)}
