"""Alerts as JSON, signed, to a real server."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.rawserver import RawServer, reply
from watcher.bulletin import as_json
from watcher.config import load
from watcher.errors import ConfigError, Deferred, Rejected
from watcher.message import sample
from watcher.model import Message, News
from watcher.notify import webhook

NOW = datetime(2026, 11, 22, 13, 17, 2, tzinfo=UTC)
ANY = st.text(st.characters())  # with lone surrogates


def news(**changed: Any) -> News:
    fields: dict[str, Any] = {
        "id": "urn:uuid:1",
        "event": "new",
        "title": "2.0 is out",
        "link": "https://tool.example/2.0",
    }
    return News(**(fields | changed))


def alert(**changed: Any) -> Message:
    fields: dict[str, Any] = {
        "id": "tool.2-0.new.3f9c0a1b2c3d@watch.example",
        "recipient": "hook",
        "watch": "tool",
        "subject": "2.0 is out",
        "text": "2.0 is out\nhttps://tool.example/2.0\n\nIt is größer.\n",
        "date": NOW,
        "items": (news(),),
    }
    return Message(**(fields | changed))


def options(url: str, **changed: Any) -> webhook.Options:
    return webhook.Options.model_validate({"url": url} | changed)


def test_the_alert_arrives_in_the_shape_that_is_documented() -> None:
    at = datetime(2026, 11, 22, 9, 30, tzinfo=timezone(timedelta(hours=-5)))
    items = (
        news(published=date(2026, 11, 22), version="2.0", tags=("security",)),
        news(event="edit", published=at),
        news(),
    )
    with RawServer({"/hook": reply()}) as server:
        webhook.send(options(server.url("/hook")), alert(html="<p>2.0", items=items), "")

    assert json.loads(server.asked[0].body) == {
        "id": "tool.2-0.new.3f9c0a1b2c3d@watch.example",
        "watch": "tool",
        "subject": "2.0 is out",
        "text": "2.0 is out\nhttps://tool.example/2.0\n\nIt is größer.\n",
        "html": "<p>2.0",
        "date": "2026-11-22T13:17:02Z",
        "items": [
            {
                "id": "urn:uuid:1",
                "event": "new",
                "title": "2.0 is out",
                "link": "https://tool.example/2.0",
                "published": "2026-11-22",
                "version": "2.0",
                "tags": ["security"],
            },
            {
                "id": "urn:uuid:1",
                "event": "edit",
                "title": "2.0 is out",
                "link": "https://tool.example/2.0",
                "published": "2026-11-22T09:30:00-05:00",
                "tags": [],
            },
            {
                "id": "urn:uuid:1",
                "event": "new",
                "title": "2.0 is out",
                "link": "https://tool.example/2.0",
                "tags": [],
            },
        ],
    }


def test_an_alert_about_a_watch_itself_has_no_items_and_without_html_no_html() -> None:
    told = json.loads(as_json(alert(items=())))

    assert told["items"] == []
    assert "html" not in told


def test_each_attempt_is_the_same_to_the_byte() -> None:
    with RawServer({"/": reply(status=503)}) as server:
        for _ in range(2):
            with pytest.raises(Deferred):
                webhook.send(options(server.url(), secret="s"), alert(), "")

    first, second = server.asked
    assert first.raw + first.body == second.raw + second.body
    assert first.headers["idempotency-key"] == json.loads(first.body)["id"] == alert().id


def test_the_signature_is_that_of_the_bytes_that_arrive() -> None:
    with RawServer({"/": reply()}) as server:
        webhook.send(options(server.url(), secret="clé"), alert(), "")

    [asked] = server.asked
    right = hmac.new("clé".encode(), asked.body, hashlib.sha256).hexdigest()
    assert asked.headers["x-watcher-signature-256"] == f"sha256={right}"


def test_the_signature_is_hmac_sha256() -> None:
    # RFC 4231 §4.3
    signed = webhook.signature("Jefe", b"what do ya want for nothing?")

    assert signed == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_without_a_secret_nothing_is_signed() -> None:
    with RawServer({"/": reply()}) as server:
        webhook.send(options(server.url()), alert(), "")

    assert "x-watcher-signature-256" not in server.asked[0].headers


def test_what_the_server_will_never_take_is_rejected_in_its_words() -> None:
    with (
        RawServer({"/": reply(b'{"message":"unknown watch"}', status=422)}) as server,
        pytest.raises(Rejected, match=r"answered 422 .*unknown watch"),
    ):
        webhook.send(options(server.url()), alert(), "")


@given(ANY, ANY, st.lists(ANY, max_size=2))
def test_whatever_a_title_holds_the_json_is_whole(title: str, text: str, tags: list[str]) -> None:
    told = json.loads(as_json(alert(subject=title, text=text, items=(news(title=title, tags=tuple(tags)),))))

    assert "\n" not in told["subject"] + told["items"][0]["title"]
    assert len(told["items"][0]["tags"]) == len(tags)


@pytest.mark.parametrize("url", ["", "hooks.example", "mailto:me@example.org", "ftp://hooks.example/"])
def test_what_is_no_address_is_a_fault_that_does_not_show_it(url: str) -> None:
    with pytest.raises(ValidationError, match="it is no address; write it whole, with https://") as caught:
        options(url)

    assert not url or url not in str(caught.value)


def test_an_empty_secret_would_sign_for_everybody() -> None:
    with pytest.raises(ValidationError, match="secret"):
        options("https://hooks.example/", secret="")


CONFIG = """
[alert.hook]
kind = "webhook"
url = { env = "HOOK" }
secret = { env = "HOOK_SECRET" }
"""


def test_address_and_secret_are_read_when_something_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "watcher.toml"
    file.write_text(CONFIG)
    hook = load(file, tmp_path).alerts["hook"]
    with RawServer({"/": reply()}) as server:
        monkeypatch.setenv("HOOK", server.url())
        monkeypatch.setenv("HOOK_SECRET", "s")

        hook.send(hook.resolve(), sample("hook", "", now=NOW, domain="watch.example"), "")

    assert hook.recipients == ("hook",)
    assert [item["event"] for item in json.loads(server.asked[0].body)["items"]] == ["new"]


def test_a_secret_that_cannot_be_used_is_a_fault_and_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "watcher.toml"
    file.write_text(CONFIG)
    monkeypatch.setenv("HOOK", "hooks.example/T0K3N")
    monkeypatch.setenv("HOOK_SECRET", "s")

    with pytest.raises(ConfigError) as caught:
        load(file, tmp_path).alerts["hook"].resolve()

    assert str(caught.value) == '"url" in [alert.hook]: it is no address; write it whole, with https://'
