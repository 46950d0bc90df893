"""What the package logs, as lines on standard error."""

from __future__ import annotations

import logging
import traceback
from contextlib import suppress

import click

LOGGER = logging.getLogger("watcher")

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


def configure(*, quiet: bool, verbose: int) -> None:
    """Errors only under -q; else warnings, with -v what was done, with -vv everything, tracebacks too."""
    LOGGER.setLevel(logging.ERROR if quiet else _LEVELS[min(verbose, 2)])
    # Ours alone: what the libraries warn of reaches standard error by itself, and the rest of theirs is noise.
    LOGGER.handlers[:] = [_Lines()]


def tracebacks() -> bool:
    """Whether whoever asked wants to see them."""
    return LOGGER.level == logging.DEBUG


class _Lines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        line = f"{record.levelname.lower()}: {record.getMessage()}"
        if error := record.exc_info and record.exc_info[1]:
            shown = "".join(traceback.format_exception(error)) if tracebacks() else f"{type(error).__name__}: {error}"
            line = f"{line}: {shown}".rstrip()
        with suppress(OSError):  # nobody reads it any more; the work goes on
            click.echo(line, err=True)
