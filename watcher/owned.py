"""Whether a file is in the hands of those who may decide what is run: root, and the user who runs Watcher."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_LINKS = 40  # as the kernel counts
_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class Doubt(NamedTuple):
    """Why a file could be somebody else's doing, and what to do about it."""

    why: str
    hint: str


def doubt(file: Path) -> Doubt | None:
    """The first of the folders, links and files on the way to `file` that others can write to, or replace; None where
    there is none."""
    try:
        return next((found for place in _way(file.absolute()) if (found := _doubt(place))), None)
    except OSError as error:
        return Doubt(f"{file} cannot be looked at: {error.strerror or error}", "")


def _way(file: Path) -> Iterator[Path]:
    """All that decides what the path means: each folder, each link and where it leads, and the file."""
    at, rest, links = Path(file.anchor), [*reversed(file.parts[1:])], 0
    yield at
    while rest:
        part = rest.pop()
        at = at.parent if part == ".." else at / part
        yield at
        if at.is_symlink():
            links += 1
            if links > _LINKS:
                raise OSError(f"too many links on the way to {file}")
            to = at.readlink()
            at = Path(to.anchor) if to.is_absolute() else at.parent
            rest.extend(reversed(to.parts[1:] if to.is_absolute() else to.parts))


def _doubt(place: Path) -> Doubt | None:
    found = place.lstat()
    if found.st_uid not in (0, os.geteuid()):
        return Doubt(f"{place} belongs to another user (uid {found.st_uid})", f"chown root {shlex.quote(str(place))}")
    # Anybody may write a link's mode; and in a sticky folder, such as /tmp, nobody can move what is another's.
    shared = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
    if found.st_mode & _OTHERS and not shared and not stat.S_ISLNK(found.st_mode):
        mode = stat.S_IMODE(found.st_mode)
        return Doubt(f"{place} can be written by others (mode {mode:o})", f"chmod go-w {shlex.quote(str(place))}")
    return None
