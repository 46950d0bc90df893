"""The kind `github`: releases and tags by the API and by the feed, and the addresses that it knows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from watcher.detect import ladder
from watcher.errors import BadStatus, NothingFound, NotUnderstood
from watcher.match import distinct
from watcher.model import Enclosure, Get, Item, Request, Response
from watcher.sources import github
from watcher.sources.github import Options, find, recognise, revisit

PAGE = "https://github.com/acme/tool"
API = "https://api.github.com/repos/acme/tool"
TOKEN = SecretStr("t0ken")
OPTIONS = Options(url=PAGE, token=TOKEN)


def release(number: int, tag: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "tag_name": tag,
        "name": f"Tool {tag}",
        "body": "Many repairs.\r\n\r\n* The *first* one\r\n",
        "draft": False,
        "prerelease": False,
        "created_at": "2024-01-01T00:00:00Z",
        "published_at": f"2024-06-{number:02}T10:20:30Z",
        "author": {"login": "ada", "id": 7},
        "assets": [],
        **more,
    }


FILES = [
    {
        "name": "tool.tar.gz",
        "content_type": "application/gzip",
        "size": 5120,
        "browser_download_url": f"{PAGE}/releases/download/v2.0/tool.tar.gz",
    },
    {"name": "half", "content_type": "no type at all", "size": None, "browser_download_url": f"{PAGE}/half"},
    {"name": "lost", "browser_download_url": "javascript:void(0)"},
]
RELEASES = [
    release(9, "v2.1-rc1", prerelease=True, name=None, body=None),
    release(8, "v2.0", assets=FILES),
    release(7, "@acme/tool@1.9", author=None),
]
TAGS = [{"name": "v2.0", "commit": {"sha": "abc123"}}, {"name": "v1.9", "commit": {"sha": "def456"}}]


def answer(url: str, value: object, **headers: str) -> Response:
    body = value if isinstance(value, str) else json.dumps(value)
    return Response(url=url, body=body.encode(), headers=headers)


def site() -> dict[str, Response]:
    return {
        f"{API}/releases": answer(f"{API}/releases", RELEASES),
        f"{API}/tags?per_page=100": answer(f"{API}/tags?per_page=100", TAGS),
        f"{PAGE}/releases.atom": answer(f"{PAGE}/releases.atom", atom("v2.0", "v1.9", "@acme/tool@1.8")),
        f"{PAGE}/tags.atom": answer(f"{PAGE}/tags.atom", atom("v2.0")),
    }


def atom(*tags: str, notes: str = "&lt;p&gt;Many &lt;b&gt;repairs&lt;/b&gt;.&lt;/p&gt;", day: int = 8) -> str:
    entries = "".join(
        f"""<entry><id>tag:github.com,2008:Repository/1/{tag}</id><updated>2024-06-{day:02}T10:20:30Z</updated>
        <link rel="alternate" type="text/html" href="{PAGE}/releases/tag/{tag.replace("@", "%40")}"/>
        <title>Tool {tag}</title><content type="html">{notes}</content><author><name>ada</name></author>
        <media:thumbnail height="30" width="30" url="https://avatars.example/u/7"/>
        <link rel="enclosure" href="https://avatars.example/u/7"/></entry>"""
        for tag in tags
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"
    xmlns:media="http://search.yahoo.com/mrss/"><id>tag:github.com,2008:{PAGE}/releases</id>
    <link rel="alternate" type="text/html" href="{PAGE}/releases"/>
    <title>Release notes from tool</title><updated>2024-06-08T10:20:30Z</updated>{entries}</feed>"""


def served(answers: Mapping[str, Response], asked: list[Request] | None = None) -> Get:
    def get(request: Request) -> Response:
        if asked is not None:
            asked.append(request)
        if request.url not in answers:
            raise BadStatus(f"404 for {request.url}", status=404)
        return answers[request.url]

    return get


def found(options: Options, answers: Mapping[str, Response] | None = None) -> list[Item]:
    return list(find(options, served(answers or site())))


def of_api(*releases: dict[str, Any]) -> list[Item]:
    return found(OPTIONS, {f"{API}/releases": answer(f"{API}/releases", releases)})


