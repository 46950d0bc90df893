"""Programs that the configuration names: started without a shell, with little of our environment, and ended with all
that they have started."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from watcher.text import line, shorten

#: What a program learns of our environment, where tokens and passwords may be.
ENVIRONMENT = ("PATH", "HOME", "LANG", "TZ")

#: Bytes of what a program says last on stderr that are kept.
COMPLAINT = 4096

#: What to do about a program that cannot be started.
UNSTARTED = "give its whole path, and see that the user who runs Watcher may run it"


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


def unstarted(name: str, error: OSError | ValueError) -> str:
    """Why a program does not run, as a sentence."""
    why = getattr(error, "strerror", None) or str(error)
    return f"the program {name} cannot be started: {why[:1].lower()}{why[1:]}"


def ended(name: str, code: int, complaint: bytes) -> str:
    """How a program ended, as a sentence, with the last line that it complained in."""
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    said = [text for each in complaint.decode("utf-8", "replace").splitlines() if (text := line(each))]
    return f"the program {name} {how}{f': {shorten(said[-1], 200)}' if said else ''}"
