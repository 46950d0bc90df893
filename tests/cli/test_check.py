"""watcher check, over a real site, a real database and real mail."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from tests.cli.conftest import Watcher
from tests.conftest import DRUPAL, Newsroom

TWO = """
[watch.other]
url = "{url}/jy0781"
kind = "page"
select = "title"
"""


@pytest.fixture
def two(newsroom: Newsroom) -> Newsroom:
    """A home with a second watch: other, the title of a release's page."""
    newsroom.configure(DRUPAL + TWO.format(url=newsroom.site.listing))
    return newsroom


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file but the database's, which is written to by looking."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("watcher.db"))
    return {str(path): path.read_bytes() for path in files}


def test_each_watch_has_a_line_that_says_what_was_found(watcher: Watcher, two: Newsroom) -> None:
    first = watcher("check")
    two.office.publish("One", slug="pf0998")
    two.office.publish("Two", slug="pf0999")
    two.office.edit("pf0322", title="Corrected")
    second = watcher("check")

    assert first.out.splitlines()[:2] == [
        "press  known     10 items known from now on",
        "other  known     1 item known from now on",
    ]
    assert second.out.splitlines()[:4] == [
        "press  2 new     Two",
        "                 One",
        "       1 edited  Corrected: 1 line changed (nothing sent)",
        "other  ok        nothing new (1 item)",
    ]
    assert re.fullmatch(
        r"2 checked in \d+\.\d s: 2 new, 1 edited\. 2 mails sent to me@example\.org\.", second.out.splitlines()[4]
    )
    assert (first.code, second.code, second.err) == (0, 0, "")


def test_a_state_that_all_users_can_read_is_closed_and_one_that_a_group_can_read_is_its_owners_wish(
    watcher: Watcher, newsroom: Newsroom
) -> None:
    modes, said = [], []

    for mode in (0o755, 0o700, 0o750):
        newsroom.home.state.mkdir(exist_ok=True)
        newsroom.home.state.chmod(mode)
        said.append(watcher("check").err)
        modes.append(newsroom.home.state.stat().st_mode & 0o777)

    assert modes == [0o700, 0o700, 0o750]
    assert said == [f"warning: {newsroom.home.state} was open to all users, and is not any more\n", "", ""]


def test_a_failing_watch_says_why_how_often_since_when_and_when_it_is_tried_again(
    watcher: Watcher, newsroom: Newsroom
) -> None:
    watcher("check")
    newsroom.office.behave("403")

    first, second = watcher("check"), watcher("check")

    host = newsroom.site.url.removeprefix("http://")
    assert re.fullmatch(
        rf"press  FAILED    403 Forbidden from {host}; next try in (2[2-9]|30) min", first.out.splitlines()[0]
    )
    assert re.fullmatch(
        rf"press  FAILED    403 Forbidden from {host}, 2nd time since [\d: -]+; next try in (4[5-9] min|5\d min|1 h)",
        second.out.splitlines()[0],
    )
    assert second.out.splitlines()[1].strip() == 'it may dislike the user agent (set "contact")'
    assert (first.code, second.code) == (1, 1)


