"""A command line as a person types it, in this process; and the home that it works on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import pytest

from tests.conftest import Newsroom
from watcher.cli import main
from watcher.cli.log import LOGGER


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind: its exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that it is."""
        return json.loads(self.out)


Watcher: TypeAlias = Callable[..., Ran]


@pytest.fixture
def bare(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Watcher]:
    """`watcher ARGS`, in an environment that says nothing of a home."""
    for name in ("WATCHER_HOME", "WATCHER_DATABASE", "STATE_DIRECTORY", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)

    def run(*args: str) -> Ran:
        with pytest.raises(SystemExit) as ended:
            main(list(args))
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, *capsys.readouterr())

    yield run
    LOGGER.handlers.clear()


@pytest.fixture
def watcher(bare: Watcher, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Watcher:
    """`watcher ARGS` in the newsroom's home, which has one watch: press."""
    monkeypatch.chdir(newsroom.home.folder)
    return bare
