"""What a page declares for machines: JSON-LD, microdata, microformats, and the state of its scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from html import escape
from typing import Any

import pytest

from watcher.detect.declared import completed, declared
from watcher.detect.proposal import Proposal
from watcher.detect.tree import read
from watcher.model import Item, When

URL = "https://agency.example/news/"
NEWS = [
    ("Water levels fall for the third month", "/news/water-levels", "2024-05-14T09:30:00Z"),
    ("New director appointed to the survey", "/news/new-director", "2024-04-02T16:05:00Z"),
    ("Annual report on soil quality published", "/news/soil-report", "2024-03-21T08:00:00Z"),
]
WANTED = [
    (f"https://agency.example{path}", title, datetime.fromisoformat(when.replace("Z", "+00:00")))
    for title, path, when in NEWS
]
POSTINGS = [
    {"@type": "NewsArticle", "headline": title, "url": path, "datePublished": when} for title, path, when in NEWS
]
LISTED = "<ul>" + "".join(f'<li><a href="{path}">{title}</a></li>' for title, path, _ in NEWS) + "</ul>"
ROWS = [{"title": title, "url": path, "publishedAt": when} for title, path, when in NEWS]


def found(page: str, url: str = URL) -> list[Proposal]:
    return declared(read(page.encode(), "text/html; charset=utf-8", url))


def listed(page: str) -> list[tuple[str, str, When | None]]:
    """The items of the one proposal there must be."""
    proposals = found(page)
    assert len(proposals) == 1
    return [(item.link, item.title, item.published) for item in proposals[0].items]


def linked(data: Any) -> str:
    """A page with JSON-LD: a text as it stands, else as JSON."""
    text = data if isinstance(data, str) else json.dumps(data)
    return f'<script type="application/ld+json">{text}</script><p>News</p>'


def state(data: Any) -> str:
    return f'<div id="app"></div><script id="__NEXT_DATA__" type="application/json">{json.dumps(data)}</script>'


def dated(when: str) -> list[dict[str, str]]:
    return [dict(each, datePublished=when) for each in POSTINGS]


JSON_LD: Mapping[str, Any] = {
    "a list of ListItems with items": {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "itemListElement": [
            {"@type": "ListItem", "position": n, "item": each} for n, each in enumerate(POSTINGS, start=1)
        ],
    },
    "a list of bare entities": {"@type": ["ItemList"], "itemListElement": POSTINGS},
    "a list that tells of each item itself": {
        "@type": "ItemList",
        "itemListElement": [
            {"@type": "ListItem", "name": title, "url": path, "datePublished": when} for title, path, when in NEWS
        ],
    },
    "a blog": {"@type": "Blog", "name": "News", "url": "/news/", "blogPost": POSTINGS},
    "the parts of a collection": {"@type": "CollectionPage", "hasPart": POSTINGS},
    "what a page is mainly about": [
        {"@type": "WebPage", "mainEntity": {"@type": "ItemList", "itemListElement": POSTINGS}}
    ],
    "a graph": {"@graph": [{"@type": "WebSite", "url": "/", "name": "Agency"}, *POSTINGS]},
    "entities beside each other": POSTINGS,
    "entities told elsewhere": {
        "@graph": [
            {"@type": "Blog", "blogPost": [{"@id": f"#post-{n}"} for n in range(3)]},
            {"@type": "WebSite", "mentions": [{"@id": f"#post-{n}", **each} for n, each in enumerate(POSTINGS)]},
        ]
    },
    "types and addresses in full": [
        {
            "@type": "http://schema.org/BlogPosting",
            "name": {"@value": each["headline"], "@language": "en"},
            "mainEntityOfPage": {"@id": each["url"]},
            "datePublished": [each["datePublished"]],
        }
        for each in POSTINGS
    ],
}


@pytest.mark.parametrize("data", JSON_LD.values(), ids=JSON_LD)
def test_a_list_in_json_ld_is_proposed(data: Any) -> None:
    assert listed(linked(data)) == WANTED


def test_articles_in_scripts_of_their_own_are_one_list() -> None:
    page = "".join(linked(each) for each in POSTINGS)

    assert listed(page) == WANTED


def test_a_proposal_says_what_it_rests_on() -> None:
    proposal = found(linked({"@type": "Blog", "blogPost": POSTINGS}))[0]

    assert proposal.reasons == ("3 items declared in JSON-LD", "a date on 100% of them")
    assert {item.dated_by for item in proposal.items} == {"JSON-LD"}


def test_mere_addresses_are_called_as_their_links_on_the_page_are() -> None:
    data = {"@type": "ItemList", "itemListElement": [f"https://agency.example{path}" for _, path, _ in NEWS]}

    assert listed(linked(data) + LISTED) == [(link, title, None) for link, title, _ in WANTED]


@pytest.mark.parametrize(
    "data",
    [
        {
            "@type": "BreadcrumbList",
            "itemListElement": JSON_LD["a list that tells of each item itself"]["itemListElement"],
        },
        {
            "@type": "ItemList",
            "itemListElement": [dict(each, **{"@type": "SiteNavigationElement"}) for each in POSTINGS],
        },
        {"@type": "FAQPage", "mainEntity": [{"@type": "Question", "name": "Why?", "url": f"/q/{n}"} for n in range(3)]},
        {
            "@graph": [
                {"@type": "Person", "name": "A", "url": "/a"},
                {"@type": "Organization", "name": "B", "url": "/b"},
            ]
        },
        {"@type": "NewsArticle", "headline": "The only one", "url": "/news/one"},
        {"@type": "Blog", "blogPost": [dict(each, url=f"/news/#{n}") for n, each in enumerate(POSTINGS)]},
        {"@type": "Blog", "blogPost": [dict(each, url="/news/water-levels") for each in POSTINGS]},
    ],
    ids=["breadcrumbs", "a menu", "questions", "people", "one article", "parts of this page", "one address"],
)
def test_what_is_no_list_of_news_is_not_proposed(data: Any) -> None:
    assert found(linked(data)) == []


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(POSTINGS).replace("}]", "},]").replace('Z"}', 'Z",}'),
        "<!-- " + json.dumps(POSTINGS) + " -->",
        "//<![CDATA[\n" + json.dumps(POSTINGS) + "\n//]]>",
        json.dumps(POSTINGS).replace("/news/soil", "\t/news/soil"),
        escape(json.dumps(POSTINGS)),
        ",".join(json.dumps(each) for each in POSTINGS) + ";",
        json.dumps(POSTINGS) + "{broken",
    ],
    ids=["commas", "comment", "CDATA", "control characters", "entities", "several documents", "a broken end"],
)
def test_json_ld_with_a_common_fault_is_read(text: str) -> None:
    assert listed(linked(text)) == WANTED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        '{"@type": "Blog", "blogPost": [{"headline": "unfinished',
        "[" * 100_000,
        '{"@graph":' * 50_000 + "1" + "}" * 50_000,
        '"\\' * 20_000,
        json.dumps({"@type": {"a": 1}, "@graph": [1, None, "x", {"@type": [None, 3]}], "blogPost": [[], {}, 0]}),
        json.dumps([{"@type": "Article", "url": "http://[", "name": 3, "datePublished": 1e400}] * 3),
        '[{"@type": "Article", "url": "/a", "position": ' + "9" * 6000 + "}]",
    ],
)
def test_hopeless_json_ld_is_passed_over(text: str) -> None:
    assert found(linked(text)) == []


def test_titles_and_summaries_are_plain_text() -> None:
    first = {"headline": "Soil &amp; <em>water</em>\n report", "description": "<p>Less than 5 &lt; 6</p>"}

    item = found(linked([{**POSTINGS[0], **first}, POSTINGS[1]]))[0].items[0]

    assert (item.title, item.summary) == ("Soil & water report", "Less than 5 < 6")


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2024-05-14", date(2024, 5, 14)),
        ("2024-05-14T09:30:00+02:00", datetime(2024, 5, 14, 9, 30, tzinfo=timezone(timedelta(hours=2)))),
        ("May 14, 2024", date(2024, 5, 14)),
        ("5/6/2024", None),
        ("last week", None),
    ],
)
def test_a_date_is_what_is_claimed_or_none(text: str, when: When | None) -> None:
    items = found(linked([*dated(text)[:1], *POSTINGS[1:]]))[0].items

    assert items[0].published == when


def test_midnight_on_every_item_is_the_day_alone() -> None:
    assert {when for _, _, when in listed(linked(dated("2024-05-14T00:00:00+02:00")))} == {date(2024, 5, 14)}


def test_midnight_on_one_of_several_items_is_a_time() -> None:
    items = listed(linked([*dated("2024-05-14T00:00:00Z")[:1], *POSTINGS[1:]]))

    assert items[0][2] == datetime(2024, 5, 14, tzinfo=UTC)


def test_the_page_itself_is_none_of_its_items() -> None:
    here = {"@type": "Article", "headline": "All the news", "url": "https://www.agency.example/news"}

    assert listed(linked([here, *POSTINGS])) == WANTED


def test_the_second_that_all_items_share_is_no_date_of_theirs() -> None:
    assert {when for _, _, when in listed(linked(dated("2024-05-14T09:30:17Z")))} == {None}


MICRODATA = "".join(
    f'<div itemscope itemtype="https://schema.org/NewsArticle"><h3 itemprop="headline">{title}</h3>'
    f'<a itemprop="url" href="{path}">Read on</a><meta itemprop="datePublished" content="{when}">'
    '<div itemprop="author" itemscope itemtype="https://schema.org/Person"><a itemprop="url" href="/staff/1">'
    '<span itemprop="name">A. Writer</span></a></div></div>'
    for title, path, when in NEWS
)
MICROFORMATS = '<div class="h-feed"><p class="p-name">News</p>' + "".join(
    f'<article class="h-entry h-full"><a class="p-author h-card" href="/staff/1"><b class="p-name">A. Writer</b></a>'
    f'<h3 class="p-name"><a class="u-url" href="{path}">{title}</a></h3><time class="dt-published" datetime="{when}">'
    f"then</time></article>"
    for title, path, when in NEWS
)
CLASSIC = "".join(
    f'<article class="post hentry"><a href="/topic">Topic</a><h2 class="entry-title"><a href="{path}" rel="bookmark">'
    f'{title}</a></h2><time class="updated" datetime="2024-09-09">9 September</time>'
    f'<time class="entry-date published" datetime="{when}">at that time</time></article>'
    for title, path, when in NEWS
)
HEADED = "".join(
    f'<a href="{path}"><article class="hentry"><h2>{title}</h2><time class="updated" datetime="2024-09-09"'
    f'>9 September</time><time datetime="{when}">10:00</time></article></a>'
    for title, path, when in NEWS
)
MARKED = {
    "microdata": MICRODATA,
    "microdata in a blog": f'<main itemscope itemtype="https://schema.org/Blog">{MICRODATA}</main>',
    "microdata in an application": f'<main itemscope itemtype="https://schema.org/WebApplication">{MICRODATA}</main>',
    "microdata in the items of a list": '<ol itemscope itemtype="https://schema.org/ItemList">'
    + MICRODATA.replace(
        '<div itemscope itemtype="https://schema.org/NewsArticle">',
        '</div><div itemprop="itemListElement" itemscope itemtype="https://schema.org/ListItem">'
        '<div itemprop="item" itemscope itemtype="https://schema.org/NewsArticle">',
    ),
    "h-feed": MICROFORMATS,
    "hentry": CLASSIC,
    "hentry without names": HEADED,
}


@pytest.mark.parametrize("page", MARKED.values(), ids=MARKED)
def test_items_marked_up_where_they_stand_are_proposed(page: str) -> None:
    assert listed(page) == WANTED


def test_the_items_of_a_side_column_are_a_list_of_their_own() -> None:
    related = MICRODATA.replace("/news/", "/related/")

    proposals = found(f"<main>{MICRODATA}</main><aside>{related}</aside>")

    assert sorted(proposal.items[0].link for proposal in proposals) == [
        "https://agency.example/news/water-levels",
        "https://agency.example/related/water-levels",
    ]


def test_a_time_beside_which_only_a_day_is_shown_is_that_day() -> None:
    page = CLASSIC.replace("2024-05-14T09:30:00Z", "2024-05-14T12:00:00Z").replace("at that time", "14 May 2024")

    assert listed(page)[0][2] == date(2024, 5, 14)


def test_a_single_marked_up_article_is_no_list() -> None:
    one = MICRODATA[: MICRODATA.index("</div></div>")] + "</div></div>"

    assert found(one) == []


STATES: Mapping[str, Any] = {
    "rows": {"props": {"pageProps": {"posts": ROWS}}},
    "edges": {"data": {"all": {"edges": [{"node": each} for each in ROWS]}}},
    "wrapped attributes": [{"id": n, "attributes": each} for n, each in enumerate(ROWS)],
    "rendered fields": {
        "posts": [
            {"link": row["url"], "title": {"rendered": f"<b>{row['title']}</b>"}, "date_gmt": row["publishedAt"]}
            for row in ROWS
        ]
    },
    "front matter": {
        "nodes": [
            {"fields": {"path": row["url"]}, "frontmatter": {"title": row["title"], "date": row["publishedAt"]}}
            for row in ROWS
        ]
    },
    "seconds": [dict(row, publishedAt=int(when.timestamp())) for row, (_, _, when) in zip(ROWS, WANTED, strict=True)],
    "milliseconds": [
        dict(row, publishedAt=f"/Date({int(when.timestamp()) * 1000})/")
        for row, (_, _, when) in zip(ROWS, WANTED, strict=True)
    ],
    "the date of publication among others": [
        {"updatedAt": "2024-09-09", "createdAt": "2024-01-01", "expiryDate": "2030-01-01", **row} for row in ROWS
    ],
    "the title among others": [{"seoTitle": "Agency", "author": {"name": "A. Writer"}, **row} for row in ROWS],
    "the address among others": [
        {"image": {"url": f"/img/{n}.png"}, "thumbnailUrl": f"/img/{n}", "apiUrl": f"/v1/{n}", **row}
        for n, row in enumerate(ROWS)
    ],
    "beside a menu": {
        "menu": [{"title": name, "url": f"/{name}"} for name in ("About", "Contact", "Press", "Staff", "Jobs")],
        "posts": ROWS,
    },
}


@pytest.mark.parametrize("data", STATES.values(), ids=STATES)
def test_the_releases_in_a_state_are_proposed(data: Any) -> None:
    assert listed(state(data)) == WANTED


@pytest.mark.parametrize(
    "page",
    [
        f"<script>var a = 1; window.__INITIAL_STATE__ = {json.dumps({'posts': ROWS})};(function(){{}})()</script>",
        f"<script type='module'>self.data={json.dumps(ROWS)}</script>",
        f"<script>window.a = {{b: 1}}; window['__S__'] = JSON.parse({json.dumps(json.dumps(ROWS))})</script>",
        f'<div id="app" data-page="{escape(json.dumps({"props": {"posts": ROWS}}))}"></div>',
        '<script type="application/json">' + json.dumps({"d": ROWS}).replace('"', "&q;") + "</script>",
        state({"status": 200, "body": json.dumps({"posts": ROWS})}),
    ],
    ids=["assigned", "in a module", "as a text", "in an attribute", "escaped", "a kept answer"],
)
def test_a_state_is_read_wherever_it_stands(page: str) -> None:
    assert listed(page) == WANTED


@pytest.mark.parametrize(
    "rows",
    [
        [{"title": name, "url": f"/{name}"} for name in ("About", "Contact", "Press", "Staff")],
        [{"title": row["title"], "publishedAt": row["publishedAt"]} for row in ROWS],
        [{"title": "Untitled", "url": row["url"], "publishedAt": row["publishedAt"]} for row in ROWS],
        [dict(row, url=f"https://elsewhere.example{row['url']}") for row in ROWS],
        [dict(row, url=f"{row['url']}.jpg") for row in ROWS],
        [dict(row, url="/news/") for row in ROWS],
        [{"title": row["title"], "slug": row["url"][6:], "publishedAt": row["publishedAt"]} for row in ROWS],
        [{"title": row["title"], "slug": row["url"][5:], "publishedAt": row["publishedAt"]} for row in ROWS],
    ],
    ids=["menu", "no address", "one title", "elsewhere", "pictures", "this page", "slugs", "slugs with a slash"],
)
def test_what_does_not_look_like_releases_with_addresses_is_not_proposed(rows: Sequence[object]) -> None:
    assert found(state({"rows": rows})) == []


def test_a_slug_is_the_link_of_the_page_that_ends_in_it() -> None:
    rows = [{"title": title, "slug": path[6:], "date": when} for title, path, when in NEWS]
    rows.append({"title": "What the page does not link", "slug": "unlinked", "date": "2024-01-01"})

    assert listed(state(rows) + LISTED) == WANTED


def test_a_slug_that_two_links_end_in_is_no_address() -> None:
    rows = [{"title": title, "slug": path[6:], "date": when} for title, path, when in NEWS]

    items = listed(state(rows) + LISTED + '<a href="/topic/soil-report">Soil</a>')

    assert [link for link, _, _ in items] == [link for link, _, _ in WANTED[:2]]


@pytest.mark.parametrize("key", ["updatedDate", "last_modified_at", "expiryDate", "start_date"])
def test_the_date_of_a_change_or_an_end_is_no_date_of_publication(key: str) -> None:
    rows = [{"title": title, "url": path, key: when} for title, path, when in NEWS]

    assert {when for _, _, when in listed(state(rows))} == {None}


def test_a_number_that_is_no_date_is_none() -> None:
    rows = [{"title": title, "url": path, "date": 17, "createdAt": True} for title, path, _ in NEWS]

    assert {when for _, _, when in listed(state(rows))} == {None}


@pytest.mark.parametrize(
    "page",
    [
        f'<script type="application/json">{"[" * 100_000}</script>',
        f'<script type="application/json">{json.dumps({"a": [[[None, 1, "x", {}], {}], [{}, {}]]})}</script>',
        f'<script type="application/json">{json.dumps([{"title": None, "url": 5, "date": 1e308}] * 3)}</script>',
        state({"status": 200, "body": "[1", "more": "{}"}),
        state([{"title": "A headline of some length", "url": "//[", "date": "2024-05-14"}] * 3),
        "<script>" + "self.x = [[" * 5_000 + "</script>",
        "<script>window" + ".a" * 50_000 + "</script>",
        f"<script>window.a = {{ {'window.a = {'}</script>",
        '<script>self.a = JSON.parse("{\\"a</script>',
        "<script>1</script>" * 5_000,
        "<a data-page='{'></a>",
        "",
    ],
)
def test_a_hostile_or_empty_state_declares_nothing(page: str) -> None:
    assert found(page) == []


def test_a_list_told_in_two_ways_is_one_proposal_with_what_both_say() -> None:
    data = {
        "@type": "ItemList",
        "itemListElement": [{"url": path, "description": f"On {title}"} for title, path, _ in NEWS],
    }

    proposals = found(linked(data) + CLASSIC)

    assert len(proposals) == 1
    assert [(item.link, item.title, item.published) for item in proposals[0].items] == WANTED
    assert proposals[0].items[0].summary == f"On {NEWS[0][0]}"


def test_the_list_with_dates_comes_first() -> None:
    products = [{"@type": "Product", "name": "A chair of oak, four legs", "url": f"/p/{n}"} for n in range(3)]

    proposals = found(linked([{"@type": "ItemList", "itemListElement": products}, *POSTINGS]))

    assert [proposal.items[0].link for proposal in proposals] == [WANTED[0][0], "https://agency.example/p/0"]


def test_an_item_without_a_date_is_given_the_declared_one() -> None:
    item = Item(link="http://www.agency.example/news/water-levels/", title="Water levels")

    (whole,) = completed([item], found(linked([dict(each, description="In short") for each in POSTINGS])))

    assert (whole.published, whole.dated_by, whole.summary) == (WANTED[0][2], "JSON-LD", "In short")
    assert (whole.link, whole.title) == (item.link, item.title)


def test_an_item_keeps_the_date_and_summary_that_it_has() -> None:
    item = Item(link=WANTED[0][0], title="T", published=date(2024, 5, 1), dated_by="time", summary="Own")

    assert completed([item], found(linked([dict(each, description="In short") for each in POSTINGS]))) == (item,)


def test_an_item_that_nothing_is_declared_of_stays_as_it_is() -> None:
    item = Item(link="https://agency.example/other", title="T")

    assert completed([item], found(linked(POSTINGS))) == (item,)
