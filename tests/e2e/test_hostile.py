"""Pages that are made to hurt: each is read, or stopped by a limit, and the watches beside it are checked all the
same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from tests.conftest import DRUPAL, Newsroom
from tests.rawserver import RawServer, reply
from watcher.app import Swept
from watcher.model import Failed, Found

ITEM = (
    '<li><a href="/r/{n}">Release number {n}</a> <time datetime="2026-01-02">2 January</time><p>What is new.</p></li>'
)

PAGES = {
    "10 MB of items": "<ul>" + "".join(ITEM.format(n=n) for n in range(75_000)),
    "3 MB of words": "<p>" + "word " * 600_000,
    "20,000 nested divs": "<div>" * 20_000 + "deep",
    "20,000 nested links": "".join(f"<div><a href=/{n}>Title {n}</a>" for n in range(20_000)),
    "200 KB of comments that do not end": "<!--" * 50_000,
    "1 MB of attributes": "<p " + " ".join(f"a{n}=b" for n in range(110_000)) + ">x",
    "1 MB of one attribute": f"<p class='{'a b ' * 250_000}'>x",
    "100,000 links": "".join(f"<a href=/r/{n}>Release number {n}</a>\n" for n in range(100_000)),
    "1 MB of paragraphs that do not end": "<p>" * 330_000,
    "240,000 paragraphs": "<p>x" * 240_000,
    "50,000 nested tables": "<table><tr><td>" * 50_000,
    "10 MB of what is no tag": "<" * 10_000_000,
    "10 MB of an open quote": '<a x="' * 1_700_000,
    "1 MB of elements that are not closed": "<div/>" * 170_000,
}
RULES = {
    "found": 'kind = "list"',
    "selected": 'kind = "list"\nitem = "li"\ntitle = "a"',
    "page": 'kind = "page"',
}


def configure(newsroom: Newsroom, url: str, rules: Mapping[str, str]) -> None:
    newsroom.configure(DRUPAL)
    with newsroom.home.config.open("a") as config:
        for name, rule in rules.items():
            config.write(f'[watch.{name}]\nurl = "{url}"\n{rule}\n')


def sweep(newsroom: Newsroom) -> dict[str, Swept]:
    newsroom.now += timedelta(minutes=30)
    with newsroom.app() as app, app.locked():
        return {each.checked.watch.name: each for each in app.sweep(list(app.config.watches.values()))}


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_is_read_or_refused_and_costs_no_other_watch_its_check(newsroom: Newsroom, name: str) -> None:
    with RawServer({"/": reply(PAGES[name].encode())}) as server:
        configure(newsroom, server.url(), RULES)

        swept = sweep(newsroom)

    outcomes = {watch: each.checked.outcome for watch, each in swept.items()}
    assert isinstance(outcomes["press"], Found)
    assert outcomes["press"].count == 10
    for rule in RULES:
        outcome = outcomes[rule]
        assert isinstance(outcome, Found) or (isinstance(outcome, Failed) and outcome.hint), outcome
        assert "fault" not in getattr(outcome, "error", "")
