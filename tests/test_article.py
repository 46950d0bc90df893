from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from html import escape
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from watcher import records, urls
from watcher.article import Article, extract
from watcher.errors import NothingFound, NotUnderstood
from watcher.html import document
from watcher.model import Item

GOLDEN = (Path(__file__).parent / "golden/jy0781.md").read_bytes()
RECORD = records.loads(GOLDEN)
SITE = "https://home.treasury.gov/news/press-releases"
URL = f"{SITE}/jy0781"
BODY = "div.field--name-field-news-body"
DAY = date(2022, 5, 13)

PARAGRAPHS = "\n".join(f"<p>{escape(text)}</p>".replace("\u00a0", "&nbsp;") for text in RECORD.body.split("\n\n"))

PAGE = f"""<!DOCTYPE html>
<html lang="en" dir="ltr">
<head>
  <title>{escape(RECORD.title)} | U.S. Department of the Treasury</title>
  <meta property="og:site_name" content="U.S. Department of the Treasury">
  <meta property="og:title" content="{escape(RECORD.title)}">
  <meta property="og:updated_time" content="2026-01-05T10:00:00-05:00">
</head>
<body>
<a class="visually-hidden" href="#main">Skip to main content</a>
<header role="banner"><h1>U.S. Department of the Treasury</h1>
  <div class="mega-menu">
    <div class="mm-news-row"><time datetime="2026-11-20T12:00:00Z">November 20, 2026</time>
      <div class="news-title"><a href="/news/press-releases/sb0401">New Sanctions Framework</a></div></div>
    <div class="mm-news-row"><time datetime="2026-11-19T12:00:00Z">November 19, 2026</time>
      <div class="news-title"><a href="/news/press-releases/sb0400">Readout: Deputy Secretary’s Meeting</a></div></div>
  </div>
</header>
<nav class="breadcrumb"><ol><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ol></nav>
<main id="main"><article class="node node--type-news">
  <h2 class="uswds-page-title"><span class="field--name-title">{escape(RECORD.title)}</span></h2>
  <div class="field field--name-field-news-publication-date field--type-datetime"><time
     datetime="2022-05-13T12:00:00Z" class="datetime">May 13, 2022</time></div>
  <div class="share-buttons"><a href="https://social.example/?u=x">Share</a><button>Print</button></div>
  <div class="clearfix text-formatted field field--name-field-news-body field--type-text-long">
{PARAGRAPHS}
<p class="text-align-center">###</p>
<p>&nbsp;</p>
  </div>
</article></main>
<footer><p>1500 Example Avenue. Last updated <time datetime="2026-11-22">November 22, 2026</time></p></footer>
<script>document.write("<time datetime=2026-11-21>x</time>")</script>
</body></html>"""


def article(page: str, select: str | None = None, title: str = "") -> Article:
    return extract(document(page.encode(), "text/html; charset=utf-8"), URL, select=select, title=title)


def without_names(page: str) -> str:
    soup = BeautifulSoup(page, "lxml")
    for each in soup.find_all(True):
        each.attrs = {name: value for name, value in each.attrs.items() if name not in ("class", "id", "role")}
    return str(soup)


def without_landmarks(page: str) -> str:
    soup = BeautifulSoup(page, "lxml")
    for each in soup.find_all(["main", "article"]):
        each.name = "div"
    return str(soup)


@pytest.mark.parametrize("select", [BODY, None])
def test_the_golden_page_becomes_the_golden_record(select: str | None) -> None:
    found = article(PAGE, select)

    item = Item(link=URL, title=found.title, published=found.published, body=found.body)
    seen = datetime(2026, 11, 22, tzinfo=UTC)
    record = records.of_item(item, first_seen=seen, site=SITE, id=urls.mint(URL), draft=False, revised_at=None)
    assert records.dumps(record) == GOLDEN


@pytest.mark.parametrize(
    "change", [without_names, without_landmarks, lambda page: without_landmarks(without_names(page))]
)
def test_the_golden_article_is_found_without_the_names_and_elements_of_its_site(change: Callable[[str], str]) -> None:
    found = article(change(PAGE))

    assert found == Article(body=RECORD.body, published=DAY, title=RECORD.title)


@pytest.mark.parametrize("select", ["article", "main"])
def test_a_wider_selector_gives_the_same_text(select: str) -> None:
    assert article(PAGE, select).body == RECORD.body


