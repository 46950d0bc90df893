"""A list that cuts its titles short: what is told, recorded and known is the whole title, as far as there is one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Newsroom
from tests.rawserver import RawServer, reply

TITLES = {
    "pier": "Council adopts the regulation on the lighting of piers",
    "fees": "Council publishes the table of harbour fees for next year",
    "tide": "Council orders the measuring of tides at the northern mole",
    "dock": "Council approves the plan for a further dry dock",
    "ferry": "Council renews the licence of the ferry to the islands",
    "crane": "Council sells the two oldest cranes of the eastern quay",
}
DAYS = {slug: f"{day} November 2026" for slug, day in zip(TITLES, range(20, 10, -1), strict=False)}


class Council:
    """A list whose titles have four words, and the articles that have all of them, while it is entered."""

    def __init__(self) -> None:
        self.slugs, self.query, self.dated = [*TITLES][1:], "", True
        self.link, self.words = "/s/{}", 4
        self.server = RawServer({})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/list"

    def publish(self) -> None:
        """The list as it now is, and its articles."""
        links = {slug: f"{self.link.format(slug)}{self.query if slug == 'fees' else ''}" for slug in self.slugs}
        rows = (f'<li><a href="{links[slug]}">{self._short(slug)}</a>{self._day(slug)}</li>' for slug in self.slugs)
        self._put("/list", f"<h1>News</h1><ul>{''.join(rows)}</ul>")
        for slug in self.slugs:
            text = f"<h1>{TITLES[slug]}</h1><p>{DAYS[slug]}</p><p>That is what is new about the {slug}.</p>"
            self._put(links[slug], text)

    def _day(self, slug: str) -> str:
        return f" ({DAYS[slug]})" if self.dated else ""

    def _short(self, slug: str) -> str:
        words = TITLES[slug].split()
        return f"{' '.join(words[: self.words])} …" if self.words < len(words) else TITLES[slug]

    def _put(self, path: str, main: str) -> None:
        self.server.scripts[path] = reply(
            f"<html lang=en><title>Council</title><body><main>{main}</main></body></html>".encode()
        )


@pytest.fixture(params=["dated"])
def council(newsroom: Newsroom, request: pytest.FixtureRequest) -> Iterator[Council]:
    """With what is listed known, articles and all."""
    council = Council()
    council.dated = request.param == "dated"
    with council.server:
        council.publish()
        newsroom.configure("article = true", url=council.url)
        newsroom.check()
        yield council


def test_a_title_that_the_list_cuts_short_is_told_whole_and_once(newsroom: Newsroom, council: Council) -> None:
    council.slugs.insert(0, "pier")
    council.publish()

    told = newsroom.check()
    again = newsroom.check()

    assert [change.event[-4:] for change in told.checked.changes] == ["/new"]
    assert again.checked.changes == ()
    assert newsroom.mails == [TITLES["pier"]]
    assert b"That is what is new about the pier." in newsroom.records["2026-11-20-pier.md"]
    assert f"<title>{TITLES['tide']}</title>".encode() in newsroom.feed


def test_a_list_that_shows_whole_titles_from_now_on_has_edited_nothing(newsroom: Newsroom, council: Council) -> None:
    before = newsroom.feed

    council.words = 99
    council.publish()
    newsroom.check()

    assert newsroom.feed == before
    assert newsroom.mails == []


def test_cut_titles_are_known_when_all_addresses_move(newsroom: Newsroom, council: Council) -> None:
    council.link, council.words = "/de/p/{}-58", 3
    council.slugs.insert(0, "pier")
    council.publish()

    newsroom.check()
    newsroom.check()

    assert newsroom.mails == [TITLES["pier"]]
    assert len(newsroom.records) == 6


@pytest.mark.parametrize("council", ["undated"], indirect=True)
def test_cut_titles_without_dates_are_known_when_all_addresses_move(newsroom: Newsroom, council: Council) -> None:
    council.link = "/de/p/{}-58"
    council.slugs.insert(0, "pier")
    council.publish()

    newsroom.check()

    assert newsroom.mails == [TITLES["pier"]]
    assert len(newsroom.records) == 6


def test_an_address_that_says_more_keeps_an_item_whose_title_is_cut_short(newsroom: Newsroom, council: Council) -> None:
    council.query = "?box=2"
    council.publish()

    newsroom.check()

    assert newsroom.mails == []
    assert len(newsroom.records) == 5


def test_a_changed_rule_keeps_the_whole_titles(newsroom: Newsroom, council: Council) -> None:
    before = newsroom.feed

    newsroom.configure("article = true\npages = 2", url=council.url)
    newsroom.check()

    assert newsroom.feed == before
