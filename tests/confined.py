"""Runs a program under a unit's system call filter: `python -m tests.confined UNIT... -- PROGRAM ARGUMENT...`.

No systemd is needed, only its list of system calls: SystemCallFilter=, SystemCallErrorNumber=, MemoryDenyWriteExecute=,
RestrictAddressFamilies= and RestrictNamespaces= of the units (the first, and the drop-ins that follow) are put into
force by libseccomp, on top of NoNewPrivileges=, as systemd 252 does it. What namespaces and capabilities deny is not.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from ctypes.util import find_library
from functools import cache
from pathlib import Path

_ALLOW = 0x7FFF0000
_MASKED, _NE = 7, 1
_WRITE, _EXEC = 2, 4
_NAMESPACES = {
    "user": 0x10000000,
    "pid": 0x20000000,
    "net": 0x40000000,
    "ipc": 0x08000000,
    "uts": 0x04000000,
    "cgroup": 0x02000000,
    "mnt": 0x00020000,
}


class _Compare(ctypes.Structure):
    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


def settings(units: list[Path]) -> dict[str, list[str]]:
    """What the units say, by key; a later one adds, and an empty one begins anew."""
    found: dict[str, list[str]] = {}
    for unit in units:
        for key, value in re.findall(r"(?m)^(\w+)=(.*)$", unit.read_text()):
            found[key] = [*found.get(key, []), value] if value else []
    return found


@cache
def calls(name: str) -> frozenset[str]:
    """The system calls of a name: themselves, or those of a set of systemd's."""
    if not name.startswith("@"):
        return frozenset({name})
    listed = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True)
    names = [line.strip() for line in listed.stdout.splitlines()[1:] if line.startswith("    ") and "#" not in line]
    return frozenset().union(*map(calls, names))


def allowed(filters: list[str]) -> set[str]:
    """The system calls that SystemCallFilter= lines leave: a list of what may be, then what may not after all."""
    found: set[str] = set(calls("@default"))
    for line in filters:
        for name in line.removeprefix("~").split():
            found = found - calls(name) if line.startswith("~") else found | calls(name)
    return found


def confine(units: list[Path]) -> None:
    """Confine this process, and what it starts, from now on."""
    said = settings(units)
    library = ctypes.CDLL(find_library("seccomp"), use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    refusals = [*_calls(said, library), *_memory(said), *_families(said), *_spaces(said)]
    by_default = library.seccomp_init(_ALLOW)
    for name, number, compare in refusals:
        nr = library.seccomp_syscall_resolve_name(name.encode())
        if nr >= 0:
            rule = (_Compare * len(compare))(*compare)
            library.seccomp_rule_add_array(ctypes.c_void_p(by_default), 0x00050000 | number, nr, len(compare), rule)
    if failed := library.seccomp_load(ctypes.c_void_p(by_default)):
        raise OSError(-failed, os.strerror(-failed))


def _calls(said: dict[str, list[str]], library: ctypes.CDLL) -> Iterator[tuple[str, int, list[_Compare]]]:
    number = getattr(errno, said["SystemCallErrorNumber"][-1])
    library.seccomp_syscall_resolve_num_arch.restype = ctypes.c_char_p
    native = library.seccomp_arch_native()
    known = {library.seccomp_syscall_resolve_num_arch(native, nr) for nr in range(600)} - {None}
    for name in sorted({each.decode() for each in known} - allowed(said["SystemCallFilter"])):
        yield name, number, []


def _memory(said: dict[str, list[str]]) -> Iterator[tuple[str, int, list[_Compare]]]:
    if said["MemoryDenyWriteExecute"][-1] == "yes":
        both = _WRITE | _EXEC
        yield "mmap", errno.EPERM, [_Compare(2, _MASKED, both, both)]
        for name in ("mprotect", "pkey_mprotect"):
            yield name, errno.EPERM, [_Compare(2, _MASKED, _EXEC, _EXEC)]


def _families(said: dict[str, list[str]]) -> Iterator[tuple[str, int, list[_Compare]]]:
    may = {int(getattr(socket, name)) for line in said["RestrictAddressFamilies"] for name in line.split()}
    for family in set(range(46)) - may:
        yield "socket", errno.EAFNOSUPPORT, [_Compare(0, 4, family, 0)]


def _spaces(said: dict[str, list[str]]) -> Iterator[tuple[str, int, list[_Compare]]]:
    value = said["RestrictNamespaces"][-1]
    may = set(value.split()) - {"yes"}
    for bit in (bit for name, bit in _NAMESPACES.items() if value != "no" and name not in may):
        for name in ("clone", "unshare"):
            yield name, errno.EPERM, [_Compare(0, _MASKED, bit, bit)]
    if value != "no":
        yield "clone3", errno.ENOSYS, []  # its flags lie in memory, where no filter can look


if __name__ == "__main__":
    end = sys.argv.index("--")
    confine([Path(name) for name in sys.argv[1:end]])
    os.execvp(sys.argv[end + 1], sys.argv[end + 1 :])
