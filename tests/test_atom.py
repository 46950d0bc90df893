from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.atomcheck import ATOM, XHTML, problems
from watcher.feeds.atom import Written, atom
from watcher.feeds.entries import entry
from watcher.model import Entry, Feed, Item, Record, Seen

NOW = datetime(2026, 11, 22, 13, 16, 46, tzinfo=UTC)
SITE = "https://home.example.gov/news/press-releases"
WASHINGTON = ZoneInfo("America/New_York")
FEED = Feed(id="urn:uuid:5b6f", title="Press releases", site=SITE, updated=NOW, address="https://w.example/feeds/a.xml")
ENTRY = Entry(
    id="urn:uuid:9d21",
    title="Fruit & <b>vegetables</b>",
    link=f"{SITE}/sb0401",
    published=NOW,
    updated=NOW,
    summary="WASHINGTON – Fruit was announced",
    html='<div xmlns="http://www.w3.org/1999/xhtml"><p>WASHINGTON – <b>Fruit</b><i>s</i></p></div>',
)
ITEM = Item(link=f"{SITE}/sb0401", title="Fruit")
SEEN = Seen(id="urn:uuid:9d21", item=ITEM, digest="", slug="sb0401", seq=1, first_seen=NOW, revised_at=NOW)
RECORD = Record(
    title="Fruit", date=date(2026, 11, 20), url="/news/press-releases/sb0401", body="WASHINGTON – **Fruit**."
)

