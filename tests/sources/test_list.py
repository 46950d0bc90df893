"""The kind `list`, as an example of a source; what it finds is the business of tests/pages, test_detect and e2e."""

from __future__ import annotations

from dataclasses import replace

import pytest

from watcher.filters import flagged
from watcher.model import Response
from watcher.sources.list import Options, find

OPTIONS = Options(url="https://agency.example/news/")

_ROWS = "\n".join(
    f'<li><a href="/news/{n}">{title}</a> <time datetime="2026-11-{20 - n:02}">{20 - n} November 2026</time></li>'
    for n, title in enumerate(
        (
            "Agency publishes its yearly report on rail safety",
            "New rules for tunnels come into force",
            "Consultation on level crossings opens",
            "Board appoints two inspectors",
            "Findings on the derailment near the coast",
        )
    )
)


def site() -> dict[str, Response]:
    """One page of news."""
    html = f"<!doctype html><html lang=en><title>News</title><body><h1>News</h1><ul>{_ROWS}</ul></body></html>"
    return {OPTIONS.url: Response(url=OPTIONS.url, headers={"content-type": "text/html"}, body=html.encode())}


@pytest.mark.parametrize("options", [OPTIONS, OPTIONS.model_copy(update={"item": "li"})], ids=["found", "selectors"])
def test_an_advisory_that_a_short_text_beside_a_title_names_is_a_tag_and_no_summary(options: Options) -> None:
    answer = site()[OPTIONS.url]
    third = '<time datetime="2026-11-18">'
    body = answer.body.decode().replace(third, f"<i>Fixes CVE-2026-1234</i> {third}")

    items = flagged(list(find(options, lambda request: replace(answer, body=body.encode()))))

    assert [item.tags for item in items] == [(), (), ("security",), (), ()]
    assert {item.summary for item in items} == {""}
