"""Opening a database: it is made, brought up to date, or refused in words; never begun anew in silence."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from glob import escape
from pathlib import Path
from time import monotonic

from sqlalchemy import URL, Connection, inspect, make_url, text
from sqlalchemy.exc import ArgumentError

from watcher.errors import StoreError
from watcher.store.database import REPAIR, Database, explain, take_turn
from watcher.store.tables import metadata

#: The newest of migrations/versions. Reading it from there would cost each command the import of Alembic, 0.1 s.
HEAD = "0014"
#: So many copies from before an upgrade are kept.
COPIES = 2
MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(url: str, *, create: bool) -> Database:
    if url.startswith("sqlite:///"):
        return _open_file(Path(url.removeprefix("sqlite:///")), create)
    return _open_server(_server(url), create)


def copy_database(path: Path, to: Path) -> None:
    """A whole copy of a database in use, as it is at one moment. Raises StoreError, also for one that is damaged: it is
    not to replace a copy that is whole."""
    try:
        _copy(path, to)
        with closing(sqlite3.connect(to)) as copy:
            found = [row[0] for row in copy.execute("PRAGMA quick_check(1)")]
    except OSError as error:
        raise StoreError(f"{to}: {error.strerror}", hint="make room, and let this user write there") from error
    except sqlite3.Error as error:
        raise explain(error, str(path)) from error
    if found != ["ok"]:
        raise StoreError(f"{path} is damaged ({' '.join(found[0].split())})", hint=REPAIR)


def examine(url: str, seconds: float) -> tuple[str, bool]:
    """The schema's revision, and whether the whole file was gone through in that time; nothing is changed. Raises
    StoreError where the database cannot be used, or is damaged."""
    file = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
    if file and not file.exists():
        raise StoreError(f"{file} is not there", hint="put a copy of it back, or see that this is the right home")
    if file and not file.stat().st_size:
        raise StoreError(f"{file} is empty", hint="put a good copy of it back, or remove it to begin anew")
    with closing(Database(file or _server(url))) as database, database.read() as connection:
        revision = _revision(connection, database.place, create=False)
        return revision, file is None or _is_sound(connection, database.place, monotonic() + seconds)


def upgrade(connection: Connection, target: str = "head") -> None:
    """Runs the migrations on `connection`, inside its transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def _open_file(path: Path, create: bool) -> Database:
    try:
        with _alone(path, create):
            if not path.exists():
                _make(path, create)
            if not path.stat().st_size:
                raise StoreError(f"{path} is empty", hint=REPAIR)
            return _up_to_date(path)
    except OSError as error:
        hint = "let this user read and write the file and its folder"
        raise StoreError(f"{path}: {error.strerror}", hint=hint) from error
    except sqlite3.Error as error:
        raise explain(error, str(path)) from error


@contextmanager
def _alone(path: Path, create: bool) -> Iterator[None]:
    """Holds the folder's lock, so that two processes neither make nor migrate one file at the same time."""
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _make(path: Path, create: bool) -> None:
    """Made beside its place and moved there whole: an empty file at `path` is always damage."""
    if not create:
        raise StoreError(f"{path} is not there", hint="put a copy of it back, or see that this is the right home")
    if (journal := path.with_name(f"{path.name}-wal")).exists():
        # SQLite would play it into whatever database it finds there.
        raise StoreError(
            f"{path} is not there, but {journal.name} is", hint="put both back, or remove it to begin anew"
        )
    new = path.with_name(f"{path.name}.new")
    _touch(new)
    with closing(sqlite3.connect(new)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")  # stays with the file; and no file that is not ours is changed
    with closing(Database(new)) as database, database.write() as writer:
        upgrade(writer)
    _move(new, path)


def _up_to_date(path: Path) -> Database:
    database = Database(path)
    try:
        with database.read() as connection:
            revision = _revision(connection, database.place, create=False)
        if revision < HEAD:
            with database.write() as connection:
                _copy(path, path.with_name(f"{path.name}.before-{HEAD}"))
                upgrade(connection)
            for old in sorted(path.parent.glob(f"{escape(path.name)}.before-[0-9][0-9][0-9][0-9]"))[:-COPIES]:
                old.unlink(missing_ok=True)
    except BaseException:
        database.close()
        raise
    return database


def _copy(path: Path, to: Path) -> None:
    """A whole copy, of a file in use too. Another process's writes wait meanwhile: the caller's transaction is open."""
    new = to.with_name(f"{to.name}.new")
    _touch(new)
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(new)) as target:
            source.backup(target)
    except BaseException:
        _remove(new)  # a full disk is to have its room back
        raise
    _move(new, to)


def _touch(path: Path) -> None:
    """An empty file that only its owner can read. SQLite gives its journals the same mode."""
    _remove(path)  # of an attempt that was cut short
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _remove(path: Path) -> None:
    for rest in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + rest).unlink(missing_ok=True)


def _move(new: Path, path: Path) -> None:
    new.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _is_sound(connection: Connection, place: str, until: float) -> bool:
    """False where there was no time to find out. StoreError for a damaged file."""
    inner = connection.connection.driver_connection
    assert isinstance(inner, sqlite3.Connection)
    inner.set_progress_handler(lambda: monotonic() > until, 100_000)
    try:
        said = str(inner.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname == "SQLITE_INTERRUPT":
            return False
        raise explain(error, place) from error
    except sqlite3.DatabaseError as error:
        raise explain(error, place) from error
    finally:
        inner.set_progress_handler(None, 0)
    if said != "ok":
        damage = sqlite3.DatabaseError(said)
        damage.sqlite_errorname = "SQLITE_CORRUPT"
        raise explain(damage, place)
    return True


def _server(url: str) -> URL:
    hint = "write sqlite:////PATH/watcher.db or postgresql://USER@HOST/NAME"
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreError("the address of the database cannot be read", hint=hint) from error
    if address.drivername not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise StoreError(f'no store of the kind "{address.drivername}"', hint=hint)
    return address.set(drivername="postgresql+psycopg")


def _open_server(url: URL, create: bool) -> Database:
    database = Database(url)
    try:
        with database.write() as connection:
            take_turn(connection, "schema", [""])
            if _revision(connection, database.place, create) < HEAD:
                upgrade(connection)
    except BaseException:
        database.close()
        raise
    return database


def _revision(connection: Connection, place: str, create: bool) -> str:
    """Of the schema that is there; "" where none is and one may be made. A StoreError where it is not for us."""
    tables = set(inspect(connection).get_table_names())
    ours = tables & set(metadata.tables)
    if not ours or "alembic_version" not in tables:
        # A server's database may be shared, as long as no name of ours is taken; a file may not.
        if foreign := sorted(tables if connection.dialect.name == "sqlite" else ours):
            words = f"{place} belongs to another program (it has the tables {', '.join(foreign[:5])})"
            raise StoreError(words, hint="give Watcher a database of its own")
        if not create:
            hint = "put a good copy of it back, or see that this is the right one"
            raise StoreError(f"{place} holds no tables", hint=hint)
        return ""
    revision = str(connection.scalar(text("SELECT max(version_num) FROM alembic_version")))
    if revision > HEAD:
        words = f"{place} was written by a newer Watcher (schema {revision}, this one knows {HEAD})"
        hint = "update Watcher, or put back the copy from before its upgrade"
        raise StoreError(words, hint=f"{hint}: see docs/backup.md")
    return revision
