"""Tokens that nobody else makes."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.seal import opened, sealed

SECRET = b"s" * 32
WORDS = ("me me@example.org", "press")


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1))
def test_a_token_gives_its_words_back(words: list[str]) -> None:
    assert opened(SECRET, "mute", sealed(SECRET, "mute", *words)) == tuple(words)


def test_a_token_can_stand_in_an_address_as_it_is() -> None:
    token = sealed(SECRET, "mute", "ÿÿÿ>>>???", "press")

    assert set(token) <= {*string.ascii_letters, *string.digits, "-", "_"}


def test_the_token_of_another_home_or_purpose_is_none() -> None:
    assert opened(b"t" * 32, "mute", sealed(SECRET, "mute", *WORDS)) is None
    assert opened(SECRET, "feed", sealed(SECRET, "mute", *WORDS)) is None


def test_no_part_of_a_token_is_one_and_none_with_more() -> None:
    token = sealed(SECRET, "mute", *WORDS)

    assert [n for n in range(len(token)) if opened(SECRET, "mute", token[:n])] == []
    assert [more for more in ("A", "AA", "=", "==", " ", "\n", "%00") if opened(SECRET, "mute", token + more)] == []


def test_no_other_letter_will_do_anywhere() -> None:
    token = sealed(SECRET, "mute", *WORDS)
    others = [
        f"{token[:n]}{c}{token[n + 1 :]}" for n in range(len(token)) for c in "AZaz09-_=+/\u00e9" if token[n] != c
    ]

    assert [other for other in others if opened(SECRET, "mute", other)] == []


@pytest.mark.parametrize("text", ["", "A", "====", "\ud800", "press", "é" * 40, "A" * 100_000])
def test_what_is_no_token_at_all_is_none(text: str) -> None:
    assert opened(SECRET, "mute", text) is None
