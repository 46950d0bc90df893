"""What `watcher run` says on standard error: fields for programs, priorities for the journal, no secret."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from watcher.cli import log

PROGRAM = """
import logging
from watcher.cli import log
log.configure(quiet={quiet}, verbose={verbose})
log.as_service({form!r})
watcher = logging.getLogger("watcher.daemon")
watcher.debug("checked", extra={{"watch": "quiet"}})
words = "403 Forbidden from \\x1b[31mhttps://me:hunter2@press.example/"
watcher.warning("%s", words, extra={{"watch": "press", "took_ms": 12}})
try:
    raise ValueError("two\\nlines")
except ValueError:
    watcher.exception("a fault in watcher", extra={{"watch": "press"}})
logging.getLogger("apscheduler").warning("from a library")
logging.getLogger("apscheduler").info("noise")
"""


def said(
    folder: Path, form: str = "logfmt", *, journal: bool = False, quiet: bool = False, verbose: int = 0
) -> list[str]:
    """The lines on standard error, which is a file that may be the journal."""
    program, env = PROGRAM.format(form=form, quiet=quiet, verbose=verbose), dict(os.environ)
    with (folder / "stderr").open("wb") as stderr:
        there = os.fstat(stderr.fileno())
        env["JOURNAL_STREAM"] = f"{there.st_dev}:{there.st_ino if journal else there.st_ino + 1}"
        subprocess.run([sys.executable, "-c", program], stderr=stderr, env=env, check=True)
    return (folder / "stderr").read_text().splitlines()


def test_each_event_is_one_line_of_fields_without_control_characters_and_logins(tmp_path: Path) -> None:
    warning, fault, library = said(tmp_path)

    event = r'event="403 Forbidden from \[31mhttps://\*\*\*@press.example/" watch=press took_ms=12'
    assert re.fullmatch(rf"timestamp=[\dT:.-]+Z level=warning {event}", warning)
    assert fault.endswith(r'level=error event="a fault in watcher" watch=press error="ValueError: two\nlines"')
    assert library.endswith('level=warning event="from a library"')


def test_json_holds_the_same_fields(tmp_path: Path) -> None:
    warning, fault, _ = (json.loads(line) for line in said(tmp_path, "json"))

    assert (warning["level"], warning["watch"], warning["took_ms"]) == ("warning", "press", 12)
    assert warning["event"] == "403 Forbidden from [31mhttps://***@press.example/"
    assert fault["error"] == "ValueError: two\nlines"


def test_the_journal_gets_priorities_and_no_time_of_ours(tmp_path: Path) -> None:
    lines = said(tmp_path, journal=True)

    assert [line[:3] for line in lines] == ["<4>", "<3>", "<4>"]
    assert lines[0].startswith("<4>level=warning event=")


def test_tracebacks_and_quiet_checks_are_said_only_when_everything_is_asked_for(tmp_path: Path) -> None:
    quiet, *_, fault, _ = said(tmp_path, verbose=2)

    assert quiet.endswith("level=debug event=checked watch=quiet")
    assert 'error="Traceback (most recent call last):' in fault
    assert [line.partition("level=")[2][:5] for line in said(tmp_path, quiet=True)] == ["error", "warni"]


@pytest.mark.parametrize("args", [["--help"], ["list"]])
def test_no_other_command_loads_what_a_service_needs(args: list[str], tmp_path: Path) -> None:
    (tmp_path / "watcher.toml").touch()
    program = (
        f"import sys; from watcher.cli import _run; code = _run(['--home', {str(tmp_path)!r}, *{args!r}]);"
        "print([name for name in ('structlog', 'prometheus_client') if name in sys.modules], code)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.endswith("[] 0\n")


# What the other commands say


@pytest.fixture
def spoken(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What a record looks like on standard error."""
    monkeypatch.setattr(log.LOGGER, "handlers", [])
    monkeypatch.setattr(log.LOGGER, "level", logging.NOTSET)

    def say(words: str, error: Exception | None = None, *, watch: str = "press", verbose: int = 0) -> str:
        log.configure(quiet=False, verbose=verbose)
        log.LOGGER.warning("%s", words, exc_info=error, extra={"watch": watch})
        return capsys.readouterr().err

    return say


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("one\nerror: two\r\nthree", "one error: two three"),
        ("a\x1b]0;title\x07b \x9b2Jc", "a]0;titleb 2Jc"),
        ("invoice\u202efdp.exe \u2066x\u2069\u200f\u061c", "invoicefdp.exe x"),
        ("one\u2028two\x85three", "onetwothree"),
        ("https://me:p@ss/word@h.example/x and a@b.example", "https://***@h.example/x and a@b.example"),
        ("from 'https://me:pw@h.example/', no", "from 'https://***@h.example/', no"),
        ("http://m\x1ce:pw@h.example/", "http://***@h.example/"),
        ("https://social.example/@name/1 h", "https://social.example/@name/1 h"),
        ("http://127.0.0.1:8484/@name", "http://127.0.0.1:8484/@name"),
        ("https://token@h.example/", "https://***@h.example/"),
        ("https://h.example/a?b#c d@e", "https://h.example/a?b#c d@e"),
    ],
)
def test_a_record_is_one_line_without_controls_and_logins(spoken: Callable[..., str], words: str, shown: str) -> None:
    assert spoken(words) == f"warning: press: {shown}\n"
    assert spoken("it failed", ValueError(words)) == f"warning: press: it failed: ValueError: {shown}\n"
    assert spoken("x", watch=words) == f"warning: {shown}: x\n"


def test_of_a_traceback_no_line_looks_like_a_record(spoken: Callable[..., str]) -> None:
    said = spoken("it failed", ValueError("\x1bone\nerror: https://me:p@ss@h.example"), verbose=2)

    assert said == "warning: press: it failed: ValueError: one\n  error: https://***@h.example\n"


def test_an_address_of_many_pieces_takes_no_time(spoken: Callable[..., str]) -> None:
    assert len(spoken("://x" * 100_000)) > 400_000
