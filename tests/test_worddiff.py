"""Two texts word by word: read together, the pieces are both of them."""

from __future__ import annotations

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.worddiff import by_word, literal, marked, pieces

TEXT = st.text(st.sampled_from("ab .\n<&é1"), max_size=40)


def test_a_change_is_shown_by_whole_words() -> None:
    said = literal("The rate is 1.25 % from May.", "The rate is 1.50 % from June on.")

    assert said == "The rate is [-1.25-]{+1.50+} % from [-May-]{+June on+}."


@given(TEXT, TEXT)
@settings(max_examples=300)
def test_the_pieces_are_the_one_text_and_the_other(was: str, now: str) -> None:
    found = pieces(was, now)

    assert "".join(text for sign, text in found if sign != "+") == was
    assert "".join(text for sign, text in found if sign != "-") == now


def test_lines_that_changed_keep_their_signs_and_mark_their_words() -> None:
    note = " Rates\n-Lending <2.40> today\n+Lending <2.15> today\n+And more"

    html = marked(note)

    assert html.split("\n")[:2] == [" Rates", "-Lending &lt;<del>2.40</del>&gt; today"]
    assert "+Lending &lt;<ins>2.15</ins>&gt; today" in html
    assert lxml.html.fragment_fromstring(f"<pre>{html}</pre>").text_content() == note


def test_a_diff_is_told_word_by_word_with_its_other_lines_around() -> None:
    note = "@@ -1,3 +1,3 @@\n Rates\n-Lending 2.40 today\n+Lending 2.15 today\n-gone\n stays\n+new"

    assert by_word(note).split("\n") == [
        "@@ -1,3 +1,3 @@",
        "Rates",
        "Lending [-2.40-]{+2.15+} today",
        "[-gone-]",
        "stays",
        "{+new+}",
    ]


@given(st.lists(st.tuples(st.sampled_from(" -+@"), st.text(st.sampled_from("ab <&"), max_size=8)), max_size=8))
@settings(max_examples=300)
def test_marks_change_nothing_of_what_a_diff_says(rows: list[tuple[str, str]]) -> None:
    note = "\n".join(f"{sign}{text}" for sign, text in rows)

    # A parser drops a line break that begins a <pre>.
    assert lxml.html.fragment_fromstring(f"<pre>.{marked(note)}</pre>").text_content() == f".{note}"


@pytest.mark.parametrize("size", [60_000, 400_000])
def test_a_text_of_any_size_is_compared(size: int) -> None:
    was = "\n".join(f"line {n}" for n in range(size))

    assert "".join(text for sign, text in pieces(was, f"{was}\nlast") if sign != "-") == f"{was}\nlast"
