"""add and preview with nothing but an address that is no list: what is saved, and that later looks tell what is new,
once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.cli.conftest import Watcher
from tests.cli.test_add import table
from tests.conftest import Newsroom
from tests.rawserver import RawServer, reply
from tests.sources.test_pdf import written
from tests.test_recognition import (
    KEPT,
    PACKAGE,
    PYTHON,
    Answer,
    file,
    forgejo_page,
    forgejo_releases,
    github_feed,
    github_page,
    gitlab_page,
    gitlab_release,
    said,
    sitemap,
    text,
)

Site = Mapping[str, Answer]  # what the paths of a server answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address that is pasted, what its server answers before and after a release, and what is to come of it."""

    path: str
    before: Callable[[str], Site]  # of the server's own address
    after: Callable[[str], Site]
    kind: str
    saved: str = ""  # the path that is watched, where that is another
    options: Mapping[str, Any] = field(default_factory=dict)  # what else is saved
    known: str  # the title of the newest item at first
    new: str  # and of the one that is released then


def forgejo(*tags: str) -> Callable[[str], Site]:
    return lambda root: {
        "/acme/tool/releases": forgejo_page(),
        "/api/v1/repos/acme/tool/releases": forgejo_releases(f"{root}/acme/tool", *tags),
    }


def without_releases(*tags: str) -> Callable[[str], Site]:
    listed = [
        {"name": tag, "message": "", "commit": {"sha": tag * 9, "created": f"2024-06-0{9 - n}T12:00:00+02:00"}}
        for n, tag in enumerate(tags)
    ]
    return lambda root: {
        "/acme/tool": forgejo_page(),
        "/api/v1/repos/acme/tool/releases": said([]),
        "/api/v1/repos/acme/tool/tags": said(listed),
    }


def enterprise(*tags: str) -> Callable[[str], Site]:
    return lambda root: {
        "/acme/tool": github_page("acme/tool"),
        "/acme/tool/releases.atom": github_feed(f"{root}/acme/tool", *tags),
    }


def gitlab(**days: str) -> Callable[[str], Site]:
    def site(root: str) -> Site:
        page = f"{root}/group/sub/tool"
        releases = [gitlab_release(page, tag, day) for tag, day in days.items()]
        return {
            "/group/sub/tool/-/releases": gitlab_page("projects:releases:index"),
            "/api/v4/projects/group%2Fsub%2Ftool/releases": said(releases),
        }

    return site


def package(*more: str) -> Callable[[str], Site]:
    answer = json.loads(PYTHON.body)
    answer["releases"] |= {version: [file(version, "2024-07-01")] for version in more}
    return lambda _: {"/project/tides/": PACKAGE, "/pypi/tides/json": said(answer)}


def changelog(more: str = "") -> Callable[[str], Site]:
    return lambda _: {"/raw/CHANGELOG.md": text(KEPT.replace("## [2.0.0]", f"{more}## [2.0.0]"))}


def stories(*titles: str) -> Callable[[str], Site]:
    listed = [
        {"id": n, "headline": title, "href": f"/stories/{n}", "publishedAt": f"2024-05-{10 + n}T09:30:00Z"}
        for n, title in enumerate(titles)
    ]
    return lambda _: {"/api/stories?limit=9": said({"total": len(listed), "results": listed[::-1]})}


def addresses(*names: str) -> Callable[[str], Site]:
    def site(root: str) -> Site:
        places = (
            f"<url><loc>{root}/news/{name}</loc><lastmod>2024-05-{10 + n}</lastmod></url>"
            for n, name in enumerate(names)
        )
        return {"/sitemap.xml": Answer(sitemap("".join(places)), "application/xml")}

    return site


