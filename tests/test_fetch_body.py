"""Bodies that are packed, cut off, lying about their length, or far too large."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rawserver import Asked, RawServer, bomb, drip, gzipped, hang, head, reply
from watcher.errors import TooLarge, Truncated
from watcher.fetch import Fetcher, Limits
from watcher.fetch.body import unpack
from watcher.model import Request, Response

LIMIT = 256 * 1024
PAGE = b"<!doctype html><title>Press releases</title>" + b"<p>One release." * 500
DEFLATED = zlib.compress(PAGE)
RAW_DEFLATED = DEFLATED[2:-4]


@pytest.fixture(scope="module")
def fetcher() -> Iterator[Fetcher]:
    def now() -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC)

    with Fetcher(user_agent="watcher-test", clock=now, limits=Limits(body=LIMIT, deadline=10)) as fetcher:
        yield fetcher


def ask(fetcher: Fetcher, server: RawServer) -> Response:
    return fetcher.get(Request(url=server.url(), trusted=True))


def noise(size: int) -> bytes:
    return random.Random(1).randbytes(size)


@pytest.mark.parametrize(
    ("packed", "coding"),
    [
        (PAGE, ""),
        (PAGE, "identity"),
        (gzip.compress(PAGE, mtime=0), "gzip"),
        (gzip.compress(PAGE, mtime=0), "X-GZIP"),
        (gzip.compress(PAGE, mtime=0), " gzip ,"),
        (gzip.compress(PAGE[:50], mtime=0) + gzip.compress(PAGE[50:]), "gzip"),
        (gzip.compress(b"", mtime=0) + gzip.compress(PAGE), "gzip"),
        (gzip.compress(PAGE, mtime=0) + b"\0\0\0\n", "gzip"),
        (DEFLATED, "deflate"),
        (RAW_DEFLATED, "deflate"),
        (DEFLATED + b"\n", "deflate"),
        (RAW_DEFLATED + b"\n", "deflate"),
    ],
)
def test_a_packed_body_is_unpacked(fetcher: Fetcher, packed: bytes, coding: str) -> None:
    with RawServer({"/": gzipped(packed, coding)}) as server:
        response = ask(fetcher, server)

    assert response.body == PAGE


def test_a_packed_body_may_come_byte_by_byte(fetcher: Fetcher) -> None:
    packed = gzip.compress(PAGE, mtime=0)

    def said(_: Asked) -> Iterator[bytes]:
        yield head(200, {"content-encoding": "gzip"})
        yield from (packed[at : at + 1] for at in range(len(packed)))

    with RawServer({"/": said}) as server:
        response = ask(fetcher, server)

    assert response.body == PAGE


def test_a_body_in_chunks_is_put_together(fetcher: Fetcher) -> None:
    chunks = b"3\r\none\r\n4;x=y\r\n two\r\n0\r\nX-Trailer: z\r\n\r\n"

    with RawServer({"/": head(200, {"transfer-encoding": "chunked"}) + chunks}) as server:
        response = ask(fetcher, server)

    assert response.body == b"one two"


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, br", "gzip, gzip", "aes128gcm"])
def test_a_coding_that_was_not_asked_for_is_refused(fetcher: Fetcher, coding: str) -> None:
    with RawServer({"/": gzipped(gzip.compress(PAGE, mtime=0), coding)}) as server, pytest.raises(Truncated) as caught:
        ask(fetcher, server)

    assert f'"{coding}"' in str(caught.value)
    assert server.host in str(caught.value)


# Cut off


@pytest.mark.parametrize(
    ("packed", "coding"),
    [
        (gzip.compress(PAGE, mtime=0)[:-1], "gzip"),
        (gzip.compress(PAGE, mtime=0)[:-8], "gzip"),
        (gzip.compress(PAGE, mtime=0)[:40], "gzip"),
        (gzip.compress(PAGE, mtime=0)[:5], "gzip"),
        (gzip.compress(PAGE, mtime=0) + gzip.compress(PAGE)[:30], "gzip"),
        (gzip.compress(PAGE, mtime=0) + b"\x1f", "gzip"),
        (DEFLATED[:-1], "deflate"),
        (DEFLATED[:1], "deflate"),
        (RAW_DEFLATED[:-3], "deflate"),
    ],
)
def test_a_truncated_packed_body_is_refused(fetcher: Fetcher, packed: bytes, coding: str) -> None:
    with RawServer({"/": gzipped(packed, coding)}) as server, pytest.raises(Truncated, match="ended early, inside"):
        ask(fetcher, server)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize(
    "packed", [PAGE, b"\x1f\x8b\x08junk", gzip.compress(PAGE, mtime=0)[:-8] + b"12345678", b"\x78\x9cjunk"]
)
def test_a_body_that_is_not_what_its_coding_says_is_refused(fetcher: Fetcher, packed: bytes, coding: str) -> None:
    with RawServer({"/": gzipped(packed, coding)}) as server, pytest.raises(Truncated, match=f"from {server.host}"):
        ask(fetcher, server)


@pytest.mark.parametrize(
    "said",
    [
        reply(PAGE, content_length=str(len(PAGE) + 1)),
        head(200, {"content-length": "5"}),
        head(200, {"transfer-encoding": "chunked"}) + b"5\r\nwhole\r\n",
        head(200, {"transfer-encoding": "chunked"}) + b"5\r\nwho",
        head(200, {"transfer-encoding": "chunked"}) + b"wrong\r\nwhole\r\n0\r\n\r\n",
    ],
)
def test_a_body_that_ends_before_its_length_is_refused(fetcher: Fetcher, said: bytes) -> None:
    with RawServer({"/": said}) as server, pytest.raises(Truncated, match=f"the body from {server.host} ended early"):
        ask(fetcher, server)


def test_a_packed_body_cut_by_a_lying_length_is_refused(fetcher: Fetcher) -> None:
    packed = gzip.compress(PAGE, mtime=0)
    said = reply(packed, content_encoding="gzip", content_length=str(len(packed) - 5))

    with RawServer({"/": said}) as server, pytest.raises(Truncated):
        ask(fetcher, server)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_packed_body_of_no_bytes_is_an_empty_body(fetcher: Fetcher, coding: str) -> None:
    with RawServer({"/": gzipped(b"", coding)}) as server, pytest.raises(Truncated, match="200 with an empty body"):
        ask(fetcher, server)


# Too large


def test_a_body_may_be_as_large_as_the_limit(fetcher: Fetcher) -> None:
    body = noise(LIMIT)

    with RawServer({"/": reply(body)}) as server:
        response = ask(fetcher, server)

    assert response.body == body


def test_a_packed_body_may_unpack_to_the_limit(fetcher: Fetcher) -> None:
    body = b"x" * LIMIT

    with RawServer({"/": gzipped(gzip.compress(body, mtime=0))}) as server:
        response = ask(fetcher, server)

    assert response.body == body


def test_a_length_beyond_the_limit_is_refused_before_the_body_comes(fetcher: Fetcher) -> None:
    script = hang(head(200, {"content-length": str(LIMIT + 1)}))

    with RawServer({"/": script}) as server, pytest.raises(TooLarge, match=rf"{server.host} is .* 262,145 bytes"):
        ask(fetcher, server)


def test_a_body_without_end_is_refused_at_the_limit(fetcher: Fetcher) -> None:
    script = drip(noise(100_000), head(200, {}))

    with RawServer({"/": script}) as server, pytest.raises(TooLarge, match=f"the body from {server.host} is larger"):
        ask(fetcher, server)


def test_a_packed_body_may_not_pass_the_limit_as_it_is_sent(fetcher: Fetcher) -> None:
    packed = gzip.compress(b"", mtime=0) * (LIMIT // 20 + 1)

    with RawServer({"/": gzipped(packed)}) as server, pytest.raises(TooLarge):
        ask(fetcher, server)


def test_a_body_one_byte_beyond_the_limit_is_refused(fetcher: Fetcher) -> None:
    with RawServer({"/": gzipped(gzip.compress(b"x" * (LIMIT + 1)))}) as server, pytest.raises(TooLarge):
        ask(fetcher, server)


def test_a_bomb_is_refused(fetcher: Fetcher) -> None:
    with (
        RawServer({"/": bomb(20_000_000)}) as server,
        pytest.raises(TooLarge, match="larger than 262,144 bytes when it is unpacked"),
    ):
        ask(fetcher, server)


@pytest.mark.parametrize(
    "packed", [gzip.compress(bytes(10_000_000), mtime=0), gzip.compress(bytes(1000), mtime=0) * 100]
)
def test_a_bomb_is_not_unpacked_beyond_the_limit(packed: bytes) -> None:
    assert len(unpack(packed, "gzip", 2500)) == 2501


def test_a_flood_of_empty_members_is_worth_little() -> None:
    assert unpack(gzip.compress(b"", mtime=0) * 50_000 + gzip.compress(b"end"), "gzip", LIMIT) == b"end"


# Laws


@given(st.lists(st.binary(), min_size=1, max_size=4))
def test_what_was_packed_in_members_comes_out_whole(parts: list[bytes]) -> None:
    packed = b"".join(map(gzip.compress, parts))

    assert unpack(packed, "gzip", LIMIT) == b"".join(parts)


@given(st.binary(min_size=1), st.data())
def test_no_part_of_a_packed_body_passes_for_the_whole(body: bytes, data: st.DataObject) -> None:
    packed = gzip.compress(body, mtime=0)
    cut = data.draw(st.integers(1, len(packed) - 1))

    with pytest.raises(EOFError):
        unpack(packed[:cut], "gzip", LIMIT)


@given(st.binary(), st.sampled_from(["gzip", "deflate"]))
def test_junk_is_unpacked_or_refused(junk: bytes, coding: str) -> None:
    try:
        unpacked = unpack(junk, coding, 100)
    except (EOFError, zlib.error):
        return

    assert len(unpacked) <= 101
