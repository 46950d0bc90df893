"""A database is made, brought up to date, or refused in words; and whatever fails, fails in words."""

from __future__ import annotations

import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event, insert, text

from tests.contracts.world import (
    LEASE,
    NOW,
    claimed,
    dump,
    engine_of,
    found,
    letter_of,
    look,
    names,
    new,
    one,
    publish,
    statements,
    tells,
    together,
)
from watcher.errors import StoreError
from watcher.store import Store, open_store, schema
from watcher.store.tables import metadata, outbox, watches

LATER = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"


def upgrade() -> None:
    op.add_column("hosts", sa.Column("note", sa.Text))
    {then}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "watcher.db"


def address(file: Path) -> str:
    return f"sqlite:///{file}"


def made(file: Path) -> Path:
    """A database with one item in it."""
    with closing(open_store(address(file))) as store:
        look(store, found(new("a")))
    return file


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = engine_of(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def tables(url: str) -> list[str]:
    """What the database itself says of its tables and indexes."""
    catalogue = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name <> 'alembic_version'"
    if "postgresql" in url:
        catalogue = """
            SELECT concat_ws(' ', table_name, row_number() OVER (PARTITION BY table_name ORDER BY ordinal_position),
                column_name, data_type, is_nullable, column_default)
            FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> 'alembic_version'
            UNION ALL SELECT replace(indexdef, current_schema(), '') FROM pg_indexes
            WHERE schemaname = current_schema() AND tablename <> 'alembic_version'
            UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
            WHERE connamespace = current_schema()::regnamespace AND conrelid::regclass::text <> 'alembic_version'
        """
    with connected(url) as connection:
        return sorted(" ".join(row.replace('"', "").split()) for row in connection.scalars(text(catalogue)))


def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str = "") -> None:
    """From now on there is one migration more."""
    shutil.copytree(schema.MIGRATIONS, tmp_path / "100% later", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "100% later" / "versions" / "9999_later.py").write_text(LATER.format(before=schema.HEAD, then=then))
    monkeypatch.setattr(schema, "MIGRATIONS", tmp_path / "100% later")
    monkeypatch.setattr(schema, "HEAD", "9999")


def test_migrations_lead_to_the_tables_that_the_code_expects(blank: str) -> None:
    open_store(blank).close()
    migrated = tables(blank)
    with connected(blank) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        metadata.drop_all(connection)
        metadata.create_all(connection)

    assert migrated == tables(blank)
    assert len(migrated) > 20


def test_the_newest_migration_is_the_one_that_the_code_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))

    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_what_was_stored_is_there_when_it_is_opened_again(blank: str) -> None:
    with closing(open_store(blank)) as store:
        look(store, found(new("a")))
        stored = one(store, "a")

    with closing(open_store(blank, create=False)) as again:
        assert one(again, "a") == stored


def test_many_may_open_a_new_database_at_once(blank: str) -> None:
    stores = together(*[lambda: open_store(blank)] * 6)

    look(stores[0], found(new("a")))
    assert [one(store, "a").slug for store in stores] == ["a"] * 6
    for store in stores:
        store.close()


def test_only_its_owner_can_read_a_database(file: Path) -> None:
    with closing(open_store(address(file))) as store:
        look(store, found())

        modes = {path.name: oct(path.stat().st_mode & 0o777) for path in file.parent.iterdir()}

    assert modes == dict.fromkeys(("watcher.db", "watcher.db-wal", "watcher.db-shm"), "0o600")


def test_what_was_committed_outlasts_a_power_cut(tmp_path: Path) -> None:
    pragmas: dict[str, Any] = {}

    def ask(connection: Connection) -> None:
        for name in ("journal_mode", "synchronous", "busy_timeout"):
            pragmas[name] = connection.exec_driver_sql(f"PRAGMA {name}").scalar()

    with closing(open_store(address(tmp_path / "x.db"))) as store:
        event.listen(Engine, "commit", ask)
        look(store, found())
        event.remove(Engine, "commit", ask)

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30_000}


def test_a_file_that_is_not_there_is_not_made_unless_asked_for(file: Path) -> None:
    file.parent.mkdir()

    with pytest.raises(StoreError, match=r"watcher\.db is not there") as caught:
        open_store(address(file), create=False)

    assert caught.value.hint
    assert list(file.parent.iterdir()) == []


def test_a_folder_that_is_not_there_is_not_made_unless_asked_for(file: Path) -> None:
    with pytest.raises(StoreError, match="No such file or directory"):
        open_store(address(file), create=False)

    assert not file.parent.exists()


