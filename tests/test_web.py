from __future__ import annotations

import gzip
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest

from watcher import files
from watcher.errors import WatcherError
from watcher.web.feeds import feeds_app
from watcher.web.server import serve

FEED = b"<?xml version='1.0' encoding='UTF-8'?>\n<feed>" + b"<entry/>" * 200 + b"</feed>"
CHANGED = 1_700_000_000  # Tue, 14 Nov 2023 22:13:20 GMT
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home") / "feeds"


@pytest.fixture(scope="module")
def url(place: Path) -> Iterator[str]:
    """One server for all tests, each with a folder of its own under the same name."""
    server = serve(feeds_app(place), "127.0.0.1", 0)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def folder(place: Path) -> Path:
    shutil.rmtree(place.parent)
    files.replace(place / "a.xml", FEED)
    files.replace(place / "feed.css", b"feed { display: block }")
    os.utime(place / "a.xml", (CHANGED, CHANGED))
    return place


@pytest.fixture
def web(url: str, folder: Path) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, headers={"Accept-Encoding": "identity"}, trust_env=False) as client:
        yield client


def test_a_feed_is_served_with_its_validators(web: httpx.Client) -> None:
    answer = web.get("/feeds/a.xml")

    assert (answer.status_code, answer.content) == (200, FEED)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert answer.headers["last-modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert answer.headers["vary"] == "Accept-Encoding, Accept"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["etag"].startswith('"')


def test_a_browser_gets_a_feed_as_xml(web: httpx.Client) -> None:
    answer = web.get("/feeds/a.xml", headers={"Accept": BROWSER})

    assert answer.headers["content-type"] == "application/xml; charset=utf-8"
    assert answer.content == FEED


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("feed.css", "text/css; charset=utf-8"),
        ("b.html", "text/html; charset=utf-8"),
        ("b.json", "application/feed+json"),
        ("b.opml", "text/x-opml; charset=utf-8"),
    ],
)
def test_other_files_have_their_type(web: httpx.Client, folder: Path, name: str, type: str) -> None:
    files.replace(folder / name, b"{}")

    answer = web.get(f"/feeds/{name}", headers={"Accept": BROWSER})

    assert answer.headers["content-type"] == type
    assert answer.headers["vary"] == "Accept-Encoding"


def test_a_folder_below_is_served_too(web: httpx.Client, folder: Path) -> None:
    files.replace(folder / "a" / "2026.xml", b"<feed/>")

    answer = web.get("/feeds/a/2026.xml")

    assert answer.content == b"<feed/>"


def test_head_answers_as_get_does_without_the_body(web: httpx.Client) -> None:
    got, head = web.get("/feeds/a.xml"), web.head("/feeds/a.xml")

    same = ("etag", "last-modified", "content-type", "content-length", "vary")
    assert [head.headers[name] for name in same] == [got.headers[name] for name in same]
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', 'W/"x",{}', "*"])
def test_a_known_tag_is_answered_with_304(web: httpx.Client, form: str) -> None:
    tag = web.get("/feeds/a.xml").headers["etag"]

    answer = web.get("/feeds/a.xml", headers={"If-None-Match": form.format(tag)})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == tag
    assert answer.headers["vary"] == "Accept-Encoding, Accept"


@pytest.mark.parametrize("tag", ['"other"', "other", 'W/"other"', '"'])
def test_another_tag_gets_the_feed_whatever_the_date_says(web: httpx.Client, tag: str) -> None:
    since = web.get("/feeds/a.xml").headers["last-modified"]

    answer = web.get("/feeds/a.xml", headers={"If-None-Match": tag, "If-Modified-Since": since})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("Tue, 14 Nov 2023 22:13:20 GMT", 304),
        ("Tue, 14 Nov 2023 22:13:21 GMT", 304),
        ("Tue, 14 Nov 2023 22:13:19 GMT", 200),
        ("Tue, 14 Nov 2023 22:13:20 -0000", 304),
        ("Tuesday", 200),
        ("Tue, 14 Nov 2023 22:13:20 +99999999999999999999", 200),
    ],
)
def test_a_date_is_compared_where_no_tag_was_sent(web: httpx.Client, since: str, status: int) -> None:
    answer = web.get("/feeds/a.xml", headers={"If-Modified-Since": since})

    assert answer.status_code == status


