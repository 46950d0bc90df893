"""What stands beside the Atom feed: its JSON, its page, the page over all, and the file that readers import."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import lxml.html
import pytest
from lxml import etree

from tests import htmlcheck, jsonfeedcheck
from watcher.feeds import opml as opml_module
from watcher.feeds.index import index
from watcher.feeds.jsonfeed import jsonfeed
from watcher.feeds.opml import opml
from watcher.feeds.page import page
from watcher.model import Enclosure, Entry, Feed

NOW = datetime(2026, 11, 22, 13, 16, 46, tzinfo=UTC)
FEED = Feed(
    id="urn:uuid:5b6f",
    title="Press & <b>releases</b>",
    site="https://agency.example/news",
    updated=NOW,
    address="https://watch.example/feeds/press.xml",
    path="press",
)
ENTRY = Entry(
    id="urn:uuid:9d21",
    title="Fruit & <b>vegetables</b>",
    link="https://agency.example/news/fruit",
    published=NOW,
    updated=NOW + timedelta(days=1),
    summary="Fruit was announced",
    html='<div xmlns="http://www.w3.org/1999/xhtml"><p>Fruit was<br/> <b>announced</b> today<i/>.</p> So.</div>',
    author="Jo",
    tags=("Trade", "Food"),
)
PICTURE = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'.format


# --- JSON Feed


def test_a_json_feed_says_what_the_atom_feed_says() -> None:
    file = Enclosure(url="https://agency.example/a.pdf", type="application/pdf", length=12, title="Report")

    data = jsonfeed(FEED, [replace(ENTRY, enclosures=(file,))])

    assert jsonfeedcheck.problems(data) == []
    assert json.loads(data) == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Press & <b>releases</b>",
        "home_page_url": "https://agency.example/news",
        "feed_url": "https://watch.example/feeds/press.json",
        "authors": [{"name": "agency.example"}],
        "items": [
            {
                "id": "urn:uuid:9d21",
                "url": "https://agency.example/news/fruit",
                "title": "Fruit & <b>vegetables</b>",
                "content_html": "<p>Fruit was<br> <b>announced</b> today<i></i>.</p> So.",
                "summary": "Fruit was announced",
                "date_published": "2026-11-22T13:16:46Z",
                "date_modified": "2026-11-23T13:16:46Z",
                "authors": [{"name": "Jo"}],
                "tags": ["Trade", "Food"],
                "attachments": [
                    {
                        "url": "https://agency.example/a.pdf",
                        "mime_type": "application/pdf",
                        "title": "Report",
                        "size_in_bytes": 12,
                    }
                ],
            }
        ],
    }


def test_an_attachment_of_unknown_type_has_a_type_all_the_same() -> None:
    [item] = items(jsonfeed(FEED, [replace(ENTRY, enclosures=(Enclosure(url="https://agency.example/a"),))]))

    assert item["attachments"] == [{"url": "https://agency.example/a", "mime_type": "application/octet-stream"}]


@pytest.mark.parametrize("html", ["", "<p>open", PICTURE(" ")])
def test_without_html_the_content_is_the_summary_as_text(html: str) -> None:
    [item] = items(jsonfeed(FEED, [replace(ENTRY, html=html)]))

    assert item["content_text"] == "Fruit was announced"
    assert "content_html" not in item


def test_of_two_entries_with_one_id_the_first_is_in_the_json() -> None:
    found = items(jsonfeed(FEED, [ENTRY, replace(ENTRY, title="Again")]))

    assert [item["title"] for item in found] == [ENTRY.title]


def test_without_an_address_a_json_feed_names_neither_itself_nor_hubs() -> None:
    data = jsonfeed(replace(FEED, address="", hubs=("https://hub.example/",)), [])

    assert jsonfeedcheck.problems(data) == []
    assert not {"feed_url", "hubs"} & json.loads(data).keys()


def test_with_an_address_a_json_feed_names_its_hubs() -> None:
    data = jsonfeed(replace(FEED, hubs=("https://hub.example/", "https://hub.example/")), [])

    assert json.loads(data)["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]


# --- the page of a feed


def test_a_page_shows_the_entries_and_where_they_are_from() -> None:
    whole = read(page(FEED, [ENTRY, replace(ENTRY, id="urn:x:2", title="Second", link="")]))

    assert [str(each.text_content()) for each in whole.iter("h1", "h2")] == [FEED.title, ENTRY.title, "Second"]
    assert whole.xpath("//article//h2//@href") == [ENTRY.link]
    assert whole.xpath("//header/p/a/@href") == [FEED.site]
    assert whole.xpath("string(//article/p[1])") == "22 November 2026 · Jo · Trade · Food"
    assert whole.xpath("string(//article/p[2])") == "Fruit was announced"
    assert whole.xpath("string(//article/details/div)") == "Fruit was announced today. So."


def test_the_days_of_a_page_are_those_of_the_source() -> None:
    late = replace(ENTRY, published=datetime(2026, 11, 23, 3, tzinfo=UTC))

    whole = read(page(replace(FEED, zone=ZoneInfo("America/New_York")), [late]))

    assert whole.xpath("string(//article//time)") == "22 November 2026"
    assert whole.xpath("string(//article//time/@datetime)") == "2026-11-23T03:00:00Z"


def test_a_page_offers_the_address_in_a_field_that_a_key_selects() -> None:
    whole = read(page(FEED, []))

    [field] = whole.iter("input")
    assert (field.get("value"), field.get("readonly")) == ("https://watch.example/feeds/press.xml", "readonly")
    assert whole.xpath("//label/@for") == [field.get("id")]


def test_without_an_address_a_page_offers_a_link_instead() -> None:
    whole = read(page(replace(FEED, address=""), []))

    assert list(whole.iter("input")) == []
    assert whole.xpath("//section/p[1]/a/@href") == ["../press.xml"]


@pytest.mark.parametrize(("path", "up"), [("press", ""), ("tag/security", "../"), ("k3y/press", "../")])
def test_a_page_finds_its_files_wherever_the_folder_is(path: str, up: str) -> None:
    name = path.rpartition("/")[2]

    whole = read(page(replace(FEED, path=path, archives=12), []))

    assert whole.xpath("//link[@rel='stylesheet']/@href") == [f"{up}../feed.css"]
    assert whole.xpath("//nav/a/@href") == [f"{up}../index.html"]
    assert whole.xpath("//link[@rel='alternate']/@href") == [f"../{name}.xml", f"../{name}.json"]
    assert whole.xpath("//link[@rel='alternate']/@type") == ["application/atom+xml", "application/feed+json"]
    assert whole.xpath("//footer//a/@href") == ["archive/0012.xml"]


def test_a_name_is_escaped_in_a_link() -> None:
    whole = read(page(replace(FEED, path="tag/ä b#?"), []))

    assert whole.xpath("//link[@rel='alternate']/@href")[0] == "../%C3%A4%20b%23%3F.xml"


def test_a_page_says_what_it_is_and_asks_nothing_of_another_host() -> None:
    whole = read(page(FEED, [replace(ENTRY, html=PICTURE('<p><img src="https://agency.example/p.png"/></p>'))]))

    assert whole.get("lang") == "en"
    assert whole.xpath("string(//title)") == FEED.title
    assert whole.xpath("//meta[@http-equiv]/@content")[0].startswith("default-src 'none'; style-src 'self'")
    assert "reader" in whole.xpath("string(//section/details)")
    assert list(whole.iter("img", "script", "style")) == []


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ('<img src="https://a.example/p.png" alt="Chart"/>', ("Chart", ["https://a.example/p.png"])),
        ('<img src="https://a.example/p.png"/>', ("picture", ["https://a.example/p.png"])),
        ('<a href="https://a.example/"><img src="p" alt="Chart"/></a>', ("Chart", ["https://a.example/"])),
    ],
)
def test_a_picture_is_a_link_to_it(html: str, shown: tuple[str, list[str]]) -> None:
    whole = read(page(FEED, [replace(ENTRY, html=PICTURE(html))]))

    [text] = whole.xpath("//article/details/div")
    assert (text.text_content(), text.xpath(".//@href")) == shown


@pytest.mark.parametrize("html", [PICTURE("<p>Fruit was announced</p>"), "", "<p>open", PICTURE("<p>x</p>" * 9_000)])
def test_there_is_no_full_text_where_the_summary_says_it_all_or_the_page_would_be_too_long(html: str) -> None:
    whole = read(page(FEED, [replace(ENTRY, html=html)]))

    assert whole.xpath("//article/details") == []


def test_what_holds_the_place_of_a_text_is_not_shown_beside_title_and_link() -> None:
    nothing = PICTURE(f'<p>{ENTRY.title}</p><p><a href="{ENTRY.link}">{ENTRY.link}</a></p>')

    whole = read(page(FEED, [replace(ENTRY, html=nothing, summary="")]))

    assert [each.text_content() for each in whole.xpath("//article/*[not(self::h2)][not(@class)]")] == []


def test_files_have_names() -> None:
    files = (Enclosure(url="https://a.example/x/re%20port.pdf"), Enclosure(url="https://a.example/y", title="Sound"))

    whole = read(page(FEED, [replace(ENTRY, enclosures=files)]))

    assert [each.text_content() for each in whole.xpath("//ul[@class='files']//a")] == ["re port.pdf", "Sound"]


def test_a_page_without_entries_says_so() -> None:
    assert "no entries yet" in read(page(FEED, [])).xpath("string(//main)")


# --- over all feeds


def test_the_index_leads_to_the_page_and_the_file_of_each_feed() -> None:
    other = replace(FEED, title="Rates", path="tag/rates", site="")

    whole = read(index([FEED, other]))

    assert whole.xpath("//main/ul/li/a/@href") == ["press/index.html", "tag/rates/index.html"]
    assert whole.xpath("//main/ul/li/p/a/@href") == ["press.xml", "tag/rates.xml"]
    assert [str(each.text_content()) for each in whole.xpath("//main/ul/li/a")] == [FEED.title, "Rates"]
    assert whole.xpath("string(//main/ul/li/p)") == "agency.example · last change: 22 November 2026 · Atom"


@pytest.mark.parametrize(("address", "links"), [(FEED.address, ["feeds.opml"]), ("", [])])
def test_the_index_offers_the_opml_where_a_reader_can_use_it(address: str, links: list[str]) -> None:
    assert read(index([replace(FEED, address=address)])).xpath("//section//a/@href") == links


def test_an_index_of_nothing_says_so() -> None:
    assert "no feeds yet" in read(index([])).xpath("string(//main)")


def test_an_opml_reads_back() -> None:
    feeds = [FEED, replace(FEED, title="Rates", address="https://watch.example/feeds/rates.xml", site="")]

    whole = etree.fromstring(opml(feeds))

    assert (whole.tag, whole.get("version")) == ("opml", "2.0")
    assert whole.findtext("head/dateModified") == "Sun, 22 Nov 2026 13:16:46 GMT"
    assert [dict(each.attrib) for each in whole.iter("outline")] == [
        {
            "type": "rss",
            "text": FEED.title,
            "title": FEED.title,
            "xmlUrl": "https://watch.example/feeds/press.xml",
            "htmlUrl": "https://agency.example/news",
        },
        {"type": "rss", "text": "Rates", "title": "Rates", "xmlUrl": "https://watch.example/feeds/rates.xml"},
    ]


@pytest.mark.parametrize(("feeds", "words"), [([replace(FEED, address="")], "base_url"), ([], "No feeds yet")])
def test_an_opml_without_addresses_says_what_is_missing(feeds: list[Feed], words: str) -> None:
    [outline] = etree.fromstring(opml(feeds)).iter("outline")

    assert words in outline.get("text", "")
    assert "xmlUrl" not in outline.attrib
    assert not opml_module.listed(feeds)


def test_the_same_input_gives_the_same_files() -> None:
    def files() -> list[bytes]:
        return [jsonfeed(FEED, [ENTRY]), page(FEED, [ENTRY]), index([FEED]), opml([FEED])]

    assert files() == files()


def read(data: bytes) -> Any:
    assert htmlcheck.problems(data) == []
    return lxml.html.document_fromstring(data.decode())


def items(data: bytes) -> Any:
    assert jsonfeedcheck.problems(data) == []
    return json.loads(data)["items"]
