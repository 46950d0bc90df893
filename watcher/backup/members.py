"""The members of a tar as `archive` writes one. Only what it writes is understood: plain headers, and before a long
name or a large number one short pax header. The reader of the standard library understands far more, and some of that
costs hours, or all memory, for a few bytes of a stranger's."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Mapping
from typing import Protocol

_BLOCK = tarfile.BLOCKSIZE
_LONGEST = 8 * 2**10  # bytes of a pax header: no path is longer than 4096
_CHUNK = 2**20


class Readable(Protocol):
    """A file, as far as it is read here."""

    def read(self, size: int = -1, /) -> bytes: ...


class Part:
    """What is left to read of one member."""

    def __init__(self, file: Readable, size: int) -> None:
        self._file, self._left = file, size

    def read(self, size: int = -1) -> bytes:
        """Raises EOFError where the file ends before its member."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = _exactly(self._file, wanted)
        self._left -= wanted
        return data


def members(file: Readable) -> Iterator[tuple[tarfile.TarInfo, Part]]:
    """Each member with what is in it, to be read before the next is asked for. Raises tarfile.TarError, ValueError and
    EOFError."""
    said: Mapping[str, str] = {}
    while (block := _exactly(file, _BLOCK)).strip(b"\0"):
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        if info.type == tarfile.XHDTYPE:
            if said or not 0 < info.size <= _LONGEST:
                raise tarfile.ReadError(f"a header of {info.size:,} bytes, or one too many")
            said = _said(_exactly(file, info.size + -info.size % _BLOCK)[: info.size])
            continue
        _apply(said, info)
        said = {}
        part = Part(file, info.size)
        yield info, part
        while part.read(_CHUNK):
            pass
        _exactly(file, -info.size % _BLOCK)


def _said(data: bytes) -> dict[str, str]:
    """The words of a pax header: records of `LENGTH KEY=VALUE`, each ending its line."""
    said = {}
    while data:
        length = _number(data[:6].partition(b" ")[0].decode("ascii"))
        record, data = data[:length], data[length:]
        key, equals, value = record.partition(b" ")[2].partition(b"=")
        if len(record) != length or not equals or not value.endswith(b"\n"):
            raise tarfile.ReadError("a header that is no pax header")
        said[key.decode("utf-8")] = value[:-1].decode("utf-8", "surrogateescape")
    return said


def _apply(said: Mapping[str, str], info: tarfile.TarInfo) -> None:
    info.name = said.get("path", info.name)
    info.size = _number(said.get("size", str(info.size)))
    earlier = said.get("mtime", "").startswith("-")  # than 1970
    info.mtime = -_number(said["mtime"][1:]) if earlier else _number(said.get("mtime", str(info.mtime)))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 16 and int(text) < 2**48):
        raise tarfile.ReadError(f"a number that is none: {text[:20]!r}")
    return int(text)


def _exactly(file: Readable, size: int) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise EOFError("it ends too early")
    return data