CHARACTERS = [chr(n) for n in (*range(0x20), 0x7F, 0x85, 0xA0, 0x2028, 0x202E, 0xD800, 0xFDD0, 0xFEFF, 0xFFFE, 0x1FFFF)]
HOSTILE = [
    *CHARACTERS,
    *(
        "]]>",
        "<![CDATA[",
        "&nbsp;",
        "&#0;",
        "&lt;",
        "<!DOCTYPE a [<!ENTITY b 'c'>]>&b;",
        "<?xml version='1.0'?>",
        "<br>",
    ),
    *(
        "</div>",
        "<div>",
        "<p>",
        "</p>",
        "--",
        "<!--",
        "😀",
        "👩‍👩‍👧",
        "שלום",
        "http://",
        "https://[",
        "javascript:alert(1)",
    ),
    *("//a..b:99999/", "http://ü.example/%zz?ä#[", "mailto:a@b", "data:text/html,x", "{{<", "%", " "),
]
texts = st.lists(st.text(st.characters(), max_size=6) | st.sampled_from(HOSTILE), max_size=4).map("".join)
zones = st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12, seconds=7))])
times = st.datetimes(timezones=zones, allow_imaginary=False)
bodies = texts | texts.map(lambda text: f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div>')
entries = st.builds(
    Entry,
    id=st.sampled_from(["urn:uuid:1", "urn:uuid:2", "urn:uuid:3"]),
    title=texts,
    link=texts | texts.map("https://example.org/".__add__),
    published=times,
    updated=times,
    summary=texts,
    html=bodies,
    author=texts,
    tags=st.lists(texts, max_size=3).map(tuple),
)
feeds = st.builds(Feed, id=st.just("urn:uuid:0"), title=texts, site=texts, updated=times, address=texts, author=texts)


def test_a_feed_holds_what_its_entries_say() -> None:
    written = atom(FEED, [ENTRY])

    assert problems(written.data) == []
    assert written.left_out == ()
    assert said(written, "title") == ["Press releases", "Fruit & <b>vegetables</b>"]
    assert said(written, "updated") == ["2026-11-22T13:16:46Z", "2026-11-22T13:16:46Z"]
    assert said(written, "published") == ["2026-11-22T13:16:46Z"]
    assert said(written, "id") == ["urn:uuid:5b6f", "urn:uuid:9d21"]
    assert said(written, "summary") == ["WASHINGTON – Fruit was announced"]
    assert said(written, "name") == ["home.example.gov"]
    assert links(written) == [
        {"rel": "self", "type": "application/atom+xml", "href": "https://w.example/feeds/a.xml"},
        {"rel": "alternate", "type": "text/html", "href": SITE},
        {"rel": "alternate", "type": "text/html", "href": f"{SITE}/sb0401"},
    ]


def test_the_content_is_one_div_with_not_a_space_added() -> None:
    written = atom(FEED, [ENTRY])

    [content] = tree(written).iter(f"{ATOM}content")
    assert content.get("type") == "xhtml"
    assert [child.tag for child in content] == [f"{XHTML}div"]
    assert [child.tag for child in content[0]] == [f"{XHTML}p"]
    assert "".join(map(str, content.itertext())) == "WASHINGTON – Fruits"


def test_the_same_input_gives_the_same_bytes() -> None:
    first = atom(FEED, [ENTRY])

    second = atom(FEED, [ENTRY])

    assert first == second


def test_the_stylesheet_stands_between_declaration_and_feed() -> None:
    data = atom(FEED, []).data

    declaration, rest = data.split(b"\n", 1)
    assert declaration == b"<?xml version='1.0' encoding='UTF-8'?>"
    assert rest.startswith(b'<?xml-stylesheet type="text/css" href="feed.css"?><feed xmlns=')


def test_the_stylesheet_comes_with_the_package() -> None:
    style = files("watcher.feeds").joinpath("feed.css").read_text("utf-8")

    assert "http://www.w3.org/2005/Atom" in style


def test_entries_stay_in_the_order_given() -> None:
    several = [replace(ENTRY, id=f"urn:x:{n}", updated=NOW + timedelta(days=-n % 3)) for n in range(5)]

    written = atom(FEED, several)

    assert said(written, "id")[1:] == [each.id for each in several]


def test_without_an_address_there_is_no_self_link() -> None:
    written = atom(replace(FEED, address=""), [ENTRY])

    assert problems(written.data) == []
    assert "self" not in [link["rel"] for link in links(written)]


def test_dates_are_utc_and_whole_seconds() -> None:
    kolkata = datetime(2026, 1, 1, 0, 0, 0, 999_999, ZoneInfo("Asia/Kolkata"))

    written = atom(FEED, [replace(ENTRY, published=kolkata, updated=kolkata)])

    assert said(written, "published") == ["2025-12-31T18:30:00Z"]


def test_an_entry_that_cannot_be_written_is_left_out_and_reported() -> None:
    bad = replace(ENTRY, id="urn:x:bad", html="<div><p>open</div>")

    written = atom(FEED, [bad, ENTRY])

    assert problems(written.data) == []
    assert said(written, "id")[1:] == [ENTRY.id]
    [(id, reason)] = written.left_out
    assert id == "urn:x:bad"
    assert "it cannot be written: Opening and ending tag mismatch" in reason


def test_of_two_entries_with_one_id_the_second_is_left_out() -> None:
    written = atom(FEED, [ENTRY, replace(ENTRY, title="Again")])

    assert said(written, "title")[1:] == [ENTRY.title]
    assert written.left_out == ((ENTRY.id, "an entry before it has the same id"),)


def test_a_bad_entry_does_not_take_the_id_of_the_good_one_after_it() -> None:
    written = atom(FEED, [replace(ENTRY, html="&nbsp;"), ENTRY])

    assert said(written, "id")[1:] == [ENTRY.id]


@pytest.mark.parametrize("id", ["", "no-scheme", "urn:x:a b", "urn:x:é", "urn:x:\x00", "urn:x:%zz"])
def test_an_id_that_is_no_uri_is_left_out(id: str) -> None:
    written = atom(FEED, [replace(ENTRY, id=id)])

    assert written.left_out == ((id, "its id is no URI"),)


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ({}, ENTRY.title),
        ({"title": " \n "}, "WASHINGTON – Fruit was announced"),
        ({"title": "\x00", "summary": ""}, f"{SITE}/sb0401"),
        ({"title": "", "summary": "", "link": ""}, "Untitled"),
    ],
)
def test_an_empty_title_gets_a_sensible_text(change: dict[str, Any], title: str) -> None:
    written = atom(FEED, [replace(ENTRY, **change)])

    assert problems(written.data) == []
    assert said(written, "title")[1:] == [title]


