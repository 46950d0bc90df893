"""A page that is redesigned, while no selector is configured: nothing known is told again, nothing is lost, and what
came with the redesign is told once. Over real HTTP, a real database and real mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest
from lxml import etree

from tests.cli.conftest import Watcher
from tests.conftest import Newsroom
from tests.markups import MARKUPS
from tests.redesigns import ENTRIES, FRAMES, LATER, NEWS, Agency, Design, page
from watcher import detect
from watcher.app import Swept
from watcher.demo import Project, Site, office, project
from watcher.model import Found, Response
from watcher.sources import list as list_
from watcher.times import day
from watcher.urls import last_part

FOUND = ""  # a watch of an address, and nothing else
EDITED = "fees-for-2027"

REDESIGNS: list[tuple[Design, Design]] = [
    (Design("cards", "root", "mega"), Design("table", "https", "plain")),
    (Design("table", "http", "plain"), Design("cards", "slash", "divs")),
    (Design("ul", "relative", "plain"), Design("whole", "https", "mega")),
    (Design("whole", "slash", "divs"), Design("flat", "root", "mega")),
    (Design("flat", "http", "plain"), Design("ul", "www", "mega")),
    (Design("days", "root", "mega"), Design("cards", "dotted", "mega")),
    (Design("cards", "www", "divs"), Design("days", "slash", "plain")),
    (Design("years", "slash", "plain"), Design("utility", "root", "divs")),
    (Design("utility", "https", "divs"), Design("months", "root", "mega")),
    (Design("months", "dotted", "mega"), Design("years", "http", "divs")),
    (Design("dl", "root", "plain"), Design("posts", "https", "mega")),
    (Design("posts", "www", "plain"), Design("dl", "slash", "divs")),
    (Design("lines", "http", "plain"), Design("overlay", "https", "mega")),
    (Design("overlay", "slash", "mega"), Design("several", "root", "divs")),
    (Design("several", "schemeless", "divs"), Design("lines", "root", "plain")),
    (Design("fonts", "relative", "plain"), Design("badges", "www", "divs")),
    (Design("badges", "slash", "mega"), Design("undated", "https", "mega")),
    (Design("undated", "root", "plain"), Design("table", "tracked", "divs")),
    (Design("fonts", "http", "plain"), Design("utility", "www", "divs")),
    (Design("overlay", "tracked", "divs"), Design("fonts", "root", "plain")),
]


#: The addresses are others as well: what was known is known by title, day and place.
MOVES: list[tuple[Design, Design]] = [
    (Design("cards", "root", "mega"), Design("table", "moved", "plain")),
    (Design("flat", "moved", "plain"), Design("whole", "https", "mega")),
    (Design("ul", "http", "mega"), Design("undated", "moved", "plain")),
    (Design("undated", "www", "plain"), Design("posts", "moved", "mega")),
]


@pytest.fixture
def agency() -> Iterator[Agency]:
    with Agency() as agency:
        yield agency


def found(swept: Swept) -> Found:
    outcome = swept.checked.outcome
    assert isinstance(outcome, Found), outcome
    return outcome


def told(swept: Swept) -> list[str]:
    return [change.seen.item.title for change in found(swept).changes if change.event]


def kinds(swept: Swept) -> set[str]:
    return {str(change.kind) for change in found(swept).changes} - {"touched"}


def ids(newsroom: Newsroom) -> dict[str, str]:
    """The id of each item, by its slug."""
    with newsroom.app() as app:
        return {last_part(seen.item.link.partition("?")[0]): seen.id for _, seen in app.store.items("press")}


def listed(newsroom: Newsroom, swept: Swept) -> list[str]:
    """The slugs of what the look found, in page order."""
    slugs = {id_: slug for slug, id_ in ids(newsroom).items()}
    return [slugs[id_] for id_ in found(swept).listed]


def named(value: object) -> str:
    return "-".join(value) if isinstance(value, Design) else str(value)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("markup", MARKUPS)
def test_the_items_of_each_markup_are_found_and_nothing_else(markup: str, frame: str) -> None:
    html = page(ENTRIES, Design(markup, "root", frame), "agency.example")

    best = detect.proposals(detect.read(html, "text/html; charset=utf-8", "https://agency.example/news"))[0]

    days = [e.day if MARKUPS[markup].dated else None for e in ENTRIES[:10]]
    assert [item.title for item in best.items] == [e.title for e in ENTRIES[:10]]
    assert [item.link for item in best.items] == [f"https://agency.example/news/{e.slug}" for e in ENTRIES[:10]]
    assert [day(item.published) if item.published else None for item in best.items] == days


@pytest.mark.parametrize("markup", MARKUPS)
def test_the_selectors_of_each_markup_give_the_same_items(markup: str) -> None:
    html = page(ENTRIES, Design(markup, "root", "mega"), "agency.example")
    url = "https://agency.example/news"
    css = MARKUPS[markup]
    options = list_.Options(url=url, item=css.item, title=css.title, date=css.date or None)

    items = list(list_.find(options, lambda request: Response(url=request.url, body=html)))

    expected = ENTRIES[:10]
    assert [(item.link, item.title) for item in items] == [(f"{url}/{e.slug}", e.title) for e in expected]
    days = [e.day if css.date else None for e in expected]
    assert [day(item.published) if item.published else None for item in items] == days


@pytest.mark.parametrize(("before", "after"), REDESIGNS + MOVES, ids=named)
def test_what_came_with_a_redesign_is_told_once_and_what_was_known_is_neither_told_nor_lost(
    newsroom: Newsroom, agency: Agency, before: Design, after: Design
) -> None:
    agency.design = before
    newsroom.configure(FOUND, agency.url)
    first = newsroom.check()
    known = ids(newsroom)

    agency.design = after
    agency.publish(NEWS)
    redesigned = newsroom.check()
    again = newsroom.check()
    listed_then = listed(newsroom, redesigned)

    agency.design = before
    agency.publish(LATER)
    back = newsroom.check()

    assert list(found(first).listed) == [known.get(entry.slug) for entry in ENTRIES[:10]]
    assert told(redesigned) == [NEWS.title]
    assert kinds(redesigned) == {"new"}
    assert listed_then == [NEWS.slug, *(entry.slug for entry in ENTRIES[:9])]
    assert kinds(again) == set()
    assert told(back) == [LATER.title]
    assert kinds(back) == {"new"}
    assert listed(newsroom, back) == agency.listed
    assert ids(newsroom).items() > known.items()
    assert newsroom.mails == [NEWS.title, LATER.title]


def test_entries_lead_to_where_the_items_are_now_but_for_those_whose_records_somebody_edited(
    newsroom: Newsroom, agency: Agency
) -> None:
    newsroom.configure(FOUND, agency.url)
    newsroom.check()
    name = next(name for name in newsroom.records if EDITED in name)
    path = newsroom.home.folder / "state/records/press" / name
    path.write_bytes(path.read_bytes() + b"A note of mine.\n")
    newsroom.check()
    before, records = etree.fromstring(newsroom.feed), newsroom.records

    agency.design = Design("ul", "moved")
    newsroom.check()
    after = etree.fromstring(newsroom.feed)

    assert set(links(before)) == {f"http://{agency.host}/news/{slug}" for slug in agency.listed}
    moved = {f"http://{agency.host}/newsroom/2026/{slug}.html" for slug in agency.listed if slug != EDITED}
    assert set(links(after)) == {*moved, f"http://{agency.host}/news/{EDITED}"}
    for told in ("entry/{*}updated", "entry/{*}id", "entry/{*}published", "updated"):
        assert texts(after, told) == texts(before, told)
    assert newsroom.records == records
    assert newsroom.mails == []


def links(feed: etree._Element) -> list[str]:
    """Where its entries lead."""
    return [str(link.get("href")) for link in feed.iterfind("{*}entry/{*}link[@rel='alternate']")]


def texts(feed: etree._Element, path: str) -> list[str | None]:
    return [each.text for each in feed.iterfind(f"{{*}}{path}")]


@pytest.mark.parametrize(("before", "after"), REDESIGNS + MOVES, ids=named)
def test_an_item_that_is_edited_while_the_page_is_redesigned_is_edited_and_not_new(
    newsroom: Newsroom, agency: Agency, before: Design, after: Design
) -> None:
    agency.design = before
    newsroom.configure(FOUND, agency.url)
    newsroom.check()
    known = ids(newsroom)

    agency.design = after
    agency.publish(NEWS)
    agency.edit(EDITED, "Correction: the Fees of Next Year")
    swept = newsroom.check()
    again = newsroom.check()

    edits = [change.seen for change in found(swept).changes if change.kind == "edited"]
    assert [(seen.id, seen.item.title) for seen in edits] == [(known[EDITED], "Correction: the Fees of Next Year")]
    assert told(swept) == newsroom.mails == [NEWS.title]
    assert listed(newsroom, swept) == agency.listed
    assert ids(newsroom).items() > known.items()
    assert kinds(again) == set()


# --- the bundled sites, added with nothing but the address

OFFICE: tuple[office.Design, ...] = get_args(office.Design)
PROJECT: tuple[project.Design, ...] = get_args(project.Design)


def added(newsroom: Newsroom) -> dict[str, str]:
    """The id of each item of the watch that was added, by its slug."""
    with newsroom.app() as app:
        return {last_part(seen.item.link): seen.id for _, seen in app.store.items("added")}


def checked(newsroom: Newsroom) -> Found:
    with newsroom.app() as app, app.locked():
        return found(app.check(app.config.watches["added"]))


@pytest.mark.parametrize("first", OFFICE)
def test_the_press_office_is_found_by_its_address_and_lives_through_its_redesigns(
    watcher: Watcher, newsroom: Newsroom, first: office.Design
) -> None:
    newsroom.office.redesign(first)
    releases = newsroom.office.releases[:10]

    assert watcher("add", newsroom.site.listing, "--name", "added").code == 0
    shown = watcher("preview", "added", "--json").document
    known = added(newsroom)
    looks = []
    for design in OFFICE:
        newsroom.office.redesign(design)
        looks.append(checked(newsroom))

    assert [item["title"] for item in shown] == [release.title for release in releases]
    assert [item["date"][:10] for item in shown] == [day(release.published).isoformat() for release in releases]
    assert {change.kind for look in looks for change in look.changes} <= {"touched"}
    assert [look.listed for look in looks] == [tuple(known[release.slug] for release in releases)] * len(OFFICE)
    assert added(newsroom) == known


@pytest.mark.parametrize("first", PROJECT)
def test_a_page_of_software_releases_is_found_by_its_address_and_lives_through_its_redesigns(
    watcher: Watcher, newsroom: Newsroom, first: project.Design
) -> None:
    lumen = Project()
    lumen.redesign(first)
    versions = lumen.releases[:10]

    with Site(lumen) as site:
        assert watcher("add", site.listing, "--name", "added").code == 0
        shown = watcher("preview", "added", "--json").document
        known = added(newsroom)
        looks = []
        for design in PROJECT:
            lumen.redesign(design)
            looks.append(checked(newsroom))
        lumen.publish("2.4.3")
        released = checked(newsroom)

    assert [item["title"] for item in shown] == [version.title for version in versions]
    assert [item["date"][:10] for item in shown] == [day(version.published).isoformat() for version in versions]
    assert {change.kind for look in looks for change in look.changes} <= {"touched"}
    assert [look.listed for look in looks] == [tuple(known[v.slug] for v in versions)] * len(PROJECT)
    assert [(change.kind, change.seen.item.title) for change in released.changes] == [("new", "Lumen 2.4.3")]
    assert added(newsroom).items() > known.items()
