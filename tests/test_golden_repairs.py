"""What had to be repaired afterwards in the records of the golden one's family, one test each: the page as its site
would have served it, the record as it is written, and nothing between them but us."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from html import escape

import pytest

from watcher import records, urls
from watcher.article import Article, extract
from watcher.demo import pages
from watcher.demo.office import PressOffice
from watcher.html import document
from watcher.model import Item
from watcher.text import fold

SITE = "https://agency.example/news/press-releases"
URL = f"{SITE}/jy0001"
NAME = "Department of Examples"
DAY, TODAY = date(2022, 5, 13), datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TITLE = "Department Acts"
LONG = "The Department today said that it would publish what it has found, and when it will do so. " * 3


def page(body: str, *, title: str = TITLE, above: str = "", below: str = "", head: str = "") -> str:
    """A release in the field markup of its content manager, between a menu and a footer with dates of their own."""
    return f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} | {NAME}</title>
<meta property="og:site_name" content="{NAME}">{head}</head><body>
<header role="banner"><h1>{NAME}</h1><div class="mm-news-row"><time datetime="{TODAY:%Y-%m-%d}">today</time>
<div class="news-title"><a href="/news/press-releases/sb0401">Another Release</a></div></div></header>
<nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ul></nav>
<main><article class="node node--type-news"><h2 class="uswds-page-title"><span>{escape(title)}</span></h2>
<div class="field field--name-field-news-publication-date">
<time datetime="2022-05-13T12:00:00Z">May 13, 2022</time></div>
{above}<div class="clearfix text-formatted field field--name-field-news-body">{body}</div>{below}</article></main>
<footer><p>Last updated <time datetime="{TODAY:%Y-%m-%d}">November 22, 2026</time></p></footer></body></html>"""


def found(text: str) -> Article:
    return extract(document(text.encode(), "text/html; charset=utf-8"), URL, select=None)


def body(text: str) -> str:
    """The Markdown between a long paragraph and the end, where `text` stands on the page."""
    whole = found(page(f"<p>{LONG}</p>{text}")).body
    assert whole.startswith(LONG.strip())
    return whole.removeprefix(LONG.strip()).lstrip("\n")


def written(article: Article) -> str:
    item = Item(link=URL, title=article.title, published=article.published, body=article.body)
    record = records.of_item(item, first_seen=TODAY, site=SITE, id=urls.mint(URL), draft=False, revised_at=None)
    return records.dumps(record).decode()


def test_a_space_that_the_page_put_inside_of_bold_is_not_lost_beside_it() -> None:
    assert body("<p>said<strong> Secretary </strong>Yellen</p>") == "said **Secretary** Yellen"


def test_a_space_on_both_sides_of_an_edge_is_one() -> None:
    assert body("<p>said <strong> Secretary</strong> Yellen, <em>so </em> there</p>") == (
        "said **Secretary** Yellen, *so* there"
    )


def test_stars_do_not_stand_next_to_spaces_inside() -> None:
    assert body("<p><strong> text</strong> and <em>more </em></p>") == "**text** and *more*"


def test_a_link_keeps_the_spaces_beside_it() -> None:
    assert body("<p>word<a href='/x'> link </a>word</p>") == "word [link](https://agency.example/x) word"


def test_a_link_right_after_a_word_is_not_parted_from_it() -> None:
    assert body("<p>(see<a href='/x'>1</a>)</p>") == "(see[1](https://agency.example/x))"


def test_italics_torn_over_a_word_are_whole() -> None:
    assert body("<p>in the <em>Fede</em><em>ral </em><em>Register</em> of</p>") == "in the *Federal Register* of"


def test_the_title_is_not_repeated_as_the_first_heading() -> None:
    article = found(page(f"<h2>{TITLE}</h2><p>{LONG}</p><h3>Next</h3><p>Text.</p>"))

    assert article.title == TITLE
    assert article.body == f"{LONG.strip()}\n\n## Next\n\nText."


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5, 6])
def test_headings_begin_at_level_2(level: int) -> None:
    assert body(f"<h{level}>Background</h{level}><p>Text.</p>") == "## Background\n\nText."


@pytest.mark.parametrize("head", ["", f'<meta property="og:title" content="{NAME}">'])
def test_the_name_of_the_site_is_not_taken_for_the_title(head: str) -> None:
    assert found(page(f"<p>{LONG}</p>", head=head)).title == TITLE


def test_the_day_of_scraping_is_not_taken_for_the_date() -> None:
    assert found(page(f"<p>{LONG}</p>")).published == DAY


def test_a_page_that_tells_no_date_has_none_and_not_today() -> None:
    undated = page(f"<p>{LONG}</p>").replace('<time datetime="2022-05-13T12:00:00Z">May 13, 2022</time>', "")

    assert found(undated).published is None


def test_the_day_of_the_last_change_is_not_taken_for_the_date() -> None:
    undated = page(
        f"<p>{LONG}</p>",
        head='<meta property="article:modified_time" content="2024-01-02T03:04:05Z"><meta property="og:updated_time" '
        'content="2024-01-02T03:04:05Z"><script type="application/ld+json">{"@type":"NewsArticle",'
        '"dateModified":"2024-01-02T03:04:05Z"}</script>',
    ).replace('<time datetime="2022-05-13T12:00:00Z">', '<time class="updated" datetime="2024-01-02">')

    assert found(undated).published is None


@pytest.mark.parametrize(
    "title",
    [
        "READOUT: At Dialogue",
        "“Quoted” – 'so' \"so\"",
        "# 1: yes",
        "- 10",
        "*Act*",
        "{a}",
        "@b",
        "1.10",
        "null",
        "Who? Me!",
    ],
)
def test_no_title_breaks_the_front_matter(title: str) -> None:
    article = found(page(f"<p>{LONG}</p>", title=title))

    record = records.loads(written(article).encode())
    assert (record.title, record.body) == (title, LONG.strip())


