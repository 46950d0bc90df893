"""The folder of feeds as a whole: what is in it, what a check costs it, and what feed readers make of it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from lxml import etree
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests import atomcheck, htmlcheck, jsonfeedcheck
from tests.conftest import DRUPAL, Newsroom
from tests.contracts.world import found
from tests.e2e.test_folder import put
from watcher.demo import LISTING, Mailbox
from watcher.feeds.forms import forms as in_forms
from watcher.model import Change, Entry, Notice
from watcher.publish import records
from watcher.web.feeds import feeds_app
from watcher.web.server import serve

ATOM = "{http://www.w3.org/2005/Atom}"
BASE = "https://watch.example/"
OTHER = f'\n[watch.other]\nlabel = "The Other"\nurl = "{{url}}"\n{DRUPAL}'


def settle(newsroom: Newsroom, *, base_url: str = BASE, hubs: str = "[]", watch: str = "", more: str = "") -> None:
    newsroom.configure(f'{DRUPAL}records = "content/news"\n{watch}' + more.format(url=newsroom.site.listing))
    config = newsroom.home.config
    config.write_text(f'base_url = "{base_url}"\nhubs = {hubs}\n{config.read_text()}')


def sweep(newsroom: Newsroom) -> None:
    """Every watch is checked once, as `watcher check` does it."""
    newsroom.now += timedelta(minutes=30)
    with newsroom.app() as app, app.locked():
        list(app.sweep(list(app.config.watches.values())))


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Bytes and mtime of each file, by its name in the folder."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}


def changed(before: dict[str, tuple[bytes, int]], after: dict[str, tuple[bytes, int]]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def titles(path: Path) -> list[str]:
    return [str(each.text) for each in etree.parse(path).getroot().iterfind(f"{ATOM}entry/{ATOM}title")]


def archive(newsroom: Newsroom, many: int) -> Path:
    """So many records that were there before the first check; the folder that they are in."""
    folder = newsroom.home.folder / "content/news"
    for n in range(many):
        day = date(2011, 1, 1) + timedelta(days=n)
        put(folder / f"{day}-sb{n:04}.md", f"title: Earlier {n}\ndate: {day}\nurl: {LISTING}/sb{n:04}\n", f"Of {n}.\n")
    return folder


def test_a_check_writes_every_form_of_a_feed_and_the_lists_of_them(newsroom: Newsroom) -> None:
    settle(newsroom)

    sweep(newsroom)

    feeds = newsroom.home.feeds
    forms = {f"{name}{form}" for name in ("press", "all", "health") for form in (".xml", ".json", "/index.html")}
    assert state(feeds).keys() == forms | {"feed.css", "feeds.opml", "index.html"}
    assert [fault for path in feeds.rglob("*.xml") for fault in atomcheck.problems(path.read_bytes())] == []
    assert [fault for path in feeds.rglob("*.json") for fault in jsonfeedcheck.problems(path.read_bytes())] == []
    assert [fault for path in feeds.rglob("*.html") for fault in htmlcheck.problems(path.read_bytes())] == []
    assert titles(feeds / "press.xml") == titles(feeds / "all.xml")
    assert [item["title"] for item in json.loads((feeds / "press.json").read_bytes())["items"]] == titles(
        feeds / "press.xml"
    )
    assert f'xmlUrl="{BASE}feeds/press.xml"' in (feeds / "feeds.opml").read_text()


def test_a_check_that_finds_nothing_new_writes_nothing(newsroom: Newsroom) -> None:
    archive(newsroom, 60)
    settle(newsroom, more=OTHER)
    sweep(newsroom)
    before, notes = state(newsroom.home.feeds), state(newsroom.home.state / "feeds")

    sweep(newsroom)

    assert changed(before, state(newsroom.home.feeds)) == set()
    assert changed(notes, state(newsroom.home.state / "feeds")) == set()
    assert len(before) > 10


def test_what_is_lost_or_damaged_is_written_again_as_it_was(newsroom: Newsroom) -> None:
    archive(newsroom, 60)
    settle(newsroom)
    sweep(newsroom)
    before = state(newsroom.home.feeds)
    for name in ("press.json", "press/archive/0001.xml", "index.html"):
        (newsroom.home.feeds / name).unlink()
    (newsroom.home.feeds / "press.xml").write_text("damaged")
    shutil.rmtree(newsroom.home.feeds / "health")

    sweep(newsroom)

    after = state(newsroom.home.feeds)
    assert {name: data for name, (data, _) in after.items()} == {name: data for name, (data, _) in before.items()}


def test_notes_that_are_lost_cost_nothing_but_time(newsroom: Newsroom) -> None:
    settle(newsroom)
    sweep(newsroom)
    before = state(newsroom.home.feeds)
    (newsroom.home.state / "feeds/press.json").unlink()
    (newsroom.home.state / "feeds/all.json").write_text("[")

    sweep(newsroom)

    assert changed(before, state(newsroom.home.feeds)) == set()


def test_the_feed_and_its_archive_hold_every_record(newsroom: Newsroom) -> None:
    archive(newsroom, 163)
    settle(newsroom)

    sweep(newsroom)

    pages = sorted((newsroom.home.feeds / "press/archive").iterdir())
    held = {title for path in [newsroom.home.feeds / "press.xml", *pages] for title in titles(path)}
    assert [path.name for path in pages] == ["0001.xml", "0002.xml", "0003.xml"]
    assert [len(titles(path)) for path in pages] == [50, 50, 50]
    assert len(held) == 173
    assert [fault for path in pages for fault in atomcheck.problems(path.read_bytes())] == []
    assert b"press/archive/0003.xml" in newsroom.feed


def test_a_full_page_changes_only_with_its_own_records(newsroom: Newsroom) -> None:
    folder = archive(newsroom, 163)
    settle(newsroom)
    sweep(newsroom)
    before = state(newsroom.home.feeds / "press/archive")

    newsroom.office.publish("News", slug="pf0999")
    newsroom.office.edit("jy0781", title="READOUT: Corrected")
    sweep(newsroom)
    untouched = state(newsroom.home.feeds / "press/archive")
    edited, deleted = sorted(folder.glob("2011-*"))[60], sorted(folder.glob("2011-*"))[120]
    edited.write_text(edited.read_text().replace("title: Earlier 60", "title: My Words"))
    deleted.unlink()
    sweep(newsroom)

    after = state(newsroom.home.feeds / "press/archive")
    assert changed(before, untouched) == set()
    assert changed(before, after) == {"0002.xml", "0003.xml"}
    assert "My Words" in titles(newsroom.home.feeds / "press/archive/0002.xml")
    assert len(titles(newsroom.home.feeds / "press/archive/0003.xml")) == 49


def test_of_an_archive_only_what_changed_is_read(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    archive(newsroom, 263)
    settle(newsroom, watch="entries = 5\n")
    sweep(newsroom)
    read: list[str] = []

    def reading(data: bytes, path: Path, *rest: object) -> Entry | None:
        read.append(path.name)
        return rendered(data, path, *rest)

    rendered = records._rendered
    monkeypatch.setattr(records, "_rendered", reading)
    sweep(newsroom)
    nothing = list(read)
    newsroom.office.publish("News", slug="pf0999")
    sweep(newsroom)

    assert nothing == []
    assert 0 < len(set(read)) < 110  # the feed's, and the latest of all; not 274


def test_a_draft_made_of_a_record_makes_room_for_another(newsroom: Newsroom) -> None:
    folder = archive(newsroom, 20)
    settle(newsroom, watch="entries = 12\n")
    sweep(newsroom)
    before = titles(newsroom.home.feeds / "press.xml")
    for record in sorted(folder.glob("2022-*"))[-3:]:
        record.write_text(record.read_text().replace("draft: false", "draft: true"))

    sweep(newsroom)

    # No archive page is full yet: the feed holds all of them.
    assert len(before) == 30
    assert len(titles(newsroom.home.feeds / "press.xml")) == 27


def test_an_item_that_two_watches_list_comes_once_where_all_are(newsroom: Newsroom) -> None:
    settle(newsroom, more=OTHER)

    sweep(newsroom)

    feeds = newsroom.home.feeds
    assert (
        sorted(titles(feeds / "all.xml")) == sorted(titles(feeds / "press.xml")) == sorted(titles(feeds / "other.xml"))
    )
    assert (feeds / "feeds.opml").read_text().count("<outline ") == 2


def test_where_one_watch_has_no_whole_record_of_an_item_the_other_tells_it_where_all_are(newsroom: Newsroom) -> None:
    settle(newsroom, more=OTHER)
    sweep(newsroom)
    feeds = newsroom.home.feeds
    [broken] = (newsroom.home.state / "records/other").glob("*jy0781.md")
    [whole] = (newsroom.home.folder / "content/news").glob("*jy0781.md")
    before = titles(feeds / "all.xml")

    broken.write_text("---\ntitle: [broken\n---\n")
    sweep(newsroom)
    told = titles(feeds / "all.xml")
    whole.write_text(re.sub("(?m)^title: .*", "title: Edited since", whole.read_text(), count=1))
    sweep(newsroom)

    assert len(titles(feeds / "other.xml")) == len(before) - 1
    assert told == before
    assert "Edited since" in titles(feeds / "all.xml")


def test_a_pipe_in_the_place_of_a_feed_is_waited_for_by_nobody(newsroom: Newsroom) -> None:
    settle(newsroom, more=OTHER)
    sweep(newsroom)
    feed = newsroom.home.feeds / "press.xml"
    feed.unlink()
    os.mkfifo(feed)
    newsroom.office.publish("While It Is a Pipe")

    sweep(newsroom)

    assert "While It Is a Pipe" in titles(newsroom.home.feeds / "all.xml")
    assert "feeds/press.xml" not in (newsroom.home.feeds / "feeds.opml").read_text()


def test_each_tag_has_a_feed_that_stays_when_nothing_bears_it_any_more(newsroom: Newsroom) -> None:
    folder = newsroom.home.folder / "content/news"
    settle(newsroom)
    newsroom.check()
    edit(newsroom, tags=("C++", "Foreign Affairs"))
    tags = newsroom.home.feeds / "tag"
    there = {path.stem for path in tags.glob("*.xml")}
    assert there == {"foreign-affairs", "c-cedb1b"}
    assert len(titles(tags / "foreign-affairs.xml")) == 1
    assert (tags / "foreign-affairs/index.html").exists()
    [record] = folder.glob("*jy0781.md")
    record.unlink()
    newsroom.check()
    assert titles(tags / "foreign-affairs.xml") == []
    assert atomcheck.problems((tags / "foreign-affairs.xml").read_bytes()) == []
    assert "foreign-affairs" not in (newsroom.home.feeds / "index.html").read_text()


def test_where_versions_are_released_the_feed_of_security_stands_before_it_has_an_entry(newsroom: Newsroom) -> None:
    settle(newsroom)
    newsroom.check()
    before = (newsroom.home.feeds / "tag").exists()

    edit(newsroom, version="2.4.1")

    tag = newsroom.home.feeds / "tag"
    assert not before
    assert [path.name for path in tag.glob("*.xml")] == ["security.xml"]
    assert titles(tag / "security.xml") == []
    assert atomcheck.problems((tag / "security.xml").read_bytes()) == []
    assert "security" not in (newsroom.home.feeds / "index.html").read_text()


def edit(newsroom: Newsroom, **more: Any) -> None:
    """An edit of one item, as a source of another kind would find it."""
    with newsroom.app() as app:
        (seen,) = [seen for _, seen in app.store.items() if "jy0781" in seen.slug]
        known = app.store.known("press")
        item = replace(seen.item, **more)
        change = Change(kind="edited", seen=replace(seen, item=item, digest="other", revision=1))
        app.store.commit(
            known, found(change), spec=known.spec, due_at=newsroom.now, now=newsroom.now, took=timedelta(0)
        )
    with newsroom.app() as app, app.locked():
        app.publish(app.config.watches["press"])


def test_the_health_of_watches_is_a_feed_of_its_own(newsroom: Newsroom) -> None:
    settle(
        newsroom, more='\n[watch.hidden]\nprivate = true\nurl = "https://hidden.example/"\nitem = "li"\ntitle = "a"\n'
    )
    sweep(newsroom)
    quiet = state(newsroom.home.feeds)
    trouble = [
        Notice(
            event=f"{name}/health/1", at=newsroom.now, title=f"{name} has failed", text="https://a.example/\nit is so"
        )
        for name in ("press", "hidden")
    ]
    with newsroom.app() as app, app.locked():
        known, body = app.store.known("press"), app.store.last_body("press")
        assert body
        app.store.commit(
            known,
            found(response=body, listed=known.listed),
            spec=known.spec,
            due_at=newsroom.now,
            now=newsroom.now,
            took=timedelta(0),
            notices=trouble,
        )

    after = state(newsroom.home.feeds)
    assert changed(quiet, after) == {"health.xml", "health.json", "health/index.html", "index.html"}
    assert titles(newsroom.home.feeds / "health.xml") == ["press has failed"]
    assert newsroom.site.listing.encode() in after["health.xml"][0]


def test_a_private_feed_stands_where_nobody_can_guess_and_in_no_list(newsroom: Newsroom) -> None:
    settle(newsroom)
    sweep(newsroom)
    public = newsroom.feed
    settle(newsroom, watch="private = true\n")

    sweep(newsroom)
    first = state(newsroom.home.feeds)
    sweep(newsroom)

    [path] = [name for name in first if name.endswith("/press.xml")]
    token = path.partition("/")[0]
    assert len(token) == 40
    assert f"{BASE}feeds/{path}".encode() in first[path][0]
    assert changed(first, state(newsroom.home.feeds)) == set()
    others = b"".join(data for name, (data, _) in first.items() if token not in name)
    assert not (newsroom.home.feeds / "press.xml").exists()
    assert token.encode() not in others
    assert b"READOUT" not in others
    assert newsroom.site.listing.encode() not in others
    settle(newsroom)
    sweep(newsroom)
    assert newsroom.feed == public
    assert not (newsroom.home.feeds / token).exists()


def test_a_private_feed_keeps_its_address_for_as_long_as_its_state_is_kept(newsroom: Newsroom) -> None:
    settle(newsroom, watch="private = true\n")
    sweep(newsroom)
    before = state(newsroom.home.feeds)
    [address] = [name for name in before if name.endswith("/press.xml")]

    shutil.rmtree(newsroom.home.feeds)
    sweep(newsroom)
    rebuilt = state(newsroom.home.feeds)
    newsroom.home.secret.unlink()
    sweep(newsroom)

    assert {name: data for name, (data, _) in rebuilt.items()} == {name: data for name, (data, _) in before.items()}
    others = {str(path.relative_to(newsroom.home.feeds)) for path in newsroom.home.feeds.glob("*/press.xml")}
    assert others > {address}  # with another secret it has another


def test_hubs_are_named_in_every_feed_that_has_an_address(newsroom: Newsroom) -> None:
    settle(newsroom, hubs='["https://hub.example/"]')

    sweep(newsroom)

    for name in ("press", "all"):
        assert b'rel="hub" href="https://hub.example/"' in (newsroom.home.feeds / f"{name}.xml").read_bytes()


def test_a_fault_in_what_stands_over_all_watches_costs_nothing_else(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> bytes:
        raise ZeroDivisionError("a list that nobody thought of")

    monkeypatch.setattr("watcher.feeds.index.index", broken)
    newsroom.check()
    newsroom.office.publish("Told All the Same", slug="pf0999")
    newsroom.check()

    assert newsroom.mails == ["Told All the Same"]
    assert "Told All the Same" in titles(newsroom.home.feeds / "press.xml")
    assert "a list that nobody thought of" in caplog.text


# Readers


#: A reader that fetches a feed 10,000 times, and says how often it got what.
FETCHES = """
import collections, hashlib, http.client, json, sys
connection, got = http.client.HTTPConnection(sys.argv[1]), collections.Counter()
for _ in range(10_000):
    connection.request("GET", "/feeds/press.xml")
    answer = connection.getresponse()
    got[f"{answer.status} {hashlib.sha256(answer.read()).hexdigest()}"] += 1
