"""watcher.toml as text, edited in place: comments and order stay. The file is its owner's."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from watcher import files
from watcher.errors import UsageError

NEW_HOME = """\
# A home of watcher: https:// addresses in, records, feeds and alerts out.
every = "30m"                  # how often each watch is looked at
# contact = "me@example.org"   # goes into the User-Agent

# [alert.me]                   # an alert target; watches name it: alerts = ["me"]
# kind = "email"
# to   = ["me@example.org"]
# from = "Watcher <watch@example.org>"
# smtp = "smtp.example.org:587"
# user = "me"
# password = { env = "WATCHER_SMTP_PASSWORD" }
"""

#: The head of a watch's table, or of one inside it.
HEADER = re.compile(r"\s*\[(?!\[)\s*watch\s*\.\s*([\w-]+|\"[^\"]*\"|'[^']*')\s*[.\]]")


def read(path: Path) -> str:
    """The text, with its own line ends."""
    return path.read_bytes().decode("utf-8")


def save(path: Path, text: str) -> None:
    """Replace the file, or what a link at its place leads to. It may hold a password: who could read it still can,
    and nobody else."""
    path = path.resolve()
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    files.replace(path, text.encode("utf-8"), mode=mode)


def holds(text: str, name: str) -> bool:
    """Whether [watch.NAME] stands in this text."""
    return name in parsed(text).get("watch", {})


def with_watch(text: str, name: str, table: Mapping[str, Any]) -> str:
    """The text with a new [watch.NAME] at its end. Raises UsageError where it cannot stand there."""
    return with_table(text, "watch", name, table)


def with_table(text: str, group: str, name: str, table: Mapping[str, Any]) -> str:
    """The same for [GROUP.NAME]."""
    # Appended as text: tomlkit would put the table above the comments that end the file.
    body = tomlkit.dumps({group: {name: dict(table)}})
    end = "\r\n" if "\r\n" in text else "\n"
    before = f"{text.rstrip()}{end * 2}" if text.strip() else ""
    added = before + body.replace("\n", end)
    wanted = parsed(text)
    wanted[group] = {**wanted.get(group, {}), name: dict(table)}
    if not means(added, wanted):
        raise UsageError(f"[{group}.{name}] cannot be added to this file", hint=f"write it there by hand:\n{body}")
    return added


def without_watch(text: str, name: str) -> str:
    """The text without [watch.NAME], and nothing else changed. Raises UsageError where that cannot be."""
    wanted = parsed(text)
    del wanted["watch"][name]
    ways: tuple[Callable[[str, str], str], ...] = (_cut, _deleted)
    for way in ways:
        left = way(text, name)
        if means(left, wanted):
            return left
    raise UsageError(f"[watch.{name}] cannot be taken out of this file", hint="remove it by hand")


def file_of(config: Path, name: str) -> Path:
    """The file that the watch stands in: watcher.toml, or one of watches.d/. Raises UsageError."""
    there = [config, *sorted((config.parent / "watches.d").glob("*.toml"))]
    found = [file for file in there if holds(read(file), name)]
    if not found:
        raise UsageError(f"[watch.{name}] stands in no file any more", hint="somebody else removed it just now")
    return found[0]


def _cut(text: str, name: str) -> str:
    """Without the lines of its tables. The comments that follow them stay: most are about what comes next."""
    left: list[str] = []
    for section in sections(text):
        found = HEADER.match(section[0])
        if not found or found[1].strip("\"'") != name:
            left += section
            continue
        last = last_said(section)
        rest = section[last + 1 :]
        left += rest[1:] if rest and not rest[0].strip() and (not left or not left[-1].strip()) else rest
    while left and not left[-1].strip():
        left.pop()
    return "".join(left)


def last_said(section: list[str]) -> int:
    """Which of its lines is the last that says something."""
    return max(n for n, row in enumerate(section) if row.strip() and not row.lstrip().startswith("#"))


def sections(text: str) -> Iterator[list[str]]:
    """The lines above the first table, then those of each table."""
    section: list[str] = []
    for row in text.splitlines(keepends=True):
        if row.lstrip().startswith("[") and section:
            yield section
            section = []
        section.append(row)
    if section:
        yield section


def _deleted(text: str, name: str) -> str:
    """For dotted keys and inline tables, where comments after the table are lost with it."""
    try:
        document = tomlkit.parse(text.removeprefix("\ufeff"))
        del document["watch"][name]
        return tomlkit.dumps(document)
    except (TOMLKitError, KeyError):
        return ""


def means(text: str, wanted: Mapping[str, Any]) -> bool:
    """Whether the text says exactly this; an empty group of watches is as good as none."""
    try:
        found = parsed(text)
    except tomllib.TOMLDecodeError:
        return False
    return {**found, "watch": found.get("watch", {})} == {**wanted, "watch": wanted.get("watch", {})}


def parsed(text: str) -> dict[str, Any]:
    return tomllib.loads(text.removeprefix("\ufeff"))
