"""What the package logs, as lines on standard error."""

from __future__ import annotations

import logging

LOGGER = logging.getLogger("watcher")

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


def configure(*, quiet: bool, verbose: int) -> None:
    """Errors only under -q; else warnings, with -v what was done, with -vv everything, tracebacks too."""
    LOGGER.setLevel(logging.ERROR if quiet else _LEVELS[min(verbose, 2)])
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines())
    # Ours alone: what the libraries warn of reaches standard error by itself, and the rest of theirs is noise.
    LOGGER.handlers[:] = [handler]


def tracebacks() -> bool:
    """Whether whoever asked wants to see them."""
    return LOGGER.level == logging.DEBUG


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = f"{record.levelname.lower()}: {record.getMessage()}"
        if record.exc_info and tracebacks():
            line += f"\n{self.formatException(record.exc_info)}"
        return line
