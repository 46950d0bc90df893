"""Commands about what is watched: list, show, items, diff, accept, pause, rm, feeds, build, status, rebuild, config."""

from __future__ import annotations

import os
import re
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Watcher
from tests.conftest import DRUPAL, Newsroom
from tests.rawserver import RawServer, reply
from watcher.cli import words

FEED = "feeds/press.xml"
OVER = ("all     10 entries", "health  0 entries ")
RECORDS = "state/records/press"


def flood(watcher: Watcher, newsroom: Newsroom) -> None:
    """Ten items that are held back: flood-1 to flood-10."""
    watcher("check")
    newsroom.flood()
    watcher("check")


def test_list_has_a_row_for_each_watch_with_its_last_item_or_its_failure(watcher: Watcher, newsroom: Newsroom) -> None:
    new = watcher("list").out
    watcher("check")
    fine = watcher("list").out
    newsroom.office.behave("500")
    watcher("check")
    failing = watcher("list").out

    assert new == "press  new  never\n"
    assert re.fullmatch(r"press  ok  [\d-]{10} \d\d:\d\d  Office of Public Finance Opens Comment Period.*\n", fine)
    assert re.fullmatch(r"press  failing  [\d-]{10} \d\d:\d\d  500 Internal Server Error from .*\n", failing)


def test_list_and_show_are_documents_as_well(watcher: Watcher, newsroom: Newsroom) -> None:
    flood(watcher, newsroom)

    (listed,), shown = watcher("list", "--json").document, watcher("show", "press", "--json").document

    checks = shown.pop("checks")
    assert shown == listed
    assert (shown["name"], shown["health"], shown["every"], shown["alerts"]) == ("press", "ok", 1800, ["me"])
    assert shown["held"] == [f"flood-{n}" for n in range(1, 11)]
    assert [(check["outcome"], check["found"]) for check in checks] == [("found", 10), ("found", 10)]


def test_show_says_what_is_in_force_and_how_it_fares(watcher: Watcher, newsroom: Newsroom) -> None:
    flood(watcher, newsroom)
    newsroom.office.behave("403")
    watcher("check")
    newsroom.configure(f"{DRUPAL}article = true\n")

    shown = watcher("show", "press").out

    rows = dict(line.split(maxsplit=1) for line in shown.splitlines() if not line.startswith(" "))
    assert rows["url"] == newsroom.site.listing
    assert rows["checked"] == "every 30 min"
    assert rows["article"] == "yes"
    assert (rows["feed"], rows["records"]) == (FEED, RECORDS)
    assert rows["health"].startswith("failing since ")
    assert rows["error"].startswith("403 Forbidden")
    assert rows["hint"] == 'it may dislike the user agent (set "contact")'
    assert rows["held"] == "10 items: watcher accept press"
    assert len([line for line in shown.splitlines() if line.startswith("  ")]) == 3


def test_show_has_every_setting_that_differs_from_its_default(watcher: Watcher, newsroom: Newsroom) -> None:
    plain = watcher("show", "press", "--json").document["settings"]
    keys = """versions = ">=2,<4"
    prereleases = false
    private = true
    flood = 5
    robots = "ignore"
    drop = "Readout"
    keep = ["Sanctions", "Treasury"]
    zone = "Europe/Berlin"
    label = "Press office"
    on_edit = "ignore"
    headers = { authorization = "Bearer hush" }
    """
    newsroom.configure(DRUPAL + keys)

    shown, document = watcher("show", "press").out, watcher("show", "press", "--json").document

    assert plain == {}
    assert list(document["settings"]) == [
        *("label", "zone", "on_edit", "flood", "private", "headers", "robots"),
        *("keep", "drop", "prereleases", "versions"),
    ]
    rows = dict(re.split("  +", line, maxsplit=1) for line in shown.splitlines())
    assert (rows["versions"], rows["prereleases"], rows["private"], rows["flood"]) == (">=2,<4", "no", "yes", "5")
    assert (rows["robots"], rows["drop"], rows["keep"]) == ("ignore", "Readout", "Sanctions, Treasury")
    assert (rows["zone"], rows["headers"]) == ("Europe/Berlin", "authorization")
    assert rows["others"].startswith("as by default")
    assert "hush" not in shown + str(document)


