"""Whose doing a file can be: its owner, its mode, and the way that leads to it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from watcher import owned


@pytest.fixture
def file(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    found = tmp_path / "watcher.toml"
    found.touch(mode=0o644)
    return found


@pytest.fixture
def given_away(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Gives a file to another user; who may not do that is made another himself."""

    def give(path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, 54321, -1, follow_symlinks=False)
        else:
            monkeypatch.setattr(os, "geteuid", lambda: 54321)

    return give


def test_a_file_of_ours_in_folders_of_ours_is_beyond_doubt(file: Path) -> None:
    assert owned.doubt(file) is None


@pytest.mark.parametrize(("mode", "shown"), [(0o664, "664"), (0o646, "646"), (0o666, "666")])
def test_a_file_that_others_can_write_is_named_with_its_mode_and_the_remedy(file: Path, mode: int, shown: str) -> None:
    file.chmod(mode)

    doubt = owned.doubt(file)

    assert doubt == (f"{file} can be written by others (mode {shown})", f"chmod go-w {file}")
    file.chmod(mode & ~0o022)
    assert owned.doubt(file) is None


def test_a_folder_that_others_can_write_is_a_doubt_however_far_up(file: Path) -> None:
    below = file.parent / "a b" / "c"
    below.mkdir(parents=True)
    moved = file.rename(below / file.name)
    (file.parent / "a b").chmod(0o775)

    doubt = owned.doubt(moved)

    assert doubt is not None
    assert doubt.why == f"{file.parent / 'a b'} can be written by others (mode 775)"
    assert doubt.hint == f"chmod go-w '{file.parent / 'a b'}'"


def test_a_sticky_folder_lets_nobody_replace_what_is_anothers(file: Path) -> None:
    file.parent.chmod(0o1777)

    assert owned.doubt(file) is None


def test_a_file_of_another_user_is_a_doubt(file: Path, given_away: Callable[[Path], None]) -> None:
    given_away(file)

    doubt = owned.doubt(file)

    assert doubt is not None
    assert "belongs to another user" in doubt.why


def test_a_link_is_as_good_as_where_it_lies_and_where_it_leads(file: Path, tmp_path: Path) -> None:
    places = [tmp_path / name for name in ("here", "middle", "there")]
    for each in places:
        each.mkdir(mode=0o755)
    target = file.rename(places[2] / "real.toml")
    (places[1] / "link.toml").symlink_to("../there/real.toml")
    link = places[0] / "watcher.toml"
    link.symlink_to(places[1] / "link.toml")
    assert owned.doubt(link) is None

    for place, mode in ((places[0], 0o777), (places[1], 0o777), (places[2], 0o777), (target, 0o666)):
        before = place.stat().st_mode
        place.chmod(mode)
        found = owned.doubt(link)
        assert found is not None
        assert found.why.startswith(f"{place} ")
        place.chmod(before)


def test_a_folder_behind_a_link_is_looked_at(file: Path, tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    file.rename(real / file.name)
    (tmp_path / "link").symlink_to("real")
    real.chmod(0o775)

    doubt = owned.doubt(tmp_path / "link" / file.name)

    assert doubt is not None
    assert doubt.why.startswith(f"{real} ")


def test_a_link_of_another_user_in_a_sticky_folder_is_a_doubt(
    file: Path, tmp_path: Path, given_away: Callable[[Path], None]
) -> None:
    (tmp_path / "link").symlink_to(file)
    given_away(tmp_path / "link")
    tmp_path.chmod(0o1777)

    assert owned.doubt(tmp_path / "link") is not None


def test_a_file_that_is_not_there_and_links_in_a_ring_are_doubts(file: Path, tmp_path: Path) -> None:
    (tmp_path / "ring").symlink_to("ring")

    for path in (tmp_path / "gone", tmp_path / "ring"):
        doubt = owned.doubt(path)
        assert doubt is not None
        assert "cannot be looked at" in doubt.why
