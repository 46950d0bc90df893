"""The kind `gitea`: releases and tags by the API of Gitea and Forgejo, and the addresses that it knows."""

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
from watcher.sources.gitea import Options, find, otherwise, recognise, revisit

PAGE = "https://git.acme.example/tools/tool"
API = "https://git.acme.example/api/v1/repos/tools/tool"
OPTIONS = Options(url=PAGE)


def release(number: int, tag: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "tag_name": tag,
        "name": f"Tool {tag}",
        "body": "Many *repairs*.\r\n",
        "draft": False,
        "prerelease": False,
        "created_at": "2024-06-08T10:00:00+02:00",
        "published_at": "2024-06-08T12:20:30+02:00",
        "author": {"id": 7, "login": "ada", "full_name": "Ada Field"},
        "assets": [],
        **more,
    }


FILES = [{"name": "tool.tar.gz", "size": 5120, "browser_download_url": f"{PAGE}/releases/download/v2.0/tool.tar.gz"}]
RELEASES = [
    release(9, "v2.1-rc1", prerelease=True, name="", author={"login": "ada", "full_name": ""}),
    release(8, "v2.0", assets=FILES),
    release(7, "deep/1.9+x", author=None),
]
TAGS = [
    {"name": "v2.0", "message": "Two\n", "commit": {"sha": "abc123", "created": "2024-06-08T12:20:30+02:00"}},
    {"name": "v1.9", "commit": {"sha": "def456"}},
]


def answer(url: str, value: object, **headers: str) -> Response:
    return Response(url=url, body=json.dumps(value).encode(), headers=headers)


