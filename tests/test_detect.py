"""The items of a page without a selector: how people mark lists up, on pages of our own."""

from __future__ import annotations

from datetime import date

import pytest

from watcher import detect
from watcher.errors import NotUnderstood
from watcher.model import Item

URL = "https://agency.example/news/"

NEWS = [
    ("Water levels fall for the third month", "/2024/water-levels", "2024-05-14", "14 May 2024"),
    ("New director appointed to the survey", "/2024/new-director", "2024-04-02", "2 April 2024"),
    ("Annual report on soil quality published", "/2024/soil-report", "2024-03-21", "21 March 2024"),
    ("Open day at the coastal station", "/2023/open-day", "2023-11-30", "30 November 2023"),
    ("Tide tables for next year are out", "/2023/tide-tables", "2023-10-09", "9 October 2023"),
]
WANTED = [(f"https://agency.example{path}", title, date.fromisoformat(day)) for title, path, day, _ in NEWS]

MENU = (
    "<nav><ul>" + "".join(f'<li><a href="/about/{n}">About the agency {n}</a></li>' for n in range(30)) + "</ul></nav>"
)
ASIDE = "<div><h4>Latest comments</h4><ul>" + "".join(
    f'<li><a href="/c/{n}">A reader</a> on <a href="/2019/{n}">An older story that was told</a></li>' for n in range(4)
)
PAGER = '<div><a href="/news/page/2">2</a> <a href="/news/page/3">3</a> <a href="/news/page/2">Next</a></div>'

CARDS = "".join(
    f'<article><a href="/topic/{n % 2}">Topic</a><h3><a href="{path}">{title}</a></h3>'
    f'<time datetime="{day}">{text}</time>'
    f'<p>What it is about, in a sentence or two.</p><a href="{path}">Read more</a></article>'
    for n, (title, path, day, text) in enumerate(NEWS)
)
ROWS = "<table><tr><th>Date</th><th>Title</th><th>File</th></tr>" + "".join(
    f'<tr><td>{text}</td><td>{title}</td><td><a href="{path}">PDF</a></td></tr>' for title, path, _, text in NEWS
)
BULLETS = "<ul>" + "".join(f'<li>{text} – <a href="{path}">{title}</a></li>' for title, path, _, text in NEWS) + "</ul>"
PAIRS = (
    "<dl>" + "".join(f'<dt>{text}</dt><dd><a href="{path}">{title}</a></dd>' for title, path, _, text in NEWS) + "</dl>"
)
FLAT = "".join(
    f'<h3><a href="{path}">{title}</a></h3><p>{text}</p><p>What it is about, at some length.</p>'
    for title, path, _, text in NEWS
)
WHOLE_LINKS = "".join(
    f'<a href="{path}"><div><span>{text}</span><div>{title}</div><div>And a summary that is rather longer than any of '
    f"the titles, as summaries are, so that it can be told from them.</div></div></a>"
    for title, path, _, text in NEWS
)
OVERLAYS = "".join(
    f'<div><h2>{title}</h2><span>{text}</span><a aria-label="to {title}" href="{path}"></a></div>'
    for title, path, _, text in NEWS
)
BY_YEAR = "".join(
    f"<h2>{year}</h2><ul>"
    + "".join(
        f'<li>{text.rpartition(" ")[0]}: <a href="{path}">{title}</a></li>'
        for title, path, day, text in NEWS
        if day.startswith(year)
    )
    + "</ul>"
    for year in ("2024", "2023")
)
BY_DAY = "".join(f'<h4>{text}</h4><ul><li><a href="{path}">{title}</a></li></ul>' for title, path, _, text in NEWS)

AUTHORS = "".join(
    f'<div><p><a href="/by/{n}">Author {n}</a> · {text}</p><p><a href="{path}">{title}</a></p></div>'
    for n, (title, path, _, text) in enumerate(NEWS)
)
BREAKS = "<p>" + "<br>".join(f'{text} <a href="{path}">{title}</a>' for title, path, _, text in NEWS) + "</p>"
DATED_LINKS = (
    "<ul>" + "".join(f'<li><a href="{path}">{title} ({text})</a></li>' for title, path, _, text in NEWS) + "</ul>"
)
CUT_SHORT = "".join(
    f'<div><a title="{title}" href="{path}">{title[:14]}…</a> <i>{text}</i></div>' for title, path, _, text in NEWS
)
CATEGORIES = "<table>" + "".join(
    f'<tr><td><a href="/topic/{n % 2}">Topic</a></td><td><a href="{path}">{title}</a></td><td>{text}</td></tr>'
    for n, (title, path, _, text) in enumerate(NEWS)
)
FEATURED = CARDS.replace("<article>", "<div><div>", 1).replace("</article>", "</div></div>", 1).replace("h3>", "h2>", 2)
BY_MONTH = "".join(
    f'<h3>{text.partition(" ")[2]}</h3><ul><li>{text.rpartition(" ")[0]} <a href="{path}">{title}</a></li></ul>'
    for title, path, _, text in NEWS
)
OTHERS = {
    **{"authors": AUTHORS, "breaks": BREAKS, "dated links": DATED_LINKS, "cut short": CUT_SHORT},
    **{"categories": CATEGORIES, "featured": FEATURED, "by month": BY_MONTH},
}


def page(content: str, lang: str = "en-GB") -> bytes:
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8">'
        f"<body>{MENU}<div>{content}</div>{PAGER}{ASIDE}</ul></div>"
        f'<footer><a href="/imprint">Imprint</a> <a href="/privacy">Privacy statement</a></footer></body></html>'
    ).encode()


