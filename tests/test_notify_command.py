"""Alerts to real programs."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from pydantic import ValidationError

from tests.test_notify_webhook import alert
from watcher.bulletin import as_json
from watcher.config import load
from watcher.errors import ConfigError, Deferred, Rejected
from watcher.notify import command


def options(*program: str, **changed: Any) -> command.Options:
    return command.Options.model_validate({"command": program} | changed)


def python(code: str, *arguments: str) -> tuple[str, ...]:
    return sys.executable, "-c", code, *arguments


def keep(file: Path) -> tuple[str, ...]:
    """A program that keeps what it is given."""
    return python("import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())", str(file))


def gone(number: int) -> bool:
    """Whether a process has ended, or does so at once: to be killed takes a moment."""
    until = monotonic() + 10
    while _alive(number) and monotonic() < until:
        threading.Event().wait(0.01)
    return not _alive(number)


def _alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_text_comes_in_on_standard_input(tmp_path: Path) -> None:
    command.send(options(*keep(tmp_path / "it")), alert(), "")

    assert (tmp_path / "it").read_text("utf-8") == alert().text


def test_json_is_that_of_a_webhook(tmp_path: Path) -> None:
    command.send(options(*keep(tmp_path / "it"), input="json"), alert(), "")

    assert (tmp_path / "it").read_bytes() == as_json(alert())


def test_no_shell_reads_the_arguments_and_a_text_cannot_become_one(tmp_path: Path) -> None:
    code = "import sys; open(sys.argv[1], 'w').write(repr(sys.argv[2:]))"

    command.send(options(*python(code, str(tmp_path / "it"), "$HOME; ls *", "")), alert(text="--all; rm x"), "")

    assert (tmp_path / "it").read_text() == repr(["$HOME; ls *", ""])


def test_it_learns_nothing_of_our_environment_folder_or_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHER_SMTP_PASSWORD", "secret")
    code = (
        "import json, os, sys; json.dump([sorted(os.environ), os.getcwd(), len(os.listdir('/proc/self/fd')),"
        " os.getsid(0) == os.getpid()], open(sys.argv[1], 'w'))"
    )

    command.send(options(*python(code, str(tmp_path / "it"))), alert(), "")

    names, folder, files, alone = json.loads((tmp_path / "it").read_text())
    assert set(names) <= {"PATH", "HOME", "LANG", "TZ", "LC_CTYPE"}  # the last is Python's own doing
    assert (folder, alone) == ("/", True)
    assert files == 4  # three, and the one that lists them


def test_one_that_reads_nothing_and_says_much_keeps_nobody_waiting() -> None:
    code = "import sys; sys.stdout.write('x' * 9_000_000); sys.stderr.write('y' * 9_000_000)"

    command.send(options(*python(code)), alert(text="x" * 5_000_000), "")


def test_what_it_leaves_running_is_not_waited_for(tmp_path: Path) -> None:
    command.send(options("sh", "-c", 'sleep 600 & echo $! >"$0"', str(tmp_path / "it")), alert(), "")

    child = int((tmp_path / "it").read_text())
    assert _alive(child)
    os.kill(child, 9)


@pytest.mark.parametrize("code", [1, 2, 64, 74, 76, 127, 255])
def test_an_exit_code_is_for_good_and_told_with_the_last_line(code: int) -> None:
    program = python(f"import sys; print('Trace\\nno such room \\n', file=sys.stderr); sys.exit({code})")

    with pytest.raises(Rejected) as caught:
        command.send(options(*program), alert(), "")

    name = Path(sys.executable).name
    assert str(caught.value) == f"the program {name} ended with exit code {code}: no such room"


def test_75_is_not_now_for_this_alert() -> None:
    with pytest.raises(Deferred, match=r"ended with exit code 75: try later$") as caught:
        command.send(options("sh", "-c", "echo try later >&2; exit 75"), alert(), "")

    assert not caught.value.target_down


def test_one_that_a_signal_ended_is_run_again() -> None:
    with pytest.raises(Deferred, match="the program sh was ended by SIGKILL") as caught:
        command.send(options("sh", "-c", "kill -9 $$"), alert(), "")

    assert not caught.value.target_down


def test_one_that_never_ends_is_ended_with_what_it_has_started(tmp_path: Path) -> None:
    program = ("sh", "-c", 'sleep 600 & echo $$ $! >"$0"; wait', str(tmp_path / "it"))

    with pytest.raises(Deferred, match=r"the program sh took longer than 2 s$") as caught:
        command.send(options(*program, timeout="2s"), alert(), "")

    assert caught.value.target_down
    assert "timeout" in caught.value.hint
    assert [gone(int(number)) for number in (tmp_path / "it").read_text().split()] == [True, True]


def test_one_that_never_stops_complaining_is_ended_too() -> None:
    with pytest.raises(Deferred, match="the program sh took longer than 1 s"):
        command.send(options("sh", "-c", "exec yes >&2", timeout="1s"), alert(), "")


@pytest.mark.parametrize("program", ["/no/such/program", "/etc/passwd", "/", "x" * 300])
def test_one_that_cannot_be_started_is_kept_for_the_operator(program: str) -> None:
    with pytest.raises(Deferred, match="cannot be started") as caught:
        command.send(options(program), alert(), "")

    assert caught.value.target_down
    assert "whole path" in caught.value.hint


@pytest.mark.parametrize(
    "changed",
    [
        {"command": []},
        {"command": [" "]},
        {"command": ["a\0b"]},
        {"command": "ls"},
        {"timeout": "6m"},
        {"timeout": "0s"},
    ],
)
def test_what_cannot_be_run_is_a_fault(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        options(**{"command": ("true",)} | changed)


CONFIG = '[alert.loud]\nkind = "command"\ncommand = ["true"]\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration in a folder that is its owner's alone."""
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    file = home / "watcher.toml"
    file.write_text(CONFIG)
    file.chmod(0o644)
    return file


def test_a_configuration_that_is_its_owners_alone_may_name_programs(file: Path) -> None:
    loud = load(file, file.parent).alerts["loud"]

    loud.send(loud.resolve(), alert(), "")

    assert loud.recipients == ("loud",)


def test_programs_are_off_where_others_can_write_the_configuration(file: Path) -> None:
    file.chmod(0o664)

    with pytest.raises(ConfigError) as caught:
        load(file, file.parent)

    [fault] = caught.value.faults
    assert str(fault) == f'kind "command" is off: {file} can be written by others (mode 664)  (watcher.toml:2)'
    assert fault.hint == f"chmod go-w {file}"
