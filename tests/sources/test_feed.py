"""The kind `feed`: every format, as publishers write it and as they break it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.conftest import Newsroom
from tests.rawserver import RawServer, reply
from watcher.app import Swept
from watcher.errors import NothingFound, NotUnderstood
from watcher.match import distinct
from watcher.model import Enclosure, Found, Item, Response
from watcher.sources import feed, kinds

URL = "https://agency.example/news/feed.xml"

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel>
  <title>Agency news</title><link>https://agency.example/</link><language>de</language>
  <managingEditor>editor@agency.example (The Editor)</managingEditor>
  {items}
</channel></rss>"""

FULL = """<item>
  <title>Water &amp;amp; soil: &lt;em&gt;both&lt;/em&gt; measured</title>
  <link>https://agency.example/2024/water?utm_source=feed</link>
  <guid isPermaLink="false">agency-1042</guid>
  <dc:creator>Ada Field</dc:creator>
  <pubDate>Tue, 14 May 2024 09:30:00 +0200</pubDate>
  <category>Water</category><category>Soil</category><category>Water</category>
  <description>What the survey found in a dry year.</description>
  <content:encoded><![CDATA[<p>Levels fell by <b>two</b> metres.</p>
    <ul><li><a href="/data">Data</a></li></ul>]]></content:encoded>
</item>"""

RSS_091 = """<?xml version="1.0"?>
<!DOCTYPE rss PUBLIC "-//Agency//DTD RSS 0.91//EN" "https://agency.example/rss-0.91.dtd">
<rss version="0.91"><channel><title>Old</title><link>https://agency.example/</link>
<item><title>A report</title><link>https://agency.example/report</link><description>On soil.</description></item>
</channel></rss>"""

RDF = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://agency.example/"><title>Agency</title><link>https://agency.example/</link></channel>
<item rdf:about="https://agency.example/tides"><title>Tide tables</title><link>https://agency.example/tides</link>
  <dc:date>2023-10-09</dc:date><dc:creator>Tide Office</dc:creator><description>For next year.</description></item>
</rdf:RDF>"""

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://tool.example/docs/">
  <title>Tool releases</title><link href="/"/><id>tag:tool.example,2020:releases</id>
  <author><name>Tool Team</name></author><updated>2024-06-02T00:00:00Z</updated>
  <entry xml:base="v2/">
    <title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Tool <em>2.0</em> &lt;beta&gt;</div></title>
    <link rel="enclosure" href="tool.tar.gz"/><link href="notes.html"/>
    <id>tag:tool.example,2020:v2.0</id>
    <published>2024-06-01T12:00:00Z</published><updated>2024-06-02T00:00:00Z</updated>
    <category term="rel" label="Releases"/>
    <summary>In short.</summary>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><h2>New</h2>
      <p>See <a href="guide.html">the guide</a> &amp; <a href="#known">known faults</a>.</p></div></content>
  </entry>
  <entry>
    <title>Tool 1.9</title><link href="v1.9.html"/><id>https://tool.example/docs/v1.9.html</id>
    <updated>2024-03-21T00:00:00Z</updated><content type="text">First line
second line, 1 &lt; 2.</content>
  </entry>
</feed>"""

JSON: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Agency",
    "home_page_url": "https://agency.example/",
    "language": "en",
    "authors": [{"name": "Press Office"}],
    "items": [
        {
            "id": 77,
            "url": "/2024/open-day",
            "title": "Open day & night",
            "content_html": "<p>Come to the <a href='map'>station</a>.</p>",
            "summary": "All are welcome.",
            "date_published": "2024-05-14T09:30:00.25Z",
            "tags": ["Events", 5, "Events\n", ""],
        },
        {"id": "https://agency.example/notes/1", "content_text": "A short note.", "authors": [{"name": "Ada Field"}]},
    ],
}


OPTIONS = feed.Options(url=URL)

