"""Commands of watcher that can be ended at any named step of their way.

A step lies before or after a call, or where a transaction is about to be committed. Production code knows nothing of
them: its seams are wrapped from outside. The end is `os._exit`, which is to a home what SIGKILL is: nothing is flushed,
rolled back, unlocked or tidied up.
"""

from __future__ import annotations

import gc
import json
import os
import smtplib
import stat
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import soupsieve
from sqlalchemy import Connection, Engine, event

from watcher import app, files
from watcher.app import App
from watcher.cli import main
from watcher.fetch import Fetcher
from watcher.model import Letter
from watcher.publish import records, shelf
from watcher.sending import Sender
from watcher.store import Store, commit, outbox

KILLED = 9


def serve() -> None:
    """Run each command that standard input names, one a line, in a fork of this process; answer with its exit code.

    A fork has everything imported, no thread and nothing open: it takes a fifth of what a new interpreter takes.
    """
    for module in ("alembic.command", "watcher.cli.check", "watcher.cli.accept", "watcher.sources.list"):
        import_module(module)
    soupsieve.compile("a.b > c:nth-child(n)")  # the first selector of a process takes a quarter of a second
    gc.freeze()
    for line in sys.stdin:
        if not (fork := os.fork()):
            _run_and_end(*json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]), flush=True)


def run(home: str, command: str, now: str, trace: str, last: int, sabotage: str) -> None:
    """`watcher COMMAND` in `home`, while the clock stands at `now`. Step number `last` is the end, if it is reached."""
    steps = Steps(Path(trace), last)
    if sabotage:
        SABOTAGES[sabotage](steps)
    name_the_steps(steps)
    _put(app, "App", partial(App, clock=lambda: datetime.fromisoformat(now)))
    main(["--home", home, "--quiet", *command.split()])


class Steps:
    """Each step that is passed becomes a line of `trace`; at the step number `last` the process ends."""

    def __init__(self, trace: Path, last: int) -> None:
        self._trace = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._left = last
        self._within = ["opening"]

    def __call__(self, name: str) -> None:
        os.write(self._trace, f"{name}\n".encode())
        self._left -= 1
        if not self._left:
            os._exit(KILLED)

    def around(self, owner: Any, call: str, name: Callable[..., str]) -> None:
        """A step before and one after each `owner.call`; what it is called depends on the arguments."""
        inner = getattr(owner, call)

        def outer(*args: Any, **kwargs: Any) -> Any:
            what = name(*args)
            self(f"before {what}")
            self._within.append(what)
            result = inner(*args, **kwargs)
            self._within.pop()
            self(f"after {what}")
            return result

        _put(owner, call, outer)

    def at_commit(self, connection: Connection) -> None:
        """The step at which a transaction has written everything, and nothing of it holds yet."""
        if connection.get_execution_options().get("watcher_writes"):
            self(f"at COMMIT of {self._within[-1]}")


def name_the_steps(steps: Steps) -> None:
    """What a command asks, writes, commits and sends."""
    steps.around(Fetcher, "get", lambda *_: "fetch")
    for transaction in (
        "free_leases",
        "forget_hosts",
        "adopt",
        "commit",
        "all_written",
        "shelved",
        "accept",
        "ping",
        "claim",
        "sent",
    ):
        steps.around(Store, transaction, lambda *_, name=transaction: name)
    event.listen(Engine, "commit", steps.at_commit)
    steps.around(commit, "commit", lambda *_: "items")
    steps.around(outbox, "add", lambda *_: "letters")
    steps.around(files, "replace", lambda path, data: _kind(path))
    steps.around(Path, "replace", lambda new, path: f"rename of {_kind(path)}")
    steps.around(Path, "rename", lambda new, path: f"rename of {_kind(path)}")
    steps.around(os, "fsync", lambda handle: f"fsync of {'folder' if _is_folder(handle) else 'file'}")
    steps.around(Sender, "send", lambda *_: "send")
    steps.around(smtplib.SMTP, "data", lambda *_: "DATA")


# What the tests must find out: each does one thing in the wrong order.


def letters_apart(steps: Steps) -> None:
    """Items first, and who is to be told of them in a transaction of its own."""
    together = Store.commit

    def apart(store: Store, *args: Any, tell: Sequence[tuple[str, str, str]], now: datetime, **rest: Any) -> bool:
        took_place = together(store, *args, now=now, **rest)
        with store._database.write() as connection:
            outbox.add(connection, args[0].name, tell, now)
        return took_place

    _put(Store, "commit", apart)


def marked_first(steps: Steps) -> None:
    """A record is marked as written before it is."""
    write = records._write

    def mark_and_write(watch: Any, store: Store, seen: Any, done: Any) -> Any:
        store.written(watch.name, seen.id, "the hash of what is to come")
        return write(watch, store, seen, done)

    _put(records, "_write", mark_and_write)


def in_place(steps: Steps) -> None:
    """Files are written where they stand."""

    def replace(path: Path, data: bytes, **rest: Any) -> bool:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data[: len(data) // 2])
        steps(f"half of {_kind(path)}")
        path.write_bytes(data)
        return True

    _put(files, "replace", replace)


def sent_first(steps: Steps) -> None:
    """A letter is marked as sent before it is."""
    claim = Store.claim

    def claim_and_mark(store: Store, recipient: str, now: datetime, **rest: Any) -> Letter | None:
        if letter := claim(store, recipient, now, **rest):
            store.sent(letter, now)
        return letter

    _put(Store, "claim", claim_and_mark)


def noted_first(steps: Steps) -> None:
    """It is noted that a feed stands, and only then are hubs told of it."""
    ping, keep, late = Store.ping, shelf.Notes.keep, list[Callable[[], None]]()

    def keep_and_ping(notes: shelf.Notes) -> None:
        keep(notes)
        while late:
            late.pop()()

    _put(Store, "ping", lambda *args: late.append(partial(ping, *args)))
    _put(shelf.Notes, "keep", keep_and_ping)


SABOTAGES = {
    sabotage.__name__: sabotage for sabotage in (letters_apart, marked_first, in_place, sent_first, noted_first)
}


def _run_and_end(*what: Any) -> None:
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # standard output is for answers
    try:
        run(*what)
    except SystemExit as end:
        os._exit(int(end.code or 0))  # all is closed; taking the interpreter down takes as long as the command


def _put(owner: Any, name: str, call: Callable[..., Any]) -> None:
    setattr(owner, name, call)


def _kind(path: Path) -> str:
    if path.parent.parent.name == "state":
        return "note"
    kinds = {".md": "record", ".css": "style", ".db": "database", ".html": "page", ".opml": "page"}
    return kinds.get(path.suffix, "feed")


def _is_folder(handle: int) -> bool:
    return stat.S_ISDIR(os.fstat(handle).st_mode)


if __name__ == "__main__":
    serve()
