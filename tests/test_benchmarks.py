"""The benchmarks' own parts do their work; nothing here is timed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.benchmarks import pages, table
from tests.benchmarks.__main__ import sweeper
from tests.benchmarks.detection import found
from tests.benchmarks.origin import Origin
from tests.benchmarks.sweeps import CHANGED, FIRST, UNCHANGED, Sweep, sweeps
from tests.benchmarks.tools import Took


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


def test_a_page_has_54_kb_and_30_items_whatever_is_new_on_it() -> None:
    for news in (0, 1, 3):
        page = pages.page(7, news, nonce="ab", clock="1763856000.123456")

        items = found(page, "http://office.example/7")
        titles = [pages.title(7, number) for number in reversed(range(news, news + 30))]
        assert (len(page), [item.title for item in items]) == (54 * 1024, titles)


def test_an_origin_takes_only_its_own_validators_for_unchanged(origin: Origin) -> None:
    url = origin.url(70)
    first = httpx.get(url)
    etag, modified = first.headers["etag"], first.headers["last-modified"]

    def status(**sent: str) -> int:
        return httpx.get(url, headers={name.replace("_", "-"): value for name, value in sent.items()}).status_code

    assert status(if_none_match=etag, if_modified_since=modified) == 304
    assert status(if_none_match=etag) == 304
    assert status(if_modified_since="Tue, 24 Nov 2026 09:00:00 GMT") == 200
    assert status(if_none_match=etag, if_modified_since="Tue, 24 Nov 2026 09:00:00 GMT") == 200


def test_a_ratio_is_the_median_of_the_ratios_of_its_rounds_and_marked_where_it_is_too_low() -> None:
    walls = {"ours": (1.0, 4.0, 1.0), "bare": (1.0, 1.0, 0.5)}
    done = [
        Sweep(
            tool=tool,
            scene=UNCHANGED,
            pages=1000,
            round=number,
            took=Took(wall=wall, cpu=wall, peak=50),
            answers={"304": 1000},
        )
        for tool, some in walls.items()
        for number, wall in enumerate(some)
    ]

    (row,) = table.ratios(done)

    assert (row.measured, row.reached) == (0.5, False)
    assert "MISSED" in str(row)


def test_each_scene_makes_a_tool_ask_for_what_it_is_named_after(origin: Origin, tmp_path: Path) -> None:
    urls = [origin.url(number) for number in range(2)]
    tools = [sweeper(name, tmp_path / name, urls) for name in ("bare", "ours")]

    done = list(sweeps(tools, origin, 2, runs=1, scenes=(FIRST, UNCHANGED, CHANGED)))

    assert [tool.broken for tool in tools] == ["", ""]
    for name in ("bare", "ours"):
        answers = [one.answers for one in done if one.tool == name]
        assert answers == [{"200": 2}, {"304": 2}, {"200": 1, "304": 1}]
