"""What an address is, by what it answers: the kind, what would be saved of it, and its items, for the addresses that
people paste; and those that only look like one of them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.sources.test_pdf import RATES
from watcher import config, sources
from watcher.detect.ladder import Page, climb, recognised, settled
from watcher.detect.proposal import Proposal
from watcher.errors import BadStatus, CheckError, NothingFound, NotUnderstood
from watcher.match import distinct
from watcher.model import Get, Item, Request, Response

HTML, JSON, TEXT = "text/html; charset=utf-8", "application/json", "text/plain; charset=utf-8"
ATOM, RSS, XML = "application/atom+xml; charset=utf-8", "application/rss+xml", "application/xml"


class Answer(NamedTuple):
    """A body and its media type."""

    body: bytes
    media: str = HTML


class Told(NamedTuple):
    """An item as a preview shows it; `date` is a day, or a time, in ISO 8601."""

    title: str
    link: str
    date: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An address, what its site answers, and what is to come of it; `options` are those beside the address."""

    url: str
    site: Mapping[str, Answer]
    kind: str
    saved: str = ""  # the address that is watched, where that is another
    options: Mapping[str, Any] = field(default_factory=dict)
    items: Sequence[Told]


def answered(url: str, site: Mapping[str, Answer]) -> Response:
    answer = site[url]
    return Response(url=url, headers={"content-type": answer.media}, body=answer.body)


def served(site: Mapping[str, Answer]) -> Get:
    def get(request: Request) -> Response:
        if request.url not in site:
            raise BadStatus(f"404 for {request.url}", status=404)
        return answered(request.url, site)

    return get


def found(url: str, site: Mapping[str, Answer]) -> Proposal:
    """What `watcher add URL` takes."""
    page = Page(answered(url, site))
    return settled(page, climb(page, served(site)), 1)


def told(item: Item) -> Told:
    return Told(item.title, item.link, item.published.isoformat() if item.published else "", item.version)


def page(body: str, head: str = "", body_tag: str = "<body>") -> Answer:
    text = f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">{head}</head>\n{body_tag}{body}</body></html>'
    return Answer(text.encode())


def said(value: object, media: str = JSON) -> Answer:
    return Answer(json.dumps(value).encode(), media)


def text(body: str, media: str = TEXT) -> Answer:
    return Answer(body.encode(), media)


# Forges


def github_page(name: str, more: str = "") -> Answer:
    head = f"""<title>{name}: A tool for tides</title>
    <meta name="route-pattern" content="/:user_id/:repository">
    <meta name="octolytics-dimension-user_login" content="{name.partition("/")[0]}"/>
    <meta name="octolytics-dimension-repository_nwo" content="{name}" />
    <meta name="octolytics-dimension-repository_public" content="true" />
    <meta property="og:site_name" content="GitHub">"""
    files = "".join(
        f'<tr class="react-directory-row"><td><a href="/{name}/blob/main/{file}">{file}</a></td>'
        '<td><relative-time datetime="2024-06-02T10:00:00Z">Jun 2</relative-time></td></tr>'
        for file in ("README.md", "LICENSE", "pyproject.toml", "tool.py")
    )
    return page(
        f"<main><table>{files}</table><article><h1>Tool</h1><p>It tells tides.</p></article></main>{more}", head
    )


def github_feed(root: str, *tags: str, of: str = "releases") -> Answer:
    entries = "".join(
        f"""<entry><id>tag:github.com,2008:Repository/17/{tag}</id><updated>2024-06-0{9 - n}T10:20:30Z</updated>
        <link rel="alternate" type="text/html" href="{root}/releases/tag/{tag}"/><title>{tag}</title>
        <content type="html">&lt;p&gt;Repairs of {tag}.&lt;/p&gt;</content><author><name>ada</name></author>
        <media:thumbnail height="30" width="30" url="https://avatars.example/u/7?s=60&amp;v=4"/></entry>"""
        for n, tag in enumerate(tags)
    )
    return text(
        f"""<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"
        xmlns:media="http://search.yahoo.com/mrss/" xml:lang="en-US"><id>tag:github.com,2008:{root}/{of}</id>
        <link type="text/html" rel="alternate" href="{root}/{of}"/><title>Release notes from tool</title>
        <updated>2024-06-09T10:20:30Z</updated>{entries}</feed>""",
        ATOM,
    )


def of_github(root: str, *tags: str) -> list[Told]:
    return [
        Told(tag, f"{root}/releases/tag/{tag}", f"2024-06-0{9 - n}T10:20:30+00:00", tag) for n, tag in enumerate(tags)
    ]


def gitlab_page(shows: str) -> Answer:
    head = """<meta content="object" property="og:type"><meta content="GitLab" property="og:site_name">
    <meta content="group / sub / tool · GitLab" property="og:title"><title>group / sub / tool · GitLab</title>"""
    body = '<header class="header-logged-out"><a href="/explore">Explore</a></header><h1>tool</h1><div id="js-tree">'
    return page(body, head, f'<body class="gl-light tab-width-8" data-page="{shows}" data-project="tool">')


