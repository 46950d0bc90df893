"""Programs: asked as servers are, bounded, and ended with all that they have started."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from watcher.errors import Deadline, FetchError, Refused, TooLarge, Unreachable
from watcher.fetch import Fetcher, Limits
from watcher.model import Request, Response

URL = "https://tool.example/prices"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    limits = Limits(body=100_000, deadline=20.0)
    with Fetcher(user_agent="watcher-test", clock=lambda: NOW, limits=limits) as fetcher:
        yield fetcher


def run(fetcher: Fetcher, *program: str, timeout: float = 0) -> Response:
    given = timedelta(seconds=timeout) if timeout else None
    return fetcher.get(Request(url=URL, program=program, timeout=given))


def python(code: str) -> tuple[str, ...]:
    return sys.executable, "-c", code


def alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(number: int) -> bool:
    """Whether it has ended, or does so at once: to be killed takes a moment."""
    until = monotonic() + 10
    while alive(number) and monotonic() < until:
        threading.Event().wait(0.01)
    return not alive(number)


def test_a_programs_output_is_the_answer(fetcher: Fetcher) -> None:
    response = run(fetcher, "printf", "%s\\n", "Basic 10 €", "$HOME; ls *")

    assert (response.url, response.status, response.etag) == (URL, 200, "")
    assert response.body.decode() == "Basic 10 €\n$HOME; ls *\n"


@pytest.mark.parametrize(
    ("output", "media"),
    [
        ('{"a": 1}', "application/json"),
        ("\n[1]", "application/json"),
        ('<?xml version="1.0"?><a/>', "application/xml"),
        ("<!DOCTYPE html><p>x", "text/html"),
        ("a < b", "text/plain"),
    ],
)
def test_what_the_output_is_is_said_as_a_server_would(fetcher: Fetcher, output: str, media: str) -> None:
    assert run(fetcher, "printf", "%s", output).headers["content-type"] == media


def test_a_program_gets_no_input_no_secrets_no_files_and_no_folder_of_ours(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WATCHER_SMTP_PASSWORD", "secret")
    monkeypatch.setenv("TZ", "Europe/Paris")
    code = (
        "import os, sys; print(*sorted(os.environ), os.getcwd(), repr(sys.stdin.read()), *os.listdir('/proc/self/fd'))"
    )

    with (tmp_path / "open").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        said = run(fetcher, *python(code)).body.decode().split()

    assert set(said[: said.index("/")]) <= {"HOME", "LANG", "LC_CTYPE", "PATH", "TZ"}  # Python sets LC_CTYPE itself
    assert {"PATH", "TZ"} <= set(said)
    assert said[said.index("/") + 1] == "''"
    assert len(said[said.index("''") + 1 :]) == 4  # and the folder that is listed


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import sys; sys.exit('first\\nno such account\\n')", "ended with exit code 1: no such account"),
        ("import sys; print('half'); sys.exit(3)", "ended with exit code 3"),
        ("import os; os.kill(os.getpid(), 15)", "was ended by SIGTERM"),
        ("print('  ')", "wrote nothing to its standard output"),
        ("import sys; sys.exit('x' * 99999)", "xxx…"),
    ],
)
def test_a_program_that_fails_is_a_failed_look_with_its_last_words(fetcher: Fetcher, code: str, said: str) -> None:
    with pytest.raises(FetchError) as caught:
        run(fetcher, *python(code))

    assert str(caught.value).startswith("the program python")
    assert str(caught.value).endswith(said)
    assert "run it yourself" in caught.value.hint
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("program", ["/no/such/program", "no-such-program", "/etc", "a\0b"])
def test_a_program_that_is_not_there_or_none_says_so(fetcher: Fetcher, program: str) -> None:
    with pytest.raises(Unreachable, match="cannot be started: "):
        run(fetcher, program, "secret-argument")


def test_an_error_shows_no_argument(fetcher: Fetcher) -> None:
    for program in (("false", "secret"), ("/no/such", "secret")):
        with pytest.raises(FetchError) as caught:
            run(fetcher, *program)
        assert "secret" not in f"{caught.value} {caught.value.hint}"


def test_output_is_bounded_and_its_program_ended(fetcher: Fetcher) -> None:
    began = monotonic()

    with pytest.raises(TooLarge, match="the program yes wrote more than"):
        run(fetcher, "yes", timeout=60)

    assert monotonic() - began < 30
    assert len(run(fetcher, "head", "-c", "100000", "/dev/zero").body) == 100_000


def test_complaints_without_end_fill_no_memory_and_are_not_waited_for(fetcher: Fetcher) -> None:
    with pytest.raises(Deadline, match=r"the program sh took longer than 0\.5 s"):
        run(fetcher, "sh", "-c", "yes >&2", timeout=0.5)
    with pytest.raises(Deadline):
        run(fetcher, "sh", "-c", "exec >&- 2>&-; sleep 60", timeout=0.2)


def test_what_a_program_has_started_ends_with_it_at_the_deadline(fetcher: Fetcher, tmp_path: Path) -> None:
    note = tmp_path / "pid"

    with pytest.raises(Deadline) as caught:
        run(fetcher, "sh", "-c", f"trap '' TERM; sleep 600 & echo $! > {note}; wait", timeout=1)

    assert gone(int(note.read_text()))
    assert "timeout" in caught.value.hint


def test_closing_ends_what_runs_and_lets_nothing_begin(tmp_path: Path) -> None:
    fetcher, ready = Fetcher(user_agent="watcher-test", clock=lambda: NOW), tmp_path / "ready"
    os.mkfifo(ready)
    caught: list[FetchError] = []

    def ask() -> None:
        try:
            run(fetcher, "sh", "-c", f"sleep 600 & echo $! > {ready}; wait", timeout=300)
        except FetchError as error:
            caught.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    child = int(ready.read_text())
    fetcher.close()
    asking.join(timeout=30)

    assert not asking.is_alive()
    assert gone(child)
    assert isinstance(caught[0], Refused)
    assert "was ended: Watcher is stopping" in str(caught[0])
    with pytest.raises(Refused, match="was not run: Watcher is stopping"):
        run(fetcher, "true")


def test_a_program_in_the_background_that_holds_no_pipe_is_left_alone(fetcher: Fetcher, tmp_path: Path) -> None:
    note = tmp_path / "pid"

    response = run(fetcher, "sh", "-c", f"sleep 600 >&- 2>&- & echo $! > {note}; echo done")

    child = int(note.read_text())
    assert response.body == b"done\n"
    assert alive(child)
    os.kill(child, signal.SIGKILL)


def test_many_programs_run_at_once_and_leave_nothing_open(fetcher: Fetcher) -> None:
    before, said = len(list(Path("/proc/self/fd").iterdir())), []

    def ask(number: int) -> None:
        said.append(run(fetcher, "sh", "-c", f"sleep 0.2; echo {number}").body)

    threads = [threading.Thread(target=ask, args=[n]) for n in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(said) == [f"{n}\n".encode() for n in range(8)]
    assert len(list(Path("/proc/self/fd").iterdir())) == before