def test_the_page_is_not_touched() -> None:
    soup = document(PAGE.encode(), "text/html; charset=utf-8")
    before = str(soup)

    extract(soup, URL, select=None)

    assert str(soup) == before


def test_several_parts_are_one_text_and_none_is_said_twice() -> None:
    page = "<div class=a><p>One</p><div class=a><p>Two</p></div></div><div class=b>Not</div><div class=a>Three</div>"

    assert article(page, ".a").body == "One\n\nTwo\n\nThree"


def test_a_selector_that_matches_nothing_is_named() -> None:
    with pytest.raises(NothingFound, match=r'article "div\.body" matched nothing on https://home'):
        article(PAGE, "div.body")


def test_a_selector_that_is_none_is_named() -> None:
    with pytest.raises(NotUnderstood, match=r'"div\[" is no CSS selector'):
        article(PAGE, "div[")


@pytest.mark.parametrize(
    ("page", "select"), [("", None), ("<main><p> </p></main>", None), ("<p class=a>###</p>", ".a")]
)
def test_a_page_without_a_text_has_no_article(page: str, select: str | None) -> None:
    with pytest.raises(NothingFound, match="no text of an article"):
        article(page, select)


LONG = "The office today said that it would publish what it has found, and when. " * 4


@pytest.mark.parametrize(
    "part",
    [
        '<div itemprop="articleBody">{}</div>',
        '<div class="entry-content">{}</div>',
        '<div class="fincen-news-article__body">{}</div>',
        '<div class="field field--name-body">{}</div>',
        '<section><div class="x"><div>{}</div></div></section>',
        "<table><tr><td>{}</td></tr></table>",
    ],
)
def test_the_main_part_is_found_by_marks_names_or_structure(part: str) -> None:
    text = f"<p>{LONG}</p><p>{LONG}</p>"
    around = "<ul>" + "<li><a href='/x'>Another story of some length, told elsewhere</a></li>" * 20 + "</ul>"
    teaser = "<div class='teaser-body'><p>A teaser of something else.</p></div>"

    found = article(f"<div>{around}<div><h1>Title</h1>{part.format(text)}</div>{teaser}{around}</div>")

    assert found.body.startswith(LONG.strip())
    assert "Another story" not in found.body


def test_a_card_is_not_the_main_part_though_it_has_a_body() -> None:
    page = f"<main><h1>T</h1><p>{LONG}</p><p>{LONG}</p><div class='card-body'><p>{LONG}</p></div></main>"

    assert article(page).body.count(LONG.strip()) == 3


def test_a_text_spread_over_the_page_is_found() -> None:
    menu = "<ul>" + "<li><a href='/x'>Another story of some length</a></li>" * 9 + "</ul>"

    found = article(f"{menu}<p>{LONG}</p><p>{LONG}</p>{menu}<h2>Contact</h2><p>1500 Example Avenue</p>")

    assert found.body.count(LONG.strip()) == 2
    assert "Another story" not in found.body


@pytest.mark.parametrize(
    "page",
    [
        f'<main><p class="date">Published: May 13, 2022</p><div class="body"><p>{LONG}</p></div></main>',
        f"<main><article><header><time>May 13, 2022</time></header><p>{LONG}</p></article></main>",
        f'<main><div class="body"><time datetime="2022-05-13">x</time><p>{LONG}</p></div></main>',
        f'<main><p>{LONG}</p></main><span itemprop="datePublished" content="2022-05-13">x</span>',
        f'<head><meta property="article:published_time" content="2022-05-13"></head><main><p>{LONG}</p></main>',
        f'<head><meta name="DC.date.issued" content="2022-05-13"></head><main><p>{LONG}</p></main>',
        f'<main><time datetime="2022-05-13T12:00:00-47:00">May 13, 2022</time><p>{LONG}</p></main>',
    ],
)
def test_the_date_is_the_articles_own(page: str) -> None:
    assert article(page).published == DAY


def test_a_time_of_day_stays_with_its_zone() -> None:
    page = f'<main><time datetime="2022-05-13T14:50:47-04:00">May 13, 2022</time><p>{LONG}</p></main>'

    assert article(page).published == datetime(2022, 5, 13, 14, 50, 47, tzinfo=timezone(timedelta(hours=-4)))


