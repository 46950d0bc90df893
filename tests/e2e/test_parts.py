"""Several watches of one address: each tells what it finds in its part of it, and the same thing is told once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import Newsroom
from tests.rawserver import RawServer, reply


class Parts:
    """One page, and the watches of it; each check looks at all of them."""

    def __init__(self, newsroom: Newsroom, server: RawServer) -> None:
        self.newsroom, self.server = newsroom, server

    def watch(self, **watches: str) -> None:
        """The watches by name, each with its keys beyond address and alerts."""
        rules = [
            f'[watch.{name}]\nurl = "{self.server.url("/page")}"\nalerts = ["me"]\n{watches[name]}' for name in watches
        ]
        box = self.newsroom.mailbox.address
        me = f'[alert.me]\nkind = "email"\nto = ["me@example.org"]\nfrom = "w@example.org"\nsmtp = "smtp://{box}"\n'
        self.newsroom.home.config.write_text("\n".join([me, *rules]))

    def look(self, text: str) -> None:
        """One check of each watch, of this page."""
        kind = "application/json" if text.startswith("{") else "text/html"
        self.server.scripts["/page"] = reply(text.encode(), content_type=kind)
        with self.newsroom.app() as app, app.locked():
            for watch in app.config.watches.values():
                app.check(watch)
                app.deliver()

    def forget(self, name: str) -> None:
        with self.newsroom.app() as app:
            app.store.forget(name)
        for record in self.newsroom.home.folder.glob(f"state/records/{name}/*.md"):
            record.unlink()

    @property
    def told(self) -> list[str]:
        """The subjects; of an edit the line that has come."""
        mails = [(str(mail["Subject"]), _added(mail.get_body(("plain",)))) for mail in self.newsroom.mailbox.messages]
        return [added or subject for subject, added in mails]


def _added(body: object) -> str:
    lines = str(getattr(body, "get_content", str)()).splitlines()
    return " ".join(line[1:] for line in lines if line.startswith("+"))


@pytest.fixture
def parts(newsroom: Newsroom) -> Iterator[Parts]:
    with RawServer({}) as server:
        yield Parts(newsroom, server)


def shop(price: str, terms: str = "old") -> str:
    return f"<title>Shop</title><body><div id=price>Price {price}</div><div id=terms>Terms {terms}</div></body>"


def test_two_parts_of_one_page_are_told_each_with_its_own_edits(parts: Parts) -> None:
    parts.watch(price='kind = "page"\nselect = "#price"\n', terms='kind = "page"\nselect = "#terms"\n')
    parts.look(shop("ten"))

    parts.look(shop("twelve"))
    parts.look(shop("twelve", "new"))

    assert parts.told == ["Price twelve", "Terms new"]


def test_one_part_that_two_watches_show_is_told_once(parts: Parts) -> None:
    parts.watch(first='kind = "page"\n')
    parts.look(shop("ten"))
    parts.look(shop("eleven"))
    parts.watch(first='kind = "page"\n', second='kind = "page"\n')
    parts.look(shop("eleven"))

    parts.look(shop("twelve"))

    assert parts.told == ["Price eleven", "Price twelve"]


@pytest.mark.parametrize("how", ["renamed", "removed and added again"])
def test_edits_that_are_counted_anew_are_told(parts: Parts, how: str) -> None:
    parts.watch(old='kind = "page"\n')
    for price in ("one", "two", "three"):
        parts.look(shop(price))
    if how == "renamed":
        parts.watch(new='kind = "page"\n')
    else:
        parts.forget("old")
    parts.look(shop("one"))

    parts.look(shop("two"))
    parts.look(shop("five"))

    told_lately = [] if how == "renamed" else ["Price two"]  # the same edit within a week is no news
    assert parts.told == ["Price two", "Price three", *told_lately, "Price five"]


def columns(server: int, client: int) -> str:
    def rows(newest: int) -> str:
        return "".join(
            f"<li><b>1.{n}</b> <time datetime=2026-11-{n:02}>{n} November 2026</time></li>"
            for n in range(newest, 9, -1)
        )

    return f"<body><ul id=a>{rows(server)}</ul><ol id=b>{rows(client)}</ol></body>"


def answer(posts: int, outages: int) -> str:
    both = {"posts": ("Post", posts), "outages": ("Outage", outages)}
    return json.dumps(
        {name: [{"id": n, "title": f"{word} {n}"} for n in range(top, 8, -1)] for name, (word, top) in both.items()}
    )


LIST = 'kind = "list"\ntitle = "b"\ndate = "time"\nitem = '
JSON = 'kind = "json"\nkey = "id"\ntitle = "title"\nitems = '


@pytest.mark.parametrize(
    ("page", "rules", "told"),
    [
        (columns, (LIST + '"#a li"\n', LIST + '"#b li"\n'), ["1.14", "1.14"]),
        (answer, (JSON + '"posts"\n', JSON + '"outages"\n'), ["Post 14", "Outage 14"]),
        (columns, (LIST + '"#a li"\n', LIST + '"#a li"\ndrop = ["nothing of this"]\n'), ["1.14"]),
    ],
)
def test_items_without_addresses_are_told_apart_by_the_rule_that_finds_them(
    parts: Parts, page: Callable[[int, int], str], rules: tuple[str, str], told: list[str]
) -> None:
    parts.watch(first=rules[0], second=rules[1])
    parts.look(page(13, 13))

    parts.look(page(14, 13))
    parts.look(page(14, 14))

    assert parts.told == told