EPISODES = """<item><title>Episode 1</title><guid>e1</guid><pubDate>Tue, 14 May 2024 09:30:00 +0200</pubDate>
  <enclosure url="/audio/1.mp3" length="123456" type="audio/mpeg"/></item>
<item><title>Episode 2</title><guid>e2</guid><pubDate>Tue, 7 May 2024 09:30:00 +0200</pubDate>
  <enclosure url="https://cdn.example/2.mp3" length="many" type="audio/mpeg"/><media:content url="/x.jpg"/></item>
<item><title>Episode 3</title><guid>e3</guid><media:content url="/3.mp4" medium="video" fileSize="9"/></item>"""


def site() -> dict[str, Response]:
    """A feed of three entries."""
    return {URL: Response(url=URL, body=RSS.format(items=FULL + EPISODES).encode())}


def read(body: str | bytes, content_type: str = "application/rss+xml") -> list[Item]:
    """The items of this body."""
    data = body.encode() if isinstance(body, str) else body
    response = Response(url=URL, headers={"content-type": content_type}, body=data)
    return list(feed.find(feed.Options(url=URL), lambda request: response))


def rss(*items: str) -> list[Item]:
    """The items of an RSS feed."""
    return read(RSS.format(items="".join(items)))


def entry(**said: str) -> Item:
    """The only item of an RSS feed whose item has these elements, a title among them."""
    named = {"title": "A title", "link": "https://agency.example/a", **said}
    (item,) = rss("<item>" + "".join(f"<{k}>{v}</{k}>" for k, v in named.items() if v) + "</item>")
    return item


def titles(items: list[Item]) -> list[str]:
    return [item.title for item in items]


def recognised(body: str | bytes, content_type: str = "text/html") -> bool:
    data = body.encode() if isinstance(body, str) else body
    found = feed.recognise(Response(url=URL, headers={"content-type": content_type}, body=data))
    assert found in (None, feed.Options(url=URL))
    return found is not None


# Formats


def test_feed_is_a_kind() -> None:
    assert "feed" in kinds()


def test_an_rss_item_is_read_whole() -> None:
    (item,) = rss(FULL)

    assert item == Item(
        link="https://agency.example/2024/water",
        title="Water & soil: both measured",
        published=datetime(2024, 5, 14, 9, 30, tzinfo=timezone(timedelta(hours=2))),
        dated_by="feed",
        summary="What the survey found in a dry year.",
        body="Levels fell by **two** metres.\n\n- [Data](https://agency.example/data)",
        key="agency-1042",
        author="Ada Field",
        tags=("Water", "Soil"),
    )


def test_files_are_kept_with_their_types_and_sizes() -> None:
    first, second, third = rss(EPISODES)

    assert first.enclosures == (Enclosure(url="https://agency.example/audio/1.mp3", type="audio/mpeg", length=123456),)
    assert second.enclosures == (Enclosure(url="https://cdn.example/2.mp3", type="audio/mpeg"),)
    assert [(each.url, each.length) for each in third.enclosures] == [("https://agency.example/3.mp4", 9)]


def test_an_attachment_of_a_json_feed_is_a_file() -> None:
    attachment = {"url": "/a.pdf", "mime_type": "application/pdf", "title": "Report", "size_in_bytes": 17}
    said = {**JSON, "items": [{"id": 1, "title": "A report", "attachments": [attachment, None, {"url": "mailto:x"}]}]}

    (item,) = read(json.dumps(said))

    report = Enclosure(url="https://agency.example/a.pdf", type="application/pdf", length=17, title="Report")
    assert item.enclosures == (report,)


def test_rss_0_91_with_its_document_type_is_read() -> None:
    assert read(RSS_091) == [Item(link="https://agency.example/report", title="A report", summary="On soil.")]


def test_rdf_is_read_and_a_day_stays_a_day() -> None:
    (item,) = read(RDF)

    assert (item.link, item.title, item.key) == ("https://agency.example/tides", "Tide tables", "")
    assert (item.published, item.author) == (date(2023, 10, 9), "Tide Office")
    assert not isinstance(item.published, datetime)


