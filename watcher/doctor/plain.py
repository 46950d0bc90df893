"""Secrets that stand in the configuration themselves."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from shlex import quote
from types import ModuleType
from typing import Any, get_args

from pydantic import SecretStr

from watcher import config, plugins
from watcher.doctor.finding import Finding, warn
from watcher.document import Document
from watcher.keys import NOTIFIERS, SOURCES

#: Request headers that log in.
_LOGINS = frozenset({"authorization", "cookie"})


def shown(path: Path) -> Iterator[Finding]:
    """Each secret in a file that all users can read."""
    for file in config.files(path):
        mode = stat.S_IMODE(file.stat().st_mode)
        if not mode & stat.S_IROTH:
            continue
        for table, key in _secrets(file):
            words = f'{file} is open to others (mode {mode:o}), and "{key}" stands in [{table}] as it is'
            hint = f'{key} = {{ env = "NAME" }} or {{ file = "PATH" }} refers to it; or: chmod o-rwx {quote(str(file))}'
            yield warn("secrets", words, hint)


def _secrets(file: Path) -> Iterator[tuple[str, str]]:
    """Of each its table and its key."""
    document = Document()
    document.read(file)
    for group, point, usual in (("watch", SOURCES, "list"), ("alert", NOTIFIERS, "")):
        for name, table in document.tables.get(group, {}).items():
            kind = plugins.load(point, table.get("kind", usual))
            yield from (
                (f"{group}.{name}", key) for key in table if isinstance(table[key], str) and _is_secret(kind, key)
            )
            headers: Mapping[str, Any] = table.get("headers", {}) if group == "watch" else {}
            said = [key for key in headers if key.lower() in _LOGINS and isinstance(headers[key], str)]
            yield from ((f"{group}.{name}", f"headers.{key}") for key in said)


def _is_secret(kind: ModuleType, key: str) -> bool:
    field = kind.Options.model_fields.get(key)
    return field is not None and SecretStr in (field.annotation, *get_args(field.annotation))
