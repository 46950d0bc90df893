"""An alert as programs read it: one JSON object, the same bytes at every attempt.

    id         the alert's own: an alert that comes twice has it twice
    watch      the name of the watch
    subject    one line
    text       the alert as plain text
    html       the same as HTML, where there is any
    date       when it was made (RFC 3339)
    items      what it is about, none where it is about the watch itself; each with
        id         the item's own (urn:uuid:…), which is its id in the feed too
        event      "new" or "edit"
        title      one line
        link       its address
        published  what its source claims: a date or a time (RFC 3339), where it claims any
        version    where it has one
        tags       a list, often empty

Further keys may join these; none changes its meaning.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from watcher.model import Message, News
from watcher.text import line, safe
from watcher.times import rfc3339


def as_json(message: Message) -> bytes:
    """The message, in UTF-8."""
    data = {
        "id": message.id,
        "watch": message.watch,
        "subject": line(message.subject),
        "text": safe(message.text),
        **({"html": safe(message.html)} if message.html else {}),
        "date": rfc3339(message.date),
        "items": [_item(news) for news in message.items],
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _item(news: News) -> dict[str, Any]:
    at = news.published
    return {
        "id": line(news.id),
        "event": news.event,
        "title": line(news.title),
        "link": line(news.link),
        **({"published": rfc3339(at) if isinstance(at, datetime) else at.isoformat()} if at else {}),
        **({"version": line(news.version)} if news.version else {}),
        "tags": [line(tag) for tag in news.tags],
    }