@pytest.mark.parametrize("html", ["", " ", '<div xmlns="http://www.w3.org/1999/xhtml"> </div>'])
def test_without_html_the_content_is_the_summary(html: str) -> None:
    written = atom(FEED, [replace(ENTRY, html=html)])

    assert problems(written.data) == []
    assert said(written, "content") == [ENTRY.summary]


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "mailto:a@example.org", "http://a b/", "https://"]
)
def test_a_link_that_leads_to_no_page_is_dropped(link: str) -> None:
    written = atom(FEED, [replace(ENTRY, link=link)])

    assert problems(written.data) == []
    assert written.left_out == ()
    assert len(links(written)) == 2


def test_iris_become_uris_and_keep_their_fragments() -> None:
    written = atom(FEED, [replace(ENTRY, link="https://bücher.example/ü 1?q=ä%#größe")])

    assert problems(written.data) == []
    assert links(written)[-1]["href"] == "https://xn--bcher-kva.example/%C3%BC%201?q=%C3%A4%25#gr%C3%B6%C3%9Fe"


def test_tags_are_said_once_and_an_author_of_its_own_is_kept() -> None:
    written = atom(FEED, [replace(ENTRY, tags=("Trade", " ", "Trade", "A\nB"), author="Jo")])

    assert [each.get("term") for each in tree(written).iter(f"{ATOM}category")] == ["Trade", "A B"]
    assert said(written, "name") == ["home.example.gov", "Jo"]


def test_characters_that_xml_cannot_hold_are_lost_and_nothing_else() -> None:
    written = atom(FEED, [replace(ENTRY, summary="a\x00b\ud800c\ufffed\xa0e]]>\u202e😀")])

    assert problems(written.data) == []
    assert said(written, "summary") == ["abcd\xa0e]]>\u202e😀"]


@given(feed=feeds, entries=st.lists(entries, max_size=3))
def test_the_writer_raises_for_no_text_at_all(feed: Feed, entries: list[Entry]) -> None:
    written = atom(feed, entries)

    assert problems(written.data) == []
    assert len(said(written, "id")) - 1 + len(written.left_out) == len(entries)


@given(entry=st.builds(lambda each: replace(each, html=""), entries))
def test_no_text_but_html_costs_an_entry(entry: Entry) -> None:
    written = atom(FEED, [entry])

    assert written.left_out == ()


# --- a record as an entry


def test_an_entry_takes_its_text_from_the_record_and_its_id_from_the_store() -> None:
    record = replace(RECORD, title="Owner's title", extra={"author": "Jo", "tags": ["a", "b"]})

    made = entry(record, SEEN, site=SITE, zone=UTC)

    assert (made.id, made.title, made.author, made.tags) == (SEEN.id, "Owner's title", "Jo", ("a", "b"))
    assert made.summary == "WASHINGTON – Fruit."
    assert "<strong>Fruit</strong>" in made.html


@pytest.mark.parametrize(
    ("claimed", "published"),
    [
        (date(2026, 11, 20), datetime(2026, 11, 20, 17, tzinfo=UTC)),  # noon in Washington
        (date(2026, 11, 22), NOW),
        (date(2026, 11, 23), NOW),
        (datetime(2026, 11, 22, 9, 30, tzinfo=WASHINGTON), NOW),  # later than we saw it
        (datetime(2026, 11, 22, 8, 0, 5, 9, WASHINGTON), datetime(2026, 11, 22, 13, 0, 5, tzinfo=UTC)),
    ],
)
def test_published_is_what_the_record_claims_but_never_later_than_it_was_seen(
    claimed: date, published: datetime
) -> None:
    made = entry(replace(RECORD, date=claimed), SEEN, site=SITE, zone=WASHINGTON)

    assert made.published == published


def test_the_day_it_was_seen_is_counted_in_the_zone_of_the_watch() -> None:
    late = replace(SEEN, first_seen=datetime(2026, 11, 23, 3, tzinfo=UTC))  # still the 22nd in Washington

    made = entry(replace(RECORD, date=date(2026, 11, 22)), late, site=SITE, zone=WASHINGTON)

    assert made.published == late.first_seen


def test_updated_is_the_last_visible_change() -> None:
    revised = replace(SEEN, revised_at=NOW + timedelta(days=2, microseconds=5))

    made = entry(RECORD, revised, site=SITE, zone=UTC)

    assert made.updated == NOW + timedelta(days=2)


