"""What one new entry costs in a feed of 500, against making the whole feed with feedgen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median

import lxml.etree
from feedgen.feed import FeedGenerator

from tests.benchmarks import pages
from watcher.app import App
from watcher.home import Home
from watcher.model import Get, Request, Response

ENTRIES = 500

_CONFIG = """
[watch.office]
url = "http://office.example/feed"
kind = "feed"
entries = 500
flood = 1000
"""
_TEXTS = ("id", "title", "updated", "summary", "content")
_ATOM = "{http://www.w3.org/2005/Atom}"


def measured(folder: Path, *, runs: int) -> tuple[float, float]:
    """Seconds that Watcher takes from an item that is committed to its record and feeds being there, and seconds that
    feedgen takes for as many entries of the same texts. The medians."""
    folder.mkdir(parents=True)
    (folder / "watcher.toml").write_text(_CONFIG)
    ours, whole = [], []
    with App(Home(folder=folder, config=folder / "watcher.toml")) as app:
        watch = app.config.watches["office"]
        published = app.publish
        for count in range(ENTRIES, ENTRIES + runs + 1):
            took: list[float] = []

            def publish(*arguments: object, took: list[float] = took, **named: object) -> object:
                began = time.perf_counter()
                done = published(*arguments, **named)  # type: ignore[arg-type]
                took.append(time.perf_counter() - began)
                return done

            app.publish = publish  # type: ignore[method-assign, assignment]
            app.check(watch, _answering(count))
            ours.append(sum(took))
            whole.append(_whole((folder / "feeds" / "office.xml").read_bytes()))
    return median(ours[1:]), median(whole)


def _answering(count: int) -> Get:
    def get(request: Request) -> Response:
        return Response(url=request.url, headers={"content-type": "application/atom+xml"}, body=_feed(range(count)))

    return get


def _feed(numbers: Sequence[int]) -> bytes:
    made = FeedGenerator()
    made.id("http://office.example/feed")
    made.title("News of an office")
    made.updated("2026-11-20T00:00:00Z")
    for number in numbers:
        name, teaser, _, day = pages.words(0, 0, number)
        entry = made.add_entry(order="prepend")
        entry.id(f"http://office.example/news/{number}")
        entry.link(href=f"http://office.example/news/{number}")
        entry.title(name)
        entry.updated(f"{day + timedelta(days=1)}T00:00:00Z")
        entry.summary(teaser)
    return bytes(made.atom_str())


def _whole(feed: bytes) -> float:
    """Seconds that feedgen takes to make a feed of these entries."""
    root = lxml.etree.fromstring(feed)
    texts = [{name: entry.findtext(_ATOM + name) for name in _TEXTS} for entry in root.iter(f"{_ATOM}entry")]
    began = time.perf_counter()
    made = FeedGenerator()
    made.id("http://office.example/feed")
    made.title("News of an office")
    made.updated("2026-11-20T00:00:00Z")
    for text in texts:
        entry = made.add_entry(order="append")
        entry.id(text["id"])
        entry.link(href=text["id"])
        entry.title(text["title"])
        entry.updated(text["updated"])
        entry.published(text["updated"])
        entry.summary(text["summary"])
        entry.content(text["content"] or text["summary"], type="html")
    assert len(made.atom_str()) > len(texts) * 100
    return time.perf_counter() - began