@pytest.mark.parametrize(
    "page",
    [
        f'<nav><time datetime="2022-05-13">x</time></nav><main><p>{LONG}</p></main>',
        f'<div><ul><li><time datetime="2022-05-13">x</time></li></ul></div><main><p>{LONG}</p></main>',
        f'<main><p>{LONG}</p><p>The hearing is on <time datetime="2022-05-13">May 13</time>.</p></main>',
        f'<main><p>{LONG}</p></main><aside><time datetime="2022-05-13">x</time></aside>',
        f'<head><meta property="og:updated_time" content="2022-05-13"></head><main><p>{LONG}</p></main>',
        f'<main><div>Next:<ul><li><time datetime="2022-05-13">x</time></ul></div><p>{LONG}</p></main>',
        f'<div><time datetime="2022-05-13">x</time> <a href=/>Another story</a></div><p>{LONG}</p>',
    ],
)
def test_the_date_of_something_else_is_not_the_articles(page: str) -> None:
    assert article(page).published is None


@pytest.mark.parametrize(
    "page",
    [
        "<title>A Title - Some Site</title><h1>Some Site</h1><h2>A Title</h2>",
        '<meta property="og:title" content="A Title"><title>Some Site</title><h1>Some Site</h1><h3>A Title</h3>',
        '<meta property="og:site_name" content="A Site"><title>A Site</title><h1>A Site</h1><h1>A Title</h1>',
        "<title>A Title | Some Site</title>",
        "<h1>A Title</h1>",
    ],
)
def test_the_title_is_not_the_sites_name(page: str) -> None:
    assert article(f"{page}<main><p>{LONG}</p></main>").title == "A Title"


def test_a_title_that_the_page_does_not_tell_is_the_listings() -> None:
    assert article(f"<main><p>{LONG}</p></main>", title="A Title").title == "A Title"


@pytest.mark.parametrize(
    ("listed", "heading", "expected"),
    [
        ("Council adopts the …", "Council adopts the regulation", "Council adopts the regulation"),
        ("Council adopts the regu...", "Council adopts the regulation", "Council adopts the regulation"),
        ("Council adopts the […]", "Council adopts the regulation", "Council adopts the regulation"),
        ("Council adopts the …", "Council rejects the regulation", "News"),
        ("Council adopts the", "Council adopts the regulation", "News"),
    ],
)
def test_the_heading_that_goes_on_where_a_listing_cuts_a_title_is_the_title(
    listed: str, heading: str, expected: str
) -> None:
    page = f"<html><head><title>News</title></head><body><main><h1>{heading}</h1><p>{LONG}</p></main></body></html>"

    assert article(page, title=listed).title == expected


def test_a_title_and_a_date_at_the_top_of_the_text_are_not_said_again() -> None:
    top = "<h2>A Title</h2><p>Posted <time>May 13, 2022</time></p>"
    page = f"<h1>A  Title</h1><article>{top}<p>{LONG}</p><h2>More</h2></article>"

    assert article(page, "article").body == f"{LONG.strip()}\n\n## More"


@pytest.mark.parametrize(
    "page",
    [
        "<main><h1>Photo call</h1><p>20 November 2026</p><p>The pier opens on Monday.</p></main>",
        "<main><h1>Photo call</h1><time>20 November 2026</time><p>The pier opens on Monday.</p></main>",
        "<main><h1>Photo call</h1><p><b>20 November 2026</b></p><p>The pier opens on Monday.</p></main>",
        "<main><h1>Photo call</h1><p>The pier opens on Monday.</p><p><time>20 November 2026</time></p></main>",
        "<main><h1>Photo call</h1><div><time>20 November 2026</time> The pier opens on Monday.</div></main>",
        "<main><h1>Photo call</h1><div><time>20 November 2026</time>: the pier opens on Monday</div></main>",
    ],
)
def test_a_text_that_is_shorter_than_a_dateline_may_be_is_not_taken_for_one(page: str) -> None:
    found = article(page)

    assert "pier opens on Monday" in found.body
    assert (found.published, found.title) == (date(2026, 11, 20), "Photo call")