def test_old_stock_does_not_claim_to_be_new() -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)

    made = entry(RECORD, replace(SEEN, baseline=True, revised_at=noon), site=SITE, zone=UTC)

    assert made.published == made.updated == noon


@pytest.mark.parametrize(
    ("extra", "url", "link"),
    [
        ({}, "/news/press-releases/sb0401", "https://other.example/news/press-releases/sb0401"),
        ({"link": "https://owner.example/x#part"}, "/news/press-releases/sb0401", "https://owner.example/x#part"),
        ({"link": "javascript:x"}, "/news/press-releases/sb0401", "https://other.example/news/press-releases/sb0401"),
        ({"link": 7}, "/news/elsewhere", "https://home.example.gov/news/elsewhere"),
        ({}, "mailto:a@example.org", "https://other.example/news/press-releases/sb0401"),
    ],
)
def test_the_link_is_the_real_address_unless_the_owner_says_another(extra: Any, url: str, link: str) -> None:
    seen = replace(SEEN, item=replace(ITEM, link="https://other.example/news/press-releases/sb0401"))

    made = entry(replace(RECORD, extra=extra, url=url), seen, site=SITE, zone=UTC)

    assert made.link == link


@pytest.mark.parametrize(
    ("now", "link"),
    [
        ("https://other.example/de/p/58/", "https://other.example/de/p/58/"),
        (f"{SITE}/sb0401?id=2", f"{SITE}/sb0401"),
        (f"{SITE}/sb0402?id=2", f"{SITE}/sb0402?id=2"),
        ("about:blank", f"{SITE}/sb0401"),
    ],
)
def test_where_its_record_is_ours_an_entry_leads_to_where_the_item_is_now(now: str, link: str) -> None:
    seen = replace(SEEN, item=replace(ITEM, link=now))

    made = entry(replace(RECORD, extra={"link": f"{SITE}/sb0401"}), seen, site=SITE, zone=UTC, ours=True)

    assert made.link == link


def test_a_long_body_is_summed_up_in_300_characters() -> None:
    made = entry(replace(RECORD, body="word " * 200), SEEN, site=SITE, zone=UTC)

    assert 200 < len(made.summary) <= 300
    assert made.summary.endswith("word…")


def test_of_a_body_that_no_reader_takes_the_entry_has_the_beginning_up_to_a_lines_end() -> None:
    made = entry(replace(RECORD, body="A paragraph of some words.\n\n" * 40_000), SEEN, site=SITE, zone=UTC)

    assert 400_000 < len(made.html) < 800_000
    assert made.html.count("A paragraph") == made.html.count("some words.")
    assert "…" in made.html[-100:]


def test_without_a_body_the_content_repeats_what_the_list_said() -> None:
    seen = replace(SEEN, item=replace(ITEM, summary="Short & <sweet>"))

    made = entry(replace(RECORD, body=""), seen, site=SITE, zone=UTC)

    assert made.summary == "Short & <sweet>"
    assert made.html == (
        '<div xmlns="http://www.w3.org/1999/xhtml"><p>Short &amp; &lt;sweet&gt;</p>'
        f'<p><a href="{SITE}/sb0401">{SITE}/sb0401</a></p></div>'
    )


def test_with_a_title_alone_the_content_is_the_title_and_the_summary_is_left_to_it() -> None:
    made = entry(replace(RECORD, body=" \n"), SEEN, site=SITE, zone=UTC)

    assert made.summary == ""
    assert "<p>Fruit</p>" in made.html


def test_a_body_of_one_picture_is_a_body() -> None:
    made = entry(replace(RECORD, body="![](/chart.png)"), SEEN, site=SITE, zone=UTC)

    assert 'src="https://home.example.gov/chart.png"' in made.html


