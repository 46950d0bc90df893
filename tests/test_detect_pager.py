"""Where a listing goes on: links to the next page in many markups and languages, and what only looks like one."""

from __future__ import annotations

import pytest

from watcher.detect import read
from watcher.detect.pager import next_page

PAGE = "https://agency.example/news"
HEAD = '<link rel="{rel}" href="{href}">'


def onward(body: str, url: str = PAGE, head: str = "") -> str:
    """Where the list on this page goes on: path and query."""
    items = "".join(f'<li><a href="/news/item-{n}">A release about matter {n}</a></li>' for n in range(5))
    page = f"<html><head>{head}</head><body><ul>{items}</ul>{body}</body></html>"
    found = next_page(read(page.encode(), "text/html; charset=utf-8", url))
    assert not found or found.startswith("https://agency.example/")
    return found.removeprefix("https://agency.example")


@pytest.mark.parametrize(
    "words",
    [
        "Next",
        "Next page",
        "Next ›",
        "Next 10 results",
        "NEXT PAGE »",
        "« Older posts",
        "Older entries",
        "Nächste Seite",
        "Ältere Beiträge",
        "Suivant",
        "Page suivante »",
        "Articles plus anciens",
        "Siguiente",
        "Página siguiente",
        "Entradas antiguas",
        "Próximo",
        "Próxima página",
        "Mais antigas",
        "Successivo",
        "Pagina successiva",
        "Meno recenti",
        "Volgende",
        "Oudere berichten",
        "Następna strona",
        "Starsze wpisy",
        "Další",
        "Starší příspěvky",
        "Nästa sida",
        "Næste side",
        "Seuraava",
        "Következő oldal",
        "Următoarea",
        "Следующая страница",
        "Старые записи",
        "Наступна",
        "Следваща страница",
        "Επόμενη σελίδα",
        "Sonraki sayfa",
        "التالي",
        "הבא",
        "次へ",
        "次の10件",
        "次のページ",
        "下一页",
        "下一頁",
        "다음 페이지",
        "अगला",
        "Trang sau",
        "Berikutnya",
        "Sljedeća",
        "Següent",
        "ถัดไป",
    ],
)
def test_a_link_that_says_next_or_older_leads_on_in_any_language(words: str) -> None:
    assert onward(f'<p><a href="/news?page=2">{words}</a></p>') == "/news?page=2"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<a rel="next" href="/archive-b">Continue</a><p>', ""),
        ('<nav class="pagination"><a rel="next" href="/archive-b">Lisa veel</a></nav>', "/archive-b"),
        ('<a rel="nofollow next" href="?start=10"></a>', "/news?start=10"),
        ('<a href="?page=1" aria-label="Next page"><svg><path/></svg></a>', "/news?page=1"),
        ('<a href="?page=1" title="Go to next page"><img src="r.gif"></a>', "/news?page=1"),
        ('<a href="?page=1"><img src="r.gif" alt="Next"></a>', "/news?page=1"),
        ('<a href="?page=1"><span class="sr-only">Next page</span><span>››</span></a>', "/news?page=1"),
        ('<ul class="pager"><li class="pager-next"><a href="/news/b.html">→</a></li></ul>', "/news/b.html"),
        ('<div class="pagination"><a href="/news/p/2">&raquo;</a></div>', "/news/p/2"),
        ('<div class="wp-pagenavi"><a class="nextpostslink" href="/news/page/2/">&gt;</a></div>', "/news/page/2/"),
        ('<div><b>1</b> <a href="/news?p=2">2</a> <a href="/news?p=3">3</a> <a href="?p=2">›</a></div>', "/news?p=2"),
        ('<a class="load-more" href="/news?page=2">Load more</a>', "/news?page=2"),
        ('<a href="/news?page=2">Mehr laden</a>', "/news?page=2"),
    ],
)
def test_a_link_is_known_by_what_stands_for_its_words(body: str, expected: str) -> None:
    assert onward(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<div>1 | <a href="/news?page=2">2</a> | <a href="/news?page=3">3</a></div>', "/news?page=2"),
        (
            '<ul class="pages"><li><a href="/news?page=1">1</a></li><li class="is-active"><a href="/news?page=2">2</a>'
            '</li><li><a href="/news?page=3">3</a></li></ul>',
            "/news?page=3",
        ),
        (
            '<nav><a href="/news/1">1</a><a aria-current="page" href="/news/2">2</a><a href="/news/3">3</a></nav>',
            "/news/3",
        ),
        ('<p><a href="/news">1</a> <a href="/news-2.html">2</a> <a href="/news-3.html">3</a></p>', "/news-2.html"),
        (
            '<nav class="pager"><a href="?page=2">2</a> <a href="?page=3">3</a> <a href="?page=4">4</a></nav>',
            "/news?page=2",
        ),
        (
            '<nav class="pager"><a href="?page=1">1</a> <a href="?page=3">3</a> <a href="?page=4">4</a></nav>',
            "/news?page=3",
        ),
        ('<nav class="pager"><a href="?page=1">1</a> <a href="?page=2">2</a> <a href="?page=3">3</a></nav>', ""),
        ('<table><tr><td><span>1</span></td><td><a href="?p=2">2</a></td></tr></table>', "/news?p=2"),
        ('<p>[1] <a href="?s=20">[2]</a> … <a href="?s=400">[21]</a></p>', "/news?s=20"),
        ('<ol class="pager"><li><a href="?p=1">Page 1</a><li>Page 2<li><a href="?p=3">Page 3</a></ol>', "/news?p=3"),
        ('<ul class="pager"><li><a href="?p=1">1</a><li><a href="?p=2">2</a><li><b>3</b></ul>', ""),
    ],
)
def test_of_numbered_pages_the_one_after_the_current_one_is_next(body: str, expected: str) -> None:
    assert onward(body) == expected


