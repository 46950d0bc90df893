"""The selectors that give a list again: each is run over its page, and the same items come out."""

from __future__ import annotations

import pytest

from tests.test_detect import BULLETS, CARDS, MENU, NEWS, PAGER, PAIRS, ROWS, URL, WANTED
from watcher import sources
from watcher.detect.ladder import Page, selected
from watcher.detect.reproduce.naming import names
from watcher.errors import NothingFound
from watcher.model import Item, Response


def page(body: str) -> Page:
    return Page(Response(url=URL, body=f"<html lang=en><body>{body}</body></html>".encode()))


def again(page: Page, options: dict[str, str]) -> list[Item]:
    """What a watch with these options finds on the page."""
    source = sources.load("list")
    return list(source.find(source.Options(url=URL, **options), lambda _: page.response))


def linked(cls: str = "", around: str = "div") -> str:
    return "".join(
        f'<{around}{cls}><a href="{path}">{title}</a> <time datetime="{day}">{text}</time></{around}>'
        for title, path, day, text in NEWS
    )


@pytest.mark.parametrize("listing", [CARDS, ROWS, BULLETS, PAIRS], ids=["cards", "rows", "bullets", "pairs"])
def test_what_is_configured_gives_the_same_items(listing: str) -> None:
    there = page(f"{MENU}<main>{listing}</main>{PAGER}")

    chosen = selected(there, there.lists[0])

    assert [item.link for item in again(there, dict(chosen.options))] == [link for link, _, _ in WANTED]
    assert tuple(again(there, dict(chosen.options))) == chosen.items


def test_titles_and_dates_are_found_again_too() -> None:
    there = page(f"{MENU}<main>{CARDS}</main>")

    chosen = selected(there, there.lists[0])

    assert [(item.link, item.title, item.published) for item in chosen.items] == WANTED
    assert dict(chosen.options)["item"] == "article"


def test_a_date_in_a_cell_is_named_by_its_column() -> None:
    rows = "".join(
        f'<tr><td>No. {n}</td><td><a href="{p}">{t}</a></td><td>{d}</td></tr>' for n, (t, p, _, d) in enumerate(NEWS)
    )
    there = page(f"<table class=releases>{rows}</table>")

    chosen = selected(there, there.lists[0])

    assert dict(chosen.options)["date"] == "td:nth-of-type(3)"
    assert [item.published for item in chosen.items] == [day for _, _, day in WANTED]


@pytest.mark.parametrize(
    ("body", "item"),
    [
        (linked(" class=news-item") + "<div>x</div>", "div.news-item"),
        (linked(" class='row css-1x2y3z news-item'") + "<div>x</div>", "div.news-item"),
        (f"<div><p>x</p></div><section id=latest>{linked()}</section><div><i>y</i></div>", "#latest > div"),
        (f"<div>x</div><section class=latest>{linked()}</section>", "section.latest > div"),
        (f"<div>x</div><section id=block-4711>{linked()}</section>", "section > div"),
    ],
    ids=["class", "a lasting class", "id", "class around", "no number"],
)
def test_the_plainest_lasting_name_is_taken(body: str, item: str) -> None:
    there = page(body)

    assert dict(selected(there, there.lists[0]).options)["item"] == item


def test_without_names_what_items_hold_tells_them_apart() -> None:
    there = page(f"<div><div><p>Words</p></div>{linked()}<div><p>More words</p></div></div>")

    item = dict(selected(there, there.lists[0]).options)["item"]

    assert ":has(" in item
    assert len(there.soup.select(item)) == len(NEWS)


def test_without_anything_else_the_place_tells_them_apart() -> None:
    old = "".join(f"<li><a href=/old/{n}>An older story, told before {n}</a></li>" for n in range(4))
    new = "".join(f'<li><a href="{path}">{title}</a></li>' for title, path, _, _ in NEWS)
    there = page(f"<div><ul>{old}</ul></div><div><ul>{new}</ul></div>")
    lists = {each.items[0].link: each for each in there.doubtful}

    chosen = selected(there, lists[WANTED[0][0]])

    assert ":nth-of-type(2)" in chosen.options["item"]
    assert [item.link for item in chosen.items] == [link for link, _, _ in WANTED]


def test_a_link_that_is_not_the_titles_is_named() -> None:
    cards = "".join(
        f'<article><h3>{title}</h3><a href="/topic/{n % 2}">Topic</a>'
        f'<a class=more href="{path}">Read more</a></article>'
        for n, (title, path, _, _) in enumerate(NEWS)
    )
    there = page(cards)
    wanted = next(each for each in there.doubtful if each.items[0].link == WANTED[0][0])

    chosen = selected(there, wanted)

    assert dict(chosen.options) == {"item": "article", "title": "h3", "link": "a.more"}


def test_what_no_selector_can_give_is_said() -> None:
    there = page(f"{MENU}<main>{CARDS}</main>")
    stray = type(there.lists[0])(items=there.lists[0].items[::2], elements=there.lists[0].elements[::2], score=1.0)

    with pytest.raises(NothingFound, match="no selector tells these 3 items from the rest of"):
        selected(there, stray)


def test_names_that_a_build_made_are_passed_over() -> None:
    there = page('<p class="css-1ab2c Card_root__aBcDe post-12 story mt-4">x</p>')

    assert list(names(there.tree.nodes[-1:]))[:2] == ["p.story", "p"]
