"""Items and messages as JSON, and back. A bare date stays one, a time keeps its offset."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from watcher.model import Enclosure, Item, Key, Message, News, When

_SURROGATE = re.compile("[\ud800-\udfff]")


def dump_item(item: Item) -> str:
    data = {f.name: getattr(item, f.name) for f in fields(item) if getattr(item, f.name) != f.default}
    if item.published:
        data["published"] = item.published.isoformat()
    if item.enclosures:
        data["enclosures"] = [asdict(each) for each in item.enclosures]
    return _dump(data)


def load_item(text: str) -> Item:
    data = json.loads(text)
    if "published" in data:
        data["published"] = _when(data["published"])
    enclosures = tuple(Enclosure(**each) for each in data.get("enclosures", ()))
    return Item(**data | {"tags": tuple(data.get("tags", ())), "enclosures": enclosures})


def dump_message(message: Message) -> str:
    data = {f.name: getattr(message, f.name) for f in fields(message)}
    items = [asdict(each) | {"published": each.published and each.published.isoformat()} for each in message.items]
    return _dump(data | {"date": message.date.isoformat(), "headers": dict(message.headers), "items": items})


def load_message(text: str) -> Message:
    data = json.loads(text)
    items = tuple(_news(each) for each in data.get("items", ()))
    return Message(**data | {"date": datetime.fromisoformat(data["date"]), "items": items})


def mark(key: Key) -> str:
    """What a match key is looked up by."""
    return hashlib.sha256("\0".join(key).encode("utf-8", "surrogatepass")).hexdigest()


def _dump(data: dict[str, Any]) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _news(data: dict[str, Any]) -> News:
    published = _when(data["published"]) if data["published"] else None
    return News(**data | {"published": published, "tags": tuple(data["tags"])})


def _when(text: str) -> When:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