def test_a_tag_outlives_a_restart_and_a_touch_but_no_change(folder: Path) -> None:
    tags = []
    for content in (FEED, FEED, FEED + b"\n"):
        files.replace(folder / "a.xml", content)
        os.utime(folder / "a.xml")
        server = serve(feeds_app(folder), "127.0.0.1", 0)
        server.start()
        tags.append(httpx.get(f"{server.url}/feeds/a.xml", trust_env=False).headers["etag"])
        server.stop()

    assert tags[0] == tags[1] != tags[2]


@pytest.mark.parametrize("accepted", ["gzip", "deflate, gzip;q=0.5", "GZIP ; q=1", "*", "x-gzip", "br, *;q=0.1"])
def test_gzip_goes_to_those_who_accept_it(web: httpx.Client, accepted: str) -> None:
    with web.stream("GET", "/feeds/a.xml", headers={"Accept-Encoding": accepted}) as answer:
        sent = b"".join(answer.iter_raw())

    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-length"] == str(len(sent))
    assert gzip.decompress(sent) == FEED


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.000", "gzip;q=0, *", "*;q=0"])
def test_others_get_the_plain_bytes(web: httpx.Client, accepted: str) -> None:
    answer = web.get("/feeds/a.xml", headers={"Accept-Encoding": accepted})

    assert "content-encoding" not in answer.headers
    assert answer.headers["content-length"] == str(len(FEED))


def test_each_coding_has_a_tag_of_its_own(web: httpx.Client) -> None:
    plain = web.get("/feeds/a.xml").headers["etag"]
    packed = web.get("/feeds/a.xml", headers={"Accept-Encoding": "gzip"}).headers["etag"]

    answers = [
        web.get("/feeds/a.xml", headers={"Accept-Encoding": coding, "If-None-Match": tag}).status_code
        for coding, tag in [("gzip", packed), ("gzip", plain), ("identity", plain), ("identity", packed)]
    ]

    assert plain != packed
    assert answers == [304, 200, 304, 200]


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/missing.xml",
        "/feeds/",
        "/feeds/sub.xml",
        "/feeds/../secret.xml",
        "/feeds/%2e%2e/secret.xml",
        "/feeds/..%2fsecret.xml",
        "/feeds/sub.xml/%2e%2e/%2e%2e/secret.xml",
        "/feeds//secret.xml",
        "/feeds/%2f..%2fsecret.xml",
        "/feeds/.hidden.xml",
        "/feeds/.git/a.xml",
        "/feeds/out.xml",
        "/feeds/outside/secret.xml",
        "/feeds/loop.xml",
        "/feeds/pipe.xml",
        "/feeds/notes.txt",
        "/feeds/a.xml%00",
        "/feeds/a.xml/",
        f"/feeds/{'a' * 300}.xml",
        "/elsewhere",
    ],
)
def test_what_is_no_feed_is_not_found(web: httpx.Client, folder: Path, path: str) -> None:
    for name in ("../secret.xml", ".hidden.xml", ".git/a.xml", "notes.txt"):
        files.replace(folder / name, b"secret")
    (folder / "sub.xml").mkdir()
    (folder / "out.xml").symlink_to(folder.parent / "secret.xml")
    (folder / "outside").symlink_to(folder.parent)
    (folder / "loop.xml").symlink_to(folder / "loop.xml")
    os.mkfifo(folder / "pipe.xml")

    status, body = raw(web, path)

    assert status == 404
    assert b"secret" not in body


