"""Pages in the system's Chromium: what their scripts make of them, what they may reach, and how they are ended."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.rawserver import Asked, RawServer, Script, redirect, reply
from watcher.errors import (
    BadStatus,
    Blocked,
    Deadline,
    Disallowed,
    FetchError,
    NothingFound,
    Refused,
    TooLarge,
    Truncated,
)
from watcher.fetch import Fetcher, Limits, guard
from watcher.fetch.browser import installed
from watcher.model import Request, Response

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

needs_browser = pytest.mark.skipif(not installed.available(), reason="no Playwright, or no Chromium, is installed")


def page(script: str, before: str = "") -> bytes:
    return reply(f"<!doctype html><title>News</title>{before}<p>seen:<script>{script}</script>".encode())


def new_fetcher(**limits: Any) -> Fetcher:
    return Fetcher(user_agent="watcher-test/1", clock=lambda: NOW, gap=0, limits=Limits(**limits))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """By this HOME, our Chromium is told from others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield Path(os.environ["HOME"])


@pytest.fixture(scope="module")
def fetcher(home: Path) -> Iterator[Fetcher]:
    with RawServer({"/": page("")}) as server, new_fetcher(body=1_000_000, page=30) as fetcher:
        try:
            ask(fetcher, server.url())
        except FetchError as error:
            pytest.skip(f"{error} ({error.hint})")
        yield fetcher


@pytest.fixture
def serve() -> Iterator[Callable[[dict[str, Script]], RawServer]]:
    servers: list[RawServer] = []

    def started(scripts: dict[str, Script], **more: Any) -> RawServer:
        servers.append(RawServer(scripts, **more).__enter__())
        return servers[-1]

    yield started
    for server in servers:
        server.__exit__()


Serve = Callable[..., RawServer]


def ask(fetcher: Fetcher, url: str, *, trusted: bool = True, **request: Any) -> Response:
    return fetcher.get(Request(url=url, browser=True, trusted=trusted, **request))


def said(response: Response) -> str:
    """What the script of a page has added to it."""
    return response.body.decode().rpartition("</script>")[2].partition("</p>")[2].partition("</body>")[0]


def processes(home: Path) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"HOME={home}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def wait_for_end(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            ended = os.pidfd_open(pid)
            select.select([ended], [], [])
            os.close(ended)


@needs_browser
def test_a_page_is_what_its_scripts_have_made_of_it(fetcher: Fetcher, serve: Serve) -> None:
    script = 'fetch("/items").then(r => r.json()).then(items => document.body.append(items.join("|")))'
    before = "<img src=/image.png><form name=documentElement></form>"
    server = serve({"/": page(script, before), "/items": reply('["one", "zwölf"]'.encode())})

    response = ask(fetcher, server.url("/#top"), etag='"stale"')

    assert said(response) == "one|zwölf"
    assert response.body.startswith(b"<!DOCTYPE html>\n<html><head><title>News</title>")
    assert (response.url, response.status, response.etag) == (server.url("/"), 200, "")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert server.paths == ["/", "/items"]
    assert "if-none-match" not in server.asked[0].headers


@needs_browser
def test_nothing_is_kept_from_one_look_to_the_next(fetcher: Fetcher, serve: Serve) -> None:
    script = """document.body.append(`${localStorage.seen} ${document.cookie}`);
        localStorage.seen = 1; document.cookie = "seen=1; max-age=9999" """
    body = page(script).partition(b"\r\n\r\n")[2]
    server = serve({"/": reply(body, cache_control="max-age=9999", set_cookie="by=server; max-age=9999")})

    looks = [said(ask(fetcher, server.url())) for _ in range(2)]

    assert looks == ["undefined by=server"] * 2
    assert ["cookie" in asked.headers for asked in server.asked] == [False, False]


