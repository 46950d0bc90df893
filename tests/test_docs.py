"""What the documents say, where a test can check it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from watcher import sources
from watcher.cli import COMMANDS
from watcher.cli.reference import reference

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_every_command_that_the_readme_names_is_there() -> None:
    named = set(re.findall(r"(?:^\$ |&& |`)watcher ([a-z]+)", README, re.MULTILINE))

    assert named >= {"demo", "add", "run", "check", "init", "test"}
    assert named <= COMMANDS.keys()


def test_every_file_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^):]+)\)", README)

    assert len(links) > 3
    assert all((ROOT / link).exists() for link in links)


def test_the_readmes_two_commands_are_the_makefiles() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)

    assert {"demo", "test", "check"} <= set(targets)
    assert "make test" in (ROOT / ".ci/run").read_text("utf-8")


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", README, re.DOTALL))
def test_the_readmes_configuration_is_toml(block: str) -> None:
    assert tomllib.loads(block.replace("…\n", ""))


def test_the_readme_is_about_a_hundred_lines() -> None:
    assert len(README.splitlines()) <= 130


def test_the_reference_is_what_the_code_says() -> None:
    assert (ROOT / "docs/reference.md").read_text("utf-8") == reference(), (
        "watcher config reference > docs/reference.md"
    )


def test_every_key_says_what_it_is() -> None:
    keys = re.findall(r"^- `(\w+)`(.*)$", reference(), re.MULTILINE)

    assert len(keys) > 60
    assert [name for name, rest in keys if not re.search(r": .{8,}", rest)] == []


def test_every_kind_has_its_paragraph() -> None:
    said = re.findall(r'^### `kind = "(.+)"`\n\n(.+)$', reference(), re.MULTILINE)

    assert [kind for kind, _ in said] == sources.kinds()
    assert all(len(text) > 60 for _, text in said)