@pytest.mark.parametrize(
    "head",
    [
        "<p>London, <time>20 November 2026</time></p>",
        '<div class="meta"><time>20 November 2026</time> | Press release 12</div>',
        "<dl><dt>Reference day</dt><dd><time>20 November 2026</time></dd></dl>",
    ],
)
def test_a_place_or_a_kind_beside_the_date_is_no_text(head: str) -> None:
    assert article(f"<main><h1>Photo call</h1>{head}<p>{LONG}</p></main>").body == LONG.strip()


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ('<p class="byline">By Jane Doe</p>', "Jane Doe"),
        ('<span itemprop="author"><span itemprop="name">Jane Doe</span></span>', "Jane Doe"),
        ('<meta name="author" content="Jane Doe">', "Jane Doe"),
        ('<meta name="author" content="https://example.org/jane">', ""),
        ("", ""),
    ],
)
def test_the_author_is_whom_the_page_names(byline: str, expected: str) -> None:
    assert article(f"{byline}<main><p>{LONG}</p></main>").author == expected


def test_a_page_that_nests_too_deep_for_markdown_keeps_its_words() -> None:
    page = "<main>" + "<blockquote>" * 900 + f"<p>1. {LONG}</p>" + "</blockquote>" * 900 + "</main>"

    assert article(page).body == f"1\\. {LONG.strip()}"


def told(**keys: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **keys})}</script>'


@pytest.mark.parametrize(
    "claim",
    [
        told(datePublished="2022-05-13", dateModified="2024-01-01"),
        told(datePublished="2022-05-13").replace("NewsArticle", "https://schema.org/BlogPosting"),
        told(datePublished="2022-05-13", url=URL) + told(datePublished="2026-11-20", url="/news/press-releases/jy0782"),
        told(datePublished="2026-11-20", headline="Another") + told(datePublished="2022-05-13", headline="A Title"),
        told(datePublished="2022-05-13", url="http://www.home.treasury.gov/news/press-releases/jy0781/?utm_source=x"),
        told(**{"@type": "WebPage", "@id": URL, "datePublished": "2022-05-13"}),
        told(**{"@type": "WebPage", "mainEntity": {"@type": "Article", "datePublished": "2022-05-13"}}),
        f"<script type='application/ld+json'>{{broken</script>{told(datePublished='2022-05-13')}",
        f"{told(datePublished='2022-05-13')}<meta property='article:published_time' content='2022-05-14'>",
    ],
)
def test_the_date_that_json_ld_tells_of_this_article_is_its_own(claim: str) -> None:
    assert article(f"<title>A Title</title>{claim}<main><p>{LONG}</p></main>").published == DAY