def test_an_atom_entry_has_its_base_its_published_date_and_the_feeds_author() -> None:
    new, _ = read(ATOM)

    assert new == Item(
        link="https://tool.example/docs/v2/notes.html",
        title="Tool 2.0 <beta>",
        published=datetime(2024, 6, 1, 12, tzinfo=UTC),
        dated_by="feed",
        summary="In short.",
        body="## New\n\nSee [the guide](https://tool.example/docs/v2/guide.html) &"
        " [known faults](https://tool.example/docs/v2/#known).",
        key="tag:tool.example,2020:v2.0",
        author="Tool Team",
        tags=("Releases",),
        enclosures=(Enclosure(url="https://tool.example/docs/v2/tool.tar.gz"),),
    )


def test_an_atom_text_is_no_markup_and_its_midnight_is_a_time() -> None:
    _, old = read(ATOM)

    assert (old.title, old.key) == ("Tool 1.9", "")
    assert old.body == "First line\\\nsecond line, 1 < 2."
    assert old.published == datetime(2024, 3, 21, tzinfo=UTC)


def test_json_feed_is_read_with_numbers_as_ids_and_a_note_without_a_title() -> None:
    day, note = read(json.dumps(JSON), "application/feed+json")

    assert day == Item(
        link="https://agency.example/2024/open-day",
        title="Open day & night",
        published=datetime(2024, 5, 14, 9, 30, tzinfo=UTC),
        dated_by="feed",
        summary="All are welcome.",
        body="Come to the [station](https://agency.example/2024/map).",
        key="77",
        author="Press Office",
        tags=("Events",),
    )
    assert note == Item(
        link="https://agency.example/notes/1", title="A short note.", body="A short note.", author="Ada Field"
    )


@pytest.mark.parametrize("item", [None, 5, {}, {"id": []}, {"title": {}, "tags": 5, "authors": "x"}])
def test_a_json_item_of_other_types_costs_no_other_item(item: object) -> None:
    items = read(json.dumps(JSON | {"items": [item, *JSON["items"]]}))

    assert titles(items) == ["Open day & night", "A short note."]


# Links and keys


@pytest.mark.parametrize(
    ("link", "guid", "expected"),
    [
        ("/a?b=1&amp;c=2", "", ("https://agency.example/a?b=1&c=2", "")),
        ("a.html", "", ("https://agency.example/news/a.html", "")),
        ("", "https://agency.example/b", ("https://agency.example/b", "")),
        ("", "12", ("https://agency.example/", "12")),
        ("javascript:void(0)", "12", ("https://agency.example/", "12")),
        ("https://agency.example/a", "http://www.agency.example/a/", ("https://agency.example/a", "")),
        ("https://agency.example/a", "https://agency.example/?p=5", ("https://agency.example/a", "*")),
        ("https://agency.example/log#v2", "", ("https://agency.example/log", "v2")),
        ("https://agency.example/log#v2", "https://agency.example/log#v2", ("https://agency.example/log", "*")),
    ],
)
def test_an_item_has_one_link_and_a_key_where_its_id_says_more(link: str, guid: str, expected: tuple[str, str]) -> None:
    (item,) = rss(f'<item><title>T</title><link>{link}</link><guid isPermaLink="false">{guid}</guid></item>')

    assert (item.link, item.key) == (expected[0], guid if expected[1] == "*" else expected[1])


def test_an_id_that_calls_itself_a_link_and_is_none_stays_as_it_is() -> None:
    (item,) = rss("<item><title>T</title><link>/a</link><guid>1042</guid></item>")

    assert item.key == "1042"


def test_items_that_share_an_id_are_told_apart_by_their_links() -> None:
    items = rss(*(f"<item><title>T{n}</title><link>/{n}</link><guid>same</guid></item>" for n in range(3)))

    assert titles(items) == ["T0", "T1", "T2"]
    assert [each.key for each in distinct(items)] == ["", "", ""]


