from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from hypothesis import example, given
from hypothesis import strategies as st

from watcher.message import health, letter, message_id, sample
from watcher.model import Delivery, Item, Message, Seen
from watcher.notify import email as mail

NOW = datetime(2026, 11, 22, 13, 17, 2, tzinfo=UTC)
ME = "me me@example.org"
SITE = "https://home.treasury.gov/news/press-releases"
TEXT = st.text(st.characters())  # with lone surrogates
FEED = "https://watch.example.org/feeds/treasury-press-releases.xml"


def told(number: int = 401, event: str = "new", **changed: Any) -> tuple[Delivery, Seen]:
    item: dict[str, Any] = {
        "link": f"{SITE}/sb0{number}",
        "title": "Treasury Announces New Sanctions Framework",
        "published": date(2026, 11, 22),
        "body": "WASHINGTON – **Treasury** announced [a framework](https://example.org/f).",
    }
    id = f"urn:uuid:{number}"
    delivery = Delivery(
        id=number,
        recipient=ME,
        event=f"{id}/{event}",
        watch="treasury-press-releases",
        item=id,
        created_at=NOW,
        due_at=NOW,
    )
    seen = Seen(
        id=id,
        item=Item(**(item | changed)),
        digest="",
        slug=f"sb0{number}",
        seq=number,
        first_seen=datetime(2026, 11, 22, 13, 16, 46, tzinfo=UTC),
        revised_at=NOW,
    )
    return delivery, seen


def write(*deliveries: tuple[Delivery, Seen], **changed: Any) -> Message:
    settings: dict[str, Any] = {
        "now": NOW,
        "feed": "https://watch.example.org/feeds/treasury-press-releases.xml",
        "zone": UTC,
        "domain": "watch.example.org",
    }
    return letter(
        ME,
        "Treasury press releases",
        "treasury-press-releases",
        SITE,
        list(deliveries or [told()]),
        **(settings | changed),
    )


def shown(message: Message) -> str:
    """What a reader of the HTML sees."""
    return BeautifulSoup(message.html, "lxml").get_text()


def test_the_letter_of_one_item_says_what_where_and_when() -> None:
    message = write()

    assert message.subject == "Treasury Announces New Sanctions Framework"
    assert message.sender_name == "Treasury press releases"
    assert message.date == NOW
    assert message.headers == {
        "List-Id": "Treasury press releases <treasury-press-releases.watcher.watch.example.org>",
        "Auto-Submitted": "auto-generated",
    }
    assert message.text == (
        "Treasury Announces New Sanctions Framework\n"
        f"{SITE}/sb0401\n"
        "22 November 2026\n"
        "\n"
        "WASHINGTON – Treasury announced a framework.\n"
        "\n"
        "-- \n"
        f"treasury-press-releases, seen 13:16 UTC. Feed: {FEED}\n"
    )


def test_a_message_id_never_changes() -> None:
    # These are written down in mailboxes: an edit answers one, and a repeated letter is known by it.
    assert write().id == "treasury-press-releases.sb0401.new.da62c140542d@watch.example.org"
    assert write(told(1), told(2)).id == "treasury-press-releases.digest.919a2d7ef6e9@watch.example.org"


def test_a_digest_has_one_id_in_whatever_order_its_rows_come() -> None:
    assert write(told(1), told(2)).id == write(told(2), told(1)).id


def test_other_events_and_other_recipients_have_other_ids() -> None:
    events = [["a/new"], ["b/new"], ["a/edit/1"], ["a/edit/2"], ["a/new", "b/new"]]

    ids = {message_id("w", "s", each, to, "x.org") for each in events for to in ("me a@x.org", "me b@x.org")}

    assert len(ids) == 10


