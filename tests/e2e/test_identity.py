"""One release is told once, whatever its page does. Over real HTTP, a real database and real mail."""

from __future__ import annotations

import pytest

from tests.conftest import DRUPAL, USWDS, Newsroom
from tests.rawserver import Asked, RawServer, reply
from watcher.app import Swept
from watcher.model import Failed, Found


def kinds(swept: Swept) -> list[str]:
    outcome = swept.checked.outcome
    assert isinstance(outcome, Found), outcome
    return [change.kind for change in outcome.changes]


def ids(newsroom: Newsroom) -> dict[str, str]:
    with newsroom.app() as app:
        return {seen.item.link.rstrip("/").rpartition("/")[2]: seen.id for _, seen in app.store.items("press")}


def test_a_first_look_is_quiet_and_fills_records_and_feed(newsroom: Newsroom) -> None:
    swept = newsroom.check()

    assert kinds(swept) == ["stock"] * 10
    assert len(newsroom.records) == 10
    assert newsroom.feed.count(b"<entry>") == 10
    assert newsroom.mails == []


def test_a_clock_and_a_counter_are_no_change(newsroom: Newsroom) -> None:
    newsroom.check()
    feed, records = newsroom.feed, newsroom.records

    second, third = newsroom.check(), newsroom.check()

    assert kinds(second) == []
    assert type(third.checked.outcome).__name__ == "Unchanged"
    assert not second.published.written
    assert (newsroom.feed, newsroom.records, newsroom.mails) == (feed, records, [])


CHANNEL = '<div class="channel"><span>{}</span> <a href="/{}/latest.zip">Download</a></div>'
STABLE = 'item = "div.channel"\ntitle = "span"\nlink = "a"\nprereleases = false\n'


@pytest.mark.parametrize("etag", ["", '"{}"'])
def test_where_what_is_left_out_changes_its_place_is_no_noise(newsroom: Newsroom, etag: str) -> None:
    def page(version: str) -> bytes:
        body = CHANNEL.format(f"Foo {version}", "foo") + CHANNEL.format("Bar 7.0.0", "bar")
        return reply(f"<html><body>{body}</body></html>".encode(), etag=etag.format(version))

    with RawServer({"/": page("2.0.0-rc1")}) as server:
        newsroom.configure(STABLE, url=server.url("/"))
        newsroom.check()
        for version in ("2.0.0-rc2", "2.0.0-rc3", "2.0.0"):
            server.scripts["/"] = page(version)
            swept = newsroom.check()

    assert kinds(swept) == ["new"]
    assert newsroom.mails == ["Foo 2.0.0"]


def test_what_was_taken_for_noise_gives_no_validators(newsroom: Newsroom) -> None:
    pages = iter(range(10))

    def page(asked: Asked) -> bytes:
        number = next(pages)
        clock = f'<p>{number}</p><ul><li><a href="/a">First</a></li><li><a href="/b">Second</a></li></ul>'
        return reply(clock.encode(), etag=f'"{number}"')

    with RawServer({"/": page}) as server:
        newsroom.configure('item = "li"\n', url=server.url("/"))
        swept = [newsroom.check() for _ in range(4)][2]

    assert type(swept.checked.outcome).__name__ == "Unchanged"
    assert ["if-none-match" in asked.headers for asked in server.asked] == [False, True, True, False]


def test_a_release_on_a_page_with_a_clock_that_is_known_is_told(newsroom: Newsroom) -> None:
    for _ in range(3):
        newsroom.check()

    newsroom.office.publish("A New Framework", slug="pf0999")
    swept = newsroom.check()

    assert kinds(swept) == ["new"]
    assert newsroom.mails == ["A New Framework"]


def test_an_unchanged_page_is_answered_with_304_and_read_no_further(newsroom: Newsroom) -> None:
    newsroom.office.clock = False
    newsroom.check()

    swept = newsroom.check()

    assert type(swept.checked.outcome).__name__ == "Unchanged"
    asked = newsroom.site.requests[-1]
    assert asked.headers["if-none-match"].startswith('"')


def test_a_release_is_one_record_one_entry_and_one_mail(newsroom: Newsroom) -> None:
    newsroom.check()

    newsroom.office.publish("A New Framework", slug="pf0999")
    swept = newsroom.check()
    newsroom.check()

    assert kinds(swept) == ["new"]
    assert swept.published.written == ["2022-05-17-pf0999.md"]
    assert newsroom.feed.count(b"<title>A New Framework</title>") == 1
    assert newsroom.mails == ["A New Framework"]


def test_an_edited_title_reaches_record_and_feed_and_nobody_is_told(newsroom: Newsroom) -> None:
    newsroom.check()
    before = ids(newsroom)

    newsroom.office.edit("jy0781", title="READOUT: Corrected")
    swept = newsroom.check()

    assert kinds(swept) == ["edited"]
    assert ids(newsroom) == before
    assert b"title: 'READOUT: Corrected'" in newsroom.records["2022-05-13-jy0781.md"]
    assert b"<title>READOUT: Corrected</title>" in newsroom.feed
    assert newsroom.mails == []