# Titles and texts


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("Plain\n  and\tspaced", "Plain and spaced"),
        ("R&amp;amp;D", "R&D"),
        ("Why a &lt; b and b &gt; c", "Why a < b and b > c"),
        ("<![CDATA[Soil <i>and</i> water&nbsp;&#8211; 2024]]>", "Soil and water – 2024"),
        ("Generic &lt;T&gt; types", "Generic <T> types"),
        ("Less &#60;T&#x3e; and &frac12; &#38; more", "Less <T> and ½ & more"),
    ],
)
def test_a_title_is_plain_text_unescaped_once(markup: str, title: str) -> None:
    assert entry(title=markup).title == title


def test_a_title_in_html_says_so_in_atom_and_is_text_where_it_does_not() -> None:
    html = ATOM.replace("<title>Tool 1.9", '<title type="html">&lt;b&gt;Tool&lt;/b&gt; &amp;amp;lt; 1.9')
    text = ATOM.replace("<title>Tool 1.9", "<title>Tool &amp;amp; 1.9")

    assert read(html)[1].title == "Tool &lt; 1.9"
    assert read(text)[1].title == "Tool &amp; 1.9"


def test_a_title_that_is_missing_is_the_beginning_of_the_text_at_a_word() -> None:
    item = entry(title="", description="&lt;p&gt;" + "Levels fell again. " * 9 + "&lt;/p&gt;")

    assert item.title == "Levels fell again. Levels fell again. Levels fell again. Levels fell again…"


def test_an_entry_that_says_nothing_is_none_and_one_with_a_link_alone_is_named_by_it() -> None:
    items = rss("<item/>", "<item><link>/2024/soil-report.html</link></item>")

    assert titles(items) == ["soil-report"]


def test_a_long_description_is_the_body_and_is_not_said_again_as_the_summary() -> None:
    item = entry(description="&lt;p&gt;Levels fell.&lt;/p&gt;" + "&lt;p&gt;They fell again.&lt;/p&gt;" * 30)

    assert item.body.startswith("Levels fell.\n\nThey fell again.\n\n")
    assert item.summary == ""


def test_a_description_that_is_cut_off_is_a_summary_however_long() -> None:
    item = entry(description="They fell again. " * 40 + "[&amp;hellip;]")

    assert item.body == ""
    assert 250 < len(item.summary) <= 300


def test_a_summary_that_the_title_or_the_body_begins_with_is_left_out() -> None:
    assert entry(title="Soil", description="Soil").summary == ""
    whole = FULL.replace("What the survey found in a dry year.", "Levels fell by two …")
    assert rss(whole)[0].summary == ""


def test_a_pictures_title_and_description_are_not_the_items() -> None:
    media = "<media:title>A pump</media:title><media:description type='plain'>By hand</media:description>"

    full = FULL.replace("What the", "What &lt;b&gt;the&lt;/b&gt;")
    (item,) = rss(full.replace("</item>", f"<media:content url='/p.jpg'>{media}</media:content></item>"))

    assert item == rss(FULL)[0]


def test_the_title_at_the_top_of_a_text_is_not_said_again() -> None:
    text = "&lt;h1&gt;A title&lt;/h1&gt;" + "&lt;p&gt;Levels fell again, by much.&lt;/p&gt;" * 20

    assert entry(description=text).body.startswith("Levels fell")


@pytest.mark.parametrize(
    ("said", "author"),
    [
        ("<author>ada.field@survey.agency.example (Ada Field)</author>", "Ada Field"),
        ("<author>Ada Field &lt;ada@agency.example&gt;</author>", "Ada Field"),
        ("<author>ada@agency.example</author>", ""),
        ("<dc:creator>Ada Field</dc:creator><dc:creator>Ben Hill</dc:creator>", "Ada Field, Ben Hill"),
        ("", ""),
    ],
)
def test_an_author_is_a_name_and_no_mail_address(said: str, author: str) -> None:
    (item,) = rss(f"<item><title>T</title><link>/a</link>{said}</item>")

    assert item.author == author


