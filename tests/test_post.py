"""One POST, and what becomes of an alert by its answer."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator

import pytest

from tests.rawserver import RawServer, Script, drip, hang, head, redirect, reply
from tests.smtpserver import Authority
from watcher import post as posting
from watcher.errors import Deferred, DeliveryError, Rejected
from watcher.post import post

SECRET = "/hook/T0K3N"
BODY = '{"subject": "größer"}'.encode()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "DEADLINE", 0.3)


@pytest.fixture
def elsewhere() -> Iterator[RawServer]:
    with RawServer({"/": reply()}) as server:
        yield server


def refused(server: RawServer, path: str = SECRET, **headers: str) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        post(server.url(path), BODY, headers)
    assert "T0K3N" not in f"{caught.value} {caught.value.hint}"
    return caught.value


def answered(script: Script) -> DeliveryError:
    with RawServer({SECRET: script}) as server:
        return refused(server)


def test_the_bytes_arrive_as_they_are() -> None:
    with RawServer({SECRET: reply()}) as server:
        post(server.url(SECRET), BODY, {"x-signed": "yes"})

    [asked] = server.asked
    assert asked.raw.startswith(b"POST /hook/T0K3N HTTP/1.1\r\n")
    assert asked.body == BODY
    assert asked.headers["x-signed"] == "yes"
    assert asked.headers["content-type"] == "application/json; charset=utf-8"
    assert asked.headers["user-agent"].startswith("watcher/")
    assert {"cookie", "authorization"}.isdisjoint(asked.headers)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_means_taken(status: int) -> None:
    with RawServer({"/": reply(status=status)}) as server:
        post(server.url(), BODY, {})

    assert len(server.asked) == 1


@pytest.mark.parametrize("body", [drip(b"x", first=head(200, {})), hang(first=head(200, {"content-length": "9"}))])
def test_what_comes_after_a_2xx_is_not_waited_for(body: Script) -> None:
    with RawServer({"/": body}) as server:
        post(server.url(), BODY, {})

    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 405, 407, 410, 429, 502, 503, 504])
def test_what_no_alert_would_pass_is_kept_and_the_target_is_down(status: int) -> None:
    error = answered(reply(b"not so", status=status))

    assert isinstance(error, Deferred)
    assert error.target_down
    assert f" answered {status} " in str(error)
    assert bool(error.hint) == (status < 429)


@pytest.mark.parametrize("status", [408, 425, 500, 501, 507])
def test_what_may_be_about_the_one_alert_is_kept_and_the_others_are_sent(status: int) -> None:
    error = answered(reply(status=status))

    assert isinstance(error, Deferred)
    assert not error.target_down


@pytest.mark.parametrize("status", [400, 402, 406, 409, 413, 415, 422, 451, 499])
def test_any_other_4xx_is_for_good(status: int) -> None:
    error = answered(reply(b"no field b", status=status))

    assert isinstance(error, Rejected)
    assert str(error).endswith(": no field b")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_kept_told_and_not_followed(status: int, elsewhere: RawServer) -> None:
    error = answered(redirect(elsewhere.url(f"/{SECRET}"), status))

    assert isinstance(error, Deferred)
    assert error.target_down
    assert f"a redirect to http://{elsewhere.host}, which is not followed" in str(error)
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("to", "words"),
    [("/T0K3N/", "to another path,"), ("http://[::1", "to elsewhere,"), ("//x.example/T0K3N", "to //x.example,")],
)
def test_a_redirect_may_lead_anywhere(to: str, words: str) -> None:
    assert words in str(answered(redirect(to)))


def test_the_servers_words_are_kept_on_one_line() -> None:
    error = answered(reply(b"slow\r\ndown\0 \xff" + b"!" * 999, status=429, retry_after="120"))

    assert ": slow down \ufffd!!!" in str(error)
    assert str(error).endswith("… (Retry-After: 120)")
    assert len(str(error)) < 300


def test_a_server_that_repeats_the_address_does_not_spread_it() -> None:
    error = answered(reply(f"nothing at {SECRET}, nor at {SECRET}?".encode(), status=404))

    assert str(error).endswith(" answered 404 Not Found: nothing at …, nor at …?")


def test_a_page_has_no_words() -> None:
    error = answered(reply(b"<html><title>502 Bad Gateway</title>", status=502))

    assert str(error).endswith(" answered 502 Bad Gateway")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "script",
    [
        hang(),
        hang(first=b"HTTP/1.1 20"),
        drip(b"x-more: y\r\n", first=b"HTTP/1.1 200 OK\r\n"),
        drip(b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_a_server_that_never_answers_holds_nobody(script: Script) -> None:
    with RawServer({SECRET: script}) as server:
        error = refused(server)

    assert isinstance(error, Deferred)
    assert error.target_down
    assert str(error) == f"{server.host} did not answer within 0.3 s"


@pytest.mark.usefixtures("impatient")
def test_a_server_that_was_given_up_finds_the_connection_closed() -> None:
    with RawServer({SECRET: drip(b"x-more: y\r\n", first=b"HTTP/1.1 200 OK\r\n")}) as server:
        refused(server)

        assert server.all_closed()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_reads_nothing_holds_nobody(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"{scheme}://127.0.0.1:{server.getsockname()[1]}/"

        with pytest.raises(Deferred, match="did not answer") as caught:
            post(url, bytes(50_000_000), {})

        assert caught.value.target_down
        connection, _ = server.accept()
        with connection:
            while connection.recv(1_000_000):
                pass  # to its end: it was closed


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("body", [drip(b"x", first=head(422, {})), hang(first=head(422, {"content-length": "9"}))])
def test_an_error_whose_words_never_end_is_that_error(body: Script) -> None:
    error = answered(body)

    assert isinstance(error, Rejected)
    assert " answered 422 " in str(error)


def test_an_error_of_any_length_is_read_in_part() -> None:
    assert isinstance(answered(drip(b"x" * 10_000, first=head(400, {}))), Rejected)


@pytest.mark.parametrize("script", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200", b"HTTP/9.9 abc\r\n\r\n", b"\0" * 99])
def test_what_is_no_answer_is_kept(script: bytes) -> None:
    error = answered(script)

    assert isinstance(error, Deferred)
    assert error.target_down
    assert str(error).startswith("no answer from 127.0.0.1:")


def test_where_nobody_listens_it_is_kept() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(Deferred, match=rf"^no answer from 127\.0\.0\.1:{port}: connection refused$"):
        post(f"http://127.0.0.1:{port}{SECRET}", BODY, {})


@pytest.mark.parametrize("url", ["http://a..b/T0K3N", "http://[/T0K3N", "ftp://127.0.0.1/T0K3N"])
def test_an_address_that_cannot_be_asked_is_kept_and_not_shown(url: str) -> None:
    with pytest.raises(Deferred) as caught:
        post(url, BODY, {})

    assert "T0K3N" not in str(caught.value)


@pytest.mark.parametrize("value", ["T0K3N\r\nx: y", "T0K3N–", "T0K3N\0"])
def test_a_header_that_cannot_be_sent_is_not_shown(value: str, elsewhere: RawServer) -> None:
    error = refused(elsewhere, authorization=f"Bearer {value}")

    assert isinstance(error, Deferred)
    assert str(error) == f"{elsewhere.host} was not asked: a header or the address cannot be sent"
    assert elsewhere.asked == []


def test_a_login_in_the_address_goes_into_a_header_and_into_no_error() -> None:
    with RawServer({"/": reply(status=401)}) as server, pytest.raises(Deferred) as caught:
        post(f"http://me:p%40ss@{server.host}/", BODY, {})

    assert server.asked[0].headers["authorization"] == f"Basic {base64.b64encode(b'me:p@ss').decode()}"
    assert "ss@" not in str(caught.value)


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, elsewhere: RawServer) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, elsewhere.url())
    with RawServer({"/": reply()}) as server:
        post(server.url(), BODY, {})

    assert (len(server.asked), elsewhere.asked) == (1, [])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_a_server_that_proves_who_it_is_is_told(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with RawServer({"/": reply()}, tls=authority.context("127.0.0.1")) as server:
        post(server.url(), BODY, {})

    assert server.asked[0].body == BODY


@pytest.mark.parametrize(
    ("name", "file"), [("127.0.0.1", "/dev/null"), ("tool.example", "")], ids=["untrusted", "wrong host"]
)
def test_one_that_does_not_is_told_nothing(
    name: str, file: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", file or str(authority.file))
    with RawServer({SECRET: reply()}, tls=authority.context(name)) as server:
        error = refused(server)

    assert isinstance(error, Deferred)
    assert error.target_down
    assert ": its certificate is not trusted: " in str(error)
    assert server.asked == []


@pytest.mark.usefixtures("impatient")
def test_the_deadline_holds_under_tls_too(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    slow = drip(b"x: y\r\n", first=b"HTTP/1.1 200 OK\r\n")
    with RawServer({SECRET: slow}, tls=authority.context("127.0.0.1")) as server:
        error = refused(server)

        assert server.all_closed()
    assert "did not answer" in str(error)
