"""Whatever became of the database: every command says so with a remedy, and none begins anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Watcher
from tests.conftest import DRUPAL, Newsroom
from watcher.cli import COMMANDS

#: Those that ask the state for something.
ASKING = {
    "list": [],
    "show": ["press"],
    "check": [],
    "run": ["--listen", "127.0.0.1:0"],
    "accept": ["press"],
    "pause": ["press"],
    "resume": ["press"],
    "items": [],
    "diff": ["press"],
    "history": ["press"],
    "explain": ["press", "x"],
    "replay": ["press"],
    "build": [],
    "mute": ["press"],
    "outbox": ["retry", "all"],
    "status": [],
    "backup": ["backup.tar.gz"],
    "rebuild": [],
}
#: Those that do not, or that say more of a database than that it is bad.
OTHERS = {"init", "add", "preview", "demo", "rm", "feeds", "test", "email", "restore", "service", "config", "doctor"}


def vanished(file: Path) -> None:
    file.unlink()


def empty(file: Path) -> None:
    file.write_bytes(b"")


def garbage(file: Path) -> None:
    file.write_bytes(b"# notes\n" * 5000)


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: 4096 * 3])


def of_another_program(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE moz_places (id)")


def of_a_newer_watcher(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")


def test_every_command_is_here() -> None:
    assert COMMANDS.keys() <= ASKING.keys() | OTHERS


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (vanished, "is gone"),
        (empty, "is empty"),
        (garbage, "is no database, or is damaged"),
        (cut_short, "is damaged"),
        (of_another_program, "belongs to another program"),
        (of_a_newer_watcher, "was written by a newer Watcher (schema 0999, this one knows"),
    ],
)
def test_a_database_that_cannot_be_used_is_75_with_a_remedy_and_stays_as_it_is(
    watcher: Watcher, newsroom: Newsroom, spoil: Callable[[Path], None], words: str
) -> None:
    newsroom.check()
    newsroom.office.publish("Meanwhile", slug="pf0999")
    spoil(newsroom.home.database)
    before, feed = there(newsroom.home.database), newsroom.feed

    for command in ASKING.keys() & COMMANDS.keys() - ({"rebuild"} if spoil is vanished else set()):
        ran = watcher(command, *ASKING[command])

        assert ran.code == 75, (command, ran)
        assert words in ran.err, command
        assert len(ran.err.splitlines()) == 2, (command, ran.err)  # what is wrong, and what to do
        assert there(newsroom.home.database) == before, command
    assert (newsroom.mails, newsroom.feed) == ([], feed)


def test_a_database_that_vanished_is_missed_where_all_records_are_elsewhere(
    watcher: Watcher, newsroom: Newsroom
) -> None:
    newsroom.configure(f'{DRUPAL}records = "content/news"\n')
    newsroom.check()
    newsroom.home.database.unlink()

    ran = watcher("check")

    assert ran.code == 75
    assert "watcher rebuild" in ran.err
    assert not newsroom.home.database.exists()


def test_commits_that_are_lost_with_a_damaged_journal_tell_nobody_again(newsroom: Newsroom) -> None:
    newsroom.check()
    file, journal = newsroom.home.database, newsroom.home.database.with_name("watcher.db-wal")
    with newsroom.app() as at_work:
        assert at_work.store.names() == ["press"]  # it holds the file open, so that the journal stays
        newsroom.office.publish("In the Journal Only", slug="pf0999")
        newsroom.check()
        copies = [(path, path.read_bytes()) for path in (file, journal)]
    before = newsroom.feed
    for path, data in copies:
        path.write_bytes(data if path == file else b"\xff" * 64 + data[64:])

    with newsroom.app() as app:
        assert len(app.store.items()) == 10
    newsroom.check()

    assert newsroom.mails == ["In the Journal Only"]
    assert newsroom.feed.count(b"<entry>") == before.count(b"<entry>") == 11


def test_nobody_else_can_look_into_a_state_that_a_check_has_made(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    watcher("backup", "backup.tar.gz")

    state = newsroom.home.state
    modes = {
        path.name: oct(path.stat().st_mode & 0o777) for path in (state, *state.iterdir()) if path.name != "records"
    }
    assert modes.pop("state") == "0o700"
    assert modes.pop("feeds")
    assert modes.keys() >= {"lock", "secret", "watcher.db", "backup.lock"}
    assert set(modes.values()) == {"0o600"}


def there(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None
