from __future__ import annotations

import fcntl
import os
import resource
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest

from watcher import files
from watcher.errors import Busy, RecordError, StoreError

HOLDER = """
import sys, pathlib
from watcher import files
with files.lock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "feeds" / "archive" / "a.xml"

    wrote = files.replace(path, b"<feed/>")

    assert wrote
    assert path.read_bytes() == b"<feed/>"
    assert names(path.parent) == ["a.xml"]


def test_equal_bytes_are_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    files.replace(path, b"one")
    before = path.stat()

    wrote = files.replace(path, b"one")

    assert not wrote
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_other_bytes_replace_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    files.replace(path, b"a long first form")

    wrote = files.replace(path, b"short")

    assert wrote
    assert files.read(path) == b"short"


def test_a_reader_in_the_middle_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    files.replace(path, b"old")

    with path.open("rb") as reader:
        files.replace(path, b"new")

        assert reader.read() == b"old"


def test_the_mode_is_less_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        files.replace(tmp_path / "open.xml", b"")
        files.replace(tmp_path / "secret", b"", mode=0o600)
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "open.xml").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_no_room_leaves_the_old_file_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    files.replace(path, b"old")

    with room_for(1000), pytest.raises(RecordError) as caught:
        files.replace(path, b"x" * 5000)

    assert str(caught.value) == f"{path}: cannot be written: file too large"
    assert caught.value.hint == "make room; what was there before is untouched"
    assert files.read(path) == b"old"
    assert names(tmp_path) == ["a.xml"]


def test_a_read_only_folder_is_told_in_words() -> None:
    # Not tmp_path, which nobody but its owner may enter.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)

        with not_root(), pytest.raises(RecordError) as caught:
            files.replace(folder / "a.xml", b"new")

    assert str(caught.value) == f"{folder / 'a.xml'}: cannot be written: permission denied"
    assert caught.value.hint == "let the user that watcher runs as write there"


def test_a_file_where_the_folder_should_be_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "feeds").write_bytes(b"")

    with pytest.raises(RecordError, match="cannot be read: not a directory"):
        files.replace(tmp_path / "feeds" / "a.xml", b"new")


def test_what_a_killed_run_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    killed = "import os, signal; os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)\n"
    writes = f"from pathlib import Path; from watcher import files; files.replace(Path({str(tmp_path)!r}, 'a'), b'new')"
    files.replace(tmp_path / "a", b"old")
    (tmp_path / ".hidden.tmp").write_bytes(b"its owner's")
    subprocess.run([sys.executable, "-c", killed + writes], check=False)
    left = set(names(tmp_path)) - {"a", ".hidden.tmp"}

    files.sweep(tmp_path)

    assert len(left) == 1
    assert left.pop().startswith(".watcher-")
    assert names(tmp_path) == [".hidden.tmp", "a"]
    assert files.read(tmp_path / "a") == b"old"


def test_there_is_nothing_to_sweep_where_no_folder_is(tmp_path: Path) -> None:
    files.sweep(tmp_path / "feeds")

    assert names(tmp_path) == []


def test_a_missing_file_reads_as_none_and_an_empty_one_as_empty(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")

    found = [files.read(tmp_path / "missing"), files.read(tmp_path / "empty")]

    assert found == [None, b""]


def test_a_listing_holds_the_records_below_in_order(tmp_path: Path) -> None:
    for name in ("b.md", "a.md", "2026/c.md", "note.txt", ".hidden.md", ".git/d.md"):
        files.replace(tmp_path / name, name.encode())
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "broken.md").symlink_to(tmp_path / "nowhere")

    found = files.listing(tmp_path)

    assert found is not None
    assert list(found) == ["2026/c.md", "a.md", "b.md"]
    seen = (tmp_path / "a.md").stat()
    assert found["a.md"] == (4, seen.st_mtime_ns, seen.st_ctime_ns)


def test_a_missing_folder_is_told_from_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    found = [files.listing(tmp_path / "missing"), files.listing(tmp_path / "empty")]

    assert found == [None, {}]


@pytest.fixture
def deepest(tmp_path: Path) -> Iterator[Path]:
    """The last of 1,100 folders, each in the one before."""
    deep = tmp_path / ("d/" * 1100)
    subprocess.run(["mkdir", "-p", deep], check=True)
    yield deep
    subprocess.run(["rm", "-r", tmp_path / "d"], check=True)  # pytest, which is recursive, could not clear them away


def test_folders_that_nest_deeper_than_calls_do_are_listed_and_swept(tmp_path: Path, deepest: Path) -> None:
    (deepest / "a.md").write_bytes(b"a")
    (deepest / ".watcher-a.tmp").touch()

    found = files.listing(tmp_path)
    files.sweep(tmp_path, below=True)

    assert list(found or ()) == ["d/" * 1100 + "a.md"]
    assert names(deepest) == ["a.md"]


def test_a_folder_that_cannot_be_read_is_no_empty_one() -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        (Path(name) / "closed").mkdir(mode=0)

        with not_root(), pytest.raises(RecordError, match="cannot be listed: permission denied"):
            files.listing(Path(name))


def test_a_second_watcher_is_told_the_pid_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "state" / "lock"

    with holder(path) as first, pytest.raises(Busy) as caught, files.lock(path):
        pass

    assert str(caught.value) == f"another watcher uses this home (pid {first})"
    assert caught.value.pid == first


def test_the_lock_is_busy_within_one_process_too(tmp_path: Path) -> None:
    with files.lock(tmp_path / "lock"), pytest.raises(Busy) as caught, files.lock(tmp_path / "lock"):
        pass

    assert caught.value.pid == os.getpid()


def test_a_holder_that_has_not_yet_written_its_pid_is_busy_all_the_same(tmp_path: Path) -> None:
    with files.lock(tmp_path / "lock"):
        os.truncate(tmp_path / "lock", 0)

        with pytest.raises(Busy) as caught, files.lock(tmp_path / "lock"):
            pass

    assert str(caught.value) == "another watcher uses this home"


def test_a_dead_holder_does_not_lock(tmp_path: Path) -> None:
    with holder(tmp_path / "lock"):
        pass

    with files.lock(tmp_path / "lock"):
        held = (tmp_path / "lock").read_text()

    assert held == f"{os.getpid()}\n"


def test_the_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError), files.lock(tmp_path / "lock"):
        raise KeyError

    with files.lock(tmp_path / "lock"):
        held = (tmp_path / "lock").read_text()

    assert held == f"{os.getpid()}\n"


def test_a_home_that_cannot_be_locked_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"")

    with pytest.raises(StoreError, match="cannot be locked: "), files.lock(tmp_path / "state" / "lock"):
        pass


def test_readers_never_meet_half_a_file(tmp_path: Path) -> None:
    path, forms, done = tmp_path / "a.xml", [bytes([n]) * 50_000 for n in (65, 66)], Event()
    files.replace(path, forms[0])
    seen: set[bytes | None] = set()

    def look() -> None:
        while not done.is_set():
            seen.add(files.read(path))

    reader = Thread(target=look)
    reader.start()
    for n in range(60):
        files.replace(path, forms[n % 2])
    done.set()
    reader.join()

    assert seen <= set(forms)
    assert seen


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@contextmanager
def holder(lock: Path) -> Iterator[int]:
    """Another process that holds the lock until it is killed; its pid."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process.pid
        process.kill()


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow past `size`: what a full disk is to a writer, without filling one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def not_root() -> Iterator[None]:
    """Root may write everywhere: be somebody else for a moment."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_file_that_is_made_once_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "state/secret"

    assert files.once(path, b"first") == b"first"
    assert files.once(path, b"second") == b"first"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["secret"]


def test_of_many_who_make_a_file_at_once_all_get_the_same(tmp_path: Path) -> None:
    path, gate = tmp_path / "secret", Barrier(16)

    def make(n: int) -> bytes:
        gate.wait(10)
        return files.once(path, b"%02d" % n)

    with ThreadPoolExecutor(16) as pool:
        got = set(pool.map(make, range(16)))

    assert got == {path.read_bytes()}
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_makes_in_anothers_folder_is_that_others(tmp_path: Path) -> None:
    os.chown(tmp_path, 54321, 54322)

    files.replace(tmp_path / "records/press/one.md", b"one")
    with files.lock(tmp_path / "lock"):
        pass

    made = [tmp_path / "records", tmp_path / "records/press", tmp_path / "records/press/one.md", tmp_path / "lock"]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(54321, 54322)}


def test_a_lock_is_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("kept")
    (tmp_path / "lock").symlink_to(tmp_path / "precious")

    with pytest.raises(StoreError, match="cannot be locked"), files.lock(tmp_path / "lock"):
        pass

    assert (tmp_path / "precious").read_text() == "kept"


def test_who_asks_for_a_locks_holder_turns_nobody_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lock").touch()
    asking = os.open(tmp_path / "lock", os.O_RDONLY)
    fcntl.flock(asking, fcntl.LOCK_SH)
    monkeypatch.setattr(files, "sleep", lambda _: os.close(asking))

    with files.lock(tmp_path / "lock"):
        held = (tmp_path / "lock").read_text()

    assert held == f"{os.getpid()}\n"


def test_to_ask_for_a_locks_holder_makes_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(0o755)

    nobody = files.holder(tmp_path / "state/lock")

    assert nobody is None
    assert list((tmp_path / "state").iterdir()) == []
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o755


def test_who_holds_a_lock_is_known_without_taking_it(tmp_path: Path) -> None:
    assert files.holder(tmp_path / "lock") is None

    with files.lock(tmp_path / "lock"):
        assert files.holder(tmp_path / "lock") == os.getpid()

    (tmp_path / "lock").write_text("4194999\n")  # of a process that was killed
    assert files.holder(tmp_path / "lock") is None
