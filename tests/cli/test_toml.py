"""watcher.toml is edited in place, and everything in it but the one watch stays as its owner wrote it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.cli.toml import NEW_HOME, read, save, with_watch, without_watch
from watcher.errors import UsageError

ROOT = Path(__file__).parents[2]
TABLE = {"url": "https://a.example/", "item": 'li[class="x"] > a', "alerts": ["me"]}

LAYOUTS = {
    "one after the other": '[watch.a]\nurl = "a"\n\n[watch.b]\nurl = "b"\n',
    "alerts in between": '[watch.a]\nurl = "a"\n\n[alert.me]\nkind = "x"\n\n[watch.b]\nurl = "b"\n',
    "a table of its own": '[watch.a]\nurl = "a"\n[watch.a.headers]\nx = "y"\n[alert.me]\nkind = "x"\n',
    "a prefix of another": '[watch.a]\nurl = "a"\n[watch.ab]\nurl = "b"\n[watch."a-b"]\nurl = "c"\n',
    "in quotes": '[ watch . "a" ]  # here\nurl = "a"\n[watch.b]\nurl = "b"\n',
    "dotted": 'watch.a.url = "a"\nwatch.b.url = "b"\n',
    "inline": 'watch = { a = { url = "a" }, b = { url = "b" } }\n',
    "inside one table": '[watch]\na = { url = "a" }\nb.url = "b"\n',
    "text like a header": '[watch.b]\nurl = "b"\nignore = ["""\n[watch.a]\n"""]\n[watch.a]\nurl = "a"\n',
    "an array like a header": '[watch.a]\nignore = [\n  "x",\n]\nurl = "a"\n[watch.b]\nurl = "b"\n',
    "nothing else": '[watch.a]\nurl = "a"',
    "line ends of Windows": '[watch.a]\r\nurl = "a"\r\n\r\n[watch.b]\r\nurl = "b"\r\n',
    "a byte order mark": '\ufeff[watch.a]\nurl = "a"\n[watch.b]\nurl = "b"\n',
}


def parsed(text: str) -> dict[str, object]:
    return tomllib.loads(text.removeprefix("\ufeff"))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_watch_is_taken_out_and_all_other_tables_stay(layout: str) -> None:
    text = LAYOUTS[layout]
    before = tomllib.loads(text.removeprefix("\ufeff"))

    left = parsed(without_watch(text, "a"))

    del before["watch"]["a"]
    assert left.get("watch", {}) == before.pop("watch")
    assert {key: value for key, value in left.items() if key != "watch"} == before


def test_comments_stay_when_a_watch_goes() -> None:
    text = '# top\n\n[watch.a]\nurl = "a"  # its own\n\n# about b\n[watch.b]\nurl = "b"\n\n# the end\n'

    assert without_watch(text, "a") == '# top\n\n# about b\n[watch.b]\nurl = "b"\n\n# the end\n'
    assert without_watch(text, "b") == '# top\n\n[watch.a]\nurl = "a"  # its own\n\n# about b\n\n# the end\n'


def test_a_new_watch_stands_at_the_end_and_the_rest_is_untouched() -> None:
    added = with_watch(NEW_HOME, "press", TABLE)

    assert added.startswith(NEW_HOME)
    assert parsed(added)["watch"] == {"press": TABLE}


def test_what_was_added_can_be_taken_out_again() -> None:
    example = (ROOT / "watcher.toml").read_text("utf-8")

    assert without_watch(with_watch(example, "press", TABLE), "press").rstrip() == example.rstrip()


@given(css=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_value_is_written_as_it_was_given(css: str) -> None:
    added = with_watch(NEW_HOME, "press", {"url": "https://a.example/", "item": css})

    assert parsed(added)["watch"] == {"press": {"url": "https://a.example/", "item": css}}


def test_line_ends_are_those_of_the_file() -> None:
    added = with_watch('every = "1h"\r\n', "press", TABLE)

    assert "\n" not in added.replace("\r\n", "")
    assert parsed(added)["watch"] == {"press": TABLE}


def test_a_file_that_cannot_take_one_more_table_is_left_alone() -> None:
    with pytest.raises(UsageError, match="cannot be added"):
        with_watch('watch = { a = { url = "a" } }\n', "press", TABLE)


def test_the_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "watcher.toml"
    real.write_text("")
    real.chmod(0o600)
    link.symlink_to(real)

    save(link, NEW_HOME)

    assert link.is_symlink()
    assert read(real) == NEW_HOME
    assert real.stat().st_mode & 0o777 == 0o600
