"""A home made again of its backup. What is there is moved aside, never deleted, and nothing is touched before the whole
backup lies unpacked beside it. From then on, until the end, the home is marked: every other command refuses it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from watcher import config as configuration
from watcher import files
from watcher.backup import archive
from watcher.errors import ConfigError, RecordError, StoreError, UsageError
from watcher.home import Home
from watcher.model import Watch
from watcher.publish import catch_up
from watcher.store import open_store

_DATABASE = "state/watcher.db"


@dataclass(slots=True)
class Restored:
    """What a restore did, for people."""

    created_at: str  # when the backup was made
    records: int = 0  # put back
    kept: int = 0  # that stay as they are: the backup does not have them, or they lie outside of state/
    held_back: int = 0  # deliveries that waited when the backup was made
    database: bool = False
    aside: Path | None = None  # where the old is, if there was any
    homeless: list[str] = field(default_factory=list)  # watches whose records could not be put where they were


def restore(home: Home, backup: Path, database: Path | None, now: datetime, *, force: bool) -> Restored:
    """Make a home of its backup again; `database` is where its file belongs, None where a server keeps it.

    Raises Busy, BadBackup, StoreError, and UsageError where the home holds a state and `force` is not said.
    """
    home.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with files.lock(home.lock), _words(home):
        manifest = archive.verified(backup, shutil.disk_usage(home.state).free)
        _refuse(home, backup, database, manifest, force=force or home.restoring.exists())
        new = home.state / "restored"
        shutil.rmtree(new, ignore_errors=True)  # of one that was killed
        try:
            new.mkdir(mode=0o700)
            names = archive.unpack(backup, new)
            done = Restored(str(manifest.get("created_at")), database=_DATABASE in names)
            if done.database:
                done.held_back = _hold_back(new / _DATABASE, done.created_at)
            os.sync()
            files.replace(home.restoring, f"{backup}\n".encode(), mode=0o600)
            _Move(home, database, new, _aside(home, now), done).run(names)
            os.sync()
            home.restoring.unlink()
            if database and done.database:
                _catch_up(database, _watches(home), now)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    return done


def _refuse(home: Home, backup: Path, database: Path | None, manifest: Mapping[str, Any], *, force: bool) -> None:
    sums: Mapping[str, tuple[int, str]] = manifest["files"]
    if database is None and _DATABASE in sums:
        hint = "unset WATCHER_DATABASE to restore it"
        raise UsageError(f"{backup} holds a database file, and WATCHER_DATABASE names a server", hint=hint)
    there = [database.name] if database and database.exists() else []
    there += ["records"] if files.listing(home.state / "records") else []
    config = files.read(home.config)
    if config is not None and hashlib.sha256(config).hexdigest() != sums.get("config/watcher.toml", ("", ""))[1]:
        there.append(f"another {home.config.name}")
    if there and not force:
        hint = "--force moves the old aside, into a folder of state/; nothing is deleted"
        raise UsageError(f"{home.folder} holds a state already: {', '.join(there)}", hint=hint)


def _hold_back(file: Path, created_at: str) -> int:
    """Nobody can say whether what waited then was sent since: its owner has to."""
    with closing(open_store(f"sqlite:///{file}", create=False)) as store:
        return store.hold_back(f"it waited when the backup was made ({created_at}), and may have been sent since")


def _catch_up(database: Path, watches: Mapping[str, Watch], now: datetime) -> None:
    """Records that the backup does not have tell what came after it."""
    with closing(open_store(f"sqlite:///{database}", create=False)) as store:
        for watch in watches.values():
            with suppress(RecordError):  # its check will say so
                catch_up(watch, store, now)


def _watches(home: Home) -> Mapping[str, Watch]:
    """As the configuration has them that was restored."""
    try:
        return configuration.load(home.config, home.folder).watches
    except ConfigError:  # whoever runs the next command is told
        return {}


def _aside(home: Home, now: datetime) -> Path:
    name, number = f"before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}", 2
    folder = home.state / name
    while folder.exists():
        folder, number = home.state / f"{name}-{number}", number + 1
    return folder


@dataclass(frozen=True, slots=True)
class _Move:
    """The way of the unpacked files to their places; the database comes last."""

    home: Home
    database: Path | None
    new: Path
    aside: Path
    done: Restored

    def run(self, names: Collection[str]) -> None:
        first = sorted(name for name in names if name.startswith("config/"))
        self._clear(names)
        for name in first:
            self._put(name, self._place(name))
        folders = {name: watch.folder for name, watch in _watches(self.home).items()}
        for name in sorted(set(names) - {*first, _DATABASE}):
            self._put_record(name, folders) if "records/" in name else self._put(name, self._place(name))
        self.done.kept += self._others(names)
        if self.database and self.done.database:
            self._put(_DATABASE, self.database)
        self.done.aside = self.aside if self.aside.exists() else None

    def _clear(self, names: Collection[str]) -> None:
        """Move aside what would not be replaced, and must not stay."""
        if self.database and self.done.database:
            for rest in ("", "-wal", "-shm"):
                self._away(self.database.with_name(f"{self.database.name}{rest}"))
        for file in configuration.files(self.home.config)[1:]:
            if f"config/watches.d/{file.name}" not in names:
                self._away(file)

    def _place(self, name: str) -> Path:
        top, _, rest = name.partition("/")
        if name == "config/watcher.toml":
            return self.home.config
        return (self.home.config.parent if top == "config" else self.home.state) / rest

    def _put_record(self, name: str, folders: Mapping[str, Path]) -> None:
        """In the state as it was in the backup; elsewhere, in a site's folder say, only what is missing."""
        top, *parts = PurePosixPath(name).parts
        self.done.records += 1
        if top == "state":
            self._put(name, self._place(name))
        elif (folder := folders.get(parts[0])) is None:
            if parts[0] not in self.done.homeless:
                self.done.homeless.append(parts[0])
            _move(self.new / name, self.aside / name)
        elif (place := folder.joinpath(*parts[1:])).exists():
            self.done.records -= 1
            self.done.kept += place.read_bytes() != (self.new / name).read_bytes()
        else:
            _move(self.new / name, place)

    def _others(self, names: Collection[str]) -> int:
        there = files.listing(self.home.state / "records") or {}
        return sum(f"state/records/{path}" not in names for path in there)

    def _put(self, name: str, place: Path) -> None:
        if place.is_file() and place.read_bytes() == (self.new / name).read_bytes():
            return
        self._away(place)
        _move(self.new / name, place)

    def _away(self, place: Path) -> None:
        if place.exists() or place.is_symlink():
            inside = place.relative_to(self.home.folder) if place.is_relative_to(self.home.folder) else place.name
            self.aside.mkdir(mode=0o700, exist_ok=True)
            _move(place, self.aside / inside)


def _move(file: Path, place: Path) -> None:
    """The file, also on another disk, whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(files.temporary())
    shutil.move(file, beside)
    beside.rename(place)


@contextmanager
def _words(home: Home) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        words = f"{place}not restored: {(error.strerror or str(error)).lower()}"
        half_done = "the home is half restored: after fixing, watcher restore the same file again"
        raise StoreError(words, hint=half_done if home.restoring.exists() else "nothing was changed") from error
