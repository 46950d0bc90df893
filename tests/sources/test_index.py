"""The kind `index`: every shape of answer, the way from a package's page to it, and notes from its repository."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fakes import Memory
from watcher.detect.ladder import recognised
from watcher.errors import BadStatus, Blocked, CheckError, NothingFound, NotUnderstood, Refused, Unreachable
from watcher.front import Front, NotModified
from watcher.match import distinct
from watcher.model import Item, Known, Request, Response
from watcher.packages import pages
from watcher.packages.repository import repository, tags
from watcher.sources import index
from watcher.sources.index import Options

HOST = "https://index.example"
FORGE = "https://forge.example/acme/tides"
PAGE = f"{HOST}/project/tides/"


class Site:
    """Answers by address; 404 for any other. `asked` is what was asked for, in order."""

    def __init__(self, answers: dict[str, Response | CheckError]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.headers: list[str] = []

    def __call__(self, request: Request) -> Response:
        self.asked.append(request.url)
        self.headers.append(request.headers.get("accept", ""))
        answer = self.answers.get(request.url, BadStatus("404 Not Found from index.example", status=404))
        if isinstance(answer, CheckError):
            raise answer
        return answer


def said(url: str, value: Any, **headers: str) -> Response:
    return Response(url=url, headers={"content-type": "application/json", **headers}, body=json.dumps(value).encode())


def page(url: str, html: str = "<!doctype html><title>Tides</title><p>A package.") -> Response:
    return Response(url=url, headers={"content-type": "text/html; charset=utf-8"}, body=html.encode())


def found(url: str, value: Any, at: str = "", **headers: str) -> list[Item]:
    """What a look at `url` finds, where `at` (or `url` itself) answers with `value`."""
    return list(index.find(Options(url=url), Site({at or url: said(at or url, value, **headers)})))


def upload(name: str, when: str, **more: Any) -> dict[str, Any]:
    return {"filename": name, "url": f"{HOST}/files/{name}", "upload_time_iso_8601": when, "size": 1200, **more}


PYTHON: dict[str, Any] = {
    "info": {
        "name": "tides",
        "summary": "Tables of the tide",
        "package_url": PAGE,
        "project_urls": {"Documentation": "https://tides.example/en/latest", "Source code": f"{FORGE}.git"},
    },
    "releases": {
        "0.9": [upload("tides-0.9.tar.gz", "2024-01-05T10:00:00Z", yanked=True, yanked_reason="wrong by an hour")],
        "1.0": [
            upload("tides-1.0-py3-none-any.whl", "2024-05-02T08:00:00.250000Z"),
            upload("tides-1.0.tar.gz", "2024-05-01T07:59:00.250000Z"),
        ],
        "0.9.1": [upload("tides-0.9.1.tar.gz", "2024-06-01T10:00:00Z", yanked=False)],
        "1.1": [],
        "1.0rc1": [upload("tides-1.0rc1.tar.gz", "2024-04-01T10:00:00Z")],
    },
}

SIMPLE = {
    "meta": {"api-version": "1.1"},
    "name": "tide-tables",
    "versions": ["1.0", "1.1"],
    "files": [
        {"filename": "tide_tables-1.0-py3-none-any.whl", "url": "../../files/a.whl",
         "upload-time": "2024-05-01T00:00:00Z"},
        {"filename": "tide-tables-1.0.tar.gz", "url": "../../files/a.tar.gz", "size": 5, "yanked": False},
        {"filename": "tide_tables-1.1.tar.gz", "url": "../../files/b.tar.gz", "upload-time": "2024-07-01T00:00:00Z",
         "yanked": "lost its tables"},
        {"filename": "tide_tables-1.1.tar.gz.asc", "url": "../../files/b.asc"},
    ],
}  # fmt: skip

DEVPI = {
    "type": "projectconfig",
    "result": {
        "1.0": {
            "name": "tides",
            "version": "1.0",
            "project_urls": [f"Repository, {FORGE}"],
            "+links": [
                {"rel": "releasefile", "href": f"{HOST}/acme/dev/+f/1/tides-1.0.tar.gz",
                 "log": [{"what": "upload", "when": [2024, 5, 1, 7, 59, 0]}]},
                {"rel": "toxresult", "href": f"{HOST}/acme/dev/+f/1/tox", "log": [{"when": [2023, 1, 1, 0, 0, 0]}]},
            ],
        },
        "1.1": {"name": "tides", "version": "1.1", "+links": []},
    },
}  # fmt: skip

NPM = {
    "name": "@acme/tides",
    "dist-tags": {"latest": "1.0.0"},
    "repository": {"type": "git", "url": "git+https://forge.example/acme/tides.git", "directory": "js"},
    "time": {
        "created": "2024-01-01T00:00:00.000Z",
        "modified": "2024-07-01T00:00:00.000Z",
        "0.9.0": "2024-01-01T00:00:00.000Z",
        "1.0.0": "2024-02-01T00:00:00.000Z",
    },
    "versions": {
        "0.9.0": {"deprecated": "use 1.0.0", "dist": {"tarball": f"{HOST}/@acme/tides/-/tides-0.9.0.tgz"}},
        "1.0.0": {"deprecated": "", "dist": {"tarball": f"{HOST}/@acme/tides/-/tides-1.0.0.tgz"}},
    },
}

CRATE = {
    "crate": {"id": "tides", "name": "tides", "repository": FORGE, "versions": [2, 1]},
    "versions": [
        {"crate": "tides", "num": "0.2.0", "created_at": "2024-03-01T00:00:00.123456+00:00", "yanked": False,
         "dl_path": "/api/v1/crates/tides/0.2.0/download", "crate_size": 4096},
        {"crate": "tides", "num": "0.1.0", "created_at": "2024-02-01T00:00:00+00:00", "yanked": True,
         "dl_path": "/api/v1/crates/tides/0.1.0/download", "yank_message": "does not build"},
    ],
}  # fmt: skip

HUB = {
    "count": 2,
    "next": None,
    "results": [
        {"name": "latest", "last_updated": "2024-05-02T00:00:00.5Z", "digest": "sha256:bb", "images": []},
        {"name": "1.0", "last_updated": "2024-05-01T00:00:00Z", "images": [{"digest": "sha256:aa"}]},
    ],
}

GEMS = [
    {"number": "2.0.0.rc1", "platform": "ruby", "created_at": "2024-03-01T00:00:00Z", "prerelease": True},
    {"number": "1.0.0", "platform": "java", "created_at": "2024-02-02T00:00:00Z", "prerelease": False},
    {"number": "1.0.0", "platform": "ruby", "created_at": "2024-02-01T00:00:00Z", "prerelease": False,
     "metadata": {}},
]  # fmt: skip

COMPOSER = {
    "minified": "composer/2.0",
    "packages": {
        "acme/tides": [
            {"name": "acme/tides", "version": "v1.1.0", "time": "2024-03-01T00:00:00+00:00",
             "source": {"url": f"{FORGE}.git"}, "dist": {"url": f"{HOST}/dist/v1.1.0.zip"}},
            {"version": "v1.0.0", "time": "2024-02-01T00:00:00+00:00", "dist": "__unset"},
            {"version": "v0.9.0"},
        ]
    },
}  # fmt: skip

HEX = {
    "name": "tides",
    "html_url": f"{HOST}/packages/tides",
    "meta": {"links": {"Chat": "https://chat.example/", "Forge": FORGE}},
    "releases": [
        {"version": "1.1.0", "inserted_at": "2024-03-01T00:00:00Z"},
        {"version": "1.0.0", "inserted_at": "2024-02-01T00:00:00Z"},
    ],
    "retirements": {"1.0.0": {"reason": "security", "message": "leaks the key"}},
}

TAGS = {"name": "acme/tides", "tags": ["1.0", "1.10", "1.9", "latest"]}

#: Every shape: the address that answers with it, the answer, and what is found there.
SHAPES: dict[str, tuple[str, Any, list[str]]] = {
    "the Python index": (f"{HOST}/pypi/tides/json", PYTHON, ["tides 0.9.1", "tides 1.0", "tides 1.0rc1", "tides 0.9"]),
    "the simple API": (f"{HOST}/simple/tide-tables/", SIMPLE, ["tide-tables 1.1", "tide-tables 1.0"]),
    "devpi": (f"{HOST}/acme/dev/tides", DEVPI, ["tides 1.0", "tides 1.1"]),
    "npm": (f"{HOST}/@acme%2ftides", NPM, ["@acme/tides 1.0.0", "@acme/tides 0.9.0"]),
    "crates": (f"{HOST}/api/v1/crates/tides", CRATE, ["tides 0.2.0", "tides 0.1.0"]),
    "a hub": (f"{HOST}/v2/repositories/acme/tides/tags", HUB, ["acme/tides latest", "acme/tides 1.0"]),
    "gems": (f"{HOST}/api/v1/versions/tides.json", GEMS, ["tides 2.0.0.rc1", "tides 1.0.0"]),
    "composer": (
        f"{HOST}/p2/acme/tides.json",
        COMPOSER,
        ["acme/tides v1.1.0", "acme/tides v1.0.0", "acme/tides v0.9.0"],
    ),
    "hex": (f"{HOST}/api/packages/tides", HEX, ["tides 1.1.0", "tides 1.0.0"]),
    "nuget": (f"{HOST}/flat/acme.tides/index.json", {"versions": ["1.0.0", "1.1.0"]},
              ["acme.tides 1.1.0", "acme.tides 1.0.0"]),
}  # fmt: skip

OPTIONS = Options(url=PAGE)


def site() -> dict[str, Response]:
    """What the index of OPTIONS answers."""
    address = f"{HOST}/pypi/tides/json"
    return {PAGE: page(PAGE), address: said(address, PYTHON)}


# Shapes


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_gives_one_item_for_each_version_and_the_newest_first(shape: str) -> None:
    url, value, titles = SHAPES[shape]

    items = found(url, value)

    assert [item.title for item in items] == titles
    assert [item.key for item in items] == [item.version for item in items] == [each.split()[1] for each in titles]
    assert distinct(items) == items


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_recognised_by_itself(shape: str) -> None:
    url, value, _ = SHAPES[shape]

    assert index.recognise(said(url, value)) == Options(url=url)


def test_tags_of_a_registry_come_without_dates_and_are_ordered_as_versions() -> None:
    url = f"{HOST}/v2/acme/tides/tags/list"

    items = found(url, TAGS, at=f"{url}?n=1000")

    assert [item.version for item in items] == ["1.10", "1.9", "1.0", "latest"]
    assert not any(item.published for item in items)
    assert items[0].link == f"{url}#1.10"


def test_a_version_is_dated_by_its_first_file() -> None:
    items = {item.version: item for item in found(f"{HOST}/pypi/tides/json", PYTHON)}

    assert items["1.0"].published == datetime(2024, 5, 1, 7, 59, tzinfo=UTC)
    assert items["1.0"].dated_by == "index"


def test_files_are_enclosures_at_whole_addresses() -> None:
    simple = {item.version: item for item in found(*SHAPES["the simple API"][:2])}
    crate = found(*SHAPES["crates"][:2])[0]

    assert [(each.url, each.title, each.length) for each in simple["1.0"].enclosures] == [
        (f"{HOST}/files/a.whl", "tide_tables-1.0-py3-none-any.whl", 0),
        (f"{HOST}/files/a.tar.gz", "tide-tables-1.0.tar.gz", 5),
    ]
    assert crate.enclosures[0].url == f"{HOST}/api/v1/crates/tides/0.2.0/download"
    assert (crate.enclosures[0].title, crate.enclosures[0].length) == ("tides-0.2.0.crate", 4096)


@pytest.mark.parametrize(
    ("shape", "version", "fate"),
    [
        ("the Python index", "0.9", "yanked: wrong by an hour"),
        ("the simple API", "1.1", "yanked: lost its tables"),
        ("npm", "0.9.0", "deprecated: use 1.0.0"),
        ("crates", "0.1.0", "yanked: does not build"),
        ("hex", "1.0.0", "deprecated: leaks the key"),
    ],
)
def test_what_is_withdrawn_is_tagged_and_no_other_is(shape: str, version: str, fate: str) -> None:
    items = {item.version: item for item in found(*SHAPES[shape][:2])}

    withdrawn = items.pop(version)

    assert (withdrawn.summary, withdrawn.tags) == (fate, (fate.partition(":")[0],))
    assert withdrawn.edition == fate
    assert not any(item.tags or item.edition for item in items.values())


def test_a_yank_is_an_edit_of_the_version_and_told_as_nothing_new() -> None:
    memory, url = Memory(url=PAGE), f"{HOST}/pypi/tides/json"
    before = json.loads(json.dumps(PYTHON))
    before["releases"]["0.9"][0]["yanked"] = False
    memory.look(found(PAGE, before, at=url))

    verdict = memory.look(found(PAGE, PYTHON, at=url))

    assert [(each.kind, each.seen.item.version, each.event) for each in verdict.changes] == [("edited", "0.9", "")]


def test_one_yanked_file_of_two_yanks_no_version() -> None:
    files = [upload("tides-1.0.tar.gz", "2024-05-01T00:00:00Z", yanked=True), upload("tides-1.0.zip", "2024-05-01")]

    items = found(f"{HOST}/pypi/tides/json", {"info": {"name": "tides"}, "releases": {"1.0": files}})

    assert items[0].tags == ()


def test_a_moving_tag_that_leads_elsewhere_is_an_edit_and_stays_one_item() -> None:
    url = f"{HOST}/v2/repositories/acme/tides/tags"
    memory = Memory(url=url)
    memory.look(found(url, HUB))
    moved = json.loads(json.dumps(HUB))
    moved["results"][0] |= {"digest": "sha256:cc", "last_updated": "2024-06-01T00:00:00Z"}

    verdict = memory.look(found(url, moved))

    assert [(each.kind, each.seen.item.version) for each in verdict.changes] == [("edited", "latest")]


def test_a_tag_without_a_digest_of_its_own_has_those_of_its_images_in_any_order() -> None:
    url = f"{HOST}/v2/repositories/acme/tides/tags"
    images = [{"digest": "sha256:aa"}, {"digest": "sha256:bb"}]
    one = {"results": [{"name": "1.0", "images": images}]}
    other = {"results": [{"name": "1.0", "images": images[::-1]}]}

    assert found(url, one)[0].edition == found(url, other)[0].edition == "sha256:aa sha256:bb"


def test_a_pre_release_is_tagged_only_where_the_index_says_so() -> None:
    gems = {item.version: item.tags for item in found(*SHAPES["gems"][:2])}
    python = {item.version: item.tags for item in found(*SHAPES["the Python index"][:2])}

    assert gems == {"2.0.0.rc1": ("pre-release",), "1.0.0": ()}
    assert python["1.0rc1"] == ()


def test_a_new_version_alone_is_told() -> None:
    memory, url = Memory(url=PAGE), f"{HOST}/pypi/tides/json"
    memory.look(found(PAGE, PYTHON, at=url))
    after = json.loads(json.dumps(PYTHON))
    after["releases"]["1.1"] = [upload("tides-1.1.tar.gz", "2024-09-01T00:00:00Z")]

    assert memory.told(found(PAGE, after, at=url)) == ["tides 1.1"]


def test_what_a_minified_version_does_not_say_is_as_in_the_one_before_it() -> None:
    items = found(*SHAPES["composer"][:2])

    assert [item.published for item in items[1:]] == [datetime(2024, 2, 1, tzinfo=UTC)] * 2
    assert [len(item.enclosures) for item in items] == [1, 0, 0]


def test_branches_of_a_composer_package_are_no_versions() -> None:
    url = f"{HOST}/packages/acme/tides"
    value = {"package": {"name": "acme/tides", "versions": {
        "dev-main": {"version": "dev-main", "time": "2024-06-01T00:00:00Z"},
        "v1.0.0": {"version": "v1.0.0", "time": "2024-02-01T00:00:00Z"},
    }}}  # fmt: skip

    items = found(url, value, at=f"{url}.json")

    assert [item.version for item in items] == ["v1.0.0"]


def test_all_pages_of_names_are_read() -> None:
    url = f"{HOST}/v2/acme/tides/tags/list"
    more = {"link": '</v2/acme/tides/tags/list?last=1.0&n=1000>; rel="next"'}
    get = Site(
        {
            f"{url}?n=1000": said(f"{url}?n=1000", {"name": "acme/tides", "tags": ["0.9", "1.0"]}, **more),
            f"{url}?last=1.0&n=1000": said(f"{url}?last=1.0&n=1000", {"name": "acme/tides", "tags": ["1.1"]}),
        }
    )

    items = list(index.revisit(Options(url=url), get, lambda _: 1.0))

    assert [item.version for item in items] == ["1.1", "1.0", "0.9"]


def test_a_registry_that_gives_no_thousand_names_is_asked_for_what_it_gives() -> None:
    url = f"{HOST}/v2/acme/tides/tags/list"
    get = Site({f"{url}?n=1000": BadStatus("400", status=400), url: said(url, TAGS)})

    assert len(list(index.find(Options(url=url), get))) == 4


def test_further_pages_of_a_hub_are_read_until_a_known_tag_is_met() -> None:
    url = f"{HOST}/v2/repositories/acme/tides/tags"
    old = [{"name": "0.9", "last_updated": "2024-01-01T00:00:00Z", "images": []}]
    answers: dict[str, Response | CheckError] = {
        url: said(url, HUB | {"next": f"{url}?page=2"}),
        f"{url}?page=2": said(f"{url}?page=2", {"results": old, "next": None}),
    }

    first = list(index.find(Options(url=url), Site(answers)))
    again = list(index.revisit(Options(url=url), Site(answers), lambda _: 1.0))
    after_an_outage = list(index.revisit(Options(url=url), Site(answers), lambda _: 0.0))

    assert (len(first), len(again), len(after_an_outage)) == (3, 2, 3)


# Failures


def test_an_answer_of_another_shape_is_refused_with_words() -> None:
    with pytest.raises(NotUnderstood, match="no answer of a package index"):
        found(f"{HOST}/api/things", {"things": []})


def test_a_package_without_versions_is_refused() -> None:
    with pytest.raises(NothingFound, match="tides has no versions"):
        found(f"{HOST}/pypi/tides/json", PYTHON | {"releases": {"1.1": []}})


@pytest.mark.parametrize(
    "value",
    [
        {"info": {"name": "tides"}, "releases": {"1.0": "soon"}},
        {"name": "tides", "dist-tags": {}, "versions": {"1.0": None, "": {}}, "time": []},
        {"crate": {"name": "tides"}, "versions": [{"num": 1}, {"num": "1.0", "created_at": [], "dl_path": "::"}]},
        {"type": "projectconfig", "result": {"1.0": {"name": "t", "+links": [{"rel": "releasefile", "log": [7]}]}}},
        {"packages": {"a/b": [7, None]}},
        {"name": "t", "releases": [{"version": "1", "inserted_at": {}}], "retirements": "all", "meta": []},
        [{"number": "1", "prerelease": 7, "created_at": 2024}],
        [[]],
        {"versions": [None, "1.0"]},
    ],
)
def test_a_distorted_answer_gives_items_or_a_check_error(value: Any) -> None:
    try:
        items = found(f"{HOST}/a/index.json", value)
    except CheckError:
        items = []

    assert all(item.title and item.link.startswith(HOST) for item in items)


# From a page to its index


@pytest.mark.parametrize(
    ("path", "asked", "link"),
    [
        ("/project/Tide.tables/", ["/pypi/Tide.tables/json", "/simple/tide-tables/"], "/project/Tide.tables/1.0/"),
        ("/project/tides/0.9/", ["/pypi/tides/json", "/simple/tides/"], "/project/tides/1.0/"),
        ("/package/tides", ["/tides"], "/package/tides/v/1.0"),
        ("/package/@acme/tides", ["/@acme%2ftides"], "/package/@acme/tides/v/1.0"),
        ("/-/web/detail/@acme/tides", ["/@acme%2ftides"], "/-/web/detail/@acme/tides/v/1.0"),
        ("/crates/tides", ["/api/v1/crates/tides"], "/crates/tides/1.0"),
        ("/gems/tides", ["/api/v1/versions/tides.json"], "/gems/tides/versions/1.0"),
        ("/packages/acme/tides", ["/p2/acme/tides.json", "/packages/acme/tides.json"], "/packages/acme/tides#1.0"),
        ("/packages/tides", ["/api/packages/tides"], "/packages/tides/1.0"),
        ("/r/acme/tides", ["/v2/repositories/acme/tides/tags?page_size=100"], "/r/acme/tides/tags?name=1.0"),
        ("/_/tides", ["/v2/repositories/library/tides/tags?page_size=100"], "/_/tides/tags?name=1.0"),
    ],
)
def test_from_a_package_page_the_index_and_the_pages_of_versions_are_derived(
    path: str, asked: list[str], link: str
) -> None:
    assert pages.addresses(f"{HOST}{path}") == [f"{HOST}{each}" for each in asked]
    assert pages.of_version(f"{HOST}{path}", "1.0") == f"{HOST}{link}"


def test_behind_www_the_registry_of_the_domain_is_asked_next() -> None:
    assert pages.addresses("https://www.index.example/package/tides") == [
        "https://www.index.example/tides",
        "https://registry.index.example/tides",
    ]


@pytest.mark.parametrize("path", ["/packages/acme/tides.json", "/tides", "/acme/dev/tides", "/v2/a/tags/list?n=50"])
def test_any_other_address_is_asked_itself_and_linked_to(path: str) -> None:
    assert pages.addresses(f"{HOST}{path}") == [f"{HOST}{path}"]
    assert found(f"{HOST}{path}", NPM)[0].link == f"{HOST}{path}#1.0.0"


def test_the_page_given_is_where_its_versions_link_to() -> None:
    get = Site(dict(site()))

    items = list(index.find(OPTIONS, get))

    assert items[1].link == f"{HOST}/project/tides/1.0/"
    assert get.asked == [f"{HOST}/pypi/tides/json"]
    assert "application/vnd.pypi.simple.v1+json" in get.headers[0]


def test_a_page_that_the_answer_names_on_its_own_host_is_linked_to_and_one_elsewhere_is_not() -> None:
    own, url = found(*SHAPES["the Python index"][:2]), "https://mirror.example/pypi/tides/json"
    mirrored = found(url, PYTHON)

    assert own[1].link == f"{HOST}/project/tides/1.0/"
    assert mirrored[1].link == f"{url}#1.0"


def test_the_next_address_is_asked_where_the_first_is_not_there() -> None:
    address = f"{HOST}/simple/tide-tables/"
    get = Site({address: said(address, SIMPLE)})

    items = list(index.find(Options(url=f"{HOST}/project/tide-tables"), get))

    assert items[0].link == f"{HOST}/project/tide-tables/1.1/"
    assert get.asked == [f"{HOST}/pypi/tide-tables/json", address]


def test_where_nothing_answers_the_first_failure_is_told() -> None:
    get = Site({f"{HOST}/pypi/tides/json": Blocked("403, but it looks like a bot check")})

    with pytest.raises(Blocked):
        index.find(OPTIONS, get)
    assert len(get.asked) == 2


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_failure_that_is_no_missing_page_is_told_at_once(status: int) -> None:
    get = Site({f"{HOST}/pypi/tides/json": BadStatus("no", status=status)})

    with pytest.raises(BadStatus):
        index.find(OPTIONS, get)
    assert len(get.asked) == 1


def test_a_page_in_the_place_of_the_index_ends_the_look() -> None:
    """It would be the answer that the next look is compared with, and news behind it would never be seen."""
    address = f"{HOST}/pypi/tide-tables/json"
    get = Site({address: page(address), f"{HOST}/simple/tide-tables/": said(f"{HOST}/simple/tide-tables/", SIMPLE)})

    with pytest.raises(NotUnderstood, match="no JSON"):
        index.find(Options(url=f"{HOST}/project/tide-tables"), get)


def test_the_second_address_is_the_front_that_is_asked_with_validators_and_ends_an_unchanged_look() -> None:
    address = f"{HOST}/simple/tide-tables/"
    answer = said(address, SIMPLE)
    watch = Memory(url=f"{HOST}/project/tide-tables", kind="index", options=OPTIONS).watch
    known = Known(name="press", spec=watch.spec, body_hash=answer.hash, etag='"1"')
    front = Front(watch, known, Site({address: answer}))

    with pytest.raises(NotModified):
        index.find(Options(url=watch.url), front)
    assert front.answer == answer


def test_the_stored_answer_alone_gives_the_items_again() -> None:
    address = f"{HOST}/simple/tide-tables/"
    options, answer = Options(url=f"{HOST}/project/tide-tables"), said(address, SIMPLE)

    again = list(index.find(options, lambda _: answer))

    assert again == list(index.find(options, Site({address: answer})))


# Recognised


@pytest.mark.parametrize(
    ("url", "value"),
    [
        (f"{HOST}/feed.json", {"version": "https://jsonfeed.org/version/1.1", "title": "News", "items": []}),
        (f"{HOST}/wp-json/wp/v2/posts", [{"id": 1, "title": {"rendered": "News"}, "date": "2024-05-01T00:00:00"}]),
        (f"{HOST}/repos/acme/tides/issues", [{"number": 7, "created_at": "2024-05-01T00:00:00Z", "prerelease": False}]),
        (f"{HOST}/people/ada", {"name": "Ada", "tags": ["tides", "moon"]}),
        (f"{HOST}/api/boats", {"count": 1, "next": None, "results": [{"name": "Ada", "last_updated": "2024-05-01"}]}),
        (f"{HOST}/packages.json", {"packages": {"a/b": {"1.0": {"version": "1.0"}}, "a/c": {}}}),
        (f"{HOST}/standards/index.json", {"versions": ["1.0"], "title": "Standards"}),
        (f"{HOST}/news.json", {"name": "News", "releases": [{"title": "Dam opens", "date": "2024-05-01"}]}),
        (f"{HOST}/pypi/tides/json", PYTHON | {"releases": {}}),
    ],
)
def test_json_of_another_kind_is_not_recognised(url: str, value: Any) -> None:
    assert index.recognise(said(url, value)) is None


@pytest.mark.parametrize(
    "path", ["/project/tides/", "/package/@acme/tides", "/crates/tides", "/gems/tides/versions/1.0"]
)
def test_the_page_of_a_package_is_recognised_and_gives_what_its_index_says(path: str) -> None:
    assert index.recognise(page(f"{HOST}{path}")) == Options(url=f"{HOST}{path}")


@pytest.mark.parametrize(
    "path",
    ["/", "/project/", "/projects/tides", "/project/a/b/c", "/package/tides.html", "/news/project/tides", "/r/tides",
     "/packages/2024/05/tides", "/gems/tides/reviews"],
)  # fmt: skip
def test_pages_at_other_addresses_are_not_recognised(path: str) -> None:
    assert index.recognise(page(f"{HOST}{path}")) is None


def test_a_page_is_proposed_with_its_versions_and_left_to_others_where_no_index_answers() -> None:
    proposal = recognised(page(PAGE), Site(dict(site())))

    assert proposal is not None
    assert (proposal.kind, proposal.options, len(proposal.items)) == ("index", {"url": PAGE}, 4)
    assert recognised(page(f"{HOST}/project/new-dam"), Site({})) is None


# Notes


def releases(*entries: tuple[str, str]) -> Response:
    """A forge's feed of releases: tags and their notes."""
    text = "".join(
        f"<entry><id>{tag}</id><link href='{FORGE}/releases/tag/{tag}'/><title>{tag}</title>"
        f"<updated>2024-05-01T00:00:00Z</updated><content type='html'>&lt;p&gt;{notes}&lt;/p&gt;</content></entry>"
        for tag, notes in entries
    )
    body = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Releases</title><id>r</id>{text}</feed>"
    return Response(url=f"{FORGE}/releases.atom", headers={"content-type": "application/atom+xml"}, body=body.encode())