@given(TEXT, TEXT, st.lists(TEXT.map("{}/new".format), min_size=1), TEXT, TEXT)
@example("w" * 100, "s" * 100, ["a/new"], "me", "a-long-label." * 15 + "org")
@example("监视", "标题", ["a/new"], "me", "例子.example")
def test_a_message_id_is_one_whatever_the_names(
    watch: str, slug: str, events: list[str], recipient: str, domain: str
) -> None:
    id = message_id(watch, slug, events, recipient, domain)

    assert len(id) <= 200
    assert re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*@[a-z0-9-]+(\.[a-z0-9-]+)*", id)


def test_a_message_id_ends_in_the_domain_as_the_net_knows_it() -> None:
    assert message_id("w", "s", ["a/new"], ME, "müller.example").endswith("@xn--mller-kva.example")
    assert message_id("w", "s", ["a/new"], ME, "").endswith("@watcher.invalid")


@pytest.mark.parametrize(
    ("published", "line"),
    [
        (date(2022, 5, 3), "3 May 2022"),
        (datetime(2026, 11, 21, 23, 5, tzinfo=timezone(timedelta(hours=-5))), "21 November 2026, 23:05 UTC-05:00"),
        (datetime(2026, 7, 1, 8, 30, tzinfo=ZoneInfo("Europe/Berlin")), "1 July 2026, 08:30 CEST"),
    ],
)
def test_a_date_is_the_claims_own_in_its_own_zone(published: Any, line: str) -> None:
    message = write(told(published=published), zone=ZoneInfo("Asia/Tokyo"))

    assert message.text.splitlines()[2:4] == [line, ""]
    assert line in shown(message)


def test_without_a_date_none_is_claimed() -> None:
    message = write(told(published=None))

    assert message.text.splitlines()[1:4] == [f"{SITE}/sb0401", "", "WASHINGTON – Treasury announced a framework."]


def test_the_time_it_was_seen_is_in_the_watchs_zone() -> None:
    assert ", seen 08:16 EST. Feed:" in write(zone=ZoneInfo("America/New_York")).text


def test_what_waited_overnight_says_which_day_it_was_seen() -> None:
    assert ", seen 22 November 2026, 13:16 UTC. Feed:" in write(now=NOW + timedelta(hours=11)).text


def test_without_a_site_of_our_own_there_is_no_feed_to_name() -> None:
    message = write(feed="")

    assert message.text.endswith("\n-- \ntreasury-press-releases, seen 13:16 UTC\n")
    assert "Feed" not in message.html


def test_the_text_ends_after_800_characters_between_words() -> None:
    message = write(told(body="word " * 1000))

    text = message.text.split("\n\n")[1]
    assert 790 < len(text) <= 800
    assert text.endswith("word…")


def test_without_a_body_the_summary_is_told() -> None:
    assert "\n\nWhat it is about.\n\n" in write(told(body="", summary="What it is about.")).text


def test_without_a_title_the_address_is_the_news() -> None:
    assert write(told(title=" \x00\n")).subject == f"{SITE}/sb0401"


def test_several_items_are_one_digest() -> None:
    message = write(*(told(number, title=f"Release {number}", body="First.\n\nSecond.") for number in range(401, 408)))

    assert message.subject == "7 new: Treasury press releases"
    assert message.text.startswith(
        "7 new: Treasury press releases\n"
        f"{SITE}\n\n"
        "1. Release 401\n"
        "   22 November 2026\n"
        f"   {SITE}/sb0401\n"
        "   First. Second.\n\n"
        "2. Release 402\n"
    )
    assert message.text.endswith(f"   First. Second.\n\n-- \ntreasury-press-releases, seen 13:16 UTC. Feed: {FEED}\n")
    links = [link["href"] for link in BeautifulSoup(message.html, "lxml").select("ol a")]
    assert links == [f"{SITE}/sb0{number}" for number in range(401, 408)]


def test_a_digest_counts_news_and_edits_apart() -> None:
    message = write(told(4, "edit/1", body="-a\n+b"), told(1), told(2), told(3))

    assert message.subject == "3 new, 1 edited: Treasury press releases"
    assert "\n   -a\n   +b\n" in message.text
    assert message.reply_to == ""


