"""Alerts to a program of yours: each starts it once and is written to its standard input, as text, or as JSON with the
keys that `webhook` has. The program is run without a shell, in the folder /, with nothing of Watcher's environment but
PATH, HOME, LANG and TZ; what it prints is not looked at. Exit code 0 means that it took the alert; 75 (EX_TEMPFAIL), a
signal or too long a time, that it is to be tried again; any other, that it will never take it, and the last line on
stderr is shown. When its time is over, or Watcher ends, be it killed, it is ended with all that it has started, but for
what has left its session (setsid). The kind is off unless every configuration file, with the folders and links that
lead to it, belongs to root or to the user who runs Watcher, and nobody else can write to it."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from datetime import timedelta
from pathlib import PurePath
from tempfile import TemporaryFile
from time import monotonic, sleep
from typing import IO, Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from watcher.bulletin import as_json
from watcher.errors import AFTER_FIXING, Deferred, DeliveryError, Rejected
from watcher.fields import Span
from watcher.model import Message
from watcher.program import COMPLAINT, UNSTARTED, ended, guarded, kill, start, unstarted
from watcher.text import safe

#: It does what the configuration says, whatever that is: what others can write to is not obeyed.
RISKY = True

_LONGEST = timedelta(minutes=5)  # an alert that takes ten is taken for one whose sender died
_PAUSE = 0.01


def _runnable(command: tuple[str, ...]) -> tuple[str, ...]:
    if not command[0].strip() or any("\0" in each for each in command):
        raise ValueError("it names no program")
    return command


def _bounded(timeout: timedelta) -> timedelta:
    if not timedelta() < timeout <= _LONGEST:
        raise ValueError("at most 5m")
    return timeout


class Options(BaseModel, extra="forbid"):
    """What is run, and what it is given."""

    command: Annotated[tuple[str, ...], AfterValidator(_runnable)] = Field(
        min_length=1,
        description='the program and its arguments: ["/usr/local/bin/tell", "--loud"]; no shell reads them',
    )
    input: Literal["text", "json"] = Field("text", description="what is written to its standard input, in UTF-8")
    timeout: Annotated[Span, AfterValidator(_bounded)] = Field(
        timedelta(seconds=30), description="how long it may take: 30s, 2m; at most 5m"
    )


def recipients(options: Options) -> tuple[str, ...]:
    """One, without an address."""
    return ("",)


def send(options: Options, message: Message, to: str) -> None:
    """Run the program once. Raises Deferred and Rejected."""
    name = PurePath(options.command[0]).name
    # A file: a program that reads nothing keeps nobody waiting then.
    with TemporaryFile() as given:
        given.write(as_json(message) if options.input == "json" else safe(message.text).encode())
        given.seek(0)
        code, complaint = _run(options, given, name)
    if code:
        raise _failure(ended(name, code, complaint), code)


def _run(options: Options, given: IO[bytes], name: str) -> tuple[int, bytes]:
    """Its exit code, and the end of what it wrote to stderr. What it leaves running is not waited for."""
    try:
        process = start(options.command, stdin=given, stdout=subprocess.DEVNULL)
    except (OSError, ValueError) as error:
        raise Deferred(unstarted(name, error), target_down=True, hint=UNSTARTED) from None
    try:
        with guarded(process):
            return _ended(process, options, name)
    finally:
        if process.returncode is None:
            kill(process)
            process.wait()
        if process.stderr:
            process.stderr.close()


def _ended(process: subprocess.Popen[bytes], options: Options, name: str) -> tuple[int, bytes]:
    until = monotonic() + options.timeout.total_seconds()
    stderr, complaint = process.stderr.fileno() if process.stderr else -1, bytearray()
    os.set_blocking(stderr, False)
    while (code := process.poll()) is None:
        _hear(stderr, complaint)
        if monotonic() > until:
            words = f"the program {name} took longer than {options.timeout.total_seconds():g} s"
            raise Deferred(words, target_down=True, hint='give it more time with timeout = "2m", or less to do')
        sleep(_PAUSE)
    _hear(stderr, complaint)
    return code, bytes(complaint)


def _hear(stderr: int, complaint: bytearray) -> None:
    """Take what is there, and wait for nothing: one that never stops is heard again later."""
    with suppress(BlockingIOError):
        for _ in range(64):
            piece = os.read(stderr, 65536)
            complaint += piece
            del complaint[:-COMPLAINT]
            if not piece:
                break


def _failure(words: str, code: int) -> DeliveryError:
    if code < 0 or code == os.EX_TEMPFAIL:
        return Deferred(words)
    return Rejected(words, hint=AFTER_FIXING)