def gitlab_release(page_url: str, tag: str, day: str) -> dict[str, Any]:
    return {
        "tag_name": tag,
        "description": f"Repairs of {tag}.",
        "name": f"Tool {tag}",
        "created_at": f"{day}T10:00:00.512Z",
        "released_at": f"{day}T10:20:30.000Z",
        "upcoming_release": False,
        "author": {"id": 7, "username": "ada", "name": "Ada Field", "state": "active"},
        "commit": {"id": "0f" * 20, "short_id": "0f0f0f0f", "title": "Release"},
        "assets": {"count": 1, "sources": [{"format": "zip", "url": f"{page_url}/-/archive/{tag}.zip"}], "links": []},
        "_links": {"self": f"{page_url}/-/releases/{tag}"},
    }


def gitlab_releases(page_url: str) -> Answer:
    return said([gitlab_release(page_url, "v2.0", "2024-06-08"), gitlab_release(page_url, "v1.9", "2024-05-01")])


def of_gitlab(page_url: str) -> list[Told]:
    return [
        Told("Tool v2.0", f"{page_url}/-/releases/v2.0", "2024-06-08T10:20:30+00:00", "v2.0"),
        Told("Tool v1.9", f"{page_url}/-/releases/v1.9", "2024-05-01T10:20:30+00:00", "v1.9"),
    ]


def forgejo_page(folder: str = "") -> Answer:
    head = f"""<title>acme/tool: It tells tides - Git of Acme</title><meta name="author" content="acme">
    <meta name="description" content="tool"><meta name="keywords" content="git,forge,forgejo">
    <script>window.config = {{ appUrl: 'https:\\/\\/git.acme.example\\/', appSubUrl: '{folder}',
    assetVersionEncoded: '7.0.4~gitea-1.22.0', runModeIsProd: true, }};</script>"""
    foot = '<footer class="page-footer"><a target="_blank" href="https://forgejo.org">Powered by Forgejo</a></footer>'
    return page(f'<div class="repository file list"><h1>tool</h1></div>{foot}', head)


def forgejo_releases(page_url: str, *tags: str) -> Answer:
    return said(
        [
            {
                "id": 20 - n,
                "tag_name": tag,
                "target_commitish": "main",
                "name": f"Tool {tag}",
                "body": f"Repairs of {tag}.\r\n",
                "html_url": f"{page_url}/releases/tag/{tag}",
                "draft": False,
                "prerelease": "rc" in tag,
                "created_at": f"2024-06-0{9 - n}T12:00:00+02:00",
                "published_at": f"2024-06-0{9 - n}T12:00:00+02:00",
                "author": {"id": 7, "login": "ada", "full_name": "Ada Field"},
                "assets": [],
            }
            for n, tag in enumerate(tags)
        ]
    )


def of_forgejo(page_url: str, *tags: str) -> list[Told]:
    return [
        Told(f"Tool {tag}", f"{page_url}/releases/tag/{tag}", f"2024-06-0{9 - n}T12:00:00+02:00", tag)
        for n, tag in enumerate(tags)
    ]


TOOL, ENTERPRISE = "https://github.com/acme/tool", "https://code.acme.example/acme/tool"
GITLAB, OWN_GITLAB = "https://gitlab.com/group/sub/tool", "https://git.acme.example/group/sub/tool"
CODEBERG, FORGEJO, IN_FOLDER = (
    "https://codeberg.org/acme/tool", "https://forge.acme.example/acme/tool", "https://acme.example/git/acme/tool"
)  # fmt: skip
PROJECT = "api/v4/projects/group%2Fsub%2Ftool/releases"

FORGES = {
    "a project on GitHub": Case(
        url=TOOL,
        site={TOOL: github_page("acme/tool"), f"{TOOL}/releases.atom": github_feed(TOOL, "v2.0", "v1.9")},
        kind="github",
        items=of_github(TOOL, "v2.0", "v1.9"),
    ),
    "its releases": Case(
        url=f"{TOOL}/releases",
        site={f"{TOOL}/releases": github_page("acme/tool"), f"{TOOL}/releases.atom": github_feed(TOOL, "v2.0")},
        kind="github",
        saved=TOOL,
        items=of_github(TOOL, "v2.0"),
    ),
    "its tags": Case(
        url=f"{TOOL}/tags",
        site={f"{TOOL}/tags": github_page("acme/tool"), f"{TOOL}/tags.atom": github_feed(TOOL, "v2.1", of="tags")},
        kind="github",
        saved=TOOL,
        options={"all_tags": True},
        items=of_github(TOOL, "v2.1"),
    ),
    "the address of its releases for programs": Case(
        url="https://api.github.com/repos/acme/tool/releases",
        site={
            "https://api.github.com/repos/acme/tool/releases": said([{"id": 17, "tag_name": "v2.0", "draft": False}]),
            f"{TOOL}/releases.atom": github_feed(TOOL, "v2.0"),
        },
        kind="github",
        saved=TOOL,
        items=of_github(TOOL, "v2.0"),
    ),
    "a project on a GitHub Enterprise server": Case(
        url=ENTERPRISE,
        site={ENTERPRISE: github_page("acme/tool"), f"{ENTERPRISE}/releases.atom": github_feed(ENTERPRISE, "7.1")},
        kind="github",
        items=of_github(ENTERPRISE, "7.1"),
    ),
    "a project on gitlab.com": Case(
        url=GITLAB,
        site={GITLAB: gitlab_page("projects:show"), f"https://gitlab.com/{PROJECT}": gitlab_releases(GITLAB)},
        kind="gitlab",
        items=of_gitlab(GITLAB),
    ),
    "the releases of one on a GitLab of one's own": Case(
        url=f"{OWN_GITLAB}/-/releases",
        site={
            f"{OWN_GITLAB}/-/releases": gitlab_page("projects:releases:index"),
            f"https://git.acme.example/{PROJECT}": gitlab_releases(OWN_GITLAB),
        },
        kind="gitlab",
        saved=OWN_GITLAB,
        items=of_gitlab(OWN_GITLAB),
    ),
    "a project on Codeberg": Case(
        url=CODEBERG,
        site={
            CODEBERG: forgejo_page(),
            "https://codeberg.org/api/v1/repos/acme/tool/releases": forgejo_releases(CODEBERG, "v2.0", "v2.0-rc1"),
        },
        kind="gitea",
        items=of_forgejo(CODEBERG, "v2.0", "v2.0-rc1"),
    ),
    "the releases of one on a Forgejo of one's own": Case(
        url=f"{FORGEJO}/releases",
        site={
            f"{FORGEJO}/releases": forgejo_page(),
            "https://forge.acme.example/api/v1/repos/acme/tool/releases": forgejo_releases(FORGEJO, "v2.0"),
        },
        kind="gitea",
        saved=FORGEJO,
        items=of_forgejo(FORGEJO, "v2.0"),
    ),
    "a project on a Forgejo in a folder": Case(
        url=IN_FOLDER,
        site={
            IN_FOLDER: forgejo_page("/git"),
            "https://acme.example/git/api/v1/repos/acme/tool/releases": forgejo_releases(IN_FOLDER, "v2.0"),
        },
        kind="gitea",
        items=of_forgejo(IN_FOLDER, "v2.0"),
    ),
}