# Dates


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("Mon, 06 Sep 2021 00:00:00 GMT", datetime(2021, 9, 6, tzinfo=UTC)),
        ("Mon, 06 Sep 21 10:15:00 GMT", datetime(2021, 9, 6, 10, 15, tzinfo=UTC)),
        ("6 Sep 2021 10:15 EST", datetime(2021, 9, 6, 15, 15, tzinfo=UTC)),
        ("2021-09-06T10:15:00-05:00", datetime(2021, 9, 6, 15, 15, tzinfo=UTC)),
        ("Mon, 06 Sep 2021", date(2021, 9, 6)),
        ("2021-09-06", date(2021, 9, 6)),
        ("6. September 2021", date(2021, 9, 6)),
        ("06.09.2021", date(2021, 9, 6)),
        ("2021-09", None),
        ("2021", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00Z", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
    ],
)
def test_a_date_is_what_the_feed_claims_or_none(text: str, when: date | None) -> None:
    item = entry(pubDate=text)

    assert item.published == when
    assert isinstance(item.published, datetime) == isinstance(when, datetime)
    assert item.dated_by == ("feed" if when else "")


def test_an_impossible_publication_date_loses_to_the_update() -> None:
    assert entry(**{"pubDate": "soon", "dc:date": "2021-09-06"}).published == date(2021, 9, 6)


# Broken ones


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("Water &amp;amp; soil", "Water &nbsp;&amp;amp; soil"),
        ("Water &amp;amp; soil", "Water & soil"),
        ("Water &amp;amp; soil", "Water \x0b&#11;&#xD800;&#0;&amp;amp; soil"),
        ("<category>Soil", "<category>Soil<br>"),
        ("?utm_source=feed", "?utm_source=feed&utm_medium=rss"),
        ("<dc:creator>", "<unknown:thing>x</unknown:thing><dc:creator>"),
        ('<?xml version="1.0" encoding="UTF-8"?>', '\ufeff\r\n  <?xml version="1.0" encoding="UTF-8"?>'),
        ('<?xml version="1.0" encoding="UTF-8"?>', '<br />\n<b>Warning</b>: x <?xml version="1.0" encoding="UTF-8"?>'),
        ('<?xml version="1.0" encoding="UTF-8"?>', ""),
    ],
)
def test_a_feed_that_is_no_xml_is_read_all_the_same(good: str, bad: str) -> None:
    text = RSS.format(items=FULL)
    assert good in text

    (item,) = read(text.replace(good, bad))

    assert item.title.replace("\ufffd", "").split() == ["Water", "&", "soil:", "both", "measured"]
    assert (item.link, item.key) == ("https://agency.example/2024/water", "agency-1042")
    assert item.body == rss(FULL)[0].body


def test_an_entry_that_is_cut_off_is_not_told_as_if_it_were_whole() -> None:
    second = FULL.replace("1042", "1043")
    text = RSS.format(items=FULL + second)

    items = read(text[: text.rindex("Levels fell")])

    assert items == rss(FULL)


def test_a_feed_that_is_cut_off_in_its_first_entry_has_none() -> None:
    text = RSS.format(items=FULL)

    with pytest.raises(NothingFound, match="has no entries"):
        read(text[: text.index("Levels")])


@pytest.mark.parametrize(
    ("charset", "declared", "header"),
    [
        ("utf-8", "iso-8859-1", "text/xml; charset=iso-8859-1"),
        ("utf-8", "utf-8", "text/xml; charset=us-ascii"),
        ("utf-8", "utf-8", "text/xml"),
        ("cp1252", "utf-8", "text/xml"),
        ("cp1252", "iso-8859-1", "application/rss+xml; charset=utf-8"),
        ("cp1252", "windows-1252", "application/xml"),
        ("utf-16", "utf-16", "application/xml"),
    ],
)
def test_a_charset_is_the_one_in_which_the_text_reads(charset: str, declared: str, header: str) -> None:
    text = RSS.format(items=FULL.replace("Water", "Größe – das „Wasser“")).replace("UTF-8", declared)

    (item,) = read(text.encode(charset), header)

    assert item.title == "Größe – das „Wasser“ & soil: both measured"