@needs_browser
def test_headers_stay_on_their_origin_even_when_it_redirects(
    fetcher: Fetcher, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "is_public", lambda address: True)
    there = serve({"/landed": page(""), "/script.js": reply(b"1", content_type="text/javascript")})
    here = serve({"/": page("", f"<script src={there.url('/script.js')}></script><script src=/own.js></script>")})
    here.scripts["/away"] = redirect(there.url("/landed"))
    headers = {"X-Token": "secret", "Cookie": "session=secret"}

    for path in ("/", "/away"):
        ask(fetcher, here.url(path), headers=headers)

    assert {asked.path: "secret" in asked.headers.get("x-token", "") for asked in here.asked} == {
        "/": True,
        "/own.js": True,
        "/away": True,
    }
    assert {asked.headers["cookie"] for asked in here.asked} == {"session=secret"}
    assert sorted(there.paths) == ["/landed", "/script.js"]
    assert not any(b"secret" in asked.raw for asked in there.asked)
    assert here.asked[0].headers["user-agent"].endswith(" watcher-test/1")


@needs_browser
def test_the_watchs_own_user_agent_and_language_are_the_browsers(fetcher: Fetcher, serve: Serve) -> None:
    server = serve({"/": page('document.body.append(navigator.userAgent + "|" + navigator.language)')})

    response = ask(fetcher, server.url(), headers={"user-agent": "mine", "accept-language": "de-AT, de;q=0.5"})

    assert said(response) == "mine|de-AT"
    assert server.asked[0].headers["user-agent"] == "mine"


@needs_browser
def test_a_page_reaches_no_other_private_server(fetcher: Fetcher, serve: Serve) -> None:
    there = serve({"/": reply(b"private")})
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    script = f"""
      const tried = (what) => what.then(() => "reached", () => "refused");
      const socket_ = new Promise((good, bad) => {{
        const s = new WebSocket("ws://{there.host}/"); s.onopen = good; s.onerror = bad; }});
      const calls = new Promise((good) => {{
        const c = new RTCPeerConnection({{iceServers: [{{urls: "stun:127.0.0.1:{udp.getsockname()[1]}"}}]}});
        c.createDataChannel("x"); c.onicegatheringstatechange = () => c.iceGatheringState == "complete" && good();
        c.createOffer().then(o => c.setLocalDescription(o)); }});
      const named = fetch("http://localhost:{there.port}/", {{mode: "no-cors"}});
      Promise.all([tried(fetch("{there.url()}", {{mode: "no-cors"}})), tried(named), tried(socket_), calls])
        .then(found => {{ document.body.append(found.slice(0, 3)); document.body.id = "done" }})
    """
    here = serve({"/": page(script), "/away": redirect(there.url())})

    response = ask(fetcher, here.url(), wait_for="#done")
    with pytest.raises(Refused, match=r"^127\.0\.0\.1 is at a private address"):
        ask(fetcher, here.url("/away"))
    with pytest.raises(Refused, match="private address"):
        ask(fetcher, here.url(), trusted=False)

    assert said(response) == "refused,refused,refused"
    assert there.connections == 0
    udp.setblocking(False)
    with pytest.raises(BlockingIOError):
        udp.recv(1)
    udp.close()


@needs_browser
def test_popups_dialogs_service_workers_and_permissions_are_refused(fetcher: Fetcher, serve: Serve) -> None:
    script = """
      const popup = window.open("/popup");
      const told = [popup, confirm("?"), prompt("?")];
      navigator.serviceWorker.register("/worker.js");
      navigator.permissions.query({name: "geolocation"}).then(found => document.body.append([...told, found.state]))
    """
    server = serve({"/": page(script)})

    response = ask(fetcher, server.url())

    assert said(response) == ",false,,denied"
    assert server.paths == ["/"]