def test_a_link_that_stays_in_the_folder_is_followed(web: httpx.Client, folder: Path) -> None:
    (folder / "old-name.xml").symlink_to("a.xml")

    answer = web.get("/feeds/old-name.xml")

    assert answer.content == FEED


def test_feeds_are_only_read(web: httpx.Client) -> None:
    answer = web.post("/feeds/a.xml", content=b"x")

    assert answer.status_code == 405


def test_nothing_in_a_feed_may_run_or_call_out(web: httpx.Client) -> None:
    answer = web.get("/feeds/a.xml")

    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_first_page_leads_to_the_list_of_feeds(web: httpx.Client, folder: Path) -> None:
    files.replace(folder / "index.html", b"<p>all of them")

    answer = web.get("/", follow_redirects=True)

    assert (answer.url.path, answer.content) == ("/feeds/index.html", b"<p>all of them")


@pytest.mark.parametrize("path", ["/feeds/tag/a", "/feeds/tag/a/", "/feeds/tag/a/index.html"])
def test_a_folder_is_shown_by_its_page(web: httpx.Client, folder: Path, path: str) -> None:
    files.replace(folder / "tag/a/index.html", b"<p>a page")

    answer = web.get(path, follow_redirects=True)

    assert answer.content == b"<p>a page"
    assert answer.url.path.startswith("/feeds/tag/a/")


def test_the_folder_of_feeds_is_shown_by_its_list(web: httpx.Client, folder: Path) -> None:
    files.replace(folder / "index.html", b"<p>all of them")

    assert web.get("/feeds/").content == b"<p>all of them"


@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [("bytes=0-9", 0, 10), ("bytes=5-", 5, None), ("bytes=-7", -7, None), ("bytes=10-999999", 10, None)],
)
def test_a_part_is_sent_to_those_who_ask_for_it(web: httpx.Client, asked: str, begin: int, end: int | None) -> None:
    answer = web.get("/feeds/a.xml", headers={"Range": asked})

    part = range(len(FEED))[begin:end]
    assert (answer.status_code, answer.content) == (206, FEED[begin:end])
    assert answer.headers["content-range"] == f"bytes {part.start}-{part.stop - 1}/{len(FEED)}"
    assert answer.headers["etag"] == web.get("/feeds/a.xml").headers["etag"]


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=-0"])
def test_a_part_that_there_is_not_is_refused(web: httpx.Client, asked: str) -> None:
    answer = web.get("/feeds/a.xml", headers={"Range": asked})

    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{len(FEED)}"


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=-", "bytes=0-1,4-5", "lines=1-2", f"bytes={'9' * 9000}-", "bytes"]
)
def test_what_is_no_range_gets_all_of_it(web: httpx.Client, asked: str) -> None:
    answer = web.get("/feeds/a.xml", headers={"Range": asked})

    assert (answer.status_code, answer.content) == (200, FEED)


def test_a_part_of_another_state_is_not_sent(web: httpx.Client) -> None:
    whole = web.get("/feeds/a.xml")

    states = [whole.headers["etag"], whole.headers["last-modified"], '"other"', "Mon, 13 Nov 2023 22:13:20 GMT"]
    answers = [web.get("/feeds/a.xml", headers={"Range": "bytes=1-2", "If-Range": state}) for state in states]

    assert [answer.status_code for answer in answers] == [206, 206, 200, 200]


def test_parts_of_a_packed_feed_make_the_packed_feed(web: httpx.Client) -> None:
    parts = []
    for asked in ("bytes=0-19", "bytes=20-"):
        with web.stream("GET", "/feeds/a.xml", headers={"Accept-Encoding": "gzip", "Range": asked}) as answer:
            parts.append(b"".join(answer.iter_raw()))

    assert gzip.decompress(b"".join(parts)) == FEED


def test_a_feed_that_changed_in_this_very_second_has_no_date_yet(web: httpx.Client, folder: Path) -> None:
    os.utime(folder / "a.xml", (4_000_000_000, 4_000_000_000))

    answer = web.get("/feeds/a.xml")

    assert "last-modified" not in answer.headers


