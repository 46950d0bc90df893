"""The article of an item: fetched once, awaited for three more looks where it cannot be had, and told when it came."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import DRUPAL, Newsroom
from watcher.app import Swept
from watcher.demo import LISTING
from watcher.model import Change, Failed, Seen

#: The upper half of the listing.
LIST = DRUPAL.replace("> div", "> div:nth-child(-n+5)")
BODY = "div.field--name-field-news-body"
SLUG, PATH = "pf0999", f"{LISTING}/pf0999"
RECORD = f"2022-05-17-{SLUG}.md"
GOLDEN = Path(__file__).parent.parent / "golden/jy0781.md"


@pytest.fixture
def newsroom(newsroom: Newsroom) -> Newsroom:
    """With articles; those of the first look are there."""
    newsroom.configure(f'{LIST}article = "{BODY}"\n')
    newsroom.check()
    newsroom.site.requests.clear()
    return newsroom


def asked(newsroom: Newsroom) -> list[str]:
    """The articles that were asked for."""
    return [path for path in (request.path for request in newsroom.site.requests) if path.startswith(f"{LISTING}/")]


def changes(swept: Swept) -> tuple[Change, ...]:
    assert not isinstance(swept.checked.outcome, Failed), swept.checked.outcome
    return swept.checked.outcome.changes


def stored(newsroom: Newsroom) -> Seen:
    with newsroom.app() as app:
        return next(seen for _, seen in app.store.items("press") if seen.slug == SLUG)


def publish_unreadable(newsroom: Newsroom) -> None:
    """A release whose article is answered with 500 from now on."""
    newsroom.office.behave("500", PATH)
    newsroom.office.publish("Hard to Read", slug=SLUG, body="<p>Worth the wait.</p>")


def begin_again(newsroom: Newsroom, article: str) -> None:
    """Another rule for articles, and nothing known of before."""
    newsroom.configure(f"{LIST}article = {article}\n")
    with newsroom.app() as app:
        app.store.forget("press")
    shutil.rmtree(newsroom.home.folder / "state/records/press")


def assert_nothing_of_it(newsroom: Newsroom) -> None:
    assert RECORD not in newsroom.records
    assert b"Hard to Read" not in newsroom.feed
    assert newsroom.mails == []


def test_the_page_of_jy0781_becomes_the_golden_record_byte_for_byte(newsroom: Newsroom) -> None:
    assert newsroom.records["2022-05-13-jy0781.md"] == GOLDEN.read_bytes()


def test_an_article_that_is_found_without_a_selector_is_the_same_to_the_byte(newsroom: Newsroom) -> None:
    known = newsroom.records

    begin_again(newsroom, "true")
    newsroom.check()

    assert newsroom.records == known


def test_articles_are_fetched_for_new_items_only(newsroom: Newsroom) -> None:
    newsroom.check()
    assert asked(newsroom) == []

    newsroom.office.publish("A New Framework", slug=SLUG, body="<p>It is <em>new</em>.</p>")
    newsroom.check()
    newsroom.check()

    assert asked(newsroom) == [PATH]
    assert newsroom.records[RECORD].endswith(b"---\nIt is *new*.\n")
    assert b"<em>new</em>" in newsroom.feed
    text = newsroom.mailbox.messages[0].get_body(("plain",))
    assert text is not None
    assert "It is new." in text.get_content()


@pytest.mark.parametrize("clock", [False, True], ids=["304", "a changed listing"])
def test_an_article_that_cannot_be_had_is_awaited_and_told_when_it_comes(newsroom: Newsroom, clock: bool) -> None:
    newsroom.office.clock = clock
    publish_unreadable(newsroom)

    first = newsroom.check()
    assert [(change.kind, change.seen.pending) for change in changes(first)] == [("new", 3)]
    assert_nothing_of_it(newsroom)
    second = newsroom.check()
    assert type(second.checked.outcome).__name__ == ("Found" if clock else "Unchanged")
    assert [(change.kind, change.seen.pending) for change in changes(second)] == [("touched", 2)]
    assert_nothing_of_it(newsroom)
    newsroom.office.behave("ok")
    newsroom.check()
    newsroom.check()

    assert asked(newsroom) == [PATH] * 3
    assert newsroom.records[RECORD].endswith(b"---\nWorth the wait.\n")
    assert newsroom.feed.count(b"<title>Hard to Read</title>") == 1
    assert newsroom.mails == ["Hard to Read"]


@pytest.mark.parametrize("clock", [False, True], ids=["304", "a changed listing"])
def test_after_three_more_looks_an_item_goes_out_without_its_article(newsroom: Newsroom, clock: bool) -> None:
    newsroom.office.clock = clock
    publish_unreadable(newsroom)

    for pending in (3, 2, 1):
        newsroom.check()
        assert stored(newsroom).pending == pending
        assert_nothing_of_it(newsroom)
    newsroom.check()
    newsroom.check()

    assert asked(newsroom) == [PATH] * 4
    assert b"title: Hard to Read\n" in newsroom.records[RECORD]
    assert b"Worth the wait" not in newsroom.records[RECORD]
    assert newsroom.feed.count(b"<title>Hard to Read</title>") == 1
    assert newsroom.mails == ["Hard to Read"]


def test_an_item_that_left_the_list_while_its_article_was_awaited_is_told(newsroom: Newsroom) -> None:
    publish_unreadable(newsroom)
    newsroom.check()

    newsroom.office.withdraw(SLUG)
    for _ in range(3):
        assert_nothing_of_it(newsroom)
        newsroom.check()

    assert newsroom.mails == ["Hard to Read"]
    assert RECORD in newsroom.records


def test_an_item_that_is_renamed_at_every_look_is_not_awaited_for_ever(newsroom: Newsroom) -> None:
    publish_unreadable(newsroom)

    for n in range(3):
        newsroom.check()
        assert_nothing_of_it(newsroom)
        newsroom.office.edit(SLUG, title=f"Renamed {n}")
    newsroom.check()

    assert newsroom.mails == ["Renamed 2"]
    assert b"title: Renamed 2\n" in newsroom.records[RECORD]


def test_articles_of_a_held_batch_that_cannot_be_had_are_one_line_of_the_log(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    newsroom.flood()
    newsroom.office.behave("500", f"{LISTING}/*")

    newsroom.check()

    said = [each.message for each in caplog.records if each.levelname == "WARNING"]
    assert len(said) == 1, said
    assert said[0].startswith("3 articles cannot be had; the first is http")
    assert "500" in said[0]


def test_articles_of_items_that_were_taken_as_known_are_awaited_no_longer(newsroom: Newsroom) -> None:
    newsroom.flood()
    newsroom.office.behave("500", f"{LISTING}/*")
    newsroom.check()
    with newsroom.app() as app:
        app.store.swallow("press", [seen.id for seen in app.store.held("press")])
    newsroom.site.requests.clear()

    newsroom.check()

    assert asked(newsroom) == []
    assert newsroom.mails == []
    drafts = [name for name in newsroom.records if "flood" in name]
    assert len(drafts) == 5


def test_an_edited_item_has_its_article_fetched_again(newsroom: Newsroom) -> None:
    newsroom.office.publish("First Version", slug=SLUG, body="<p>As it was.</p>")
    newsroom.check()

    newsroom.office.edit(SLUG, title="Second Version", body="<p>As it is.</p>")
    newsroom.check()

    assert asked(newsroom) == [PATH] * 2
    assert newsroom.records[RECORD].endswith(b"---\nAs it is.\n")
    assert b"As it is." in newsroom.feed
    assert b"As it was." not in newsroom.feed
    assert newsroom.mails == ["First Version"]


def test_an_edit_whose_article_cannot_be_had_leaves_the_record_until_it_comes(newsroom: Newsroom) -> None:
    newsroom.office.publish("First Version", slug=SLUG, body="<p>As it was.</p>")
    newsroom.check()
    record = newsroom.records[RECORD]

    newsroom.office.edit(SLUG, title="Second Version", body="<p>As it is.</p>")
    newsroom.office.behave("500", PATH)
    newsroom.check()
    assert newsroom.records[RECORD] == record
    assert b"<title>First Version</title>" in newsroom.feed

    newsroom.office.behave("ok")
    newsroom.check()
    assert b"title: Second Version\n" in newsroom.records[RECORD]
    assert newsroom.records[RECORD].endswith(b"As it is.\n")
    assert b"As it is." in newsroom.feed
    assert f"<updated>{newsroom.now:%Y-%m-%dT%H:%M:%SZ}</updated>".encode() in newsroom.feed


def test_an_article_without_the_part_that_is_wanted_is_awaited_as_well(newsroom: Newsroom) -> None:
    newsroom.office.behave("botcheck200", PATH)
    newsroom.office.publish("Hard to Read", slug=SLUG)
    newsroom.check()
    assert_nothing_of_it(newsroom)

    newsroom.office.behave("empty", PATH)
    newsroom.check()
    assert_nothing_of_it(newsroom)
    newsroom.office.behave("ok")
    newsroom.check()

    assert newsroom.mails == ["Hard to Read"]


def test_a_selector_that_fits_no_article_holds_up_all_items_for_three_looks_and_no_longer(newsroom: Newsroom) -> None:
    begin_again(newsroom, '"div.mistyped"')

    for _ in range(3):
        newsroom.check()
        assert newsroom.records == {}
    newsroom.check()

    assert len(newsroom.records) == newsroom.feed.count(b"<entry>") == 5
    assert newsroom.mails == []


def test_a_host_that_asks_to_wait_at_an_article_is_left_alone_and_loses_nothing(newsroom: Newsroom) -> None:
    newsroom.office.behave("503", PATH, seconds=3000)
    newsroom.office.publish("Hard to Read", slug=SLUG, body="<p>Worth the wait.</p>")
    newsroom.check()
    newsroom.office.behave("ok")

    refused = newsroom.check()
    assert isinstance(refused.checked.outcome, Failed)
    assert_nothing_of_it(newsroom)
    newsroom.check()

    assert asked(newsroom) == [PATH] * 2
    assert newsroom.records[RECORD].endswith(b"Worth the wait.\n")
    assert newsroom.mails == ["Hard to Read"]


def test_news_does_not_wait_behind_a_whole_list_whose_articles_cannot_be_had(newsroom: Newsroom) -> None:
    newsroom.office.behave("403", f"{LISTING}/*")
    begin_again(newsroom, "true")
    newsroom.check()

    newsroom.office.publish("Hard to Read", slug=SLUG)
    for _ in range(4):
        assert newsroom.mails == []
        newsroom.check()

    assert newsroom.mails == ["Hard to Read"]
    assert len(newsroom.records) == 6