# Files of notes

KEPT = """# Changelog

The form is that of Keep a Changelog.

## [Unreleased]

### Added

- What comes next

## [2.0.0] - 2024-06-08

### Changed

- Tides are told in metres

## [1.9.1] - 2024-05-01

### Fixed

- The moon is where it is

[Unreleased]: https://forge.example/acme/tool/compare/v2.0.0...HEAD
"""
NEWS = """Acme Tool NEWS -- history of user-visible changes.

* Noteworthy changes in release 2.0 (2024-06-08) [stable]

** Bug fixes

  tool no longer crashes at spring tide.

* Noteworthy changes in release 1.9 (2024-05-01) [stable]

** New features

  tool accepts the --moon option.
"""
DEBIAN = """tool (2.0-1) unstable; urgency=medium

  * New upstream release. (Closes: #1001)

 -- Ada Field <ada@acme.example>  Sat, 08 Jun 2024 12:20:30 +0200

tool (1.9-2) unstable; urgency=low

  * debian/control: Depend on the moon.

 -- Ada Field <ada@acme.example>  Wed, 01 May 2024 09:00:00 +0200
"""
RST = """=======
History
=======

2.0 (2024-06-08)
----------------

* Tides are told in ``metres``.

1.9 (2024-05-01)
----------------

* `The moon <https://moon.example>`_ is where it is.
"""
RAW = "https://raw.forge.example/acme/tool/main"


def notes(name: str, body: str, *items: Told, media: str = TEXT) -> Case:
    url = f"{RAW}/{name}"
    return Case(url=url, site={url: text(body, media)}, kind="changelog", items=items)


CHANGELOGS = {
    "a raw CHANGELOG.md": notes(
        "CHANGELOG.md", KEPT, Told("2.0.0", f"{RAW}/CHANGELOG.md", "2024-06-08", "2.0.0"),
        Told("1.9.1", f"{RAW}/CHANGELOG.md", "2024-05-01", "1.9.1"),
    ),
    "GNU's NEWS": notes(
        "NEWS", NEWS, Told("Acme Tool 2.0 [stable]", f"{RAW}/NEWS", "2024-06-08", "2.0"),
        Told("Acme Tool 1.9 [stable]", f"{RAW}/NEWS", "2024-05-01", "1.9"), media="application/octet-stream",
    ),
    "a Debian changelog": notes(
        "debian/changelog", DEBIAN, Told("tool 2.0-1", f"{RAW}/debian/changelog", "2024-06-08T12:20:30+02:00", "2.0-1"),
        Told("tool 1.9-2", f"{RAW}/debian/changelog", "2024-05-01T09:00:00+02:00", "1.9-2"),
    ),
    "a HISTORY.rst": notes(
        "HISTORY.rst", RST, Told("2.0", f"{RAW}/HISTORY.rst", "2024-06-08", "2.0"),
        Told("1.9", f"{RAW}/HISTORY.rst", "2024-05-01", "1.9"),
    ),
}  # fmt: skip


# Indexes of packages

INDEX = "https://index.example"
PACKAGE = page("<h1>tides 2.0</h1><p>It tells tides.</p><a href='#files'>Files</a>", "<title>tides · Index</title>")


def file(version: str, day: str) -> dict[str, Any]:
    return {
        "filename": f"tides-{version}.tar.gz",
        "packagetype": "sdist",
        "size": 4096,
        "upload_time_iso_8601": f"{day}T10:20:30.000000Z",
        "url": f"https://files.index.example/tides-{version}.tar.gz",
        "yanked": False,
        "yanked_reason": None,
    }