@pytest.mark.parametrize("text", ["plain words ", "日本語", "<&>", "🎉"])
def test_a_digest_of_any_size_stays_below_100_kb_and_says_how_many_more(text: str) -> None:
    deliveries = [told(number, title=f"{number} {text}" * 100, body=text * 500) for number in range(1000)]

    message = write(*deliveries)

    assert message.subject == "1000 new: Treasury press releases"
    assert 50_000 < len(mail.as_bytes("watch@example.org", message, "me@example.org")) < 100_000
    [more] = re.findall(rf"\n\n… and (\d+) more: {re.escape(FEED)}\n\n-- \n", message.text)
    entries = BeautifulSoup(message.html, "lxml").select("li")
    assert len(entries) + int(more) == 1000
    assert f"\n{len(entries)}. " in message.text
    assert f"… and {more} more" in shown(message)


def test_the_longest_single_letter_stays_below_100_kb() -> None:
    message = write(told(event="edit/1", title="🎉" * 5000, body="+" + "🎉\n+" * 50_000))

    assert len(mail.as_bytes("watch@example.org", message, "me@example.org")) < 100_000


DIFF = "@@ -1,2 +1,2 @@\n Rates\n-  *4.00* <b>\n+  *4.25* <b>"


@pytest.mark.parametrize("body", [DIFF, f"```diff\n{DIFF}\n```", f"`````diff\n{DIFF}\n`````"])
def test_an_edit_shows_its_diff_as_it_is(body: str) -> None:
    message = write(told(event="edit/2", title="[Edited] Rates", body=body))

    assert message.subject == "[Edited] Rates"
    assert f"\n\n{DIFF}\n\n-- \n" in message.text
    [shown] = BeautifulSoup(message.html, "lxml").select("pre")
    assert shown.get_text() == DIFF


def test_a_long_diff_says_how_much_is_left_out() -> None:
    message = write(told(event="edit/1", body="\n".join(f"+line {n}" for n in range(1000))))

    [(last, more)] = re.findall(r"\n\+line (\d+)\n… (\d+) more lines\n\n-- \n", message.text)
    assert int(last) + 1 + int(more) == 1000


def test_an_edit_answers_the_first_letter() -> None:
    first, edit = write(told()), write(told(event="edit/2"))

    assert first.reply_to == ""
    assert edit.reply_to == first.id
    assert edit.id != first.id


def test_an_edit_that_is_news_again_has_an_id_of_its_own_and_still_answers_the_first_letter() -> None:
    first, (delivery, seen) = write(told()), told(event="edit/3f9c")

    edit, again = (write((replace(delivery, created_at=NOW + timedelta(days=n)), seen)) for n in (1, 9))

    assert edit.id != again.id
    assert edit.reply_to == again.reply_to == first.id


def test_all_letters_of_a_watch_refer_to_one_root_that_is_no_letter() -> None:
    letters = [write(told()), write(told(402)), write(told(event="edit/2")), write(*map(told, range(9)))]

    [root] = {message.thread for message in letters}
    assert root == "treasury-press-releases.root.801407b9f687@watch.example.org"
    assert root not in {message.id for message in letters}


def test_each_watch_is_a_thread_of_its_own_the_same_for_all_who_are_told() -> None:
    def thread(to: str, watch: str) -> str:
        more: dict[str, Any] = {"now": NOW, "zone": UTC, "domain": "x.org"}
        return letter(to, "Title", watch, SITE, [told()], **more).thread

    assert thread(ME, "a") == thread("you you@example.org", "a") != thread(ME, "b")
    assert thread(ME, "監視") != thread(ME, "監")  # in which nothing is left that an id can hold


LINK = "https://watch.example.org/mute/TOKEN"


def test_a_letter_of_news_can_be_unsubscribed_with_one_click() -> None:
    headers = write(mute=LINK).headers

    assert headers["List-Unsubscribe"] == f"<{LINK}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("link", ["", LINK.replace("https", "http"), "mailto:a@example.org"])
