"""Pages of packages: where on the same host the index answers in JSON, and where the page of a version is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urljoin, urlsplit

from watcher import urls

_PART = r"[A-Za-z0-9][\w.~-]*"
_SCOPED = rf"(?:@{_PART}/)?{_PART}"
_FILE = re.compile(r"(?i)\.([xs]?html?|php|aspx?|jsp|cfm|pdf|json|xml)$")
_MOST_TAGS = 1000  # that a registry may be asked for at once


@dataclass(frozen=True, slots=True)
class _Shape:
    """The path of a package's page; where it may be asked for, the likeliest first; the page of a version. `plain` is
    a name as PEP 503 writes it, `whole` one without slashes."""

    path: str
    asked: tuple[str, ...]
    version: str


_SHAPES = (
    _Shape(
        rf"/project/(?P<name>{_PART})(?:/[^/]+)?",
        ("/pypi/{name}/json", "/simple/{plain}/"),
        "/project/{name}/{version}/",
    ),
    _Shape(
        rf"/package/(?P<name>{_SCOPED})(?:/v/[^/]+)?",
        ("/{whole}", "//registry.{domain}/{whole}"),
        "/package/{name}/v/{version}",
    ),
    _Shape(
        rf"/-/web/detail/(?P<name>{_SCOPED})(?:/v/[^/]+)?",
        ("/{whole}",),
        "/-/web/detail/{name}/v/{version}",
    ),
    _Shape(rf"/crates/(?P<name>{_PART})(?:/[^/]+)?", ("/api/v1/crates/{name}",), "/crates/{name}/{version}"),
    _Shape(
        rf"/gems/(?P<name>{_PART})(?:/versions(?:/[^/]+)?)?",
        ("/api/v1/versions/{name}.json",),
        "/gems/{name}/versions/{version}",
    ),
    _Shape(
        rf"/packages/(?P<name>{_PART}/{_PART})",
        ("/p2/{name}.json", "/packages/{name}.json"),
        "/packages/{name}#{version}",
    ),
    _Shape(rf"/packages/(?P<name>{_PART})", ("/api/packages/{name}",), "/packages/{name}/{version}"),
    _Shape(
        rf"/r/(?P<name>{_PART}/{_PART})(?:/tags)?",
        ("/v2/repositories/{name}/tags?page_size=100",),
        "/r/{name}/tags?name={version}",
    ),
    _Shape(
        rf"/_/(?P<name>{_PART})(?:/tags)?",
        ("/v2/repositories/library/{name}/tags?page_size=100",),
        "/_/{name}/tags?name={version}",
    ),
)


def addresses(url: str) -> list[str]:
    """Where to ask for the package that `url` is the page of, one or two addresses; for any other address itself."""
    parts = urlsplit(url)
    if (found := _shape(url)) is None:
        # Names of tags come sorted by letters: among the first hundred alone a new one may never stand.
        more = [f"{url}{'&' if parts.query else '?'}n={_MOST_TAGS}"] if _lists_tags(url) else []
        return [*more, url]
    shape, name = found
    host, domain = parts.netloc.lower(), parts.netloc.lower().removeprefix("www.")
    plain, whole = re.sub(r"[-_.]+", "-", name).lower(), name.replace("/", "%2f")
    asked = (each.format(name=name, plain=plain, whole=whole, domain=domain) for each in shape.asked)
    # www. is for people; the registry of that domain is a host of its own.
    return [urljoin(url, each) for each in asked if host != domain or not each.startswith("//")]


def is_page(url: str) -> bool:
    """Whether an address may be a package's page, by its path alone."""
    return _shape(url) is not None


def of_version(page: str, version: str) -> str:
    """The page of a version of the package whose page is given; "" where that is no page of a package."""
    if (found := _shape(page)) is None:
        return ""
    shape, name = found
    return urls.anchored(page, shape.version.format(name=name, version=quote(version, safe="+!~")))


def _shape(url: str) -> tuple[_Shape, str] | None:
    path = unquote(urlsplit(url).path).rstrip("/")
    if _FILE.search(path):
        return None
    return next(((each, found["name"]) for each in _SHAPES if (found := re.fullmatch(each.path, path))), None)


def _lists_tags(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path.endswith("/tags/list") and "n" not in parse_qs(parts.query)
