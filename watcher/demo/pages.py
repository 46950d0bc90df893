"""The pages of the site: the listing, an article, and the frame that stands around both."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from watcher.demo.designs import DESIGNS, PER_PAGE, Page, category_path, time
from watcher.demo.office import LISTING, PressOffice, Release
from watcher.text import slug

CATEGORIES = {slug(name): name for name in ("Announcements", "Readouts", "Statements & Remarks", "Testimonies")}


def listing(office: PressOffice, number: int = 0, *, category: str = "", empty: bool = False) -> str:
    """A page of the releases, counted from 0, of all or of one category. `empty` leaves out every item."""
    found = [] if empty else [r for r in office.releases if category in ("", r.category)]
    page = Page(
        releases=tuple(found[number * PER_PAGE :][:PER_PAGE]),
        number=number,
        last=max(0, len(found) - 1) // PER_PAGE,
        total=len(found),
        path=category_path(category) if category else LISTING,
        today=office.now.date(),
    )
    title = escape(category or "Press Releases")
    main = f'<h2 class="uswds-page-title">{title}</h2>\n{DESIGNS[office.design](page)}'
    return _frame(office, title, main, meter=_meter(office) if office.clock else "")


def article(office: PressOffice, release: Release) -> str:
    """The page of one release. Nothing on it changes unless the office changes something."""
    title = escape(release.title)
    main = _template("article.html").substitute(
        title=title,
        time=time(release.published),
        path=release.path,
        body=release.body.strip(),
        related=_links((r.path, r.title) for r in _related(office, release)),
    )
    return _frame(office, title, main)


def missing(office: PressOffice) -> str:
    """The page for an address that leads nowhere."""
    return _frame(office, "Page not found", '<h2 class="uswds-page-title">Page not found</h2>')


def _related(office: PressOffice, release: Release) -> list[Release]:
    return [r for r in office.releases if r.category == release.category and r != release][:3]


def _frame(office: PressOffice, title: str, main: str, *, meter: str = "") -> str:
    return _template("frame.html").substitute(
        title=title,
        updated=office.changed.isoformat(),
        recent="\n".join(map(_menu_row, office.releases[:3])),
        categories=_links((category_path(name), name) for name in CATEGORIES.values()),
        main=main,
        meter=meter,
    )


def _menu_row(release: Release) -> str:
    link = f'<a href="{release.path}">{escape(release.title)}</a>'
    return f'<div class="mm-news-row">{time(release.published)}<div class="news-title">{link}</div></div>'


def _meter(office: PressOffice) -> str:
    visit = office.visit()
    clock = f'<span class="clock">{visit.now:%A, %B %d, %Y %H:%M:%S} UTC</span>'
    return f'<p class="meter">{clock} <span class="visitors">Visitor {visit.number:,}</span></p>'


def _links(links: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f'<li><a href="{path}">{escape(name)}</a></li>' for path, name in links)


@cache
def _template(name: str) -> Template:
    return Template(files("watcher.demo").joinpath(name).read_text("utf-8"))
