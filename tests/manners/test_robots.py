"""robots.txt, as RFC 9309 has it, over real HTTP."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from threading import Event
from time import monotonic
from typing import Any

import pytest

from tests.manners.world import DAY, NOW, World
from tests.rawserver import Asked, RawServer, Script, hang, redirect, reply
from watcher.errors import Disallowed, FetchError, Refused
from watcher.fetch import Fetcher
from watcher.fetch.robots import LIMIT, Robots, decoded, parsed
from watcher.model import Request

HOUR = timedelta(hours=1)
PAGE = reply(b"<!doctype html><title>Press releases</title><p>One release.")
NOBODY = "User-agent: *\nDisallow: /\n"


def led(url: str) -> Request:
    """An address that a page led to, on the operator's own host: another on loopback is not to be had."""
    return Request(url=url, trusted=True)


def own(url: str, **more: Any) -> Request:
    return Request(url=url, trusted=True, own=True, **more)


def site(robots: Script | str, *paths: str, **more: Any) -> RawServer:
    script = reply(robots.encode(), content_type="text/plain") if isinstance(robots, str) else robots
    return RawServer({"/robots.txt": script, **dict.fromkeys(paths or ("/page",), PAGE)}, **more)


def is_asked(fetcher: Fetcher, request: Request) -> bool:
    try:
        fetcher.get(request)
    except Disallowed:
        return False
    return True


# What a file says


def packed(text: str) -> bytes:
    return reply(gzip.compress(text.encode(), mtime=0), content_type="text/plain", content_encoding="gzip")


def noise(size: int) -> str:
    return "".join(f"# {line}\n" for line in random.Random(1).randbytes(size).hex("\n", 40).split())


