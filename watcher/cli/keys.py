"""Keys of a watch that is in watcher.toml, changed in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from watcher.cli.toml import HEADER, last_said, means, parsed, sections
from watcher.errors import UsageError


def with_keys(text: str, name: str, keys: Mapping[str, Any]) -> str:
    """The text with these keys of [watch.NAME] set to a value, or for None taken out. Raises UsageError where that
    cannot be."""
    wanted = parsed(text)
    wanted["watch"][name] = _updated(wanted["watch"][name], keys)
    changed = _replaced(text, name, keys)
    if not means(changed, wanted):
        body = tomlkit.dumps({key: value for key, value in keys.items() if value is not None})
        raise UsageError(f"[watch.{name}] cannot be changed in this file", hint=f"write it there by hand:\n{body}")
    return changed


def _updated(table: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**table, **keys}.items() if value is not None}


def _replaced(text: str, name: str, keys: Mapping[str, Any]) -> str:
    """Keys that are there change in place, and keep their comments. Further ones go after the last."""
    try:
        document = tomlkit.parse(text.removeprefix("\ufeff"))
        table = document["watch"][name]
        new = {key: _inline(value) for key, value in keys.items() if value is not None}
        for key in [key for key in keys if key in table]:
            if key in new:
                table[key] = new.pop(key)
            else:
                del table[key]
        changed = tomlkit.dumps(document)
    except (TOMLKitError, KeyError, TypeError):
        return ""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    return mark + "".join(_with_rows(changed, name, tomlkit.dumps(new)))


def _inline(value: Any) -> Any:
    """A value on one line: a table would become one of its own."""
    if not isinstance(value, Mapping):
        return value
    table = tomlkit.inline_table()
    table.update(value)
    return table


def _with_rows(text: str, name: str, more: str) -> Iterator[str]:
    """The lines, with some more at the end of [watch.NAME]; tomlkit would put them below the comments that follow."""
    end = "\r\n" if "\r\n" in text else "\n"
    for section in sections(text):
        found = HEADER.match(section[0])
        if not more or not found or found[1].strip("\"'") != name or not found[0].endswith("]"):
            yield from section
            continue
        last = last_said(section)
        yield from (*section[:last], section[last].rstrip("\r\n") + end, more.replace("\n", end), *section[last + 1 :])