@given(
    record=st.builds(
        Record,
        title=texts,
        date=st.dates() | times,
        url=texts,
        extra=st.fixed_dictionaries({}, optional={"link": texts, "author": texts, "tags": st.lists(texts, max_size=2)}),
        body=texts,
    ),
    seen=st.builds(
        lambda link, summary, first, revised: replace(
            SEEN, item=replace(ITEM, link=link, summary=summary), first_seen=first, revised_at=revised
        ),
        texts,
        texts,
        st.datetimes(timezones=st.just(UTC)),
        st.datetimes(timezones=st.just(UTC)),
    ),
    zone=zones,
)
def test_every_record_becomes_an_entry_that_stands_in_the_feed(record: Record, seen: Seen, zone: Any) -> None:
    made = entry(record, seen, site=SITE, zone=zone)

    written = atom(FEED, [made])

    assert problems(written.data) == []
    assert written.left_out == ()
    assert made.published <= made.updated
    assert made.published <= seen.first_seen
    assert len(made.summary) <= 300


# --- the check itself


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("<feed", "<rss", "not well-formed"),
        ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#", "the root is"),
        ("<id>urn:uuid:5b6f</id>", "", "feed: 0 of id, not one"),
        ("<title>Press releases</title>", "<title>a</title><title>b</title>", "feed: 2 of title, not one"),
        ("<title>Press releases</title>", "<title/>", "feed: an empty title"),
        ("<title>Press", "<title type='text/plain'>Press", "text/plain is no type of text"),
        ("<title>Press", "<title><b/>Press", "title: text holds elements"),
        ("urn:uuid:9d21", "urn:uuid:5b6f", "2 times the id urn:uuid:5b6f"),
        ("urn:uuid:9d21", "9d21", "'9d21' is no URI"),
        ("13:16:46Z</updated>", "13:16:46</updated>", "is no date"),
        ("2026-11-22T13:16:46Z</published>", "2026-02-30T13:16:46Z</published>", "is no date"),
        ("2026-11-22T13:16:46Z</published>", "2026-11-22t13:16:46z</published>", "is no date"),
        ("<name>home.example.gov</name>", "<name> </name>", "author: an empty name"),
        ("<name>home.example.gov</name>", "", "feed: author: {}"),
        ("<author><name>home.example.gov</name></author>", "", "no author"),
        ("<published>", "<published>2026-11-22T13:16:46Z</published><published>", "entry: more than one published"),
        ("<published>", "<subtitle>x</subtitle><published>", "entry: no place for subtitle"),
        (f'href="{SITE}"', "", "link: no href"),
        (f'href="{SITE}"', 'href="https://example.org/ü"', "is no URI reference"),
        ('rel="self"', 'rel=""', "is no relation"),
        ('rel="self" type="application/atom+xml"', 'rel="alternate" type="text/html"', "two alternate links"),
        ('type="text/html"', 'type="html"', "is no media type"),
        ('type="xhtml"', 'type="CDATA"', "content: CDATA is no type"),
        ('type="xhtml"', 'type="html"', "content: html holds elements"),
        ('<content type="xhtml">', '<content type="xhtml">text', "content: text between its elements"),
        ("<div xmlns", "<div/><div xmlns", "content: not a single XHTML div"),
        ('xmlns="http://www.w3.org/1999/xhtml"', "", "content: not a single XHTML div"),
        ("<entry>", '<entry xml:lang="e n">', "is no language"),
        ("<entry>", "<entry><category/>", "category: no term"),
        ("<entry>", "<entry>text", "entry: text between its elements"),
    ],
)
def test_the_check_finds_what_is_wrong(old: str, new: str, problem: str) -> None:
    valid = atom(FEED, [ENTRY]).data.decode()

    found = problems(valid.replace(old, new).encode())

    assert old in valid
    assert [each for each in found if problem in each]


def test_the_check_asks_for_a_link_where_there_is_no_content() -> None:
    bare = atom(FEED, [replace(ENTRY, html="", link="")]).data.decode()
    bare = bare.replace(f"<content>{ENTRY.summary}</content>", "")

    found = problems(bare.encode())

    assert found == ["feed: entry: neither content nor alternate link"]


def tree(written: Written) -> etree._Element:
    return etree.fromstring(written.data)


def said(written: Written, name: str) -> list[str]:
    return [each.text or "" for each in tree(written).iter(f"{ATOM}{name}")]


def links(written: Written) -> list[dict[str, str]]:
    return [dict(each.attrib) for each in tree(written).iter(f"{ATOM}link")]  # type: ignore[arg-type]
