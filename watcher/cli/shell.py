"""What the commands share: the home they work on, and how they say things."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, Self

import click

from watcher import home as homes
from watcher.errors import ConfigError, Fault, UsageError
from watcher.home import Home
from watcher.later import later

if TYPE_CHECKING:
    from watcher import urls
    from watcher.app import App
    from watcher.config import Config
    from watcher.model import Watch
else:
    urls = later("watcher.urls")

#: Where several exit codes apply, the first of these is the one.
WORST_FIRST = (75, 4, 2, 1, 3, 10)

_CLEAR = "\r\x1b[K"


@dataclass
class Shell:
    """One command line. A context manager: leaving it closes what the command opened."""

    home: Path | None = None
    config: Path | None = None
    quiet: bool = False
    _open: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @cached_property
    def place(self) -> Home:
        """The home in force."""
        return homes.find(self.home, self.config, os.environ, Path.cwd())

    @property
    def is_named(self) -> bool:
        """Whether somebody named the home in force. The user's own is there for whoever named none."""
        return homes.named(self.home, self.config, os.environ, Path.cwd()) is not None

    @cached_property
    def app(self) -> App:
        """The home, put to work."""
        from watcher.app import App

        return self._open.enter_context(App(self.place))

    def configured(self) -> tuple[Config | None, Sequence[Fault]]:
        """The configuration, or what is wrong with it. Raises ConfigError where there is none, and so no home."""
        try:
            return self.app.config, ()
        except ConfigError as error:
            if not self.place.config.is_file():
                raise
            return None, error.faults

    def watch(self, name: str) -> Watch:
        """The watch of that name, unique prefix of a name, or address. Raises UsageError."""
        watches = self.app.config.watches
        if name in watches:
            return watches[name]
        address = urls.absolute("", name) and urls.identity(name)
        found = [w for w in watches.values() if w.name.startswith(name) or urls.identity(w.url) == address]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f'"{name}" may be {" or ".join(w.name for w in found)}')
        near = get_close_matches(name, watches, n=1)
        hint = f"did you mean {near[0]}?" if near else "watcher list shows them all"
        raise UsageError(f'no watch "{name}"', hint=hint)

    def say(self, text: str = "") -> None:
        """A line of the result, on standard output."""
        self._clear()
        click.echo(text)

    def done(self, text: str) -> None:
        """A line that only confirms what was asked for, on standard output; nothing under -q."""
        if not self.quiet:
            self.say(text)

    def note(self, text: str) -> None:
        """A line beside the result, on standard error; nothing under -q."""
        if not self.quiet:
            self._clear()
            click.echo(text, err=True)

    def problem(self, text: object, hint: str = "") -> None:
        """What went wrong, on standard error, always."""
        self._clear()
        complain(text, hint)

    def progress(self, text: str) -> None:
        """What is being done right now: one line that the next one replaces, for who sits before a terminal."""
        if self.interactive:
            from watcher.text import shorten

            click.echo(_CLEAR + shorten(text, get_terminal_size().columns - 1), nl=False, err=True)

    def document(self, value: Any) -> None:
        """The result as JSON."""
        self.say(json.dumps(value, ensure_ascii=False, indent=2))

    def near(self, path: Path) -> str:
        """A path as one would type it here."""
        here = Path.cwd()
        # Below / everything is, and without it a path looks as if it were below somewhere else.
        return str(path.relative_to(here)) if here != here.parent and path.is_relative_to(here) else str(path)

    @cached_property
    def interactive(self) -> bool:
        """Whether somebody is there to see progress."""
        return sys.stderr.isatty() and not self.quiet and os.environ.get("TERM") != "dumb"

    def _clear(self) -> None:
        if self.interactive:
            click.echo(_CLEAR, nl=False, err=True)


pass_shell = click.make_pass_decorator(Shell)


def complain(text: object, hint: str = "") -> None:
    """An error as people read it: what, where, what now."""
    click.echo(f"error: {text}", err=True)
    if hint:
        click.echo(f"       {hint}", err=True)


def worst(*codes: int) -> int:
    """The exit code of a command to which all of these apply; 0 where none does."""
    return next((code for code in WORST_FIRST if code in codes), 0)
