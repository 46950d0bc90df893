"""Where a package is made: the repository that its index links to, and how releases are tagged there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from watcher import urls

# As people write it, as git does, and as scp does: user@host:path.
_WEB = re.compile(r"(?i)(?:scm:git:|git\+)?(https?)://(?:[^/@\s]*@)?([^/?#\s]+)/([^?#\s]+)")
_GIT = re.compile(r"(?i)(?:scm:git:|git\+)?(?:git|ssh)://(?:[\w.-]+@)?([\w.-]+)(?::\d+)?/([^?#\s]+)")
_SCP = re.compile(r"[\w.-]+@([\w.-]+):([^?#\s]+)")
_INSIDE = re.compile(
    r"/(?:-/.*|(?:tree|blob|src|issues|releases|tags|wiki|pulls?|commits?|archive|discussions|raw)(?:/.*)?)$"
)
_TAG = re.compile(r"/(?:releases/tag|-/releases|-/tags|src/tag|tag)/(.+)$")


def repository(links: Iterable[str]) -> str:
    """The first of the links that may lead to a repository, as the address of its front page; "" for none."""
    return next(filter(None, map(_front, links)), "")


def tags(name: str, version: str) -> list[str]:
    """What the release of a version may be tagged with. With the package's name first: where several share a
    repository, a bare v1.2.3 is another's."""
    bare = version.removeprefix("v")
    short = name.rpartition("/")[2]
    before = [*(f"{each}{mark}" for each in dict.fromkeys((name, short)) for mark in "@-/_"), "", "release-"]
    return [f"{each}{v}{bare}" for each in before for v in ("v", "")]


def tag_of(link: str) -> str:
    """The tag that the address of a release's page names, or ""."""
    found = _TAG.search(urlsplit(link).path)
    return unquote(found[1]) if found else ""


def _front(link: str) -> str:
    """https://host/owner/name for that, for git+ssh://git@host/owner/name.git, and for a page inside of it."""
    if found := _WEB.match(link.strip()):
        scheme, host, path = found[1].lower(), found[2], found[3]
    elif found := _GIT.match(link.strip()) or _SCP.match(link.strip()):
        scheme, host, path = "https", found[1], found[2]
    else:
        return ""  # owner/name and the like, which names no host
    inside = _INSIDE.search(f"/{path}")
    front = f"/{path}"[: inside.start()] if inside else f"/{path}"
    parts = front.strip("/").removesuffix(".git").split("/")
    # Groups within groups are told from other pages by the way they are written.
    deep = front.endswith(".git") or bool(inside and inside[0].startswith("/-/"))
    known = all(parts) and (len(parts) == 2 or (deep and len(parts) > 2))
    return urls.absolute("", f"{scheme}://{host}/{'/'.join(parts)}") if known else ""
