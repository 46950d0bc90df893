"""A home as one file, made beside a watcher that runs.

The database is copied first, in one moment, and the records after it: so each record that the copy takes for written is
there, and one that came later is merely unknown to it. The other way round, a record that came in between would
look as if its owner had deleted it.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from watcher import __version__, files, times
from watcher import config as configuration
from watcher.backup import archive
from watcher.backup.archive import Writer
from watcher.config import Config
from watcher.errors import Busy, RecordError, StoreError
from watcher.home import Home
from watcher.model import Watch
from watcher.store import Store, copy_database, open_store
from watcher.store.schema import HEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What is in a backup."""

    watches: int
    records: int
    database: bool  # False where a server keeps it


def save(home: Home, config: Config, store: Store, database: Path | None, out: IO[bytes], now: datetime) -> Saved:
    """Write the backup of a home to `out`. `database` is the file of `store`, None where a server keeps it. Raises
    Busy, StoreError and RecordError; then what was written is no whole backup."""
    apart = {watch.name: watch.folder for watch in config.watches.values() if not _is_inside(home, watch.folder)}
    about = {
        "watcher": __version__,
        "schema": HEAD,
        "created_at": times.rfc3339(now),
        "config": str(home.config),
        "records": {name: str(folder) for name, folder in apart.items()},
    }
    with _copied(home, database) as copy, _words(), archive.writing(out, about) as writer:
        taken = _take_records(home, apart, writer)
        _complain_of_missing(config, store, home, taken)
        if copy:
            _settle(copy, store, home, config, {name: writer.sums[name][1] for name in taken})
            writer.add("state/watcher.db", copy)
        if home.secret.exists():
            writer.add("state/secret", home.secret)
        for file in configuration.files(home.config):
            name = "watcher.toml" if file == home.config else f"watches.d/{file.name}"
            writer.add(f"config/{name}", file)
    return Saved(watches=len(config.watches), records=len(taken), database=copy is not None)


@contextmanager
def _copied(home: Home, database: Path | None) -> Iterator[Path | None]:
    """A whole copy of the database as it is now, for as long as the block lasts. Its writers are not held up."""
    if database is None:
        yield None
        return
    folder = home.state / "backup"
    try:
        with files.lock(home.state / "backup.lock"):
            shutil.rmtree(folder, ignore_errors=True)  # of one that was killed
            folder.mkdir(mode=0o700)
            try:
                copy_database(database, folder / "watcher.db")
                yield folder / "watcher.db"
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except Busy as error:
        words = "another backup of this home is being made" + (f" (pid {error.pid})" if error.pid else "")
        raise Busy(words, pid=error.pid, hint="wait for its end") from None


def _take_records(home: Home, apart: Mapping[str, Path], writer: Writer) -> set[str]:
    """Add all records, those of watches that are configured no more as well; their names in the backup."""
    ours = home.state / "records"
    there = sorted(path for path in ours.rglob("*") if path.is_file() and not _is_hidden(path.relative_to(ours)))
    found = [(f"state/records/{path.relative_to(ours).as_posix()}", path) for path in there]
    for name, folder in apart.items():
        found += [(f"records/{name}/{path}", folder / path) for path in files.listing(folder) or {}]
    return {name for name, path in found if writer.add(name, path)}


def _complain_of_missing(config: Config, store: Store, home: Home, taken: Collection[str]) -> None:
    """A folder that is not mounted must not replace the good backup of yesterday."""
    for watch in config.watches.values():
        written = store.written_paths(watch.name)
        if len(written) > 1 and not any(f"{_prefix(home, watch)}{path}" in taken for path in written):
            words = f"all {len(written)} records of {watch.name} are gone"
            raise RecordError(watch.folder, words, hint="mount the folder or put them back; no backup was made")


def _settle(copy: Path, store: Store, home: Home, config: Config, taken: Mapping[str, str]) -> None:
    """Tell the copy of records that were written again since it was made: it would take them for their owner's work."""
    with closing(open_store(f"sqlite:///{copy}", create=False)) as copied:
        for watch in config.watches.values():
            prefix = _prefix(home, watch)
            then, now = copied.written_hashes(watch.name), store.written_hashes(watch.name)
            for path, (item, was) in then.items():
                found = taken.get(f"{prefix}{path}", was)
                if was and found != was and now.get(path) == (item, found):
                    copied.written(watch.name, item, found)


def _prefix(home: Home, watch: Watch) -> str:
    """What the names of its records in a backup begin with."""
    if _is_inside(home, watch.folder):
        return f"{watch.folder.relative_to(home.folder).as_posix()}/"
    return f"records/{watch.name}/"


def _is_inside(home: Home, folder: Path) -> bool:
    return folder.is_relative_to(home.state / "records") and ".." not in folder.parts


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


@contextmanager
def _words() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise StoreError(f"{place}no backup could be made: {(error.strerror or str(error)).lower()}") from error
