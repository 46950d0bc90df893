"""What the package logs, on standard error: as lines for people, or for `watcher run` as fields for programs.

Modules log with the standard library: an event, and in `extra` its fields (watch, outcome, took_ms …).
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, Literal, TypeAlias

import click

from watcher.text import line

LOGGER = logging.getLogger("watcher")

Form: TypeAlias = Literal["logfmt", "json"]

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)

#: What the journal files a line under, by its level: sd-daemon(3), syslog(3).
_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}

#: What comes first in a line of fields.
_FIRST = ["timestamp", "level", "event", "watch"]

_ADDRESS = re.compile(r"(?<=://)[^\s\"']+")
#: What a terminal obeys, and what turns the direction of writing; line ends stay.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def configure(*, quiet: bool, verbose: int) -> None:
    """Errors only under -q; else warnings, with -v what was done, with -vv everything, tracebacks too."""
    LOGGER.setLevel(logging.ERROR if quiet else _LEVELS[min(verbose, 2)])
    # Ours alone: what the libraries warn of reaches standard error by itself, and the rest of theirs is noise.
    LOGGER.handlers[:] = [_Lines()]


def as_service(form: Form) -> None:
    """From now on one line of fields for each event, the libraries' warnings as well. Where standard error is the
    journal, lines begin with their priority, and the time is the journal's."""
    LOGGER.handlers.clear()  # what is ours goes up to the root
    logging.getLogger().handlers[:] = [_Fields(form, journal=_is_journal())]


def tracebacks() -> bool:
    """Whether whoever asked wants to see them."""
    return LOGGER.level == logging.DEBUG


class _Lines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        watch = getattr(record, "watch", "")
        said = line(_safe(f"{record.levelname.lower()}: {f'{watch}: ' if watch else ''}{record.getMessage()}"))
        if error := record.exc_info and record.exc_info[1]:
            words = _safe(_said(error)).rstrip()
            # Only a traceback has lines; none of them looks like one of ours.
            said += ": " + (words.replace("\n", "\n  ") if tracebacks() else line(words))
        _write(said)


class _Fields(logging.Handler):
    def __init__(self, form: Form, *, journal: bool) -> None:
        import structlog  # takes 0.1 s, and is of use to a service only

        super().__init__()
        self._journal = journal
        renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "logfmt":
            renderer = structlog.processors.LogfmtRenderer(key_order=_FIRST, drop_missing=True, bool_as_flag=False)
        stamp = [] if journal else [structlog.processors.TimeStamper(fmt="iso", utc=True)]
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.ExtraAdder(), *stamp],
                processors=[_told, structlog.stdlib.ProcessorFormatter.remove_processors_meta, _clean, renderer],
            )
        )

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:  # of a log line nothing may fail
            self.handleError(record)
        else:
            _write(f"<{_PRIORITIES.get(record.levelno, 6)}>{line}" if self._journal else line)


def _told(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as a field."""
    if (raised := event.pop("exc_info", None)) and raised[1]:
        event["error"] = _said(raised[1])
    return event


def _clean(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Text as it may stand in a log: on one line, without what a terminal obeys, and without the login of an address,
    whoever wrote it there."""
    return {name: _safe(value) if isinstance(value, str) else value for name, value in event.items()}


def _safe(value: str) -> str:
    # Controls first: some count as spaces, at which an address would end.
    return _ADDRESS.sub(_without_login, _CONTROL.sub("", value))


def _without_login(address: re.Match[str]) -> str:
    """Up to the last "@", which a password may hold as well, as it may a slash. Of /@name a path is made."""
    login, _, rest = address[0].rpartition("@")
    is_path = re.match(r"[^:/@]+(:\d+)?/", login)
    return f"***@{rest}" if login and not is_path else address[0]


def _said(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) if tracebacks() else f"{type(error).__name__}: {error}"


def _write(line: str) -> None:
    with suppress(OSError):  # nobody reads it any more; the work goes on
        click.echo(line, err=True)


def _is_journal() -> bool:
    """Whether standard error is what systemd connected to the journal: systemd.exec(5), JOURNAL_STREAM."""
    try:
        there = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):  # closed, or none
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{there.st_dev}:{there.st_ino}"
