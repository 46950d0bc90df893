"""The changelog of a Debian package (deb-changelog(5), Debian Policy §4.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from watcher import times
from watcher.changelogs.blocks import Row, literal, rows, written
from watcher.changelogs.outline import Release
from watcher.text import line

_HEADING = re.compile(
    r"(?P<package>[a-z0-9][a-z0-9+.-]{1,100}) \((?P<version>[0-9][\w.+:~-]{0,200})\)(?P<into>(?: [\w.+-]{1,100})+);.*",
    re.IGNORECASE,
)
_TRAILER = re.compile(r" -- ?(?P<author>[^<]{0,200})(?:<[^>]{0,200}>)?(?P<date>.{0,100})")
_HEAD = 2_000  # characters before which a changelog has begun


def is_one(text: str) -> bool:
    """Whether a text is one, by its first heading."""
    return any(_HEADING.fullmatch(each) for each in text[:_HEAD].split("\n"))


def releases(text: str) -> list[Release]:
    """The releases in their order, each once. What is marked UNRELEASED is none."""
    found: dict[str, Release] = {}
    for heading, lines in _entries(text):
        if "unreleased" not in heading["into"].lower():
            one = _release(heading, lines)
            found.setdefault(one.key, one)
    return list(found.values())


def _entries(text: str) -> Iterator[tuple[re.Match[str], list[str]]]:
    heading, lines = None, list[str]()
    for each in text.split("\n"):
        if not each[:1].isspace() and (match := _HEADING.fullmatch(each.rstrip())):
            if heading:
                yield heading, lines
            heading, lines = match, []
        else:
            lines.append(each)
    if heading:
        yield heading, lines


def _release(heading: re.Match[str], lines: list[str]) -> Release:
    trailers = [match for each in lines if (match := _TRAILER.fullmatch(each))]
    notes: list[Row] = rows([each for each in lines if each[:1].isspace() and not _TRAILER.fullmatch(each)])
    version = heading["version"]
    return Release(
        key=version,
        title=f"{heading['package']} {version}",
        version=version,
        published=times.machine(line(trailers[-1]["date"])) if trailers else None,
        author=line(trailers[-1]["author"]) if trailers else "",
        body=written(notes, literal),
    )
