"""A home as one file, made while a watcher runs, and a home of that file again."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shutil
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.cli.conftest import Watcher
from tests.conftest import DRUPAL, Newsroom
from watcher.app import App
from watcher.backup import archive, save
from watcher.backup import restore as _restore
from watcher.home import Home
from watcher.store import open_store

restoring = sys.modules[_restore.__module__]

SLUG = "pf0999"
NOT_OURS = [
    "state/lock",
    "state/restoring",
    "state/restored/a",
    "state/backup.lock",
    "state/records",
    "state/watcher.db-wal",
    "state/a",
    "config/evil.sh",
    "config/watches.d/evil.sh",
    "config/watches.d/a/b.toml",
    "config/watcher.toml/a",
    "records/a",
    "records/a/.bashrc",
    "state/records/.git/config",
    "state/records/./a.md",
    "state/records//a.md",
]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, bytes]:
    """A home that holds little, and its backup."""
    folder, out = tmp_path_factory.mktemp("small"), io.BytesIO()
    home = Home(folder=folder, config=folder / "watcher.toml")
    home.config.write_text('[watch.press]\nurl = "https://press.example.org/"\n')
    (home.state / "records/press").mkdir(parents=True)
    with App(home) as app:
        _ = app.secret, app.store
        (home.state / "records/press/a.md").write_text("---\ntitle: A\ndate: 2026-01-01\nurl: /a\n---\n")
        app.backup(out)
    return home, out.getvalue()


@pytest.fixture
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere") / "backup.tar.gz"


def content(folder: Path) -> dict[str, bytes]:
    """All files below, but for the lock, in which a pid stands."""
    there = (path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in there}


def lose(newsroom: Newsroom) -> None:
    """The disk is gone."""
    for path in newsroom.home.folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def lose_state(newsroom: Newsroom) -> None:
    """All of the state but the mark of a restore."""
    for path in newsroom.home.state.iterdir():
        if path != newsroom.home.restoring:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_a_home_is_as_it_was_feeds_and_archives_to_the_byte_and_nobody_is_told_again(
    watcher: Watcher, newsroom: Newsroom, backup: Path
) -> None:
    newsroom.configure(DRUPAL + "private = true\n")
    newsroom.check()
    for n in range(54):
        newsroom.office.publish(f"Release {n}", slug=f"pf2{n:03}")
        if n % 9 == 8:
            newsroom.check()
    newsroom.office.publish("Told Before", slug=SLUG)
    newsroom.check()
    newsroom.office.edit("pf2050", title="Release 50, Corrected")
    newsroom.check()
    mails = newsroom.mails
    before, records = content(newsroom.home.folder / "feeds"), newsroom.records

    made = watcher("backup", str(backup))
    lose(newsroom)
    restored = watcher("--home", str(newsroom.home.folder), "restore", str(backup))
    newsroom.check()

    assert (made.code, restored.code) == (0, 0), made.err + restored.err
    assert "Next: watcher check" in restored.out
    assert content(newsroom.home.folder / "feeds") == before
    assert any("archive" in name for name in before)
    assert newsroom.records == records
    assert newsroom.mails == mails
    newsroom.office.publish("Told After", slug="pf9000")
    newsroom.check()
    assert newsroom.mails == [*mails, "Told After"]


def test_only_its_owner_can_read_a_backup_and_what_is_restored(
    watcher: Watcher, newsroom: Newsroom, backup: Path
) -> None:
    newsroom.check()

    watcher("backup", str(backup))
    lose(newsroom)
    watcher("--home", str(newsroom.home.folder), "restore", str(backup))

    state = newsroom.home.state
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (backup, state, newsroom.home.secret)}
    assert modes == {"backup.tar.gz": "0o600", "state": "0o700", "secret": "0o600"}
    assert oct(newsroom.home.database.stat().st_mode & 0o777) == "0o600"
    assert list(backup.parent.iterdir()) == [backup]
    assert sorted(path.name for path in state.iterdir()) == ["lock", "records", "secret", "watcher.db"]


def test_a_backup_goes_through_a_pipe_as_well(newsroom: Newsroom) -> None:
    newsroom.check()
    out = io.BytesIO()

    with newsroom.app() as app:
        app.backup(out)

    with tarfile.open(fileobj=io.BytesIO(out.getvalue())) as tar:
        names = tar.getnames()
    assert names[-1] == "manifest.json"
    assert {"state/watcher.db", "state/secret", "config/watcher.toml"} < set(names)
    assert sum(name.startswith("state/records/press/") for name in names) == 10


def test_a_backup_made_while_a_watcher_is_at_work_is_one_moment(newsroom: Newsroom, backup: Path) -> None:
    newsroom.check()
    done, failed = Event(), list[Exception]()

    def work() -> None:
        try:
            for n in range(6):
                newsroom.office.publish(f"At Work {n}", slug=f"pf3{n:03}")
                newsroom.check()
        except Exception as error:
            failed.append(error)
        finally:
            done.set()

    thread = Thread(target=work)
    thread.start()
    made = list[Path]()
    with newsroom.app() as app:
        while not done.is_set():
            made.append(backup.with_name(f"{len(made)}.tar.gz"))
            with made[-1].open("wb") as out:
                app.backup(out)
    thread.join()

    assert failed == []
    mails = len(newsroom.mails)
    for each in made[:: max(1, len(made) // 3)]:
        with newsroom.app() as app:
            app.restore(each, force=True)
            rows = app.store.written_hashes("press").items()
        records = {name: sha256(data).hexdigest() for name, data in newsroom.records.items()}
        assert {path: sum for path, (_, sum) in rows if sum}.items() <= records.items()
    newsroom.check()
    assert len(newsroom.mails) == mails  # what a backup did not know yet is known by its record


def test_a_record_that_is_written_again_during_a_backup_is_not_taken_for_its_owners(
    newsroom: Newsroom, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.office.publish("First Form", slug=SLUG)
    newsroom.check()
    copy = save.__globals__["copy_database"]

    def slow(path: Path, to: Path) -> None:
        copy(path, to)
        newsroom.office.edit(SLUG, title="Second Form")
        newsroom.check()

    monkeypatch.setitem(save.__globals__, "copy_database", slow)
    with newsroom.app() as app, backup.open("wb") as out:
        app.backup(out)
    with newsroom.app() as app:
        app.restore(backup, force=True)
    newsroom.office.edit(SLUG, title="Third Form")
    newsroom.check()

    [record] = [data for name, data in newsroom.records.items() if SLUG in name]
    assert b"Third Form" in record


def test_what_waited_when_a_backup_was_made_is_held_back_for_its_owners_word(
    watcher: Watcher, newsroom: Newsroom, backup: Path
) -> None:
    newsroom.check()
    newsroom.office.publish("Waits", slug=SLUG)
    with newsroom.app() as app, app.locked():
        app.check(app.config.watches["press"])
    watcher("backup", str(backup))
    newsroom.deliver()

    restored = watcher("restore", "--force", str(backup))
    newsroom.check()
    shown = watcher("outbox")

    assert newsroom.mails == ["Waits"]
    assert "1 delivery waited then and may have been sent since: see watcher outbox" in restored.out
    assert "may have been sent since" in shown.out
    assert watcher("outbox", "retry", "all").code == 0
    assert newsroom.mails == ["Waits", "Waits"]


def test_records_that_came_after_the_backup_stay_and_are_told_to_nobody(
    watcher: Watcher, newsroom: Newsroom, backup: Path
) -> None:
    newsroom.check()
    watcher("backup", str(backup))
    newsroom.office.publish("Came Later", slug=SLUG)
    newsroom.check()
    with newsroom.app() as app:
        before = {seen.id for _, seen in app.store.items("press")}

    restored = watcher("restore", "--force", str(backup))
    newsroom.check()

    assert "1 other record stayed" in restored.out
    assert newsroom.mails == ["Came Later"]
    assert newsroom.feed.count(b"<entry>") == 11
    with newsroom.app() as app:
        assert {seen.id for _, seen in app.store.items("press")} == before


def test_a_home_that_holds_a_state_is_moved_aside_only_when_that_is_said(
    watcher: Watcher, newsroom: Newsroom, backup: Path
) -> None:
    newsroom.check()
    watcher("backup", str(backup))
    changed = newsroom.home.folder / "state/records/press" / min(newsroom.records)
    changed.write_text("---\ntitle: mine\ndate: 2026-01-01\nurl: /x\n---\n")
    newsroom.home.config.write_text(newsroom.home.config.read_text() + "# mine\n")

    refused = watcher("restore", str(backup))
    mine = changed.read_bytes()
    restored = watcher("restore", "--force", str(backup))

    [aside] = newsroom.home.state.glob("before-restore-*")
    assert refused.code == 2
    assert "holds a state already: watcher.db, records, another watcher.toml" in refused.err
    assert mine.startswith(b"---\ntitle: mine")
    assert f"What was there before is in state/{aside.name}" in restored.out
    assert (aside / changed.relative_to(newsroom.home.folder)).read_bytes() == mine
    assert "# mine" in (aside / "watcher.toml").read_text()
    assert "# mine" not in newsroom.home.config.read_text()
    assert changed.read_bytes() != mine
    with closing(open_store(f"sqlite:///{aside / 'state/watcher.db'}", create=False)) as store:
        assert len(store.items()) == 10


def test_records_in_a_folder_of_their_owner_are_put_back_where_they_are_missing_and_else_left(
    watcher: Watcher, newsroom: Newsroom, backup: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = tmp_path_factory.mktemp("site")
    newsroom.configure(f'{DRUPAL}records = "{site}"\n')
    newsroom.check()
    watcher("backup", str(backup))
    gone, edited, *_ = there = sorted(site.iterdir())
    data = gone.read_bytes()
    gone.unlink()
    edited.write_text(edited.read_text() + "Mine.\n")
    lose(newsroom)

    restored = watcher("--home", str(newsroom.home.folder), "restore", str(backup))
    newsroom.check()

    assert restored.code == 0, restored.err
    assert "1 other record stayed" in restored.out
    assert gone.read_bytes() == data
    assert edited.read_text().endswith("Mine.\n")
    assert sorted(site.iterdir()) == there
    assert newsroom.mails == []


def test_a_folder_that_is_not_mounted_spoils_no_backup(watcher: Watcher, newsroom: Newsroom, backup: Path) -> None:
    newsroom.check()
    watcher("backup", str(backup))
    good = backup.read_bytes()
    shutil.move(newsroom.home.state / "records/press", backup.parent / "away")

    ran = watcher("backup", str(backup))

    assert ran.code == 1
    assert "all 10 records of press are gone" in ran.err
    assert backup.read_bytes() == good
    assert sorted(path.name for path in backup.parent.iterdir()) == ["away", "backup.tar.gz"]


def test_a_damaged_database_replaces_no_backup(watcher: Watcher, newsroom: Newsroom, backup: Path) -> None:
    newsroom.check()
    watcher("backup", str(backup))
    good = backup.read_bytes()
    damage(newsroom.home.database)

    ran = watcher("backup", str(backup))

    assert ran.code == 75
    assert "is damaged" in ran.err
    assert "watcher rebuild" in ran.err
    assert backup.read_bytes() == good


def damage(file: Path) -> None:
    """A page in the middle is overwritten; what commands read first is whole."""
    with closing(open_store(f"sqlite:///{file}")) as store, store._database.read() as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'keys_item'"
        page = connection.exec_driver_sql(query).scalar_one()
    with file.open("r+b") as data:
        data.seek((page - 1) * 4096)
        data.write(b"\xff" * 4096)


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    plain = bytearray(gzip.decompress(data))
    plain[len(plain) // 2] ^= 1
    return gzip.compress(bytes(plain))


def without_manifest(data: bytes) -> bytes:
    def write(tar: tarfile.TarFile, out: tarfile.TarFile) -> None:
        for info in [*tar][:-1]:
            out.addfile(info, tar.extractfile(info))

    return repacked(data, write)


def added(name: str, kind: bytes = tarfile.REGTYPE, *, link: str = "") -> Callable[[bytes], bytes]:
    def add(data: bytes) -> bytes:
        def write(tar: tarfile.TarFile, out: tarfile.TarFile) -> None:
            more = tarfile.TarInfo(name)
            more.type, more.linkname, more.size = kind, link, 0
            out.addfile(more)
            for info in tar:
                out.addfile(info, tar.extractfile(info))

        return repacked(data, write)

    return add


def before(*names: str, header: bytes = b"") -> Callable[[bytes], bytes]:
    """Raw bytes, and then files that the manifest knows."""

    def write(data: bytes) -> bytes:
        sums = {name: [1, sha256(b"x").hexdigest()] for name in names}
        said = json.dumps({"format": 1, "watcher": "1", "created_at": "2026", "files": sums}).encode()
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name, content in [*((name, b"x") for name in names), ("manifest.json", said)]:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return gzip.compress(header + out.getvalue(), 1)

    return write


def pax(data: bytes, kind: bytes = tarfile.XHDTYPE) -> bytes:
    info = tarfile.TarInfo("././@PaxHeader")
    info.type, info.size = kind, len(data)
    return info.tobuf() + data + b"\0" * (-len(data) % 512)


def of_manifest(said: bytes) -> bytes:
    out, info = io.BytesIO(), tarfile.TarInfo("manifest.json")
    info.size = len(said)
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        tar.addfile(info, io.BytesIO(said))
    return out.getvalue()


def newer(data: bytes) -> bytes:
    def write(tar: tarfile.TarFile, out: tarfile.TarFile) -> None:
        for info in tar:
            file = tar.extractfile(info)
            if info.name == "manifest.json" and file:
                said = json.dumps(json.load(file) | {"format": 99, "watcher": "9.0"}).encode()
                info.size, file = len(said), io.BytesIO(said)
            out.addfile(info, file)

    return repacked(data, write)


def repacked(data: bytes, write: Callable[[tarfile.TarFile, tarfile.TarFile], object]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(data)) as tar, tarfile.open(fileobj=out, mode="w:gz") as new:
        write(tar, new)
    return out.getvalue()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda data: b"", "no backup"),
        (lambda data: b"# notes\n" * 100, "no backup"),
        (cut, "no backup, or a damaged one"),
        (flipped, "not those of its manifest|no backup"),
        (without_manifest, "no manifest"),
        (newer, "newer Watcher .9\\.0."),
        (added("../../evil"), "no part of a backup"),
        (added("/tmp/evil"), "no part of a backup"),
        (added("records/press/../../evil.md"), "no part of a backup"),
        (added("elsewhere/evil"), "no part of a backup"),
        (added("state/records/link.md", tarfile.SYMTYPE, link="/etc/passwd"), "no part of a backup"),
        (added("state/records/hard.md", tarfile.LNKTYPE, link="state/secret"), "no part of a backup"),
        (added("state/records/pipe.md", tarfile.FIFOTYPE), "no part of a backup"),
        (added("state/records", tarfile.DIRTYPE), "no part of a backup"),
        (added("state/secret"), "no part of a backup"),
        (added("state/records/more.md"), "not those of its manifest"),
        (before(header=pax(b"1" * 51200)), "a header of 51,200 bytes"),
        (before(header=pax(b"1" * 4096)), "no pax header"),
        (before(header=pax(b"6 a=b\n") * 2), "one too many"),
        (before("state/records/a.md", header=pax(b"13 size=-512\n")), "a number that is none"),
        (before(header=pax(b"n" * 51200, tarfile.GNUTYPE_LONGNAME)), "no part of a backup"),
        (before("state/records/a.md", header=pax(b"x", tarfile.GNUTYPE_SPARSE)), "no part of a backup"),
        (lambda data: of_manifest(b"[" * 200_000), "no backup, or a damaged one"),
        (lambda data: of_manifest(b'{"format":1,"watcher":"1","files":{},"created_at":[]}'), "no manifest"),
        *((before(name), "no part of a backup") for name in NOT_OURS),
        (before("state/records/a", "state/records/a-", "state/records/a/b"), "no part of a backup"),
        (before("state/records/a/b", "state/records/a"), "no part of a backup"),
        (before("state/records/" + "n" * 256), "no part of a backup"),
        (before("state/records/" + "ü" * 128 + "/a.md"), "no part of a backup"),
    ],
)
def test_a_file_that_is_no_whole_backup_of_ours_is_refused_and_nothing_is_changed(
    small: tuple[Home, bytes], spoil: Callable[[bytes], bytes], words: str, backup: Path, bare: Watcher
) -> None:
    home, data = small
    backup.write_bytes(spoil(data))
    before = content(home.folder)

    ran = bare("--home", str(home.folder), "restore", "--force", str(backup))

    assert ran.code == 2
    assert re.search(words, ran.err), ran.err
    assert content(home.folder) == before


def test_a_backup_that_needs_more_room_than_there_is_is_refused_before_it_is_unpacked(
    small: tuple[Home, bytes], backup: Path
) -> None:
    backup.write_bytes(small[1])

    with pytest.raises(archive.BadBackup, match="more room than there is"):
        archive.verified(backup, room=10_000)


def test_long_names_old_files_and_large_ones_come_back_as_they_were(tmp_path: Path, backup: Path) -> None:
    names = ["records/a/" + "/".join(["ü" * 120] * 9), f"state/records/{'n' * 255}", "state/records/\udcff.md"]
    old = tmp_path / "old"
    old.write_bytes(b"x" * 1024)
    os.utime(old, (-5, -5))
    with backup.open("wb") as out, archive.writing(out, {"watcher": "1", "created_at": "2026"}) as writer:
        assert all(writer.add(name, old) for name in names)

    archive.verified(backup, room=10**6)
    assert archive.unpack(backup, tmp_path / "new") == names

    assert {(tmp_path / "new" / name).read_bytes() for name in names} == {old.read_bytes()}
    assert {(tmp_path / "new" / name).stat().st_mtime for name in names} == {-5}


def test_a_restore_that_is_cut_short_is_refused_by_every_command_until_it_is_run_again(
    watcher: Watcher, newsroom: Newsroom, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.check()
    watcher("backup", str(backup))
    move, moved = restoring._move, list[Path]()

    def killed(file: Path, place: Path) -> None:
        moved.append(file)
        if len(moved) == killed_at:
            raise KeyboardInterrupt
        move(file, place)

    monkeypatch.setattr(restoring, "_move", killed)
    for killed_at in range(1, 4):
        moved.clear()
        lose_state(newsroom) if killed_at == 3 else None
        cut_short = watcher("restore", "--force", str(backup))
        refused = [watcher(*command) for command in (("check",), ("list",), ("rebuild",), ("backup", str(backup)))]

        assert cut_short.code == 130
        assert {ran.code for ran in refused} == {75}
        assert all("a restore was cut short" in ran.err and "watcher restore FILE" in ran.err for ran in refused)

    monkeypatch.undo()
    monkeypatch.chdir(newsroom.home.folder)
    assert watcher("restore", str(backup)).code == 0
    newsroom.check()
    assert newsroom.mails == []
    assert len(newsroom.records) == 10
