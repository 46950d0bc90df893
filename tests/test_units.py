"""The units: that systemd takes them, that they are closed enough, and that Watcher can live with what they deny."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from watcher import units
from watcher.fetch.guard import _NOT_PUBLIC, is_public
from watcher.units import Installation

SYSTEMD = Path(__file__).parents[1] / "systemd"

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")

Make: TypeAlias = Callable[[Installation], Mapping[str, str]]

#: A program that is there, since systemd looks whether it is.
TRUE = (shutil.which("true") or "/bin/true",)

SYSTEM = Installation(command=TRUE, credentials=["smtp", "hook.token"])
USER = Installation(command=TRUE, home=Path('/srv/a "home" of 100% $ound'), config=Path("/srv/watcher.toml"))


def analyze(verb: str, *arguments: str) -> tuple[int, str]:
    env = os.environ | {"XDG_RUNTIME_DIR": "/tmp"}  # a user's systemd has one
    ran = subprocess.run(["systemd-analyze", verb, *arguments], env=env, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr


def written(folder: Path, made: Mapping[str, str], drop_ins: Mapping[str, str]) -> list[str]:
    for name, text in made.items():
        (folder / name).write_text(text)
    for name, text in drop_ins.items():
        for service in (name for name in made if name.endswith(".service")):
            (folder / f"{service}.d").mkdir(exist_ok=True)
            (folder / f"{service}.d" / name).write_text(text)
    return [str(folder / name) for name in made]


def test_the_files_in_systemd_are_what_would_be_installed_at_the_usual_places() -> None:
    there = {file.name: file.read_text() for file in SYSTEMD.iterdir()}

    assert there == {
        **units.daemon(Installation()),
        **units.timer(Installation()),
        "browser.conf": units.browser(),
        "private-networks.conf": units.private_networks(),
    }


@needs_systemd
@pytest.mark.parametrize("make", [units.daemon, units.timer])
@pytest.mark.parametrize("at", [SYSTEM, USER], ids=["system", "user"])
@pytest.mark.parametrize("with_drop_ins", [False, True])
def test_systemd_has_nothing_to_say_about_them(
    make: Make, at: Installation, with_drop_ins: bool, tmp_path: Path
) -> None:
    drop_ins = {"browser.conf": units.browser(), "private-networks.conf": units.private_networks(["192.0.2.53"])}
    names = written(tmp_path, make(at), drop_ins if with_drop_ins else {})

    # It warns of a key that it does not know, and exits with 0.
    assert analyze("verify", "--man=no", *(["--user"] if at.home else []), *names) == (0, "")


@needs_systemd
@pytest.mark.parametrize("make", [units.daemon, units.timer])
def test_what_runs_for_the_system_is_exposed_by_15_at_most(make: Make, tmp_path: Path) -> None:
    names = written(tmp_path, make(SYSTEM), {})
    services = [name for name in names if name.endswith(".service")]

    code, said = analyze("security", "--offline=yes", "--no-pager", "--threshold=15", *services)

    assert code == 0, said


def test_an_odd_path_stays_one_argument() -> None:
    (start,) = re.findall(r"(?m)^ExecStart=(.*)$", units.daemon(USER)[units.SERVICE])

    assert start.endswith(r' --home "/srv/a \"home\" of 100%% $$ound" --config /srv/watcher.toml run')


def test_each_credential_is_handed_over_from_the_folder_of_secrets() -> None:
    text = units.daemon(SYSTEM)[units.SERVICE]

    assert re.findall(r"(?m)^LoadCredential=(.*)$", text) == [
        "smtp:/etc/watcher/credentials/smtp",
        "hook.token:/etc/watcher/credentials/hook.token",
    ]


def test_a_users_units_ask_for_nothing_that_takes_root() -> None:
    text = units.daemon(USER)[units.SERVICE] + units.timer(USER)[units.CHECK]

    assert "NoNewPrivileges=yes" in text
    assert not re.search(r"(?m)^(DynamicUser|User|StateDirectory|Private|Protect|Capability|IPAddress)", text)


def test_what_is_private_to_the_guard_is_denied_but_for_loopback() -> None:
    denied = {network for some in units.PRIVATE for network in some.split()}

    assert set(_NOT_PUBLIC.split()) - denied == {"127.0.0.0/8", "2001::/23", "3fff::/20"}
    assert not any(is_public(network.partition("/")[0]) for network in denied)


@needs_systemd
def test_the_whole_job_is_done_under_the_filter_of_system_calls(tmp_path: Path) -> None:
    unit, *_ = written(tmp_path, units.daemon(SYSTEM), {})

    # It fetches, keeps a database, writes records and feeds, and sends mail; with threads, over sockets.
    confined = [sys.executable, "-m", "tests.confined", unit, "--", sys.executable, "-c", JOB, str(tmp_path)]
    ran = subprocess.run(confined, cwd=SYSTEMD.parent, capture_output=True, text=True, check=False, timeout=60)

    assert (ran.returncode, ran.stdout.splitlines()[0]) == (0, "PermissionError"), ran.stderr
    assert "Subject: Office of Public Finance Announces" in ran.stdout


#: First what the filter has to refuse: else it would be none.
JOB = """
import os, sys
from watcher.cli import main
try:
    os.chown(sys.argv[1], -1, -1)
except OSError as error:
    print(type(error).__name__)
os.chdir(sys.argv[1])
main(["demo"])
"""
