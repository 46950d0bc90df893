"""One request and its answer, over real sockets: headers, validators, statuses, redirects, deadlines."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.rawserver import Asked, RawServer, drip, hang, head, redirect, reply
from watcher.errors import BadStatus, Deadline, FetchError, Refused, Truncated, Unreachable
from watcher.fetch import Fetcher, Limits
from watcher.model import Request, Response

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAGE = b"<!doctype html><title>Press releases</title><p>One release."


@pytest.fixture(scope="module")  # one for all: reading the system's certificates takes a moment
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(user_agent="watcher-test", clock=lambda: NOW) as fetcher:
        yield fetcher


@pytest.fixture
def hasty() -> Iterator[Fetcher]:
    """A fetcher with little patience."""
    limits = Limits(deadline=0.25)
    with Fetcher(user_agent="watcher-test", clock=lambda: NOW, limits=limits) as fetcher:
        yield fetcher


def ask(fetcher: Fetcher, url: str, **request: Any) -> Response:
    return fetcher.get(Request(url=url, **{"trusted": True, **request}))


# What goes out, and what comes back


def test_an_answer_holds_the_address_headers_and_body(fetcher: Fetcher) -> None:
    script = reply(PAGE, X_Thing="Yes", content_type="text/html; charset=koi8-r")

    with RawServer({"/news": script}) as server:
        response = ask(fetcher, server.url("/news#top"))

    assert response.url == server.url("/news")
    assert (response.status, response.body, response.moved_to) == (200, PAGE, "")
    assert response.headers["content-type"] == "text/html; charset=koi8-r"
    assert response.headers["x-thing"] == "Yes"
    assert response.hash == hashlib.sha256(PAGE).hexdigest()


def test_a_request_asks_for_codings_that_can_be_bounded_and_says_who_asks(fetcher: Fetcher) -> None:
    with RawServer({"/": reply(PAGE)}) as server:
        ask(fetcher, server.url(), headers={"Accept-Encoding": "br, zstd"})

    sent = server.asked[0].headers
    assert sent["accept-encoding"] == "gzip, deflate"
    assert sent["user-agent"] == "watcher-test"
    assert sent["host"] == server.host
    assert not {"if-none-match", "if-modified-since", "cookie"} & set(sent)


def test_a_watch_may_send_headers_of_its_own_and_another_user_agent(fetcher: Fetcher) -> None:
    with RawServer({"/": reply(PAGE)}) as server:
        ask(fetcher, server.url(), headers={"user-agent": "Mozilla/5.0", "X-Api-Key": "secret "})

    assert server.asked[0].headers["user-agent"] == "Mozilla/5.0"
    assert server.asked[0].headers["x-api-key"] == "secret"


@pytest.mark.parametrize(
    "header", [("X-Key", "sëcret"), ("X-Key", "sec\nret"), ("X-Kéy", "secret"), ("X Key", "secret")]
)
def test_a_header_that_cannot_be_sent_is_refused_without_its_value(fetcher: Fetcher, header: tuple[str, str]) -> None:
    name, value = header

    with RawServer({"/": reply(PAGE)}) as server, pytest.raises(Refused, match="header") as caught:
        ask(fetcher, server.url(), headers={name: value})

    assert value not in str(caught.value)
    assert "cret" not in str(caught.value)
    assert server.asked == []


def test_the_percent_signs_of_an_address_are_left_alone(fetcher: Fetcher) -> None:
    path = "/a%2Fb/c%7Ed?q=%20%C3%BC&utm_source=x"

    with RawServer({path: reply(PAGE)}) as server:
        response = ask(fetcher, server.url(path))

    assert response.url == server.url(path)


def test_a_password_in_an_address_is_sent_but_is_in_no_answer(fetcher: Fetcher) -> None:
    with RawServer({"/": reply(PAGE)}) as server:
        response = ask(fetcher, f"http://me:secret@{server.host}/")

    assert server.asked[0].headers["authorization"] == "Basic bWU6c2VjcmV0"
    assert response.url == server.url()


def test_no_cookie_is_kept(fetcher: Fetcher) -> None:
    scripts = {
        "/": reply(PAGE, set_cookie="seen=1; Path=/"),
        "/to": reply(status=302, location="/", set_cookie="hop=1; Path=/"),
    }

    with RawServer(scripts) as server:
        ask(fetcher, server.url())
        ask(fetcher, server.url("/to"))

    assert server.paths == ["/", "/to", "/"]
    assert not any("cookie" in asked.headers for asked in server.asked)


def test_a_proxy_in_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer({}) as proxy, RawServer({"/": reply(PAGE)}) as server:
        monkeypatch.setenv("http_proxy", proxy.url())
        with Fetcher(user_agent="watcher-test", clock=lambda: NOW) as fetcher:
            ask(fetcher, server.url())

    assert proxy.asked == []


def test_a_meta_refresh_is_not_followed(fetcher: Fetcher) -> None:
    page = b'<meta http-equiv="refresh" content="0; url=/other"><p>Moved.'

    with RawServer({"/": reply(page)}) as server:
        response = ask(fetcher, server.url())

    assert response.body == page
    assert server.paths == ["/"]


# Validators


def conditional(asked: Asked) -> bytes:
    if asked.headers.get("if-none-match") == 'W/"a 1"' or "if-modified-since" in asked.headers:
        return head(304, {})
    return reply(PAGE, etag='W/"a 1"', last_modified="Sun, 22 Nov 2026 10:00:00 +0000")


def test_validators_are_the_servers_own_strings(fetcher: Fetcher) -> None:
    with RawServer({"/": conditional}, keep=True) as server:
        first = ask(fetcher, server.url())
        second = ask(fetcher, server.url(), etag=first.etag, last_modified=first.last_modified)
        ask(fetcher, server.url())

    assert server.connections == 1
    assert (first.etag, first.last_modified) == ('W/"a 1"', "Sun, 22 Nov 2026 10:00:00 +0000")
    assert b': W/"a 1"\r\n' in server.asked[1].raw
    assert server.asked[1].headers["if-modified-since"] == first.last_modified
    assert (second.status, second.body) == (304, b"")
    assert (second.etag, second.last_modified) == (first.etag, first.last_modified)


def test_a_304_may_name_a_new_validator(fetcher: Fetcher) -> None:
    with RawServer({"/": head(304, {"etag": '"2"'})}) as server:
        response = ask(fetcher, server.url(), etag='"1"', last_modified="Sunday")

    assert (response.etag, response.last_modified) == ('"2"', "Sunday")


def test_a_last_modified_alone_makes_a_request_conditional(fetcher: Fetcher) -> None:
    with RawServer({"/": conditional}) as server:
        response = ask(fetcher, server.url(), last_modified="Sunday or so")

    assert server.asked[0].headers["if-modified-since"] == "Sunday or so"
    assert (response.status, response.etag, response.last_modified) == (304, "", "Sunday or so")


@pytest.mark.parametrize(
    ("etag", "date", "kept"),
    [
        ("", "Sun, 22 Nov 2026 10:00:00 GMT", False),
        ("", "Sun, 22 Nov 2026 09:59:58 GMT", False),
        ('"caf\xe9"', "Sun, 22 Nov 2026 10:00:00 GMT", False),
        ("", "Sun, 22 Nov 2026 10:00:01 GMT", True),
        ("", "Mon, 23 Nov 2026 08:00:00 GMT", True),
        ('"1"', "Sun, 22 Nov 2026 10:00:00 GMT", True),
        ("", "", True),
        ("", "now", True),
    ],
)
def test_a_last_modified_of_the_second_in_which_it_was_sent_is_no_validator_by_itself(
    fetcher: Fetcher, etag: str, date: str, kept: bool
) -> None:
    changed = "Sun, 22 Nov 2026 10:00:00 GMT"

    with RawServer({"/": reply(PAGE, etag=etag, last_modified=changed, date=date)}) as server:
        assert ask(fetcher, server.url()).last_modified == (changed if kept else "")


@pytest.mark.parametrize("etag", ['"caf\xe9"', '"\x01"', '"a\x7f"', '"a\tb"'])
def test_a_validator_that_cannot_be_sent_back_is_dropped(fetcher: Fetcher, etag: str) -> None:
    with RawServer({"/": reply(PAGE, etag=etag, last_modified="Sun, 22 Nov 2026 10:00:00 GMT")}) as server:
        first = ask(fetcher, server.url())
        second = ask(fetcher, server.url(), etag=first.etag, last_modified=first.last_modified)

    assert (first.etag, first.last_modified) == ("", "Sun, 22 Nov 2026 10:00:00 GMT")
    assert second.status == 200


def test_a_stored_validator_that_cannot_be_sent_is_left_out(fetcher: Fetcher) -> None:
    with RawServer({"/": reply(PAGE)}) as server:
        ask(fetcher, server.url(), etag='"café"', last_modified="a\nb")

    assert not {"if-none-match", "if-modified-since"} & set(server.asked[0].headers)


def test_a_304_that_was_not_asked_for_is_a_failure(fetcher: Fetcher) -> None:
    with (
        RawServer({"/": head(304, {})}) as server,
        pytest.raises(BadStatus, match=f"304 Not Modified from {server.host} to") as caught,
    ):
        ask(fetcher, server.url())

    assert caught.value.status == 304


# Statuses


@pytest.mark.parametrize("status", [201, 202, 204, 205, 206, 300, 305, 400, 401, 403, 404, 418, 429, 500, 503, 599])
def test_a_status_that_is_no_answer_is_a_failure_with_its_number(fetcher: Fetcher, status: int) -> None:
    body = b"" if status in (204, 205) else PAGE

    with RawServer({"/": reply(body, status=status)}) as server, pytest.raises(BadStatus) as caught:
        ask(fetcher, server.url())

    assert caught.value.status == status
    assert caught.value.retry_at is None
    assert str(caught.value).startswith(f"{status} ")
    assert str(caught.value).endswith(f"from {server.host}")
    assert caught.value.health == "failing"


def test_a_bad_status_is_told_with_its_phrase_and_what_to_do(fetcher: Fetcher) -> None:
    with RawServer({"/": reply(PAGE, status=403)}) as server, pytest.raises(BadStatus) as caught:
        ask(fetcher, server.url())

    assert str(caught.value) == f"403 Forbidden from {server.host}"
    assert "user agent" in caught.value.hint


@pytest.mark.parametrize(
    ("body", "status", "hint"), [(PAGE, 500, "the server's own"), (PAGE, 429, "every"), (b"", 200, "in a browser")]
)
def test_an_answer_that_is_none_says_what_to_do(fetcher: Fetcher, body: bytes, status: int, hint: str) -> None:
    with RawServer({"/": reply(body, status=status)}) as server, pytest.raises(FetchError) as caught:
        ask(fetcher, server.url())

    assert hint in caught.value.hint


def test_a_refused_connection_asks_for_the_port(fetcher: Fetcher) -> None:
    with RawServer({}) as server:
        url = server.url()

    with pytest.raises(Unreachable) as caught:
        ask(fetcher, url)

    assert "with its port" in caught.value.hint


def test_a_page_that_was_taken_away_is_gone(fetcher: Fetcher) -> None:
    with RawServer({"/": reply(PAGE, status=410)}) as server, pytest.raises(BadStatus, match="410 Gone") as caught:
        ask(fetcher, server.url())

    assert caught.value.health == "gone"


def test_a_203_counts_as_a_200(fetcher: Fetcher) -> None:
    with RawServer({"/": reply(PAGE, status=203)}) as server:
        response = ask(fetcher, server.url())

    assert (response.status, response.body) == (200, PAGE)


def test_a_200_with_an_empty_body_is_a_failure(fetcher: Fetcher) -> None:
    with (
        RawServer({"/": reply(b"")}) as server,
        pytest.raises(Truncated, match=f"200 with an empty body from {server.host}"),
    ):
        ask(fetcher, server.url())


def test_an_error_page_that_is_broken_is_still_that_error(hasty: Fetcher) -> None:
    script = head(503, {"content-length": "100", "retry-after": "60"}) + b"oh"

    with RawServer({"/": script}) as server, pytest.raises(BadStatus, match="503 Service Unavailable") as caught:
        ask(hasty, server.url())

    assert caught.value.retry_at is not None


def test_an_error_page_that_never_ends_is_still_that_error(hasty: Fetcher) -> None:
    with (
        RawServer({"/": drip(b".", head(500, {}))}) as server,
        pytest.raises(BadStatus, match="500 Internal Server Error"),
    ):
        ask(hasty, server.url())


def test_of_an_error_page_only_a_little_is_read() -> None:
    sent: list[bytes] = []

    def endless(_: Asked) -> Iterator[bytes]:
        yield head(500, {})
        while True:
            sent.append(b"." * 2**20)
            yield sent[-1]

    with (
        RawServer({"/": endless}) as server,
        Fetcher(user_agent="watcher-test", clock=lambda: NOW, limits=Limits(body=200 * 2**20)) as fetcher,
        pytest.raises(BadStatus, match="500"),
    ):
        ask(fetcher, server.url())

    assert len(sent) < 50


# What is no answer at all


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x15\x03\x01\x00\x02\x02\x16",
        head(200, {"content-length": "many"}),
        head(200, {"x": "y" * 200_000}),
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        head(101, {"connection": "upgrade", "upgrade": "h2c"}),
    ],
)
def test_an_answer_that_is_not_http_is_a_failure_that_names_the_host(fetcher: Fetcher, said: bytes) -> None:
    with RawServer({"/": said}) as server, pytest.raises(FetchError, match=server.host):
        ask(fetcher, server.url())


def test_an_answer_that_is_not_http_is_asked_for_only_once(fetcher: Fetcher) -> None:
    with RawServer({"/": b""}) as server, pytest.raises(Unreachable, match="no answer from"):
        ask(fetcher, server.url())

    assert server.paths == ["/"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/news",
        "ftp://example.org/",
        "file:///etc/passwd",
        "mailto:me@example.org",
        "http://",
        "http:///news",
        "http://a..b/",
        "http://[::1/",
        "http://example.org:99999/",
        "http://exa mple.org/",
        "http://☃.example/",
        "http://xn--zz--/",
        "http://" + "a" * 70 + ".example/",
        "http://example.org/\x00",
    ],
)
def test_an_address_that_cannot_be_asked_is_a_fetch_error(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(FetchError):
        ask(fetcher, url)


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(fetcher: Fetcher, status: int) -> None:
    scripts = {"/old/page": redirect("../new?a=1#part", status), "/new?a=1": reply(PAGE)}

    with RawServer(scripts) as server:
        response = ask(fetcher, server.url("/old/page"))

    assert response.url == server.url("/new?a=1")
    assert response.body == PAGE


def test_only_a_chain_of_permanent_redirects_moves_an_address(fetcher: Fetcher) -> None:
    scripts = {
        "/a": redirect("/b", 301),
        "/b": redirect("/c", 308),
        "/c": redirect("/d", 302),
        "/d": redirect("/e", 301),
        "/e": reply(PAGE),
    }

    with RawServer(scripts) as server:
        moved = {path: ask(fetcher, server.url(path)).moved_to for path in scripts}

    there = server.url("/c")
    assert moved == {"/a": there, "/b": there, "/c": "", "/d": server.url("/e"), "/e": ""}


def test_a_redirect_keeps_the_parameters_it_was_given(fetcher: Fetcher) -> None:
    scripts = {"/": redirect("/?utm_source=a&_ga=1"), "/?utm_source=a&_ga=1": reply(PAGE)}

    with RawServer(scripts) as server:
        response = ask(fetcher, server.url())

    assert response.url == server.url("/?utm_source=a&_ga=1")


def test_ten_redirects_are_followed_and_eleven_are_not(fetcher: Fetcher) -> None:
    scripts = {f"/{n}": redirect(f"/{n - 1}") for n in range(1, 12)} | {"/0": reply(PAGE)}

    with RawServer(scripts) as server:
        response = ask(fetcher, server.url("/10"))
        with pytest.raises(BadStatus, match="more than 10 redirects") as caught:
            ask(fetcher, server.url("/11"))

    assert response.body == PAGE
    assert caught.value.status == 302
    assert server.host in str(caught.value)


def test_a_redirect_to_what_is_not_there_says_where_it_led_without_the_query(fetcher: Fetcher) -> None:
    with RawServer({"/feed": redirect("/gone.xml?key=secret")}) as server:
        with pytest.raises(BadStatus) as led:
            ask(fetcher, server.url("/feed"))
        with pytest.raises(BadStatus) as asked:
            ask(fetcher, server.url("/gone.xml"))

    assert str(led.value) == f"404 Not Found from {server.host}, redirected to {server.url('/gone.xml')}"
    assert str(asked.value) == f"404 Not Found from {server.host}"


def test_redirects_that_go_round_are_named_without_their_queries(fetcher: Fetcher) -> None:
    scripts = {"/": redirect("/a?key=secret"), "/a?key=secret": redirect("/b"), "/b": redirect("/a?key=secret")}

    with RawServer(scripts) as server, pytest.raises(BadStatus, match="go round") as caught:
        ask(fetcher, server.url())

    assert str(caught.value).endswith(f"({server.host}/a → {server.host}/b → {server.host}/a)")
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "location",
    ["ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "http://[::1/", "http://a:99999/"],
)
def test_a_redirect_to_what_is_no_web_address_is_refused(fetcher: Fetcher, location: str) -> None:
    with RawServer({"/": redirect(location)}) as server, pytest.raises(Refused, match="no web address") as caught:
        ask(fetcher, server.url())

    assert server.host in str(caught.value)


def test_a_redirect_without_an_address_is_a_failure(fetcher: Fetcher) -> None:
    with (
        RawServer({"/": reply(status=302)}) as server,
        pytest.raises(BadStatus, match="without an address to go to"),
    ):
        ask(fetcher, server.url())


def test_a_redirect_to_an_address_in_utf_8_is_followed(fetcher: Fetcher) -> None:
    location = "/süß".encode().decode("latin-1")  # as the bytes go out

    with RawServer({"/": redirect(location), "/s%C3%BC%C3%9F": reply(PAGE)}) as server:
        response = ask(fetcher, server.url())

    assert response.url == server.url("/s%C3%BC%C3%9F")


def test_secrets_and_validators_stay_with_their_origin(fetcher: Fetcher) -> None:
    headers = {"Authorization": "Bearer secret", "Cookie": "a=b", "Accept-Language": "de", "User-Agent": "mine"}

    with RawServer({"/end": reply(PAGE)}) as other, RawServer({}) as home:
        home.scripts |= {"/": redirect("/same"), "/same": redirect(other.url("/end"))}
        ask(fetcher, home.url(), headers=headers, etag='"1"', last_modified="Sunday")

    secrets = {"authorization", "cookie", "if-none-match", "if-modified-since"}
    assert secrets <= set(home.asked[0].headers)
    assert secrets <= set(home.asked[1].headers)
    assert not secrets & set(other.asked[0].headers)
    assert other.asked[0].headers["accept-language"] == "de"
    assert other.asked[0].headers["user-agent"] == "mine"


def test_a_304_of_another_origin_was_not_asked_for(fetcher: Fetcher) -> None:
    with (
        RawServer({"/": head(304, {})}) as other,
        RawServer({"/": redirect(other.url())}) as home,
        pytest.raises(BadStatus, match=f"304 Not Modified from {other.host}"),
    ):
        ask(fetcher, home.url(), etag='"1"')


# Time


def test_a_drip_of_body_bytes_does_not_pass_the_deadline(hasty: Fetcher) -> None:
    with (
        RawServer({"/": drip(b".", head(200, {}))}) as server,
        pytest.raises(Deadline, match=f"{server.host} took longer than 0.25 s"),
    ):
        ask(hasty, server.url())


def test_a_drip_of_header_bytes_does_not_pass_the_deadline(hasty: Fetcher) -> None:
    with RawServer({"/": drip(b"y", b"HTTP/1.1 200 OK\r\nx: ")}) as server, pytest.raises(Deadline):
        ask(hasty, server.url())


def test_a_drip_of_early_hints_does_not_pass_the_deadline(hasty: Fetcher) -> None:
    with RawServer({"/": drip(head(103, {"link": "</a.css>"}))}) as server, pytest.raises(Deadline):
        ask(hasty, server.url())


@pytest.mark.parametrize("first", [b"", head(200, {"content-length": "10"}), head(200, {}) + b"part"])
def test_a_server_that_falls_silent_does_not_pass_the_deadline(hasty: Fetcher, first: bytes) -> None:
    with RawServer({"/": hang(first)}) as server, pytest.raises(Deadline):
        ask(hasty, server.url())


def test_the_deadline_is_for_all_hops_together(hasty: Fetcher) -> None:
    def slow(asked: Asked) -> bytes:
        asked.server.closing.wait(0.1)
        return redirect(f"/{int(asked.path[1:]) + 1}")

    with RawServer({f"/{n}": slow for n in range(10)}) as server, pytest.raises(Deadline):
        ask(hasty, server.url("/0"))


def test_an_answer_is_whole_again_after_one_that_passed_the_deadline(hasty: Fetcher) -> None:
    with RawServer({"/": reply(PAGE), "/hang": hang()}, keep=True) as server:
        with pytest.raises(Deadline):
            ask(hasty, server.url("/hang"))

        response = ask(hasty, server.url())

    assert response.body == PAGE


# Connections


def test_a_connection_is_used_again(fetcher: Fetcher) -> None:
    with RawServer({"/": reply(PAGE)}, keep=True) as server:
        for _ in range(3):
            ask(fetcher, server.url())

    assert [asked.connection for asked in server.asked] == [1, 1, 1]


def test_a_kept_connection_that_the_server_closed_is_no_failure(fetcher: Fetcher) -> None:
    def once(asked: Asked) -> bytes:
        if len(server.asked) == 2:
            raise ConnectionAbortedError
        return reply(PAGE)

    with RawServer({"/": once}, keep=True) as server:
        ask(fetcher, server.url())
        response = ask(fetcher, server.url())

    assert response.body == PAGE
    assert [asked.connection for asked in server.asked] == [1, 1, 2]


def test_threads_do_not_share_a_connection_and_leave_none_open(fetcher: Fetcher) -> None:
    with RawServer({"/": reply(PAGE)}, keep=True) as server:
        for _ in range(2):
            thread = threading.Thread(target=ask, args=(fetcher, server.url()))
            thread.start()
            thread.join()
            del thread

        assert [asked.connection for asked in server.asked] == [1, 2]
        assert server.all_closed()


def test_closing_ends_a_request_that_is_under_way() -> None:
    arrived, failure = threading.Event(), []
    fetcher = Fetcher(user_agent="watcher-test", clock=lambda: NOW, limits=Limits(deadline=100))

    def look(url: str) -> None:
        with pytest.raises(FetchError) as caught:
            ask(fetcher, url)
        failure.append(caught.value)

    def silent(asked: Asked) -> bytes:
        arrived.set()
        asked.server.closing.wait()
        return b""

    with RawServer({"/": silent}) as server:
        threads = [threading.Thread(target=look, args=(server.url(),)) for _ in range(2)]
        for thread in threads:
            thread.start()
        arrived.wait()
        fetcher.close()
        for thread in threads:
            thread.join()

    assert len(failure) == 2
    assert len(server.asked) == 1  # the other was still waiting for its turn


def test_a_closed_fetcher_asks_nobody(hasty: Fetcher) -> None:
    with RawServer({"/": reply(PAGE)}) as server:
        ask(hasty, server.url())
        hasty.close()
        with pytest.raises(Refused, match="stopping"):
            ask(hasty, server.url())

    assert len(server.asked) == 1
