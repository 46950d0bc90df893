"""The releases of a project on GitHub, or on a GitHub Enterprise server; its tags where it makes no releases. With a
token the API is asked, which knows the files of a release and what is a pre-release. Without one the project's Atom
feed is read: the API would answer no more than 60 questions an hour then, to all programs of a network together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, Field

from watcher import data, forge, times, urls
from watcher.errors import NotUnderstood
from watcher.fields import Address, Token
from watcher.forge import Project
from watcher.model import Get, Item, Request, Response, Share
from watcher.paging import collect
from watcher.sources import feed
from watcher.text import line

_NAMES = r"/(?P<path>[\w-]+/[\w.-]+?)"
_PAGE = re.compile(rf"{_NAMES}(?:\.git|/releases(?:/latest|/tag/.+)?|(?P<tags>/tags))?/?", re.ASCII)
_API = re.compile(rf"(?P<v3>/api/v3)?/repos{_NAMES}(?:/releases|(?P<tags>/tags))?/?", re.ASCII)
_TAG = "/releases/tag/"
# First parts of github.com's addresses that are no one's name.
_OWN = frozenset(
    re.findall(
        r"\S+",
        "about apps collections contact customer-stories enterprise events explore features gist issues login"
        " marketplace mobile notifications organizations orgs pricing pulls readme repos resources search security"
        " sessions settings site solutions sponsors stars team topics trending users",
    )
)
# Pictures of notes: their addresses here hold a permit that lasts minutes, and would be an edit at each look.
_PICTURE = re.compile(r"https://private-user-images\.githubusercontent\.com/\d+/\d+-([\w-]{36})[^\s)>]*")


class Options(BaseModel, extra="forbid", frozen=True):
    """What of the project is watched."""

    url: Address = Field(description="the project's page, as https://github.com/OWNER/PROJECT")
    token: Token | None = Field(
        None,
        description="an access token, by reference; with it the API is asked, for private projects too, and files and"
        " pre-releases are known",
    )
    all_tags: bool = Field(False, description="watch all tags in place of releases")
    pages: int = Field(1, ge=1, le=50, description="read so many pages: 30 releases or 100 tags each, by feed 10")


def find(options: Options, get: Get) -> Iterable[Item]:
    """The releases, newest first. Without a token, and where there are none, its tags: the feed shows both."""
    return _read(options, get, None)


def revisit(options: Options, get: Get, known: Share) -> Iterable[Item]:
    """`find` for one who was here before: further pages are read until a known release is met."""
    return _read(options, get, known)


def recognise(response: Response) -> Options | None:
    """The options for a project's own page, its releases' or its tags', on github.com or on a server whose pages say
    that they are GitHub's; or for an answer of the API."""
    project = _project(response.url)
    if project is None:
        return None
    if _of_api(response.url):
        answers = data.peek(response) is not None
        return Options(url=project.page, all_tags=project.tags) if answers else None
    repository = forge.meta(response).get("octolytics-dimension-repository_nwo", "")
    ours = urls.host_of(response.url) == "github.com" and project.path.partition("/")[0] not in _OWN
    if repository.lower() == project.path.lower() or (ours and not repository):
        return Options(url=project.page, all_tags=project.tags)
    return None


def otherwise(options: Options) -> Options | None:
    """What to watch of a project that has no releases."""
    return None if options.all_tags else options.model_copy(update={"all_tags": True})


def _read(options: Options, get: Get, known: Share | None) -> Sequence[Item]:
    project = _project(options.url)
    if project is None:
        raise forge.no_project(options.url, "https://github.com/OWNER/PROJECT")
    get = forge.asking(get, token=options.token is not None)
    if options.token is None:
        return _by_feed(project, options, get, known)
    what = "tags?per_page=100" if options.all_tags else "releases"
    front = Request(
        robots="ignore",  # an interface is there for programs
        url=f"{_api(project.root)}/repos/{project.path}/{what}",
        headers={
            "accept": "application/vnd.github+json",
            "authorization": f"Bearer {options.token.get_secret_value()}",
        },
    )
    item = _tag if options.all_tags else _release
    return forge.listed(front, get, lambda said: item(said, project), pages=options.pages, known=known)


