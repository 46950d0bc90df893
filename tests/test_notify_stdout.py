from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from watcher.errors import Deferred
from watcher.message import sample
from watcher.notify import stdout

LETTER = sample("log", "", now=datetime(2026, 11, 22, tzinfo=UTC), domain="example.org")


def test_the_one_recipient_reads_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    [to] = stdout.recipients(stdout.Options())

    stdout.send(stdout.Options(), LETTER, to)

    assert capsys.readouterr().out == f"{LETTER.text}\n"


def test_there_is_nothing_to_configure() -> None:
    with pytest.raises(ValidationError):
        stdout.Options.model_validate({"to": ["me@example.org"]})


def test_a_reader_who_left_defers(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        monkeypatch.setattr("sys.stdout", full)

        with pytest.raises(Deferred, match="No space left") as caught:
            stdout.send(stdout.Options(), LETTER, "")

        full.detach()
    assert caught.value.target_down