def of_feed(text: str) -> list[Item]:
    return found(Options(url=PAGE), {f"{PAGE}/releases.atom": answer(f"{PAGE}/releases.atom", text)})


# The API


def test_a_release_is_told_with_all_that_the_api_says() -> None:
    item = found(OPTIONS)[1]

    assert item == Item(
        link=f"{PAGE}/releases/tag/v2.0",
        title="Tool v2.0",
        published=datetime(2024, 6, 8, 10, 20, 30, tzinfo=UTC),
        dated_by="api",
        body="Many repairs.\n\n* The *first* one",
        version="v2.0",
        author="ada",
        enclosures=(
            Enclosure(
                url=f"{PAGE}/releases/download/v2.0/tool.tar.gz",
                type="application/gzip",
                length=5120,
                title="tool.tar.gz",
            ),
            Enclosure(url=f"{PAGE}/half", title="half"),
        ),
        edition="release 8, published 2024-06-08T10:20:30Z",
    )


def test_a_release_without_a_name_is_called_by_its_tag_and_a_pre_release_is_marked() -> None:
    first, *others = found(OPTIONS)

    assert (first.title, first.body, first.tags) == ("v2.1-rc1", "", ("pre-release",))
    assert [item.tags for item in others] == [(), ()]


def test_a_tag_stays_as_it_is_written_and_is_quoted_in_its_address() -> None:
    item = found(OPTIONS)[2]

    assert item.version == "@acme/tool@1.9"
    assert item.link == f"{PAGE}/releases/tag/%40acme/tool%401.9"


def test_drafts_are_left_out() -> None:
    items = of_api(release(9, "v3.0", draft=True, published_at=None), release(8, "v2.0"))

    assert [item.version for item in items] == ["v2.0"]


def test_a_release_made_again_under_its_tag_is_an_edit_of_the_same_item() -> None:
    before, after = of_api(release(8, "v2.0")), of_api(release(9, "v2.0", published_at="2024-06-08T10:20:30Z"))

    assert before[0].digest != after[0].digest
    assert replace(before[0], edition="") == replace(after[0], edition="")


def test_what_is_counted_on_a_release_is_no_edit() -> None:
    one, other = of_api(release(8, "v2.0", assets=FILES)), of_api(release(8, "v2.0", reactions={"+1": 3}))

    assert one[0].digest == other[0].digest


def test_comments_in_notes_are_seen_in_examples_only() -> None:
    body = "<!-- made by\nhand -->\nNew:\n\n```html\n<!-- kept -->\n```\n<!-- and the rest"

    [item] = of_api(release(8, "v2.0", body=body))

    assert item.body == "New:\n\n```html\n<!-- kept -->\n```"


def test_tags_are_told_by_their_commits() -> None:
    items = found(Options(url=PAGE, token=TOKEN, all_tags=True))

    assert [(item.link, item.title, item.version, item.edition) for item in items] == [
        (f"{PAGE}/releases/tag/v2.0", "v2.0", "v2.0", "commit abc123"),
        (f"{PAGE}/releases/tag/v1.9", "v1.9", "v1.9", "commit def456"),
    ]


def test_a_tag_that_becomes_a_release_keeps_its_address() -> None:
    tags, releases = found(Options(url=PAGE, token=TOKEN, all_tags=True)), found(OPTIONS)

    assert tags[0].link == releases[1].link


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("https://github.com/acme/tool", f"{API}/releases"),
        ("https://www.github.com/acme/tool/releases", f"{API}/releases"),
        (f"{API}/releases", f"{API}/releases"),
        ("https://git.acme.example/a/t.o", "https://git.acme.example/api/v3/repos/a/t.o/releases"),
        ("https://git.acme.example:8443/a/t", "https://git.acme.example:8443/api/v3/repos/a/t/releases"),
        ("https://acme.ghe.com/a/t", "https://api.acme.ghe.com/repos/a/t/releases"),
    ],
)
def test_the_token_goes_to_the_api_of_the_project_and_stands_in_no_dump(page: str, address: str) -> None:
    asked: list[Request] = []
    options = Options(url=page, token=TOKEN)

    list(find(options, served({address: answer(address, RELEASES)}, asked)))

    assert [request.url for request in asked] == [address]
    assert asked[0].headers["authorization"] == "Bearer t0ken"
    assert "t0ken" not in options.model_dump_json()


