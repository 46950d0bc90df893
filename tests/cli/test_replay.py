"""Replay: what the rule of a watch, or another one, would have told of the pages that are stored."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Watcher
from tests.conftest import DRUPAL, Newsroom


def state(folder: Path) -> dict[Path, bytes]:
    """Every file of a home but for its log of writes."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix in (".md", ".xml")}


def looked(watcher: Watcher, newsroom: Newsroom) -> None:
    """Three pages: the first, one with a new release, one with two more."""
    watcher("check")
    newsroom.office.publish("Sanctions on a network")
    watcher("check")
    newsroom.office.publish("Readout of a meeting")
    newsroom.office.publish("Sanctions are lifted")
    watcher("check")


def test_replay_says_what_was_told_at_each_stored_page(watcher: Watcher, newsroom: Newsroom) -> None:
    looked(watcher, newsroom)

    ran = watcher("replay", "press", "--json")

    told = [[each["title"] for each in look["told"]] for look in ran.document]
    assert told == [[], ["Sanctions on a network"], ["Sanctions are lifted", "Readout of a meeting"]]


def test_a_trial_rule_is_run_and_nothing_is_kept_of_it(watcher: Watcher, newsroom: Newsroom) -> None:
    looked(watcher, newsroom)
    before, asked = state(newsroom.home.folder), len(newsroom.site.requests)

    ran = watcher("replay", "press", "--with", "keep=['(?i)sanctions']")

    assert ran.code == 0
    assert "Sanctions on a network" in ran.out
    assert "Readout" not in ran.out
    assert ran.out.splitlines()[-1] == "3 pages replayed: 2 items would have been told"
    assert state(newsroom.home.folder) == before
    assert len(newsroom.site.requests) == asked
    assert "Sanctions" not in watcher("check").out


def test_a_trial_shows_what_the_edits_of_a_page_would_have_said(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.configure('kind = "page"\nselect = "h3"')
    looked(watcher, newsroom)

    plain = watcher("replay", "press").out
    ignoring = watcher("replay", "press", "--with", "ignore=['Readout.*']").out

    assert "      +Readout of a meeting\n" in plain
    assert "Readout" not in ignoring
    assert "next try" not in plain


def test_articles_are_not_stored_which_is_said_once(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.configure(f"{DRUPAL}article = true\n")
    looked(watcher, newsroom)

    ran = watcher("replay", "press")

    assert (ran.code, ran.err) == (0, "13 articles not stored: their items are judged by the list alone\n")
    assert ran.out.endswith("\n3 pages replayed: 3 items would have been told\n")


def test_a_rule_that_finds_nothing_says_so_for_each_page(watcher: Watcher, newsroom: Newsroom) -> None:
    looked(watcher, newsroom)

    ran = watcher("replay", "press", "--with", "item=.nosuch")

    assert ran.code == 1
    assert ran.out.count('".nosuch" matched nothing') == 3


def test_a_key_that_is_none_and_a_value_that_cannot_be_are_refused(watcher: Watcher, newsroom: Newsroom) -> None:
    looked(watcher, newsroom)

    unknown, wrong, none = (watcher("replay", "press", "--with", said) for said in ("items=.x", "item=div[", "item"))

    assert (unknown.code, unknown.err.splitlines()[0]) == (2, 'error: the rule of press has no key "items"')
    assert (wrong.code, wrong.err.splitlines()[0][:35]) == (2, 'error: item: "div[" is no CSS selec')
    assert (none.code, none.err.splitlines()[0]) == (2, 'error: "item" is no KEY=VALUE')


def test_a_watch_without_stored_pages_says_what_to_do(watcher: Watcher) -> None:
    ran = watcher("replay", "press")

    assert (ran.code, ran.err) == (0, "no page of press is stored yet; watcher check press stores the first\n")
