"""The kind `json`: answers of interfaces as they are, and as the configuration names their parts."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from watcher.errors import BadStatus, CheckError, NothingFound, NotUnderstood
from watcher.model import Get, Item, Request, Response
from watcher.sources import json as kind
from watcher.sources import load
from watcher.sources.json import Options

URL = "https://agency.example/api/notices"

PLAIN = [
    {
        "id": 41,
        "title": "Tide tables &amp; charts",
        "url": "/notices/41",
        "published_at": "2026-11-20T09:30:00+01:00",
        "description": "For the coming year.",
        "content": "<p>All <b>harbours</b> are in.</p><ul><li>North</li><li>South</li></ul>",
        "author": {"name": "Tide Office"},
        "tags": ["Tides", {"name": "Charts"}],
    },
    {"id": 40, "title": "A survey of wells", "url": "/notices/40", "published_at": 1795000000},
    {"id": 39, "title": "Bridge closed", "url": "/notices/39", "published_at": 1790000000123},
]

#: Earthquakes as GeoJSON has them, below other lists, with another name for everything.
NESTED = {
    "type": "FeatureCollection",
    "sources": [{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}],
    "meta": {"after": "c/2 +"},
    "features": [
        {"properties": {"place": "North Bay", "mag": 4.1, "code": "nb 41", "released": "12 May 2026"}, "id": "q1"},
        {"properties": {"place": "South Bay", "mag": 3.2, "code": "sb/32", "released": "11 May 2026"}, "id": "q2"},
    ],
}

RELEASES = {
    "data": {
        "releases": [
            {
                "version": "2.1.0-rc1",
                "name": "Tool 2.1 RC",
                "notes": "## Added\n\n- x",
                "date": "20261101",
                "prerelease": True,
            },
            {
                "version": "2.0.3",
                "name": "Tool 2.0.3",
                "notes": "Plain *text*",
                "date": "2026-10-02",
                "prerelease": False,
            },
        ]
    }
}

OPTIONS = Options(url=URL)

NAMES = st.sampled_from(
    ["items", "data", "title", "name", "url", "link", "date", "id", "tags", "body", "version", "next"]
)


def site() -> dict[str, Response]:
    return {URL: answer(PLAIN)}


def answer(value: Any, url: str = URL, **headers: str) -> Response:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Response(url=url, headers={"content-type": "application/json", **headers}, body=body)


def giving(*answers: Response) -> Get:
    pages = {each.url: each for each in answers}

    def get(request: Request) -> Response:
        if request.url not in pages:
            raise BadStatus(f"404 from {request.url}", status=404)
        return pages[request.url]

    return get


def items(value: Any, **options: Any) -> list[Item]:
    return list(kind.find(Options(url=URL, **options), giving(answer(value))))


def test_an_ordinary_answer_needs_no_more_than_its_address() -> None:
    first, second, third = items(PLAIN)

    assert first == Item(
        link="https://agency.example/notices/41",
        title="Tide tables & charts",
        published=datetime.fromisoformat("2026-11-20T09:30:00+01:00"),
        dated_by="json",
        summary="For the coming year.",
        body="All **harbours** are in.\n\n- North\n- South",
        key="41",
        author="Tide Office",
        tags=("Tides", "Charts"),
    )
    assert [second.published, third.published] == [
        datetime.fromtimestamp(1795000000, UTC),
        datetime.fromtimestamp(1790000000, UTC),
    ]


def test_of_several_lists_the_one_with_titles_and_links_or_dates_is_read() -> None:
    answer = {"menu": [{"name": "a"}] * 9, "page": {"posts": PLAIN[:2]}, "related": PLAIN[2:]}

    assert [item.key for item in items(answer)] == ["41", "40"]


def test_lists_within_items_are_not_taken_for_the_list() -> None:
    answer = {"posts": [{"title": "One", "url": "/1", "images": PLAIN}, {"title": "Two", "url": "/2"}]}

    assert [item.title for item in items(answer)] == ["One", "Two"]


def test_named_members_are_found_by_paths_and_texts_with_paths() -> None:
    first, second = items(
        NESTED,
        items="$.features[*]",
        title="{properties.place}: {properties.mag}",
        link="https://quakes.example/q/{properties.code}?from={$.id}",
        date="$.properties.released",
        key="id",
    )

    assert (first.title, first.link) == ("North Bay: 4.1", "https://quakes.example/q/nb%2041?from=q1")
    assert (second.title, second.link) == ("South Bay: 3.2", "https://quakes.example/q/sb/32?from=q2")
    assert (first.published, first.key) == (date(2026, 5, 12), "q1")


def test_a_path_to_a_list_means_its_items() -> None:
    assert len(items(NESTED, items="features", title="properties.place")) == 2


def test_a_filter_chooses_items() -> None:
    found = items(NESTED, items="$.features[?@.properties.mag > 4]", title="properties.place")

    assert [item.title for item in found] == ["North Bay"]


def test_items_may_be_texts() -> None:
    found = items({"versions": ["1.1", "1.0"]}, items="versions", title="$", version="$")

    assert [(item.title, item.version, item.link) for item in found] == [("1.1", "1.1", URL), ("1.0", "1.0", URL)]


def test_a_link_of_which_a_part_is_missing_leads_to_the_answer() -> None:
    found = items(PLAIN, link="https://agency.example/{id}/{slug}")

    assert {item.link for item in found} == {URL}


def test_an_address_at_the_beginning_of_a_link_stays_as_it_is() -> None:
    [found] = items([{"title": "A", "base": "https://agency.example/x?y=1", "n": "a b"}], link="{base}&n={n}")

    assert found.link == "https://agency.example/x?y=1&n=a%20b"


def test_releases_have_their_version_their_notes_and_what_their_source_calls_early() -> None:
    first, second = items(RELEASES)

    assert (first.version, first.published, first.tags) == ("2.1.0-rc1", date(2026, 11, 1), ("pre-release",))
    assert first.body == "## Added\n\n- x"
    assert (second.version, second.tags, second.body) == ("2.0.3", (), r"Plain \*text\*")


def test_text_that_is_neither_html_nor_markdown_reads_the_same() -> None:
    [found] = items([{"title": "List<T> &amp; a < b", "url": "/a", "body": "if a < b_c_\n*x* & y_"}])

    assert found.title == "List<T> & a < b"
    assert found.body == "if a < b_c\\_\n\\*x\\* & y\\_"


def test_a_tag_that_is_no_version_is_no_version() -> None:
    assert [item.version for item in items([{"title": "A", "url": "/a", "tag": "news"}])] == [""]


def test_what_several_items_share_is_not_their_id() -> None:
    found = items([{"id": 7, "title": "A", "url": "/a"}, {"id": 7, "title": "B", "url": "/b"}])

    assert [item.key for item in found] == ["", ""]


def test_an_id_that_is_the_link_is_not_kept_twice() -> None:
    assert items([{"id": "https://agency.example/a/", "title": "A", "url": "/a"}])[0].key == ""


def test_lines_of_json_are_a_list() -> None:
    body = b"\n".join(json.dumps(each).encode() for each in PLAIN) + b"\n"

    assert [item.key for item in items(body)] == ["41", "40", "39"]


@pytest.mark.parametrize("options", [{}, {"items": "$[*]"}])
def test_more_items_than_are_read_are_refused_and_not_cut(options: dict[str, str]) -> None:
    many = [{"title": f"Notice {number}", "url": f"/{number}"} for number in range(10_001)]

    with pytest.raises(NotUnderstood, match="holds 10,000 items or more"):
        items(many, **options)


def test_lines_that_are_cut_off_are_not_understood() -> None:
    body = b"\n".join(json.dumps(each).encode() for each in PLAIN)

    with pytest.raises(NotUnderstood, match="is no JSON"):
        items(body[:-9])


def test_items_without_a_title_are_left_out() -> None:
    assert [item.key for item in items([*PLAIN, {"id": 1, "url": "/1"}, {"id": 2, "title": " ", "url": "/2"}])] == [
        "41",
        "40",
        "39",
    ]


@pytest.mark.parametrize(
    ("options", "words", "hint"),
    [
        (
            {"items": "$.data.posts[*]"},
            r'"\$.data.posts\[\*\]" \(items\) leads to nothing',
            "$.data is an object with releases",
        ),
        ({"items": "data.releases[5]"}, "leads to nothing", "$.data.releases is a list of 2"),
        ({"items": "list"}, "leads to nothing", "$ is an object with data"),
        ({"title": "headline"}, 'none of the 2 items .* at "headline"', "an object with version, name, notes, date"),
    ],
)
def test_a_path_that_leads_nowhere_is_told_with_what_is_there(options: dict[str, str], words: str, hint: str) -> None:
    with pytest.raises(NothingFound, match=words) as caught:
        items(RELEASES, **options)

    assert hint in caught.value.hint


@pytest.mark.parametrize("value", [[], {}, {"data": []}, [1, 2], None, "text", {"error": "no key"}])
def test_an_answer_without_items_is_told(value: Any) -> None:
    with pytest.raises(NothingFound, match="there is no list of objects in"):
        items(value)


@pytest.mark.parametrize("body", [b"", b"<html>Please log in</html>", b"[" * 100_000, b'{"a": 1}\n<p>', b"\xff\xfe"])
def test_what_is_no_json_is_not_understood(body: bytes) -> None:
    with pytest.raises(NotUnderstood):
        items(body)


def test_an_answer_that_lies_too_deep_is_not_understood() -> None:
    with pytest.raises(NotUnderstood, match="cannot be looked for"):
        items(b"[" * 400 + b"]" * 400, items="$..a")


def test_a_pattern_that_takes_too_long_fails_its_own_watch() -> None:
    evil = [{"title": "a" * 40 + "!", "url": "/a"}]

    with pytest.raises(NotUnderstood, match="took more than 1 s"):
        items(evil, items="$[?match(@.title, '(a|a)+(a|a)+b')]")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("items", "$.a["),
        ("items", "$..a..b"),
        ("items", "$[?system('x')]"),
        ("items", "$[(@.length-1)]"),
        ("title", "{"),
        ("title", "{name} {$[}"),
        ("title", "a[?("),
        ("link", "https://x.example/{}"),
    ],
)
def test_a_path_that_means_nothing_is_refused_by_the_configuration(field: str, text: str) -> None:
    with pytest.raises(ValidationError, match=r"JSONPath|more than once|without a path"):
        Options(url=URL, **{field: text})


# Further pages


@pytest.mark.parametrize(
    ("first", "headers", "options"),
    [
        ({"next": f"{URL}?page=2"}, {}, {}),
        ({"links": {"next": "?page=2"}}, {}, {}),
        ({}, {"link": f'<{URL}?page=2>; rel="next"'}, {}),
        ({"paging": {"more": "/api/notices?page=2"}}, {}, {"next": "paging.more"}),
        ({"cursor": 2}, {}, {"next": URL + "?page={cursor}"}),
    ],
)
def test_further_pages_are_read_where_the_answer_says_they_are(
    first: dict[str, Any], headers: dict[str, str], options: dict[str, str]
) -> None:
    get = giving(answer({"posts": PLAIN[:2], **first}, **headers), answer({"posts": PLAIN[2:]}, f"{URL}?page=2"))

    found = kind.find(Options(url=URL, pages=3, **options), get)

    assert [item.key for item in found] == ["41", "40", "39"]


def test_a_later_look_reads_on_until_it_meets_a_known_item() -> None:
    get = giving(answer({"posts": PLAIN[:2], "next": "?page=2"}), answer({"posts": PLAIN[2:]}, f"{URL}?page=2"))

    found = kind.revisit(Options(url=URL), get, lambda some: float(any(item.key == "39" for item in some)))

    assert [item.key for item in found] == ["41", "40", "39"]


def test_a_further_page_that_fails_ends_the_list() -> None:
    assert len(items({"posts": PLAIN, "next": "?page=2"}, pages=5)) == 3


# Recognised by shape


@pytest.mark.parametrize(
    "value", [PLAIN, {"items": PLAIN, "total": 3}, {"data": {"edges": [{"node": n} for n in PLAIN]}}]
)
def test_a_list_of_titles_with_links_or_dates_is_recognised(value: Any) -> None:
    assert kind.recognise(answer(value)) == Options(url=URL)


@pytest.mark.parametrize(
    "value",
    [
        PLAIN[:1],
        [{"name": "a"}, {"name": "b"}],
        [{"title": "A", "url": "/a"}, {"title": "B", "url": "/b"}, *[{"n": n} for n in range(9)]],
        {"version": "https://jsonfeed.org/version/1.1", "items": PLAIN},
        {"jsonapi": {"version": "1.0"}, "data": PLAIN},
        [{"title": {"rendered": "A"}, "link": "/a"}, {"title": {"rendered": "B"}, "link": "/b"}],
        [{"tag_name": "v2", "html_url": "/2"}, {"tag_name": "v1", "html_url": "/1"}],
        {"info": {}, "releases": {}, "urls": PLAIN},
        {"dist-tags": {}, "versions": {}, "maintainers": PLAIN},
        {"crate": {}, "versions": PLAIN},
        {"name": "tool", "tags": PLAIN},
        b"<html><body>[]</body></html>",
        b"[1, 2",
        b"",
    ],
)
def test_what_is_no_list_of_items_or_another_kinds_is_not_recognised(value: Any) -> None:
    assert kind.recognise(answer(value)) is None


def test_the_kind_is_found_by_its_name() -> None:
    assert load("json").find is kind.find


def test_any_failure_is_a_check_error() -> None:
    with pytest.raises(CheckError):
        list(kind.find(OPTIONS, giving()))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just("2026-11-01"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=30,
)


@given(VALUES, st.sampled_from(["", "$..title", "items", "$[*]", "$..*"]))
def test_any_answer_gives_items_or_a_check_error(value: Any, path: str) -> None:
    response = answer(value)
    recognised = kind.recognise(response)

    try:
        found = list(kind.find(recognised or Options(url=URL, items=path), giving(response)))
    except CheckError:
        assert recognised is None
    else:
        assert found
        assert all(item.title and item.link for item in found)