def test_further_pages_are_read_until_a_known_release_is_met() -> None:
    second = f"{API}/releases?page=2"
    answers = {
        f"{API}/releases": answer(f"{API}/releases", RELEASES, link=f'<{second}>; rel="next", <{second}>; rel="last"'),
        second: answer(second, [release(1, "v1.0")]),
    }

    def known(items: Iterable[Item]) -> float:
        return 1.0 if "v1.0" in {item.version for item in items} else 0.0

    assert len(found(OPTIONS, answers)) == 3
    assert len(list(revisit(OPTIONS, served(answers), lambda _: 1.0))) == 3
    assert [item.version for item in revisit(OPTIONS, served(answers), known)][3:] == ["v1.0"]
    assert len(found(OPTIONS.model_copy(update={"pages": 2}), answers)) == 4


def test_a_project_without_releases_is_not_taken_for_one_where_nothing_is_new() -> None:
    with pytest.raises(NothingFound) as caught:
        of_api()

    assert "all_tags = true" in caught.value.hint


def test_an_answer_that_is_no_list_is_not_understood() -> None:
    said = {"message": "Repository access blocked"}

    with pytest.raises(NotUnderstood) as caught:
        found(OPTIONS, {f"{API}/releases": answer(f"{API}/releases", said)})

    assert "Repository access blocked" in caught.value.hint


@pytest.mark.parametrize(("token", "words"), [(None, 'wants a "token"'), (TOKEN, "may have run out")])
def test_a_project_that_is_closed_to_us_asks_for_a_token(token: SecretStr | None, words: str) -> None:
    with pytest.raises(BadStatus) as caught:
        list(find(Options(url=PAGE, token=token), served({})))

    assert words in caught.value.hint


def test_a_limit_that_is_used_up_keeps_its_own_words() -> None:
    def get(_: Request) -> Response:
        raise BadStatus("403", status=403, retry_at=datetime(2024, 6, 8, tzinfo=UTC), hint="asked again then")

    with pytest.raises(BadStatus) as caught:
        list(find(OPTIONS, get))

    assert caught.value.hint == "asked again then"


@pytest.mark.parametrize("url", ["https://github.com/acme", "https://github.com/acme/tool/issues/4"])
def test_an_address_of_no_project_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        list(find(Options(url=url), served({})))

    assert "https://github.com/OWNER/PROJECT" in caught.value.hint


# The feed


def test_without_a_token_one_request_for_the_feed_is_all() -> None:
    asked: list[Request] = []

    items = list(find(Options(url=PAGE), served(site(), asked)))

    assert [request.url for request in asked] == [f"{PAGE}/releases.atom"]
    assert items[0] == Item(
        link=f"{PAGE}/releases/tag/v2.0",
        title="Tool v2.0",
        published=datetime(2024, 6, 8, 10, 20, 30, tzinfo=UTC),
        dated_by="feed",
        body="Many **repairs**.",
        version="v2.0",
        author="ada",
        edition="dated 2024-06-08T10:20:30Z",
    )


def test_feed_and_api_give_a_release_the_same_address() -> None:
    by_feed = of_feed(atom("v2.1-rc1", "v2.0", "@acme/tool@1.9"))

    assert [item.link for item in by_feed] == [item.link for item in found(OPTIONS)]
    assert [item.version for item in by_feed] == [item.version for item in found(OPTIONS)]
    assert len(distinct(by_feed)) == 3


def test_a_tag_in_the_feed_has_no_notes() -> None:
    assert of_feed(atom("v2.0", notes="No content."))[0].body == ""


def test_a_release_made_again_is_seen_in_the_feed() -> None:
    assert of_feed(atom("v2.0"))[0].digest != of_feed(atom("v2.0", day=9))[0].digest


def test_the_permit_in_the_address_of_a_picture_is_no_edit() -> None:
    asset = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
    shown = f"&lt;img alt='It' src='https://private-user-images.githubusercontent.com/7/42-{asset}.png?jwt=%s'&gt;"

    one, other = (of_feed(atom("v2.0", notes=shown % permit))[0] for permit in ("abc.d-e", "fgh.i-j"))

    assert one.digest == other.digest
    assert one.body == f"![It](https://github.com/user-attachments/assets/{asset})"