def test_a_text_that_was_cut_inside_a_character_makes_no_other_charset_of_the_feed() -> None:
    text = RSS.format(items=FULL.replace("Water", "Größe").replace("Ada", "Åda"))
    data = text.encode().replace(b"year.", "yeä".encode()[:-1])

    (item,) = read(data)

    assert item.title.startswith("Größe & soil")


# What is no feed


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<!doctype html><html><head><title>Not found</title></head><body><p>Sorry.</p></body></html>",
        "<html><body><pre><rss version='2.0'><channel></channel></rss></pre></body></html>",
        "<!doctype html><title>Feeds</title><p>Write <rss version='2.0'> first.",
        "<!-- <rss> --><p>Moved</p>",
        "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>https://agency.example/</loc></url></urlset>",
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><Person/></rdf:RDF>",
        "<feed><product>5</product></feed>",
        "{}",
        '{"version": "https://jsonfeed.org/version/1.1"}',
        '{"items": [{"id": 1}]}',
        '{"version": "https://jsonfeed.org/version/1.1", "items": [',
        '{"version": ' * 100_000,
        b"%PDF-1.7 <rss>",
    ],
)
def test_what_is_no_feed_is_refused_with_a_hint_and_not_recognised(body: str | bytes) -> None:
    assert not recognised(body, "application/rss+xml")

    with pytest.raises(NotUnderstood) as caught:
        read(body)

    assert caught.value.hint


@pytest.mark.parametrize("body", [RSS.format(items=FULL), RSS.format(items=""), RSS_091, RDF, ATOM, json.dumps(JSON)])
def test_a_feed_is_recognised_by_its_body_whatever_its_type(body: str) -> None:
    assert recognised(body, "text/html")
    assert recognised("\ufeff\n" + body, "text/plain")


@pytest.mark.parametrize("body", [RSS.format(items=""), json.dumps(JSON | {"items": []})])
def test_a_feed_without_entries_found_nothing(body: str) -> None:
    with pytest.raises(NothingFound, match=r"has no entries \(200, 0 KB\)") as caught:
        read(body)

    assert caught.value.hint


# Hostile ones


def test_a_billion_laughs_are_not_laughed() -> None:
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = RSS.format(items=FULL.replace("Water", "&l9;Water")).partition("?>")[2]

    (item,) = read(f'<!DOCTYPE rss [<!ENTITY l0 "ha">{bomb}]>{text}')

    assert len(item.title) < 100


def test_a_file_is_not_read_by_way_of_an_entity() -> None:
    text = RSS.format(items=FULL.replace("Water", "&file;Water")).partition("?>")[2]

    (item,) = read(f'<!DOCTYPE rss [<!ENTITY file SYSTEM "{__file__}">]>{text}')

    assert "billion" not in item.title


def test_an_entry_nested_past_all_reason_costs_no_other() -> None:
    deep = f"<item><title>Deep</title><link>/deep</link><description>{'&lt;div&gt;' * 6000}x</description></item>"

    items = rss(deep, FULL)

    assert titles(items) == ["Deep", "Water & soil: both measured"]


def test_of_a_feed_of_many_megabytes_the_words_are_kept() -> None:
    long = FULL.replace("</ul>", f"</ul><p>{'Dry years are many. ' * 50_000}</p>")

    first, _ = rss(FULL, long)

    assert first.body == "Levels fell by two metres.\n\nData"


def test_a_feed_of_more_tags_than_any_has_is_refused() -> None:
    with pytest.raises(NotUnderstood, match="more than 1,000,000 tags") as caught:
        rss("<a>" * 500_000 + "</a>" * 500_000)

    assert caught.value.hint


def test_five_thousand_entries_are_read_in_order() -> None:
    many = (f"<item><title>T{n}</title><link>/{n}</link></item>" for n in range(5_000))

    items = rss(*many)

    assert len(items) == 5_000
    assert (items[0].title, items[-1].link) == ("T0", "https://agency.example/4999")


