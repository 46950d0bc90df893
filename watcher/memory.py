"""Memory that was freed, and that the process holds on to: glibc has an arena for each thread, what is free in one fits
no other, and between small pieces there is room for large ones. A daemon that is looked at after weeks seems to leak.
"""

from __future__ import annotations

from contextlib import suppress

#: mallopt(3).
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8

#: They are hardly waited for: Python asks for most of its memory a megabyte at a time, one thread after the other.
_ARENAS = 2

#: Bytes. A piece as large as that (a page, a feed) is the system's again as soon as it is free. So it is in a process
#: that begins; but each one that is freed makes the limit grow, up to 32 MB.
_LARGE = 128 * 1024


def settle() -> None:
    """Have all threads share a few arenas, and large pieces lie in none. To be called before there are threads."""
    _ask("mallopt", _ARENA_MAX, _ARENAS)
    _ask("mallopt", _MMAP_THRESHOLD, _LARGE)


def give_back() -> None:
    """Give what threads have freed back to the system."""
    _ask("malloc_trim", 0)


def _ask(call: str, *numbers: int) -> None:
    # Other C libraries have no such call, nor need one. MemoryError: a system that forbids memory to become code may
    # forbid the import of ctypes.
    with suppress(ImportError, MemoryError, OSError, AttributeError):
        import ctypes

        getattr(ctypes.CDLL(None), call)(*numbers)
