"""Programs that the configuration names: started without a shell, with little of our environment, and ended with all
that they have started."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO

from watcher.text import line, shorten

#: What a program learns of our environment, where tokens and passwords may be.
ENVIRONMENT = ("PATH", "HOME", "LANG", "TZ")

#: Bytes of what a program says last on stderr that are kept.
COMPLAINT = 4096

#: What to do about a program that cannot be started.
UNSTARTED = "give its whole path, and see that the user who runs Watcher may run it"


# Waits for a word from us, and takes the end of its pipe for ours. A session of its own: Ctrl-C is not for it.
_GUARD = 'read -r done || kill -s KILL -- "-$1"'


def start(
    arguments: Sequence[str], *, stdin: int | IO[bytes] = subprocess.DEVNULL, stdout: int = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    """A program as it begins to run, in the folder / and in a session of its own; what it writes to stderr is to be
    read. OSError or ValueError where it cannot be started."""
    return subprocess.Popen(
        arguments,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        cwd="/",
        env={key: os.environ[key] for key in ENVIRONMENT if key in os.environ},
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process that nobody has waited for yet, and what it has started: its number is another's after that."""
    # It leads a session of its own: the group is what it has started, unless that has left it.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def guarded(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Inside the `with`, a process that was started here, and what it has started, do not outlive us, however we end.
    Another process sees to that: the kernel's own signal (PR_SET_PDEATHSIG) is Linux's alone, misses what the program
    has started, and is set between fork and exec, where threads may hold any lock."""
    guard = None
    with suppress(OSError):  # without a shell, or with too many processes, it runs unguarded
        guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "sh", str(process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
        )
    try:
        yield
    finally:
        if guard:
            guard.communicate(b"\n")


def unstarted(name: str, error: OSError | ValueError) -> str:
    """Why a program does not run, as a sentence."""
    why = getattr(error, "strerror", None) or str(error)
    return f"the program {name} cannot be started: {why[:1].lower()}{why[1:]}"


def ended(name: str, code: int, complaint: bytes) -> str:
    """How a program ended, as a sentence, with the last line that it complained in."""
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    said = [text for each in complaint.decode("utf-8", "replace").splitlines() if (text := line(each))]
    return f"the program {name} {how}{f': {shorten(said[-1], 200)}' if said else ''}"