ONE = Item(link=PAGE, title="tides 1.0", key="1.0", version="1.0", repository=FORGE)


def noted(item: Item, answers: dict[str, Response | CheckError]) -> str:
    return index.complete(OPTIONS, item, Site(answers)).body


@pytest.mark.parametrize("tag", ["v1.0", "1.0", "tides-1.0", "tides@1.0", "tides/v1.0", "release-1.0"])
def test_the_notes_are_those_of_the_release_with_the_tag_of_the_version(tag: str) -> None:
    feed = releases(("v1.0.1", "Later."), (tag, "Tables for 2025."), ("v0.9", "Earlier."))

    assert noted(ONE, {f"{FORGE}/releases.atom": feed}) == "Tables for 2025."


def test_in_a_shared_repository_the_tag_with_the_name_is_the_one() -> None:
    feed = releases(("v1.0", "Another's."), ("@acme/tides@1.0", "Its own."))

    assert noted(replace(ONE, title="@acme/tides 1.0"), {f"{FORGE}/releases.atom": feed}) == "Its own."


def test_notes_that_are_in_the_feed_no_more_are_taken_from_the_page_of_the_tag() -> None:
    url = f"{FORGE}/releases/tag/tides-1.0"
    text = "The tables now hold the year 2025, and the harbour of Port Ada is among them. " * 4
    answer = page(url, f"<html><body><nav><a href='/'>Home</a></nav><main><h1>tides-1.0</h1><p>{text}</main></body>")
    get = Site({f"{FORGE}/releases.atom": releases(("tides-3.0", "New."), ("web-2.0", "Web.")), url: answer})

    item = index.complete(OPTIONS, ONE, get)

    assert item.body.startswith("The tables now hold the year 2025")
    assert get.asked == [f"{FORGE}/releases.atom", url]