def filled(text: str, size: int, last: str = "") -> str:
    line = "# " + "x" * 97 + "\n"
    return text + line * ((size - len(text)) // 100) + last


@pytest.mark.usefixtures("far_away")
@pytest.mark.parametrize(
    ("robots", "path", "allowed"),
    [
        pytest.param("User-agent: *\nAllow: /p\nDisallow: /\n", "/page", True, id="the longest match wins"),
        pytest.param("User-agent: *\nAllow: /page\nDisallow: /*.htm\n", "/page.htm", False, id="a wildcard is long"),
        pytest.param("User-agent: *\nDisallow: /page\nAllow: /page\n", "/page", True, id="of two alike, allow"),
        pytest.param("User-agent: *\nDisallow: /a/*/c\n", "/a/b/x/c?d", False, id="a star is anything"),
        pytest.param("User-agent: *\nDisallow: /*.php$\n", "/a.php", False, id="a dollar is the end"),
        pytest.param("User-agent: *\nDisallow: /*.php$\n", "/a.php?x=1", True, id="and the end only"),
        pytest.param("User-agent: *\nDisallow: /a?b=\n", "/a?b=2", False, id="a query counts"),
        pytest.param("User-agent: *\nDisallow: /Page\n", "/page", True, id="paths have capitals"),
        pytest.param("user-AGENT: WatCHer\nDISALLOW: /\n", "/page", False, id="agents and keys have none"),
        pytest.param("User-agent: watcher/1.0\nDisallow: /\n", "/page", False, id="a version is no part of a token"),
        pytest.param(f"User-agent: watch\nAllow: /\n\n{NOBODY}", "/page", False, id="watch is another"),
        pytest.param(f"User-agent: watcherbot\nAllow: /\n\n{NOBODY}", "/page", False, id="watcherbot is another"),
        pytest.param(f"{NOBODY}\nUser-agent: watcher\nDisallow: /x\n", "/page", True, id="our group instead of all"),
        pytest.param(
            "User-agent: watcher\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nUser-agent: Watcher\nDisallow: /b\n",
            "/a",
            False,
            id="two groups of ours are one",
        ),
        pytest.param("User-agent: one\nUser-agent: watcher\nDisallow: /\n", "/page", False, id="a group of several"),
        pytest.param("User-agent: *\nDisallow: /caf\u00e9\n", "/caf%C3%A9", False, id="a path that is not encoded"),
        pytest.param("User-agent: *\nDisallow: /%7ejoe\n", "/~joe", False, id="a path encoded without need"),
        pytest.param("User-agent: *\nDisallow: /a%2Fb\n", "/a/b", True, id="an encoded slash is no slash"),
        pytest.param("\ufeffUser-agent: *\nDisallow: /\n", "/page", False, id="a byte order mark is nothing"),
        pytest.param("User-agent: *\r\nDisallow: / # all\r\n", "/page", False, id="line ends and comments"),
        pytest.param("User-agent: *\nDisallow:\n", "/page", True, id="nothing is disallowed"),
        pytest.param("<!doctype html><p>Disallow: / it says", "/page", True, id="a page in its place"),
        pytest.param("", "/page", True, id="an empty file"),
        pytest.param(filled(NOBODY, 5 * 2**20), "/page", False, id="5 MB, the beginning counts"),
        pytest.param(filled("", 5 * 2**20, NOBODY), "/page", True, id="5 MB, the rest does not"),
        pytest.param(packed(filled(NOBODY, 5 * 2**20)), "/page", False, id="5 MB, packed"),
        pytest.param(packed(NOBODY + noise(2**20)), "/page", False, id="packed, and still too long"),
        pytest.param(reply(NOBODY.encode(), status=404), "/page", True, id="404 has no file"),
        pytest.param(reply(NOBODY.encode(), status=403), "/page", True, id="403 has no file"),
        pytest.param(reply(status=204), "/page", True, id="204 has no file"),
        pytest.param(redirect("/elsewhere"), "/page", False, id="a redirect is followed"),
        pytest.param(redirect("/robots.txt"), "/page", True, id="one that goes round has no file"),
        pytest.param(redirect("mailto:me@example.org"), "/page", True, id="one to no address has no file"),
    ],
)
def test_a_page_led_there_and_the_file_says(fetcher: Fetcher, robots: Script | str, path: str, allowed: bool) -> None:
    with site(robots, path) as server:
        server.scripts["/elsewhere"] = reply(NOBODY.encode())

        assert is_asked(fetcher, led(server.url(path))) is allowed

    assert (path in server.paths) is allowed


@pytest.mark.usefixtures("far_away")
@pytest.mark.parametrize(("hops", "allowed"), [(5, False), (6, True)])
def test_five_redirects_of_the_file_are_followed_and_after_more_there_is_none(
    fetcher: Fetcher, hops: int, allowed: bool
) -> None:
    with site(redirect("/1")) as server:
        server.scripts |= {f"/{n}": redirect(f"/{n + 1}") for n in range(1, hops)}
        server.scripts[f"/{hops}"] = reply(NOBODY.encode())

        assert is_asked(fetcher, led(server.url("/page"))) is allowed


@pytest.mark.usefixtures("far_away")
@pytest.mark.parametrize(
    "robots",
    [
        reply(status=500),
        reply(status=503),
        hang(),
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nUser",
        reply(gzip.compress(NOBODY.encode() * 99, mtime=0)[:50], content_encoding="gzip"),
        reply(gzip.compress(NOBODY.encode(), mtime=0)[:-1], content_encoding="gzip"),
    ],
)
def test_without_an_answer_nothing_is_asked_that_a_page_led_to_and_all_that_is_the_operators(
    world: World, robots: Script
) -> None:
    with site(robots) as server, world.fetcher(robots=0.2) as fetcher:
        with pytest.raises(Refused, match=r"whose robots\.txt cannot be read: ") as caught:
            fetcher.get(led(server.url("/page")))
        response = fetcher.get(own(server.url("/page")))

    assert not isinstance(caught.value, Disallowed)
    assert caught.value.retry_at == NOW + HOUR
    assert (response.status, response.disallowed) == (200, False)
    assert server.paths == ["/robots.txt", "/page"]


def test_of_a_file_that_is_cut_off_the_last_line_does_not_count() -> None:
    text = "User-agent: *\n" + "Disallow: /a\n" * (LIMIT // 13) + "Disallow: /abc"

    assert decoded(text.encode()).endswith("Disallow: /a")
    assert len(decoded(text.encode())) <= LIMIT


@pytest.mark.parametrize(
    ("said", "delay"), [("2.5", 2.5), ("0", 0), ("600", 60), ("1e9", 60), ("-5", 0), ("nan", 0), ("inf", 0), ("x", 0)]
)
def test_the_delay_that_a_host_may_ask_for(said: str, delay: float) -> None:
    assert parsed(f"User-agent: *\nCrawl-delay: {said}\n").delay == delay


# Whom it binds


def test_the_operators_own_address_is_asked_and_it_is_said_that_robots_txt_would_rather_not(
    fetcher: Fetcher, far_away: None
) -> None:
    with site(NOBODY) as server:
        response = fetcher.get(own(server.url("/page")))

    assert response.disallowed
    assert server.paths == ["/robots.txt", "/page"]


@pytest.mark.usefixtures("far_away")
@pytest.mark.parametrize(
    ("request_", "wish", "asked"),
    [
        (own, "obey", ["/robots.txt"]),
        (own, "warn", ["/robots.txt", "/page"]),
        (own, "ignore", ["/page"]),
        (led, "warn", ["/robots.txt", "/page"]),
        (led, "ignore", ["/page"]),
    ],
)
def test_what_the_operator_says_counts_for_all_addresses(
    fetcher: Fetcher, request_: Callable[[str], Request], wish: Any, asked: list[str]
) -> None:
    with site(NOBODY) as server:
        is_asked(fetcher, replace(request_(server.url("/page")), robots=wish))

    assert server.paths == asked


@pytest.mark.usefixtures("far_away")
def test_a_redirect_of_the_operators_address_to_another_host_is_where_a_page_led(fetcher: Fetcher) -> None:
    with site(NOBODY) as there, site("") as here:
        here.scripts["/page"] = redirect(there.url("/page"))
        here.scripts["/near"] = redirect("/end")
        here.scripts["/robots.txt"] = reply(b"User-agent: *\nDisallow: /end\n")
        here.scripts["/end"] = PAGE
        with pytest.raises(Disallowed) as caught:
            fetcher.get(own(here.url("/page")))
        near = fetcher.get(own(here.url("/near")))

    assert str(caught.value) == f"robots.txt of {there.host} asks programs not to read /page"
    assert there.paths == ["/robots.txt"]
    assert near.disallowed


def test_what_runs_on_this_machine_is_not_asked_for_its_robots_txt_unless_that_is_wanted(fetcher: Fetcher) -> None:
    with site(NOBODY) as server:
        fetcher.get(own(server.url("/page")))
        fetcher.get(led(server.url("/page")))
        before = server.paths.copy()
        assert not is_asked(fetcher, own(server.url("/page"), robots="obey"))

    assert before == ["/page", "/page"]


# The request for it


@pytest.mark.usefixtures("far_away")
def test_the_file_is_asked_for_without_credentials_and_under_our_name(fetcher: Fetcher) -> None:
    secret = {"authorization": "Bearer secret", "user-agent": "Another/1.0"}

    with site("") as server:
        url = server.url("/page").replace("//", "//me:password@")
        fetcher.get(own(url, headers=secret, etag='"x"'))

    robots, page = server.asked
    assert b"secret" not in robots.raw
    assert "authorization" not in robots.headers
    assert "if-none-match" not in robots.headers
    assert robots.headers["user-agent"] == "watcher/0.1.0 (+me@example.org)"
    assert page.headers["user-agent"] == "Another/1.0"


@pytest.mark.usefixtures("far_away")
def test_a_private_host_that_a_page_names_is_not_asked_for_its_robots_txt_either(fetcher: Fetcher) -> None:
    with site("") as server, pytest.raises(Refused, match="private address"):
        fetcher.get(Request(url=server.url("/page")))

    assert server.connections == 0


@pytest.mark.usefixtures("far_away")
def test_the_file_is_asked_for_in_its_hosts_turn_and_its_delay_lies_between_requests(world: World) -> None:
    times: list[float] = []

    def note(_: Asked) -> bytes:
        times.append(monotonic())
        return PAGE

    with site("User-agent: *\nCrawl-delay: 0.06\n") as server, world.fetcher(gap=0.02) as fetcher:
        server.scripts["/page"] = note
        for _ in range(4):
            fetcher.get(own(server.url("/page")))

    assert len(times) == 4
    assert min(after - before for before, after in pairwise(times)) >= 0.06


@pytest.mark.usefixtures("far_away")
def test_a_slow_file_takes_nothing_from_the_time_of_the_page(world: World) -> None:
    def slow(asked: Asked) -> bytes:
        asked.server.closing.wait(0.4)
        return PAGE if asked.path == "/page" else reply(b"")

    with site(slow) as server, world.fetcher(deadline=0.7, robots=5) as fetcher:
        server.scripts["/page"] = slow
        response = fetcher.get(own(server.url("/page")))

    assert response.status == 200


@pytest.mark.usefixtures("far_away")
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("seconds", "wait"), [(60, HOUR), (7200, 2 * HOUR)])
def test_a_time_to_wait_that_the_file_is_answered_with_is_for_the_file_alone(
    world: World, fetcher: Fetcher, status: int, seconds: int, wait: timedelta
) -> None:
    with site(reply(status=status, retry_after=str(seconds))) as server:
        assert fetcher.get(own(server.url("/page"))).status == 200
        world.now += wait - timedelta(seconds=1)
        with pytest.raises(Refused, match=f"cannot be read: {status}") as caught:
            fetcher.get(led(server.url("/page")))
        before = server.paths.copy()
        world.now += timedelta(seconds=1)
        fetcher.get(own(server.url("/page")))

    assert caught.value.retry_at == NOW + wait
    assert before == ["/robots.txt", "/page"]
    assert server.paths == [*before, "/robots.txt", "/page"]


@pytest.mark.usefixtures("far_away")
def test_a_host_that_asked_us_to_wait_is_not_asked_for_the_file(fetcher: Fetcher) -> None:
    with site("") as server:
        server.scripts["/busy"] = reply(status=503, retry_after="60")
        for path in ("/busy", "/page"):
            with pytest.raises(FetchError):
                fetcher.get(own(server.url(path)))

    assert server.paths == ["/robots.txt", "/busy"]


@pytest.mark.usefixtures("far_away")
@pytest.mark.parametrize("there", ["http://169.254.169.254/robots.txt", "http://[::1]:9/robots.txt"])
def test_a_file_that_leads_to_a_private_address_cannot_be_had(fetcher: Fetcher, there: str) -> None:
    with site(redirect(there)) as server:
        response = fetcher.get(own(server.url("/page")))
        with pytest.raises(Refused, match=r"robots\.txt cannot be read: .* is at a private address"):
            fetcher.get(led(server.url("/page")))

    assert (response.status, response.disallowed) == (200, False)
    assert server.paths == ["/robots.txt", "/page"]


@pytest.mark.usefixtures("far_away")
def test_a_file_that_leads_to_a_host_which_asked_us_to_wait_cannot_be_had(fetcher: Fetcher) -> None:
    with site("") as there, site(redirect(there.url("/robots.txt"))) as here:
        there.scripts["/page"] = reply(status=503, retry_after="60")
        with pytest.raises(FetchError):
            fetcher.get(own(there.url("/page")))

        assert fetcher.get(own(here.url("/page"))).status == 200


@pytest.mark.usefixtures("far_away")
def test_a_file_that_leads_elsewhere_while_we_stop_is_not_one_that_cannot_be_had(fetcher: Fetcher) -> None:
    def stop(_: Asked) -> bytes:
        fetcher._turns.close()
        return redirect("http://169.254.169.254/robots.txt")

    with site(stop) as server, pytest.raises(Refused, match="not asked: Watcher is stopping"):
        fetcher.get(led(server.url("/page")))


# How long it holds


@pytest.mark.usefixtures("far_away")
def test_many_at_once_ask_for_it_once(fetcher: Fetcher) -> None:
    with site("", *[f"/{n}" for n in range(8)]) as server, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: fetcher.get(own(server.url(f"/{n}"))), range(8)))

    assert server.paths.count("/robots.txt") == 1


