"""The kind `list`, as an example of a source; what it finds is the business of tests/pages, test_detect and e2e."""

from __future__ import annotations

from watcher.model import Response
from watcher.sources.list import Options

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
