"""Files: replaced whole or not at all, and only where they differ. An OSError becomes words."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep
from typing import IO, TypeAlias

from watcher.errors import Busy, RecordError, StoreError

log = logging.getLogger(__name__)

_LEFT_OVER = ".watcher-", ".tmp"

#: What differs as soon as a file does: size, mtime and ctime (ns). An mtime can be put back; and what makes a backup or
#: gives a file away changes the ctime alone, which costs one more reading.
Stamp: TypeAlias = tuple[int, int, int]


def read(path: Path, most: int = -1) -> bytes | None:
    """The bytes of a file, or the first of them; None where there is none."""
    with _words(path, "read"), suppress(FileNotFoundError):
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe under that name would be waited for, for ever
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(errno.EINVAL, "it is no file")
            return file.read(most)
    return None


def replace(path: Path, data: bytes, *, mode: int = 0o644, settled: bool = True, lasting: bool = True) -> bool:
    """Make `path` hold `data`, with its folder, and say whether that took a write. At any moment, a loss of power
    included, the file is the old one or the new one; on a RecordError it is the old one. `mode` is less the umask. That
    it is the new one is certain when it is `settled`, or after `settle` was called for its folder. Of one that is not
    `lasting` anything may be left by a loss of power, or nothing."""
    if read(path) == data:
        return False
    with _words(path, "written"):
        _make(path.parent)
        new = path.with_name(temporary())
        try:
            _write(new, data, mode, lasting=lasting)
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        if settled and lasting:
            _settle(path.parent)
    return True


@contextmanager
def writing(path: Path, *, mode: int = 0o600) -> Iterator[IO[bytes]]:
    """A file that is at `path` when the block has ended, in the place of what was there; or, where it fails, is not."""
    new = path.with_name(temporary())
    with _words(path, "written"):
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        _give(handle, path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(handle)
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        _settle(path.parent)


def temporary() -> str:
    """A name for what is not whole yet; `sweep` removes what a killed run leaves of it."""
    return secrets.token_hex(6).join(_LEFT_OVER)


def settle(folder: Path) -> None:
    """Make certain what was put into a folder: a loss of power does not take it back."""
    with _words(folder, "written"):
        _settle(folder)


def once(path: Path, data: bytes, *, mode: int = 0o600) -> bytes:
    """The bytes of a file that is made once and then stays: `data`, where there is none yet. Of several who make it
    at the same moment all get what one of them brought."""
    with _words(path, "written"):
        if not path.exists():
            _make(path.parent)
            new = path.with_name(temporary())
            try:
                _write(new, data, mode)
                with suppress(FileExistsError):
                    path.hardlink_to(new)
            finally:
                new.unlink(missing_ok=True)
            _settle(path.parent)
    return read(path) or b""


def remove(path: Path) -> None:
    """Remove a file, if it is there."""
    with _words(path, "removed"):
        path.unlink(missing_ok=True)


def sweep(folder: Path, *, below: bool = False) -> None:
    """Remove what killed runs left half written; with `below` in the folders of the folder as well. For the holder of
    the home's lock: nobody else may be writing."""
    with _words(folder, "swept"):
        for path in _left_over(str(folder), below):
            Path(path).unlink(missing_ok=True)


def listing(folder: Path) -> dict[str, Stamp] | None:
    """The stamp of each .md file below, by its path relative to `folder`; None where there is no folder. Hidden names
    are left out."""
    with _words(folder, "listed"):
        return dict(sorted(_records(folder))) if folder.is_dir() else None


def stamp(seen: os.stat_result) -> Stamp:
    return seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold the home's lock, with our pid inside; Busy where another process, or thread, does. The kernel lets it go
    when we die, however that happens, so the file stays: removing it would let two in."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _close_to_all(path.parent)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        _give(handle, path.parent)
    except OSError as error:
        raise StoreError(f"{path}: cannot be locked: {_reason(error)}", hint=_hint(error)) from error
    try:
        _take(handle, path)
        yield
    finally:
        os.close(handle)