PYTHON = said(
    {
        "info": {
            "name": "tides",
            "version": "2.0",
            "package_url": f"{INDEX}/project/tides/",
            "project_urls": {"Documentation": "https://tides.example/"},
        },
        "last_serial": 17,
        "releases": {"1.9": [file("1.9", "2024-05-01")], "2.0": [file("2.0", "2024-06-08")]},
        "urls": [file("2.0", "2024-06-08")],
        "vulnerabilities": [],
    }
)
NPM = said(
    {
        "_id": "@acme/tides",
        "name": "@acme/tides",
        "dist-tags": {"latest": "2.0.0"},
        "versions": {
            number: {"name": "@acme/tides", "version": number, "dist": {"tarball": f"{INDEX}/-/tides-{number}.tgz"}}
            for number in ("1.9.0", "2.0.0")
        },
        "time": {
            "created": "2024-05-01T10:20:30.000Z",
            "modified": "2024-06-08T10:20:31.000Z",
            "1.9.0": "2024-05-01T10:20:30.000Z",
            "2.0.0": "2024-06-08T10:20:30.000Z",
        },
    }
)
CRATE = said(
    {
        "crate": {"id": "tides", "name": "tides", "max_version": "2.0.0", "repository": None, "versions": [2, 1]},
        "versions": [
            {"id": 2, "crate": "tides", "num": "2.0.0", "created_at": "2024-06-08T10:20:30.000000Z", "yanked": False},
            {"id": 1, "crate": "tides", "num": "1.9.0", "created_at": "2024-05-01T10:20:30.000000Z", "yanked": True},
        ],
        "keywords": [],
        "categories": [],
    }
)
GEM = said(
    [
        {"number": "2.0.0", "created_at": "2024-06-08T10:20:30.000Z", "platform": "ruby", "prerelease": False},
        {"number": "1.9.0", "created_at": "2024-05-01T10:20:30.000Z", "platform": "ruby", "prerelease": False},
    ]
)
COMPOSER = said(
    {
        "minified": "composer/2.0",
        "packages": {
            "acme/tides": [
                {
                    "name": "acme/tides",
                    "version": "v2.0.0",
                    "version_normalized": "2.0.0.0",
                    "time": "2024-06-08T10:20:30+00:00",
                    "dist": {"type": "zip", "url": f"{INDEX}/zip/2"},
                },
                {"version": "v1.9.0", "version_normalized": "1.9.0.0", "time": "2024-05-01T10:20:30+00:00"},
            ]
        },
    }
)
HEX = said(
    {
        "name": "tides",
        "html_url": f"{INDEX}/packages/tides",
        "meta": {"links": {}, "licenses": ["MIT"]},
        "releases": [
            {"version": "2.0.0", "inserted_at": "2024-06-08T10:20:30.000000Z", "url": f"{INDEX}/api/2"},
            {"version": "1.9.0", "inserted_at": "2024-05-01T10:20:30.000000Z", "url": f"{INDEX}/api/1"},
        ],
        "retirements": {},
    }
)
HUB = said(
    {
        "count": 2,
        "next": None,
        "previous": None,
        "results": [
            {"name": "2.0.0", "tag_last_pushed": "2024-06-08T10:20:30Z", "digest": "sha256:02", "images": []},
            {"name": "1.9.0", "tag_last_pushed": "2024-05-01T10:20:30Z", "digest": "sha256:01", "images": []},
        ],
    }
)


def package(
    name: str, page_url: str, of_version: str, *, v: str = "", last: str = ".0", time: bool = True
) -> list[Told]:
    """The two versions that each of these answers holds."""
    days = {f"{v}2.0{last}": "2024-06-08T10:20:30+00:00", f"{v}1.9{last}": "2024-05-01T10:20:30+00:00"}
    return [
        Told(f"{name} {number}", f"{page_url}{of_version.format(number)}", day if time else "", number)
        for number, day in days.items()
    ]


def indexed(path: str, json_path: str, answer: Answer, items: Sequence[Told]) -> Case:
    """A package by its page, for which the address of the JSON is derived; by that alone where there is no page."""
    site = {f"{INDEX}{json_path}": answer} | ({f"{INDEX}{path}": PACKAGE} if path != json_path else {})
    return Case(url=f"{INDEX}{path}", site=site, kind="index", items=items)


NUGET, TAGS = "/v3-flatcontainer/tides/index.json", "/v2/acme/tides/tags/list"
PACKAGES = {
    "the page of a Python package": indexed(
        "/project/tides/", "/pypi/tides/json", PYTHON, package("tides", f"{INDEX}/project/tides", "/{}/", last="")
    ),
    "its JSON": indexed(
        "/pypi/tides/json", "/pypi/tides/json", PYTHON, package("tides", f"{INDEX}/project/tides", "/{}/", last="")
    ),
    "the page of an npm package": indexed(
        "/package/@acme/tides", "/@acme%2ftides", NPM, package("@acme/tides", f"{INDEX}/package/@acme/tides", "/v/{}")
    ),
    "its packument": indexed(
        "/@acme/tides", "/@acme/tides", NPM, package("@acme/tides", f"{INDEX}/@acme/tides", "#{}")
    ),
    "the page of a crate": indexed(
        "/crates/tides", "/api/v1/crates/tides", CRATE, package("tides", f"{INDEX}/crates/tides", "/{}")
    ),
    "the page of a gem": indexed(
        "/gems/tides", "/api/v1/versions/tides.json", GEM, package("tides", f"{INDEX}/gems/tides", "/versions/{}")
    ),
    "the page of a Composer package": indexed(
        "/packages/acme/tides", "/p2/acme/tides.json", COMPOSER,
        package("acme/tides", f"{INDEX}/packages/acme/tides", "#{}", v="v"),
    ),
    "the page of a Hex package": indexed(
        "/packages/tides", "/api/packages/tides", HEX, package("tides", f"{INDEX}/packages/tides", "/{}")
    ),
    "the page of an image": indexed(
        "/r/acme/tides", "/v2/repositories/acme/tides/tags?page_size=100", HUB,
        package("acme/tides", f"{INDEX}/r/acme/tides", "/tags?name={}"),
    ),
    "the tags of a registry": Case(
        url=f"{INDEX}{TAGS}",
        site=dict.fromkeys(
            (f"{INDEX}{TAGS}", f"{INDEX}{TAGS}?n=1000"), said({"name": "acme/tides", "tags": ["1.9.0", "2.0.0"]})
        ),
        kind="index",
        items=package("acme/tides", f"{INDEX}{TAGS}", "#{}", time=False),
    ),
    "the versions of a NuGet package": indexed(
        NUGET, NUGET, said({"versions": ["1.9.0", "2.0.0"]}), package("tides", f"{INDEX}{NUGET}", "#{}", time=False)
    ),
}  # fmt: skip


