"""Both databases for the contract tests: a file, and a PostgreSQL cluster of our own that is thrown away."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from watcher.store import Store, open_store
from watcher.store.tables import metadata

_numbers = count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def blank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that is not there yet, or that holds nothing."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'watcher.db'}"
    else:
        yield from _schema(request.getfixturevalue("server"))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with our tables, all of them empty."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("made_file"), tmp_path / "watcher.db")
        return f"sqlite:///{tmp_path / 'watcher.db'}"
    made: Engine = request.getfixturevalue("made_schema")
    with made.begin() as connection:
        # TRUNCATE makes new files, which takes ten times as long for so few rows.
        for table in metadata.tables.values():
            connection.execute(table.delete())
        connection.execute(text("ALTER SEQUENCE outbox_id_seq RESTART"))
    return made.url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def blank_server(server: str) -> Iterator[str]:
    """The address of a PostgreSQL database that holds nothing, for what only a server has."""
    yield from _schema(server)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = open_store(url)
    yield store
    store.close()


@pytest.fixture(scope="session")
def made_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("made") / "watcher.db"
    open_store(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session")
def made_schema(server: str) -> Iterator[Engine]:
    for address in _schema(server):
        open_store(address).close()
        engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"))
        yield engine
        engine.dispose()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL server: the one of WATCHER_TEST_POSTGRES, or a cluster that lives as long as the tests."""
    if address := os.environ.get("WATCHER_TEST_POSTGRES"):
        yield address
        return
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    if not found:
        pytest.skip("no PostgreSQL server under /usr/lib/postgresql, and WATCHER_TEST_POSTGRES names none")
    # Not below tmp_path: a socket's path may have 107 bytes, and the server's user must be able to go there.
    folder = Path(tempfile.mkdtemp(prefix="watcher-pg-"))
    try:
        yield from _cluster(found[-1].parent, folder)
    finally:
        shutil.rmtree(folder)


def _cluster(programs: Path, folder: Path) -> Iterator[str]:
    us, log = _server_user(folder), folder / "log"

    def start(name: str, *arguments: str) -> subprocess.Popen[bytes]:
        # A server that outlived a killed test run would hold its memory and its folder for good.
        command = ["setpriv", "--pdeathsig", "QUIT", *us, str(programs / name), *arguments]
        with log.open("ab") as output:
            return subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)

    data = ["-D", str(folder / "data")]
    made = start("initdb", *data, "--username=watcher", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
    assert made.wait() == 0, log.read_text("utf-8", "replace")
    quick = ["-c", "fsync=off", "-c", "full_page_writes=off"]
    server = start("postgres", *data, "-k", str(folder), "-c", "listen_addresses=", *quick)
    try:
        while start("pg_isready", "--quiet", "--host", str(folder)).wait() != 0:
            assert server.poll() is None, log.read_text("utf-8", "replace")
            Event().wait(0.05)
        yield f"postgresql://watcher@/postgres?host={folder}"
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait()


def _server_user(folder: Path) -> list[str]:
    """How to become who the server runs as. It refuses root: then its own user, to whom `folder` is given."""
    if os.geteuid() != 0:
        return []
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _schema(server: str) -> Iterator[str]:
    name = f"watcher_test_{os.getpid()}_{next(_numbers)}"
    _run(server, f"CREATE SCHEMA {name}")
    try:
        address = make_url(server).update_query_dict({"options": f"-csearch_path={name}"})
        yield address.render_as_string(hide_password=False)
    finally:
        _run(server, f"DROP SCHEMA {name} CASCADE")


def _run(address: str, statement: str) -> None:
    engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