print(json.dumps(got))
"""


class Heard:
    """What a server was asked, and how it answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.answers: list[tuple[str, int]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def heard(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.answers.append((scope["path"], message["status"]))
            await send(message)

        await self.app(scope, receive, heard)


@contextmanager
def served(newsroom: Newsroom) -> Iterator[tuple[str, Heard]]:
    heard = Heard(feeds_app(newsroom.home.feeds))
    server = serve(heard, "127.0.0.1", 0)
    server.start()
    try:
        yield server.url, heard
    finally:
        server.stop()


def rounds(newsroom: Newsroom) -> Iterator[int]:
    """Five times eight new releases."""
    for number in range(5):
        for n in range(8):
            newsroom.office.publish(f"Round {number}, Release {n}", slug=f"pf1{number}{n:02}")
        sweep(newsroom)
        yield number


def reader(newsroom: Newsroom, *command: str) -> str:
    env = {"HOME": str(newsroom.home.folder), "PATH": os.environ["PATH"], "no_proxy": "*", "LC_ALL": "C.UTF-8"}
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.skipif(not shutil.which("newsboat"), reason="newsboat is not installed")
def test_newsboat_shows_every_release_once(newsroom: Newsroom) -> None:
    folder = newsroom.home.folder
    with served(newsroom) as (url, heard):
        settle(newsroom, base_url=url)
        sweep(newsroom)
        (folder / "urls").write_text(f"{url}/feeds/press.xml\n")
        (folder / "config").write_text("use-proxy no\n")
        boat = ["newsboat", "-q", "-u", f"{folder}/urls", "-c", f"{folder}/cache.db", "-C", f"{folder}/config", "-x"]
        reader(newsroom, *boat, "reload")
        for _ in rounds(newsroom):
            reader(newsroom, *boat, "reload")
        heard.answers.clear()
        reader(newsroom, *boat, "reload")
        unread = reader(newsroom, *boat, "print-unread")

    with closing(sqlite3.connect(folder / "cache.db")) as cache:
        shown = [title for (title,) in cache.execute("SELECT title FROM rss_item")]
    assert unread.split()[0] == "50"  # ten were there before
    assert len([title for title in shown if title.startswith("Round ")]) == 40
    assert len(set(shown)) == len(shown) == 50
    assert heard.answers == [("/feeds/press.xml", 304)]


@pytest.mark.skipif(not shutil.which("r2e"), reason="rss2email is not installed")
def test_rss2email_mails_every_release_once(newsroom: Newsroom) -> None:
    folder = newsroom.home.folder
    with served(newsroom) as (url, heard), Mailbox() as box:
        settle(newsroom, base_url=url)
        sweep(newsroom)
        mail = ["r2e", "-c", f"{folder}/r2e.cfg", "-d", f"{folder}/r2e.json"]
        reader(newsroom, *mail, "new", "me@example.org")
        config = (folder / "r2e.cfg").read_text().replace("email-protocol = sendmail", "email-protocol = smtp")
        (folder / "r2e.cfg").write_text(re.sub("(?m)^smtp-server = .*", f"smtp-server = {box.address}", config))
        reader(newsroom, *mail, "add", "press", f"{url}/feeds/press.xml")
        reader(newsroom, *mail, "run")
        for _ in rounds(newsroom):
            reader(newsroom, *mail, "run")
        subjects = [str(message["Subject"]) for message in box.messages]
        heard.answers.clear()
        reader(newsroom, *mail, "run")

    assert len([subject for subject in subjects if "Round " in subject]) == 40
    assert len(set(subjects)) == len(subjects) == 50
    assert len(box.messages) == 50
    assert heard.answers == [("/feeds/press.xml", 304)]


def test_a_feed_that_is_made_again_and_again_is_never_empty_torn_or_missing(newsroom: Newsroom) -> None:
    sweep(newsroom)
    with newsroom.app() as app:
        shelf, watch = app.shelf, app.config.watches["press"]
        feed = replace(shelf.feed(watch), updated=datetime(2026, 11, 22, tzinfo=UTC))
    entries = [
        Entry(id=f"urn:x:{n}", title="T", link="", published=feed.updated, updated=feed.updated, summary=f"{n}" * 9000)
        for n in range(2)
    ]
    forms = set()
    for entry in entries:
        shelf.write(feed, [in_forms(entry, feed)])
        forms.add(hashlib.sha256((newsroom.home.feeds / "press.xml").read_bytes()).hexdigest())
    turns = sys.getswitchinterval()
    sys.setswitchinterval(0.0001)  # else the server waits for the writer, 5 ms at a time

    with (
        served(newsroom) as (url, _),
        subprocess.Popen([sys.executable, "-c", FETCHES, urlsplit(url).netloc], stdout=subprocess.PIPE) as fetching,
    ):
        for n in range(500):
            shelf.write(feed, [in_forms(entries[n % 2], feed)])
        told, _ = fetching.communicate()
    sys.setswitchinterval(turns)

    answers = json.loads(told)
    assert sum(answers.values()) == 10_000
    assert set(answers) == {f"200 {form}" for form in forms}


def test_a_feed_answers_while_the_database_is_locked(newsroom: Newsroom) -> None:
    sweep(newsroom)
    with served(newsroom) as (url, _), closing(sqlite3.connect(newsroom.home.database)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")

        answer = httpx.get(f"{url}/feeds/press.xml", trust_env=False, timeout=5)

    assert answer.content == newsroom.feed