def test_a_server_that_holds_nothing_is_not_filled_unless_asked_for(blank_server: str) -> None:
    with pytest.raises(StoreError, match="holds no tables"):
        open_store(blank_server, create=False)

    with connected(blank_server) as connection:
        assert connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")) == 0


def empty(file: Path) -> None:
    file.write_bytes(b"")


def garbage(file: Path) -> None:
    file.write_bytes(b"# notes\n" * 1000)


def cut_short(file: Path) -> None:
    whole = made(file).read_bytes()
    file.write_bytes(whole[: len(whole) // 2 // 4096 * 4096])


def overwritten(file: Path) -> None:
    with made(file).open("r+b") as data:
        data.seek(200)
        data.write(b"\xff" * 4000)


def without_tables(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 1")


def of_another_program(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE moz_places (id)")


def of_another_program_with_alembic(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num)")
        connection.execute("CREATE TABLE books (id)")


def of_a_newer_watcher(file: Path) -> None:
    with closing(sqlite3.connect(made(file))) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")


def a_folder(file: Path) -> None:
    (file / "x").mkdir(parents=True)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (empty, "is empty"),
        (garbage, "is no database, or is damaged"),
        (cut_short, "is damaged"),
        (overwritten, "is damaged"),
        (without_tables, "holds no tables"),
        (of_another_program, "belongs to another program .it has the tables moz_places"),
        (of_another_program_with_alembic, "belongs to another program"),
        (of_a_newer_watcher, rf"newer Watcher .schema 0999, this one knows {schema.HEAD}"),
        (a_folder, "cannot be opened"),
    ],
)
@pytest.mark.parametrize("create", [True, False])
def test_a_file_that_cannot_be_used_is_refused_and_left_as_it_is(
    file: Path, spoil: Any, words: str, create: bool
) -> None:
    file.parent.mkdir()
    spoil(file)
    before = file.read_bytes() if file.is_file() else b""

    with pytest.raises(StoreError, match=words) as caught:
        open_store(address(file), create=create)

    assert str(file) in str(caught.value)
    assert caught.value.hint
    assert before == (file.read_bytes() if file.is_file() else b"")


def test_a_server_may_be_shared_as_long_as_no_name_is_taken(blank_server: str) -> None:
    with connected(blank_server) as connection:
        connection.execute(text("CREATE TABLE procrastinate_jobs (id int)"))
    open_store(blank_server).close()
    with connected(blank_server) as connection:
        connection.execute(text("DROP TABLE alembic_version"))

    with pytest.raises(StoreError, match=r"belongs to another program .it has the tables bodies, checks"):
        open_store(blank_server)


def test_a_newer_schema_on_a_server_is_refused(blank_server: str) -> None:
    open_store(blank_server).close()
    with connected(blank_server) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))

    with pytest.raises(StoreError, match="newer Watcher"):
        open_store(blank_server)


def test_an_older_database_is_brought_up_to_date(blank: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_store(blank)) as store:
        look(store, found(new("a")))
    migrations(tmp_path, monkeypatch)

    stores = together(*[lambda: open_store(blank)] * 4)

    assert [one(store, "a").slug for store in stores] == ["a"] * 4
    for store in stores:
        store.close()
    with connected(blank) as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
        assert connection.execute(text("SELECT note FROM hosts")).all() == []


def test_a_watch_of_an_earlier_version_is_what_it_was(blank: str) -> None:
    engine = engine_of(blank)
    with engine.begin() as connection:
        schema.upgrade(connection, "0010")
        connection.execute(insert(watches).values(name="press", version=3, etag='"x"', due_at=NOW))
    engine.dispose()

    with closing(open_store(blank)) as store:
        known = store.known("press")

    assert (known.version, known.etag) == (3, '"x"')
    assert known.due_at == NOW


def test_what_an_earlier_version_told_and_had_to_tell_is_told_once(blank: str) -> None:
    engine, ago = engine_of(blank), NOW - timedelta(days=9)
    with engine.begin() as connection:
        schema.upgrade(connection, "0012")
        for name, state in [("a", "sent"), ("b", "waiting"), ("c", "dropped"), ("d", "dead")]:
            row: dict[str, Any] = {
                "recipient": "me",
                "event": f"urn:uuid:{name}/new",
                "watch": "press",
                "item": f"urn:uuid:{name}",
            }
            row |= {"state": state, "created_at": ago, "due_at": ago, "attempts": 0, "letter": "", "error": ""}
            connection.execute(insert(outbox).values(row))
        connection.execute(outbox.delete().where(outbox.c.state == "dead"))
    engine.dispose()

    with closing(open_store(blank)) as store:
        for watch in ("press", "other"):
            look(store, found(new("c"), new("b"), new("a"), new("e")), watch=watch, tell=tells(*"abce", to="me"))
            publish(store, watch)
        order = []
        while letter := store.claim("me", NOW, lease=LEASE, compose=letter_of):
            order.append((letter.deliveries[0].id, names(letter)))
            store.sent(letter, NOW)

    assert [told for _, told in order] == [["b"], ["e"]]
    assert order[0][0] == 2
    assert order[1][0] > 4  # 4 was another's once