def holder(path: Path) -> int | None:
    """The pid of who holds such a lock, 0 where that is not known, None for nobody. Nothing is made or changed. The
    lock is shared for a moment, for nothing else says it for certain: /proc/locks is silent about other containers."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return None if _locked(handle, fcntl.LOCK_SH) else _pid(handle)
    finally:
        os.close(handle)


def _close_to_all(folder: Path) -> None:
    """Earlier versions let every user read it. What a group may do is its owner's doing."""
    there = folder.stat()
    if there.st_mode & stat.S_IRWXO and there.st_uid == os.geteuid():
        with suppress(PermissionError):  # a file system without modes; another takes them and forgets them
            folder.chmod(0o700)
        if not folder.stat().st_mode & stat.S_IRWXO:
            log.warning("%s was open to all users, and is not any more", folder)


def _take(handle: int, path: Path) -> None:
    try:
        if not _is_ours(handle):
            pid = _pid(handle)
            words = "another watcher uses this home" + (f" (pid {pid})" if pid else "")
            hint = "`watcher run` looks by itself when a watch is due; to do this now, stop it first"
            raise Busy(words, pid=pid, hint=hint)
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
    except OSError as error:
        raise StoreError(f"{path}: cannot be locked: {_reason(error)}", hint=_hint(error)) from error


def _is_ours(handle: int) -> bool:
    """Take the lock, if nobody has it: who only asks for its holder shares it for a moment, which is waited for."""
    for _ in range(100):
        if _locked(handle, fcntl.LOCK_EX):
            return True
        if not _locked(handle, fcntl.LOCK_SH):
            return False
        sleep(0.01)
    return False


def _locked(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid(handle: int) -> int:
    """Of who has the lock; 0 where it has not written that yet."""
    said = os.pread(handle, 20, 0).strip()
    return int(said) if said.isdigit() else 0


def _write(path: Path, data: bytes, mode: int, *, lasting: bool = True) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    _give(handle, path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        if lasting:
            os.fsync(handle)


def _make(folder: Path) -> None:
    # A new folder is itself an entry of its parent, and can be lost with the power like a file can.
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            _give(handle, folder.parent)
        finally:
            os.close(handle)
        _settle(folder.parent)


def _give(handle: int, folder: Path) -> None:
    """What root makes in the folder of another user is that user's, as SQLite does with its journals: the service in
    whose home root looks round could not write it otherwise."""
    if os.geteuid() == 0 and (owner := folder.stat()).st_uid:
        with suppress(PermissionError):  # a file server that trusts no root
            os.fchown(handle, owner.st_uid, owner.st_gid)


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _records(folder: Path) -> Iterator[tuple[str, Stamp]]:
    # Not recursive: folders nest deeper than Python calls.
    prefixes = [""]
    while prefixes:
        prefix = prefixes.pop()
        with os.scandir(folder / prefix) as found:
            for each in found:
                if each.name.startswith("."):
                    continue
                if each.is_dir(follow_symlinks=False):
                    prefixes.append(f"{prefix}{each.name}/")
                elif each.name.endswith(".md"):
                    with suppress(FileNotFoundError):  # its owner removed it just now
                        if not _is_file(each):
                            continue
                        yield f"{prefix}{each.name}", stamp(each.stat())


def _left_over(folder: str, below: bool) -> Iterator[str]:
    folders = [folder]
    while folders:
        try:
            found = os.scandir(folders.pop())
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue
        with found:
            for each in found:
                if each.name.startswith(_LEFT_OVER[0]) and each.name.endswith(_LEFT_OVER[1]):
                    yield each.path
                elif below and each.is_dir(follow_symlinks=False):
                    folders.append(each.path)


def _is_file(each: os.DirEntry[str]) -> bool:
    try:
        return each.is_file()
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link to itself
            return False
        raise


@contextmanager
def _words(path: Path, done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RecordError(path, f"cannot be {done}: {_reason(error)}", hint=_hint(error)) from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _hint(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "make room; what was there before is untouched"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "let the user that watcher runs as write there"
    return ""
