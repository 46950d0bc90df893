"""The file of a backup: a gzipped tar whose last member, `manifest.json`, names all the others with size and SHA-256. A
file that was cut short has none. It is read as if a stranger had made it: plain files, under names that we give."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import tarfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

from watcher.backup.members import Readable, members
from watcher.errors import WatcherError

#: Raised when what older versions cannot read comes into it.
FORMAT = 1

MANIFEST = "manifest.json"
_LONGEST = 256 * 2**20  # bytes of a manifest: some million files
_CHUNK = 2**20
_LONGEST_NAME = 255  # bytes of a file's or a folder's name: no file system takes more
_FILES = {MANIFEST, "config/watcher.toml", "state/watcher.db", "state/secret"}
_RECORDS = re.compile(r"state/records/.+|records/[^/]+/.+", re.DOTALL)
_WATCHES = re.compile(r"config/watches\.d/[^/]+\.toml", re.DOTALL)
_KEYS = {"format": int, "watcher": str, "created_at": str}


class BadBackup(WatcherError):
    """A file that is no backup, or no whole one; nothing was changed."""

    exit_code = 2


@dataclass(slots=True)
class Writer:
    """Puts files into a backup. `sums` says what is in it: the size and the SHA-256 of each."""

    tar: tarfile.TarFile
    sums: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, name: str, path: Path) -> bool:
        """Add a file under a name; False where it vanished just now. Raises OSError."""
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would be waited for, for ever
        except FileNotFoundError:
            return False
        with os.fdopen(handle, "rb") as file:
            there = os.fstat(handle)
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = there.st_size, int(there.st_mtime), there.st_mode & 0o777
            hashed = _Hashed(file)
            self.tar.addfile(info, hashed)
        self.sums[name] = (info.size, hashed.sum.hexdigest())
        return True


@contextmanager
def writing(out: IO[bytes], about: Mapping[str, Any]) -> Iterator[Writer]:
    """A backup that is whole when the block has ended; `about` goes into its manifest."""
    with gzip.GzipFile("", "wb", 6, out) as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        writer = Writer(tar)
        yield writer
        data = json.dumps({"format": FORMAT, **about, "files": writer.sums}, indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(data), 0o600
        tar.addfile(info, BytesIO(data))


def verified(path: Path, room: int) -> dict[str, Any]:
    """The manifest of a backup in which every file is as it says, and which unpacked takes less than `room` bytes.
    Raises BadBackup."""
    sums, said, left = dict[str, list[Any]](), b"", room
    with _words(path), _reading(path) as found:
        for info, file in found:
            left -= info.size
            if said or info.name in sums or not _is_plain(info):
                raise BadBackup(f"{path}: it holds {info.name!r}, which is no part of a backup", hint=_HINT)
            if left < 0 or (info.name == MANIFEST and info.size > _LONGEST):
                raise BadBackup(f"{path}: unpacked it needs more room than there is ({room:,} bytes)", hint="make room")
            if info.name == MANIFEST:
                said = file.read()
            else:
                sums[info.name] = [info.size, _sum(file)]
        manifest = json.loads(said or b"null")
    if name := _file_and_folder(sums):
        words = f"{path}: it holds {name!r} as a file and as a folder, which is no part of a backup"
        raise BadBackup(words, hint=_HINT)
    if not isinstance(manifest, dict) or not all(isinstance(manifest.get(key), kind) for key, kind in _KEYS.items()):
        raise BadBackup(f"{path}: it has no manifest: it was cut short, or is no backup", hint=_HINT)
    if manifest["format"] > FORMAT:
        raise BadBackup(f"{path}: it was made by a newer Watcher ({manifest.get('watcher')})", hint="update Watcher")
    if manifest.get("files") != sums:
        raise BadBackup(f"{path}: its files are not those of its manifest: it is damaged", hint=_HINT)
    return manifest


def unpack(path: Path, to: Path) -> list[str]:
    """Unpack a backup that was `verified` into an empty folder; the names in it. Nobody else can write what comes of
    it, and nobody else can read what nobody else could read."""
    names = []
    with _words(path), _reading(path) as found:
        for info, file in found:
            if info.name == MANIFEST or not _is_plain(info):
                continue
            place = to / info.name
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as copy:
                while chunk := file.read(_CHUNK):
                    copy.write(chunk)
            place.chmod(info.mode & 0o644 | 0o600)
            os.utime(place, (info.mtime, info.mtime))
            names.append(info.name)
    return names


_HINT = "take another backup; nothing was changed"


@contextmanager
def _reading(path: Path) -> Iterator[Iterator[tuple[tarfile.TarInfo, Readable]]]:
    with gzip.open(path) as packed:
        yield members(packed)


def _is_plain(info: tarfile.TarInfo) -> bool:
    """Whether it is a file under a name that `save` gives: no link, no device, and no way out of the folder."""
    return info.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and (info.name in _FILES or _is_ours(info.name))


def _is_ours(name: str) -> bool:
    parts = name.split("/")
    if "\0" in name or any(part in ("", ".", "..") or len(os.fsencode(part)) > _LONGEST_NAME for part in parts):
        return False
    return bool(_WATCHES.fullmatch(name) or (_RECORDS.fullmatch(name) and "/." not in name))


def _file_and_folder(names: Collection[str]) -> str | None:
    """A name that others begin with as if it were their folder."""
    ordered = sorted(name.replace("/", "\0") for name in names)  # so that what is in a folder comes right behind it
    found = (name.replace("\0", "/") for name, behind in pairwise(ordered) if behind.startswith(f"{name}\0"))
    return next(found, None)


@contextmanager
def _words(path: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, ValueError, RecursionError) as error:
        words = f"{path}: it is no backup, or a damaged one ({str(error) or type(error).__name__})"
        raise BadBackup(words, hint=_HINT) from error


def _sum(file: Readable) -> str:
    hashed = _Hashed(file)
    while hashed.read(_CHUNK):
        pass
    return hashed.sum.hexdigest()


class _Hashed:
    """A file that hashes what is read of it."""

    def __init__(self, file: Readable) -> None:
        self._file, self.sum = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.sum.update(data)
        return data