# Sites

SITE = "https://agency.example"
NEWS_PAGE = f"{SITE}/news/"
TITLES = ("Water levels fall again", "New director for the survey", "Report on soil quality")
LINKS = tuple(f"{SITE}/news/{slug}" for slug in ("water-levels", "new-director", "soil-quality"))
DAYS = ("2024-05-20", "2024-05-19", "2024-05-18")
TIMES = tuple(f"{day}T09:30:00+00:00" for day in DAYS)
ON_DAYS = [Told(*each) for each in zip(TITLES, LINKS, DAYS, strict=True)]
AT_TIMES = [Told(*each) for each in zip(TITLES, LINKS, TIMES, strict=True)]
LISTED = "".join(
    f'<article><h2><a href="{link}">{title}</a></h2><time datetime="{day}">{day}</time></article>'
    for title, link, day, _ in ON_DAYS
)
SHELL = "<div id=root></div><script src=/app.js></script>"

ASKED = (
    "per_page=20&_embed=author,wp:term&_fields=id,guid,date,date_gmt,link,title,content,excerpt,type,_links,_embedded"
)
POSTS_AT = f"{SITE}/wp-json/wp/v2/posts"
WORDPRESS_HEAD = f"""<meta name="generator" content="WordPress 6.5.3" />
<link rel="https://api.w.org/" href="{SITE}/wp-json/" /><link rel='stylesheet' href='/wp-content/style.css' />"""
POSTS = said(
    [
        {
            "id": 30 - n,
            "date": f"{day}T11:30:00",
            "date_gmt": f"{day}T09:30:00",
            "guid": {"rendered": f"{SITE}/?p={30 - n}"},
            "slug": link.rpartition("/")[2],
            "type": "post",
            "link": link,
            "title": {"rendered": title},
            "content": {"rendered": "<p>All that there is to say.</p>", "protected": False},
            "excerpt": {"rendered": "<p>All that …</p>", "protected": False},
        }
        for n, (title, link, day, _) in enumerate(ON_DAYS)
    ],
    "application/json; charset=UTF-8",
)

NODES_AT = f"{SITE}/jsonapi/node/news"
NODES = said(
    {
        "jsonapi": {"version": "1.0", "meta": {"links": {"self": {"href": "http://jsonapi.org/format/1.0/"}}}},
        "data": [
            {
                "type": "node--news",
                "id": f"5f0c6b1e-0000-4000-8000-00000000000{n}",
                "links": {"self": {"href": f"{NODES_AT}/{n}"}},
                "attributes": {
                    "drupal_internal__nid": 30 - n,
                    "status": True,
                    "title": title,
                    "created": time,
                    "changed": "2024-06-01T00:00:00+00:00",
                    "path": {"alias": link.removeprefix(SITE), "pid": n, "langcode": "en"},
                    "body": {"value": "<p>All.</p>", "format": "full_html", "processed": "<p>All.</p>", "summary": ""},
                },
                "relationships": {"node_type": {"data": {"type": "node_type--node_type", "id": "1"}}},
            }
            for n, (title, link, time, _) in enumerate(AT_TIMES)
        ],
        "links": {"self": {"href": NODES_AT}},
    },
    "application/vnd.api+json",
)
DRUPAL_HEAD = '<meta name="Generator" content="Drupal 10 (https://www.drupal.org)" />'
TEASERS = "".join(
    f'<article class="node node--type-news node--view-mode-teaser"><h2><a href="{link}">{title}</a></h2></article>'
    for title, link, *_ in ON_DAYS
)

SYSTEMS = {
    "a page that WordPress makes": Case(
        url=NEWS_PAGE,
        site={NEWS_PAGE: page(f"<main>{LISTED}</main>", WORDPRESS_HEAD), POSTS_AT: POSTS, f"{POSTS_AT}?{ASKED}": POSTS},
        kind="wordpress",
        saved=POSTS_AT,
        items=AT_TIMES,
    ),
    "the address of its posts": Case(
        url=f"{POSTS_AT}?categories=7",
        site={f"{POSTS_AT}?categories=7": POSTS, f"{POSTS_AT}?categories=7&{ASKED}": POSTS},
        kind="wordpress",
        items=AT_TIMES,
    ),
    "a page that Drupal makes": Case(
        url=NEWS_PAGE,
        site={
            NEWS_PAGE: page(f'<div class="view-content">{TEASERS}</div>', DRUPAL_HEAD),
            NODES_AT: NODES,
            f"{NODES_AT}?sort=-created&page%5Blimit%5D=20": NODES,
        },
        kind="drupal",
        saved=NODES_AT,
        items=AT_TIMES,
    ),
    "the address of its contents": Case(
        url=NODES_AT,
        site={NODES_AT: NODES, f"{NODES_AT}?sort=-created&page%5Blimit%5D=20": NODES},
        kind="drupal",
        items=AT_TIMES,
    ),
}


