"""The pages of the project: its releases in three designs, one release, and the frame around both."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha1
from html import escape
from itertools import pairwise

from watcher.demo.parts import Shown, counter, links, number_in, template
from watcher.demo.project import RELEASES, Design, Project, Version

PER_PAGE = 10
TAGS = RELEASES.replace("/releases", "/tags")
COMPARE = RELEASES.replace("/releases", "/compare")


def page(project: Project, path: str, query: str, *, empty: bool = False) -> Shown:
    """The page at a path without a slash at its end. `empty` leaves every release out of the listing."""
    if path == RELEASES:
        return Shown(_listing(project, number_in(query, first=1), empty=empty), steady=not project.clock)
    for version in project.releases:
        if version.path == path:
            return Shown(_frame(project, version.title, _forge_item(version, project, "")))
    return Shown(_frame(project, "Not found", "<h1>Not found</h1>"), status=404)


def _listing(project: Project, number: int, *, empty: bool) -> str:
    releases = () if empty else project.releases
    main = DESIGNS[project.design](project, releases[number * PER_PAGE :][:PER_PAGE])
    older = f'<a rel="next" href="?page={number + 2}">Next</a>' if len(releases) > (number + 1) * PER_PAGE else ""
    newer = f'<a rel="prev" href="?page={number}">Previous</a>' if number else ""
    pager = f'<div class="paginate" role="navigation" aria-label="Pagination">{newer} {older}</div>'
    return _frame(project, "Releases", f"{main}\n{pager}", counter(project.visit()) if project.clock else "")


def forge(project: Project, versions: Sequence[Version]) -> str:
    """As a code forge does it: tag, commit and author beside a box of notes, and files that have dates of their own."""
    older = dict(pairwise(project.releases))
    boxes = (_forge_item(v, project, older[v].slug if v in older else "") for v in versions)
    return "<h1 class='sr-only'>Releases: lumen/lumen</h1>\n" + "\n".join(boxes)


def _forge_item(version: Version, project: Project, older: str) -> str:
    compare = f'<a href="{COMPARE}/{older}...{version.slug}">Compare with {older}</a>' if older else ""
    return f"""\
<section aria-labelledby="h-{version.slug}"><div class="d-flex">
  <div class="col-2"><relative-time datetime="{_machine(version)}">{version.published:%b %d}</relative-time>
    <a href="/{version.author}"><img src="/avatars/{version.author}.png" alt="@{version.author}">{version.author}</a>
    <a href="/lumen/tree/{version.slug}">{version.slug}</a>
    <a href="/lumen/commit/{_commit(version)}">{_commit(version)[:7]}</a>
    {compare}</div>
  <div class="Box col-10"><div class="Box-body">
    <h2 id="h-{version.slug}" class="f1"><a href="{version.path}" class="Link--primary">{escape(version.title)}</a></h2>
    {_badge(version, project)}
    <div class="markdown-body">{version.notes.strip()}</div>
    <p>Contributors: {" ".join(f'<a href="/{name}">@{name}</a>' for name in _contributors(version))}</p></div>
    <details open><summary>Assets <span class="Counter">3</span></summary><ul>{"".join(_assets(version))}</ul></details>
  </div></div></section>"""


def docs(project: Project, versions: Sequence[Version]) -> str:
    """As documentation does it: headings and text in one column; addresses end in a slash."""
    text = "\n".join(
        f'<h2 id="{version.slug}"><a href={version.path}/>{escape(version.title)}</a> {_badge(version, project)}'
        f'<a class=headerlink href="#{version.slug}" title="Permanent link">¶</a></h2>\n'
        f"<p><em>Released {version.published.day} {version.published:%B %Y}</em></p>\n{version.notes.strip()}"
        for version in versions
    )
    intro = "<h1>Release notes</h1>\n<p>Versions are numbered as SemVer says.</p>"
    return f'<div class="md-content" />\n<article>{intro}\n{text}</article>'


def downloads(project: Project, versions: Sequence[Version]) -> str:
    """As a page of downloads does it: a row for each, with the start of its notes, and its files."""
    rows = "\n".join(
        f'<tr><td><a href="{version.path}">{escape(version.title)}</a> {_badge(version, project)}</td>'
        f"<td>{version.published:%Y-%m-%d}</td><td>{_first_words(version)}</td><td><ul>{''.join(_assets(version))}</ul></td></tr>"
        for version in versions
    )
    head = "<tr><th>Version</th><th>Date</th><th>Notes</th><th>Files</th></tr>"
    return f"<h1>Downloads</h1><table class=releases><thead>{head}</thead><tbody>\n{rows}\n</tbody></table>"


DESIGNS: Mapping[Design, Callable[[Project, Sequence[Version]], str]] = {
    "forge": forge,
    "docs": docs,
    "downloads": downloads,
}


def _frame(project: Project, title: str, main: str, meter: str = "") -> str:
    return template("project.html").substitute(
        title=escape(title),
        main=main,
        meter=meter,
        latest=project.latest.slug,
        latest_path=project.latest.path,
        tags=links((f"{TAGS}/{version.slug}", version.slug) for version in project.releases[:8]),
    )


def _badge(version: Version, project: Project) -> str:
    if version.prerelease:
        return '<span class="Label Label--warning">Pre-release</span>'
    return f'<a href="{RELEASES}/latest"><span class="Label">Latest</span></a>' if version == project.latest else ""


def _assets(version: Version) -> list[str]:
    files = (f"lumen-{version.number}-x86_64.tar.gz", f"lumen-{version.number}.zip", "SHA256SUMS")
    when = f'<relative-time datetime="{_machine(version)}">{version.published:%b %d}</relative-time>'
    return [f'<li><a href="{RELEASES}/download/{version.slug}/{name}">{name}</a> {when}</li>' for name in files]


def _contributors(version: Version) -> list[str]:
    return sorted({version.author, *re.findall(r"(?<=@)[\w-]+", version.notes)})


def _first_words(version: Version) -> str:
    return re.sub(r"<[^>]+>", "", version.notes.partition("</p>")[0]).strip()


def _commit(version: Version) -> str:
    return sha1(version.slug.encode(), usedforsecurity=False).hexdigest()


def _machine(version: Version) -> str:
    return f"{version.published:%Y-%m-%dT%H:%M:%SZ}"
