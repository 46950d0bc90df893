"""Alerts through Apprise itself, to a real server that one of its services speaks to."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.rawserver import RawServer, drip, reply
from tests.test_notify_webhook import alert
from watcher.config import load
from watcher.errors import Deferred
from watcher.message import sample
from watcher.notify import apprise

# One of Apprise's modules imports it, where there still is one.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def options(url: str, **changed: Any) -> apprise.Options:
    return apprise.Options.model_validate({"url": url} | changed)


def address(server: RawServer) -> str:
    """The address of a server that takes JSON, as Apprise writes it."""
    return f"json://me:T0K3N@{server.host}/in"


def test_the_alert_arrives_with_title_and_text() -> None:
    with RawServer({"/in": reply()}) as server:
        apprise.send(options(address(server)), alert(), "")

    told = json.loads(server.asked[0].body)
    assert told["title"] == "2.0 is out"
    assert told["message"] == "https://tool.example/2.0\n\nIt is größer."


def test_what_a_text_holds_is_text() -> None:
    text = "a \\n b <b> {{app_id}} *c*"
    with RawServer({"/in": reply()}) as server:
        apprise.send(options(address(server)), alert(text=text), "")

    assert json.loads(server.asked[0].body)["message"] == text


def test_what_was_not_taken_is_kept_with_apprises_words(capfd: pytest.CaptureFixture[str]) -> None:
    with RawServer({"/in": reply(status=500)}) as server, pytest.raises(Deferred) as caught:
        apprise.send(options(address(server)), alert(), "")

    assert caught.value.target_down
    assert str(caught.value).startswith("apprise sent nothing: Failed to send JSON POST notification: ")
    assert "error=500" in str(caught.value)
    assert "T0K3N" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_one_that_never_ends_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apprise, "DEADLINE", 0.5)
    with RawServer({"/in": drip(b"x", first=b"HTTP/1.1 200 OK\r\nx: ")}) as server:
        with pytest.raises(Deferred, match=r"apprise did not come to an end within 0\.5 s") as caught:
            apprise.send(options(address(server)), alert(), "")

        assert caught.value.target_down


def test_one_that_never_ends_does_not_keep_us_from_ending() -> None:
    code = (
        "import sys; from watcher.errors import Deferred; from watcher.message import sample;"
        "from watcher.notify import apprise; from datetime import UTC, datetime; apprise.DEADLINE = 0.5\n"
        "told = sample('chat', '', now=datetime.now(UTC), domain='watch.example')\n"
        "try: apprise.send(apprise.Options(url=sys.argv[1]), told, '')\n"
        "except Deferred as error: print(error)"
    )
    with RawServer({"/in": drip(b"x", first=b"HTTP/1.1 200 OK\r\nx: ")}) as server:
        program = [sys.executable, "-c", code, address(server)]
        ran = subprocess.run(program, capture_output=True, text=True, timeout=60, check=True)

    assert ran.stdout == "apprise did not come to an end within 0.5 s\n"


@pytest.mark.parametrize(
    "url", ["", "nosuch://T0K3N", "json://", "T0K3N", "https://tool.example/T0K3N", "json://a, json://T0K3N"]
)
def test_an_address_that_apprise_does_not_know_is_a_fault_that_does_not_show_it(
    url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValidationError, match="apprise knows no one service by this address") as caught:
        options(url)

    assert "T0K3N" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)

    for url in ("json://127.0.0.1/", "…"):
        with pytest.raises(ValidationError, match=r"apprise is not installed: pip install 'watcher\[apprise\]'"):
            options(url)


def test_the_address_is_read_when_something_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "watcher.toml"
    file.write_text('[alert.chat]\nkind = "apprise"\nurl = { env = "CHAT" }\n')
    chat = load(file, tmp_path).alerts["chat"]
    with RawServer({"/in": reply()}) as server:
        monkeypatch.setenv("CHAT", address(server))

        chat.send(chat.resolve(), sample("chat", "", now=alert().date, domain="watch.example"), "")

    assert chat.recipients == ("chat",)
    assert json.loads(server.asked[0].body)["title"] == "A sample alert from Watcher"