@needs_browser
def test_a_page_without_end_is_ended_and_others_go_on(serve: Serve, home: Path) -> None:
    server = serve({"/loop": page("while (true) {}"), "/good": page('document.body.append("good")')})

    with new_fetcher(page=6) as short, ThreadPoolExecutor(2) as pool:
        loop = pool.submit(ask, short, server.url("/loop"))
        good = pool.submit(ask, short, f"http://localhost:{server.port}/good")

        assert said(good.result()) == "good"
        with pytest.raises(Deadline, match="took longer than 6 s"):
            loop.result()


@needs_browser
@pytest.mark.parametrize("hoard", ["new Array(10000).fill(Math.random())", "new Uint8Array(5e7).fill(1)"])
def test_a_page_that_takes_all_memory_is_ended_and_the_next_is_read(fetcher: Fetcher, serve: Serve, hoard: str) -> None:
    script = f"const all = []; setInterval(() => {{ for (let i = 0; i < 50; i++) all.push({hoard}) }}, 1)"
    server = serve({"/": page(script), "/good": page('document.body.append("good")')})

    with pytest.raises(FetchError, match="took too much memory"):
        ask(fetcher, server.url(), wait_for="#never")

    assert said(ask(fetcher, server.url("/good"))) == "good"


@needs_browser
def test_a_page_is_tried_again_when_chromium_breaks(fetcher: Fetcher, serve: Serve, home: Path) -> None:
    def kill(asked: Asked) -> bytes:
        if len(asked.server.asked) == 1:
            for pid in processes(home):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        return page('document.body.append("good")')

    server = serve({"/": kill})

    assert said(ask(fetcher, server.url())) == "good"
    assert server.paths == ["/", "/"]


@needs_browser
def test_what_is_waited_for_is_there(fetcher: Fetcher, serve: Serve) -> None:
    late = 'fetch("/slow").then(() => { document.body.innerHTML = "<b class=item>late</b>" })'
    server = serve({"/": page(f"setTimeout(() => {{ {late} }}, 1500)"), "/slow": reply(b"1")})

    response = ask(fetcher, server.url(), wait_for="b.item")

    assert b'<b class="item">late</b>' in response.body


@needs_browser
def test_what_never_comes_is_said_and_a_bot_check_before_it(fetcher: Fetcher, serve: Serve) -> None:
    check = reply(b"<title>Just a moment...</title><h1>agency.example</h1><p>Checking your browser.", status=403)
    server = serve({"/": page(""), "/check": check})
    with new_fetcher(page=2) as short:
        with pytest.raises(NothingFound, match=r'matches wait_for = "b\.item"'):
            ask(short, server.url(), wait_for="b.item")
        with pytest.raises(Blocked):
            ask(short, server.url("/check"), wait_for="b.item")
        with pytest.raises(FetchError, match="no CSS selector"):
            ask(short, server.url(), wait_for="b:nonsense(")


@needs_browser
def test_answers_that_are_no_page_are_judged_as_ever(fetcher: Fetcher, serve: Serve) -> None:
    server = serve(
        {
            "/missing": reply(b"<h1>No such page</h1>", status=404),
            "/broken": reply(b"", status=500),
            "/cut": reply(b"<p>half a page", content_length="1000"),
            "/large": page('document.body.append("x".repeat(2_000_000))'),
            "/nowhere": page('location = "about:blank"'),
            "/file": redirect("file:///etc/hostname"),
        }
    )
    expected: dict[str, tuple[type[FetchError], str]] = {
        "/missing": (BadStatus, "404 Not Found"),
        "/broken": (BadStatus, "500"),
        "/cut": (Truncated, "ended early"),
        "/large": (TooLarge, "larger than 1 MiB after its scripts"),
        "/nowhere": (Refused, "about:blank"),
        "/file": (FetchError, "unsafe redirect"),
    }

    for path, (error, words) in expected.items():
        with pytest.raises(error, match=words):
            ask(fetcher, server.url(path))


