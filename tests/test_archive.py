from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.atomcheck import ATOM, HISTORY, problems
from watcher.feeds import archive
from watcher.feeds.atom import Written, atom
from watcher.model import Entry, Feed, Item, Seen

NOW = datetime(2026, 11, 22, 13, 16, 46, tzinfo=UTC)
FEED = Feed(
    id="urn:uuid:5b6f",
    title="Press releases",
    site="https://agency.example/news",
    updated=NOW,
    address="https://watch.example/feeds/press.xml",
    path="press",
    hubs=("https://hub.example/",),
    archives=3,
)


def test_the_feed_leads_to_its_newest_page_and_each_page_to_the_one_before() -> None:
    feed, third, first = (
        atom(FEED, [one(180)]),
        archive.page(FEED, 3, many(101, 150)),
        archive.page(FEED, 1, many(1, 50)),
    )

    assert related(feed, "prev-archive") == ["https://watch.example/feeds/press/archive/0003.xml"]
    assert related(third, "prev-archive") == ["https://watch.example/feeds/press/archive/0002.xml"]
    assert related(first, "prev-archive") == []
    assert related(third, "current") == related(feed, "self") == ["https://watch.example/feeds/press.xml"]
    assert related(third, "self") == ["https://watch.example/feeds/press/archive/0003.xml"]
    assert related(feed, "current") == related(third, "next-archive") == []


def test_a_page_says_that_it_is_one_and_has_the_id_of_its_feed() -> None:
    feed, third = tree(atom(FEED, [])), tree(archive.page(FEED, 3, many(101, 150)))

    assert [len(each.findall(f"{HISTORY}archive")) for each in (feed, third)] == [0, 1]
    assert feed.findtext(f"{ATOM}id") == third.findtext(f"{ATOM}id")


def test_hubs_are_of_the_feed_and_not_of_its_pages() -> None:
    assert related(atom(FEED, []), "hub") == ["https://hub.example/"]
    assert related(archive.page(FEED, 3, {}), "hub") == []


def test_without_an_address_the_links_are_relative_and_there_is_no_hub() -> None:
    feed = replace(FEED, address="", site="", path="tag/fruit")

    current, third = atom(feed, []), archive.page(feed, 3, {})

    assert related(current, "self") == related(current, "hub") == []
    assert related(current, "alternate") == ["fruit/index.html"]
    assert related(current, "prev-archive") == ["fruit/archive/0003.xml"]
    assert related(third, "current") == ["../../fruit.xml"]
    assert related(third, "prev-archive") == ["0002.xml"]
    assert b'href="../feed.css"' in current.data
    assert b'href="../../../feed.css"' in third.data


@pytest.mark.parametrize(
    ("page", "leads"),
    [
        (0, ["https://agency.example/news", "https://watch.example/feeds/press/index.html"]),
        (3, ["https://watch.example/feeds/press.xml", "https://watch.example/feeds/press/index.html"]),
    ],
)
def test_whoever_opens_a_feed_in_a_browser_finds_its_page(page: int, leads: list[str]) -> None:
    [subtitle] = tree(atom(FEED, [], page=page)).iter(f"{ATOM}subtitle")

    assert subtitle.xpath(".//@href") == leads


def test_a_page_holds_its_own_items_newest_first_and_none_of_others() -> None:
    written = archive.page(FEED, 2, many(40, 110))

    assert ids(written) == [f"urn:x:{seq}" for seq in range(100, 50, -1)]


def test_a_page_is_as_new_as_the_last_change_on_it() -> None:
    entries = many(51, 100) | {60: one(60, updated=NOW + timedelta(days=3))}

    assert tree(archive.page(FEED, 2, entries)).findtext(f"{ATOM}updated") == "2026-11-25T13:16:46Z"


def test_a_page_of_which_all_is_deleted_keeps_its_place() -> None:
    written = archive.page(FEED, 2, {})

    assert ids(written) == []
    assert related(written, "prev-archive") == ["https://watch.example/feeds/press/archive/0001.xml"]


@pytest.mark.parametrize(
    ("last", "waiting", "pages"),
    [(0, [], 0), (49, [], 0), (50, [], 1), (149, [], 2), (150, [], 3), (150, [150], 2), (150, [151, 3], 0)],
)
def test_a_page_is_there_once_it_is_full_and_nothing_on_it_waits(last: int, waiting: list[int], pages: int) -> None:
    assert archive.pages(last, waiting) == pages


def test_a_full_page_stays_as_it_is_when_more_is_published() -> None:
    before = archive.page(replace(FEED, archives=1), 1, many(1, 60))

    after = archive.page(replace(FEED, archives=7, updated=NOW + timedelta(days=9)), 1, many(1, 380))

    assert before == after


@pytest.mark.parametrize("change", ["deleted", "edited", "accepted late"])
def test_what_happens_to_one_item_changes_its_page_and_no_other(change: str) -> None:
    before = many(1, 150)
    if change == "accepted late":
        del before[77]
    after = many(1, 150)
    if change == "deleted":
        del after[77]
    if change == "edited":
        after[77] = replace(after[77], title="Other", updated=NOW + timedelta(days=1))

    differs = [archive.page(FEED, n, before) != archive.page(FEED, n, after) for n in (1, 2, 3)]

    assert differs == [False, True, False]


def test_old_stock_that_came_last_stays_in_the_feed_until_its_page_is_full() -> None:
    latest = [seen(seq) for seq in range(60, 0, -1)]
    old = replace(seen(61), revised_at=NOW - timedelta(days=900))

    kept = list(archive.window([*latest, old], 50, archive.pages(61)))

    assert [each.seq for each in kept] == [*range(60, 10, -1), 61]


@given(
    last=st.integers(0, 320),
    size=st.integers(1, 60),
    data=st.data(),
)
def test_feed_and_pages_together_hold_every_item(last: int, size: int, data: Any) -> None:
    some = st.sets(st.integers(1, max(last, 1)), max_size=20)
    gone, edited, waiting = data.draw(some), data.draw(some), data.draw(some)
    published = [seen(seq) for seq in range(1, last + 1) if seq not in gone | waiting]
    latest = sorted(published, key=lambda each: (each.seq in edited, each.seq), reverse=True)

    pages = archive.pages(last, waiting)
    current = {each.seq for each in archive.window(latest, size, pages)}
    archived = {each.seq for each in published if archive.page_of(each.seq) <= pages}

    assert current | archived == {each.seq for each in published}
    assert {each.seq for each in latest[:size]} <= current
    assert all(archive.page_of(seq) > pages for seq in waiting if seq <= last)


def one(seq: int, *, updated: datetime = NOW) -> Entry:
    link = f"https://agency.example/news/{seq}"
    return Entry(id=f"urn:x:{seq}", title=f"Release {seq}", link=link, published=NOW, updated=updated)


def many(first: int, last: int) -> dict[int, Entry]:
    return {seq: one(seq) for seq in range(first, last + 1)}


def seen(seq: int) -> Seen:
    item = Item(link=f"https://agency.example/news/{seq}", title="Release")
    return Seen(id=f"urn:x:{seq}", item=item, digest="", slug="", seq=seq, first_seen=NOW, revised_at=NOW)


def tree(written: Written) -> Any:
    assert problems(written.data) == []
    return etree.fromstring(written.data)


def ids(written: Written) -> list[str]:
    return [each.findtext(f"{ATOM}id") for each in tree(written).iter(f"{ATOM}entry")]


def related(written: Written, rel: str) -> list[str]:
    links: Iterable[Any] = tree(written).iterchildren(f"{ATOM}link")
    return [each.get("href") for each in links if each.get("rel") == rel]
