"""What commands say of how a home fares: status, history."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.conftest import Watcher
from tests.conftest import DRUPAL, Newsroom
from tests.contracts.world import statements
from tests.test_web_health import Watched
from watcher.demo import LISTING


def test_a_watch_that_was_due_and_that_nobody_looked_at_is_overdue(watcher: Watcher, newsroom: Newsroom) -> None:
    fresh = watcher("status")
    newsroom.check()  # by the newsroom's clock, which stands a day behind

    late, document = watcher("status"), watcher("status", "--json")

    assert fresh.code == 0
    assert late.code == document.code == 1
    assert re.search(r"^1 overdue; press was due 2026-11-22 \d\d:\d\d$", late.out, re.MULTILINE)
    assert [each["watch"] for each in document.document["overdue"]] == ["press"]
    assert document.document["last_good_check"] == "2026-11-22T13:46:46Z"


def test_a_faulty_configuration_is_told_with_what_is_known_all_the_same(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.configure(f'{DRUPAL}[watch.gone]\nurl = "{newsroom.site.listing}?gone"\n')
    watcher("check")
    newsroom.configure(DRUPAL)
    watcher("check", "--due")
    newsroom.office.behave("500")
    watcher("check")
    newsroom.home.config.write_text(newsroom.home.config.read_text() + "evry = 5\n")

    ran, document = watcher("status"), watcher("status", "--json")

    assert ran.code == document.code == 2
    assert ran.err.startswith('error: unknown key "evry" in [watch.press]  (watcher.toml:')
    assert ran.out.startswith("1 watch at the last look, 1 failing; last good check: ")
    assert re.search(r"^  press  failing  since ", ran.out, re.MULTILINE)
    assert ran.out.endswith("\n0 deliveries waiting\nno watcher is running\n")
    assert document.document["faults"] == [ran.err.splitlines()[0].removeprefix("error: ")]
    assert [each["watch"] for each in document.document["failing"]] == ["press"]


def test_what_is_overdue_is_told_under_a_faulty_configuration_as_well(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.check()  # by the newsroom's clock, which stands a day behind
    newsroom.home.config.write_text("nonsense")

    assert re.search(r"^1 overdue; press was due ", watcher("status").out, re.MULTILINE)


def test_where_there_is_no_configuration_there_is_no_status(bare: Watcher, tmp_path: Path) -> None:
    ran = bare("--home", str(tmp_path / "none"), "status")

    assert (ran.code, ran.out) == (2, "")
    assert not (tmp_path / "none").exists()


def test_what_waits_for_long_is_told_with_how_late_it_is(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.check()
    newsroom.office.publish("A Release", slug="pf0999")
    newsroom.home.config.write_text(newsroom.home.config.read_text().replace(newsroom.mailbox.address, "127.0.0.1:1"))
    newsroom.check()

    ran, document = watcher("status"), watcher("status", "--json").document

    assert ran.code == 1
    assert re.search(
        r"^1 delivery waiting, 1 tried and not taken: watcher outbox; the oldest that waits is .* late$", ran.out, re.M
    )
    assert [document["outbox"][key] for key in ("waiting", "tried", "failed")] == [1, 1, 0]
    assert document["outbox"]["oldest_seconds"] > 3600


def test_status_takes_no_lock_that_a_watcher_might_be_about_to_take(watcher: Watcher, newsroom: Newsroom) -> None:
    ran = watcher("status")

    assert ran.code == 0
    assert not newsroom.home.lock.exists()


def test_a_running_watcher_is_asked_when_it_last_looked(watcher: Watcher, newsroom: Newsroom) -> None:
    with newsroom.app() as app, app.locked():
        app.warm()
        watched = Watched(app)
        listen = watched.server.url.removeprefix("http://")
        newsroom.home.config.write_text(f'listen = "{listen}"\n{newsroom.home.config.read_text()}')
        document, ran = watcher("status", "--json").document, watcher("status")
        watched.server.stop()
        silent = watcher("status", "--json").document

    assert (document["tick_age_seconds"], silent["tick_age_seconds"]) == (0.5, None)
    assert re.search(r"^a watcher is running \(pid \d+\), and looked at what is due 0 s ago$", ran.out, re.M)


def test_the_feeds_that_a_running_watcher_serves_are_shown_by_their_addresses(
    watcher: Watcher, newsroom: Newsroom
) -> None:
    with newsroom.app() as app, app.locked():
        app.check(app.config.watches["press"])
        watched = Watched(app)
        listen = watched.server.url.removeprefix("http://")
        newsroom.home.config.write_text(f'listen = "{listen}"\n{newsroom.home.config.read_text()}')
        served, imported = watcher("feeds").out, watcher("feeds", "--opml").out
        watched.server.stop()
        silent, nothing = watcher("feeds").out, watcher("feeds", "--opml").out

    assert f"{watched.server.url}/feeds/press.xml\n" in served
    assert f'xmlUrl="{watched.server.url}/feeds/press.xml"' in imported
    assert silent.partition("\n")[0].endswith("  feeds/press.xml")
    assert "xmlUrl" not in nothing


def test_what_status_and_list_ask_does_not_grow_with_the_watches(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("check")
    asked = []
    for number in (1, 30):
        more = "".join(f'[watch.w{n}]\nurl = "{newsroom.site.listing}?{n}"\n' for n in range(number))
        newsroom.configure(f"{DRUPAL}\n{more}")
        for args in (["status"], ["list"], ["list", "--json"]):
            with statements() as said:
                watcher(*args)
            asked.append(len(said))

    assert asked[:3] == asked[3:]


def test_history_has_every_check_with_how_it_ended(watcher: Watcher, newsroom: Newsroom) -> None:
    none = watcher("history", "press")
    watcher("check")
    newsroom.office.behave("500")
    watcher("check")

    rows, one = watcher("history", "press").out.splitlines(), watcher("history", "press", "--limit", "1").out
    failed, found = watcher("history", "press", "--json").document

    assert (none.code, none.out) == (0, "")
    assert none.err.startswith("press was not checked yet; ")
    assert re.fullmatch(
        r"[\d-]{10} \d\d:\d\d:\d\d \S+  failed  500  \d+\.\d\d s  500 Internal Server Error from .*", rows[0]
    )
    assert re.fullmatch(
        r"[\d-]{10} \d\d:\d\d:\d\d \S+  found   200  \d+\.\d\d s  10 found, 0 new, 0 edited, 10 known from now on",
        rows[1],
    )
    assert one.splitlines() == rows[:1]
    assert (failed["outcome"], failed["status"], found["found"]) == ("failed", 500, 10)
    assert found["took_ms"] >= 0


def test_what_waits_for_articles_is_told_with_the_command_that_says_why(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.configure(f"{DRUPAL}article = true\n")
    newsroom.office.behave("403", f"{LISTING}/*")
    newsroom.check()

    status, shown, document = watcher("status"), watcher("show", "press"), watcher("status", "--json").document

    words = "10 items wait for their articles: watcher explain press ITEM"
    assert f"  press  {words}\n" in status.out
    assert re.search(rf"^articles +{words}$", shown.out, re.MULTILINE)
    assert document["awaited"] == {"press": 10}
    assert "article: it cannot be had (403 Forbidden from " in watcher("explain", "press", "jy0781").out