def test_the_first_page_stands_before_the_first_feed_does(web: httpx.Client, folder: Path) -> None:
    folder.rename(folder.with_name("moved"))

    answer = web.get("/")

    assert (answer.status_code, "No feeds yet" in answer.text) == (200, True)


def test_a_feed_that_is_written_again_and_again_is_always_whole(web: httpx.Client, folder: Path) -> None:
    forms = [b"<feed>" + bytes([letter]) * 200_000 + b"</feed>" for letter in b"ab"]
    files.replace(folder / "a.xml", forms[0])
    done, answers = Event(), list[tuple[int, bytes, str]]()

    def read() -> None:
        for _ in range(500):
            answer = web.get("/feeds/a.xml")
            answers.append((answer.status_code, answer.content, answer.headers["etag"]))
        done.set()

    reader = Thread(target=read)
    reader.start()
    written = 0
    while written < 50 or not done.is_set():
        files.replace(folder / "a.xml", forms[written % 2])
        written += 1
    reader.join()

    assert len(answers) == 500
    assert {status for status, _, _ in answers} == {200}
    assert {content for _, content, _ in answers} <= set(forms)
    assert len({(content, tag) for _, content, tag in answers}) == len({tag for _, _, tag in answers})


def test_a_port_in_use_is_told_before_anything_else_happens(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(WatcherError) as caught:
            serve(feeds_app(folder), "127.0.0.1", port)

    assert str(caught.value) == f"port {port} is in use on 127.0.0.1"
    assert caught.value.hint == 'stop what uses it, or take another: listen = "HOST:PORT"'


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("192.0.2.1", "192.0.2.1 is no address of this machine"),
        ("a..b", "cannot serve on port 0 of a..b: "),
    ],
)
def test_an_address_that_cannot_be_served_is_told_in_words(folder: Path, host: str, words: str) -> None:
    with pytest.raises(WatcherError, match=words):
        serve(feeds_app(folder), host, 0)


def test_a_stopped_server_gives_its_port_back_with_clients_still_connected(folder: Path) -> None:
    server = serve(feeds_app(folder), "127.0.0.1", 0)
    server.start()
    with httpx.Client(trust_env=False) as idle:
        idle.get(f"{server.url}/")
        server.stop()
        server.stop()

    again = serve(feeds_app(folder), "127.0.0.1", int(server.url.rpartition(":")[2]))
    again.stop()
    assert again.url == server.url


def test_a_client_that_never_reads_its_answer_does_not_hold_the_server(folder: Path) -> None:
    files.replace(folder / "large.xml", bytes(20_000_000))
    server = serve(feeds_app(folder), "127.0.0.1", 0)
    server.start()
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"GET /feeds/large.xml HTTP/1.1\r\nHost: a\r\n\r\n")
        first = client.recv(1)

        server.stop()

    assert first == b"H"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))


def test_the_server_leaves_signals_and_output_alone(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    server = serve(feeds_app(folder), "127.0.0.1", 0)
    server.start()
    httpx.get(f"{server.url}/", trust_env=False)
    during = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    server.stop()

    assert during == before
    assert capfd.readouterr() == ("", "")


def test_an_ipv6_address_is_served_and_named_in_brackets(folder: Path) -> None:
    try:
        server = serve(feeds_app(folder), "::1", 0)
    except WatcherError as error:
        pytest.skip(str(error))
    server.start()
    answer = httpx.get(f"{server.url}/", trust_env=False)
    server.stop()

    assert server.url.startswith("http://[::1]:")
    assert answer.status_code == 200


def raw(web: httpx.Client, path: str) -> tuple[int, bytes]:
    """A request with the path exactly as written; httpx would tidy it."""
    host, port = web.base_url.host, web.base_url.port
    assert port is not None
    with socket.create_connection((host, port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(answer.split()[1]), answer
