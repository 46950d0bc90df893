"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of an examination; `hint` says what to do now. What is wrong is "FAIL"."""

    check: str
    state: Literal["ok", "warn", "FAIL"]
    words: str
    hint: str = ""


def ok(check: str, words: str) -> Finding:
    return Finding(check=check, state="ok", words=words)


def warn(check: str, words: str, hint: str = "") -> Finding:
    return Finding(check=check, state="warn", words=words, hint=hint)


def fail(check: str, words: str, hint: str = "") -> Finding:
    return Finding(check=check, state="FAIL", words=words, hint=hint)