def test_the_head_of_the_page_may_say_it() -> None:
    assert onward("", head=HEAD.format(rel="next", href="/news/page/2")) == "/news/page/2"
    assert onward("", head=HEAD.format(rel="prev", href="/news/page/2")) == ""


def test_an_address_is_relative_to_the_base_of_the_page() -> None:
    assert onward('<a href="page2.html">Next</a>', head='<base href="/news/archive/">') == "/news/archive/page2.html"


@pytest.mark.parametrize(
    ("number", "expected"), [(1, "/news?page=2"), (2, "/news?page=3"), (3, "/news?page=4"), (4, "")]
)
def test_each_page_leads_to_the_one_below_it(number: int, expected: str) -> None:
    pages = "".join(f'<a href="/news?page={n}">{n}</a> ' if n != number else f"<b>{n}</b> " for n in range(1, 5))

    assert onward(f"<p>{pages}</p>", url=f"{PAGE}?page={number}") == expected


def test_where_newer_and_older_stand_side_by_side_older_is_next() -> None:
    beside = '<a {} href="/news?page=3">Older</a> <a {} href="/news?page=1">Newer</a>'

    assert onward(beside.format("", "")) == "/news?page=3"
    assert onward(beside.format('rel="prev"', 'rel="next"')) == "/news?page=3"
    assert onward('<div class="pager"><a class="next" rel="next" href="/news?page=1">Newer posts »</a></div>') == ""


@pytest.mark.parametrize(
    "body",
    [
        '<nav class="post-navigation"><a rel="next" href="/news/item-9">Next: Budget Day 2022</a></nav>',
        '<nav class="nav-links"><a class="nav-next" href="/news/item-9">Next: Some Other Release</a></nav>',
        '<div class="carousel"><a class="carousel-next" href="#">Next</a></div>',
        '<div class="carousel"><a class="next" href="/news?slide=2">Next</a></div>',
        '<div class="swiper"><a href="/gallery/2">›</a></div>',
        '<a href="javascript:more(2)">Next</a>',
        '<a href="#page2">Next page</a>',
        '<a href="/news">Next page</a>',
        '<a href="/news/">Next page</a>',
        "<a>Next page</a>",
        '<a href="">Next page</a>',
        '<a href="https://other.example/news?page=2">Next page</a>',
        '<a href="mailto:next@agency.example">Next</a>',
        '<ul class="pager"><li class="disabled"><a href="/news?page=2">Next</a></li></ul>',
        '<a class="btn is-disabled" href="/news?page=2">Next</a>',
        '<a aria-disabled="true" href="/news?page=2">Next</a>',
        '<a hidden href="/news?page=2">Next</a>',
        '<p><a href="/next-steps">Next steps</a> <a href="/older-adults">Older adults</a></p>',
        '<a href="/more">More news</a>',
        '<p><a href="/a">weiter</a> <a href="/b">weiter</a> <a href="/c">weiter</a></p>',
        '<a href="/news/item-1">Weiter</a>',
        '<a href="/news/item-1">→</a>',
        '<a href="/news?month=2022-06">Next</a>',
        '<div class="calendar"><a href="/news/next">›</a></div>',
        '<a href="/events/2022/06/">Next »</a>',
        '<p>2022 <a href="/news/2023">2023</a> <a href="/news/2024">2024</a></p>',
        '<p class="crumbs"><a href="/">Home</a> » <a href="/press">Press</a></p>',
        '<p><a href="/news?page=1">« Previous</a></p>',
        '<p>3 comments, <a href="/news/item-4#c">4</a></p>',
    ],
)
def test_what_only_looks_like_a_way_on_is_none(body: str) -> None:
    assert onward(body) == ""


def test_the_days_of_a_calendar_are_no_pages() -> None:
    rows = "".join(
        f"<tr>{''.join(f'<td>{n}</td>' if n == 16 else f'<td><a href=/news?d={n}>{n}</a></td>' for n in week)}</tr>"
        for week in (range(at, min(at + 7, 32)) for at in range(1, 32, 7))
    )

    assert onward(f"<table>{rows}</table>") == ""


def test_a_link_to_an_article_in_the_head_is_no_next_page() -> None:
    link = '<nav class="pager"><a href="/news/item-9">Minister Opens the New Archive</a></nav>'

    assert onward(link, head=HEAD.format(rel="next", href="/news/item-9")) == ""
    assert onward("", head='<link rel="next" title="Minister Opens the New Archive" href="/news/item-9">') == ""


def many(count: int, **others: str) -> str:
    """So many links to articles, with others in their places."""
    return "".join(others.get(f"at_{n}", f'<p><a href="/news/x{n}">A title</a></p>') for n in range(count))


@pytest.mark.parametrize("place", ["at_100", "at_9900"])
def test_among_thousands_of_links_a_pager_stands_at_one_end(place: str) -> None:
    assert onward(many(10_000, **{place: '<a href="/news?page=2">Next</a>'})) == "/news?page=2"


def test_far_from_both_ends_of_thousands_of_links_is_no_pager() -> None:
    assert onward(many(10_000, at_5000='<a href="/news?page=2">Next</a>')) == ""


def test_a_number_whose_link_is_not_looked_at_is_not_where_we_are() -> None:
    # The first of these is just too far from the end of the page, the others are not.
    row = "<div>" + "".join(f'<a href="/news?page={n}">{n}</a> ' for n in (5, 6, 7)) + "</div>"

    assert onward(many(10_000, at_8001=row)) == ""