def site() -> dict[str, Response]:
    return {
        f"{API}/releases": answer(f"{API}/releases", RELEASES),
        f"{API}/tags": answer(f"{API}/tags", TAGS),
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
    item = found()[1]

    assert item.published == datetime(2024, 6, 8, 10, 20, 30, tzinfo=UTC)
    assert item == Item(
        link=f"{PAGE}/releases/tag/v2.0",
        title="Tool v2.0",
        published=item.published,
        dated_by="api",
        body="Many *repairs*.",
        version="v2.0",
        author="Ada Field",
        enclosures=(Enclosure(url=f"{PAGE}/releases/download/v2.0/tool.tar.gz", length=5120, title="tool.tar.gz"),),
        edition="release 8, created 2024-06-08T10:00:00+02:00",
    )


def test_a_release_without_a_name_is_called_by_its_tag_and_a_pre_release_is_marked() -> None:
    first, *others = found()

    assert (first.title, first.author, first.tags) == ("v2.1-rc1", "ada", ("pre-release",))
    assert [item.tags for item in others] == [(), ()]


def test_a_tag_stays_as_it_is_written_and_is_quoted_in_its_address() -> None:
    item = found()[2]

    assert (item.version, item.link) == ("deep/1.9+x", f"{PAGE}/releases/tag/deep/1.9%2Bx")


def test_drafts_are_left_out() -> None:
    assert [item.version for item in of(release(9, "v3.0", draft=True), release(8, "v2.0"))] == ["v2.0"]


@pytest.mark.parametrize("change", [{"id": 9}, {"created_at": "2024-06-08T11:00:00+02:00"}])
def test_a_release_made_again_under_its_tag_is_an_edit_of_the_same_item(change: dict[str, Any]) -> None:
    before, after = of(release(8, "v2.0")), of(release(8, "v2.0") | change)

    assert before[0].digest != after[0].digest
    assert (before[0].link, before[0].key) == (after[0].link, after[0].key)


def test_tags_are_told_by_their_commits() -> None:
    first, second = found(Options(url=PAGE, all_tags=True))

    assert (first.link, first.version, first.body) == (f"{PAGE}/releases/tag/v2.0", "v2.0", "Two")
    assert (first.published, first.edition) == (datetime(2024, 6, 8, 10, 20, 30, tzinfo=UTC), "commit abc123")
    assert (second.title, second.published, second.edition) == ("v1.9", None, "commit def456")


@pytest.mark.parametrize(
    ("token", "headers"), [(None, {}), (SecretStr("t0ken"), {"authorization": "token t0ken"})], ids=["open", "token"]
)
def test_the_api_is_asked_with_the_token_that_is_given(token: SecretStr | None, headers: dict[str, str]) -> None:
    asked: list[Request] = []

    list(find(Options(url=f"{PAGE}/releases", token=token), served(site(), asked)))

    assert [(request.url, dict(request.headers)) for request in asked] == [(f"{API}/releases", headers)]


def test_a_server_may_keep_all_of_it_below_a_folder() -> None:
    api = "https://acme.example/code/git/api/v1/repos/tools/tool/releases"
    options = Options(url="https://acme.example/code/git/tools/tool/releases")

    items = list(find(options, served({api: answer(api, RELEASES)})))

    assert items[1].link == "https://acme.example/code/git/tools/tool/releases/tag/v2.0"


def test_further_pages_are_read_until_a_known_release_is_met() -> None:
    second = f"{API}/releases?page=2"
    answers = {
        f"{API}/releases": answer(f"{API}/releases", RELEASES, link=f'<{second}>; rel="next"'),
        second: answer(second, [release(1, "v1.0")]),
    }

    def known(items: Iterable[Item]) -> float:
        return 1.0 if "v1.0" in {item.version for item in items} else 0.0

    assert len(list(find(OPTIONS, served(answers)))) == 3
    assert [item.version for item in revisit(OPTIONS, served(answers), known)][3:] == ["v1.0"]


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
        list(find(Options(url="https://codeberg.org/acme"), served({})))

    assert "https://codeberg.org/OWNER/PROJECT" in caught.value.hint


# What is recognised

AUTHORS = '<meta name="author" content="Gitea - Git with a cup of tea">'
WORDS = '<meta name="keywords" content="git,forge,forgejo">'
FOOT = '<footer class="page-footer"><a target="_blank" href="https://forgejo.org">Mit Dank</a></footer>'


def page(url: str, head: str = AUTHORS, foot: str = "", folder: str = "") -> Response:
    text = f"""<!DOCTYPE html><html><head>{head}<script>window.config = {{
    appUrl: 'https:\\/\\/git.acme.example\\/', appSubUrl: '{folder}', runModeIsProd: true }};</script></head>
    <body><p>A tool, found at https://gitea.com/ as well.{foot}"""
    return Response(url=url, body=text.encode())


@pytest.mark.parametrize(
    ("path", "tags"),
    [("", False), ("/", False), (".git", False), ("/releases", False), ("/releases/tag/v2", False), ("/tags", True)],
)
@pytest.mark.parametrize(("head", "foot"), [(AUTHORS, ""), (WORDS, ""), ("", FOOT)])
def test_a_project_is_recognised_on_any_server_of_the_kind(path: str, tags: bool, head: str, foot: str) -> None:
    assert recognise(page(f"{PAGE}{path}", head, foot)) == Options(url=PAGE, all_tags=tags)


def test_a_known_host_need_not_say_what_it_is() -> None:
    url = "https://codeberg.org/tools/tool.js"

    assert recognise(Response(url=url, body=b"<!doctype html><p>A tool.")) == Options(url=url)


def test_a_project_below_a_folder_is_known_by_what_the_page_says_of_it() -> None:
    url = "https://acme.example/git/tools/tool"

    assert recognise(page(url, folder="/git")) == Options(url=url)
    assert recognise(page(url)) is None


@pytest.mark.parametrize(
    "path",
    [
        "",
        "ada",
        "explore/repos",
        "user/login",
        "tools/tool/issues",
        "tools/tool/issues/4",
        "tools/tool/src/branch/main/README.md",
        "tools/tool/wiki",
        "tools/-/packages",
    ],
)
@pytest.mark.parametrize("host", ["codeberg.org", "git.acme.example"])
def test_other_pages_of_such_servers_are_not_taken(host: str, path: str) -> None:
    assert recognise(page(f"https://{host}/{path}")) is None


def test_a_page_that_only_speaks_of_such_a_server_is_not_taken() -> None:
    assert recognise(page(PAGE, head='<meta name="author" content="Ada Field">')) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{API}/releases", Options(url=PAGE)),
        (API, Options(url=PAGE)),
        (f"{API}/tags", Options(url=PAGE, all_tags=True)),
        ("https://acme.example/git/api/v1/repos/a/b/releases", Options(url="https://acme.example/git/a/b")),
        (f"{API}/issues", None),
    ],
)
def test_an_answer_of_the_api_leads_to_its_project(url: str, expected: Options | None) -> None:
    assert recognise(answer(url, [])) == expected


def test_adding_the_page_of_a_project_shows_its_releases() -> None:
    proposal = ladder.recognised(page(PAGE), served(site()))

    assert proposal is not None
    assert (proposal.kind, proposal.options) == ("gitea", {"url": PAGE})
    assert [item.version for item in proposal.items] == ["v2.1-rc1", "v2.0", "deep/1.9+x"]


def test_adding_a_project_without_releases_shows_its_tags() -> None:
    answers = {**site(), f"{API}/releases": answer(f"{API}/releases", [])}

    proposal = ladder.recognised(page(PAGE), served(answers))

    assert proposal is not None
    assert (proposal.kind, proposal.options) == ("gitea", {"url": PAGE, "all_tags": True})


def test_after_tags_there_is_nothing_else_to_try() -> None:
    assert otherwise(Options(url=PAGE)) == Options(url=PAGE, all_tags=True)
    assert otherwise(Options(url=PAGE, all_tags=True)) is None
