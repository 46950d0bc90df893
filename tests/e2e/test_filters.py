"""Watches that are about some of the items only: what the others do is no news, and is not forgotten either."""

from __future__ import annotations

from tests.conftest import DRUPAL, Newsroom
from tests.rawserver import RawServer, reply

KEEP = DRUPAL + "keep = '(?i)sanctions'\n"


def test_a_rare_item_is_told_at_once_whatever_has_left_the_list(newsroom: Newsroom) -> None:
    for n in range(6):
        newsroom.office.publish(f"Sanctions number {n}", slug=f"early-{n}")
    newsroom.configure(KEEP)
    newsroom.check()
    for n in range(6):
        newsroom.office.withdraw(f"early-{n}")
    newsroom.office.publish("Bulletin on trade")
    newsroom.check()

    newsroom.office.publish("Sanctions on a fleet")
    newsroom.check()

    assert newsroom.mails == ["Sanctions on a fleet"]


def test_a_filter_that_is_opened_or_closed_tells_nobody_of_old_items(newsroom: Newsroom) -> None:
    newsroom.configure(KEEP)
    newsroom.office.publish("Bulletin on trade")
    newsroom.check()
    newsroom.office.publish("Bulletin on tariffs")
    newsroom.check()

    newsroom.configure(DRUPAL)
    newsroom.check()
    newsroom.configure(KEEP)
    newsroom.check()
    newsroom.configure(DRUPAL)
    newsroom.office.publish("Bulletin on rates")
    newsroom.check()

    assert newsroom.mails == ["Bulletin on rates"]
    assert sum(b"Bulletin" in record for record in newsroom.records.values()) == 3


def test_an_item_that_comes_to_match_is_news(newsroom: Newsroom) -> None:
    newsroom.configure(KEEP)
    newsroom.office.publish("A statement", slug="pf0998")
    newsroom.check()

    newsroom.office.edit("pf0998", title="A statement on sanctions")
    newsroom.check()

    assert newsroom.mails == ["A statement on sanctions"]


def test_a_page_under_another_address_is_a_new_page_and_no_edit(newsroom: Newsroom) -> None:
    pages = {"/one": reply(b"<title>One</title><p>Rates stay"), "/two": reply(b"<title>Two</title><p>Quite another")}
    with RawServer(pages) as server:
        newsroom.configure('kind = "page"', url=server.url("/one"))
        newsroom.check()
        newsroom.configure('kind = "page"', url=server.url("/two"))
        newsroom.check()
        server.scripts["/two"] = reply(b"<title>Two</title><p>Quite another one")
        newsroom.check()

    assert newsroom.mails == ["[Edited] Two"]


def test_a_list_that_begins_with_the_oldest_is_read_to_its_end_at_each_look(newsroom: Newsroom) -> None:
    def page(days: range, more: str = "") -> bytes:
        rows = "".join(
            f'<li><a href="/n/{day}">Notice number {day} of the harbour</a> <time>2026-10-{day:02}</time></li>'
            for day in days
        )
        return reply(f"<ul>{rows}</ul>{more}".encode())

    front = page(range(1, 9), '<a rel="next" href="/n?page=2">Next</a>')
    with RawServer({"/n": front, "/n?page=2": page(range(9, 14))}) as server:
        newsroom.configure('item = "li"\npages = 2', url=server.url("/n"))
        newsroom.check()
        server.scripts["/n?page=2"] = page(range(9, 15))
        newsroom.check()

    assert newsroom.mails == ["Notice number 14 of the harbour"]