def items_of(body: bytes) -> tuple[Item, ...]:
    proposals = detect.proposals(detect.read(body, "text/html", URL))
    return proposals[0].items if proposals else ()


def found(content: str, lang: str = "en-GB") -> list[tuple[str, str, object]]:
    return [(item.link, item.title, item.published) for item in items_of(page(content, lang))]


@pytest.mark.parametrize(
    "content",
    [CARDS, ROWS, BULLETS, PAIRS, FLAT, WHOLE_LINKS, OVERLAYS, BY_YEAR, BY_DAY, *OTHERS.values()],
    ids=["cards", "rows", "bullets", "pairs", "flat", "whole links", "overlays", "by year", "by day", *OTHERS],
)
def test_a_list_is_found_however_it_is_marked_up(content: str) -> None:
    assert found(content) == WANTED


def test_menus_pagers_and_comments_are_not_the_best_proposal_without_any_names() -> None:
    plain = page(CARDS).replace(b"nav>", b"div>").replace(b"article>", b"div>").replace(b"footer>", b"div>")

    items = items_of(plain)

    assert [(item.link, item.title, item.published) for item in items] == WANTED


@pytest.mark.parametrize("heading", ["You may also like", "Meistgelesen"])
def test_cards_below_a_heading_that_says_they_are_others_are_no_items(heading: str) -> None:
    related = CARDS.replace("/2024/", "/old/").replace("/2023/", "/old/")
    related = related[: related.index("</article>") * 2]

    content = f"<section><h2>Latest</h2>{CARDS}</section><section><h2>{heading}</h2>{related}</section>"

    assert found(content) == WANTED


def test_a_row_built_differently_is_found_among_the_others() -> None:
    odd = CARDS.replace('<h3><a href="/2024/soil-report">', '<h3><span><a href="/2024/soil-report">').replace(
        "published</a></h3>", "published</a></span></h3>"
    )

    assert found(odd) == WANTED


def test_repeated_titles_give_way_to_the_text_that_tells_items_apart() -> None:
    items = items_of(page(ROWS))

    assert "PDF" not in {item.title for item in items}


@pytest.mark.parametrize(
    ("lang", "text", "day"),
    [
        ("en-GB", "03/04/2022", date(2022, 4, 3)),
        ("en-US", "03/04/2022", date(2022, 3, 4)),
        ("en-CA", "03/04/2022", None),
        ("de", "2. März 2021", date(2021, 3, 2)),
        ("fr", "1er avril 2020", date(2020, 4, 1)),
        ("es", "16 de mayo de 2021", date(2021, 5, 16)),
        ("es", "Mayo 16, 2025", date(2025, 5, 16)),
        ("pt", "06 Outubro 2017", date(2017, 10, 6)),
        ("ru", "12 мая 2023 г.", date(2023, 5, 12)),
        ("bg", "19 април 2019", date(2019, 4, 19)),
        ("ar", "14 فبراير 2025", date(2025, 2, 14)),
        ("zh", "2021年5月4日", date(2021, 5, 4)),
        ("ko", "2023년 9월 5일", date(2023, 9, 5)),
        ("el", "5 Μαρτίου 2024", date(2024, 3, 5)),
        ("", "5 listopada 2024", None),
        ("pl", "5 listopada 2024", date(2024, 11, 5)),
        ("en", "Version 1.10.2022", None),
        ("en", "555-1234-2020", None),
        ("en", "20–22 May 2024", None),
        ("en", "May", None),
        ("en", "on 10", None),
        ("en", "three days ago", None),
    ],
)
def test_a_text_beside_the_title_is_the_day_it_names_or_none(lang: str, text: str, day: date | None) -> None:
    content = "".join(
        f'<div><h3><a href="/a/{n}">The story number {n * "i"}</a></h3><p>{text}</p></div>' for n in range(1, 5)
    )

    assert {when for _, _, when in found(content, lang)} == {day}


def test_one_date_that_reads_one_way_only_decides_the_order_of_all() -> None:
    days = ["03/04/2022", "25/03/2022", "01/03/2022"]
    content = "".join(
        f'<div><h3><a href="/a/{n}">A story called {d}x</a></h3><p>{d}</p></div>' for n, d in enumerate(days)
    )

    assert [when for _, _, when in found(content, "en-US")] == [date(2022, 4, 3), date(2022, 3, 25), date(2022, 3, 1)]


def test_dates_in_addresses_are_used_where_the_page_says_none() -> None:
    content = "".join(f'<h3><a href="/2024/05/0{n}/story">Story that is told {"x" * n}</a></h3>' for n in range(1, 5))

    items = items_of(page(content))

    assert [(item.published, item.dated_by) for item in items] == [(date(2024, 5, n), "address") for n in range(1, 5)]


def test_the_best_proposal_says_why_and_how_to_find_its_items_again() -> None:
    best = detect.proposals(detect.read(page(CARDS), "text/html", URL))[0]

    assert best.reasons == ("5 items alike", "a date on 100% of them", "a heading each")
    assert best.options == {"item": "article", "title": "h3", "date": "time"}


def test_a_page_without_a_list_has_no_items() -> None:
    assert items_of(b"<p>Nothing to see here.</p>") == ()


def test_a_picture_is_refused() -> None:
    with pytest.raises(NotUnderstood):
        detect.read(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png", URL)


@pytest.mark.parametrize("body", [b"<!--" * 50_000, b"<div>" * 20_000, b"<li><a href=x>y</a>" * 20_000, b""])
def test_a_hostile_page_is_read_or_refused(body: bytes) -> None:
    assert isinstance(items_of(body), tuple)
