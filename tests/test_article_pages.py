"""Whole articles in the markup families of the web, against the Markdown that a careful editor would make of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from watcher import article, times
from watcher.html import document

FOLDER = Path(__file__).parent / "articles"
NAMES = sorted(path.stem for path in FOLDER.glob("*.html"))


def found(name: str) -> article.Article:
    page = (FOLDER / f"{name}.html").read_bytes()
    return article.extract(document(page, "text/html"), f"https://agency.example/news/{name}", select=None)


def expected(name: str) -> tuple[dict[str, str], str]:
    """What stands above the line --- as keys, and the body below it."""
    matter, _, body = (FOLDER / f"{name}.md").read_text("utf-8").partition("\n---\n")
    return dict(line.split(": ", 1) for line in matter.splitlines()), body


@pytest.mark.parametrize("name", NAMES)
def test_the_body_is_what_an_editor_would_have_written(name: str) -> None:
    assert f"{found(name).body}\n" == expected(name)[1]


@pytest.mark.parametrize("name", NAMES)
def test_title_date_and_author_are_the_articles_own(name: str) -> None:
    keys, _ = expected(name)

    told = found(name)

    when = times.machine(keys["date"])
    assert (told.title, told.published, told.author) == (keys["title"], when, keys.get("author", ""))
    assert type(told.published) is type(when)


def test_there_are_fourteen_of_them_beside_the_golden_one() -> None:
    assert len(NAMES) == 14