def test_a_held_batch_says_how_it_is_accepted(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    newsroom.flood()

    ran = watcher("check")

    assert "press  10 held   Flood 10\n" in ran.out
    assert "see them, then: watcher accept press\n" in ran.out
    assert ran.code == 0


def test_of_a_page_with_a_held_batch_every_item_is_accounted_for(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    for release in newsroom.office.releases[2:]:
        newsroom.office.withdraw(release.slug)
    for n in range(1, 6):
        newsroom.office.publish(f"Flood {n}", published=date(2022, 5, 10))
    newsroom.office.publish("Before our time", published=date(2021, 5, 10))

    ran = watcher("check")

    rows = [row.strip() for row in ran.out.splitlines()]
    assert rows[0] == "press  5 held    Flood 5"
    assert rows[5:7] == ["known     1 item known from now on", "the other 2 of 8 items were known before"]
    assert "none of the 8 items on the page was known but 2 at its top" in rows[8]
    assert rows[9].endswith(" s: 5 held, 1 known from now on.")
    checks = watcher("history", "press", "--json").document
    assert [(one["found"], one["new"], one["held"], one["known"]) for one in checks] == [(8, 0, 5, 1), (10, 0, 0, 10)]
    assert (
        watcher("history", "press")
        .out.splitlines()[0]
        .endswith("8 found, 0 new, 0 edited, 5 held, 1 known from now on")
    )


def test_exit_code_10_means_news_and_a_failure_comes_first(watcher: Watcher, two: Newsroom) -> None:
    assert watcher("check", "--exit-code").code == 0

    two.office.publish("One")
    assert watcher("check", "--exit-code").code == 10
    two.office.edit("jy0781", title="A page that changed is news")
    assert watcher("check", "other", "--exit-code").code == 10

    two.office.publish("Two")
    two.office.behave("500", at="/news/press-releases/jy0781")
    assert watcher("check", "--exit-code").code == 1


def test_a_mail_that_is_refused_is_3_and_kept(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    newsroom.office.publish("One")
    newsroom.mailbox.__exit__()

    ran = watcher("check", "--exit-code")
    newsroom.mailbox.__enter__()

    assert ran.code == 3
    assert "press  1 new     One\n" in ran.out
    assert ran.err.startswith("error: mail to me@example.org not sent: Connection refused (127.0.0.1:")
    assert ran.err.endswith("\n       it is kept, and tried again; watcher outbox shows it\n")
    assert "One" in watcher("outbox").out


def test_mails_to_several_people_are_summed_up(watcher: Watcher, newsroom: Newsroom) -> None:
    config = newsroom.home.config
    config.write_text(config.read_text().replace('["me@example.org"]', '["me@example.org", "you@example.org"]'))
    watcher("check")
    newsroom.office.publish("One")
    newsroom.office.publish("Two")

    ran = watcher("check")

    assert ran.out.endswith(": 2 new. 4 mails sent: 2 to me@example.org, 2 to you@example.org.\n")


def test_a_dry_run_says_what_would_happen_and_leaves_no_trace(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    newsroom.office.publish("One", slug="pf0999")
    before = snapshot(newsroom.home.folder)

    ran = watcher("check", "--dry-run", "--exit-code")

    assert ran.code == 10
    assert ran.out.splitlines() == [
        "press  1 new (not saved, not sent)",
        "  would write  state/records/press/2022-05-17-pf0999.md",
        '  would add    feeds/press.xml                           "One"',
        '  would mail   me@example.org                            "One"',
    ]
    assert snapshot(newsroom.home.folder) == before
    assert newsroom.mails == []
    assert "press  1 new     One\n" in watcher("check").out


def test_a_dry_run_needs_no_lock_and_fails_where_the_check_would(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.office.behave("500")

    with newsroom.app() as app, app.locked():
        ran = watcher("check", "--dry-run")

    assert ran.code == 1
    assert "press  FAILED  500 Internal Server Error" in ran.out


def test_json_is_one_document_with_all_that_was_found_and_sent(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    newsroom.office.publish("One", slug="pf0999")

    rehearsed, checked = watcher("check", "--dry-run", "--json").document, watcher("check", "--json").document

    (change,) = checked["watches"][0]["changes"]
    assert (change["kind"], change["title"]) == ("new", "One")
    assert checked["watches"][0]["records"] == ["2022-05-17-pf0999.md"]
    assert checked["watches"][0]["feed_changed"]
    (delivery,) = checked["deliveries"]
    assert (delivery["recipient"], delivery["subject"], delivery["error"]) == ("me me@example.org", "One", "")
    (would,) = rehearsed["watches"][0]["changes"]
    assert would["id"] == change["id"]
    assert would["tell"] == ["me me@example.org"]


def test_quiet_says_only_what_went_wrong(watcher: Watcher, two: Newsroom) -> None:
    watcher("check")
    two.office.publish("One")
    two.office.behave("500", at="/news/press-releases/jy0781")

    ran = watcher("-q", "check")

    assert [line.split()[0] for line in ran.out.splitlines() if not line.startswith(" ")] == ["other"]
    assert (ran.code, ran.err) == (1, "")


def test_a_watch_is_called_by_name_by_prefix_or_by_address_and_checked_once(watcher: Watcher, two: Newsroom) -> None:
    for name in ("pre", two.site.listing, f"{two.site.listing}/#top"):
        assert watcher("show", name).out.startswith("watch    press\n")

    ran = watcher("check", "press", "pre", two.site.listing)

    assert [line.split()[0] for line in ran.out.splitlines()] == ["press", "1"]


def test_a_name_that_fits_none_or_two_is_a_misuse(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.configure(DRUPAL + TWO.format(url=newsroom.site.listing).replace("other", "press-too"))

    none, two = watcher("check", "pess"), watcher("show", "pres")

    assert (none.code, none.err) == (2, 'error: no watch "pess"\n       did you mean press?\n')
    assert (two.code, two.err) == (2, 'error: "pres" may be press or press-too\n')
    assert watcher("check", "press").code == 0


def test_a_paused_watch_is_looked_at_only_when_it_is_named(watcher: Watcher, two: Newsroom) -> None:
    watcher("pause", "press")

    everything, named = watcher("check"), watcher("check", "press")

    assert [line.split()[0] for line in everything.out.splitlines()] == ["other", "1"]
    assert everything.err == "press: paused\n"
    assert named.out.startswith("press  known")
    assert watcher("list").out.splitlines()[0].split()[:2] == ["press", "paused"]


def test_due_means_those_whose_time_has_come(watcher: Watcher, two: Newsroom) -> None:
    watcher("check", "press")

    first, second = watcher("check", "--due"), watcher("check", "--due")

    assert first.out.startswith("other  known")
    assert (second.out, second.err, second.code) == ("", "nothing is due\n", 0)
