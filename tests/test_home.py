"""Where a home is looked for, in this order."""

from __future__ import annotations

from pathlib import Path

import pytest

from watcher.home import find


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    """A folder two below one that holds a watcher.toml."""
    (tmp_path / "home/notes/today").mkdir(parents=True)
    (tmp_path / "home/watcher.toml").write_text("")
    return tmp_path / "home/notes/today"


def test_the_home_that_is_named_comes_before_all_others(inside: Path, tmp_path: Path) -> None:
    home = find(tmp_path / "named", None, {"WATCHER_HOME": "/elsewhere"}, inside)

    assert home.folder == tmp_path / "named"
    assert home.config == tmp_path / "named/watcher.toml"


def test_the_variable_comes_before_the_folder_that_one_stands_in(inside: Path) -> None:
    assert find(None, None, {"WATCHER_HOME": "/elsewhere"}, inside).folder == Path("/elsewhere")


def test_an_empty_variable_is_none(inside: Path, tmp_path: Path) -> None:
    assert find(None, None, {"WATCHER_HOME": ""}, inside).folder == tmp_path / "home"


def test_a_home_is_found_from_any_folder_below_it(inside: Path, tmp_path: Path) -> None:
    home = find(None, None, {"STATE_DIRECTORY": "/var/lib/watcher"}, inside)

    assert home.folder == tmp_path / "home"


def test_the_nearest_of_two_homes_is_the_one(inside: Path) -> None:
    (inside / "watcher.toml").write_text("")

    assert find(None, None, {}, inside).folder == inside


def test_a_folder_of_that_name_makes_no_home(tmp_path: Path) -> None:
    (tmp_path / "watcher.toml").mkdir()

    assert find(None, None, {"STATE_DIRECTORY": "/var/lib/watcher"}, tmp_path).folder == Path("/var/lib/watcher")


def test_a_service_uses_the_first_folder_that_systemd_gives_it(tmp_path: Path) -> None:
    env = {"STATE_DIRECTORY": "/var/lib/watcher:/var/lib/other", "XDG_DATA_HOME": "/data"}

    assert find(None, None, env, tmp_path).folder == Path("/var/lib/watcher")


@pytest.mark.parametrize(
    ("env", "folder"),
    [
        ({"XDG_DATA_HOME": "/data"}, Path("/data/watcher")),
        ({"XDG_DATA_HOME": "not/absolute"}, Path.home() / ".local/share/watcher"),
        ({}, Path.home() / ".local/share/watcher"),
    ],
)
def test_where_there_is_no_home_it_is_the_users_own(env: dict[str, str], folder: Path, tmp_path: Path) -> None:
    assert find(None, None, env, tmp_path).folder == folder


def test_the_home_of_a_configuration_is_its_folder(
    inside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    home = find(None, Path("other/tool.toml"), {"XDG_DATA_HOME": "/data"}, inside)

    assert (home.folder, home.config) == (tmp_path / "other", tmp_path / "other/tool.toml")


def test_two_configurations_in_two_folders_share_no_state(inside: Path) -> None:
    homes = [find(None, Path(f"/etc/{name}/watcher.toml"), {}, inside) for name in ("one", "other")]

    assert homes[0].database != homes[1].database


def test_a_home_that_is_named_is_that_of_any_configuration(inside: Path) -> None:
    config = Path("/etc/watcher/watcher.toml")

    by_option = find(Path("/srv"), config, {}, inside)
    by_variable = find(None, config, {"WATCHER_HOME": "/srv"}, inside)

    assert by_option == by_variable
    assert (by_option.folder, by_option.config) == (Path("/srv"), config)


@pytest.mark.parametrize("config", [Path("/etc/watcher/watcher.toml"), Path("/etc/other.toml")])
def test_a_unit_with_a_configuration_has_the_home_that_systemd_gives_it(config: Path, inside: Path) -> None:
    home = find(None, config, {"STATE_DIRECTORY": "/var/lib/press"}, inside)

    assert (home.folder, home.config) == (Path("/var/lib/press"), config)


def test_paths_are_absolute_wherever_one_goes_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    home = find(Path("here"), Path("there.toml"), {}, tmp_path)

    assert (home.folder, home.config) == (tmp_path / "here", tmp_path / "there.toml")


def test_a_command_with_the_services_configuration_is_about_the_services_home(tmp_path: Path) -> None:
    home = find(None, Path("/etc/watcher/watcher.toml"), {"XDG_DATA_HOME": "/data"}, tmp_path)

    assert home.folder == Path("/var/lib/watcher")
