"""add and preview without a selector: what they find by themselves, and what they say where there is nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Watcher
from tests.conftest import Newsroom
from tests.rawserver import RawServer, reply
from watcher.demo import LISTING

TITLES = ["Water levels fall again", "New director for the survey", "Report on soil quality", "Open day at the coast"]
LIST = "".join(
    f'<article><h2><a href="/news/{n}">{title}</a></h2><time datetime="2024-05-{20 - n}">x</time></article>'
    for n, title in enumerate(TITLES)
)
OFFICES = "".join(f'<li><a href="/office/{n}">Our office in town number {n}</a></li>' for n in range(6))
PAGE = f"<html lang=en><body><main>{LIST}</main><aside class=offices><ul>{OFFICES}</ul></aside></body></html>"


def feed(titles: list[str]) -> bytes:
    entries = "".join(
        f"<item><title>{title}</title><link>https://agency.example/news/{n}</link>"
        f"<pubDate>Mon, {20 - n} May 2024 09:00:00 +0200</pubDate></item>"
        for n, title in enumerate(titles)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{entries}</channel></rss>'.encode()


OFFER = '<link rel=alternate type="application/rss+xml" href="/news.rss">'


@pytest.fixture
def site() -> Iterator[RawServer]:
    with RawServer({"/": reply(PAGE.encode())}) as server:
        yield server


@pytest.fixture
def empty(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and one stands in it."""
    folder = tmp_path_factory.mktemp("empty")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.chdir(folder)
    return folder


def table(newsroom: Newsroom, name: str) -> object:
    return tomllib.loads(newsroom.home.config.read_text())["watch"][name]


@pytest.mark.parametrize("design", ["drupal", "uswds", "cards", "table"])
def test_the_address_is_all_that_a_list_needs(design: str, watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.office.redesign(design)  # type: ignore[arg-type]

    ran = watcher("add", newsroom.site.listing, "--name", "more")

    assert ran.code == 0
    assert ran.out.startswith(
        "Found a list of 10 items (dates: yes).\n   1  2022-05-17  Office of Public Finance Opens"
    )
    assert "  Config   watcher.toml  (2 lines)\n" in ran.out
    assert table(newsroom, "more") == {"url": newsroom.site.listing}
    assert sum(request.path == LISTING for request in newsroom.site.requests) == 1
    assert watcher("check", "more").out.startswith("more  ok        nothing new")
    assert newsroom.mails == []


def test_a_feed_that_holds_the_pages_items_is_taken(watcher: Watcher, newsroom: Newsroom, site: RawServer) -> None:
    site.scripts |= {"/": reply(PAGE.replace("<body>", f"{OFFER}<body>").encode()), "/news.rss": reply(feed(TITLES))}

    ran = watcher("add", site.url(), "--name", "more", "--alert", "me")

    assert ran.code == 0
    assert ran.out.startswith(f"Found 4 items (dates: yes), kind feed: {site.url('/news.rss')}\n")
    assert '   2  4 items  "Water levels fall again"' in ran.out
    assert table(newsroom, "more") == {"url": site.url("/news.rss"), "kind": "feed", "alerts": ["me"]}
    assert site.paths == ["/", "/news.rss"]
    assert watcher("check", "more").out.startswith("more  ok        nothing new")


def test_kind_list_passes_the_feed_over(watcher: Watcher, newsroom: Newsroom, site: RawServer) -> None:
    site.scripts |= {"/": reply(PAGE.replace("<body>", f"{OFFER}<body>").encode()), "/news.rss": reply(feed(TITLES))}

    ran = watcher("add", site.url(), "--name", "more", "--kind", "list")

    assert ran.out.startswith("Found a list of 4 items (dates: yes).\n")
    assert site.paths == ["/"]


def test_every_key_that_is_given_is_written_also_false_and_empty_ones(
    watcher: Watcher, newsroom: Newsroom, site: RawServer
) -> None:
    keys = ["--with", "prereleases=false", "--with", 'active=""']

    ran = watcher("add", site.url(), "--name", "more", *keys)

    assert ran.code == 0
    assert table(newsroom, "more") == {"url": site.url(), "prereleases": False, "active": ""}


def test_an_address_that_is_a_feed_is_watched_as_one(watcher: Watcher, newsroom: Newsroom, site: RawServer) -> None:
    site.scripts["/news.rss"] = reply(feed(TITLES))

    watcher("add", site.url("/news.rss"), "--name", "more")

    assert table(newsroom, "more") == {"url": site.url("/news.rss"), "kind": "feed"}
    assert site.paths == ["/news.rss"]


def test_two_watches_of_one_feed_are_not_added_by_their_pages(
    watcher: Watcher, newsroom: Newsroom, site: RawServer
) -> None:
    site.scripts |= {"/": reply(PAGE.replace("<body>", f"{OFFER}<body>").encode()), "/news.rss": reply(feed(TITLES))}
    watcher("add", site.url("/news.rss"), "--name", "more")

    ran = watcher("add", site.url())

    assert ran.code == 2
    assert ran.err.splitlines()[-2] == "error: more watches this page already; nothing was added"


def test_another_group_is_shown_and_taken_by_its_number(watcher: Watcher, newsroom: Newsroom, site: RawServer) -> None:
    shown = watcher("preview", site.url()).out
    row = next(row for row in shown.splitlines() if "Our office in town" in row)

    ran = watcher("add", site.url(), "--name", "more", "--group", row.split()[-1])

    assert "6 items" in row
    assert ran.out.startswith("Found a list of 6 items (dates: no).\n")
    assert table(newsroom, "more") == {"url": site.url(), "item": "aside.offices > ul > li"}
    assert watcher("check", "more").out.startswith("more  ok        nothing new")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--group", "9"], "there is no group 9; nothing was added"),
        (["--group", "2", "--item", "li"], "--group takes one of the lists that are found"),
        (["--repair", "press"], "add takes either an address or --repair W"),
    ],
)
def test_what_cannot_be_taken_is_a_misuse(
    args: list[str], said: str, watcher: Watcher, newsroom: Newsroom, site: RawServer
) -> None:
    before = newsroom.home.config.read_text()

    ran = watcher("add", site.url(), *args)

    assert ran.code == 2
    assert said in ran.err
    assert newsroom.home.config.read_text() == before