def _project(url: str) -> Project | None:
    parts, api = urlsplit(url), _of_api(url)
    match = api or _PAGE.fullmatch(parts.path)
    if match is None:
        return None
    host = urls.host_of(url)
    root = f"{parts.scheme}://{host.removeprefix('api.') if api and not api['v3'] else host}"
    return Project(root=root, path=match["path"], tags=match["tags"] is not None)


def _of_api(url: str) -> re.Match[str] | None:
    match = _API.fullmatch(urlsplit(url).path)
    # GitHub's own have it on a host of its own, servers in a folder.
    return match if match and bool(match["v3"]) != urls.host_of(url).startswith("api.") else None


def _api(root: str) -> str:
    host = urls.host_of(root)
    return f"https://api.{host}" if host == "github.com" or host.endswith(".ghe.com") else f"{root}/api/v3"


def _link(project: Project, tag: str) -> str:
    # Made, and not taken from the answer: it stays the same when a project is renamed, and its tag becomes a release.
    return f"{project.page}{_TAG}{forge.quoted(tag)}"


# The API, https://docs.github.com/rest/releases/releases


def _release(said: Mapping[str, Any], project: Project) -> Item | None:
    tag = line(data.text(said, "tag_name"))
    if not tag or said.get("draft"):
        return None
    published = data.when(said, "published_at") or data.when(said, "created_at")
    return forge.made(
        _link(project, tag),
        tag,
        title=data.text(said, "name"),
        published=published,
        body=forge.notes(data.text(said, "body")),
        author=line(data.text(said, "author", "login")),
        tags=("pre-release",) if said.get("prerelease") is True else (),
        enclosures=forge.assets(data.objects(said, "assets"), "browser_download_url"),
        edition=f"release {data.text(said, 'id')}, published {data.text(said, 'published_at')}",
    )


def _tag(said: Mapping[str, Any], project: Project) -> Item | None:
    tag, commit = line(data.text(said, "name")), data.text(said, "commit", "sha")
    return forge.made(_link(project, tag), tag, edition=f"commit {commit}") if tag else None


# The feed


def _by_feed(project: Project, options: Options, get: Get, known: Share | None) -> Sequence[Item]:
    address = f"{project.page}/{'tags' if options.all_tags else 'releases'}.atom"
    last = ""

    def read(response: Response) -> Sequence[Item]:
        nonlocal last
        items = _entries(response, project)
        last = items[-1].version
        return items

    def onward(_: Response) -> str:
        return f"{address}?after={forge.quoted(last, but='')}"

    return collect(Request(url=address, robots="ignore"), get, read, onward, pages=options.pages, known=known)


def _entries(response: Response, project: Project) -> Sequence[Item]:
    try:
        found = feed.find(feed.Options(url=response.url), lambda _: response)
    except NotUnderstood as error:
        error.hint = 'a server that wants a login shows its page in place of the feed: give a "token"'
        raise
    items = [_entry(each, project) for each in found if _TAG in each.link]
    if not items:
        raise NotUnderstood(f"{response.url} is a feed of other things than releases")
    return items


def _entry(found: Item, project: Project) -> Item:
    tag = line(unquote(found.link.partition(_TAG)[2]))
    body = _PICTURE.sub(rf"{project.root}/user-attachments/assets/\1", found.body)
    return replace(
        found,
        link=_link(project, tag),
        body="" if body == "No content." else body,
        summary="",
        key="",
        version=tag,
        enclosures=(),  # the feed has the author's picture, not the files
        edition=f"dated {times.rfc3339(times.moment(found.published, UTC))}" if found.published else "",
    )