def test_another_rhythm_is_seen_before_anybody_looks_again(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.configure(f'{DRUPAL}every = "1d"\n')
    watcher("check")
    rare = watcher("show", "press", "--json").document
    newsroom.configure(f'{DRUPAL}every = "5m"\n')

    often, (listed,) = watcher("show", "press", "--json").document, watcher("list", "--json").document

    assert since_check(rare) > timedelta(hours=9)
    assert since_check(often) < timedelta(hours=1)
    assert since_check(listed) < timedelta(hours=1)


def since_check(watch: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(watch["due_at"]) - datetime.fromisoformat(watch["checked_at"])


def test_items_are_the_newest_with_the_slugs_that_other_commands_take(watcher: Watcher, newsroom: Newsroom) -> None:
    flood(watcher, newsroom)

    rows = watcher("items", "--limit", "2").out.splitlines()

    assert [row.split("  ")[1:] for row in rows] == [
        ["2022-05-17", "press", "flood-10", "Flood 10", "(held)"],
        ["2022-05-17", "press", "flood-9", " Flood 9", "(held)"],
    ]
    assert "press" not in watcher("items", "press", "--limit", "1").out


def test_items_without_a_date_have_no_place_for_one(watcher: Watcher, newsroom: Newsroom) -> None:
    with RawServer({"/": reply(b'<ul><li><a href="/a">Tool one</a><li><a href="/b">Tool two</a></ul>')}) as server:
        newsroom.configure('item = "li"\n', url=server.url())
        watcher("check")

    rows = watcher("items", "press").out.splitlines()

    assert [row.split("  ")[1:] for row in rows] == [["a", "Tool one"], ["b", "Tool two"]]


def test_items_can_be_searched_for(watcher: Watcher) -> None:
    watcher("check")

    found = watcher("items", "--search", "READOUT", "--json").document
    none = watcher("items", "--search", "no such words")

    assert [item["slug"] for item in found] == ["jy0781", "pf0316"]
    assert found[0]["record"] == "2022-05-13-jy0781.md"
    assert (none.code, none.out, none.err) == (0, "", "no items\n")
    assert len(watcher("items", "--since", "1h").out.splitlines()) == 10


def test_items_of_a_watch_that_was_removed_say_so(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.configure(f'{DRUPAL}[watch.more]\nurl = "{newsroom.site.listing}"\n')
    watcher("check")
    watcher("rm", "press")

    rows, document = watcher("items").out.splitlines(), watcher("items", "--json").document

    assert {row.split("  ")[2] for row in rows} == {"press (removed)", "more"}
    assert {(item["watch"], item["removed"]) for item in document} == {("press", True), ("more", False)}


def test_diff_shows_the_last_edit_of_a_watch_or_of_one_item(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    none = watcher("diff", "press")
    for slug in ("jy0781", "pf0322"):
        newsroom.office.edit(slug, title=f"Corrected {slug}")
        watcher("check")

    last, one, unknown = (
        watcher("diff", "press"),
        watcher("diff", "press", "jy0781"),
        watcher("diff", "press", "nosuch"),
    )

    assert (none.code, none.out, none.err) == (0, "", "nothing was edited so far\n")
    assert re.match(
        r"Corrected pf0322  \(revision 1, .*\)\n@@ -1 \+1 @@\n-Quarterly .*\n\+Corrected pf0322\n", last.out
    )
    assert one.out.startswith("Corrected jy0781  (revision 1, ")
    assert watcher("diff", "press", "jy0781", "--json").document[0]["diff"].endswith("+Corrected jy0781")
    assert (unknown.code, unknown.err) == (
        2,
        'error: press has no item "nosuch"\n       watcher items press shows them\n',
    )


def test_diff_shows_any_edit_of_an_item_and_word_by_word(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    for title in ("A title at first", "A title at last"):
        newsroom.office.edit("jy0781", title=title)
        watcher("check")

    last, first = watcher("diff", "press", "jy0781", "--word"), watcher("diff", "press", "jy0781", "--revision", "1")

    assert last.out.splitlines()[0].startswith("A title at last  (revision 2, ")
    assert "A title at [-first-]{+last+}" in last.out.splitlines()
    assert "  (revision 1, " in first.out.splitlines()[0]
    assert first.out.splitlines()[-1] == "+A title at first"
    unknown = watcher("diff", "press", "jy0781", "--revision", "3")
    assert (unknown.code, unknown.err.splitlines()[0]) == (2, "error: jy0781 has no edit 3")
    assert watcher("diff", "press", "--revision", "1").code == 2


def test_an_item_that_flips_keeps_the_form_it_has_and_its_place(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    for n in range(5):
        newsroom.office.edit("jy0781", title=("One form", "The other form")[n % 2])
        watcher("check")

    items = {each["slug"]: each for each in watcher("items", "--json", "--limit", "50").document}

    assert (items["jy0781"]["title"], items["jy0781"]["revision"]) == ("One form", 3)
    assert b"title: One form\n" in newsroom.records["2022-05-13-jy0781.md"]


def test_what_a_page_says_cannot_speak_to_the_terminal(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.configure('kind = "page"\nselect = "h3"\n')
    watcher("check")
    newsroom.office.publish("Red \x1b[31malert\x1b]0;title\x07")
    watcher("check")

    said = watcher("diff", "press").out + watcher("preview", "press").out + watcher("items").out

    assert "alert" in said
    assert "\x1b" not in said


def test_accept_publishes_and_tells_what_was_held(watcher: Watcher, newsroom: Newsroom) -> None:
    flood(watcher, newsroom)

    one = watcher("accept", "press", "flood-10")
    known = watcher("accept", "press", "flood-9", "--as-known")
    rest = watcher("accept", "press")
    none = watcher("accept", "press")

    assert one.out == "1 item of press accepted and published. 1 mail sent to me@example.org.\n"
    assert known.out == "1 item of press known from now on; nobody is told\n"
    assert rest.out == "8 items of press accepted and published. 1 mail sent to me@example.org.\n"
    assert (none.code, none.out) == (0, "press holds nothing back\n")
    assert newsroom.mails == ["Flood 10", "8 new: Press"]
    assert newsroom.feed.count(b"<title>Flood") == 9


def test_accept_refuses_what_is_not_held_and_takes_nothing(watcher: Watcher, newsroom: Newsroom) -> None:
    flood(watcher, newsroom)

    ran = watcher("accept", "press", "flood-1", "jy0781")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: press holds no jy0781\n       watcher items press shows what is held\n"
    assert len(watcher("show", "press", "--json").document["held"]) == 10


def test_beside_a_running_watcher_accept_leaves_publishing_to_it(watcher: Watcher, newsroom: Newsroom) -> None:
    flood(watcher, newsroom)

    with newsroom.app() as app, app.locked():
        ran = watcher("accept", "press")
        assert app.store.unpublished() == ["press"]

    assert ran.code == 0
    assert ran.out == "10 items of press accepted; the watcher that is running publishes and tells them\n"
    assert newsroom.mails == []
    assert b"Flood" not in newsroom.feed


def test_pause_and_resume_need_no_lock(watcher: Watcher, newsroom: Newsroom) -> None:
    with newsroom.app() as app, app.locked():
        paused, again = watcher("pause", "press"), watcher("resume", "press")

    assert paused.out == "press is paused; watcher resume press goes on\n"
    assert again.out == "press is looked at again, from now on\n"
    assert watcher("resume", "press").out == "press is not paused\n"


def test_rm_takes_the_watch_away_and_keeps_its_records(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    records = newsroom.records

    ran = watcher("rm", "press")

    assert ran.out == f"press is removed; its records stay in {RECORDS}\n"
    assert tomllib.loads(newsroom.home.config.read_text()).keys() == {"alert"}
    assert not (newsroom.home.folder / FEED).exists()
    assert newsroom.records == records


def test_rm_says_so_where_the_feed_cannot_be_taken_away(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    feed = newsroom.home.folder / FEED
    feed.unlink()
    feed.mkdir()

    ran = watcher("rm", "press")

    assert ran.code == 1
    assert ran.out == f"press is removed; its records stay in {RECORDS}\n"
    assert ran.err.startswith(f"error: its feed is left: {feed}: cannot be removed: is a directory\n")
    assert tomllib.loads(newsroom.home.config.read_text()).keys() == {"alert"}


def test_a_watch_that_comes_back_tells_nothing_old(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    watcher("rm", "press")
    newsroom.office.publish("Meanwhile")

    newsroom.configure(DRUPAL)
    watcher("check")

    assert newsroom.mails == ["Meanwhile"]


def test_purge_deletes_what_was_written_and_nothing_that_was_there_before(watcher: Watcher, newsroom: Newsroom) -> None:
    folder = newsroom.home.folder / "content"
    newsroom.configure(f'{DRUPAL}records = "content"\n')
    folder.mkdir()
    theirs = {
        "_index.md": "about\n",
        "old.md": "---\ntitle: Old\ndate: 2020-01-01\ndraft: false\nurl: /old\n---\nOld\n",
    }
    for name, text in theirs.items():
        (folder / name).write_text(text)
    watcher("check")

    ran = watcher("rm", "press", "--purge")

    assert ran.out == "press is removed, with 10 records and all that was known\n"
    assert {path.name: path.read_text() for path in folder.iterdir()} == theirs
    assert watcher("items").out == ""


def test_rm_finds_a_watch_in_a_file_of_its_own(watcher: Watcher, newsroom: Newsroom) -> None:
    more = newsroom.home.folder / "watches.d/more.toml"
    more.parent.mkdir()
    more.write_text(f'# mine\n[watch.more]\nurl = "{newsroom.site.listing}"\nitem = "h3"\n')
    before = newsroom.home.config.read_text()

    watcher("rm", "more")

    assert more.read_text() == "# mine\n"
    assert newsroom.home.config.read_text() == before


def test_feeds_says_where_they_are_and_what_is_in_them(watcher: Watcher, newsroom: Newsroom) -> None:
    before = watcher("feeds").out
    watcher("check")
    after = watcher("feeds").out
    config = newsroom.home.config
    config.write_text(f'base_url = "https://watch.example.org/"\n{config.read_text()}')
    document, *others = watcher("feeds", "--json").document

    assert before == f"press  0 entries  not written yet  {FEED}\n"
    when = r"[\d-]{10} \d\d:\d\d"
    rows = [
        f"press   10 entries  {when}  {FEED}",
        *(f"{over}  {when}  feeds/{over.split()[0]}.xml" for over in OVER),
    ]
    assert re.fullmatch("".join(f"{row}\n" for row in rows), after)
    assert "  https://watch.example.org/feeds/press.xml\n" in watcher("feeds").out
    assert [(each["watch"], each["title"]) for each in others] == [(None, "all"), (None, "health")]
    assert (document["url"], document["entries"]) == ("https://watch.example.org/feeds/press.xml", 10)
    assert document["file"] == str(newsroom.home.folder / FEED)


def test_build_writes_again_what_is_missing_and_nothing_else(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    feed = newsroom.feed
    unchanged = watcher("build")
    (newsroom.home.folder / FEED).unlink()

    written = watcher("build")

    assert unchanged.out == "press  feed unchanged, 0 records written\n"
    assert written.out == "press  feed written, 0 records written\n"
    assert newsroom.feed == feed


def test_build_exits_with_1_where_the_records_are_gone(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    for path in (newsroom.home.folder / RECORDS).iterdir():
        path.unlink()

    ran = watcher("build")

    assert ran.code == 1
    assert "all 10 records of press are gone\n       mount the folder or put them back" in ran.err


def test_status_is_0_when_all_is_well_and_1_when_something_is_not(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    well = watcher("status")
    flood(watcher, newsroom)
    newsroom.office.behave("500")
    watcher("check")
    ill, document = watcher("status"), watcher("status", "--json")

    assert well.code == 0
    assert re.fullmatch(
        r"1 watch, 0 failing; last good check: .*\n0 deliveries waiting\nno watcher is running\n", well.out
    )
    assert ill.code == document.code == 1
    assert re.search(r"^  press  failing  since .*  500 Internal Server Error from ", ill.out, re.MULTILINE)
    assert "  press  10 items held: watcher accept press\n" in ill.out
    assert document.document["failing"][0]["watch"] == "press"
    assert document.document["held"] == {"press": 10}
    assert document.document["running"] is None


def test_status_says_what_to_do_where_few_watches_fail(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    newsroom.office.behave("403")
    watcher("check")

    few, document = watcher("status").out.splitlines(), watcher("status", "--json").document
    more = "".join(f'[watch.w{n}]\nurl = "{newsroom.site.listing}?{n}"\n' for n in range(5))
    newsroom.configure(f"{DRUPAL}\n{more}")
    watcher("check")
    many = watcher("status").out

    assert few[2] == '    it may dislike the user agent (set "contact")'
    assert document["failing"][0]["hint"] == few[2].strip()
    assert "dislike" not in many
    newsroom.office.behave("ok")
    watcher("check", "press")
    assert watcher("show", "press", "--json").document["hint"] == ""


def test_a_list_that_is_empty_today_gets_advice_for_a_watch_that_is_there(watcher: Watcher, newsroom: Newsroom) -> None:
    rows = "".join(f'<li><a href="/{n}">Notice number {n}</a> 2024-05-{10 + n}</li>' for n in range(6))
    with RawServer({"/": reply(f"<h1>Notices</h1><ul>{rows}</ul>".encode())}) as server:
        newsroom.configure("", url=server.url())
        watcher("check")
        server.scripts["/"] = reply(b"<h1>Notices</h1><p>There are no notices at the moment.</p>")
        ran = watcher("check")

    shown = watcher("show", "press").out

    assert 'the page says that it lists nothing ("There are no notices at the moment.")' in ran.out
    assert re.search(r"^hint +what is known is kept, and it is asked again: ", shown, re.MULTILINE)
    assert "--kind" not in ran.out + shown


def test_status_says_which_process_uses_the_home(watcher: Watcher, newsroom: Newsroom) -> None:
    with newsroom.app() as app, app.locked():
        ran = watcher("status", "--json")

    assert ran.document["running"] == os.getpid()


def test_a_lost_database_is_made_again_from_the_records_and_tells_nobody(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    refused = watcher("rebuild")
    newsroom.home.database.unlink()
    lost, rebuilt, checked = watcher("check"), watcher("rebuild", "--from-records"), watcher("check")

    assert refused.code == 75
    assert "nothing is ever overwritten" in refused.err
    assert lost.code == 75
    assert "watcher rebuild makes it" in lost.err
    assert rebuilt.out.startswith("10 records known again, and nobody is told of them; ")
    assert checked.code == 0
    assert newsroom.mails == []
    assert newsroom.feed.count(b"<entry>") == 10


def test_config_says_where_it_is_what_it_holds_and_what_it_may_hold(watcher: Watcher, newsroom: Newsroom) -> None:
    assert watcher("config", "path").out == f"{newsroom.home.config}\n"
    assert watcher("config", "check").out == "watcher.toml: 1 watch, 1 alert target, no fault\n"
    schema = watcher("config", "schema")
    assert schema.document["title"] == "watcher.toml"
    references = set(re.findall(r'"#/\$defs/([^"]+)"', schema.out))
    assert references
    assert references <= schema.document["$defs"].keys()


def test_a_configuration_elsewhere_is_used_with_the_home_that_is_named(watcher: Watcher, newsroom: Newsroom) -> None:
    elsewhere = newsroom.home.folder / "etc/other.toml"
    elsewhere.parent.mkdir()
    newsroom.home.config.rename(elsewhere)

    ran = watcher("--home", str(newsroom.home.folder), "--config", str(elsewhere), "check")

    assert ran.code == 0
    assert len(newsroom.records) == 10


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (23, "23rd")]
)
def test_numbers_are_spoken_in_order(number: int, said: str) -> None:
    assert words.ordinal(number) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "yes"),
        (False, "no"),
        ("main", "main"),
        (("v*", "w*"), "v*, w*"),
        ({"select": "time", "zone": "UTC"}, "select time, zone UTC"),
        ([{"select": "h2"}], "select h2"),
        (3, "3"),
    ],
)
def test_the_value_of_a_key_is_said_in_words(value: object, said: str) -> None:
    assert words.said(value) == said


def test_columns_stand_below_each_other() -> None:
    assert words.table([("a", "bcd", "e"), ("fgh", "", "i"), ()]) == ["a    bcd  e", "fgh       i", ""]
    assert words.table([]) == []


def test_a_path_is_shown_as_one_would_type_it_and_whole_at_the_root(
    watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher("check")

    assert f"  {FEED}\n" in watcher("feeds").out
    home = Path.cwd()
    monkeypatch.chdir("/")
    assert f"  {home}/{FEED}\n" in watcher("--home", str(home), "feeds").out


def test_the_feeds_can_be_had_as_one_file_for_a_reader(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.home.config.write_text(f'base_url = "https://watch.example.org/"\n{newsroom.home.config.read_text()}')
    before = watcher("feeds", "--opml").out
    watcher("check")

    after = watcher("feeds", "--opml").out

    assert "No feeds yet" in before
    assert 'xmlUrl="https://watch.example.org/feeds/press.xml"' in after
    assert after == (newsroom.home.feeds / "feeds.opml").read_text()


def test_a_watch_that_is_removed_takes_its_feed_and_its_place_in_the_lists_with_it(
    watcher: Watcher, newsroom: Newsroom
) -> None:
    watcher("check")

    watcher("rm", "press")

    there = {path.name for path in newsroom.home.feeds.rglob("press*")}
    assert there == set()
    assert "press" not in (newsroom.home.feeds / "index.html").read_text()
    assert "<entry>" not in (newsroom.home.feeds / "all.xml").read_text()
