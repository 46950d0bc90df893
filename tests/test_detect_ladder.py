"""What an address may be watched as: its answer, its page's feed, its lists, in this order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import pytest

from tests.test_detect import CARDS, MENU, NEWS, URL, WANTED
from watcher.detect import Proposal
from watcher.detect.ladder import GUESSED, OFFERED, Page, climb, settled
from watcher.errors import BadStatus, CheckError, NothingFound, Unreachable
from watcher.model import Request, Response

OFFER = '<link rel=alternate type="application/rss+xml" href="{}">'


def feed(*items: tuple[str, str]) -> bytes:
    entries = "".join(f"<item><title>{title}</title><link>{link}</link></item>" for link, title in items)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{entries}</channel></rss>'.encode()


OWN = feed(*((link, title) for link, title, _ in WANTED))
OTHER = feed(*((f"https://agency.example/jobs/{n}", f"We look for somebody, number {n}") for n in range(5)))


def page(body: str = f"{MENU}<main>{CARDS}</main>", head: str = "") -> Page:
    return Page(Response(url=URL, body=f"<html lang=en><head>{head}</head><body>{body}</body></html>".encode()))


class Site:
    """Answers with what it has; anything else is not found."""

    def __init__(self, files: Mapping[str, bytes | CheckError]) -> None:
        self.files, self.asked = files, list[str]()

    def __call__(self, request: Request) -> Response:
        self.asked.append(request.url)
        there = self.files.get(request.url, BadStatus("404 Not Found", status=404))
        if isinstance(there, CheckError):
            raise there
        return Response(url=request.url, body=there)


def kinds(found: list[Proposal]) -> list[str]:
    return [each.kind for each in found]


def test_an_answer_that_is_a_feed_is_all_there_is() -> None:
    site = Site({})

    found = climb(Page(Response(url="https://agency.example/feed.xml", body=OWN)), site)

    assert kinds(found) == ["feed"]
    assert dict(found[0].options) == {"url": "https://agency.example/feed.xml"}
    assert [item.link for item in found[0].items] == [link for link, _, _ in WANTED]
    assert site.asked == []


def test_the_pages_own_feed_comes_before_its_list() -> None:
    site = Site({"https://agency.example/news.rss": OWN})

    found = climb(page(head=OFFER.format("/news.rss")), site)

    assert kinds(found)[:2] == ["feed", "list"]
    assert dict(settled(page(), found, 1).options) == {"url": "https://agency.example/news.rss"}
    assert "it holds 5 of the first 5 items on the page" in found[0].reasons


def test_a_feed_of_something_else_comes_after_the_list() -> None:
    site = Site({"https://agency.example/jobs.rss": OTHER})

    found = climb(page(head=OFFER.format("/jobs.rss")), site)

    assert kinds(found)[0] == "list"
    assert kinds(found)[-1] == "feed"


def test_titles_join_a_feed_to_its_page_where_addresses_differ() -> None:
    site = Site(
        {"https://agency.example/x": feed(*((f"https://short.example/{n}", t) for n, (t, *_) in enumerate(NEWS)))}
    )

    assert kinds(climb(page(head=OFFER.format("/x")), site))[0] == "feed"


def test_of_many_offers_only_the_first_are_asked_for_and_none_after_the_right_one() -> None:
    many = "".join(OFFER.format(f"/{n}.rss") for n in range(9))
    right = Site({"https://agency.example/1.rss": OWN})
    wrong = Site({})

    climb(page(head=many), right)
    climb(page(head=many), wrong)

    assert right.asked == ["https://agency.example/0.rss", "https://agency.example/1.rss"]
    assert len(wrong.asked) == OFFERED


def test_without_an_offer_feeds_are_looked_for_where_they_are_kept() -> None:
    site = Site({"https://agency.example/feed/": OWN})

    found = climb(page(), site)

    assert site.asked == ["https://agency.example/news/feed/", "https://agency.example/feed/"]
    assert kinds(found)[0] == "feed"


def test_what_is_not_there_is_passed_over_in_silence() -> None:
    site = Site({"https://agency.example/feed/": b"<html><p>Not found</p></html>"})

    assert set(kinds(climb(page(), site))) == {"list"}
    assert len(site.asked) == GUESSED


def test_a_host_that_does_not_answer_is_not_asked_again() -> None:
    site = Site({"https://agency.example/news/feed/": Unreachable("no connection")})

    assert set(kinds(climb(page(), site))) == {"list"}
    assert len(site.asked) == 1


def test_the_feed_of_a_page_without_a_list_counts() -> None:
    site = Site({"https://agency.example/x": OTHER})

    assert kinds(climb(page("<h1>Welcome</h1>", OFFER.format("/x")), site)) == ["feed"]


def test_an_empty_feed_is_none() -> None:
    site = Site({"https://agency.example/x": feed()})

    assert set(kinds(climb(page(head=OFFER.format("/x")), site))) == {"list"}


def test_a_page_that_lists_nothing_says_why() -> None:
    with pytest.raises(NothingFound, match="asks for a login: https://agency"):
        climb(page("<h1>Sign in</h1><form><input name=user><input type=password></form>"))


def test_the_best_list_needs_no_options_and_another_has_selectors() -> None:
    there = page(
        f"<main>{CARDS}</main><section class=offices><ul>"
        + "".join(
            f'<li><a href="/office/{n}">Our office in town number {n}</a> <time>2024-03-0{n + 1}</time></li>'
            for n in range(6)
        )
        + "</ul></section>"
    )
    found = there.doubtful
    offices = next(n for n, each in enumerate(found, start=1) if "/office/" in each.items[0].link)

    best, other = settled(there, found, 1), settled(there, found, offices)

    assert (best.kind, dict(best.options)) == ("list", {})
    assert other.options["item"]
    assert len(other.items) == 6


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<div id="app"></div><script src="/app.js"></script>', "built by a script"),
        ("<h1>Sign in</h1><form><input name=user><input type=password></form>", "asks for a login"),
        (
            f"<article><h1>Tide tables</h1><p>{'The survey has measured the level of the water. ' * 9}</p>",
            "one article",
        ),
    ],
)
@pytest.mark.parametrize("title", ["Agency » Comments Feed", ""])
def test_the_comments_of_a_page_that_lists_nothing_are_not_its_feed(title: str, body: str, said: str) -> None:
    comments = OTHER.replace(b"<title>x<", b"<title>Comments on: Tide tables<")
    site = Site({"https://agency.example/news/feed/": comments, "https://agency.example/x": comments})
    head = f'<link rel=alternate type="application/rss+xml" title="{title}" href="/x">' if title else ""

    with pytest.raises(NothingFound, match=said):
        climb(page(body, head), site)


def test_a_feed_of_far_fewer_items_than_the_page_lists_comes_after_the_list() -> None:
    cards = "".join(f'<article><h2><a href="/news/{n}">Release of matter {n}</a></h2></article>' for n in range(10))
    few, half = (
        feed(*((f"https://agency.example/news/{n}", f"Release of matter {n}") for n in range(count)))
        for count in (4, 5)
    )

    shorter, longer = (
        climb(page(f"<main>{cards}</main>", OFFER.format("/x")), Site({"https://agency.example/x": there}))
        for there in (few, half)
    )

    assert (kinds(shorter)[0], kinds(shorter)[-1]) == ("list", "feed")
    assert kinds(longer)[0] == "feed"


# The interface of what made the page

API = '<link rel="https://api.w.org/" href="/wp-json/">'
POSTS = "https://agency.example/wp-json/wp/v2/posts"
TERM = '<link rel=alternate type="application/json" href="https://agency.example/wp-json/wp/v2/categories/7">'
NEWS_LIST = "https://agency.example/jsonapi/node/news"


def posts(items: Iterable[tuple[str, str]]) -> bytes:
    return json.dumps(
        [
            {
                "guid": {"rendered": f"https://agency.example/?p={number}"},
                "type": "post",
                "date_gmt": "2024-05-14T09:30:00",
                "link": link,
                "title": {"rendered": title},
                "content": {"rendered": "<p>All of it.</p>"},
            }
            for number, (link, title) in enumerate(items)
        ]
    ).encode()


def nodes(items: Iterable[tuple[str, str]]) -> bytes:
    data = [
        {
            "type": "node--news",
            "id": f"n{number}",
            "attributes": {"title": title, "path": {"alias": link.removeprefix("https://agency.example")}},
        }
        for number, (link, title) in enumerate(items)
    ]
    return json.dumps({"jsonapi": {"version": "1.0"}, "data": data, "links": {}}).encode()


SAME = [(link, title) for link, title, _ in WANTED]
ELSE = [(f"https://agency.example/jobs/{n}", f"We look for somebody, number {n}") for n in range(20)]


class Interfaces(Site):
    """A site to which the parameters of an address are all one, but for those of a filter."""

    def __call__(self, request: Request) -> Response:
        address, _, query = request.url.partition("?")
        kept = [part for part in query.split("&") if part.startswith("categories=")]
        there = super().__call__(Request(url="?".join([address, *kept])))
        self.asked[-1] = request.url
        return Response(url=request.url, body=there.body)

    def of_interfaces(self) -> list[str]:
        return [url for url in self.asked if "/wp/v2/" in url or "/jsonapi" in url]


@pytest.mark.parametrize(
    ("kind", "head", "address", "body"),
    [
        ("wordpress", API, POSTS, posts(SAME)),
        ("wordpress", API + TERM, f"{POSTS}?categories=7", posts(SAME)),
        ("drupal", '<meta name=generator content="Drupal 10">', NEWS_LIST, nodes(SAME)),
    ],
)
def test_the_interface_comes_before_the_list_where_no_feed_counts(
    kind: str, head: str, address: str, body: bytes
) -> None:
    root = {"jsonapi": {"version": "1.0"}, "data": [], "links": {"node--news": {}, "node--page": {}}}
    site = Interfaces({address: body, "https://agency.example/jsonapi": json.dumps(root).encode()})

    found = climb(page(head=head), site)

    assert kinds(found)[:2] == [kind, "list"]
    assert dict(settled(page(), found, 1).options) == {"url": address}
    assert found[0].reasons == (
        f"the page says that it is made by {kind}",
        "it holds 5 of the first 5 items on the page",
    )
    assert len(site.of_interfaces()) == 2


def test_a_feed_that_counts_leaves_no_interface_to_be_asked() -> None:
    site = Interfaces({"https://agency.example/x": OWN, POSTS: posts(SAME)})

    assert kinds(climb(page(head=API + OFFER.format("/x")), site))[0] == "feed"
    assert site.of_interfaces() == []


def test_posts_of_which_the_page_shows_a_few_come_after_its_list() -> None:
    site = Interfaces({POSTS: posts([*ELSE, *SAME[:2]]), "https://agency.example/x": OTHER})

    found = climb(page(head=API + OFFER.format("/x")), site)

    assert kinds(found)[0] == "list"
    assert kinds(found)[-2:] == ["feed", "wordpress"]


@pytest.mark.parametrize("answer", [b"<p>Not here", b"[]", b'{"code": "rest_closed", "message": "No."}'])
def test_an_interface_that_is_closed_is_passed_over_in_silence(answer: bytes) -> None:
    site = Interfaces({POSTS: answer})

    assert set(kinds(climb(page(head=API), site))) == {"list"}
    assert len(site.of_interfaces()) == 1


def test_a_host_that_does_not_answer_is_not_asked_for_its_interface() -> None:
    site = Interfaces({"https://agency.example/x": Unreachable("no connection"), POSTS: posts(SAME)})

    assert set(kinds(climb(page(head=API + OFFER.format("/x")), site))) == {"list"}
    assert len(site.asked) == 1


def test_a_page_of_a_file_is_judged_by_what_is_in_it() -> None:
    assert set(kinds(climb(page(head=API)))) == {"list"}


def test_the_posts_of_a_page_that_a_script_builds_are_found() -> None:
    site = Interfaces({POSTS: posts(ELSE)})

    found = climb(page('<div id="app"></div><script src="/app.js"></script>', API), site)

    assert kinds(found) == ["wordpress"]
    assert found[0].reasons[1] == "the page itself lists nothing"


def test_a_saved_answer_stands_for_its_address_whatever_it_was_asked_with() -> None:
    saved = Page(Response(url=f"{POSTS}?per_page=5", body=posts(SAME)))

    (found,) = climb(saved)

    assert (found.kind, len(found.items)) == ("wordpress", 5)