def test_who_waited_while_another_asked_for_it_does_not_ask_again() -> None:
    robots, asked = Robots(lambda: datetime.now(UTC)), []

    def ask() -> str:
        asked.append(1)
        Event().wait(0.05)
        return ""

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: robots.of("https://site.example:443", ask), range(4)))

    assert len(asked) == 1


@pytest.mark.usefixtures("far_away")
def test_it_holds_for_a_day_over_restarts(world: World) -> None:
    with site(NOBODY) as server:
        for hours in (0, 12, 23.9, 24, 47.9):
            world.now = NOW + hours * HOUR
            with world.fetcher() as fetcher:
                assert not is_asked(fetcher, led(server.url("/page")))
                assert not is_asked(fetcher, led(server.url("/page")))

    assert server.paths == ["/robots.txt"] * 2
    assert world.loaded == 5


@pytest.mark.usefixtures("far_away")
def test_one_that_was_kept_before_the_clock_was_set_back_is_asked_for_again(world: World, fetcher: Fetcher) -> None:
    with site(NOBODY) as server:
        world.kept[f"http://{server.host}"] = "", NOW + HOUR

        assert not is_asked(fetcher, led(server.url("/page")))


@pytest.mark.usefixtures("far_away")
def test_what_it_said_before_holds_while_it_cannot_be_had_and_it_is_asked_for_each_hour(
    world: World, fetcher: Fetcher
) -> None:
    with site(NOBODY) as server:
        assert not is_asked(fetcher, led(server.url("/page")))
        server.scripts["/robots.txt"] = reply(status=500)
        world.now += DAY
        assert not is_asked(fetcher, led(server.url("/page")))
        assert not is_asked(fetcher, led(server.url("/page")))
        server.scripts["/robots.txt"] = reply(b"")
        world.now += HOUR
        assert is_asked(fetcher, led(server.url("/page")))

    assert server.paths == ["/robots.txt"] * 3 + ["/page"]


def test_memory_holds_some_files_and_the_state_the_others(world: World) -> None:
    robots = Robots(lambda: world.now, world)
    asked: list[str] = []

    def ask(origin: str) -> str:
        asked.append(origin)
        return filled(NOBODY, 300 * 1024)

    origins = [f"https://{n}.example" for n in range(6)]
    for origin in origins * 2:
        rules = robots.of(origin, partial(ask, origin)).rules
        assert rules
        assert not rules.allow(f"{origin}/page")

    assert asked == origins
    assert world.loaded > 6


def test_a_failure_of_its_own_leaves_nobody_waiting(world: World) -> None:
    robots = Robots(lambda: world.now, world)

    def refuse() -> str:
        raise Refused("Watcher is stopping")

    with pytest.raises(FetchError):
        robots.of("https://one.example", refuse)
    said = robots.of("https://one.example", lambda: "")

    assert said.rules
    assert said.until == NOW + DAY
