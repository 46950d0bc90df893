"""The command line itself: what is loaded, what is said where, and how it exits."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path
from threading import Event

import click
import pytest

from tests.cli.conftest import Watcher
from tests.conftest import Newsroom
from watcher.cli import COMMANDS, cli, main
from watcher.cli.shell import worst


def process(newsroom: Newsroom, *args: str, **more: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "watcher", "--home", str(newsroom.home.folder), *args]
    return subprocess.Popen(command, text=True, **more)  # type: ignore[call-overload, no-any-return]


def test_help_loads_no_library_that_takes_long() -> None:
    program = (
        "import sys; from watcher.cli import _run; code = _run(['--help']);"
        "print([name for name in ('httpx', 'sqlalchemy', 'bs4', 'pydantic', 'lxml') if name in sys.modules], code)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.endswith("[] 0\n")


def test_a_list_loads_nothing_that_asks_servers_or_knows_another_database(newsroom: Newsroom) -> None:
    newsroom.check()
    names = ("httpx", "alembic", "sqlalchemy.dialects.postgresql", "structlog")
    program = (
        f"import sys; from watcher.cli import _run; code = _run(['--home', {str(newsroom.home.folder)!r}, 'list']);"
        f"print([name for name in {names} if name in sys.modules], code)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.endswith("[] 0\n")


def test_the_module_and_the_script_are_the_same_program() -> None:
    done = subprocess.run([sys.executable, "-m", "watcher", "--version"], capture_output=True, text=True, check=True)

    assert done.stdout.startswith("watcher ")
    assert [script.load() for script in entry_points(group="console_scripts", name="watcher")] == [main]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(name: str, bare: Watcher) -> None:
    ran = bare(name, "--help")

    command = cli.get_command(click.Context(cli), name)
    assert ran.code == 0
    assert command is not None
    assert command.name == name
    assert command.help


def test_help_names_every_command_in_its_section(bare: Watcher) -> None:
    ran = bare("--help")

    assert all(f"\n  {name} " in ran.out for name in COMMANDS)
    assert [section for section in ("Start:", "Watch:", "Read:", "Deliver:", "Keep:") if section not in ran.out] == []


def test_nothing_at_all_is_answered_with_help_and_is_a_misuse(bare: Watcher) -> None:
    ran = bare()

    assert ran.code == 2
    assert "Usage: watcher" in ran.out + ran.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["chekc"], 'error: no command "chekc"; did you mean check?\n       watcher --help shows what there is\n'),
        (["show"], "error: missing argument 'W'\n       watcher show --help shows what there is\n"),
        (["list", "--jsn"], "error: no such option '--jsn'"),
        (["list", "-q"], "       it goes before the command: watcher -q … list\n"),
        (["items", "--since", "soon"], '"soon" is no duration; write 30m, 2h, 1d'),
    ],
)
def test_a_command_line_that_means_nothing_is_a_misuse_and_says_what_is_meant(
    args: list[str], said: str, bare: Watcher
) -> None:
    ran = bare(*args)

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_every_fault_of_the_configuration_is_said_and_the_exit_code_is_2(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.configure('item = "li"\nselecter = "x"\nevery = "soon"\n')

    ran = watcher("list")

    assert (ran.code, ran.out) == (2, "")
    assert 'error: unknown key "selecter" in [watch.press]  (watcher.toml:13)\n       known keys: url, item' in ran.err
    assert 'error: "every" in [watch.press]: "soon" is no duration; write 30m, 2h, 1d  (watcher.toml:14)' in ran.err


def test_a_store_that_cannot_be_used_is_75_and_shows_a_traceback_only_when_asked(
    watcher: Watcher, newsroom: Newsroom
) -> None:
    newsroom.home.state.mkdir()
    newsroom.home.database.touch()

    ran, verbose = watcher("list"), watcher("-vv", "list")

    assert ran.code == verbose.code == 75
    assert ran.err.startswith(f"error: {newsroom.home.database} is empty\n       move it away")
    assert "Traceback" not in ran.err
    assert "Traceback" in verbose.err


@pytest.mark.parametrize(
    ("codes", "code"),
    [([], 0), ([0, 0], 0), ([10, 1], 1), ([10, 3], 3), ([3, 1], 1), ([1, 2], 2), ([2, 4], 4), ([4, 75, 10], 75)],
)
def test_where_several_exit_codes_apply_the_worst_is_the_one(codes: list[int], code: int) -> None:
    assert worst(*codes) == code


def test_a_second_watcher_exits_with_4_and_names_the_first(watcher: Watcher, newsroom: Newsroom) -> None:
    with newsroom.app() as app, app.locked():
        for command in ("check", "build", "rebuild", "run"):
            ran = watcher(command)

            assert (ran.code, ran.out) == (4, "")
            assert ran.err.startswith(f"error: another watcher uses this home (pid {os.getpid()})\n")


def test_a_reader_that_has_seen_enough_is_no_failure(newsroom: Newsroom) -> None:
    newsroom.check()

    with process(newsroom, "items", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as items:
        assert items.stdout is not None
        items.stdout.close()
        assert items.stderr is not None
        said = items.stderr.read()

    assert (items.returncode, said) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_below_standard_output_is_said(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    with suppress(OSError), Path("/dev/full").open("w") as full:  # closing tries once more
        monkeypatch.setattr(sys, "stdout", full)
        ran = watcher("list")

    assert (ran.code, ran.err) == (1, "error: no space left on device\n")


def test_an_interrupted_check_ends_at_once_and_the_watch_has_not_failed(newsroom: Newsroom) -> None:
    newsroom.check()
    newsroom.office.behave("timeout")
    asked = len(newsroom.site.requests)

    checking = process(newsroom, "check", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while len(newsroom.site.requests) == asked:
        Event().wait(0.02)
    checking.send_signal(signal.SIGINT)
    out, err = checking.communicate(timeout=10)

    assert (checking.returncode, out, err.strip()) == (130, "", "interrupted")
    with newsroom.app() as app:
        assert app.store.known("press").failures == 0


@pytest.mark.parametrize(("term", "shown"), [("xterm", True), ("dumb", False)])
def test_progress_is_shown_on_a_terminal_that_can_show_it(
    term: str, shown: bool, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, follower = pty.openpty()

    with os.fdopen(follower, "w") as terminal:
        monkeypatch.setenv("TERM", term)
        monkeypatch.setattr(sys, "stderr", terminal)
        ran = watcher("check")
        terminal.write("|")  # a terminal on which nothing was written keeps its reader waiting
        terminal.flush()
        said = os.read(leader, 10_000).decode()
    os.close(leader)

    assert ("\r\x1b[K1 of 1 checked" in said) is shown
    assert ("\x1b" in said) is shown
    assert "\x1b" not in ran.out


def test_no_progress_goes_into_a_pipe(watcher: Watcher) -> None:
    assert watcher("check").err == ""