# Sitemaps

WORDS = tuple(link.rpartition("/")[2].replace("-", " ").capitalize() for link in LINKS)


def sitemap(places: str, root: str = "urlset", more: str = "") -> bytes:
    schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{schema}"{more}>{places}</{root}>'.encode()


PLACES = sitemap("".join(f"<url><loc>{link}</loc><lastmod>{day}</lastmod></url>" for _, link, day, _ in ON_DAYS))
OF_NEWS = sitemap(
    "".join(
        f"""<url><loc>{link}</loc><news:news><news:publication><news:name>Agency</news:name><news:language>en
        </news:language></news:publication><news:publication_date>{day}</news:publication_date>
        <news:title>{title}</news:title></news:news></url>"""
        for title, link, day, _ in ON_DAYS
    ),
    more=' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"',
)
PARTS = sitemap(
    f"<sitemap><loc>{SITE}/sitemap-news.xml</loc><lastmod>2024-05-20T10:00:00Z</lastmod></sitemap>", "sitemapindex"
)
BY_WORDS = [Told(*each) for each in zip(WORDS, LINKS, DAYS, strict=True)]
SITEMAPS = {
    "a sitemap": Case(
        url=f"{SITE}/sitemap.xml",
        site={f"{SITE}/sitemap.xml": Answer(PLACES, XML)},
        kind="sitemap",
        items=BY_WORDS,
    ),
    "one that is packed": Case(
        url=f"{SITE}/sitemap.xml.gz",
        site={f"{SITE}/sitemap.xml.gz": Answer(gzip.compress(PLACES, mtime=0), "application/gzip")},
        kind="sitemap",
        items=BY_WORDS,
    ),
    "one of sitemaps": Case(
        url=f"{SITE}/sitemap_index.xml",
        site={f"{SITE}/sitemap_index.xml": Answer(PARTS, XML), f"{SITE}/sitemap-news.xml": Answer(PLACES, XML)},
        kind="sitemap",
        items=BY_WORDS,
    ),
    "one of news": Case(
        url=f"{SITE}/news-sitemap.xml",
        site={f"{SITE}/news-sitemap.xml": Answer(OF_NEWS, "text/xml")},
        kind="sitemap",
        items=ON_DAYS,
    ),
    "a robots.txt that names one": Case(
        url=f"{SITE}/robots.txt",
        site={
            f"{SITE}/robots.txt": text(f"User-agent: *\nDisallow: /admin/\n\nSitemap: {SITE}/sitemap.xml\n"),
            f"{SITE}/sitemap.xml": Answer(PLACES, XML),
        },
        kind="sitemap",
        saved=f"{SITE}/sitemap.xml",
        items=BY_WORDS,
    ),
}


# Interfaces and feeds

STORIES = said(
    {
        "status": "ok",
        "meta": {"total": 3, "page": 1},
        "data": {
            "posts": [
                {"id": 30 - n, "title": title, "url": link.removeprefix(SITE), "publishedAt": time, "views": 7 * n}
                for n, (title, link, time, _) in enumerate(AT_TIMES)
            ]
        },
    }
)
VERSIONS = said(
    [
        {"id": 2, "name": "Tide 2.0", "version": "2.0", "released_at": "2024-06-08", "url": f"{SITE}/tide/2.0"},
        {"id": 1, "name": "Tide 1.9", "version": "1.9", "released_at": "2024-05-01", "url": f"{SITE}/tide/1.9"},
    ]
)
ENTRIES = "".join(
    f"""<item><title>{title}</title><link>{link}</link><guid isPermaLink="false">agency-{n}</guid>
    <pubDate>{20 - n} May 2024 09:30:00 +0000</pubDate><description>All.</description></item>"""
    for n, (title, link, *_) in enumerate(ON_DAYS)
)
RSS_FEED = text(
    f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><link>{NEWS_PAGE}</link>'
    f"<description>All news</description>{ENTRIES}</channel></rss>",
    RSS,
)
ATOM_FEED = text(
    f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><id>{NEWS_PAGE}</id><title>News</title>'
    "<updated>2024-05-20T09:30:00Z</updated>"
    + "".join(
        f'<entry><id>tag:agency.example,2024:{n}</id><title>{title}</title><link href="{link}"/>'
        f"<updated>{time}</updated></entry>"
        for n, (title, link, time, _) in enumerate(AT_TIMES)
    )
    + "</feed>",
    "text/xml",
)
JSON_FEED = said(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "News",
        "home_page_url": NEWS_PAGE,
        "items": [
            {"id": str(n), "url": link, "title": title, "date_published": time, "content_text": "All."}
            for n, (title, link, time, _) in enumerate(AT_TIMES)
        ],
    },
    "application/feed+json",
)


def one(kind: str, url: str, answer: Answer, items: Sequence[Told] = AT_TIMES) -> Case:
    """An address that answers itself."""
    return Case(url=url, site={url: answer}, kind=kind, items=items)


