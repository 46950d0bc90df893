"""Whole pages of many makes, each with what it lists: tests/pages, in the layout that `make eval SET=FOLDER` reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.detection import PERTURBED, cases, judged

PAGES = Path(__file__).parent / "pages"


@pytest.mark.parametrize("case", cases(PAGES), ids=lambda case: case.name)
def test_a_page_gives_its_items_with_their_titles_and_days_and_nothing_else(case: Path) -> None:
    result = judged(case)

    assert result.exact
    assert {result.titles, result.dates} <= {1, None}  # None: nothing on the page to judge by


@pytest.mark.parametrize("how", PERTURBED)
def test_nine_pages_in_ten_are_found_without_names_and_without_semantic_tags(how: str) -> None:
    results = [judged(case, how) for case in cases(PAGES)]

    assert len(results) > 30
    assert sum(result.exact for result in results) >= 0.9 * len(results)
