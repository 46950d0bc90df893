"""Two databases behind one face: transactions that read, transactions that write, and words for what went wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from hashlib import sha256
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError

from watcher.errors import StoreError
from watcher.later import later

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql
else:
    postgresql = later("sqlalchemy.dialects.postgresql")

T = TypeVar("T")

_BUSY = 30.0  # seconds to wait for another process's write
REPAIR = (
    "move it away with its -wal and -shm files; then watcher rebuild makes a new one from the records,"
    " and watcher restore FILE puts a backup back"
)
#: By SQLite's error name or PostgreSQL's SQLSTATE.
_WORDS = {
    "READONLY": ("cannot be written", "let this user write the file and its folder"),
    "FULL": ("has no room: the disk is full", "free some space; what was there is unharmed"),
    "CORRUPT": ("is damaged", REPAIR),
    "NOTADB": ("is no database, or is damaged", REPAIR),
    "CANTOPEN": ("cannot be opened", "let this user read and write the file and its folder"),
    "BUSY": (f"was held by another process for over {_BUSY:.0f} s", "see which process uses it, and end that"),
    "IOERR": ("could not be read or written: the disk failed or is full", "look at the disk and at the system's log"),
    "25006": ("is read-only", "connect to the primary server"),
    "42501": ("refuses what this user has to do", "grant this user the rights on its schema"),
    "53100": ("has no room: the server's disk is full", "free some space; what was there is unharmed"),
}


class Database:
    """One engine. SQLite's writers of this process queue at a lock rather than poll the file."""

    def __init__(self, address: Path | URL) -> None:
        self._writer: AbstractContextManager[object] = nullcontext()
        self._file: _Identity | None = None
        if isinstance(address, Path):
            self.place, self._file, self._writer = str(address), _Identity(address), Lock()
            self.engine = self._reading = _sqlite(address)
        else:
            self.place = address.render_as_string()
            self.engine = _postgresql(address)
            # One snapshot for all statements of a read, which SQLite's transactions have anyway.
            self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writing = self.engine.execution_options(watcher_writes=True)

    @property
    def is_file(self) -> bool:
        return self._file is not None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._in_words(), self._reading.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._in_words(), self._writer, self._writing.begin() as connection:
            if self._file:
                self._file.check()
            yield connection

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise explain(error, self.place) from error


class _Identity:
    """Which file it is. SQLite goes on writing into one that was removed: what it then commits is lost."""

    def __init__(self, path: Path) -> None:
        self._path, self._is = path, self._now(path)

    def check(self) -> None:
        if self._now(self._path) != self._is:
            raise StoreError(f"{self._path} was removed or replaced while it was in use", hint="start watcher again")

    @staticmethod
    def _now(path: Path) -> tuple[int, int] | None:
        try:
            there = path.stat()
        except FileNotFoundError:
            return None
        return there.st_dev, there.st_ino


def explain(error: Exception, place: str) -> StoreError:
    """A database's error as a sentence about `place`, with a remedy where there is one."""
    cause = getattr(error, "orig", None) or error
    name = str(getattr(cause, "sqlite_errorname", "") or getattr(cause, "sqlstate", "") or "")
    if name.startswith("SQLITE_"):
        name = name.split("_")[1]
    said = " ".join(str(cause).split())
    if name in _WORDS:
        words, hint = _WORDS[name]
        return StoreError(f"{place} {words} ({said})", hint=hint)
    if getattr(error, "connection_invalidated", False) or (not name and _is_connection_error(cause)):
        return StoreError(
            f"{place} cannot be reached ({said})", hint="see that the server runs, and that its address is right"
        )
    return StoreError(f"{place}: {said}")


def take_turn(connection: Connection, kind: Literal["schema", "watch", "recipient"], names: Iterable[str]) -> None:
    """Until this transaction ends no other that names the same goes past here. SQLite has one writer anyway.

    Whoever takes several takes a watch's first, then the recipients', so that no two wait for one another.
    """
    if connection.dialect.name == "postgresql":
        for name in sorted(set(names)):
            number = int.from_bytes(
                sha256(f"watcher {kind} {name}".encode("utf-8", "replace")).digest()[:8], signed=True
            )
            connection.execute(select(func.pg_advisory_xact_lock(number)))


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say ON CONFLICT."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def parts(values: Iterable[T], size: int = 5000) -> Iterator[list[T]]:
    """`values` in lists of at most `size`: a statement takes 32,766 parameters on SQLite, 65,535 on PostgreSQL."""
    left = iter(values)
    while part := list(islice(left, size)):
        yield part


def _sqlite(path: Path) -> Engine:
    # mode=rw: a file that vanishes under a running process is an error, not a new and empty database.
    place = f"file:{quote(str(path))}?mode=rw"

    def connect() -> sqlite3.Connection:
        # isolation_level None: sqlite3 begins no transaction by itself, `begin` below does.
        connection = sqlite3.connect(place, uri=True, timeout=_BUSY, isolation_level=None, check_same_thread=False)
        # NORMAL may lose the last commits in a power cut: a mail would be forgotten that was sent.
        connection.execute("PRAGMA synchronous = FULL")
        # KiB for each connection, and the system keeps what is read often: many connections would fill many caches.
        connection.execute("PRAGMA cache_size = -512")
        return connection

    engine = create_engine("sqlite:///" + str(path), creator=connect, pool_size=8, max_overflow=-1)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads before it writes has to be a writer from its start, else SQLITE_BUSY_SNAPSHOT.
        writes = connection.get_execution_options().get("watcher_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: URL) -> Engine:
    # READ COMMITTED whatever the server's default: after `take_turn` a statement must see what came before it.
    try:
        return create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=24, isolation_level="READ COMMITTED")
    except ModuleNotFoundError as error:
        raise StoreError(
            "PostgreSQL needs psycopg, which is not installed", hint='pip install "watcher[postgres]"'
        ) from error


def _is_connection_error(cause: BaseException) -> bool:
    return type(cause).__name__ in ("OperationalError", "ConnectionTimeout") and not isinstance(cause, sqlite3.Error)