def test_a_file_is_judged_by_what_is_in_it(bare: Watcher, empty: Path) -> None:
    (empty / "page.html").write_text(PAGE.replace("<body>", f"{OFFER}<body>"))

    ran = bare("preview", "--json", "--base-url", "https://agency.example/", "page.html")

    assert ran.code == 0
    assert ran.document[0] == {
        "link": "https://agency.example/news/0",
        "title": "Water levels fall again",
        "date": "2024-05-20",
        "summary": "",
    }
    assert [item["title"] for item in ran.document] == TITLES
    assert [path.name for path in empty.iterdir()] == ["page.html"]


def test_a_file_that_is_a_feed_is_read_as_one(bare: Watcher, empty: Path) -> None:
    (empty / "news.rss").write_bytes(feed(TITLES))

    ran = bare("preview", "--json", "news.rss", "--base-url", "https://agency.example/news.rss")

    assert [item["title"] for item in ran.document] == TITLES
    assert ran.document[0]["date"] == "2024-05-20T09:00:00+02:00"


@pytest.mark.parametrize(
    ("head", "link"),
    [
        ('<link rel="canonical" href="https://agency.example/press/">', "https://agency.example/news/0"),
        ('<meta property="og:url" content="https://agency.example/press/">', "https://agency.example/news/0"),
        ("", "https://page.invalid/news/0"),
    ],
)
def test_a_file_says_itself_where_it_comes_from(head: str, link: str, bare: Watcher, empty: Path) -> None:
    (empty / "page.html").write_text(PAGE.replace("<body>", f"{head}<body>"))

    ran = bare("preview", "--json", "page.html")

    assert ran.document[0]["link"] == link
    assert ("page.html does not say where it comes from" in ran.err) == (not head)


def test_selectors_win_over_what_is_found_one_by_one(bare: Watcher, empty: Path) -> None:
    (empty / "page.html").write_text(PAGE)

    ran = bare("preview", "--json", "page.html", "--title", "time")

    assert {item["title"] for item in ran.document} == {"x"}
    assert ran.document[0]["link"].endswith("/news/0")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<h1>Sign in</h1><form><input name=user><input type=password></form>", "the page asks for a login"),
        ("<div id=root></div><script src=/app.js></script>", "the page is built by a script in the browser"),
        ("<h1>News</h1><p>There are no news at the moment.</p>", "the page says that it lists nothing"),
        (f"<h1>News</h1><ul>{LIST.split('</article>')[0]}</article></ul>", "there is only one item"),
    ],
)
def test_a_page_that_lists_nothing_has_its_own_sentence(body: str, said: str, bare: Watcher, empty: Path) -> None:
    (empty / "page.html").write_text(f"<html lang=en><body>{body}</body></html>")

    ran = bare("preview", "--json", "page.html", "--base-url", "https://agency.example/")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"error: {said}")
    assert len(ran.err.splitlines()) == 2