def test_a_forge_that_keeps_its_feed_apart_is_asked_there() -> None:
    feed = replace(releases(("v1.0", "Tables.")), url=f"{FORGE}/-/releases.atom")

    assert noted(ONE, {f"{FORGE}/-/releases.atom": feed}) == "Tables."


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {f"{FORGE}/releases.atom": page(FORGE)},
        {f"{FORGE}/releases.atom": releases()},
        {f"{FORGE}/releases.atom": releases(("v0.9", "Earlier."))},
        {f"{FORGE}/releases.atom": releases(("v1.0", "No content."))},
        {f"{FORGE}/releases.atom": Refused("a private address"), f"{FORGE}/-/releases.atom": Refused("a private one")},
    ],
)
def test_a_version_without_notes_goes_out_without_them(answers: dict[str, Response | CheckError]) -> None:
    assert index.complete(OPTIONS, ONE, Site(answers)) == ONE


@pytest.mark.parametrize("error", [Unreachable("no route"), BadStatus("503", status=503), BadStatus("429", status=429)])
def test_a_forge_that_cannot_be_reached_now_is_asked_again(error: CheckError) -> None:
    with pytest.raises(type(error)):
        noted(ONE, {f"{FORGE}/releases.atom": error})


@pytest.mark.parametrize(
    ("options", "item"),
    [(Options(url=PAGE, notes=False), ONE), (OPTIONS, replace(ONE, repository=""))],
)
def test_nothing_is_asked_where_notes_are_not_wanted_or_have_no_place(options: Options, item: Item) -> None:
    get = Site({})

    assert index.complete(options, item, get) == item
    assert get.asked == []