@needs_browser
def test_a_host_that_asks_to_wait_is_left_alone(serve: Serve, fetcher: Fetcher) -> None:
    server = serve({"/": reply(b"<h1>Later</h1>", status=503, retry_after="600")})

    with pytest.raises(BadStatus) as raised:
        ask(fetcher, server.url())
    with pytest.raises(Refused, match="asked us to wait"):
        ask(fetcher, server.url())

    assert raised.value.retry_at == NOW + timedelta(minutes=10)
    assert server.paths == ["/"]


@needs_browser
def test_robots_txt_is_heeded_where_a_script_leads_to(fetcher: Fetcher, serve: Serve) -> None:
    server = serve(
        {
            "/": page("location = '/private'"),
            "/private": page(""),
            "/robots.txt": reply(b"User-agent: *\nDisallow: /private\n"),
        }
    )

    with pytest.raises(Disallowed, match="asks programs not to read /private"):
        ask(fetcher, server.url(), robots="obey")
    response = ask(fetcher, server.url(), robots="warn")

    assert (response.url, response.disallowed, response.moved_to) == (server.url("/private"), True, "")


@needs_browser
def test_what_is_no_html_is_given_as_it_was_sent(fetcher: Fetcher, serve: Serve) -> None:
    feed = reply(b"<rss version='2.0'/>", content_type="application/rss+xml", etag='"1"')
    named = reply(b"<p>a file", content_disposition="attachment; filename=page.html")
    server = serve({"/feed": feed, "/file": named})

    response = ask(fetcher, server.url("/feed"))

    assert (response.body, response.etag) == (b"<rss version='2.0'/>", '"1"')
    assert ask(fetcher, server.url("/file")).body == b"<p>a file"


@needs_browser
def test_closing_ends_the_pages_and_every_process(serve: Serve, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home / "other"))
    fetcher = new_fetcher()
    seen: list[list[int]] = []

    def close(asked: Asked) -> bytes:
        seen.append(processes(home / "other"))
        fetcher.close()
        return page("")

    server = serve({"/": close})

    with pytest.raises(Refused, match="Watcher is stopping"):
        ask(fetcher, server.url())
    with pytest.raises(Refused, match="Watcher is stopping"):
        ask(fetcher, server.url())

    assert seen[0]
    wait_for_end(seen[0])
    assert not processes(home / "other")


PROGRAM = """
import sys
from datetime import UTC, datetime
from watcher.fetch import Fetcher
from watcher.model import Request

Fetcher(user_agent="x", clock=lambda: datetime.now(UTC)).get(Request(url=sys.argv[1], browser=True, trusted=True))
"""


@needs_browser
def test_no_process_survives_when_watcher_is_killed(serve: Serve, home: Path) -> None:
    server = serve({"/": page('fetch("/up").then(() => { while (true) {} })')})
    environment = os.environ | {"HOME": str(home / "killed")}
    seen: list[int] = []

    def kill(asked: Asked) -> bytes:
        seen.extend(set(processes(home / "killed")) - {program.pid})
        program.kill()
        return reply(b"1")

    server.scripts["/up"] = kill
    program = subprocess.Popen([sys.executable, "-c", PROGRAM, server.url()], env=environment)

    program.wait()

    assert len(seen) > 2
    wait_for_end(seen)


def test_a_chromium_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("playwright")
    monkeypatch.setenv("PATH", str(tmp_path))

    with new_fetcher() as fetcher, pytest.raises(FetchError, match=f"no Chromium found.*{tmp_path}") as raised:
        ask(fetcher, "http://127.0.0.1:9/")

    assert "apt-get install chromium" in raised.value.hint


def test_an_extra_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "watcher.fetch.browser.start", raising=False)
    monkeypatch.delitem(sys.modules, "watcher.fetch.browser.chromium", raising=False)
    monkeypatch.setitem(sys.modules, "playwright.async_api", None)

    with new_fetcher() as fetcher, pytest.raises(FetchError, match="Playwright") as raised:
        ask(fetcher, "http://127.0.0.1:9/")

    assert 'pip install "watcher[browser]"' in raised.value.hint
