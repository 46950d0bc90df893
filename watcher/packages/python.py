"""Python packages: the index's JSON (/pypi/NAME/json), the simple API's (PEP 691, PEP 700), and devpi's."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from watcher import data
from watcher.model import When
from watcher.packages.package import Package, Version, earliest, enclosure, named, words

_ARCHIVE = re.compile(r"(?i)\.(whl|egg|zip|tgz|tar\.(?:gz|bz2|xz|z))$")
_TIMES = ("upload_time_iso_8601", "upload_time", "upload-time")
# Labels in project_urls are free: what they usually say, the likeliest to be a repository first.
_LABELS = (r"source|repo|code", r"change|release|issue|bug|track", r"home")


def read(value: Any, url: str) -> Package | None:
    return _index(value, url) or _simple(value, url) or _devpi(value, url)


def _index(value: Any, url: str) -> Package | None:
    name, releases = words(value, "info", "name"), data.at(value, "releases")
    if not name or not isinstance(releases, dict):
        return None
    found = [_version(each, data.objects(releases, each), url) for each in named(releases)]
    # A version without files was announced, or deleted: there is nothing of it to be had.
    versions = [each for each in found if each.files]
    page = words(value, "info", "package_url")
    return Package(name=name, versions=versions, page=page, links=_links(data.at(value, "info")))


def _simple(value: Any, url: str) -> Package | None:
    name, files = words(value, "name"), data.at(value, "files")
    if not (name and words(value, "meta", "api-version") and isinstance(files, list)):
        return None
    of: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for file in data.objects(files):
        if version := _in_name(words(file, "filename"), name):
            of[version].append(file)
    said = data.at(value, "versions")
    bare = [words(each) for each in said if words(each)] if isinstance(said, list) and not of else []
    versions = [_version(each, of[each], url) for each in of] or [Version(name=each) for each in bare]
    return Package(name=name, versions=versions)


def _devpi(value: Any, url: str) -> Package | None:
    """GET USER/INDEX/NAME with Accept: application/json."""
    result = data.at(value, "result")
    if words(value, "type") != "projectconfig" or not isinstance(result, dict):
        return None
    configs: dict[str, Any] = {each: result[each] for each in named(result) if isinstance(result.get(each), dict)}
    versions = [_stored(each, config, url) for each, config in configs.items()]
    about = next(iter(configs.values()), None)
    return Package(name=words(about, "name"), versions=versions, links=_links(about)) if words(about, "name") else None


def _version(name: str, files: list[dict[str, Any]], url: str) -> Version:
    withdrawn = bool(files) and all(each.get("yanked") for each in files)
    reasons = (words(each, "yanked_reason") or words(each, "yanked") for each in files)
    return Version(
        name=name,
        published=earliest(_uploaded(each) for each in files),
        files=tuple(
            file
            for each in files
            for file in enclosure(url, words(each, "url"), each.get("size"), words(each, "filename"))
        ),
        fate="yanked" if withdrawn else "",
        reason=next(filter(None, reasons), "") if withdrawn else "",
    )


def _uploaded(file: dict[str, Any]) -> When | None:
    return next(filter(None, (data.when(file, key) for key in _TIMES)), None)


def _in_name(filename: str, package: str) -> str:
    """The version in the name of a file: NAME-VERSION-TAGS.whl, NAME-VERSION.tar.gz; "" where it has none."""
    archive = _ARCHIVE.search(filename)
    name = "[-_.]+".join(map(re.escape, re.split(r"[-_.]+", package)))
    found = re.match(rf"(?i){name}-(?=\d|v\d)", filename) if archive else None
    if not archive or not found:
        return ""
    rest = filename[found.end() : archive.start()]
    return rest.partition("-")[0] if archive[1].lower() in ("whl", "egg") else rest


def _stored(name: str, config: dict[str, Any], url: str) -> Version:
    links = [each for each in data.objects(config, "+links") if words(each, "rel") == "releasefile"]
    return Version(
        name=name,
        published=earliest(_logged(data.at(each, "log", 0, "when")) for each in links),
        files=tuple(file for each in links for file in enclosure(url, words(each, "href"))),
    )


def _logged(when: Any) -> When | None:
    """Year, month, day, hour, minute, second in UTC."""
    try:
        year, month, day, hour, minute, second = when[:6]
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _links(info: Any) -> tuple[str, ...]:
    labelled = list(_labelled(data.at(info, "project_urls")))
    homes = [words(info, "home_page"), words(info, "url")]
    ranked = (link for rank in _LABELS for label, link in labelled if re.search(rank, label.lower()))
    return tuple(filter(None, [*ranked, *homes]))


def _labelled(found: Any) -> Iterator[tuple[str, str]]:
    """Labels and addresses: a mapping, or texts like "Label, https://…" (core metadata, Project-URL)."""
    if isinstance(found, dict):
        yield from ((str(label), words(found, label)) for label in found)
    for each in found if isinstance(found, list) else ():
        label, _, link = words(each).partition(",")
        yield label, link.strip()