ANSWERS = {
    "an interface that answers in JSON": one("json", f"{SITE}/api/posts?limit=3", STORIES),
    "one that lists versions": one(
        "json", f"{SITE}/api/versions", VERSIONS,
        [Told(f"Tide {n}", f"{SITE}/tide/{n}", day, n) for n, day in (("2.0", "2024-06-08"), ("1.9", "2024-05-01"))],
    ),
    "RSS": one("feed", f"{SITE}/news.rss", RSS_FEED),
    "Atom": one("feed", f"{SITE}/feed", ATOM_FEED),
    "JSON Feed": one("feed", f"{SITE}/feed.json", JSON_FEED),
    "a page that offers a feed": Case(
        url=NEWS_PAGE,
        site={
            NEWS_PAGE: page(LISTED, '<link rel="alternate" type="application/rss+xml" title="News" href="/news.rss">'),
            f"{SITE}/news.rss": RSS_FEED,
        },
        kind="feed",
        saved=f"{SITE}/news.rss",
        items=AT_TIMES,
    ),
}  # fmt: skip

LINKED = json.dumps(
    {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": n + 1,
                "item": {"@type": "NewsArticle", "headline": title, "url": link, "datePublished": day},
            }
            for n, (title, link, day, _) in enumerate(ON_DAYS)
        ],
    }
)
LISTS = {
    "a page that lists news": one("list", NEWS_PAGE, page(f"<main>{LISTED}</main>"), ON_DAYS),
    "one that lists them for search engines": one(
        "list", NEWS_PAGE, page(SHELL, f'<script type="application/ld+json">{LINKED}</script>'), ON_DAYS
    ),
}
PDF = {
    "a PDF": one(
        "page",
        f"{SITE}/rates.pdf",
        Answer(RATES, "application/pdf"),
        [Told("Rates of the agency", f"{SITE}/rates.pdf")],
    )
}
CASES = FORGES | CHANGELOGS | PACKAGES | SYSTEMS | SITEMAPS | ANSWERS | LISTS | PDF


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_address_is_known_by_its_answer(case: Case) -> None:
    proposal = found(case.url, case.site)

    assert proposal.kind == case.kind
    assert dict(proposal.options) == ({} if case.kind == "list" else {"url": case.saved or case.url, **case.options})
    assert [told(item) for item in proposal.items] == list(case.items)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_saved_is_a_configuration_that_finds_the_same_items_by_itself(case: Case, tmp_path: Path) -> None:
    table = {"url": case.saved or case.url, "kind": case.kind, **case.options}
    watch = config.load(tmp_path / "watcher.toml", tmp_path, {"watch": {"tool": table}}).watches["tool"]

    items = distinct(sources.load(watch.kind).find(watch.options, served(case.site)))

    assert [told(item) for item in items] == list(case.items)


# What only looks like one of them

OF_GITHUB = """<meta name="octolytics-dimension-repository_nwo" content="acme/tool">
<meta property="og:site_name" content="GitHub">"""
RENDERED = "<article><h1>Tool</h1><p>It tells tides to all who ask, by the hour.</p><h2>2.0</h2><h2>1.9</h2></article>"
SECTIONS = "".join(
    f"<section id=v{n}><h2>{n} <small>2024-06-0{n[0]}</small></h2><ul><li>Tides are told better</li></ul></section>"
    for n in ("4.0", "3.0", "2.0")
)
SIGN_IN = page(
    "<h1>Sign in</h1><form method=post><input name=user><input type=password name=word><button>Go</button></form>"
)
LICENCE = "MIT License\n\nCopyright 2024 Acme\n\nPermission is hereby granted, free of charge, to any person.\n"
MEMO = """Tides over IP

1. Introduction

   This memo tells tides.

1.1. Scope

   All of the sea.

1.2. Terms

   High and low.
"""
README = "# Tool\n\nIt tells tides, for Python 3.11 and 3.12.\n\n## Install\n\n    pip install tool==2.0\n"
ALONE = json.dumps({"@type": "NewsArticle", "headline": TITLES[0], "url": LINKS[0], "datePublished": DAYS[0]})
PACKAGE_JSON = {"name": "tool", "version": "2.0.0", "keywords": ["tides"], "repository": {"url": TOOL}}
OPML = """<?xml version="1.0"?><opml version="2.0"><head><title>Feeds</title></head><body>
<outline text="News" xmlUrl="https://agency.example/news.rss"/></body></opml>"""

SOFT = page("<h1>Not found</h1><p>There is no such page.</p>")
PAGES = {
    "below /project/": {f"{SITE}/project/tides/": page(LISTED)},
    "below /project/ of a site that answers to every address": {
        f"{SITE}/project/tides/": page(LISTED), f"{SITE}/pypi/tides/json": SOFT, f"{SITE}/simple/tides/": SOFT
    },
    "below /packages/": {f"{SITE}/packages/2024": page(LISTED)},
    "at an address for programs": {NODES_AT: page(LISTED), f"{NODES_AT}?sort=-created&page%5Blimit%5D=20": NODES},
    "at an address of posts": {POSTS_AT: page(LISTED), f"{POSTS_AT}?{ASKED}": POSTS},
    "at an address of a sitemap": {f"{SITE}/sitemap.xml": page(LISTED)},
    "at an address of a feed": {f"{SITE}/feed.xml": page(LISTED)},
}  # fmt: skip