@pytest.mark.parametrize(
    "claim",
    [
        told(dateModified="2022-05-13"),
        told(datePublished="2022-05-13", url="/news/press-releases/jy0782", headline="Another"),
        told(headline="A") + told(datePublished="2022-05-13", headline="Another") + told(headline="B"),
        told(**{"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "datePublished": "2022-05-13"}]}),
        told(**{"@type": "Event", "datePublished": "2022-05-13"}),
        told(datePublished="soon"),
    ],
)
def test_the_date_that_json_ld_tells_of_something_else_is_not_the_articles(claim: str) -> None:
    assert article(f"<title>A Title</title>{claim}<main><p>{LONG}</p></main>").published is None


def test_a_day_that_two_of_three_claims_name_beats_the_first() -> None:
    page = f"""{told(datePublished="2026-01-05")}<meta property="article:published_time" content="2022-05-13T14:50:47Z">
        <main><time datetime="2022-05-13">May 13, 2022</time><p>{LONG}</p></main>"""

    assert article(page).published == datetime(2022, 5, 13, 14, 50, 47, tzinfo=UTC)


@pytest.mark.parametrize("clock", ["00:00:00", "12:00:00"])
def test_a_claim_of_midnight_or_noon_beside_a_day_is_that_day(clock: str) -> None:
    page = f"{told(datePublished=f'2022-05-13T{clock}Z')}<main><p class='date'>May 13, 2022</p><p>{LONG}</p></main>"

    published = article(page).published

    assert published == DAY
    assert not isinstance(published, datetime)


@pytest.mark.parametrize(
    "line", ["May 13, 2022", "Published: May 13, 2022", "Friday, 13 May 2022", "Washington, May 13, 2022"]
)
def test_a_line_that_is_a_date_is_the_articles(line: str) -> None:
    assert article(f"<main><h1>A</h1><p>{line}</p><div class='body'><p>{LONG}</p></div></main>").published == DAY


@pytest.mark.parametrize(
    "line",
    [
        "Updated: May 13, 2022",
        "Last updated on May 13, 2022",
        "The hearing is on May 13, 2022",
        "Deadline: May 13, 2022",
    ],
)
def test_a_line_that_tells_of_another_day_is_not_the_articles(line: str) -> None:
    assert article(f"<main><h1>A</h1><p>{line}</p><div class='body'><p>{LONG}</p></div></main>").published is None


@pytest.mark.parametrize(
    "changed", ["<time class=updated datetime=2024-01-01>x</time>", "Updated <time>January 1, 2024</time>"]
)
def test_the_time_of_a_change_is_passed_over(changed: str) -> None:
    page = f"<main><p>{changed}</p><p><time datetime=2022-05-13>x</time></p><div class=body><p>{LONG}</p></div></main>"

    assert article(page).published == DAY


TEXTS = [
    "Inspectors walked over each of the bridges twice, in February and again in April. " * 2
    + "Then they wrote it down.",
    "None of what they saw was a danger to anyone, though twelve want new paint before the winter. It can wait.",
    "Three of the oldest will be closed on Sundays from May to July, and a ferry will take people over the river.",
    "A list of all of them, with the dates and the names of those who were there, will be published this year.",
]
PAGED = "".join(f"<p>{text} <a href='/{n}'>See</a></p>" for n, text in enumerate(TEXTS))
WITH_LINKS = "\n\n".join(f"{text} [See](https://home.treasury.gov/{n})" for n, text in enumerate(TEXTS))


@pytest.mark.parametrize("text", [" ".join(TEXTS), "\n\n".join(TEXTS), "".join(f"<p>{text}</p>" for text in TEXTS)])
def test_markup_of_the_text_that_json_ld_tells_beats_its_own(text: str) -> None:
    other = f"<div class='entry-content'><p>{LONG}</p><p>{LONG}</p><p>{LONG}</p><p>{LONG}</p></div>"

    found = article(f"{told(articleBody=text)}<main>{other}<div><div>{PAGED}</div></div></main>")

    assert found.body == WITH_LINKS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{LONG}\n\n1. Not a list", f"{LONG.strip()}\n\n1\\. Not a list"),
        (f"<p>{LONG}</p><p>So &amp; <b>so</b></p>", f"{LONG.strip()}\n\nSo & **so**"),
        (f"&lt;p&gt;{LONG}&lt;/p&gt;", LONG.strip()),
        (f"{LONG} It&#8217;s", f"{LONG.strip()} It’s"),
    ],
)
def test_a_text_that_only_json_ld_has_is_the_article(text: str, expected: str) -> None:
    page = f"{told(articleBody=text)}<div id=app></div><noscript>Enable JavaScript</noscript>"

    assert article(page).body == expected


def test_a_description_told_for_a_text_does_not_cut_the_article_off() -> None:
    assert article(f"{told(articleBody=TEXTS[0])}<main><div class=body>{PAGED}</div></main>").body == WITH_LINKS


@pytest.mark.parametrize(
    ("names", "author"),
    [
        ({"@type": "Person", "name": "Jane Doe"}, "Jane Doe"),
        ([{"name": "Jane Doe"}, {"name": "Wu &amp; Co"}], "Jane Doe, Wu & Co"),
        ("Jane Doe", "Jane Doe"),
        ({"@id": "#x"}, ""),
        (7, ""),
    ],
)
def test_the_author_is_whom_json_ld_names(names: object, author: str) -> None:
    assert article(f"{told(author=names)}<main><p>{LONG}</p></main>").author == author


@pytest.mark.parametrize("broken", ["[" * 50_000, '{"@type": {"a": []}}', '{"@graph": [null, 3, "x"]}', '"x"', ""])
def test_json_ld_that_is_none_costs_nothing(broken: str) -> None:
    page = f"<script type='application/ld+json'>{broken}</script><main><p>{LONG}</p></main>"

    assert article(page).body == LONG.strip()


def test_a_part_that_stands_in_several_pieces_is_whole() -> None:
    pieces = "".join(f"<div class='text body'><p>{text}</p></div><p><a href=/>Elsewhere</a></p>" for text in TEXTS)

    assert article(f"<main><h1>T</h1>{pieces}</main>").body == "\n\n".join(TEXTS)
