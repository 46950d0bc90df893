from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from watcher.text import fold, line, safe, shorten, slug

#: Any text, and more often than chance has it what makes trouble.
NASTY = st.text(
    st.one_of(st.characters(exclude_categories=[]), st.sampled_from("\0\r\n\x0b\x85\u2028\ud800\ufffe\u00a0 .-/\\_"))
)


def test_every_character_is_kept_or_taken_out_by_itself_as_in_company() -> None:
    # A text of which all can be seen is not searched for what is to be taken out.
    alone = [safe(chr(n)) for n in range(0x10FFFF + 1)]

    assert "".join(alone) == safe("\x00".join(map(chr, range(0x10FFFF + 1))))


@given(NASTY)
def test_safe_text_is_text_that_xml_holds(text: str) -> None:
    element = etree.Element("title")

    element.text = safe(text)

    assert (etree.fromstring(etree.tostring(element)).text or "") == safe(text)


@given(NASTY)
def test_safe_text_is_safe_already(text: str) -> None:
    assert safe(safe(text)) == safe(text)


def test_every_line_end_becomes_one_newline() -> None:
    assert safe("a\r\nb\rc\x85d\u2028e\u2029f\x0cg") == "a\nb\nc\nd\ne\nf\ng"


def test_no_break_spaces_soft_hyphens_and_emoji_are_safe() -> None:
    assert safe("a\u00a0b\u00adc 🎉\t") == "a\u00a0b\u00adc 🎉\t"


def test_noncharacters_of_every_plane_are_taken_out() -> None:
    assert safe("a\ufffeb\U0001ffffc\ufdd0\U0010fffe") == "abc"


@given(NASTY)
def test_a_line_is_one_line_with_single_spaces(text: str) -> None:
    assert line(text) == " ".join(line(text).split())
    assert len(line(text).splitlines()) <= 1


@given(NASTY, st.integers(1, 60))
def test_a_shortened_text_is_never_longer_than_asked(text: str, length: int) -> None:
    assert len(shorten(text, length)) <= length


def test_a_text_is_cut_between_words() -> None:
    assert shorten("Treasury announces new sanctions", 20) == "Treasury announces…"
    assert shorten("Treasury, announces", 12) == "Treasury…"
    assert shorten("Donaudampfschiff", 6) == "Donau…"
    assert shorten("as it is", 8) == "as it is"


def test_titles_that_differ_in_case_accents_and_marks_fold_to_one() -> None:
    assert fold("“Été” — à  ZÜRICH!") == fold("ete a zurich") == "ete a zurich"
    assert fold("STRASSE") == fold("straße")
    assert fold("Ver\u00adsion\u200b 2") == fold("Version 2")
    assert fold("हिन्दी") != fold("हनद")


@given(NASTY)
def test_a_slug_never_leaves_its_folder(text: str) -> None:
    name = slug(text)

    for path in (PurePosixPath("/folder", name), PureWindowsPath("C:/folder", name)):
        assert path.parent == type(path)(path.anchor, "folder") or not name
    assert not name.startswith(".")
    assert not re.search(r"[\s/\\:*?\"<>|\0]", name)
    assert len(name.encode()) <= 80


@given(NASTY)
def test_a_slug_of_a_slug_is_itself(text: str) -> None:
    assert slug(slug(text)) == slug(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("JY0781", "jy0781"),
        ("Été à Zürich: Straße", "ete-a-zurich-strasse"),
        ("v2.4.1", "v2.4.1"),
        ("20260629_33", "20260629_33"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", ""),
        ("???", ""),
        ("日本語 ガ", "日本語-ガ"),
        ("हिन्दी ख़बर", "हिन्दी-ख़बर"),
    ],
)
def test_a_slug_keeps_letters_digits_and_dots(text: str, expected: str) -> None:
    assert slug(text) == expected