def test_a_file_is_copied_before_it_is_brought_up_to_date(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = address(file)
    older = open_store(url)  # still at work: what it committed may stand in the journal only
    look(older, found(new("a")))
    before = dump(url)
    migrations(tmp_path, monkeypatch)

    open_store(url).close()

    older.close()
    copy = file.with_name("watcher.db.before-9999")
    assert dump(address(copy)) == before
    assert "9999" not in copy.read_bytes().decode("latin-1")
    assert oct(copy.stat().st_mode & 0o777) == "0o600"
    assert sorted(path.name for path in file.parent.iterdir() if path.suffix == ".new") == []


def test_of_the_copies_from_before_upgrades_the_last_two_stay(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(file)
    for number in ("0001", "0002", "0003"):
        file.with_name(f"watcher.db.before-{number}").touch()
    mine = file.with_name("watcher.db.before-i-tried")
    mine.touch()
    migrations(tmp_path, monkeypatch)

    open_store(address(file)).close()

    copies = {path.name for path in file.parent.glob("*.before-*")}
    assert copies == {"watcher.db.before-0003", "watcher.db.before-9999", mine.name}


def test_a_disk_that_is_full_while_the_copy_is_made_costs_nothing_but_the_upgrade(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(file)
    before = dump(address(file))
    migrations(tmp_path, monkeypatch)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size // 2, limits[1]))

    try:
        with pytest.raises(StoreError) as caught:
            open_store(address(file))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert caught.value.hint
    assert [path.name for path in file.parent.iterdir() if ".before" in path.name] == []
    monkeypatch.undo()
    assert dump(address(file)) == before
    open_store(address(file)).close()


def test_a_process_killed_while_it_upgrades_leaves_the_old_and_the_next_one_upgrades(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(file)
    before = dump(address(file))
    migrations(tmp_path, monkeypatch, then="import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    upgrading = (
        "from pathlib import Path; from watcher.store import open_store, schema;"
        f"schema.MIGRATIONS, schema.HEAD = Path({str(schema.MIGRATIONS)!r}), {schema.HEAD!r};"
        f"open_store({address(file)!r})"
    )

    killed = subprocess.run([sys.executable, "-c", upgrading], check=False, timeout=60)

    assert killed.returncode == -signal.SIGKILL
    assert dump(address(file)) == before
    deadly = schema.MIGRATIONS / "versions" / "9999_later.py"
    deadly.write_text(deadly.read_text().replace("os.kill", "print"))
    with closing(open_store(address(file))) as store:
        assert one(store, "a").slug == "a"


def test_a_migration_that_fails_changes_nothing(blank: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_store(blank)) as store:
        look(store, found(new("a")))
    before, there = dump(blank), tables(blank)
    migrations(tmp_path, monkeypatch, then='op.execute("INSERT INTO nowhere VALUES (1)")')

    with pytest.raises(StoreError, match="nowhere"):
        open_store(blank)

    assert (dump(blank), tables(blank)) == (before, there)
    monkeypatch.undo()
    open_store(blank).close()


def test_a_file_that_could_not_be_made_whole_is_not_there(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations(tmp_path, monkeypatch, then='op.execute("INSERT INTO nowhere VALUES (1)")')
    with pytest.raises(StoreError):
        open_store(address(file))

    assert not file.exists()
    monkeypatch.undo()
    open_store(address(file)).close()
    assert file.exists()


def test_a_journal_without_its_database_is_not_played_into_a_new_one(file: Path) -> None:
    store = open_store(address(made(file)))
    look(store, found(new("b")))
    kept = file.with_name("watcher.db-wal").read_bytes()
    store.close()
    file.unlink()
    file.with_name("watcher.db-wal").write_bytes(kept)

    with pytest.raises(StoreError, match=r"is not there, but watcher\.db-wal is") as caught:
        open_store(address(file))

    assert caught.value.hint
    assert not file.exists()


def test_what_an_attempt_that_was_cut_short_left_is_no_part_of_the_next(file: Path) -> None:
    store = open_store(address(made(file)))
    look(store, found(new("b")))
    for rest in ("", "-wal", "-shm"):
        shutil.copy(f"{file}{rest}", f"{file}.new{rest}")
    store.close()
    file.unlink()

    with closing(open_store(address(file))) as again:
        assert again.items() == []


def test_a_file_that_vanishes_is_not_begun_anew(file: Path) -> None:
    store = open_store(address(made(file)))
    for path in file.parent.iterdir():
        path.unlink()

    with pytest.raises(StoreError, match="was removed or replaced") as caught:
        store.due_now("press", NOW)

    assert caught.value.hint
    store.close()
    with pytest.raises(StoreError, match="cannot be opened"):
        store.known("press")
    assert not file.exists()


def test_nothing_is_written_to_a_file_that_was_replaced(file: Path) -> None:
    copy = made(file).with_name("copy.db")
    shutil.copy(file, copy)
    store = open_store(address(file))
    copy.rename(file)

    with pytest.raises(StoreError, match="was removed or replaced"):
        look(store, found(new("b")))

    store.close()


def test_a_file_that_cannot_be_written_is_said(file: Path) -> None:
    store = open_store(address(made(file)))

    def forbid(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA query_only = 1")

    event.listen(Engine, "begin", forbid)
    with pytest.raises(StoreError, match="cannot be written") as caught:
        store.due_now("press", NOW)

    event.remove(Engine, "begin", forbid)
    store.close()
    assert caught.value.hint


def test_a_full_disk_is_said_and_nothing_is_written(file: Path) -> None:
    made(file)

    def fill(connection: sqlite3.Connection, record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    event.listen(Engine, "connect", fill)
    store = open_store(address(file))
    before = dump(address(file))

    with pytest.raises(StoreError, match="the disk is full") as caught:
        look(store, found(*[new(str(number)) for number in range(200)]))

    event.remove(Engine, "connect", fill)
    store.close()
    assert caught.value.hint
    assert dump(address(file)) == before


def test_a_database_that_another_holds_too_long_is_said(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watcher.store.database._BUSY", 0.05)
    store = open_store(address(made(file)))
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreError, match="held by another process"):
            store.due_now("press", NOW)

        assert store.known("press").version == 1
    store.close()


def test_of_many_that_write_while_another_holds_the_database_none_waits_twice(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.store.database._BUSY", 0.2)
    store = open_store(address(file))

    def write(number: int) -> str:
        try:
            store.shelved(f"site-{number}", "as it was")
        except StoreError as error:
            return str(error)
        return ""

    with closing(store), closing(sqlite3.connect(file)) as other, statements() as tried:
        other.execute("BEGIN IMMEDIATE")
        said = together(*[lambda number=number: write(number) for number in range(8)])

    assert all("was held by another process" in each for each in said)
    assert 1 <= tried.count("BEGIN IMMEDIATE") <= 8


def test_a_server_that_does_not_answer_is_said_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        open_store(f"postgresql://me:secret@/name?host={tmp_path}")

    assert "secret" not in str(caught.value)
    assert caught.value.hint


def test_a_server_that_restarts_is_found_again(blank_server: str) -> None:
    with closing(open_store(f"{blank_server}&application_name=doomed")) as store:
        look(store, found())
        with connected(blank_server) as connection:
            doomed = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'doomed'"
            assert connection.scalars(text(doomed)).all() == [True]

        assert store.known("press").version == 1


@pytest.mark.parametrize("url", ["mysql://me:secret@host/name", "watcher.db", "postgresql://me:secret@host:port/name"])
def test_an_address_of_no_database_of_ours_is_refused(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url)

    assert "secret" not in str(caught.value)
    assert "sqlite:////PATH/watcher.db" in caught.value.hint


def test_any_character_may_stand_in_a_folder_s_name(tmp_path: Path) -> None:
    file = made(tmp_path / "a b?c#d%20é" / "watcher.db")

    assert file.exists()
    with closing(open_store(address(file))) as store:
        assert one(store, "a").slug == "a"


def test_readers_are_not_held_up_by_a_writer(store: Store) -> None:
    look(store, found(new("a")), tell=tells("a"))
    publish(store)

    def compose(recipient: str, rows: list[Any]) -> Any:
        ((read,),) = together(lambda: store.find_items("press", ["urn:uuid:a"]))
        assert read.slug == "a"
        return letter_of(recipient, rows)

    assert claimed(store, compose=compose).deliveries
