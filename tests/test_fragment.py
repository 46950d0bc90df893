"""Pieces of HTML as interfaces give them."""

from __future__ import annotations

import pytest

from watcher.html import fragment

BASE = "https://agency.example/1"


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        ("Water &amp; soil", "Water & soil"),
        ("a &lt;b&gt;", "a <b>"),
        ("The <em>soil</em>\n of the  coast", "The soil of the coast"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("3 < 4 and more", "3 < 4 and more"),
        ("", ""),
    ],
)
def test_what_a_piece_says_is_one_line(markup: str, said: str) -> None:
    assert fragment.plain(markup) == said


@pytest.mark.parametrize(
    "teaser",
    [
        "What was",
        "<p>What was […]</p>",
        "What was [&hellip;]",
        "What was... Read more",
        "What was seen.",
        "",
        "<p></p>",
    ],
)
def test_the_beginning_of_a_text_is_no_summary_of_it(teaser: str) -> None:
    assert fragment.summary(teaser, of="<p>What was <b>seen</b>.</p><p>More.</p>") == ""


@pytest.mark.parametrize(
    ("teaser", "said"),
    [
        ("<p>In <i>short</i></p>", "In short"),
        ("In short … and at length, with all that was seen on that day by those who were there", None),
    ],
)
def test_another_text_is_one(teaser: str, said: str | None) -> None:
    assert fragment.summary(teaser, of="<p>What was seen.</p>") == (teaser if said is None else said)


def test_a_long_summary_is_cut() -> None:
    assert len(fragment.summary("word " * 200, of="")) <= 300


def test_a_text_is_markdown_without_its_title_and_with_whole_links() -> None:
    markup = '<h1>Soil</h1><p>See <a href="/data">the <b>data</b></a></p>'

    assert fragment.markdown(markup, BASE, "Soil") == "See [the **data**](https://agency.example/data)"
    assert fragment.markdown(markup, BASE, "Soil", words_only=True) == "Soil\n\nSee the data"


def test_of_what_is_very_long_only_the_beginning_is_looked_at() -> None:
    long = "<p>word</p>" * 100_000

    assert len(fragment.plain(long)) < 20_000
    assert len(fragment.markdown(long, BASE, "", words_only=True)) < 100_000


def test_a_piece_that_nests_too_deep_is_left_out() -> None:
    assert fragment.markdown("<div>" * 6_000, BASE, "") == ""
