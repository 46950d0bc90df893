"""watcher explain: why was I told, why was I not told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest

from tests.cli.conftest import Watcher
from tests.conftest import DRUPAL, Newsroom
from tests.rawserver import RawServer, reply


def told(newsroom: Newsroom) -> None:
    """A first look, then one release that is told."""
    newsroom.check()
    newsroom.office.publish("A Release", slug="pf0999")
    newsroom.check()


def test_a_release_that_was_told_names_who_was_and_why_it_was_new(watcher: Watcher, newsroom: Newsroom) -> None:
    told(newsroom)

    ran = watcher("explain", "press", "pf0999")

    title, answer, new, sent, record, now = ran.out.splitlines()
    assert title == f"A Release  {newsroom.site.listing}/pf0999"
    assert answer == "told: me@example.org"
    assert re.match(r"  [\d-]{10} \d\d:\d\d:46 \S+  new: nothing known has its address ", new)
    assert new.endswith("(a check that listed 10 items, status 200)")
    assert sent.endswith("  told me@example.org")
    assert record.endswith("/state/records/press/2022-05-17-pf0999.md")
    assert now.endswith(", at place 1, known by its address")


def test_what_the_first_look_found_is_known_from_the_start(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.check()

    by_slug, by_words = watcher("explain", "press", "jy0781"), watcher("explain", "press", "jy0781", "--json").document

    assert by_slug.out.splitlines()[1] == "not told: it was there before; the first look found it"
    assert by_words[0]["answer"] == by_slug.out.splitlines()[1]
    assert by_words[0]["item"]["slug"] == "jy0781"


def test_a_held_item_says_why_and_then_that_it_was_accepted_or_swallowed(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.check()
    newsroom.flood()
    newsroom.check()

    held = watcher("explain", "press", "flood-1").out
    watcher("accept", "press", "flood-1")
    watcher("accept", "press", "flood-2", "--as-known")
    accepted, swallowed = watcher("explain", "press", "flood-1").out, watcher("explain", "press", "flood-2").out

    assert held.splitlines()[1] == "held back until its owner says: watcher accept press flood-1"
    assert "held: 10 of 10 items are unknown" in held
    assert "  accepted: its owner set it free\n" in accepted
    assert accepted.splitlines()[1] == "told: me@example.org"
    assert swallowed.splitlines()[1] == "not told: its owner took it as known (watcher accept --as-known)"


def test_old_stock_an_edit_and_a_watch_without_alerts_are_told_apart(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.check()
    newsroom.configure(DRUPAL + "\n")
    newsroom.home.config.write_text(newsroom.home.config.read_text().replace('alerts = ["me"]', "alerts = []"))
    kept = {"jy0781", *(path[11:-3] for path in list(newsroom.records)[-6:])}
    for slug in {each.slug for each in newsroom.office.releases} - kept:
        newsroom.office.withdraw(slug)
    newsroom.office.publish("Old Stock", slug="pf0001", published=date(2001, 1, 1))
    newsroom.office.publish("A Release", slug="pf0999")
    newsroom.office.edit("jy0781", title="Corrected")
    newsroom.check()

    old, new, edited = (watcher("explain", "press", slug).out for slug in ("pf0001", "pf0999", "jy0781"))

    assert old.splitlines()[1].startswith("not told: it was there before; dated before 2022-")
    assert new.splitlines()[1] == "new, and told to nobody: press has no alerts"
    assert "known: by its address; edited, revision 1; not told: its record and entry follow" in edited
    assert "watcher diff press jy0781 --revision 1" in edited


def test_one_that_is_dropped_or_elsewhere_or_nowhere_is_not_known_for_that_reason(
    watcher: Watcher, newsroom: Newsroom
) -> None:
    newsroom.configure(f"{DRUPAL}drop = ['Readout']\n")
    newsroom.office.publish("Readout: A Meeting", slug="pf0999")
    newsroom.check()

    dropped = watcher("explain", "press", f"{newsroom.site.listing}/pf0999").out
    words, nowhere = watcher("explain", "press", "Press Releases").out, watcher("explain", "press", "No Such Thing").out

    assert '("Readout: A Meeting"), but drop leaves it out: it matches Readout' in dropped
    assert "its words are there, but in no item's title or address" in words
    assert nowhere.startswith("no item of that name: it is not on the stored page; only front pages are stored\n")
    assert "  the last good check was " in nowhere


def test_of_a_watch_that_was_never_read_nothing_can_be_known(watcher: Watcher) -> None:
    ran = watcher("explain", "press", "jy0781")

    assert ran.out == "not known, and no page is stored yet\n  press was never read\n"


def test_a_mute_and_a_deleted_record_are_reasons(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.check()
    watcher("mute", "press", "me@example.org")
    newsroom.office.publish("A Release", slug="pf0999")
    newsroom.check()
    muted = watcher("explain", "press", "pf0999").out
    (newsroom.home.folder / "state/records/press/2022-05-17-pf0999.md").unlink()
    newsroom.check()
    deleted = watcher("explain", "press", "pf0999").out

    assert muted.splitlines()[1] == "new, and told to nobody: press is muted for me@example.org"
    assert deleted.splitlines()[1] == "not told: its owner deleted its record"


@pytest.mark.parametrize("args", [["explain", "press"], ["explain", "nosuch", "x"]])
def test_it_needs_a_watch_and_an_item(args: list[str], watcher: Watcher) -> None:
    assert watcher(*args).code == 2


LINKS = "".join(f'<li><a href="show.html?id={n}">Tool v{n}.4</a></li>' for n in (1, 2, 12))


@pytest.fixture
def tools(watcher: Watcher, newsroom: Newsroom) -> Iterator[None]:
    """A watch of releases whose addresses differ in their query only."""
    with RawServer({"/": reply(f"<ul>{LINKS}</ul>".encode())}) as server:
        newsroom.configure('item = "li"\n', url=server.url())
        watcher("check")
        yield


@pytest.mark.parametrize("name", ["v12.4", "12.4", "Tool 12.4", "show.html?id=12", "id=12", "TOOL V12"])
@pytest.mark.usefixtures("tools")
def test_a_part_of_a_name_finds_the_one_item_that_has_it(name: str, watcher: Watcher) -> None:
    ran = watcher("explain", "press", name)

    assert ran.out.startswith("Tool v12.4  ")
    assert ran.out.splitlines()[1] == "not told: it was there before; the first look found it"


@pytest.mark.usefixtures("tools")
def test_where_several_have_the_name_they_are_listed(watcher: Watcher) -> None:
    ran, documents = watcher("explain", "press", "show"), watcher("explain", "press", "show", "--json").document

    head, *rows = ran.out.splitlines()
    assert head == "3 items have that in their names; watcher explain press SLUG says more of one"
    assert [re.split("  +", row)[2] for row in rows] == ["Tool v1.4", "Tool v2.4", "Tool v12.4"]
    assert all(row.endswith("  not told: it was there before; the first look found it") for row in rows)
    assert len(documents) == 3


@pytest.mark.usefixtures("tools")
def test_where_none_has_it_the_nearest_are_named(watcher: Watcher) -> None:
    ran = watcher("explain", "press", "Tool 21.4")

    assert ran.out.startswith("no item of that name: ")
    assert re.search(r"^  near: tool-v2\.4, ", ran.out, re.MULTILINE)
    assert "takes it up" not in ran.out
