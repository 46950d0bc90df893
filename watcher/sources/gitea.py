"""The releases of a project on Gitea or Forgejo, on Codeberg, say, or on any other server; or its tags. The API is
asked, with a token or without: open projects answer to all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from watcher import data, forge, urls
from watcher.fields import Address, Token
from watcher.forge import Project
from watcher.model import Get, Item, Request, Response, Share
from watcher.text import line

# A server may keep all of it below a folder.
_NAMES = r"(?P<root>(?:/[\w.-]+)*?)/(?P<path>[\w.-]+/[\w.-]+?)"
_PAGE = re.compile(rf"{_NAMES}(?:\.git|/releases(?:/.+)?|(?P<tags>/tags))?/?")
_API = re.compile(r"(?P<root>.*)/api/v1/repos/(?P<path>[\w.-]+/[\w.-]+)(?:/releases|(?P<tags>/tags))?/?")
_HOSTS = frozenset(("codeberg.org", "gitea.com"))
_NAME = re.compile(r"\b(?:gitea|forgejo)\b", re.IGNORECASE)
# `window.config`, which every page sets, and the home of the program, to which the foot of every page links.
_CONFIG = re.compile(r"\bappSubUrl:\s*['\"]([^'\"]*)['\"]")
_HOME = re.compile(r"<a\b[^<>]*\bhref=[\"']?https?://(?:about\.)?(?:gitea\.(?:com|io)|forgejo\.org)[/\"' >]")
# First parts of a server's addresses that are no one's name.
_OWN = frozenset(("-", "admin", "api", "assets", "explore", "issues", "org", "pulls", "repo", "user"))


class Options(BaseModel, extra="forbid", frozen=True):
    """What of the project is watched."""

    url: Address = Field(description="the project's page, as https://codeberg.org/OWNER/PROJECT")
    token: Token | None = Field(None, description="an access token that may read the project, by reference")
    all_tags: bool = Field(False, description="watch the tags: for a project that makes no releases")
    pages: int = Field(1, ge=1, le=50, description="read so many pages of releases or tags, mostly 30 each")


def find(options: Options, get: Get) -> Iterable[Item]:
    """The releases, newest first. NothingFound for a project that has none."""
    return _read(options, get, None)


def revisit(options: Options, get: Get, known: Share) -> Iterable[Item]:
    """`find` for one who was here before: further pages are read until a known release is met."""
    return _read(options, get, known)


def recognise(response: Response) -> Options | None:
    """The options for a project's own page, its releases' or its tags', on a server whose pages say that they are
    Gitea's or Forgejo's; or for an answer of the API."""
    parts = urlsplit(response.url)
    if _API.fullmatch(parts.path):
        project = _project(response.url) if data.peek(response) is not None else None
    else:
        project = _project(response.url) if _is_ours(response) else None
        folder = _CONFIG.search(forge.head(response))
        # Without it, the page of an issue would be that of a project in a folder.
        if project and urlsplit(project.root).path != (folder[1].rstrip("/") if folder else ""):
            return None
    if project is None or project.path.partition("/")[0] in _OWN:
        return None
    return Options(url=project.page, all_tags=project.tags)


def otherwise(options: Options) -> Options | None:
    """What to watch of a project that has no releases."""
    return None if options.all_tags else options.model_copy(update={"all_tags": True})


def _is_ours(response: Response) -> bool:
    said, foot = forge.meta(response), response.body.rpartition(b"<footer")[2][:20_000].decode("utf-8", "replace")
    return bool(
        urls.host_of(response.url) in _HOSTS
        or any(_NAME.search(said.get(name, "")) for name in ("generator", "author", "keywords"))
        or _HOME.search(foot)
    )


def _read(options: Options, get: Get, known: Share | None) -> Sequence[Item]:
    project = _project(options.url)
    if project is None:
        raise forge.no_project(options.url, "https://codeberg.org/OWNER/PROJECT")
    front = Request(
        robots="ignore",  # an interface is there for programs
        url=f"{project.root}/api/v1/repos/{project.path}/{'tags' if options.all_tags else 'releases'}",
        headers={"authorization": f"token {options.token.get_secret_value()}"} if options.token else {},
    )
    item = _tag if options.all_tags else _release
    get = forge.asking(get, token=options.token is not None)
    return forge.listed(front, get, lambda said: item(said, project), pages=options.pages, known=known)


def _project(url: str) -> Project | None:
    parts = urlsplit(url)
    match = _API.fullmatch(parts.path) or _PAGE.fullmatch(parts.path)
    if match is None:
        return None
    root = f"{parts.scheme}://{parts.netloc}{match['root']}"
    return Project(root=root, path=match["path"], tags=match["tags"] is not None)


def _link(project: Project, tag: str) -> str:
    # A tag has its page there as well, and stays the same item when it becomes a release.
    return f"{project.page}/releases/tag/{forge.quoted(tag)}"


# The API, which every server explains at /api/swagger


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
        author=line(data.text(said, "author", "full_name") or data.text(said, "author", "login")),
        tags=("pre-release",) if said.get("prerelease") is True else (),
        enclosures=forge.assets(data.objects(said, "assets"), "browser_download_url"),
        edition=f"release {data.text(said, 'id')}, created {data.text(said, 'created_at')}",
    )


def _tag(said: Mapping[str, Any], project: Project) -> Item | None:
    tag, published = line(data.text(said, "name")), data.when(said, "commit", "created")
    if not tag:
        return None
    return forge.made(
        _link(project, tag),
        tag,
        published=published,
        body=forge.message(data.text(said, "message")),
        edition=f"commit {data.text(said, 'commit', 'sha')}",
    )