def test_only_the_newest_versions_know_where_their_notes_may_be() -> None:
    many = {f"1.{n}": [upload(f"tides-1.{n}.tar.gz", f"2024-05-{n + 1:02}T00:00:00Z")] for n in range(25)}

    items = found(f"{HOST}/pypi/tides/json", PYTHON | {"releases": many})

    assert [item.repository for item in items] == [FORGE] * 10 + [""] * 15


@pytest.mark.parametrize("shape", ["the Python index", "devpi", "npm", "crates", "composer", "hex"])
def test_the_repository_that_an_index_links_to_is_found(shape: str) -> None:
    assert found(*SHAPES[shape][:2])[0].repository == FORGE


@pytest.mark.parametrize(
    ("link", "front"),
    [
        (f"{FORGE}.git", FORGE),
        (f"{FORGE}#readme", FORGE),
        (f"{FORGE}/issues", FORGE),
        (f"{FORGE}/blob/main/CHANGELOG.md", FORGE),
        (f"{FORGE}/tree/main/js/tides", FORGE),
        (f"git+{FORGE}.git", FORGE),
        ("git://forge.example/acme/tides.git", FORGE),
        ("git+ssh://git@forge.example:2222/acme/tides.git", FORGE),
        ("git@forge.example:acme/tides.git", FORGE),
        ("https://forge.example/acme/group/tides/-/issues", "https://forge.example/acme/group/tides"),
        ("https://forge.example/acme/group/tides.git", "https://forge.example/acme/group/tides"),
        ("acme/tides", ""),
        ("forge:acme/tides", ""),
        ("https://tides.example/", ""),
        ("https://tides.example/docs/en/latest/guide", ""),
        ("see our site", ""),
    ],
)
def test_a_link_is_told_to_lead_to_a_repository(link: str, front: str) -> None:
    assert repository([link]) == front


def test_tags_with_the_name_come_before_bare_ones() -> None:
    wanted = tags("@acme/tides", "v1.0")

    assert wanted[:2] == ["@acme/tides@v1.0", "@acme/tides@1.0"]
    assert wanted.index("tides/v1.0") < wanted.index("v1.0") < wanted.index("1.0")
