"""The checks that the feeds are held against refuse what the standards forbid."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests import atomcheck, htmlcheck, jsonfeedcheck

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0">
<id>urn:x:feed</id><title>Feed</title><updated>2026-11-22T13:16:46Z</updated><author><name>Jo</name></author>
<link rel="self" href="https://watch.example/a.xml"/><!--feed-->
<entry><id>urn:x:1</id><title>One</title><updated>2026-11-22T13:16:46Z</updated>
<link href="https://agency.example/1"/><content>text</content><!--entry--></entry></feed>"""

JSON: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Feed",
    "items": [{"id": "1", "content_text": "text", "date_published": "2026-11-22T13:16:46Z"}],
}

HTML = """<!DOCTYPE html><html lang="en"><head><title>Feed</title></head>
<body><main><h1>Feed</h1><ul><li><li>a</ul><p>text</p></main></body></html>"""


def test_what_is_right_passes() -> None:
    assert atomcheck.problems(ATOM.encode()) == []
    assert jsonfeedcheck.problems(json.dumps(JSON).encode()) == []
    assert htmlcheck.problems(HTML.encode()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</feed>", ""),
        ("<id>urn:x:1</id>", ""),
        ("<id>urn:x:1</id>", "<id>one</id>"),
        ("<id>urn:x:1</id>", "<id>urn:x:feed</id>"),
        ("<title>One</title>", "<title> </title>"),
        ("<title>One</title>", "<title>One</title><title>Two</title>"),
        ("<title>One</title>", "<title><b>One</b></title>"),
        ("<title>One</title>", '<title type="CDATA">One</title>'),
        ("<updated>2026-11-22T13:16:46Z</updated>\n", "<updated>2026-11-22</updated>\n"),
        ("<updated>2026-11-22T13:16:46Z</updated>\n", "<updated>2026-11-22T13:16:46</updated>\n"),
        ("<updated>2026-11-22T13:16:46Z</updated>\n", "<updated>2026-02-30T13:16:46Z</updated>\n"),
        ("<author><name>Jo</name></author>", ""),
        ("<name>Jo</name>", "<name/>"),
        ("<name>Jo</name>", "<name>Jo</name><uri>a b</uri>"),
        ('href="https://agency.example/1"', ""),
        ('href="https://agency.example/1"', 'href="https://agency.example/ü"'),
        ('href="https://agency.example/1"', 'href="https://agency.example/1" length="many"'),
        ('href="https://agency.example/1"', 'href="https://agency.example/1" type="page"'),
        ("<!--entry-->", '<link href="https://agency.example/2"/>'),
        ("<!--entry-->", "<category/>"),
        ("<!--entry-->", "loose words"),
        ("<!--entry-->", "<subtitle>x</subtitle>"),
        ("<content>text</content>", '<content type="xhtml">text</content>'),
        ("<content>text</content>", '<content type="xhtml"><div xmlns="urn:y"/></content>'),
        ("<content>text</content>", '<content type="image/png">iVBO</content>'),
        ("<content>text</content>", '<content src="https://agency.example/p.png"/>'),
        ('<link href="https://agency.example/1"/><content>text</content>', ""),
        ("<!--feed-->", "<fh:archive/>"),
        ("<!--feed-->", '<link rel="current" href="https://watch.example/b.xml"/>'),
        ("<!--feed-->", '<link rel="next-archive" href="https://watch.example/b.xml"/>'),
        ("<!--feed-->", '<link rel="self" href="https://watch.example/b.xml"/>'),
        ('<link rel="self"', '<link rel="hub"'),
    ],
)
def test_a_fault_of_an_atom_feed_is_found(old: str, new: str) -> None:
    assert old in ATOM

    assert atomcheck.problems(ATOM.replace(old, new).encode()) != []


@pytest.mark.parametrize(
    "change",
    [
        {"version": "https://jsonfeed.org/version/1"},
        {"title": None},
        {"home_page_url": "agency.example"},
        {"extra": 1},
        {"authors": [{}]},
        {"hubs": [{"url": "https://hub.example/"}]},
        {"items": [{"id": "1"}]},
        {"items": [{"id": 1, "content_text": ""}]},
        {"items": [JSON["items"][0], JSON["items"][0]]},
        {"items": [JSON["items"][0] | {"date_modified": "22 November 2026"}]},
        {"items": [JSON["items"][0] | {"date_modified": "2026-02-30T00:00:00Z"}]},
        {"items": [JSON["items"][0] | {"url": "javascript:alert(1)"}]},
        {"items": [JSON["items"][0] | {"tags": [""]}]},
        {"items": [JSON["items"][0] | {"attachments": [{"url": "https://agency.example/a"}]}]},
        {"_extension": float("nan")},
    ],
)
def test_a_fault_of_a_json_feed_is_found(change: dict[str, Any]) -> None:
    assert jsonfeedcheck.problems(json.dumps(JSON | change).encode()) != []


@pytest.mark.parametrize("data", [b"", b"[]", b'{"a": "\xff"}'])
def test_what_is_no_json_feed_at_all_is_found(data: bytes) -> None:
    assert jsonfeedcheck.problems(data) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<!DOCTYPE html>", ""),
        (' lang="en"', ""),
        ("<title>Feed</title>", "<title></title>"),
        ("<p>", "<p onclick='x'>"),
        ("<p>", "<p style='x'>"),
        ("text", "<script>x</script>"),
        ("text", "<img src='https://agency.example/p.png'>"),
        ("text", "<a href='javascript:alert(1)'>x</a>"),
        ("text", "<a href='java&#9;script:alert(1)'>x</a>"),
        ("text", "<a href='//agency.example/ '>x</a>"),
        ("text", "</main>"),
        ("text", "<b>"),
        ("text", "\x00"),
        ("text", "<i id=a></i><i id=a></i>"),
        ("text", "<label for=a></label>"),
        ("text", "<meta http-equiv=refresh content=0>"),
        ("</head>", "<link rel=stylesheet href=https://agency.example/a.css></head>"),
    ],
)
def test_a_fault_of_a_page_is_found(old: str, new: str) -> None:
    assert old in HTML

    assert htmlcheck.problems(HTML.replace(old, new).encode()) != []