ISSUE = page("<h1>Spring tide #4</h1><div class=TimelineItem><h3>ada commented</h3><p>It is late.</p></div>", OF_GITHUB)
PROJECTS = {
    f"{TOOL}/releases.atom": github_feed(TOOL, "v2.0"),
    f"https://gitlab.com/{PROJECT}": gitlab_releases(GITLAB),
    "https://gitlab.com/api/v4/projects/group%2Fsub/releases": gitlab_releases(GITLAB),
    "https://forge.acme.example/api/v1/repos/acme/tool/releases": forgejo_releases(FORGEJO, "v2.0"),
}
BESIDE = {
    "an issue": (f"{TOOL}/issues/4", ISSUE),
    "a list of issues": (f"{TOOL}/issues", ISSUE),
    "a file": (f"{TOOL}/blob/main/README.md", page(RENDERED, OF_GITHUB)),
    "who makes it": ("https://github.com/acme", page(RENDERED)),
    "a subject": ("https://github.com/topics/tides", page(RENDERED)),
    "a group": ("https://gitlab.com/group/sub", gitlab_page("groups:show")),
    "an issue on GitLab": (f"{GITLAB}/-/issues/4", gitlab_page("projects:issues:show")),
    "an issue on Forgejo": (f"{FORGEJO}/issues/4", forgejo_page()),
    "its wiki": (f"{FORGEJO}/wiki", forgejo_page()),
    "a login page in its place": (OWN_GITLAB, SIGN_IN),
}

OTHERS = {
    "a page that is said to be text": (f"{RAW}/CHANGELOG.md", Answer(page(LISTED).body, TEXT), "no list"),
    "a login page for a changelog": (f"{RAW}/CHANGELOG.md", SIGN_IN, "asks for a login"),
    "a licence": (f"{RAW}/LICENSE", text(LICENCE), "this is plain text"),
    "a memo with numbered sections": (f"{RAW}/memo.txt", text(MEMO), "this is plain text"),
    "a README": (f"{RAW}/README.md", text(README), "this is plain text"),
    "a robots.txt that names no sitemap": (f"{SITE}/robots.txt", text("User-agent: *\nDisallow:\n"), "plain text"),
    "an error in JSON": (f"{SITE}/api", said({"message": "Not Found", "status": "404"}), "this is JSON, without"),
    "an error of WordPress": (POSTS_AT, said({"code": "rest_no_route", "message": "No route"}), "this is JSON"),
    "an empty list": (f"{SITE}/api/posts", said([]), "this is JSON, without a list"),
    "a list of numbers": (f"{SITE}/api/levels", said([1.5, 2.5, 3.5]), "this is JSON, without a list"),
    "a package.json": (f"{RAW}/package.json", said(PACKAGE_JSON), "this is JSON, without a list"),
    "an article for search engines": (
        LINKS[0], page(SHELL, f'<script type="application/ld+json">{ALONE}</script>'), "built by a script"
    ),
    "a list of feeds": (f"{SITE}/feeds.opml", text(OPML, "text/x-opml"), "this is XML"),
    "a packed file": (f"{SITE}/tool.tar.gz", Answer(gzip.compress(b"tool"), "application/gzip"), "a packed file"),
}  # fmt: skip


@pytest.mark.parametrize("site", PAGES.values(), ids=PAGES)
def test_a_page_that_lists_news_stays_a_list_wherever_it_is(site: Mapping[str, Answer]) -> None:
    proposal = found(next(iter(site)), site)

    assert (proposal.kind, [told(item) for item in proposal.items]) == ("list", ON_DAYS)


@pytest.mark.parametrize(("url", "answer"), BESIDE.values(), ids=BESIDE)
def test_a_page_beside_a_project_is_not_the_project(url: str, answer: Answer) -> None:
    site = {**PROJECTS, url: answer}

    assert recognised(answered(url, site), served(site)) is None


@pytest.mark.parametrize(("url", "answer", "reason"), OTHERS.values(), ids=OTHERS)
def test_what_is_of_no_kind_is_refused_with_what_to_do(url: str, answer: Answer, reason: str) -> None:
    with pytest.raises(CheckError, match=reason) as caught:
        found(url, {url: answer})

    assert caught.value.hint


def test_json_without_a_list_may_still_be_watched_by_its_paths() -> None:
    with pytest.raises(NotUnderstood) as caught:
        found(f"{SITE}/api", {f"{SITE}/api": said({"status": "ok"})})

    assert "--kind json --with items=" in caught.value.hint


@pytest.mark.parametrize(
    ("url", "answer", "kind"),
    [
        (f"{SITE}/sitemap.xml", Answer(sitemap(""), XML), "sitemap"),
        (f"{SITE}/news.rss", text('<rss version="2.0"><channel><title>News</title></channel></rss>', RSS), "feed"),
    ],
)
def test_what_is_of_a_kind_and_empty_is_refused_as_that(url: str, answer: Answer, kind: str) -> None:
    with pytest.raises(NothingFound, match=f"the {kind} {url} "):
        found(url, {url: answer})


def test_a_page_that_lists_nothing_but_tells_of_versions_is_a_changelog() -> None:
    answer = page(SECTIONS)
    response = Response(url="https://tool.example/changelog", headers={"content-type": answer.media}, body=answer.body)

    (found,) = climb(Page(response))

    assert found.kind == "changelog"
    assert [item.version for item in found.items][:1] == ["4.0"]
