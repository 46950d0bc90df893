"""The releases of a project on GitLab, on gitlab.com or any other server; or its tags. The API is asked, with a token
or without: open projects answer to all. A release that is announced for a later day is told when that day has come."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from pydantic import BaseModel, Field

from watcher import data, forge, urls
from watcher.fields import Address, Token
from watcher.forge import Project
from watcher.model import Get, Item, Request, Response, Share
from watcher.text import line

_PATH = r"(?P<path>(?:(?!-/)[\w.-]+/)+(?!-(?:/|\Z))[\w.-]+?)"
_PAGE = re.compile(rf"/{_PATH}(?:\.git|/-/(?:releases|(?P<tags>tags))(?:/.*)?)?/?")
_API = re.compile(r"/api/v4/projects/(?P<path>[^/]+)(?:/releases|(?P<tags>/repository/tags))?/?")
_BODY = re.compile(r"<body\b[^<>]*?\sdata-page=[\"']([\w:]+)[\"']")
_PROJECTS = ("projects:show", *(f"projects:{what}:{how}" for what in ("releases", "tags") for how in ("index", "show")))
# First parts of a server's addresses that are no one's name.
_OWN = frozenset(("admin", "api", "dashboard", "explore", "groups", "help", "oauth", "search", "users"))


class Options(BaseModel, extra="forbid", frozen=True):
    """What of the project is watched."""

    url: Address = Field(description="the project's page, as https://gitlab.com/GROUP/PROJECT")
    token: Token | None = Field(None, description="an access token that may read the API, by reference")
    all_tags: bool = Field(False, description="watch the tags: for a project that makes no releases")
    pages: int = Field(1, ge=1, le=50, description="read so many pages of 20 releases or tags")


def find(options: Options, get: Get) -> Iterable[Item]:
    """The releases, newest first. NothingFound for a project that has none."""
    return _read(options, get, None)


def revisit(options: Options, get: Get, known: Share) -> Iterable[Item]:
    """`find` for one who was here before: further pages are read until a known release is met."""
    return _read(options, get, known)


def recognise(response: Response) -> Options | None:
    """The options for a project's own page, its releases' or its tags', on gitlab.com or on a server whose pages say
    that they are GitLab's; or for an answer of the API."""
    if (said := data.peek(response)) is not None:
        return _of_api(response.url, said)
    project = _project(response.url)
    if project is None or project.path.partition("/")[0] in _OWN:
        return None
    ours = urls.host_of(response.url) == "gitlab.com" or forge.meta(response).get("og:site_name") == "GitLab"
    page = _BODY.search(forge.head(response)) if ours else None
    # Groups have addresses as projects have; old servers had a project's issues at such as well.
    if not ours or (page and page[1] not in _PROJECTS):
        return None
    return Options(url=project.page, all_tags=project.tags)


def otherwise(options: Options) -> Options | None:
    """What to watch of a project that has no releases."""
    return None if options.all_tags else options.model_copy(update={"all_tags": True})


def _read(options: Options, get: Get, known: Share | None) -> Sequence[Item]:
    project = _project(options.url)
    if project is None:
        raise forge.no_project(options.url, "https://gitlab.com/GROUP/PROJECT")
    what = "repository/tags" if options.all_tags else "releases"
    front = Request(
        robots="ignore",  # an interface is there for programs
        url=f"{project.root}/api/v4/projects/{quote(project.path, safe='')}/{what}",
        headers={"private-token": options.token.get_secret_value()} if options.token else {},
    )
    item = _tag if options.all_tags else _release
    get = forge.asking(get, token=options.token is not None)
    return forge.listed(front, get, lambda said: item(said, project), pages=options.pages, known=known)


def _project(url: str) -> Project | None:
    parts = urlsplit(url)
    match = _API.fullmatch(parts.path) or _PAGE.fullmatch(parts.path)
    path = unquote(match["path"]) if match else ""
    # The API takes a number for a path as well.
    if match is None or "/" not in path:
        return None
    return Project(root=f"{parts.scheme}://{parts.netloc}", path=path, tags=match["tags"] is not None)


def _of_api(url: str, said: Any) -> Options | None:
    match = _API.fullmatch(urlsplit(url).path)
    if match is None:
        return None
    project = _project(url) or _project(_named(said))
    return Options(url=project.page, all_tags=match["tags"] is not None) if project else None


def _named(said: Any) -> str:
    """The address of the project that an answer is about, as it says it."""
    found = (
        data.text(said, "web_url") or data.text(said, 0, "_links", "self") or data.text(said, 0, "commit", "web_url")
    )
    return found.partition("/-/")[0]


# The API, https://docs.gitlab.com/api/releases and https://docs.gitlab.com/api/tags


def _release(said: Mapping[str, Any], project: Project) -> Item | None:
    tag = line(data.text(said, "tag_name"))
    if not tag or said.get("upcoming_release") is True:
        return None
    published = data.when(said, "released_at") or data.when(said, "created_at")
    return forge.made(
        f"{project.page}/-/releases/{forge.quoted(tag, but='')}",
        tag,
        title=data.text(said, "name"),
        published=published,
        body=_notes(data.text(said, "description"), project),
        author=line(data.text(said, "author", "name")),
        enclosures=forge.assets(data.objects(said, "assets", "links"), "direct_asset_url", "url"),
        edition=f"created {data.text(said, 'created_at')}",
    )


def _notes(markdown: str, project: Project) -> str:
    # Uploads are written as seen from the project, though they begin with a slash.
    return forge.notes(markdown).replace("](/uploads/", f"]({project.page}/uploads/")


def _tag(said: Mapping[str, Any], project: Project) -> Item | None:
    tag = line(data.text(said, "name"))
    if not tag:
        return None
    published = data.when(said, "created_at") or data.when(said, "commit", "committed_date")
    return forge.made(
        f"{project.page}/-/tags/{forge.quoted(tag)}",
        tag,
        published=published,
        body=forge.message(data.text(said, "message")),
        edition=f"commit {data.text(said, 'commit', 'id')}",
    )
