"""`watcher test TARGET`, for each kind of target."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Watcher
from tests.conftest import Newsroom
from tests.rawserver import RawServer, reply

# One of Apprise's modules imports it, where there still is one.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

TARGETS = """
[alert.hook]
kind = "webhook"
url = "{url}"
secret = {{ env = "HOOK_SECRET" }}

[alert.phone]
kind = "ntfy"
server = "{url}"
topic = "releases-x7"

[alert.chat]
kind = "apprise"
url = "json://{host}/"

[alert.loud]
kind = "command"
command = ["sh", "-c", 'cat >"$0"', "{file}"]
"""


@pytest.fixture
def server(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Iterator[RawServer]:
    """A server that takes what the newsroom's further targets send it; the program's file is `told` in its home."""
    monkeypatch.setenv("HOOK_SECRET", "s")
    newsroom.home.folder.chmod(0o755)
    with RawServer({"/": reply()}) as server:
        targets = TARGETS.format(url=server.url(), host=server.host, file=told(newsroom))
        newsroom.home.config.write_text(newsroom.home.config.read_text() + targets)
        newsroom.home.config.chmod(0o644)
        yield server


def told(newsroom: Newsroom) -> Path:
    return newsroom.home.folder / "told"


@pytest.mark.parametrize(("target", "key"), [("hook", "subject"), ("phone", "title"), ("chat", "title")])
def test_a_sample_reaches_the_server(watcher: Watcher, server: RawServer, target: str, key: str) -> None:
    ran = watcher("test", target)

    assert (ran.code, ran.out, ran.err) == (0, f"sent to {target}\n", "")
    assert [json.loads(asked.body)[key] for asked in server.asked] == ["A sample alert from Watcher"]


@pytest.mark.usefixtures("server")
def test_a_sample_reaches_the_program(watcher: Watcher, newsroom: Newsroom) -> None:
    ran = watcher("test", "loud")

    assert (ran.code, ran.out, ran.err) == (0, "sent to loud\n", "")
    assert told(newsroom).read_text().startswith("A sample alert from Watcher\n")


@pytest.mark.parametrize("target", ["hook", "phone", "chat"])
def test_a_server_that_takes_none_is_told_and_is_3(watcher: Watcher, server: RawServer, target: str) -> None:
    server.scripts["/"] = reply(b"full", status=503)

    ran = watcher("test", target)

    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("error: ")
    assert "503" in ran.err
    assert "outbox" not in ran.err
