"""Memory that was freed, and that the process holds on to."""

from __future__ import annotations

from contextlib import suppress


def give_back() -> None:
    """Give what threads have freed back to the system. glibc keeps it, in parts that fit nobody else: a daemon that is
    looked at after weeks seems to leak. Other C libraries have no such call, nor need one."""
    # MemoryError: a system that forbids memory to become code may forbid the import of ctypes.
    with suppress(ImportError, MemoryError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).malloc_trim(0)