# The whole job


class Paper:
    """A feed on a server of its own, and a newsroom that watches it."""

    def __init__(self, newsroom: Newsroom, server: RawServer) -> None:
        self.newsroom, self.server = newsroom, server
        newsroom.configure('kind = "feed"', url=server.url("/feed.xml"))
        self.items = [self.item(n) for n in range(5)]

    def item(self, n: int) -> str:
        return (
            FULL.replace("1042", str(n)).replace("2024/water", f"2024/{n}").replace("Water &amp;amp; soil", f"No. {n}")
        )

    def check(self) -> list[str]:
        """What one check did, in order."""
        body = RSS.format(items="".join(self.items))
        self.server.scripts["/feed.xml"] = reply(body.encode(), content_type="application/rss+xml")
        swept: Swept = self.newsroom.check()
        assert isinstance(swept.checked.outcome, Found), swept.checked.outcome
        return [change.kind for change in swept.checked.outcome.changes]


@pytest.fixture
def paper(newsroom: Newsroom) -> Iterator[Paper]:
    with RawServer({}) as server:
        yield Paper(newsroom, server)


def test_a_first_look_is_quiet_and_a_new_entry_is_told_once(paper: Paper) -> None:
    first = paper.check()
    paper.items.insert(0, paper.item(9))
    second = paper.check()
    paper.items.pop()
    third = paper.check()

    assert (first, second, third) == (["stock"] * 5, ["new"], [])
    assert paper.newsroom.mails == ["No. 9: both measured"]
    record = paper.newsroom.records["2024-05-14-no.-9-both-measured.md"].decode()
    assert "Levels fell by **two** metres." in record
    assert paper.newsroom.feed.count(b"<entry>") == 6


def test_an_entry_that_changes_its_link_and_keeps_its_id_is_told_to_nobody(paper: Paper) -> None:
    paper.check()

    paper.items = [item.replace("2024/", "archive/2024/") for item in paper.items]

    assert paper.check() == ["touched"] * 5
    assert paper.newsroom.mails == []


def test_a_file_goes_from_the_feed_to_the_record_and_into_our_feed(paper: Paper) -> None:
    paper.items.append(EPISODES)
    paper.check()

    record = next(data.decode() for data in paper.newsroom.records.values() if b"Episode 1" in data)
    link = '<link rel="enclosure" href="{}" type="audio/mpeg" length="123456"/>'
    assert "enclosures:\n- url: " in record
    assert "  type: audio/mpeg\n  length: 123456\n" in record
    assert link.format(f"{paper.server.url('')}/audio/1.mp3") in paper.newsroom.feed.decode()


@pytest.mark.parametrize(
    ("head", "pause"),
    [
        ("<ttl>120</ttl>", timedelta(hours=2)),
        ("<ttl> 0 </ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", None),
        ("<item><title>An item</title><ttl>120</ttl></item>", None),
        ("", None),
    ],
)
def test_a_feed_may_ask_to_be_read_seldom(head: str, pause: timedelta | None) -> None:
    assert feed.pause(Response(url=URL, body=RSS.format(items=head).encode())) == pause


def test_a_feed_is_not_read_sooner_than_it_asks_and_by_hand_at_any_time(newsroom: Newsroom) -> None:
    body = RSS.format(items=f"<ttl>120</ttl>{FULL}").encode()
    with RawServer({"/feed.xml": lambda asked: reply(body, etag='"1"')}) as server:
        newsroom.configure('kind = "feed"\n', url=server.url("/feed.xml"))

        first, again = newsroom.check(), newsroom.check()

        assert first.checked.due_at == newsroom.now - timedelta(minutes=30) + timedelta(hours=2)
        assert again.checked.due_at == newsroom.now + timedelta(hours=2)
        with newsroom.app() as app:
            assert app.due() == []
            newsroom.now += timedelta(hours=2)
            assert app.due() == ["press"]
