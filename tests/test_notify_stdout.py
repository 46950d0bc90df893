from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO, TextIOWrapper
from pathlib import Path

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


def test_an_output_that_takes_nothing_defers(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full").open("w")  # noqa: SIM115 - that it cannot be closed either is asserted below
    monkeypatch.setattr("sys.stdout", full)

    with pytest.raises(Deferred, match="No space left") as caught:
        stdout.send(stdout.Options(), LETTER, "")

    assert caught.value.target_down
    with pytest.raises(OSError, match="No space left"):
        full.close()


def test_an_output_without_such_characters_defers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", TextIOWrapper(BytesIO(), "ascii"))

    with pytest.raises(Deferred, match="codec can't encode"):
        stdout.send(stdout.Options(), replace(LETTER, text="日本語"), "")