PLACES = {
    "the releases of a project on a Forgejo of one's own": Place(
        path="/acme/tool/releases", saved="/acme/tool", kind="gitea",
        before=forgejo("v2.0", "v1.9"), after=forgejo("v2.1", "v2.0", "v1.9"), known="Tool v2.0", new="Tool v2.1",
    ),
    "a project there that makes no releases": Place(
        path="/acme/tool", kind="gitea", options={"all_tags": True},
        before=without_releases("v2.0", "v1.9"), after=without_releases("v2.1", "v2.0", "v1.9"),
        known="v2.0", new="v2.1",
    ),
    "the releases of a project on a GitLab of one's own": Place(
        path="/group/sub/tool/-/releases", saved="/group/sub/tool", kind="gitlab",
        before=gitlab(v2="2024-06-08", v1="2024-05-01"),
        after=gitlab(v3="2024-07-01", v2="2024-06-08", v1="2024-05-01"), known="Tool v2", new="Tool v3",
    ),
    "a project on a GitHub of one's own": Place(
        path="/acme/tool", kind="github",
        before=enterprise("v2.0", "v1.9"), after=enterprise("v2.1", "v2.0", "v1.9"), known="v2.0", new="v2.1",
    ),
    "the page of a package": Place(
        path="/project/tides/", kind="index",
        before=package(), after=package("2.1"), known="tides 2.0", new="tides 2.1",
    ),
    "a changelog": Place(
        path="/raw/CHANGELOG.md", kind="changelog", before=changelog(),
        after=changelog("## [2.1.0] - 2024-07-01\n\n- The wind is told\n\n"), known="2.0.0", new="2.1.0",
    ),
    "an interface that answers in JSON": Place(
        path="/api/stories?limit=9", kind="json", before=stories("Dam opens", "Harbour closes"),
        after=stories("Dam opens", "Harbour closes", "Ferry sinks"), known="Harbour closes", new="Ferry sinks",
    ),
    "a sitemap": Place(
        path="/sitemap.xml", kind="sitemap", before=addresses("dam-opens", "harbour-closes"),
        after=addresses("dam-opens", "harbour-closes", "ferry-sinks"), known="Harbour closes", new="Ferry sinks",
    ),
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer({}) as server:
        yield server


def serve(server: RawServer, site: Callable[[str], Site]) -> None:
    answers = site(server.url("")).items()
    server.scripts = {path: reply(body, content_type=media) for path, (body, media) in answers}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_an_address_is_all_that_is_needed_to_be_told_of_what_is_new_once(
    place: Place, watcher: Watcher, newsroom: Newsroom, server: RawServer
) -> None:
    serve(server, place.before)
    added = watcher("add", server.url(place.path), "--name", "more", "--alert", "me")
    again = watcher("check", "more")

    serve(server, place.after)
    news, silence = watcher("check", "more"), watcher("check", "more")

    watched = {"url": server.url(place.saved or place.path), "kind": place.kind, **place.options, "alerts": ["me"]}
    assert added.code == 0
    assert added.out.startswith(f"Found 2 items (dates: yes), kind {place.kind}: {watched['url']}\n")
    assert added.out.splitlines()[1].endswith(f"  {place.known}")
    assert table(newsroom, "more") == watched
    assert again.out.startswith("more  ok        nothing new")
    assert news.out.startswith("more  1 new")
    assert place.new in news.out.splitlines()[0]
    assert silence.out.startswith("more  ok        nothing new")
    assert len(newsroom.mails) == 1
    assert place.new in newsroom.mails[0]


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_preview_gives_the_items_as_json_and_saves_nothing(
    place: Place, watcher: Watcher, newsroom: Newsroom, server: RawServer
) -> None:
    before = newsroom.home.config.read_text()
    serve(server, place.after)

    ran = watcher("preview", server.url(place.path), "--json")

    assert ran.code == 0
    assert [item["title"] for item in ran.document][:2] == [place.new, place.known]
    assert all(item["link"].startswith(server.url("/")) and item["date"] for item in ran.document[:2])
    assert newsroom.home.config.read_text() == before


def test_a_pdf_is_watched_by_its_text(watcher: Watcher, newsroom: Newsroom, server: RawServer) -> None:
    rates = reply(written(["Key rates", "Deposit 2.00"], title="Rates"), content_type="application/pdf")
    server.scripts["/rates.pdf"] = rates

    ran = watcher("add", server.url("/rates.pdf"), "--name", "more")

    assert ran.out.startswith("Found a text of 2 lines.\n      Key rates\n      Deposit 2.00\n")
    assert table(newsroom, "more") == {"url": server.url("/rates.pdf"), "kind": "page"}


def test_a_kind_that_is_named_is_not_guessed_at(watcher: Watcher, newsroom: Newsroom, server: RawServer) -> None:
    serve(server, changelog())

    ran = watcher("add", server.url("/raw/CHANGELOG.md"), "--name", "more", "--kind", "page")

    assert ran.out.startswith("Found a text of ")
    assert table(newsroom, "more") == {"url": server.url("/raw/CHANGELOG.md"), "kind": "page"}
