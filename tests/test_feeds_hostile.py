from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from lxml import etree

from tests import atomcheck, htmlcheck, jsonfeedcheck
from tests.hostile import BODIES, DATES, LINKS, TEXTS
from watcher.feeds import archive
from watcher.feeds.atom import atom
from watcher.feeds.entries import entry
from watcher.feeds.index import index
from watcher.feeds.jsonfeed import jsonfeed
from watcher.feeds.opml import opml
from watcher.feeds.page import page
from watcher.model import Enclosure, Entry, Feed, Item, Record, Seen

NOW = datetime(2026, 11, 22, 13, 16, 46, tzinfo=UTC)
SITE = "https://agency.example/news"
FEED = Feed(
    id="urn:uuid:5b6f",
    title="Press releases",
    site=SITE,
    updated=NOW,
    address="https://watch.example/feeds/press.xml",
    path="press",
    hubs=("https://hub.example/",),
    archives=3,
)
RECORD = Record(title="Fruit", date=NOW.date(), url="/news/fruit", body="Fruit was **announced**.")
SEEN = Seen(
    id="urn:uuid:bad",
    item=Item(link=f"{SITE}/fruit", title="Fruit"),
    digest="",
    slug="fruit",
    seq=2,
    first_seen=NOW,
    revised_at=NOW,
)
FIRST, LAST = (
    replace(
        entry(RECORD, SEEN, site=SITE, zone=UTC), id=f"urn:uuid:{name}", title=f"The {name} one", link=f"{SITE}/{n}"
    )
    for n, name in enumerate(("first", "last"))
)


def cases(values: dict[str, Any]) -> Callable[[Any], Any]:
    return pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value in values.items()])


@cases(TEXTS)
def test_no_text_breaks_a_file_or_costs_an_entry(value: str) -> None:
    record = replace(RECORD, title=value, extra={"author": value, "tags": [value]}, body="")
    made = entry(record, replace(SEEN, item=replace(SEEN.item, summary=value)), site=SITE, zone=UTC)
    bare = replace(made, title=value, summary=value, author=value, tags=(value,), html="")

    stands(made)
    stands(bare)


@cases(TEXTS)
def test_no_title_of_a_feed_breaks_a_file(value: str) -> None:
    stands(FIRST, replace(FEED, title=value, author=value))


@cases(BODIES)
def test_no_body_breaks_a_file_or_costs_an_entry(value: str) -> None:
    stands(entry(replace(RECORD, body=value), SEEN, site=SITE, zone=UTC))


@cases(LINKS)
def test_no_address_breaks_a_file_or_costs_an_entry(value: str) -> None:
    seen = replace(SEEN, item=replace(SEEN.item, link=value))
    record = replace(RECORD, url=value, extra={"link": value, "enclosures": [{"url": value, "type": value}]})
    made = entry(record, seen, site=SITE, zone=UTC)
    bare = replace(made, link=value, enclosures=(Enclosure(url=value, type=value, length=-1, title=value),))

    stands(made)
    stands(bare)


@cases(LINKS)
def test_no_address_of_a_feed_breaks_a_file(value: str) -> None:
    stands(FIRST, replace(FEED, site=value, hubs=(value, value)))
    stands(FIRST, replace(FEED, site="", address=value))


@cases(DATES)
@pytest.mark.parametrize("hours", [-12, 0, 14])
def test_no_date_breaks_a_file_or_costs_an_entry(value: Any, hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    seen = replace(SEEN, first_seen=datetime.max.replace(tzinfo=UTC), revised_at=datetime.min.replace(tzinfo=UTC))
    made = entry(replace(RECORD, date=value), seen, site=SITE, zone=zone)

    stands(made, replace(FEED, updated=made.updated, zone=zone))


@pytest.mark.parametrize(
    "html", ["<p>open", "</div>", "&nbsp;", "<a b=1>", "<b/>" * 5 + "x", "<p>" * 400, "<!--", "<?x"]
)
def test_an_entry_whose_html_is_broken_costs_no_other_entry(html: str) -> None:
    broken = replace(FIRST, id="urn:uuid:bad", html=html)
    written = atom(FEED, [FIRST, broken, LAST])

    assert atomcheck.problems(written.data) == []
    assert {"urn:uuid:first", "urn:uuid:last"} <= set(ids(written.data))
    assert len(ids(written.data)) + len(written.left_out) == 3
    assert jsonfeedcheck.problems(jsonfeed(FEED, [FIRST, broken, LAST])) == []
    assert htmlcheck.problems(page(FEED, [FIRST, broken, LAST])) == []


def test_there_are_more_than_a_hundred_of_them() -> None:
    assert len(TEXTS) + len(BODIES) + len(LINKS) + len(DATES) > 150


def stands(one: Entry, feed: Feed = FEED) -> None:
    """Every file with this entry between two others is valid and has all three."""
    three = [FIRST, replace(one, id="urn:uuid:bad"), LAST]
    written = atom(feed, three)
    old = archive.page(feed, 2, {n + 60: each for n, each in enumerate(three)})
    jsons, html = jsonfeed(feed, three), page(feed, three)

    assert atomcheck.problems(written.data) == atomcheck.problems(old.data) == []
    assert written.left_out == old.left_out == ()
    assert sorted(ids(old.data)) == sorted(ids(written.data)) == sorted(each.id for each in three)
    assert jsonfeedcheck.problems(jsons) == []
    assert [item["id"] for item in json.loads(jsons)["items"]] == [each.id for each in three]
    assert htmlcheck.problems(html) == htmlcheck.problems(index([feed, FEED])) == []
    assert html.count(b"<article>") == 3
    assert len(etree.fromstring(opml([feed, FEED])).findall("body/outline[@xmlUrl]")) in (1, 2)


def ids(data: bytes) -> list[str]:
    entries = etree.fromstring(data).iter(f"{atomcheck.ATOM}entry")
    return [each.findtext(f"{atomcheck.ATOM}id", "") for each in entries]
