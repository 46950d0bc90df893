"""What was freed is the system's again, and threads do not keep it from one another."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from watcher import memory

MANY, PIECE = 1000, 64 * 1024

glibc = pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="only glibc holds on to it")


def held() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@glibc
def test_what_was_freed_below_what_is_in_use_is_given_back() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = (
        ctypes.c_void_p,
        [ctypes.c_size_t],
        [ctypes.c_void_p],
    )
    pieces = [libc.malloc(PIECE) for _ in range(MANY)]
    for piece in pieces:
        ctypes.memset(piece, 1, PIECE)
    for piece in pieces[:-1]:  # the last one keeps the heap from being cut
        libc.free(piece)
    before = held()

    memory.give_back()

    assert before - held() > MANY * PIECE / 2
    libc.free(pieces[-1])


@glibc
def test_threads_share_few_arenas(tmp_path: Path) -> None:
    code = _IN_THREADS.format(before="memory.settle()", file=str(tmp_path / "few"))
    other = _IN_THREADS.format(before="", file=str(tmp_path / "many"))

    for each in (code, other):
        subprocess.run([sys.executable, "-c", each], check=True, timeout=60)

    assert _arenas(tmp_path / "few") <= 2
    assert _arenas(tmp_path / "many") > 2  # so many it has where nobody says otherwise


@glibc
@pytest.mark.parametrize(("before", "apart"), [("memory.settle()", 1), ("", 0)])
def test_large_pieces_lie_apart_whatever_was_freed_before(before: str, apart: int) -> None:
    code = _AFTER_LARGE.format(before=before)

    said = subprocess.run([sys.executable, "-c", code], check=True, timeout=60, capture_output=True, text=True)

    assert int(said.stdout) == apart


def _arenas(file: Path) -> int:
    return len(re.findall("<heap ", file.read_text()))


_IN_THREADS = """
import ctypes, threading
from watcher import memory

{before}
libc = ctypes.CDLL(None)
libc.fopen.restype = libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes, libc.malloc_info.argtypes = [ctypes.c_size_t], [ctypes.c_int, ctypes.c_void_p]
libc.fclose.argtypes = [ctypes.c_void_p]
together = threading.Barrier(8)


def ask():
    libc.malloc(1000)
    together.wait()


threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
file = libc.fopen({file!r}.encode(), b"w")
libc.malloc_info(0, file)
libc.fclose(file)
"""

_AFTER_LARGE = """
import ctypes
from watcher import memory


class Mallinfo2(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks a b c d e f".split()]


{before}
libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Mallinfo2
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
libc.free(libc.malloc(8 * 2**20))
apart = libc.mallinfo2().hblks
libc.malloc(2**20)
print(libc.mallinfo2().hblks - apart)
"""
