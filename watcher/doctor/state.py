"""The home on its disk, and what is in its database."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from shlex import quote

from watcher import files
from watcher.app import App
from watcher.doctor.finding import Finding, fail, ok, warn
from watcher.errors import ConfigError
from watcher.schedule import overdue
from watcher.store import HEAD, examine

#: Bytes and files that a disk has room for: few, and too few.
FEW, TOO_FEW = (1 << 30, 10_000), (100 << 20, 1_000)

#: Seconds to go through the database.
THROUGH = 20.0


def disk(app: App) -> Iterator[Finding]:
    """Whether there is room, on each disk that is written to."""
    disks = {place.stat().st_dev: place for place in map(_existing, _folders(app))}
    for place in disks.values():
        there = os.statvfs(place)
        # Some file systems count no files: they have room for any number.
        room = (there.f_bavail * there.f_frsize, there.f_favail if there.f_files else FEW[1])
        words = f"{room[0] / (1 << 30):.1f} GiB and {room[1]} files more have room below {place}"
        if any(has < needs for has, needs in zip(room, TOO_FEW, strict=True)):
            yield fail("disk", words, "make room")
        elif any(has < needs for has, needs in zip(room, FEW, strict=True)):
            yield warn("disk", words, "make room, before it is needed")
        else:
            yield ok("disk", words)


def permissions(app: App) -> Iterator[Finding]:
    """Whether the home can be written, by one user, and its state be read by nobody else."""
    found = [*_unwritable(app), *_foreign(app), *_open(app)]
    yield from found or [ok("permissions", f"{app.home.folder} is written by its user, its state read by nobody else")]


def database(app: App) -> Iterator[Finding]:
    """Whether it can be used, by this version, and is whole."""
    if app.database.startswith("sqlite:///") and not app.home.database.exists() and not _has_records(app):
        yield warn("database", "there is none yet", "the first check makes it: watcher check")
        return
    revision, whole = examine(app.database, THROUGH)
    if revision < HEAD:
        yield warn("database", f"schema {revision}: the next start brings it to {HEAD}, and keeps a copy")
    yield ok("database", f"schema {revision}; {'sound' if whole else f'no fault found in {THROUGH:g} s'}")


def schedule(app: App) -> Iterator[Finding]:
    """Whether what is due is looked at."""
    pid = files.holder(app.home.lock)
    runs = "no watcher is running" if pid is None else f"a watcher is running{f' (pid {pid})' if pid else ''}"
    if app.database.startswith("sqlite:///") and not app.home.database.exists():
        yield ok("schedule", f"nothing was looked at yet; {runs}")
        return
    if examine(app.database, 0)[0] < HEAD:
        yield warn("schedule", f"not looked at: the database is of an older version; {runs}")
        return
    if late := [each.name for each in overdue(app.config.watches, app.store.standing(), app.clock())]:
        hint = "watcher run, or watcher service install" if pid is None else "its log says what it does"
        yield fail("schedule", f"{len(late)} overdue ({', '.join(late[:3])}{' …' if late[3:] else ''}); {runs}", hint)
    else:
        yield ok("schedule", f"nothing is overdue; {runs}")


def _folders(app: App) -> list[Path]:
    folders = [app.home.state, app.home.feeds]
    with suppress(ConfigError):  # which has a line of its own
        folders += [watch.folder for watch in app.config.watches.values()]
    return folders


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


def _unwritable(app: App) -> Iterator[Finding]:
    for place in dict.fromkeys(map(_existing, _folders(app))):
        if not os.access(place, os.W_OK | os.X_OK):
            yield fail("permissions", f"{place} cannot be written by this user", "let the user that runs watcher write")


def _foreign(app: App) -> Iterator[Finding]:
    """What another user made in the home, root say: its own user cannot write it then."""
    if not app.home.state.is_dir():
        return
    state = app.home.state
    owner = state.stat().st_uid
    foreign = [(path, uid) for path, uid in _owners([state, app.home.feeds]) if uid != owner]
    if foreign:
        words = f"{foreign[0][0]} belongs to uid {foreign[0][1]}, {state} to uid {owner}"
        more = f" ({len(foreign) - 1} more)" if foreign[1:] else ""
        place = f"{quote(str(state))} {quote(str(app.home.feeds))}"
        yield fail("permissions", words + more, f"chown -R --reference={quote(str(state))} {place}")


def _open(app: App) -> Iterator[Finding]:
    state = app.home.state
    secret = [state, app.home.database, app.home.secret, *state.glob("*.password")]
    for place in (each for each in secret if each.exists()):
        mode = stat.S_IMODE(place.stat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            kept = 0o700 if place.is_dir() else 0o600
            yield warn(
                "permissions", f"{place} is open to others (mode {mode:o})", f"chmod {kept:o} {quote(str(place))}"
            )


def _owners(folders: Iterable[Path]) -> Iterator[tuple[Path, int]]:
    """Folders, and what lies in them, with the uid of each; not below."""
    for folder in filter(Path.is_dir, folders):
        for path in (folder, *folder.iterdir()):
            with suppress(FileNotFoundError):  # a database's -wal and -shm come and go
                yield path, path.lstat().st_uid


def _has_records(app: App) -> bool:
    return any(files.listing(app.home.state / "records") or {})
