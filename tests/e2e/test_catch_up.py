"""What was published while nobody looked is told once, and a gap is admitted. Over real HTTP and a real database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.conftest import DRUPAL, Newsroom
from tests.rawserver import RawServer, reply
from watcher.app import Swept
from watcher.demo.office import LISTING, Design
from watcher.model import Failed, Found

FOUND = ""  # no selectors at all
SELECTORS: dict[Design, str] = {
    "drupal": DRUPAL,
    "uswds": 'item = "div:has(> h3.featured-stories__headline)"\ntitle = "h3 a"\ndate = "time"\n',
    "cards": 'item = "article.card"\ntitle = "h2 a"\ndate = "time"\n',
    "table": 'item = "tr:has(td)"\ntitle = "td:nth-child(2) a"\ndate = "td:first-child"\n',
}
BODY = 'article = "div.field--name-field-news-body"\n'


def outage(newsroom: Newsroom, number: int = 35, day: date = date(2022, 5, 18)) -> list[str]:
    """That many releases, ten a day; their titles, newest first."""
    titles = []
    for n in range(number):
        published = day + timedelta(days=n // 10)
        title = f"{WORDS[n % 7]} {WORDS[n * 3 % 5]} Concerning Matter {n}"
        titles.append(newsroom.office.publish(title, slug=f"matter-{n}", published=published).title)
    return titles[::-1]


WORDS = ("Readout", "Remarks", "Designation", "Statement", "Testimony", "Advisory", "Auction")


def told(swept: Swept) -> list[str]:
    return [change.seen.item.title for change in found(swept).changes if change.event]


def found(swept: Swept) -> Found:
    outcome = swept.checked.outcome
    assert isinstance(outcome, Found), outcome
    return outcome


def failed(swept: Swept) -> Failed:
    outcome = swept.checked.outcome
    assert isinstance(outcome, Failed), outcome
    return outcome


def kinds(swept: Swept) -> set[str]:
    return {change.kind for change in found(swept).changes}


def asked(newsroom: Newsroom) -> list[str]:
    """The pages of the listing that were asked for."""
    return [each.path.removeprefix(LISTING) for each in newsroom.site.requests if each.path.split("?")[0] == LISTING]


@pytest.mark.parametrize("found_by", ["selectors", "nothing"])
@pytest.mark.parametrize("design", list(SELECTORS))
def test_all_of_an_outage_is_told_once_in_order_and_nothing_else(
    newsroom: Newsroom, design: Design, found_by: str
) -> None:
    newsroom.office.redesign(design)
    newsroom.configure(SELECTORS[design] if found_by == "selectors" else FOUND)
    newsroom.check()
    titles = outage(newsroom)

    first = newsroom.check()
    second = newsroom.check()

    assert told(first) == titles
    assert kinds(first) == {"new"}
    assert found(first).warnings == ()
    assert told(second) == []
    assert newsroom.mails == ["35 new: Press"]


def test_no_more_pages_are_read_than_lead_to_a_known_item(newsroom: Newsroom) -> None:
    newsroom.check()
    outage(newsroom, 15)
    newsroom.site.requests.clear()

    newsroom.check()
    newsroom.check()

    assert asked(newsroom) == ["", "?page=1", ""]


def test_older_releases_below_the_known_ones_are_no_news(newsroom: Newsroom) -> None:
    newsroom.check()
    for release in newsroom.office.releases[:8]:
        newsroom.office.withdraw(release.slug)
    titles = outage(newsroom, 13)

    swept = newsroom.check()

    assert told(swept) == titles
    assert kinds(swept) == {"new", "stock"}
    assert newsroom.mails == ["13 new: Press"]


@pytest.mark.parametrize("selectors", [DRUPAL, FOUND])
def test_a_list_that_is_all_new_is_held_and_a_gap_admitted(newsroom: Newsroom, selectors: str) -> None:
    newsroom.configure(selectors)
    newsroom.check()
    newsroom.site.requests.clear()
    outage(newsroom, 135)

    swept = newsroom.check()

    assert kinds(swept) == {"held"}
    assert len(asked(newsroom)) == 10
    held, gap = found(swept).warnings
    assert held.startswith("held: 100 unknown items at once, more than flood = 20; see them, then: ")
    assert gap.startswith("a gap cannot be excluded: none of the 100 items on the 10 pages read was known, and ")
    assert newsroom.mails == []
    assert found(newsroom.check()).warnings == ()


def test_a_list_that_ends_without_a_known_item_admits_a_gap_too(newsroom: Newsroom) -> None:
    newsroom.check()
    newsroom.flood()

    swept = newsroom.check()

    assert "a gap cannot be excluded: none of the 10 items on the page was known" in found(swept).warnings[1]


def test_a_page_that_fails_in_a_catch_up_fails_the_look_and_loses_nothing(newsroom: Newsroom) -> None:
    newsroom.configure(DRUPAL)
    newsroom.check()
    feed = newsroom.feed
    titles = outage(newsroom)
    newsroom.office.behave("500", at=f"{LISTING}?page=2")

    failing = newsroom.check()

    assert failed(failing).error.startswith(f"{newsroom.site.listing}?page=2: 500 Internal Server Error")
    assert (newsroom.feed, newsroom.mails) == (feed, [])

    newsroom.office.behave("ok")
    swept = newsroom.check()

    assert told(swept) == titles
    assert newsroom.mails == ["35 new: Press"]


def test_a_page_that_never_comes_costs_the_first_page_its_news_only_for_a_while(newsroom: Newsroom) -> None:
    newsroom.check()
    titles = outage(newsroom)
    newsroom.office.behave("500", at=f"{LISTING}?page=1")

    looks = [newsroom.check() for _ in range(6)]

    assert [type(look.checked.outcome) for look in looks] == [Failed] * 5 + [Found]
    held, gap, unread = found(looks[-1]).warnings
    assert held.startswith("held: 10 of 10 items are unknown")
    assert gap.startswith("a gap cannot be excluded: none of the 10 items on the page was known")
    assert unread.startswith(f"not read: {newsroom.site.listing}?page=1: 500 Internal Server Error")
    assert [change.seen.item.title for change in found(looks[-1]).changes] == titles[:10]


def test_a_page_that_fails_beside_a_known_one_costs_no_news_and_is_said(newsroom: Newsroom) -> None:
    newsroom.configure(DRUPAL + "pages = 2\n")
    newsroom.check()
    titles = outage(newsroom, 2)
    newsroom.office.behave("500", at=f"{LISTING}?page=1")

    swept = newsroom.check()

    assert told(swept) == titles
    assert [warning.split(": ")[0] for warning in found(swept).warnings] == ["not read"]


def test_a_baseline_is_of_all_pages_or_not_taken(newsroom: Newsroom) -> None:
    newsroom.configure(DRUPAL + "pages = 2\n")
    newsroom.office.behave("500", at=f"{LISTING}?page=1")

    failing = newsroom.check()
    newsroom.office.behave("ok")
    swept = newsroom.check()

    assert failed(failing).status == 500
    assert len(found(swept).changes) == 20
    assert kinds(swept) == {"stock"}


@pytest.mark.parametrize("selectors", [DRUPAL, FOUND])
def test_as_many_pages_are_read_as_asked_for(newsroom: Newsroom, selectors: str) -> None:
    newsroom.configure(selectors + "pages = 3\n")

    swept = newsroom.check()
    newsroom.office.withdraw("jy0781")
    newsroom.check()

    links = [change.seen.item.link.rpartition("/")[2] for change in found(swept).changes]
    assert len(links) == 24
    assert "jy0781" in links
    assert asked(newsroom) == ["", "?page=1", "?page=2"] * 2
    assert newsroom.mails == []


def test_a_front_page_that_is_unchanged_leads_to_no_further_page(newsroom: Newsroom) -> None:
    newsroom.office.clock = False
    newsroom.configure(DRUPAL + "pages = 2\n")
    newsroom.check()
    newsroom.site.requests.clear()

    newsroom.check()

    assert asked(newsroom) == [""]


@pytest.mark.parametrize("dated", ['date = "span.date-format time"\n', 'date = "b"\n'])
def test_more_pages_than_before_are_no_news(newsroom: Newsroom, dated: str) -> None:
    selectors = 'item = "div.content--2col__body > div"\ntitle = "h3 a"\n' + dated
    newsroom.configure(selectors)
    newsroom.check()
    newsroom.office.publish("Published With the Change", slug="pf0999")

    newsroom.configure(selectors + "pages = 3\n")
    swept = newsroom.check()

    assert told(swept) == ["Published With the Change"]
    assert kinds(swept) == {"new", "stock"}
    assert len(newsroom.records) == 25


def test_a_redesign_leads_to_no_further_page(newsroom: Newsroom) -> None:
    newsroom.configure(FOUND)
    newsroom.check()
    newsroom.site.requests.clear()

    newsroom.office.redesign("uswds")
    newsroom.check()

    assert asked(newsroom) == [""]
    assert newsroom.mails == []


def test_a_pinned_item_hides_no_gap(newsroom: Newsroom) -> None:
    with RawServer(_listing(range(8))) as server:
        newsroom.configure('item = "li"\n', url=server.url("/news"))
        newsroom.check()
        server.scripts |= _listing(range(20))
        swept = newsroom.check()
        server.scripts |= _listing(range(100))
        far = newsroom.check()

    assert [title.split()[-1] for title in told(swept)] == [str(n) for n in reversed(range(8, 20))]
    assert found(swept).warnings == ()
    assert "a gap cannot be excluded" in found(far).warnings[-1]


def test_a_list_whose_pages_repeat_ends_there(newsroom: Newsroom) -> None:
    with RawServer({"/news": _page(range(6))}) as server:
        newsroom.configure('item = "li"\n', url=server.url("/news"))
        newsroom.check()
        server.scripts |= {f"/news?page={n}": _page(range(10, 16), n) for n in range(1, 12)}
        server.scripts["/news"] = _page(range(10, 16))
        swept = newsroom.check()

    assert len(server.asked) == 3
    assert len(found(swept).listed) == 6


def test_a_side_column_of_known_items_hides_no_list_that_is_all_new(newsroom: Newsroom) -> None:
    side = "".join(f'<p class="most-read"><a href="/n/{n}">{WORDS[n % 7]} on Notice {n}</a></p>' for n in (4, 2, 3))
    with RawServer({"/news": _page(range(6), after=side)}) as server:
        newsroom.configure(FOUND, url=server.url("/news"))
        newsroom.check()
        server.scripts |= {"/news": _page(range(9, 15), after=side), "/news?page=1": _page(range(3, 9), after=side)}
        swept = newsroom.check()

    assert [title.split()[-1] for title in told(swept)] == [str(n) for n in reversed(range(6, 15))]


def test_a_rule_for_another_list_of_the_page_leads_to_no_further_page(newsroom: Newsroom) -> None:
    other = "".join(f'<p><a href="/e/{n}">Event {n} of the {WORDS[n % 7]}</a></p>' for n in range(6))
    with RawServer({"/news": _page(range(6), after=other)}) as server:
        newsroom.configure('item = "li"\n', url=server.url("/news"))
        newsroom.check()
        server.scripts["/news"] = _page(range(6), after=f"{other}<i>12:01</i>")
        newsroom.configure('item = "p"\n', url=server.url("/news"))
        swept = newsroom.check()

    assert kinds(swept) == {"stock"}
    assert len(server.asked) == 2


def _listing(notices: range) -> dict[str, bytes]:
    """A list of notices, newest first, six on a page; the third of all is pinned to the top of each."""
    newest = notices[::-1]
    pages = [newest[at : at + 6][::-1] for at in range(0, len(newest), 6)]
    return {f"/news?page={n}" if n else "/news": _page(page, n, before=_row(2)) for n, page in enumerate(pages)}


def _page(notices: range, number: int = 0, before: str = "", after: str = "") -> bytes:
    """One page of notices, newest first."""
    link = f'<a rel="next" href="/news?page={number + 1}">Next</a>'
    return reply(f"<ul>{before}{''.join(map(_row, notices[::-1]))}</ul>{link}{after}".encode())


def _row(n: int) -> str:
    return f'<li><a href="/n/{n}">{WORDS[n % 7]} on Notice {n}</a> <time>2022-05-{1 + n // 6:02}</time></li>'


def test_a_feed_in_which_nothing_is_known_admits_a_gap(newsroom: Newsroom) -> None:
    with RawServer({"/feed": reply(_feed(1))}) as server:
        newsroom.configure('kind = "feed"\n', url=server.url("/feed"))
        newsroom.check()
        server.scripts["/feed"] = reply(_feed(4))
        joined = newsroom.check()
        server.scripts["/feed"] = reply(_feed(40))
        swept = newsroom.check()

    assert found(joined).warnings == ()
    assert "a gap cannot be excluded" in found(swept).warnings[-1]


def _feed(first: int) -> bytes:
    """A feed of the six entries from this one on."""
    entries = "".join(
        f"<item><title>Notice {WORDS[n % 7]} {n}</title><link>https://agency.example/n/{n}</link></item>"
        for n in reversed(range(first, first + 6))
    )
    return f'<rss version="2.0"><channel><title>Agency</title>{entries}</channel></rss>'.encode()
