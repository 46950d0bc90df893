"""Push messages by ntfy's JSON, to a real server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from pydantic import ValidationError

from tests.rawserver import RawServer, reply
from tests.test_notify_webhook import ANY, alert, news
from watcher.errors import Deferred
from watcher.message import health, sample
from watcher.model import Message
from watcher.notify import ntfy

NOW = alert().date


def options(server: str = "https://push.example", **changed: Any) -> ntfy.Options:
    return ntfy.Options.model_validate({"server": server, "topic": "releases-x7"} | changed)


def published(message: Message, **changed: Any) -> dict[str, Any]:
    """What a server is given, read by its rules: the whole has no more than twice a message's bytes."""
    with RawServer({"/": reply()}) as server:
        ntfy.send(options(server.url(), **changed), message, "")
    [asked] = server.asked
    assert asked.path == "/"
    assert len(asked.body) <= 2 * ntfy.ROOM
    told: dict[str, Any] = json.loads(asked.body)
    return told


def test_the_alert_arrives_as_a_message_with_its_title_and_link() -> None:
    assert published(alert(), priority=4, tags=["package"]) == {
        "topic": "releases-x7",
        "title": "2.0 is out",
        "message": "https://tool.example/2.0\n\nIt is größer.",
        "priority": 4,
        "tags": ["package"],
        "click": "https://tool.example/2.0",
    }


def test_a_sample_has_the_real_layout() -> None:
    told = published(sample("phone", "", now=NOW, domain="watch.example"))

    assert told["title"] == "A sample alert from Watcher"
    assert told["message"].startswith("https://example.org/news/sample\n22 November 2026\n\nThis is how")
    assert told["click"] == "https://example.org/news/sample"


def test_a_token_goes_into_its_header_and_into_no_error() -> None:
    with (
        RawServer({"/": reply(b'{"code":40101,"error":"unauthorized"}', status=401)}) as server,
        pytest.raises(Deferred, match=r"answered 401 Unauthorized: .*unauthorized") as caught,
    ):
        ntfy.send(options(server.url(), token="tk_T0K3N"), alert(), "")

    assert server.asked[0].headers["authorization"] == "Bearer tk_T0K3N"
    assert caught.value.target_down
    assert "T0K3N" not in str(caught.value)
    assert "releases-x7" not in str(caught.value)


def test_several_items_have_no_one_link_to_open() -> None:
    assert "click" not in published(alert(items=(news(), news(id="urn:uuid:2"))))


@pytest.mark.parametrize("link", ["javascript:alert(1)", "intent://x", "", "https://tool.example/" + "x" * 3000])
def test_no_link_is_opened_that_is_none_or_has_no_room(link: str) -> None:
    assert "click" not in published(alert(items=(news(link=link),)))


def test_an_alert_about_a_watch_is_told_whole() -> None:
    message = health(
        "phone", "tool", "tool/health/2026", "tool works again", "It failed 3 h.", now=NOW, domain="x.example"
    )

    told = published(message)

    assert told["title"] == "watcher: tool works again"
    assert told["message"] == "It failed 3 h.\n\n-- \ntool"


@pytest.mark.parametrize("character", ["a", "ß", "語", "🎉", '"', "\n", "\\"])
@pytest.mark.parametrize("length", [4095, 4096, 4097, 9000])
def test_a_long_text_is_cut_between_characters_and_uses_its_room(character: str, length: int) -> None:
    text = f"{character * (length // len(character.encode()))}."

    message = published(alert(text=f"2.0 is out\n{text}", items=()))["message"]

    size = len(json.dumps(message, ensure_ascii=False).encode()) - 2
    assert size <= 4096
    if message != text.strip("\n"):
        assert message.endswith("…")
        assert text.startswith(message[:-1])
        assert size > 4080 or not message[:-1]


@given(ANY, ANY)
@example("a\r\nX-Priority: 5\r\n\r\n", "b")
@example("\ud800" * 300, "\ud800" * 9000)
def test_whatever_a_title_holds_no_more_is_published_than_a_message(title: str, text: str) -> None:
    told = json.loads(ntfy._json(ntfy._published(options(), alert(subject=title, text=text))))

    assert set(told) == {"topic", "title", "message", "priority", "tags", "click"}
    assert len(told["message"].encode()) <= 4096
    assert told["title"].splitlines() in ([], [told["title"]])


def test_a_title_that_looks_like_headers_stays_in_the_body() -> None:
    with RawServer({"/": reply()}) as server:
        ntfy.send(options(server.url()), alert(subject="a\r\nX-Priority: 5\r\n\r\nGET / HTTP/1.1"), "")

    [asked] = server.asked
    assert "x-priority" not in asked.headers
    assert json.loads(asked.body)["title"] == "a X-Priority: 5 GET / HTTP/1.1"


@pytest.mark.parametrize("topic", ["", "a b", "a/b", "größer", "x" * 65, "a\n"])
def test_what_is_no_topic_is_a_fault(topic: str) -> None:
    with pytest.raises(ValidationError, match="a topic has letters, digits, - and _, at most 64"):
        options(topic=topic)


@pytest.mark.parametrize("priority", [0, 6])
def test_a_priority_is_one_of_five(priority: int) -> None:
    with pytest.raises(ValidationError, match="priority"):
        options(priority=priority)


def test_secrets_may_be_looked_up_later() -> None:
    unread = options(topic="…", token="…")

    assert ntfy.recipients(unread) == ("",)
