"""Programs, asked as servers are: bounded in time and in what they say, and ended with all that they have started."""

from __future__ import annotations

import os
import selectors
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from time import monotonic, sleep
from typing import IO

from watcher.errors import Deadline, FetchError, Refused, TooLarge, Unreachable
from watcher.model import Request, Response
from watcher.program import COMPLAINT, ENVIRONMENT, UNSTARTED, ended, guarded, kill, start, unstarted

__all__ = ["ENVIRONMENT", "Programs"]

_PIECE = 64 * 1024
_PAUSE = 0.01


class Programs:
    """Runs programs, from any thread. `close` ends those that are running; no other is started."""

    def __init__(self) -> None:
        self._closed = False
        # Whoever holds it may end a process, or take note that it has ended: its number is another's after that.
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()

    def close(self) -> None:
        """From any thread."""
        with self._lock:
            self._closed = True
            for process in self._running:
                kill(process)

    def run(self, request: Request, body: int, deadline: float) -> Response:
        """What the request's program writes to its standard output: `body` bytes at most, within `deadline` seconds
        unless the request says otherwise. Raises FetchError, for an exit code other than 0 as well."""
        name = PurePath(request.program[0]).name
        seconds = request.timeout.total_seconds() if request.timeout else deadline
        until = monotonic() + seconds
        try:
            with self._started(request, name) as process:
                output, complaint = _read(process, until, body, name)
                code = self._ended(process, until)
        except TimeoutError:
            raise Deadline(f"the program {name} took longer than {seconds:g} s", hint=_SLOW) from None
        if self._closed and code < 0:
            raise Refused(f"the program {name} was ended: Watcher is stopping")
        if code:
            raise FetchError(ended(name, code, complaint), hint=_FAILED)
        if not output.strip():
            raise FetchError(f"the program {name} wrote nothing to its standard output", hint=_FAILED)
        return Response(url=request.url, headers={"content-type": _type(output)}, body=output)

    @contextmanager
    def _started(self, request: Request, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """The program as it runs. It does not outlive the `with`, nor does what it has started where that failed."""
        with self._lock:
            if self._closed:
                raise Refused(f"the program {name} was not run: Watcher is stopping")
            process = _start(request, name)
            self._running.add(process)
        try:
            with guarded(process):
                yield process
        finally:
            with self._lock:
                if process.returncode is None:
                    kill(process)
                self._running.discard(process)
            process.wait()
            for pipe in (process.stdout, process.stderr):
                if pipe:
                    pipe.close()

    def _ended(self, process: subprocess.Popen[bytes], until: float) -> int:
        """The exit code. Raises TimeoutError for a program that says no more and does not end."""
        while True:
            with self._lock:
                code = process.poll()
            if code is not None:
                return code
            if monotonic() > until:
                raise TimeoutError
            sleep(_PAUSE)


_FAILED = "run it yourself, in the folder / and with no more than PATH, HOME, LANG and TZ in its environment"
_SLOW = 'give it more time with timeout = "2m", or less to do'


def _start(request: Request, name: str) -> subprocess.Popen[bytes]:
    try:
        return start(request.program)
    except (OSError, ValueError) as error:
        raise Unreachable(unstarted(name, error), hint=UNSTARTED) from None


def _read(process: subprocess.Popen[bytes], until: float, most: int, name: str) -> tuple[bytes, bytes]:
    """All of its output, and the end of what it complains of. Raises TimeoutError and TooLarge."""
    output, complaint = bytearray(), bytearray()
    with selectors.DefaultSelector() as pipes:
        for pipe, said in ((process.stdout, output), (process.stderr, complaint)):
            pipes.register(_number(pipe), selectors.EVENT_READ, said)
        while pipes.get_map():
            left = until - monotonic()
            ready = pipes.select(left) if left > 0 else ()
            if not ready:
                raise TimeoutError
            for key, _ in ready:
                piece = os.read(key.fd, _PIECE)
                key.data.extend(piece)
                if not piece:
                    pipes.unregister(key.fd)
            del complaint[:-COMPLAINT]
            if len(output) > most:
                raise TooLarge(f"the program {name} wrote more than {most / 2**20:.0f} MiB", hint="let it write less")
    return bytes(output), bytes(complaint)


def _number(pipe: IO[bytes] | None) -> int:
    return pipe.fileno() if pipe else -1


def _type(output: bytes) -> str:
    """What a server would call it: programs do not say."""
    head = output[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"<?xml"):
        return "application/xml"
    if head.startswith((b"<!doctype", b"<html", b"<!--", b"<head", b"<body")):
        return "text/html"
    return "application/json" if head.startswith((b"{", b"[")) else "text/plain"