def test_twenty_items_live_through_a_redesign_with_a_new_selector(newsroom: Newsroom) -> None:
    newsroom.check()
    for n in range(10):
        newsroom.office.publish(f"Interim Release {n}")
        newsroom.check()
    before = ids(newsroom)

    newsroom.office.redesign("uswds")
    newsroom.configure(USWDS)
    swept = newsroom.check()

    assert len(before) == 20
    assert "new" not in kinds(swept)
    assert ids(newsroom) == before
    assert len(newsroom.mails) == 10


def test_a_redesign_with_the_old_selector_fails_loses_nothing_and_tells_what_came_meanwhile_once(
    newsroom: Newsroom,
) -> None:
    newsroom.check()
    feed, records = newsroom.feed, newsroom.records

    newsroom.office.redesign("table")
    newsroom.office.publish("Published in Between", slug="pf0998")
    failing = newsroom.check()

    assert isinstance(failing.checked.outcome, Failed)
    assert failing.checked.outcome.health == "broken"
    assert (newsroom.feed, newsroom.records, newsroom.mails) == (feed, records, [])

    newsroom.configure('item = "tr:has(td)"\n')
    repaired = newsroom.check()

    assert kinds(repaired) == ["new"]
    assert newsroom.mails == ["Published in Between"]
    newsroom.check()
    assert newsroom.mails == ["Published in Between"]


def test_an_old_release_that_slides_up_from_the_next_page_is_not_told(newsroom: Newsroom) -> None:
    newsroom.check()

    newsroom.office.withdraw("jy0781")
    swept = newsroom.check()

    assert kinds(swept) == ["stock"]
    assert newsroom.mails == []
    assert "2022-05-13-jy0781.md" in newsroom.records


def test_an_item_pushed_to_the_next_page_and_back_is_not_told(newsroom: Newsroom) -> None:
    newsroom.check()
    newsroom.office.publish("Short-lived", slug="pf0997")
    newsroom.check()

    newsroom.office.withdraw("pf0997")
    swept = newsroom.check()

    assert kinds(swept) == []
    assert newsroom.mails == ["Short-lived"]


def test_a_site_that_moves_below_another_path_keeps_its_ids(newsroom: Newsroom) -> None:
    newsroom.check()
    before = ids(newsroom)

    newsroom.configure(DRUPAL, url=newsroom.site.url + "/newsroom/press-releases")
    newsroom.check()

    assert ids(newsroom) == before
    assert newsroom.mails == []


def test_a_changed_rule_tells_nobody_about_old_items(newsroom: Newsroom) -> None:
    newsroom.configure(DRUPAL.replace("> div", "> div:nth-child(-n+3)"))
    newsroom.check()
    assert len(newsroom.records) == 3

    newsroom.office.publish("Fresh Under the New Rule", slug="pf0996")
    newsroom.configure(DRUPAL)
    swept = newsroom.check()

    assert sorted(kinds(swept)) == ["new"] + ["stock"] * 7
    assert newsroom.mails == ["Fresh Under the New Rule"]


def test_a_flood_is_held_as_drafts_until_it_is_accepted(newsroom: Newsroom) -> None:
    newsroom.check()
    newsroom.flood()
    swept = newsroom.check()

    assert kinds(swept) == ["held"] * 10
    assert sum(b"draft: true" in data for data in newsroom.records.values()) == 10
    assert b"Flood" not in newsroom.feed
    assert newsroom.mails == []

    with newsroom.app() as app, app.locked():
        watch = app.config.watches["press"]
        held = [seen.id for seen in app.store.held("press")]
        app.store.accept("press", held, tell=[("me me@example.org", f"{i}/new", i) for i in held], now=newsroom.now)
        app.publish(watch)
        app.deliver()

    assert b"draft: true" not in b"".join(newsroom.records.values())
    assert newsroom.feed.count(b"<title>Flood") == 10
    assert newsroom.mails == ["10 new: Press"]


def test_a_backlog_above_a_known_item_is_told(newsroom: Newsroom) -> None:
    newsroom.check()
    for n in range(9):
        newsroom.office.publish(f"Backlog {n}")

    swept = newsroom.check()

    assert kinds(swept) == ["new"] * 9
    assert newsroom.mails == ["9 new: Press"]


def test_a_draft_that_its_owner_sets_free_is_published_and_told(newsroom: Newsroom) -> None:
    newsroom.check()
    newsroom.flood()
    newsroom.check()

    record = newsroom.home.folder / "state/records/press/2022-05-17-flood-10.md"
    record.write_text(record.read_text().replace("draft: true", "draft: false"))
    newsroom.check()

    assert newsroom.mails == ["Flood 10"]
    assert newsroom.feed.count(b"<title>Flood") == 1


@pytest.mark.parametrize("design", ["uswds", "cards"])
def test_a_slash_more_in_every_link_is_no_news(newsroom: Newsroom, design: str) -> None:
    newsroom.configure('item = "div:has(> h3) , article"\ntitle = "h3 a, h2 a"\ndate = "time"\n')
    newsroom.check()
    before = ids(newsroom)

    newsroom.office.redesign(design)  # type: ignore[arg-type]
    swept = newsroom.check()

    assert not {"new", "held", "stock"} & set(kinds(swept))
    assert ids(newsroom) == before
