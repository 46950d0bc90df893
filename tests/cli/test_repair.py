"""add --repair: a redesign that the selectors of a watch did not survive."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from tests.cli.conftest import Watcher
from tests.conftest import DRUPAL, Newsroom
from tests.rawserver import RawServer, reply
from watcher.cli.keys import with_keys


def press(newsroom: Newsroom) -> Any:
    return tomllib.loads(newsroom.home.config.read_text())["watch"]["press"]


def redesigned(newsroom: Newsroom, design: Any) -> None:
    """A first look, then another design, and something new in it."""
    newsroom.check()
    newsroom.office.redesign(design)
    newsroom.office.publish("Published in the new design")


@pytest.mark.parametrize("design", ["cards", "table"])
def test_what_is_new_since_is_told_once_and_what_is_known_never(
    design: str, watcher: Watcher, newsroom: Newsroom
) -> None:
    redesigned(newsroom, design)
    failed = watcher("check", "press")

    ran = watcher("add", "--repair", "press")
    first, second = watcher("check", "press"), watcher("check", "press")

    assert failed.code == 1
    assert "watcher add --repair W takes it" in failed.out
    assert ran.code == 0
    assert ran.out.startswith("Found a list of 10 items: 9 of 10 known items are in it (confidence: high).\n")
    assert first.out.startswith("press  1 new     Published in the new design\n1 checked")
    assert second.out.startswith("press  ok        nothing new (10 items)\n")
    assert newsroom.mails == ["Published in the new design"]
    assert len(newsroom.records) == 11


def test_through_three_redesigns_nothing_is_told_again_and_nothing_is_lost(
    watcher: Watcher, newsroom: Newsroom
) -> None:
    newsroom.check()

    for design in ("cards", "table", "drupal"):
        newsroom.office.redesign(design)
        newsroom.office.publish(f"Published in {design}")
        watcher("add", "--repair", "press")
        watcher("check", "press")

    assert newsroom.mails == ["Published in cards", "Published in table", "Published in drupal"]


def test_only_the_selectors_change_in_the_file(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.configure(f"{DRUPAL}flood = 30  # they come in heaps\n\n# the end")
    redesigned(newsroom, "table")
    before = press(newsroom)

    watcher("add", "--repair", "press")

    text = newsroom.home.config.read_text()
    assert press(newsroom)["item"] == "table.views-table > tbody > tr"
    assert {key: press(newsroom)[key] for key in ("url", "alerts", "flood")} == {
        key: before[key] for key in ("url", "alerts", "flood")
    }
    assert 'alerts = ["me"]\n' in text
    assert "flood = 30  # they come in heaps\n" in text
    assert text.rstrip().endswith("# the end")


def test_the_zone_of_the_dates_stays(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.configure(
        'item = "div.content--2col__body > div"\ntitle = "h3 a"\n'
        'date = { select = "span.date-format time", zone = "America/New_York" }\n'
    )
    redesigned(newsroom, "table")

    watcher("add", "--repair", "press")

    assert press(newsroom)["date"] == {"select": "td", "zone": "America/New_York"}


def test_where_no_list_holds_a_known_item_nothing_changes(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.check()
    newsroom.office.redesign("cards")
    newsroom.flood()
    for n in range(1, 11):
        newsroom.office.withdraw(f"flood-{n}")
        newsroom.office.publish(f"Nothing that was known {n}", slug=f"other-{n}")
    before = newsroom.home.config.read_text()

    ran = watcher("add", "--repair", "press")

    assert (ran.code, ran.out) == (1, "")
    assert "holds any of the 10 known items of press\n       nothing was changed" in ran.err
    assert newsroom.home.config.read_text() == before


@pytest.mark.parametrize(
    ("watch", "said"),
    [
        ("", "press needs no repair: it has no selectors, and finds what is known of it\n"),
        (DRUPAL, "press needs no repair: its selectors find what is known of it\n"),
    ],
)
def test_what_is_not_broken_is_left_alone(watch: str, said: str, watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.configure(watch)
    newsroom.check()
    before = newsroom.home.config.read_text()

    ran = watcher("add", "--repair", "press")

    assert (ran.code, ran.out) == (0, said)
    assert newsroom.home.config.read_text() == before


def test_without_selectors_what_is_known_may_be_gone_from_the_page_and_that_is_said(
    watcher: Watcher, newsroom: Newsroom
) -> None:
    rows = "".join(f'<li><a href="/news/{n}">A story of the day, number {n}</a> 2026-03-0{n}</li>' for n in range(1, 9))
    with RawServer({"/news": reply(f"<main><ul>{rows}</ul></main>".encode())}) as server:
        newsroom.home.config.write_text(f'[watch.news]\nurl = "{server.url("/news")}"\n')
        first = watcher("check")
        server.scripts["/news"] = reply(b"<main><p>This page has moved to another system.</p></main>")
        before = newsroom.home.config.read_text()

        ran = watcher("add", "--repair", "news")

    assert first.code == 0, first.out
    assert (ran.code, ran.out) == (1, "")
    assert "nothing that is known of news is on http" in ran.err
    assert 'or kind = "page", in [watch.news]' in ran.err
    assert newsroom.home.config.read_text() == before


def test_only_lists_have_selectors_to_repair(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.configure('kind = "page"\nselect = "h2"\n')

    ran = watcher("add", "--repair", "press")

    assert (ran.code, ran.out) == (2, "")
    assert "press is of kind page" in ran.err


def test_a_watch_that_knows_nothing_yet_cannot_be_repaired(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.office.redesign("cards")

    ran = watcher("add", "--repair", "press")

    assert (ran.code, ran.out) == (1, "")
    assert "nothing is known of press that could be looked for" in ran.err


def test_selectors_that_would_see_less_than_is_found_without_them_go(watcher: Watcher, newsroom: Newsroom) -> None:
    news = [(f"/n/{n}", f"What the agency did, number {n} of many", f"{n + 10} May") for n in range(6)]
    old = "".join(f'<p class=news><a href="{link}">{title}</a> {day}</p>' for link, title, day in news)
    new = "".join(f'<h4>{day} 2024</h4><ul><li><a href="{link}">{title}</a></li></ul>' for link, title, day in news)
    with RawServer({"/": reply(f"<html lang=en>{old}</html>".encode())}) as server:
        newsroom.configure('item = "p.news"\n', url=server.url())
        newsroom.check()
        server.scripts["/"] = reply(f"<html lang=en>{new}</html>".encode())

        ran = watcher("add", "--repair", "press")
        checked = watcher("check", "press")

    assert "  item     (taken out)\n" in ran.out
    assert press(newsroom) == {"url": server.url(), "alerts": ["me"]}
    assert checked.out.startswith("press  ok        nothing new (6 items)\n")


TABLE = """\
# above
[watch.a]   # the a
url = "https://agency.example/"
item = "div.x"   # each
title = "h3"
# what follows is about b

[watch.b]
url = "https://tool.example/"
"""


def test_keys_change_in_place_and_further_ones_stand_above_the_comments_that_follow() -> None:
    text = with_keys(TABLE, "a", {"item": "li", "title": None, "date": {"select": "i", "zone": "UTC"}})

    assert text == TABLE.replace('"div.x"', '"li"').replace('title = "h3"\n', 'date = {select = "i", zone = "UTC"}\n')
