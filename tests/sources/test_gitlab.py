"""The kind `gitlab`: releases and tags by the API, and the addresses that it knows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from watcher.detect import ladder
from watcher.errors import BadStatus, NothingFound, NotUnderstood
from watcher.model import Enclosure, Get, Item, Request, Response
from watcher.sources.gitlab import Options, find, otherwise, recognise, revisit

PAGE = "https://git.acme.example/tools/deep/tool"
API = "https://git.acme.example/api/v4/projects/tools%2Fdeep%2Ftool"
OPTIONS = Options(url=PAGE)


def release(tag: str, **more: Any) -> dict[str, Any]:
    return {
        "tag_name": tag,
        "name": f"Tool {tag}",
        "description": "Many repairs.\r\n\r\n![It](/uploads/0a1b/it.png)\n",
        "created_at": "2024-06-08T10:00:00.123Z",
        "released_at": "2024-06-08T10:20:30.123Z",
        "upcoming_release": False,
        "author": {"id": 7, "username": "ada", "name": "Ada Field"},
        "assets": {"count": 1, "sources": [{"format": "zip", "url": f"{PAGE}/-/archive/tool.zip"}], "links": []},
        "_links": {"self": f"{PAGE}/-/releases/{tag}"},
        **more,
    }


LINKS = [
    {"name": "tool.deb", "url": "https://files.acme.example/1", "direct_asset_url": f"{PAGE}/-/releases/v2.0/1"},
    {"name": "manual", "url": "https://files.acme.example/manual"},
    {"name": "lost", "url": "ftp://files.acme.example/2"},
]
RELEASES = [
    release("v2.0", assets={"links": LINKS}),
    release("deep/1.9", name="", description=None, author=None),
    release("1.8", released_at=None),
]
TAGS = [
    {
        "name": "v2.0",
        "message": "Two *point* zero\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n",
        "created_at": "2024-06-08T10:20:30.000+02:00",
        "commit": {"id": "abc123", "committed_date": "2024-06-01T00:00:00Z", "web_url": f"{PAGE}/-/commit/abc123"},
    },
    {"name": "deep/1.9", "message": "", "commit": {"id": "def456", "committed_date": "2024-05-01T00:00:00Z"}},
    {"name": "1.8"},
]


def answer(url: str, value: object, **headers: str) -> Response:
    return Response(url=url, body=json.dumps(value).encode(), headers=headers)


def site() -> dict[str, Response]:
    return {
        f"{API}/releases": answer(f"{API}/releases", RELEASES),
        f"{API}/repository/tags": answer(f"{API}/repository/tags", TAGS),
    }


def served(answers: Mapping[str, Response], asked: list[Request] | None = None) -> Get:
    def get(request: Request) -> Response:
        if asked is not None:
            asked.append(request)
        if request.url not in answers:
            raise BadStatus(f"404 for {request.url}", status=404)
        return answers[request.url]

    return get


def found(options: Options = OPTIONS) -> list[Item]:
    return list(find(options, served(site())))


def of(*releases: dict[str, Any]) -> list[Item]:
    return list(find(OPTIONS, served({f"{API}/releases": answer(f"{API}/releases", releases)})))


# Releases and tags


def test_a_release_is_told_with_all_that_the_api_says() -> None:
    assert found()[0] == Item(
        link=f"{PAGE}/-/releases/v2.0",
        title="Tool v2.0",
        published=datetime(2024, 6, 8, 10, 20, 30, tzinfo=UTC),
        dated_by="api",
        body=f"Many repairs.\n\n![It]({PAGE}/uploads/0a1b/it.png)",
        version="v2.0",
        author="Ada Field",
        enclosures=(
            Enclosure(url=f"{PAGE}/-/releases/v2.0/1", title="tool.deb"),
            Enclosure(url="https://files.acme.example/manual", title="manual"),
        ),
        edition="created 2024-06-08T10:00:00.123Z",
    )


def test_a_release_without_a_name_is_called_by_its_tag() -> None:
    item = found()[1]

    assert (item.title, item.version, item.body, item.author) == ("deep/1.9", "deep/1.9", "", "")
    assert item.link == f"{PAGE}/-/releases/deep%2F1.9"


def test_a_release_without_a_day_of_its_own_has_that_of_its_making() -> None:
    assert found()[2].published == datetime(2024, 6, 8, 10, 0, 0, tzinfo=UTC)


def test_what_is_announced_for_a_later_day_is_no_release_yet() -> None:
    assert [item.version for item in of(release("v3.0", upcoming_release=True), release("v2.0"))] == ["v2.0"]


def test_a_release_made_again_under_its_tag_is_an_edit_of_the_same_item() -> None:
    before, after = of(release("v2.0")), of(release("v2.0", created_at="2024-06-08T11:00:00Z"))

    assert before[0].digest != after[0].digest
    assert (before[0].link, before[0].key) == (after[0].link, after[0].key)


def test_tags_are_told_with_what_they_say_but_for_the_signature() -> None:
    first, second, third = found(Options(url=PAGE, all_tags=True))

    assert (first.link, first.title, first.version) == (f"{PAGE}/-/tags/v2.0", "v2.0", "v2.0")
    assert first.body == "Two \\*point\\* zero"
    assert first.published == datetime(2024, 6, 8, 8, 20, 30, tzinfo=UTC)
    assert first.edition == "commit abc123"
    assert (second.link, second.published) == (f"{PAGE}/-/tags/deep/1.9", datetime(2024, 5, 1, tzinfo=UTC))
    assert (third.published, third.dated_by) == (None, "")


@pytest.mark.parametrize(
    ("token", "headers"), [(None, {}), (SecretStr("t0ken"), {"private-token": "t0ken"})], ids=["open", "token"]
)
def test_the_api_is_asked_with_the_token_that_is_given(token: SecretStr | None, headers: dict[str, str]) -> None:
    asked: list[Request] = []

    list(find(Options(url=f"{PAGE}/-/releases", token=token), served(site(), asked)))

    assert [(request.url, dict(request.headers)) for request in asked] == [(f"{API}/releases", headers)]


def test_further_pages_are_read_until_a_known_release_is_met() -> None:
    second = f"{API}/releases?page=2"
    answers = {
        f"{API}/releases": answer(f"{API}/releases", RELEASES, link=f'<{second}>; rel="next"'),
        second: answer(second, [release("1.0")]),
    }

    def known(items: Iterable[Item]) -> float:
        return 1.0 if "1.0" in {item.version for item in items} else 0.0

    assert len(list(find(OPTIONS, served(answers)))) == 3
    assert [item.version for item in revisit(OPTIONS, served(answers), known)][3:] == ["1.0"]


def test_a_project_without_releases_names_the_key_for_its_tags() -> None:
    with pytest.raises(NothingFound) as caught:
        of()

    assert "all_tags = true" in caught.value.hint


def test_a_project_that_is_closed_to_us_asks_for_a_token() -> None:
    with pytest.raises(BadStatus) as caught:
        list(find(OPTIONS, served({})))

    assert '"token"' in caught.value.hint


def test_an_address_of_no_project_is_refused_with_an_example() -> None:
    with pytest.raises(NotUnderstood) as caught:
        list(find(Options(url="https://gitlab.com/acme"), served({})))

    assert "https://gitlab.com/GROUP/PROJECT" in caught.value.hint


# What is recognised


def page(url: str, shows: str = "projects:show", name: str = "GitLab") -> Response:
    attribute = f' data-page="{shows}"' if shows else ""
    text = f"""<!DOCTYPE html><html><head><meta content="{name}" property="og:site_name">
    <title>Tool</title></head><body class="tab-width-8"{attribute} data-project="tool"><p>A tool."""
    return Response(url=url, body=text.encode())


@pytest.mark.parametrize(
    ("path", "shows", "tags"),
    [
        ("", "projects:show", False),
        ("/", "projects:show", False),
        ("/-/releases", "projects:releases:index", False),
        ("/-/releases/v2.0", "projects:releases:show", False),
        ("/-/tags", "projects:tags:index", True),
        ("/-/tags/v2.0", "projects:tags:show", True),
    ],
)
def test_a_project_is_recognised_on_any_server_of_the_kind(path: str, shows: str, tags: bool) -> None:
    assert recognise(page(f"{PAGE}{path}", shows)) == Options(url=PAGE, all_tags=tags)


def test_dots_and_dashes_belong_to_the_name() -> None:
    url = "https://gitlab.com/a-/b.c/-d.js"

    assert recognise(page(url)) == Options(url=url)


@pytest.mark.parametrize(
    ("path", "shows"),
    [
        ("tools/deep", "groups:show"),
        ("tools/tool/issues/4", "projects:issues:show"),
        ("tools/tool/-/issues/4", "projects:issues:show"),
        ("tools/tool/-/blob/main/README.md", "projects:blob:show"),
        ("tools/tool/-/merge_requests", "projects:merge_requests:index"),
        ("users/sign_in", "sessions:new"),
        ("explore/projects", ""),
        ("ada", "users:show"),
        ("", "root:index"),
    ],
)
@pytest.mark.parametrize("host", ["gitlab.com", "git.acme.example"])
def test_other_pages_of_such_servers_are_not_taken(host: str, path: str, shows: str) -> None:
    assert recognise(page(f"https://{host}/{path}", shows)) is None


def test_a_site_of_another_name_is_not_taken() -> None:
    assert recognise(page(PAGE, name="Acme news")) is None


@pytest.mark.parametrize(
    ("url", "value", "expected"),
    [
        (f"{API}/releases", [], Options(url=PAGE)),
        (f"{API}/repository/tags", [], Options(url=PAGE, all_tags=True)),
        ("https://git.acme.example/api/v4/projects/17", {"web_url": PAGE}, Options(url=PAGE)),
        ("https://git.acme.example/api/v4/projects/17/releases", RELEASES, Options(url=PAGE)),
        ("https://git.acme.example/api/v4/projects/17/repository/tags", TAGS, Options(url=PAGE, all_tags=True)),
        ("https://git.acme.example/api/v4/projects/17/releases", [], None),
        (f"{API}/issues", [], None),
        (PAGE, [], None),
    ],
)
def test_an_answer_of_the_api_leads_to_its_project(url: str, value: object, expected: Options | None) -> None:
    assert recognise(answer(url, value)) == expected


def test_adding_the_page_of_a_project_shows_its_releases() -> None:
    proposal = ladder.recognised(page(PAGE), served(site()))

    assert proposal is not None
    assert (proposal.kind, proposal.options) == ("gitlab", {"url": PAGE})
    assert [item.version for item in proposal.items] == ["v2.0", "deep/1.9", "1.8"]


def test_adding_a_project_without_releases_shows_its_tags() -> None:
    answers = {**site(), f"{API}/releases": answer(f"{API}/releases", [])}

    proposal = ladder.recognised(page(PAGE), served(answers))

    assert proposal is not None
    assert (proposal.kind, proposal.options) == ("gitlab", {"url": PAGE, "all_tags": True})
    assert len(proposal.items) == 3


def test_a_project_that_does_not_answer_is_not_asked_for_its_tags() -> None:
    asked: list[Request] = []

    assert ladder.recognised(page(PAGE), served({}, asked)) is None
    assert [request.url for request in asked] == [f"{API}/releases"]


def test_after_tags_there_is_nothing_else_to_try() -> None:
    assert otherwise(Options(url=PAGE, all_tags=True)) is None
