"""What was freed is the system's again."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from watcher import memory

MANY, PIECE = 1000, 64 * 1024


def held() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc holds on to it")
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