def test_the_feed_of_tags_is_read_where_tags_are_wanted() -> None:
    assert [item.version for item in found(Options(url=PAGE, all_tags=True))] == ["v2.0"]


def test_the_feed_goes_on_behind_its_last_tag() -> None:
    answers = {
        **site(),
        f"{PAGE}/releases.atom?after=%40acme%2Ftool%401.8": answer(f"{PAGE}/releases.atom?after=x", atom("v1.7")),
    }

    items = found(Options(url=PAGE, pages=3), answers)

    assert [item.version for item in items] == ["v2.0", "v1.9", "@acme/tool@1.8", "v1.7"]


def test_a_login_page_in_place_of_the_feed_asks_for_a_token() -> None:
    with pytest.raises(NotUnderstood) as caught:
        of_feed("<!doctype html><html><body><form>Sign in</form></body></html>")

    assert '"token"' in caught.value.hint


# What is recognised


def page(url: str, repository: str = "") -> Response:
    said = f'<meta name="octolytics-dimension-repository_nwo" content="{repository}">' if repository else ""
    return Response(url=url, body=f"<!doctype html><html><head>{said}</head><body><p>A tool.".encode())


@pytest.mark.parametrize(
    ("url", "tags"),
    [
        (PAGE, False),
        (f"{PAGE}/", False),
        (f"{PAGE}.git", False),
        (f"{PAGE}/releases", False),
        (f"{PAGE}/releases/latest", False),
        (f"{PAGE}/releases/tag/v2.0", False),
        (f"{PAGE}/tags", True),
    ],
)
@pytest.mark.parametrize("says", ["", "Acme/Tool"])
def test_a_project_is_recognised_by_its_address(url: str, tags: bool, says: str) -> None:
    assert recognise(page(url, says)) == Options(url=PAGE, all_tags=tags)


def test_dots_belong_to_the_name() -> None:
    url = "https://github.com/acme/tool.js.org"

    assert recognise(page(url)) == Options(url=url)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "acme",
        "explore",
        "orgs/acme",
        "topics/feeds",
        "acme/tool/issues",
        "acme/tool/issues/4",
        "acme/tool/blob/main/README.md",
        "acme/tool/wiki",
        "acme/tool/tags/v1",
        "acme/tool/releases.atom/x",
    ],
)
def test_other_pages_of_the_host_are_not_taken(path: str) -> None:
    assert recognise(page(f"https://github.com/{path}")) is None


def test_a_page_that_speaks_of_another_project_is_not_taken() -> None:
    assert recognise(page("https://github.com/a/b", "acme/tool")) is None


def test_a_server_is_known_by_what_its_page_says() -> None:
    url = "https://git.acme.example/acme/tool"

    assert recognise(page(f"{url}/tags", "acme/tool")) == Options(url=url, all_tags=True)
    assert recognise(page(url)) is None
    assert recognise(page(f"{url}/issues", "acme/tool")) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (API, Options(url=PAGE)),
        (f"{API}/releases", Options(url=PAGE)),
        (f"{API}/tags", Options(url=PAGE, all_tags=True)),
        ("https://git.acme.example/api/v3/repos/a/b/releases", Options(url="https://git.acme.example/a/b")),
        ("https://tool.example/repos/a/b/releases", None),
        (f"{API}/issues", None),
    ],
)
def test_an_answer_of_the_api_leads_to_its_project(url: str, expected: Options | None) -> None:
    assert recognise(answer(url, [])) == expected


def test_adding_the_page_of_a_project_shows_its_releases() -> None:
    proposal = ladder.recognised(page(PAGE), served(site()))

    assert proposal is not None
    assert (proposal.kind, proposal.options) == ("github", {"url": PAGE})
    assert [item.version for item in proposal.items] == ["v2.0", "v1.9", "@acme/tool@1.8"]


def test_a_page_whose_feed_is_not_there_is_left_to_the_other_kinds() -> None:
    assert ladder.recognised(page(PAGE), served({})) is None


def test_a_project_whose_releases_are_none_has_tags_at_most() -> None:
    assert github.otherwise(Options(url=PAGE)) == Options(url=PAGE, all_tags=True)
    assert github.otherwise(Options(url=PAGE, all_tags=True)) is None