def test_without_https_nothing_is_said_of_it(link: str) -> None:
    assert write(mute=link).headers == write().headers
    assert not any("Unsubscribe" in header for header in write(mute=link).headers)


def test_the_html_is_small_and_asks_for_nothing() -> None:
    message = write(told(title="<script>alert(1)</script>", body="![pixel](https://example.org/p.gif) <img src=x>"))

    soup = BeautifulSoup(message.html, "lxml")
    # no img, link, script, style
    tags = {"html", "head", "meta", "title", "body", "p", "strong", "a", "br", "small"}
    assert {tag.name for tag in soup.find_all(True)} <= tags
    assert [link["href"] for link in soup.find_all("a")] == [f"{SITE}/sb0401", FEED]
    assert soup.select_one('meta[name="color-scheme"][content="light dark"]')
    assert not re.search(r"color\s*[:=]|#[0-9a-f]{3}|rgb", message.html.replace("color-scheme", ""))
    assert len(message.html) < 1500


def test_the_html_keeps_paragraphs_and_lines() -> None:
    message = write(told(body="One.\n\nTwo & more.\n\n- a\n- b"))

    assert "<p>One.</p>\n<p>Two &amp; more.</p>\n<p>- a<br>\n- b</p>" in message.html


def test_an_address_that_is_no_page_is_not_to_be_clicked() -> None:
    message = write(told(link="javascript:alert(1)"))

    assert "javascript" not in message.html


def test_no_line_of_a_text_begins_the_signature() -> None:
    message = write(told(body="    before\n    -- \n    after"))

    assert message.text.split("\n").count("-- ") == 1
    assert "after" in message.text.split("\n-- \n")[0]


@given(TEXT, TEXT, TEXT)
@example("\ud83d", "\udc80", "\x00")
def test_any_item_can_be_told(title: str, body: str, summary: str) -> None:
    for message in (
        write(told(title=title, body=body, summary=summary)),
        write(told(event="edit/1", title=title, body=body)),
        write(*[told(number, title=title, body=body) for number in range(4)]),
    ):
        assert message.subject.strip()
        assert message.subject.splitlines() == [message.subject]
        assert len(message.subject) <= 250
        assert message.text.encode()


def test_programs_are_told_of_each_item_by_itself() -> None:
    edit = told(402, "edit/2", title="Second\r\nlook", published=None, version="2.1", tags=("security",))

    first, second = write(told(), edit).items

    assert (first.id, first.event, first.title) == ("urn:uuid:401", "new", "Treasury Announces New Sanctions Framework")
    assert (first.link, first.published, first.version) == (f"{SITE}/sb0401", date(2026, 11, 22), "")
    assert (second.event, second.title, second.published) == ("edit", "Second look", None)
    assert (second.version, second.tags) == ("2.1", ("security",))


def test_a_health_letter_says_in_its_subject_what_it_is() -> None:
    news = "ecb-rates has failed since 09:10 (403)"

    message = health(
        ME, "ecb-rates", "ecb-rates/health/2026-11-22T09:10:00Z", news, "Forbidden.", now=NOW, domain="x.org"
    )

    assert message.subject == "watcher: ecb-rates has failed since 09:10 (403)"
    assert message.text == "Forbidden.\n\n-- \necb-rates\n"
    assert message.id.startswith("ecb-rates.health.")
    assert message.headers["Auto-Submitted"] == "auto-generated"


def test_a_sample_has_the_real_layout_and_is_never_the_same_letter() -> None:
    first, second = (sample("me", "me@example.org", now=NOW + timedelta(seconds=n), domain="x.org") for n in (0, 1))

    assert first.recipient == "me me@example.org"
    assert first.text.splitlines()[:3] == [first.subject, "https://example.org/news/sample", "22 November 2026"]
    assert "watcher test me" in first.text
    assert first.id != second.id
