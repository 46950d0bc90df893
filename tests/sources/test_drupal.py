"""The kind `drupal`: contents as JSON:API gives them, of the type that is meant or of the one that is news."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from watcher.detect import ladder
from watcher.errors import BadStatus, FetchError, NothingFound, NotUnderstood
from watcher.model import Item, Request, Response
from watcher.sources import drupal
from watcher.sources.drupal import NEWS, Options

SITE = "https://agency.example"
ROOT = f"{SITE}/jsonapi"
LIST = f"{ROOT}/node/news"
OURS = "sort=-created&page%5Blimit%5D=20"
FRONT = f"{LIST}?{OURS}"

TERMS = [
    {"type": "taxonomy_term--topic", "id": "t1", "attributes": {"name": "Water"}},
    {"type": "taxonomy_term--topic", "id": "t2", "attributes": {"name": "Soil"}},
    {"type": "file--file", "id": "f1", "attributes": {"name": "levels.pdf"}},
]


def node(number: int, title: str, *terms: str, relationships: Any = None, **attributes: Any) -> dict[str, Any]:
    topics = {"data": [{"type": "taxonomy_term--topic", "id": each} for each in terms]}
    return {
        "type": "node--news",
        "id": f"0000-{number}",
        "links": {"self": {"href": f"{LIST}/0000-{number}"}},
        "attributes": {
            "drupal_internal__nid": number,
            "status": True,
            "title": title,
            "created": f"2024-05-{number:02}T09:30:00+02:00",
            "changed": "2024-06-01T00:00:00+00:00",
            "path": {"alias": f"/news/{number}-title", "pid": 1, "langcode": "en"},
            "body": {
                "value": f"What happened on day {number}.",
                "processed": f"<p>What happened on day {number}.</p>",
                "summary": "",
            },
            **attributes,
        },
        "relationships": {
            "node_type": {"data": {"type": "node_type--node_type", "id": "n"}},
            "field_topics": topics,
            **(relationships or {}),
        },
    }


NODES = [node(14, "Water & <soil>", "t1", "t2"), node(9, "A new ship"), node(2, "Tide tables", "t2")]


def answer(nodes: Any, url: str = FRONT, **more: Any) -> Response:
    body = {"jsonapi": {"version": "1.0"}, "data": nodes, "links": {"self": {"href": url}}, **more}
    return Response(url=url, body=json.dumps(body).encode())


def types(*names: str) -> Response:
    return answer([], ROOT, links={"self": {"href": ROOT}, **{name: {"href": f"{ROOT}/x"} for name in names}})


OPTIONS = Options(url=LIST)


def site() -> dict[str, Response]:
    return {FRONT: answer(NODES)}


class Site:
    """Answers with what it has; anything else is not found."""

    def __init__(self, files: Mapping[str, Response]) -> None:
        self.files, self.asked = files, list[str]()

    def __call__(self, request: Request) -> Response:
        self.asked.append(request.url)
        if request.url not in self.files:
            raise BadStatus("404 Not Found", status=404)
        return self.files[request.url]


def found(*nodes: dict[str, Any], more: Mapping[str, Any] | None = None, **options: Any) -> list[Item]:
    there = answer(list(nodes), **(more or {}))
    return list(drupal.find(Options(url=LIST, **options), lambda _: there))


# What a node becomes


def test_a_node_is_read_whole() -> None:
    text = '<h2>Levels</h2><p>They <strong>fell</strong>; see <a href="/data">the data</a>.</p>'
    body = {"processed": text, "summary": "It was <b>dry</b>."}

    (item,) = found(node(14, "Water & <soil>", "t1", "t2", body=body), more={"included": TERMS})

    assert item.published == datetime(2024, 5, 14, 7, 30, tzinfo=UTC)
    assert item == Item(
        link=f"{SITE}/news/14-title",
        title="Water & <soil>",
        published=item.published,
        dated_by="drupal",
        summary="It was dry.",
        body=f"## Levels\n\nThey **fell**; see [the data]({SITE}/data).",
        key="0000-14",
        tags=("Water", "Soil"),
    )


def test_a_single_term_is_a_tag_and_a_file_is_none() -> None:
    fields = {
        "field_topic": {"data": {"type": "taxonomy_term--topic", "id": "t1"}},
        "field_file": {"data": {"type": "file--file", "id": "f1"}},
    }

    (item,) = found(node(1, "A", relationships=fields), more={"included": TERMS})

    assert item.tags == ("Water",)


def test_a_node_without_an_alias_is_at_its_number() -> None:
    named, none = found(node(7, "A", path={"alias": None}), node(8, "B", path=None))

    assert (named.link, none.link) == (f"{SITE}/node/7", f"{SITE}/node/8")


def test_a_node_with_neither_is_at_its_place_in_the_interface() -> None:
    (item,) = found(node(7, "A", path=None, drupal_internal__nid=None))

    assert item.link == f"{LIST}/0000-7"


@pytest.mark.parametrize("prefix", ["/de", "/sub/folder"])
def test_links_lie_below_what_the_interface_lies_below(prefix: str) -> None:
    url = f"{SITE}{prefix}/jsonapi/node/news"

    (item,) = drupal.find(Options(url=url), lambda _: answer([node(7, "A")]))

    assert item.link == f"{SITE}{prefix}/news/7-title"


def test_what_is_not_published_is_left_out() -> None:
    items = found(node(3, "A"), node(2, "Draft", status=False), node(1, "B"))

    assert [item.title for item in items] == ["A", "B"]


@pytest.mark.parametrize(
    ("attributes", "body"),
    [
        ({"body": None, "field_text": {"processed": "<p>Long</p>"}}, "Long"),
        (
            {"field_main_content": {"processed": "<p>The long one</p>"}, "field_body": {"processed": "S"}, "body": {}},
            "The long one",
        ),
        ({"body": {"processed": "Own"}, "field_content": {"processed": "<p>A longer one</p>"}}, "Own"),
        ({"body": None, "field_legal": {"processed": "<p>All rights reserved</p>"}}, ""),
        ({"body": {"value": "[not:shown]"}}, ""),
    ],
)
def test_the_text_is_the_body_or_a_field_of_that_name(attributes: dict[str, Any], body: str) -> None:
    (item,) = found(node(1, "A", **attributes))

    assert item.body == body


@pytest.mark.parametrize("name", ["field_teaser", "field_news_summary", "field_intro"])
def test_a_teaser_is_the_summary_where_the_text_has_none(name: str) -> None:
    formatted, plain = found(
        node(2, "A", **{name: {"processed": "<p>It &amp; that</p>"}}), node(1, "B", **{name: "It"})
    )

    assert (formatted.summary, plain.summary) == ("It & that", "It")


# Its date


@pytest.mark.parametrize(
    "name",
    [
        *("published_at", "publish_date", "field_date", "field_news_date", "field_publication_date"),
        *("field_release_date", "field_press_release_date", "field_date_published", "field_published_on"),
    ],
)
def test_a_date_of_its_own_that_all_have_is_the_date(name: str) -> None:
    items = found(node(9, "A", **{name: "2019-03-04"}), node(8, "B", **{name: "2019-03-05T08:00:00+00:00"}))

    assert [item.published for item in items] == [date(2019, 3, 4), datetime(2019, 3, 5, 8, tzinfo=UTC)]


@pytest.mark.parametrize(
    "fields",
    [
        {"field_event_date": "2019-03-04"},
        {"field_start_date": "2019-03-04"},
        {"field_expiry_date": "2019-03-04"},
        {"field_update": "2019-03-04"},
        {"changed": "2019-03-04"},
        {"field_date": "next week"},
        {"field_date": {"value": "2019-03-04", "end_value": "2019-03-05"}},
        {"field_date": "2019-03-04", "field_publication_date": "2020-03-04"},
    ],
)
def test_a_date_of_something_else_or_one_of_two_is_not(fields: dict[str, Any]) -> None:
    (item,) = found(node(9, "A", **fields))

    assert item.published == datetime(2024, 5, 9, 7, 30, tzinfo=UTC)


def test_a_date_that_some_lack_dates_none() -> None:
    first, _ = found(node(9, "A", field_date="2019-03-04"), node(8, "B", field_date=None))

    assert first.published == datetime(2024, 5, 9, 7, 30, tzinfo=UTC)


# Where it is asked


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        (LIST, FRONT),
        (f"{LIST}/", FRONT),
        (f"{LIST}?include=field_topics", f"{LIST}?include=field_topics&{OURS}"),
        (f"{LIST}?sort=-field_date&page[limit]=5", f"{LIST}?sort=-field_date&page%5Blimit%5D=5"),
        (f"{LIST}?sort%5Ba%5D=created", f"{LIST}?sort%5Ba%5D=created&page%5Blimit%5D=20"),
        (f"{SITE}/de/jsonapi/node/news", f"{SITE}/de/jsonapi/node/news?{OURS}"),
        (f"{SITE}/api/node/news", f"{SITE}/api/node/news?{OURS}"),
    ],
)
def test_a_list_is_asked_newest_first_unless_it_says_otherwise(url: str, asked: str) -> None:
    there = Site({asked: answer(NODES, asked)})

    assert len(list(drupal.find(Options(url=url), there))) == 3
    assert there.asked == [asked]


@pytest.mark.parametrize("url", [ROOT, f"{ROOT}/", SITE, f"{SITE}/news?page=1"])
def test_the_type_is_asked_for_by_its_name(url: str) -> None:
    there = Site({f"{ROOT}/node/notice?{OURS}": answer(NODES)})

    assert len(list(drupal.find(Options(url=url, type="notice"), there))) == 3
    assert len(there.asked) == 1


def test_without_a_type_the_first_that_is_there_is_news() -> None:
    there = Site({f"{ROOT}/node/{name}?{OURS}": answer(NODES) for name in ("blog", "article")})

    assert len(list(drupal.find(Options(url=SITE), there))) == 3
    assert [url.partition("?")[0].rpartition("/")[2] for url in there.asked] == ["press_release", "news", "article"]


def test_where_none_of_them_is_the_types_that_are_there_are_named() -> None:
    there = Site({ROOT: types("node--notice", "node--page", "user--user")})

    with pytest.raises(NothingFound, match="no type of contents that is called press_release, news") as caught:
        drupal.find(Options(url=SITE), there)

    assert caught.value.hint == "say which is meant, type = one of: notice, page"
    assert len(there.asked) == len(NEWS) + 1


def test_a_site_without_the_interface_says_so() -> None:
    with pytest.raises(NotUnderstood, match=f"no JSON:API of Drupal at {ROOT}: 404 Not Found"):
        drupal.find(Options(url=SITE), Site({}))


def test_a_type_that_is_not_there_keeps_its_own_words() -> None:
    with pytest.raises(BadStatus, match="404"):
        drupal.find(Options(url=SITE, type="notice"), Site({}))


def test_a_host_that_fails_is_not_asked_for_another_type() -> None:
    asked = []

    def get(request: Request) -> Response:
        asked.append(request.url)
        raise BadStatus("503 Service Unavailable", status=503)

    with pytest.raises(BadStatus):
        drupal.find(Options(url=SITE), get)

    assert len(asked) == 1


# What is wanted, and further pages


@pytest.mark.parametrize(("path", "days"), [("/news/14", [14]), ("news/", [14, 2]), ("", [14, 9, 2])])
def test_contents_are_filtered_by_where_they_are(path: str, days: list[int]) -> None:
    nodes = [NODES[0], node(9, "A new ship", path={"alias": "/ships/new"}), NODES[2]]

    assert [item.published and item.published.day for item in found(*nodes, path=path)] == days


def test_a_filter_that_leaves_nothing_is_told_at_first_and_may_be_later() -> None:
    options = Options(url=LIST, path="/no/")

    with pytest.raises(NothingFound, match=f"none of the 3 newest contents of {LIST} is below /no/") as caught:
        drupal.find(options, lambda _: answer(NODES))
    later = drupal.revisit(options, lambda _: answer(NODES), lambda _: 0.0)

    assert "/news/14-title" in caught.value.hint
    assert later == []


def test_a_folder_that_has_another_name_by_now_is_no_lack_of_news() -> None:
    options = Options(url=LIST, path="/no/")

    with pytest.raises(NothingFound, match="is below /no/"):
        drupal.revisit(options, lambda _: answer(NODES), lambda items: len(items) / 3)


def pages(count: int) -> Site:
    addresses = [FRONT, *(f"{FRONT}&page%5Boffset%5D={number}" for number in range(1, count))]
    files = {}
    for number, address in enumerate(addresses):
        links = {"next": {"href": addresses[number + 1]}} if number + 1 < count else {}
        files[address] = answer([node(30 - number, f"Day {number}")], address, links=links)
    return Site(files)


def test_further_pages_are_read_as_the_answers_name_them() -> None:
    there = pages(3)

    items = list(drupal.find(Options(url=LIST, pages=5), there))

    assert [item.title for item in items] == ["Day 0", "Day 1", "Day 2"]
    assert len(there.asked) == 3


def test_one_page_is_read_where_no_more_are_wanted() -> None:
    there = pages(3)

    assert len(list(drupal.find(Options(url=LIST), there))) == 1
    assert len(there.asked) == 1


def test_after_an_outage_pages_are_read_until_a_known_item_is_met() -> None:
    items = drupal.revisit(Options(url=LIST), pages(9), lambda items: 0.5 if len(items) > 3 else 0.0)

    assert len(list(items)) == 4


def test_the_first_answer_alone_gives_its_items() -> None:
    stored = [answer(NODES, links={"next": {"href": f"{FRONT}&page%5Boffset%5D=20"}})]

    def replay(request: Request) -> Response:
        if not stored:
            raise FetchError("not stored")
        return stored.pop()

    assert len(list(drupal.find(Options(url=LIST, pages=3), replay))) == 3


# What is no list


def test_a_refusal_in_words_is_passed_on() -> None:
    said = {"jsonapi": {"version": "1.0"}, "errors": [{"title": "Forbidden", "detail": "You may not read it."}]}

    with pytest.raises(NotUnderstood, match=r"no list of contents: You may not read it\."):
        drupal.find(OPTIONS, lambda _: Response(url=FRONT, body=json.dumps(said).encode()))


@pytest.mark.parametrize("nodes", [[], [node(1, "Draft", status=False)]])
def test_no_contents_at_all_are_an_error(nodes: list[Any]) -> None:
    with pytest.raises(NothingFound, match="lists no contents"):
        drupal.find(OPTIONS, lambda _: answer(nodes))
    with pytest.raises(NothingFound, match="lists no contents"):
        drupal.revisit(OPTIONS, lambda _: answer(nodes), lambda _: 0.0)


@pytest.mark.parametrize("nodes", [None, {}, 7, [1], [{}], [{"type": "node--news"}], [{"type": "user--user"}]])
def test_what_is_no_list_is_refused_at_every_look(nodes: Any) -> None:
    with pytest.raises(NotUnderstood):
        drupal.find(OPTIONS, lambda _: answer(nodes))
    with pytest.raises(NotUnderstood):
        drupal.revisit(OPTIONS, lambda _: answer(nodes), lambda _: 0.0)


@pytest.mark.parametrize("value", [None, 7, [], "x", {"data": 5}, {"a": {"data": [None]}}, [[None]]])
def test_a_part_of_another_form_costs_only_itself(value: Any) -> None:
    odd = {**node(1, "A", body=value, path=value, created=value), "relationships": value, "links": value}
    there = answer([odd], included=value, links=value)

    (item,) = drupal.find(OPTIONS, lambda _: there)

    assert (item.title, item.tags) == ("A", ())
    assert drupal.recognise(there) == Options(url=FRONT)


# Its own answer


def test_a_list_is_recognised_and_asked_for_its_terms() -> None:
    assert drupal.recognise(answer(NODES, LIST)) == Options(url=f"{LIST}?include=field_topics")
    assert drupal.recognise(answer(NODES, FRONT)) == Options(url=f"{FRONT}&include=field_topics")
    assert drupal.recognise(answer([node(1, "A")], LIST)) == Options(url=LIST)
    assert drupal.recognise(answer(NODES, f"{LIST}?include=uid")) == Options(url=f"{LIST}?include=uid")


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        (("article", "blog", "news", "press_release"), "press_release"),
        (("article", "news", "newsletter"), "news"),
        (("page", "agency_press_note", "article_old", "newsletter"), "agency_press_note"),
        (("page", "article"), "article"),
        (("page", "latest_post"), "latest_post"),
    ],
)
def test_of_the_types_at_the_root_the_likeliest_is_chosen(there: tuple[str, ...], chosen: str) -> None:
    root = types(*(f"node--{name}" for name in there), "taxonomy_term--news")

    assert drupal.recognise(root) == Options(url=f"{ROOT}/node/{chosen}")


@pytest.mark.parametrize(
    "other",
    [
        answer([], LIST),
        answer(NODES[0], f"{LIST}/0000-14"),
        answer([*NODES, {"type": "user--user"}], LIST),
        answer(NODES, f"{SITE}/news"),
        types("node--page", "user--user"),
        Response(url=LIST, body=json.dumps({"data": NODES}).encode()),
        Response(url=LIST, body=b"<p>News</p>"),
        Response(url=LIST, body=b'{"jsonapi": {"version": "1.0"}, "data": [{"type": "articles", "id": "1"}]}'),
    ],
)
def test_another_answer_is_not(other: Response) -> None:
    assert drupal.recognise(other) is None


def test_a_saved_answer_is_previewed_without_asking() -> None:
    proposal = ladder.recognised(answer(NODES, LIST))

    assert proposal
    assert (proposal.kind, len(proposal.items)) == ("drupal", 3)


def test_an_address_of_the_root_leads_to_the_list_with_its_terms() -> None:
    there = Site({FRONT: answer(NODES)})

    proposal = ladder.recognised(types("node--news", "node--page"), there)

    assert proposal
    assert dict(proposal.options) == {"url": LIST}
    assert there.asked == [FRONT]
