"""Items and messages survive their JSON to the last character and the last microsecond."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from watcher.model import Item, Message, News
from watcher.store.codec import dump_item, dump_message, load_item, load_message, mark

NOW = datetime(2026, 11, 22, tzinfo=UTC)

# Every character, NUL too, but not the surrogates: two lone ones in a row are one character in JSON.
any_text = st.text()
offsets = st.integers(-86_399, 86_399).map(lambda seconds: timezone(timedelta(seconds=seconds)))
times = st.datetimes(timezones=offsets | st.timezones())
items = st.builds(
    Item,
    link=any_text,
    title=any_text,
    published=st.none() | st.dates() | times,
    dated_by=any_text,
    summary=any_text,
    body=any_text,
    key=any_text,
    version=any_text,
    author=any_text,
    tags=st.lists(any_text).map(tuple),
)
news = st.builds(
    News,
    id=any_text,
    event=st.sampled_from(["new", "edit"]),
    title=any_text,
    link=any_text,
    published=st.none() | st.dates() | st.datetimes(timezones=offsets),
    version=any_text,
    tags=st.lists(any_text).map(tuple),
)
messages = st.builds(
    Message,
    id=any_text,
    recipient=any_text,
    watch=any_text,
    subject=any_text,
    text=any_text,
    html=any_text,
    date=times,
    sender_name=any_text,
    headers=st.dictionaries(any_text, any_text),
    reply_to=any_text,
    thread=any_text,
    items=st.lists(news, max_size=3).map(tuple),
)


def exact(thing: Item | Message) -> dict[str, Any]:
    """Its fields, times as they are written: two that are the same moment may differ in their offset."""
    fields = {name: getattr(thing, name) for name in thing.__slots__}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in fields.items()}


@given(items)
def test_an_item_is_what_it_was(item: Item) -> None:
    text = dump_item(item)

    assert exact(load_item(text)) == exact(item)
    assert "\x00" not in text


@given(messages)
def test_a_message_is_what_it_was(message: Message) -> None:
    text = dump_message(message)

    assert exact(load_message(text)) == exact(message)
    assert list(load_message(text).headers) == list(message.headers)
    assert "\x00" not in text


def test_a_message_that_was_stored_before_it_had_items_has_none() -> None:
    stored = json.loads(dump_message(Message(id="a", recipient="me", watch="w", subject="", text="", date=NOW)))
    del stored["items"]

    assert load_message(json.dumps(stored)).items == ()


@given(st.text(st.characters(categories=["Cs", "Lu"]), max_size=5))
def test_a_lone_surrogate_can_be_stored(text: str) -> None:
    stored = dump_item(Item(link="", title=text))

    assert stored.encode("utf-8")
    assert load_item(stored).title.encode("utf-16", "surrogatepass") == text.encode("utf-16", "surrogatepass")


@given(any_text, any_text, any_text, any_text)
def test_two_keys_have_two_marks(a: str, b: str, c: str, d: str) -> None:
    kinds = a.replace("\0", ""), c.replace("\0", "")

    assert (mark((kinds[0], b)) == mark((kinds[1], d))) == ((kinds[0], b) == (kinds[1], d))
