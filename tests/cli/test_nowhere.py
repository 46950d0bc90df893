"""Commands that are run where no home is: they say so, and leave nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Watcher


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bare: Watcher) -> Path:
    """Where the home of a user who named none would be. Nothing is there, and the user stands in an empty folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    return tmp_path / "data/watcher"


@pytest.fixture
def backup(tmp_path: Path, bare: Watcher) -> Path:
    """Of the home `once`."""
    home, file = tmp_path / "once", tmp_path / "backup.tar.gz"
    bare("--home", str(home), "init")
    bare("--home", str(home), "backup", str(file))
    return file


COMMANDS = ["check", "build", "run", "status", "items", "outbox", "outbox drop 1", "backup file.tar.gz", "rebuild"]


@pytest.mark.parametrize("command", [each.split() for each in COMMANDS])
def test_a_command_that_fails_for_want_of_a_home_leaves_none(command: list[str], data: Path, bare: Watcher) -> None:
    ran = bare(*command)

    assert ran.code == 2
    assert "cd there or say --home DIR" in ran.err
    assert not data.exists()
    assert not list(Path.cwd().iterdir())


def test_a_restore_that_nobody_gave_a_home_is_refused(data: Path, backup: Path, bare: Watcher) -> None:
    ran = bare("restore", str(backup))

    assert ran.code == 2
    assert f"watcher --home DIR restore {backup}" in ran.err
    assert not data.exists()


def test_a_restore_into_the_folder_one_stands_in_is_said_so(data: Path, backup: Path, bare: Watcher) -> None:
    ran = bare("--home", ".", "restore", str(backup))

    assert ran.code == 0, ran.err
    assert Path("watcher.toml").is_file()
    assert not data.exists()


def test_the_users_own_home_is_restored_where_it_is_there(data: Path, backup: Path, bare: Watcher) -> None:
    bare("--home", str(data), "init")

    ran = bare("restore", str(backup))

    assert ran.code == 0, ran.err
    assert (data / "state/watcher.db").is_file()


def test_a_backup_into_a_folder_that_is_not_there_says_so(tmp_path: Path, backup: Path, bare: Watcher) -> None:
    ran = bare("--home", str(tmp_path / "once"), "backup", str(tmp_path / "no/file.tar.gz"))

    assert ran.code == 2
    assert ran.err == f"error: there is no folder {tmp_path / 'no'}\n       make it, or mount what it is on\n"
