"""A database that is lost, made again from the records: what every kind of source is to the new one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.strategies import integers, lists, sampled_from

from tests.contracts.test_sources import KINDS, Example, answered, changes
from tests.fakes import NOW, PAGE, item, undated, watch
from watcher import pipeline
from watcher.model import Alert, Change, Get, Item, Request, Response, Watch
from watcher.publish import Published, Shelf, publish, recall
from watcher.routing import Route
from watcher.store import Store, open_store

ME = Alert(name="me", kind="stdout", recipients=("me",), domain="", resolve=lambda: None, send=lambda *_: None)


class Source:
    """What a page shows: whatever `items` holds. All else is as the kind has it."""

    def __init__(self, kind: Any = None, items: Sequence[Item] = ()) -> None:
        self._kind, self.items = kind, list(items)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kind, name)

    def find(self, options: object, get: Get) -> list[Item]:
        get(Request(url=PAGE))
        return self.items

    def revisit(self, options: object, get: Get, share: object) -> list[Item]:
        return self.find(options, get)

    def complete(self, options: object, item: Item, get: Get) -> Item:
        return item


class Home:
    """One watch, looked at once a day; its database may be lost."""

    def __init__(self, folder: Path, made: Path, watch: Watch) -> None:
        self.folder, self._made = folder, made
        self.watch = replace(watch, folder=folder / "records", alerts=("me",))
        self.shelf = Shelf(folder=folder / "feeds", notes=folder / "notes", secret=bytes(32))
        self._files = (folder / f"{n}.db" for n in count())
        self._days = count()
        self.store = self.opened()

    def opened(self) -> Store:
        file = next(self._files)
        shutil.copy(self._made, file)  # migrations take longer than a whole test
        return open_store(f"sqlite:///{file}")

    def look(self, source: Any) -> list[Change]:
        """What is told."""
        now = NOW + timedelta(next(self._days))
        route = Route(watch=self.watch, alerts=[ME])
        answer = Response(url=self.watch.url, body=str(now).encode())
        outcome = pipeline.check(route, source, self.store, lambda request: answer, now).outcome
        self.publish(now)
        return [change for change in changes(outcome) if change.event]

    def publish(self, now: datetime) -> Published:
        done = publish(Route(watch=self.watch, alerts=[ME]), self.store, self.shelf, now)
        assert done.problems == []
        return done

    def lose(self) -> None:
        """The database is lost, and made again from the records."""
        self.store.close()
        self.store = self.opened()
        recalled = recall(self.watch, self.shelf, NOW + timedelta(next(self._days)))
        assert recalled
        self.store.recall([recalled])

    @property
    def ids(self) -> set[str]:
        return {seen.id for _, seen in self.store.items(self.watch.name)}

    @property
    def entries(self) -> dict[str, list[str]]:
        """The entries of each file of the feed."""
        there = sorted(self.folder.glob("feeds/**/*.xml"))
        return {path.name: sorted(re.findall(r"<entry>.*?</entry>", path.read_text(), re.DOTALL)) for path in there}

    @property
    def records(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.watch.folder.glob("*.md")}


@pytest.fixture(params=KINDS)
def example(request: pytest.FixtureRequest) -> Example:
    return Example(request.param)


@pytest.fixture
def home(tmp_path: Path, made_file: Path) -> Iterator[Home]:
    home = Home(tmp_path, made_file, watch())
    yield home
    home.store.close()


def test_every_kind_knows_its_items_again_by_their_records(example: Example, tmp_path: Path, made_file: Path) -> None:
    items = example.find(lambda request: answered(example.site, request))
    source, home = Source(example.source, items[1:] or items), Home(tmp_path, made_file, example.watch)
    home.look(source)
    source.items = items
    home.look(source)
    edited = replace(items[-1], body=f"{items[-1].body}\n\nCorrected.")
    source.items = [*items[:-1], edited]
    home.look(source)
    ids, entries, records = home.ids, home.entries, home.records
    assert ids

    home.lose()
    told = home.look(source)

    assert told == []
    assert (home.ids, home.entries, home.records) == (ids, entries, records)
    home.store.close()


def test_what_was_published_while_there_was_no_database_is_told(home: Home) -> None:
    page = Source(items=[item(n) for n in (3, 2, 1)])
    home.look(page)

    home.lose()
    page.items = [item(5), item(4), *page.items]

    assert [change.seen.item.title for change in home.look(page)] == [item(5).title, item(4).title]


@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
def test_after_two_redesigns_with_other_addresses_all_is_known_by_its_records(home: Home, dated: bool) -> None:
    items = [item(n) for n in range(40, 15, -1)]
    items[3] = replace(items[2], link=items[3].link)  # two of one title and day
    page = Source(items=items)
    home.look(page)
    page.items = [replace(each, link=f"https://press.example.org/min/{each.link[-2:]}.html") for each in items]
    home.look(page)
    page.items = [item(41, link="https://press.example.org/min/41.html"), *page.items]
    home.look(page)
    page.items = [replace(each, link=f"https://press.example.org/de/p/{each.link[-7:-5]}/") for each in page.items]
    page.items = page.items if dated else list(map(undated, page.items))
    home.look(page)
    ids = home.ids

    home.lose()

    assert home.look(page) == []
    assert home.ids == ids
    assert len(home.records) == 26


@pytest.mark.parametrize("gone", [2, 1])
def test_what_its_owner_had_deleted_is_told_to_nobody(home: Home, gone: int) -> None:
    page = Source(items=[item(n) for n in (3, 2, 1)])
    home.look(page)
    next(home.watch.folder.glob(f"*-jy000{gone}.md")).unlink()
    home.publish(NOW)

    home.lose()

    assert home.look(page) == []


def test_a_linkless_item_whose_title_was_edited_is_known_by_the_title_that_it_has(home: Home) -> None:
    page = Source(items=[item(n, title=f"Statement {n} on the Budget", link=PAGE) for n in range(14, 0, -1)])
    home.look(page)
    page.items[12] = replace(page.items[12], title="Statement 2 on the Budgets")
    page.items[13] = replace(page.items[13], title="Statement 1 on the Budgets")
    home.look(page)
    ids = home.ids

    home.lose()

    assert home.look(page) == []
    assert home.ids == ids


def test_a_held_batch_is_held_again_and_is_published_when_it_is_accepted(home: Home) -> None:
    page = Source(items=[item(n, body=f"Text *{n}*.", tags=("budget",)) for n in (3, 2, 1)])
    home.look(page)
    page.items = [item(n, body=f"Text *{n}*.", version=f"1.{n}") for n in range(40, 10, -1)]
    assert home.look(page) == []
    before, held = home.records, {seen.id for seen in home.store.held("press")}

    home.lose()
    told = home.look(page)
    again = {seen.id for seen in home.store.held("press")}
    home.store.accept("press", again, tell=[], now=NOW)
    home.publish(NOW)

    assert told == []
    assert again == held
    assert len(held) == 30
    assert home.records == {name: data.replace(b"draft: true", b"draft: false") for name, data in before.items()}
    assert held <= set(re.findall("<id>(.*)</id>", "".join(home.entries["press.xml"])))


def test_a_draft_that_its_owner_wrote_in_stays_theirs(home: Home) -> None:
    page = Source(items=[item(n) for n in (3, 2, 1)])
    home.look(page)
    page.items = [item(n) for n in range(40, 10, -1)]
    home.look(page)
    draft = next(home.watch.folder.glob("*-jy0020.md"))
    draft.write_text(draft.read_text() + "<!-- mine -->\n\n\n")

    home.lose()
    home.look(page)
    home.store.accept("press", {seen.id for seen in home.store.held("press")}, tell=[], now=NOW)
    home.publish(NOW)

    assert "draft: true" in draft.read_text()
    assert "<!-- mine -->" in draft.read_text()


def test_edits_of_a_page_go_on_where_they_were(home: Home) -> None:
    home.watch = replace(home.watch, on_edit="entry")
    page = Source(items=[item(1, body="one")])
    home.look(page)
    for body in ("two", "three"):
        page.items = [item(1, body=body)]
        assert len(home.look(page)) == 1
    ids = home.ids

    home.lose()
    quiet = home.look(page)
    page.items = [item(1, body="four")]
    told = home.look(page)

    assert quiet == []
    assert [change.seen.item.key for change in told] == ["r3"]
    assert home.ids == {*ids, told[0].seen.id}
    assert len(home.ids) == 4
    assert "-three\n+four" in (home.watch.folder / told[0].seen.path).read_text()


def test_items_stay_on_their_archive_pages(home: Home) -> None:
    page = Source(items=[item(n, day=date(2026, 1, 1) + timedelta(n % 7)) for n in range(130, 0, -1)])
    home.look(page)
    for number in (7, 49, 50, 88):  # a gap in the middle, and at the end
        next(home.watch.folder.glob(f"*-jy{number:04}.md")).unlink()
    home.publish(NOW)
    before = home.entries

    home.lose()
    home.publish(NOW)

    assert home.entries == before
    assert [len(some) for some in before.values()][:2] == [47, 49]


def test_without_its_feed_a_watch_is_made_again_from_the_days_of_its_records(home: Home) -> None:
    page = Source(items=[item(n) for n in (3, 2, 1)])
    home.look(page)
    ids = home.ids
    (home.shelf.folder / "press.xml").write_text("<feed")

    home.lose()

    assert home.look(page) == []
    assert home.ids == ids


def test_the_law_of_rebuilding_holds_for_any_life_of_a_list(
    tmp_path_factory: pytest.TempPathFactory, made_file: Path
) -> None:
    @given(
        pages=lists(lists(integers(1, 12), unique=True, min_size=1, max_size=8), min_size=1, max_size=3),
        dated=sampled_from(["all", "none", "some"]),
        edits=lists(integers(1, 12), max_size=3),
    )
    @settings(max_examples=10)
    def law(pages: list[list[int]], dated: str, edits: list[int]) -> None:
        def shown(numbers: Sequence[int], corrected: Sequence[int] = ()) -> list[Item]:
            found = [item(n, body="Corrected." if n in corrected else "") for n in sorted(numbers, reverse=True)]
            return [undated(i) if dated == "none" or (dated == "some" and len(i.title) % 2) else i for i in found]

        home, page = Home(tmp_path_factory.mktemp("life"), made_file, watch()), Source()
        for numbers in pages:
            page.items = shown(numbers)
            home.look(page)
        page.items = shown(pages[-1], edits)
        home.look(page)
        ids, entries, records = home.ids, home.entries, home.records

        home.lose()

        assert home.look(page) == []
        assert (home.ids, home.entries, home.records) == (ids, entries, records)
        home.store.close()

    law()
