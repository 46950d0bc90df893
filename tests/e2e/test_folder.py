"""Records belong to their owner: those that were there before us, those edited, deleted, lost, and found again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.conftest import DRUPAL, Newsroom
from watcher import publish
from watcher.app import Swept
from watcher.cli import main
from watcher.demo import LISTING, Mailbox, PressOffice, Site
from watcher.errors import RecordError, StoreError
from watcher.model import Found, Seen
from watcher.publish.records import bring_up_to_date

ARCHIVE = f'{DRUPAL}records = "content/news"\n'
SLUG = "pf0999"
RECORD = f"2022-05-17-{SLUG}.md"
JY0781 = "2022-05-13-jy0781.md"


@dataclass(frozen=True)
class Archive:
    """A folder with 2,000 earlier records after two looks, and what both left."""

    newsroom: Newsroom
    earlier: dict[Path, tuple[bytes, int]]  # bytes and mtime (ns) before the first look
    newest: list[str]  # the titles of what may be published, the newest first
    first_feed: bytes
    first_mails: list[str]

    @property
    def folder(self) -> Path:
        return self.newsroom.home.folder / "content/news"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    office = PressOffice()
    with Site(office) as site, Mailbox() as mailbox:
        newsroom = Newsroom(tmp_path_factory.mktemp("archive"), office, site, mailbox)
        newsroom.configure(ARCHIVE)
        newest = fill(newsroom.home.folder / "content/news", office)
        earlier = state(newsroom.home.folder / "content/news")
        newsroom.check()
        feed, mails = newsroom.feed, newsroom.mails
        office.publish("Only This Is New", slug=SLUG)
        newsroom.check()
        yield Archive(newsroom, earlier, newest, feed, mails)


def fill(folder: Path, office: PressOffice) -> list[str]:
    """2,000 records as a Hugo site has them, seven of them of releases that stand on the listing. The titles of all
    that may be published, and of the three that are only on the listing, the newest first."""
    dated: dict[str, datetime] = {}
    for n in range(1990):
        day = date(2011, 1, 1) + timedelta(days=2 * n)
        when = f"{day}T{n % 24:02}:50:47-04:00" if n % 3 else f"{day}"
        title = f"Earlier Release {n}"
        extra = f"press_release_number: SB{n:04}\n" if n % 5 == 0 else ""
        lines = f"title: {title}\ndate: {when}\ndraft: false\n{extra}url: {LISTING}/sb{n:04}\n"
        folder_of_year = folder / "2011" if day.year == 2011 else folder
        put(folder_of_year / f"{day}-sb{n:04}.md", lines, f"Edited  by hand ,\n\n\n * {n}\n\n")
        dated[title] = moment(when)
    for n, release in enumerate(office.releases[:10]):
        if n < 7:
            own = f"title: 'Ours: {release.slug}'\ndate: {release.published}\nurl: {release.path}/\n"
            put(folder / f"{release.slug}.md", own, "Our own words.\n")
        dated[f"Ours: {release.slug}" if n < 7 else release.title] = moment(f"{release.published}")
    put(folder / "_index.md", "title: Press releases\n", "")
    put(folder / "draft.md", f"title: Unripe\ndate: 2022-05-16\ndraft: true\nurl: {LISTING}/unripe\n", "Wait.\n")
    (folder / "broken.md").write_text(f"---\ntitle: Broken\ndate: 2022-05-16\nurl: {LISTING}/broken\n")
    return sorted(dated, key=lambda title: dated[title], reverse=True)


def put(path: Path, lines: str, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{lines}---\n{body}")


def moment(when: str) -> datetime:
    parsed = datetime.fromisoformat(when)
    return parsed if parsed.tzinfo else datetime.combine(parsed, time(12), UTC)


def state(folder: Path) -> dict[Path, tuple[bytes, int]]:
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*.md")}


def titles(feed: bytes) -> list[str]:
    atom = "{http://www.w3.org/2005/Atom}"
    return [str(each.text) for each in etree.fromstring(feed).iterfind(f"{atom}entry/{atom}title")]


def seens(newsroom: Newsroom) -> dict[str, Seen]:
    """What is known, by the last part of its address."""
    with newsroom.app() as app:
        return {seen.item.link.rstrip("/").rpartition("/")[2]: seen for _, seen in app.store.items("press")}


def edit(path: Path, was: bytes, now: bytes) -> bytes:
    """The bytes of a record that its owner edited."""
    data = path.read_bytes()
    assert was in data
    path.write_bytes(data.replace(was, now))
    return path.read_bytes()


def lose_database(newsroom: Newsroom) -> None:
    for path in newsroom.home.state.glob("watcher.db*"):
        path.unlink()


def found(swept: Swept) -> list[str]:
    assert isinstance(swept.checked.outcome, Found), swept.checked.outcome
    return [change.kind for change in swept.checked.outcome.changes]


def test_no_earlier_record_is_rewritten(archive: Archive) -> None:
    now = state(archive.folder)

    assert len(archive.earlier) == 2000
    assert {path: now[path] for path in archive.earlier} == archive.earlier


def test_no_earlier_record_is_told(archive: Archive) -> None:
    assert archive.first_mails == []
    assert archive.newsroom.mails == ["Only This Is New"]


def test_only_what_is_new_is_added_to_the_folder(archive: Archive) -> None:
    listed = [release for release in archive.newsroom.office.releases if release.slug != SLUG][7:10]
    expected = {RECORD, *(f"{release.published:%Y-%m-%d}-{release.slug}.md" for release in listed)}

    assert {path.name for path in state(archive.folder).keys() - archive.earlier.keys()} == expected


def test_the_feed_holds_the_fifty_newest_and_no_draft(archive: Archive) -> None:
    assert sorted(titles(archive.first_feed)) == sorted(archive.newest[:50])
    assert titles(archive.newsroom.feed) == ["Only This Is New", *titles(archive.first_feed)[:49]]


def test_an_item_of_the_listing_whose_url_lies_there_is_the_record_that_lies_there(archive: Archive) -> None:
    known = seens(archive.newsroom)

    for release in archive.newsroom.office.releases[1:8]:
        assert known[release.slug].path == f"{release.slug}.md"
        assert known[release.slug].adopted


def test_an_edit_of_the_page_leaves_an_earlier_record_as_it_is(archive: Archive) -> None:
    archive.newsroom.office.edit("jy0781", title="Corrected by the Office")

    swept = archive.newsroom.check()

    assert found(swept) == ["edited"]
    assert swept.published.left_alone == ["jy0781.md"]
    assert (archive.folder / "jy0781.md").read_bytes() == archive.earlier[archive.folder / "jy0781.md"][0]
    assert "Ours: jy0781" in titles(archive.newsroom.feed)
    assert archive.newsroom.mails == ["Only This Is New"]


def test_a_record_that_its_owner_edited_is_what_the_feed_shows_and_no_edit_overwrites_it(newsroom: Newsroom) -> None:
    newsroom.check()
    record = newsroom.home.folder / "state/records/press" / JY0781

    mine = edit(record, b"title: 'READOUT: ", b"title: 'MY WORDS: ")
    newsroom.check()
    assert b"<title>MY WORDS: " in newsroom.feed
    newsroom.office.edit("jy0781", title="READOUT: Corrected by the Office")
    swept = newsroom.check()

    assert found(swept) == ["edited"]
    assert swept.published.left_alone == [JY0781]
    assert record.read_bytes() == mine
    assert b"Corrected by the Office" not in newsroom.feed
    with newsroom.app() as app:
        assert ["+READOUT: Corrected by the Office" in each.note for each in app.store.revisions("press")] == [True]
    assert newsroom.mails == []


def test_an_edit_that_keeps_size_and_mtime_reaches_the_feed_though_nothing_is_new(newsroom: Newsroom) -> None:
    newsroom.office.clock = False  # so that a page with no news is a 304
    newsroom.check()
    newsroom.check()
    record = newsroom.home.folder / "state/records/press" / JY0781
    left = record.stat()

    while record.stat().st_ctime_ns == left.st_ctime_ns:  # the clock of files goes by some milliseconds
        record.write_bytes(record.read_bytes().replace(b"title: 'READOUT: ", b"title: 'SAID OUT "))
        os.utime(record, ns=(left.st_atime_ns, left.st_mtime_ns))
    swept = newsroom.check()

    assert type(swept.checked.outcome).__name__ == "Unchanged"
    assert b"<title>SAID OUT " in newsroom.feed
    assert newsroom.mails == []


def test_a_backup_that_touches_no_bytes_changes_no_feed_and_tells_nobody(newsroom: Newsroom) -> None:
    newsroom.check()
    feed = newsroom.feed

    for record in newsroom.home.state.glob("records/press/*.md"):
        record.with_suffix(".copy").hardlink_to(record)
    swept = newsroom.check()

    assert not swept.published.feed_changed
    assert newsroom.feed == feed
    assert newsroom.mails == []


def test_a_deleted_record_stays_deleted_and_its_waiting_alert_is_dropped(newsroom: Newsroom) -> None:
    newsroom.check()
    newsroom.office.publish("Regretted", slug=SLUG)
    newsroom.office.publish("Not Regretted", slug="pf0998")
    with newsroom.app() as app, app.locked():
        app.check(app.config.watches["press"])

    (newsroom.home.folder / "state/records/press" / RECORD).unlink()
    swept = newsroom.check()
    newsroom.office.edit(SLUG, title="Regretted, and Edited")
    newsroom.check()

    assert swept.published.deleted == [RECORD]
    assert RECORD not in newsroom.records
    assert titles(newsroom.feed)[0] == "Not Regretted"
    assert b"<title>Regretted" not in newsroom.feed
    assert newsroom.mails == ["Not Regretted"]


def test_a_deleted_record_that_is_put_back_stands_in_the_feed_again_and_is_not_told(newsroom: Newsroom) -> None:
    newsroom.check()
    record = newsroom.home.folder / "state/records/press" / JY0781
    before, data = seens(newsroom)["jy0781"].id, record.read_bytes()
    record.unlink()
    newsroom.check()
    assert b"READOUT: At Strategic" not in newsroom.feed

    record.write_bytes(data)
    newsroom.check()

    assert b"READOUT: At Strategic" in newsroom.feed
    assert seens(newsroom)["jy0781"].id == before
    assert newsroom.mails == []


@pytest.mark.parametrize("left", ["no folder", "an empty folder"])
def test_records_that_are_all_gone_at_once_are_told_and_cost_nothing(
    newsroom: Newsroom, left: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom.check()
    feed, records = newsroom.feed, newsroom.records
    folder, away = newsroom.home.folder / "state/records/press", tmp_path / "unmounted"
    shutil.move(folder, away)
    if left == "an empty folder":
        folder.mkdir()

    newsroom.office.publish("Published Meanwhile", slug=SLUG)
    swept = newsroom.check()
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(newsroom.home.folder), "check"])

    [problem] = swept.published.problems
    assert isinstance(problem, RecordError)
    assert "all 10 records of press are gone" in str(problem)
    assert ended.value.code == 1
    assert "mount the folder or put them back" in capsys.readouterr().err
    assert (newsroom.feed, newsroom.records, newsroom.mails) == (feed, {}, [])

    shutil.rmtree(folder, ignore_errors=True)
    shutil.move(away, folder)
    newsroom.check()
    assert newsroom.records.keys() == records.keys() | {RECORD}
    assert {name: newsroom.records[name] for name in records} == records
    assert newsroom.mails == ["Published Meanwhile"]


def test_a_database_that_vanished_beside_its_records_is_an_error_with_a_remedy(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom.check()
    feed, records = newsroom.feed, newsroom.records
    lose_database(newsroom)

    with pytest.raises(StoreError) as error:
        newsroom.check()
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(newsroom.home.folder), "check"])

    assert "watcher rebuild" in error.value.hint
    assert ended.value.code == 75
    assert "watcher rebuild" in capsys.readouterr().err
    assert not newsroom.home.database.exists()
    assert (newsroom.feed, newsroom.records) == (feed, records)


def test_a_database_rebuilt_from_records_has_the_same_ids_and_tells_nobody(newsroom: Newsroom) -> None:
    newsroom.check()
    newsroom.office.publish("Told Before", slug=SLUG)
    newsroom.check()
    before, records = {slug: seen.id for slug, seen in seens(newsroom).items()}, newsroom.records
    lose_database(newsroom)

    with newsroom.app() as app:
        assert app.rebuild() == 11
    newsroom.check()

    assert {slug: seen.id for slug, seen in seens(newsroom).items()} == before
    assert newsroom.records == records
    assert len(titles(newsroom.feed)) == 11
    assert newsroom.mails == ["Told Before"]
    newsroom.office.publish("Told After", slug="pf1000")
    newsroom.check()
    assert newsroom.mails == ["Told Before", "Told After"]


def test_a_rebuild_never_replaces_a_database(newsroom: Newsroom) -> None:
    newsroom.check()
    data = newsroom.home.database.read_bytes()

    with newsroom.app() as app, pytest.raises(StoreError, match=r"watcher\.db is there"):
        app.rebuild()

    assert newsroom.home.database.read_bytes() == data


@pytest.mark.parametrize("foreign", [b"My own notes.\n", b"---\ntitle: Unfinished\n"], ids=["prose", "broken"])
def test_a_foreign_file_in_the_place_of_a_new_record_is_never_overwritten_and_the_alert_arrives(
    newsroom: Newsroom, foreign: bytes
) -> None:
    newsroom.check()
    path = newsroom.home.folder / "state/records/press" / RECORD
    path.write_bytes(foreign)

    newsroom.office.publish("In Its Place", slug=SLUG)
    swept = newsroom.check()
    newsroom.office.edit(SLUG, title="In Its Place, Edited")
    newsroom.check()

    assert swept.published.left_alone == [RECORD]
    assert path.read_bytes() == foreign
    assert newsroom.mails == ["In Its Place"]
    assert newsroom.feed.count(b"<entry>") == 10


def test_a_record_that_cannot_be_written_costs_the_others_nothing(newsroom: Newsroom) -> None:
    newsroom.check()
    in_the_way = newsroom.home.folder / "state/records/press" / RECORD
    in_the_way.mkdir()

    newsroom.office.publish("Nowhere to Go", slug=SLUG)
    newsroom.office.publish("On Its Way", slug="pf1000")
    swept = newsroom.check()

    assert [str(in_the_way) in str(problem) for problem in swept.published.problems] == [True]
    assert titles(newsroom.feed)[0] == "On Its Way"
    assert newsroom.mails == ["On Its Way"]
    in_the_way.rmdir()
    newsroom.check()
    assert newsroom.mails == ["On Its Way", "Nowhere to Go"]


def test_a_record_of_something_else_in_the_place_of_a_new_one_keeps_it(newsroom: Newsroom) -> None:
    newsroom.check()
    path = newsroom.home.folder / "state/records/press" / RECORD
    put(path, f"title: Something Else\ndate: 2022-05-17\nurl: {LISTING}/else\n", "Else.\n")
    foreign = path.read_bytes()

    newsroom.office.publish("In Its Place", slug=SLUG)
    newsroom.check()

    assert path.read_bytes() == foreign
    assert b"title: In Its Place\n" in newsroom.records[f"2022-05-17-{SLUG}-2.md"]
    assert {"Something Else", "In Its Place"} <= set(titles(newsroom.feed))
    assert newsroom.mails == ["In Its Place"]


def test_what_an_owner_does_while_records_are_written_is_heeded_the_next_time(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.office.clock = False  # so that a page with no news is a 304
    newsroom.check()
    folder = newsroom.home.state / "records" / "press"
    gone = min(folder.glob("*.md"))

    def interrupted(*args: Any) -> None:
        bring_up_to_date(*args)
        gone.unlink(missing_ok=True)

    newsroom.office.publish("A New Framework", slug="pf0999")
    with monkeypatch.context() as patch:
        patch.setattr(publish, "bring_up_to_date", interrupted)
        newsroom.check()
    swept = newsroom.check()

    assert type(swept.checked.outcome).__name__ == "Unchanged"
    with newsroom.app() as app:
        assert gone.name not in app.store.written_paths("press")


def test_an_archive_page_that_was_removed_is_written_again_though_nothing_is_new(archive: Archive) -> None:
    page = min((archive.newsroom.home.feeds / "press/archive").glob("*.xml"))
    before = page.read_bytes()
    archive.newsroom.office.clock = False
    archive.newsroom.check()

    page.unlink()
    swept = archive.newsroom.check()

    assert type(swept.checked.outcome).__name__ == "Unchanged"
    assert page.read_bytes() == before