def test_a_title_of_two_lines_is_one() -> None:
    article = found(page(f"<p>{LONG}</p>").replace(f"<span>{TITLE}", "<span>Department\n  Acts"))

    assert written(article).splitlines()[1] == f"title: {TITLE}"


def test_the_text_begins_on_the_line_after_the_fence() -> None:
    text = written(found(page(f"<p>{LONG}</p>")))

    matter = f"title: {TITLE}\ndate: 2022-05-13\ndraft: false\nurl: /news/press-releases/jy0001"
    assert text == f"---\n{matter}\n---\n{LONG.strip()}\n"


@pytest.mark.parametrize(
    "between",
    [
        "<hr>",
        "<div><div>",
        "</div><div class='field text-formatted'>",
        "<p></p><p>&nbsp;</p>",
        "<table><tr><td>",
        "<b>",
    ],
)
def test_a_body_is_not_cut_off_by_what_stands_in_it(between: str) -> None:
    text = found(page(f"<p>{LONG}</p>{between}<p>The end of it.</p><p>{LONG}</p>")).body

    assert text.count(LONG.strip()) == 2
    assert "The end of it." in text


@pytest.mark.parametrize(
    "markup",
    [
        f"<div>{LONG}</div>",
        f"{LONG}<br><br>{LONG}",
        f"<span><span>{LONG}</span></span>",
        f"<form><p>{LONG}</p></form>",
        f"<p>{LONG}<div>",
    ],
)
def test_a_body_without_proper_paragraphs_is_not_empty(markup: str) -> None:
    assert found(page(markup)).body.startswith(LONG.strip())


def test_no_word_of_a_menu_is_in_the_body() -> None:
    menu = "<ul class='menu'><li><a href='/a'>About</a></li><li><a href='/b'>Offices</a></li></ul>"
    share = "<div class='share-buttons'><a href='https://social.example/'>Share</a></div>"
    related = "<div class='field--name-related'><h3>Related</h3><ul><li><a href='/c'>Older One</a></li></ul></div>"

    text = found(page(f"<p>{LONG}</p><p>The end.</p>", above=menu + share, below=related)).body

    assert text == f"{LONG.strip()}\n\nThe end."


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<ul><li>a</li></ul><ul><li>b</li></ul>", ("a", "b")),
        ("<li>a</li><li>b</li>", ("a", "b")),
        ("<ul><p>a</p><li>b</li></ul>", ("a", "b")),
        ("<ol><li>a</li><br><li>b</li></ol>", ("a", "b")),
    ],
)
def test_no_item_is_left_without_its_list(markup: str, expected: tuple[str, str]) -> None:
    lines = [line for line in body(f"{markup}<p>End.</p>").split("\n") if line]

    assert [line.lstrip("-12. ") for line in lines] == [*expected, "End."]
    assert all(line[0] in "-12" for line in lines[:-1])


@pytest.mark.parametrize(
    "markup",
    [
        "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>",
        "<table><thead><tr><th>A</th><th>B</th></tr></thead><td>1</td><td>2</td></table>",
        "<table><tbody><tr><th><p>A</p></th><th>B<br></th></tr><tr><td><p>1</p></td><td>2</td></tr></tbody></table>",
    ],
)
def test_no_cell_is_left_without_its_table(markup: str) -> None:
    assert body(f"{markup}<p>End.</p>") == "| A | B |\n| --- | --- |\n| 1 | 2 |\n\nEnd."


@pytest.mark.parametrize("where", ["<p>(Archived Content)</p><p>{}</p>", "<p>(Archived Content)<br>{}</p>"])
def test_a_note_to_the_archive_is_no_part_of_the_text(where: str) -> None:
    assert found(page(where.format(LONG))).body == LONG.strip()


@pytest.mark.parametrize("mark", ["###", "# # #", "<strong>###</strong>", "-30-"])
def test_the_mark_of_the_end_is_no_part_of_the_text(mark: str) -> None:
    assert body(f"<p>End.</p><p class='text-align-center'>{mark}</p><p>&nbsp;</p>") == "End."


def test_unquoted_attributes_change_nothing() -> None:
    quoted = page(f"<p>{LONG}</p><p><a href='/x'>Link</a></p>")
    unquoted = quoted.replace("href='/x'", "href=/x").replace(
        'datetime="2022-05-13T12:00:00Z"', "datetime=2022-05-13T12:00:00Z"
    )

    assert unquoted != quoted
    assert found(unquoted) == found(quoted)


def test_a_part_of_the_body_that_is_written_self_closed_does_not_swallow_the_text() -> None:
    text = found(page(f'<div class="lead" data-news-list /><p>{LONG}</p><p>The end.</p>')).body

    assert text == f"{LONG.strip()}\n\nThe end."


def test_every_release_of_the_press_office_needs_no_repair() -> None:
    office = PressOffice()

    for release in office.releases:
        article = found(pages.article(office, release))

        assert article.title == release.title
        assert article.published == release.published
        lines = article.body.split("\n")
        assert fold(lines[0]) != fold(release.title)
        assert not {"###", "Share", "Related", "Home"} & set(lines)
        assert next((line for line in lines if line.startswith("#")), "## ").startswith("## ")


def test_a_time_of_day_beside_the_day_is_kept_with_its_zone() -> None:
    timed = page(f"<p>{LONG}</p>").replace("2022-05-13T12:00:00Z", "2022-05-13T14:50:47-04:00")

    published = found(timed).published

    assert isinstance(published, datetime)
    assert (published.isoformat(), published.utcoffset()) == ("2022-05-13T14:50:47-04:00", timedelta(hours=-4))
