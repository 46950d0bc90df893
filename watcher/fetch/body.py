"""A body, bounded as it comes and again as it is unpacked."""

from __future__ import annotations

import zlib

import httpx

from watcher.errors import TooLarge, Truncated

# A member of a few bytes makes zlib copy all that follows it: in small pieces, that stays little.
_PIECE = 16 * 1024
_AUTO = 47  # zlib finds out itself whether it is gzip or zlib
_RAW = -15  # "deflate" without the zlib header that RFC 9110 §8.4.1.2 asks for


def read(reply: httpx.Response, name: str, limit: int) -> bytes:
    """The unpacked body of a reply from the host `name`. Raises TooLarge and Truncated."""
    coding = _coding(reply, name)
    raw = _raw(reply, name, limit)
    if not coding or not raw:
        return raw
    try:
        unpacked = unpack(raw, coding, limit)
    except zlib.error as exc:
        raise Truncated(f"the body from {name} is not the {coding} that it says it is") from exc
    except EOFError as exc:
        raise Truncated(f"the body from {name} ended early, inside its {coding}") from exc
    if len(unpacked) > limit:
        raise TooLarge(f"the body from {name} is larger than {_spoken(limit)} when it is unpacked")
    return unpacked


def beginning(reply: httpx.Response, name: str, limit: int) -> bytes:
    """The unpacked body as far as its first `limit` bytes, however much there is. Raises Truncated."""
    coding, raw = _coding(reply, name), bytearray()
    try:
        for chunk in reply.iter_raw():
            raw += chunk
            if len(raw) > limit:  # what is packed may end anywhere now
                return zlib.decompressobj(_AUTO).decompress(raw, limit) if coding else bytes(raw[:limit])
        return unpack(bytes(raw), coding, limit)[:limit] if coding and raw else bytes(raw)
    except (httpx.RemoteProtocolError, httpx.ReadError, zlib.error, EOFError) as exc:
        raise Truncated(f"the body from {name} ended early, or is not what it says it is") from exc


def unpack(raw: bytes, coding: str, limit: int) -> bytes:
    """At most `limit` + 1 bytes. Raises EOFError where the end is missing, zlib.error for what is not `coding`."""
    try:
        return _inflate(raw, _AUTO, limit)
    except zlib.error:
        if coding != "deflate":
            raise
        return _inflate(raw, _RAW, limit)


def _coding(reply: httpx.Response, name: str) -> str:
    named = [part.strip().removeprefix("x-") for part in _header(reply, "content-encoding").lower().split(",")]
    codings = [coding for coding in named if coding not in ("", "identity")]
    if not codings:
        return ""
    if codings in (["gzip"], ["deflate"]):
        return codings[0]
    raise Truncated(
        f'the body from {name} is coded as "{", ".join(codings)[:40]}"',
        hint="only gzip and deflate were asked for: the server does not heed Accept-Encoding",
    )


def _raw(reply: httpx.Response, name: str, limit: int) -> bytes:
    length = _header(reply, "content-length")
    if length.isdecimal() and len(length) < 19 and int(length) > limit:
        raise TooLarge(f"the body from {name} is larger than {_spoken(limit)} (it says {int(length):,} bytes)")
    raw = bytearray()
    try:
        for chunk in reply.iter_raw():
            raw += chunk
            if len(raw) > limit:
                raise TooLarge(f"the body from {name} is larger than {_spoken(limit)}")
    except (httpx.RemoteProtocolError, httpx.ReadError) as exc:
        raise Truncated(f"the body from {name} ended early, after {len(raw):,} bytes") from exc
    return bytes(raw)


def _header(reply: httpx.Response, name: str) -> str:
    return str(reply.headers.get(name, ""))


def _inflate(raw: bytes, wbits: int, limit: int) -> bytes:
    unpacked, at, view = bytearray(), 0, memoryview(raw)
    unpacker = zlib.decompressobj(wbits)
    while at < len(raw) and len(unpacked) <= limit:
        if unpacker.eof:
            # A gzip body may have several members (RFC 1952 §2.2). Other bytes after its end are padding.
            if wbits == _RAW or raw[at] != 0x1F:
                break
            unpacker = zlib.decompressobj(wbits)
        piece = view[at : at + _PIECE]
        unpacked += unpacker.decompress(piece, limit + 1 - len(unpacked))
        at += len(piece) - len(unpacker.unused_data)
    if len(unpacked) <= limit and not unpacker.eof:
        raise EOFError
    return bytes(unpacked)


def _spoken(limit: int) -> str:
    return f"{limit / 2**20:.0f} MiB" if limit >= 2**20 else f"{limit:,} bytes"
