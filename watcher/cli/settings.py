"""The settings of a watch that are not as they are by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from zoneinfo import ZoneInfo

from watcher.config import title_of
from watcher.model import Filters, Watch

#: What has rows of its own wherever a watch is shown, and what is no setting.
_APART = frozenset({"name", "url", "kind", "options", "alerts", "folder", "filters"})
_RHYTHM = frozenset({"every", "cron", "active", "jitter", "phase"})
_AS_WRITTEN = {"title": "label"}


def settings(watch: Watch) -> dict[str, Any]:
    """By their keys in watcher.toml; of headers the names alone, for they may hold a login."""
    plain = Watch(
        name=watch.name,
        url=watch.url,
        kind=watch.kind,
        options=watch.options,
        title=title_of(watch.name),
        zone=ZoneInfo("UTC"),
        folder=watch.folder,
    )
    own = _differing(watch, plain) | _differing(watch.filters, Filters())
    return {key: _shown(value) for key, value in own.items()}


def _differing(one: Watch | Filters, plain: Watch | Filters) -> dict[str, Any]:
    names = [each.name for each in fields(one) if each.name not in _APART | _RHYTHM]
    return {
        _AS_WRITTEN.get(name, name): getattr(one, name) for name in names if getattr(one, name) != getattr(plain, name)
    }


def _shown(value: Any) -> Any:
    match value:
        case Mapping() | tuple():
            return list(value)
        case ZoneInfo():
            return str(value)
        case _:
            return value
