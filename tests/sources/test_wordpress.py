"""The kind `wordpress`: posts as the REST interface gives them, at whatever address of the site."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from watcher.detect import ladder
from watcher.errors import BadStatus, FetchError, NothingFound, NotUnderstood
from watcher.model import Item, Request, Response
from watcher.sources import wordpress
from watcher.sources.wordpress import Options

SITE = "https://agency.example"
ROOT = f"{SITE}/wp-json/"
EMBED = "&_embed=author,wp:term"
OURS = f"{EMBED}&_fields=id,guid,date,date_gmt,link,title,content,excerpt,type,_links,_embedded"
FRONT = f"{ROOT}wp/v2/posts?per_page=20{OURS}"
FILTERED = f"{ROOT}wp/v2/posts?per_page=50{OURS}"

WATER = {"taxonomy": "category", "id": 7, "slug": "water", "name": "Water &amp; soil"}
JOBS = {"taxonomy": "category", "id": 9, "slug": "stellenb%c3%b6rse", "name": "Stellenbörse"}
TIDES = {"taxonomy": "post_tag", "id": 3, "slug": "tides", "name": "Tides"}


def post(number: int, title: str, *terms: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "date": f"2024-05-{number:02}T11:30:00",
        "date_gmt": f"2024-05-{number:02}T09:30:00",
        "guid": {"rendered": f"{SITE}/?p={number}"},
        "link": f"{SITE}/2024/{number}-title/",
        "type": "post",
        "title": {"rendered": title},
        "content": {"rendered": f"<p>What happened on day {number}.</p>\n", "protected": False},
        "excerpt": {"rendered": f"<p>What happened on day {number}.</p>\n", "protected": False},
        "_embedded": {
            "author": [{"id": 1, "name": "Ada Field"}],
            "wp:term": [
                [term for term in terms if term["taxonomy"] == "category"],
                [term for term in terms if term["taxonomy"] == "post_tag"],
            ],
        },
        **more,
    }


POSTS = [
    post(14, "Water &#8211; and &lt;em&gt;", WATER, TIDES),
    post(9, "We look for a diver", JOBS),
    post(2, "The soil of the <em>coast</em>", WATER),
]


def answer(value: Any, url: str = FRONT, **headers: str) -> Response:
    return Response(url=url, body=json.dumps(value).encode(), headers=headers)


OPTIONS = Options(url=ROOT)


def site() -> dict[str, Response]:
    return {FRONT: answer(POSTS)}


class Site:
    """Answers with what it has; anything else is not found."""

    def __init__(self, files: Mapping[str, Response]) -> None:
        self.files, self.asked = files, list[str]()

    def __call__(self, request: Request) -> Response:
        self.asked.append(request.url)
        if request.url not in self.files:
            raise BadStatus("404 Not Found", status=404)
        return self.files[request.url]


def found(*posts: dict[str, Any], **options: Any) -> list[Item]:
    return list(wordpress.find(Options(url=ROOT, **options), lambda request: answer(posts, request.url)))


# What a post becomes


def test_a_post_is_read_whole() -> None:
    text = '<h2>Levels</h2><p>They <strong>fell</strong>; see <a href="/data">the data</a>.</p>'

    (item,) = found(post(14, "Water &#8211; and &lt;em&gt;", WATER, TIDES, content={"rendered": text}))

    assert item == Item(
        link=f"{SITE}/2024/14-title/",
        title="Water – and <em>",
        published=datetime(2024, 5, 14, 9, 30, tzinfo=UTC),
        dated_by="wordpress",
        summary="What happened on day 14.",
        body=f"## Levels\n\nThey **fell**; see [the data]({SITE}/data).",
        key=f"{SITE}/?p=14",
        author="Ada Field",
        tags=("Water & soil", "Tides"),
    )


@pytest.mark.parametrize("end", ["", " [&hellip;]", "&hellip; <a class='more-link' href='/x'>Continue reading</a>"])
def test_an_excerpt_that_is_the_beginning_of_the_text_is_no_summary(end: str) -> None:
    (item,) = found(post(1, "A", excerpt={"rendered": f"<p>What happened{end}</p>"}))

    assert item.summary == ""
    assert item.body == "What happened on day 1."


def test_a_post_behind_a_password_has_its_title_and_no_text() -> None:
    shut = {"rendered": "", "protected": True}

    (item,) = found(post(1, "Protected: plans", content=shut, excerpt=shut))

    assert (item.title, item.body, item.summary) == ("Protected: plans", "", "")


def test_a_post_without_a_title_is_called_by_its_text_or_its_address() -> None:
    spoken, silent = found(post(1, ""), post(2, "", content={"rendered": ""}))

    assert (spoken.title, silent.title) == ("What happened on day 1.", "2-title")


def test_of_a_time_in_an_unknown_zone_the_day_is_kept() -> None:
    (item,) = found(post(3, "A", date_gmt="0000-00-00T00:00:00"))

    assert item.published == date(2024, 5, 3)


def test_terms_and_authors_that_may_not_be_read_are_left_out() -> None:
    refused = {"code": "rest_forbidden", "message": "no", "data": {"status": 401}}

    (item,) = found(post(1, "A", _embedded={"author": [refused], "wp:term": [[refused], []]}))

    assert (item.author, item.tags) == ("", ())


def test_a_guid_that_is_the_link_is_no_key_and_an_escaped_one_is_the_feeds() -> None:
    same, escaped = found(
        post(1, "A", guid={"rendered": f"{SITE}/2024/1-title"}),
        post(2, "B", guid={"rendered": f"{SITE}/?post_type=news&#038;p=2"}),
    )

    assert (same.key, escaped.key) == ("", f"{SITE}/?post_type=news&p=2")


def test_very_long_texts_are_read_as_words() -> None:
    much = post(1, "A", content={"rendered": f"<p>So <b>much</b> was said{', and more' * 9}</p>" * 12_000})

    (item,) = found(much)

    assert "**" not in item.body
    assert item.body.startswith("So much was said, and more")


# Where it is asked


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/wp-json/", "/wp-json/wp/v2/posts?"),
        ("/wp-json", "/wp-json/wp/v2/posts?"),
        ("/wp-json/wp/v2/posts/", "/wp-json/wp/v2/posts?"),
        ("/blog/wp-json/wp/v2/notes?tags=3", "/blog/wp-json/wp/v2/notes?tags=3&"),
        ("/api/wp/v2/posts", "/api/wp/v2/posts?"),
        ("/?rest_route=/", "/?rest_route=/wp/v2/posts&"),
        ("/?rest_route=%2Fwp%2Fv2%2Fposts", "/?rest_route=/wp/v2/posts&"),
        ("/index.php?rest_route=/wp/v2/posts&tags=3", "/index.php?rest_route=/wp/v2/posts&tags=3&"),
    ],
)
def test_an_address_of_the_interface_is_asked_with_what_it_does_not_say(url: str, said: str) -> None:
    asked = f"{SITE}{said}per_page=20{OURS}"
    there = Site({asked: answer(POSTS, asked)})

    items = list(wordpress.find(Options(url=f"{SITE}{url}"), there))

    assert there.asked == [asked]
    assert len(items) == 3


def test_what_the_address_says_is_asked_so() -> None:
    asked = f"{ROOT}wp/v2/posts?per_page=5&_fields=title,link"
    there = Site({f"{asked}{EMBED}": answer(POSTS)})

    assert len(list(wordpress.find(Options(url=asked), there))) == 3


def test_type_and_number_of_a_category_are_asked_for() -> None:
    asked = f"{ROOT}wp/v2/notes?per_page=20{OURS}&categories=7"
    there = Site({asked: answer(POSTS, asked)})

    assert len(list(wordpress.find(Options(url=f"{ROOT}wp/v2/posts", type="notes", category=7), there))) == 3


@pytest.mark.parametrize(
    ("page", "root"),
    [
        ("/", "/wp-json/"),
        ("/news/", "/wp-json/"),
        ("/de/aktuelles/", "/de/wp-json/"),
        ("/~chair/blog/", "/~chair/blog/wp-json/"),
        ("/index.html", "/wp-json/"),
        ("/news", "/?rest_route=/"),
    ],
)
def test_the_interface_of_a_page_is_looked_for_in_its_folder_and_above(page: str, root: str) -> None:
    asked = f"{SITE}{root}wp/v2/posts{'&' if '?' in root else '?'}per_page=20{OURS}"
    there = Site({asked: answer(POSTS, asked)})

    assert len(list(wordpress.find(Options(url=f"{SITE}{page}"), there))) == 3
    assert there.asked[-1] == asked
    assert len(there.asked) <= 4


def test_an_answer_of_another_kind_ends_the_search() -> None:
    there = Site({f"{SITE}/news/wp-json/wp/v2/posts?per_page=20{OURS}": Response(url=SITE, body=b"<p>Sorry"), **site()})

    with pytest.raises(NotUnderstood, match="is no JSON"):
        wordpress.find(Options(url=f"{SITE}/news/"), there)

    assert len(there.asked) == 1


def test_a_site_without_the_interface_says_so() -> None:
    with pytest.raises(NotUnderstood, match=f"no interface of WordPress at {SITE}/news/"):
        wordpress.find(Options(url=f"{SITE}/news/"), Site({}))


def test_a_missing_type_keeps_its_own_words() -> None:
    with pytest.raises(BadStatus, match="404"):
        wordpress.find(Options(url=ROOT, type="notes"), Site({}))


def test_a_host_that_fails_is_not_asked_elsewhere() -> None:
    asked = []

    def get(request: Request) -> Response:
        asked.append(request.url)
        raise BadStatus("503 Service Unavailable", status=503)

    with pytest.raises(BadStatus):
        wordpress.find(Options(url=f"{SITE}/news/"), get)

    assert len(asked) == 1


# What is wanted


@pytest.mark.parametrize(
    ("options", "days"),
    [
        ({"category": "water"}, [14, 2]),
        ({"category": "stellenbörse"}, [9]),
        ({"category": "Stellenb%C3%B6rse"}, [9]),
        ({"url": f"{SITE}/category/water/"}, [14, 2]),
        ({"url": f"{SITE}/category/earth/water/page/2/"}, [14, 2]),
        ({"url": f"{SITE}/tag/tides"}, [14]),
        ({"url": f"{SITE}/tag/tides", "category": "water"}, [14, 2]),
        ({"path": "/2024/14"}, [14]),
        ({"path": "2024/", "category": "water"}, [14, 2]),
    ],
)
def test_posts_are_filtered_by_what_they_are_filed_under_and_where_they_are(
    options: dict[str, Any], days: list[int]
) -> None:
    there = Site({FILTERED: answer(POSTS, FILTERED)})

    items = list(wordpress.find(Options(**{"url": ROOT, **options}), there))

    assert [item.published and item.published.day for item in items] == days
    assert there.asked == [FILTERED]


def test_a_path_that_ends_in_a_slash_is_a_folder() -> None:
    with pytest.raises(NothingFound):
        found(*POSTS, path="/20/")


@pytest.mark.parametrize(
    ("options", "said"),
    [({"category": "no"}, 'filed under "no"'), ({"path": "/no/"}, "below /no/")],
)
def test_a_filter_that_leaves_nothing_is_told_at_first_and_may_be_later(options: dict[str, str], said: str) -> None:
    with pytest.raises(NothingFound, match=f"none of the 3 newest posts of {ROOT} is {said}"):
        found(*POSTS, **options)

    later = wordpress.revisit(Options(url=ROOT, **options), lambda _: answer(POSTS), lambda _: 0.0)

    assert later == []


def test_a_category_that_has_another_name_by_now_is_no_lack_of_news() -> None:
    options = Options(url=ROOT, category="soil")

    with pytest.raises(NothingFound, match='is filed under "soil"'):
        wordpress.revisit(options, lambda _: answer(POSTS), lambda items: len(items) / 3)


# Further pages


def pages(count: int, header: Any) -> Site:
    """A site of one post a page, each page naming the next as `header` says."""
    addresses = [FRONT, *(f"{FRONT}&page={number}" for number in range(2, count + 1))]
    files = {}
    for number, address in enumerate(addresses, start=1):
        files[address] = answer([post(30 - number, f"Day {number}")], address, **header(number, addresses, count))
    return Site(files)


def link(number: int, addresses: list[str], count: int) -> dict[str, str]:
    return {"link": f'<{addresses[number]}>; rel="next"'} if number < count else {}


def total(number: int, addresses: list[str], count: int) -> dict[str, str]:
    return {"x-wp-totalpages": str(count)}


@pytest.mark.parametrize("header", [link, total])
def test_further_pages_are_read_as_the_headers_name_them(header: Any) -> None:
    there = pages(3, header)

    items = list(wordpress.find(Options(url=ROOT, pages=5), there))

    assert [item.title for item in items] == ["Day 1", "Day 2", "Day 3"]
    assert len(there.asked) == 3


def test_one_page_is_read_where_no_more_are_wanted() -> None:
    there = pages(3, link)

    assert len(list(wordpress.find(Options(url=ROOT), there))) == 1
    assert len(there.asked) == 1


def test_after_an_outage_pages_are_read_until_a_known_post_is_met() -> None:
    there = pages(9, link)

    items = wordpress.revisit(Options(url=ROOT), there, lambda items: 0.5 if len(items) > 3 else 0.0)

    assert len(list(items)) == 4


def test_a_page_without_a_wanted_post_is_not_left_for_an_older_one() -> None:
    header = {"link": f'<{FILTERED}&page=2>; rel="next"'}
    there = Site({FILTERED: answer(POSTS, FILTERED, **header), f"{FILTERED}&page=2": answer([post(1, "Old", TIDES)])})

    assert wordpress.revisit(Options(url=ROOT, category="no"), there, lambda _: 0.0) == []
    assert len(there.asked) == 1


def test_the_first_answer_alone_gives_its_posts() -> None:
    front = answer(POSTS, link=f'<{FRONT}&page=2>; rel="next"')
    stored = [front]

    def replay(request: Request) -> Response:
        if not stored:
            raise FetchError("not stored")
        return stored.pop()

    assert len(list(wordpress.find(Options(url=ROOT, pages=3), replay))) == 3


# What is no list of posts


def test_a_refusal_in_words_is_passed_on() -> None:
    with pytest.raises(NotUnderstood, match="no list of posts: The interface is closed"):
        wordpress.find(OPTIONS, lambda _: answer({"code": "rest_closed", "message": "The interface is closed"}))


def test_no_posts_at_all_are_an_error() -> None:
    with pytest.raises(NothingFound, match="lists no posts"):
        wordpress.find(OPTIONS, lambda _: answer([]))


@pytest.mark.parametrize(
    "value", [{}, None, 7, [1], [{}], [{"title": "A"}], [{"title": {"rendered": "A"}, "link": "mailto:a"}], [[]]]
)
def test_what_is_no_list_of_posts_is_refused_at_every_look(value: Any) -> None:
    with pytest.raises(NotUnderstood):
        wordpress.find(OPTIONS, lambda _: answer(value))
    with pytest.raises(NotUnderstood):
        wordpress.revisit(OPTIONS, lambda _: answer(value), lambda _: 0.0)


@pytest.mark.parametrize("field", ["guid", "date", "date_gmt", "content", "excerpt", "type", "_embedded", "id"])
@pytest.mark.parametrize("value", [None, 7, [], {"rendered": 5}, [[None]], {"wp:term": {}, "author": "A"}])
def test_a_field_of_another_form_costs_only_itself(field: str, value: Any) -> None:
    (item,) = found(post(1, "A", WATER, **{field: value}))

    assert (item.link, item.title) == (f"{SITE}/2024/1-title/", "A")


# Its own answer


def test_a_list_of_posts_is_recognised() -> None:
    url = f"{SITE}/wp-json/wp/v2/posts"

    assert wordpress.recognise(answer(POSTS, url)) == Options(url=url)


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ([], f"{ROOT}wp/v2/posts"),
        (POSTS[0], f"{ROOT}wp/v2/posts/14"),
        ([*POSTS, {"id": 1}], f"{ROOT}wp/v2/posts"),
        ([WATER], f"{ROOT}wp/v2/categories"),
        ([{"id": 1, "title": "A", "link": SITE}], f"{SITE}/api/posts"),
        (POSTS, f"{SITE}/posts.json"),
        ({"posts": POSTS}, f"{ROOT}wp/v2/posts"),
    ],
)
def test_another_answer_is_not(value: Any, url: str) -> None:
    assert wordpress.recognise(answer(value, url)) is None


def test_a_page_is_not_recognised() -> None:
    assert wordpress.recognise(Response(url=f"{ROOT}wp/v2/posts", body=b"<p>Posts</p>")) is None


def test_a_saved_answer_is_previewed_without_asking() -> None:
    proposal = ladder.recognised(answer(POSTS, f"{ROOT}wp/v2/posts"))

    assert proposal
    assert (proposal.kind, len(proposal.items)) == ("wordpress", 3)
