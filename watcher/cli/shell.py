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
from typing import TYPE_CHECKING, Any, Self

import click

from watcher import home as homes
from watcher.errors import UsageError
from watcher.home import Home

if TYPE_CHECKING:
    from watcher.app import App
    from watcher.model import Watch


@dataclass
class Shell:
    """One command line. A context manager: leaving it closes what the command opened."""

    home: Path | None = None
    config: Path | None = None
    quiet: bool = False
    verbose: int = 0
    _open: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @cached_property
    def place(self) -> Home:
        """The home in force."""
        return homes.find(self.home, self.config, os.environ, Path.cwd())

    @cached_property
    def app(self) -> App:
        """The home, put to work."""
        from watcher.app import App

        return self._open.enter_context(App(self.place))

    def watch(self, name: str) -> Watch:
        """The watch of that name, unique prefix of a name, or address. Raises UsageError."""
        watches = self.app.config.watches
        if name in watches:
            return watches[name]
        found = [w for w in watches.values() if w.name.startswith(name) or w.url == name]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f'"{name}" may be {" or ".join(w.name for w in found)}')
        near = get_close_matches(name, watches, n=1)
        hint = f"did you mean {near[0]}?" if near else "watcher list shows them all"
        raise UsageError(f'no watch "{name}"', hint=hint)

    def watches(self, names: tuple[str, ...]) -> list[Watch]:
        """The watches named, or all of them."""
        return [self.watch(name) for name in names] or list(self.app.config.watches.values())

    def say(self, text: str = "") -> None:
        """A line of the result, on standard output."""
        click.echo(text)

    def note(self, text: str) -> None:
        """A line beside the result, on standard error; nothing under -q."""
        if not self.quiet:
            click.echo(text, err=True)

    def document(self, value: Any) -> None:
        """The result as JSON."""
        click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))

    @property
    def interactive(self) -> bool:
        """Whether somebody is there to see progress."""
        return sys.stderr.isatty() and not self.quiet and os.environ.get("TERM") != "dumb"


pass_shell = click.make_pass_decorator(Shell)


def table(rows: Sequence[Sequence[str]], gap: str = "  ") -> list[str]:
    """Rows as lines with their columns aligned."""
    widths = [max(len(row[n]) for row in rows if len(row) > n) for n in range(max(map(len, rows), default=0))]
    return [gap.join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows]
