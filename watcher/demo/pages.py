"""The pages of the press office: the listing, an article, and the frame that stands around both."""

from __future__ import annotations

from html import escape

from watcher.demo.designs import DESIGNS, PER_PAGE, Page, category_path, time
from watcher.demo.office import LISTING, PressOffice, Release
from watcher.demo.parts import Shown, counter, links, number_in, template
from watcher.text import slug

CATEGORIES = {slug(name): name for name in ("Announcements", "Readouts", "Statements & Remarks", "Testimonies")}


def page(office: PressOffice, path: str, query: str, *, empty: bool = False) -> Shown:
    """The page at a path without a slash at its end. `empty` leaves every item out of a listing."""
    parent, _, name = path.rpartition("/")
    if path == LISTING or (parent == LISTING and name in CATEGORIES):
        number = number_in(query, first=1 if office.design == "uswds" else 0)
        html = _listing(office, number, category=CATEGORIES.get(name, ""), empty=empty)
        return Shown(html, steady=not office.clock)
    for release in office.releases:
        if release.path == path:
            return Shown(article(office, release))
    return Shown(_missing(office), status=404)


def article(office: PressOffice, release: Release) -> str:
    """The page of one release. Nothing on it changes unless the office changes something."""
    title = escape(release.title)
    main = template("article.html").substitute(
        title=title,
        time=time(release.published),
        path=release.path,
        body=release.body.strip(),
        related=links((r.path, r.title) for r in _related(office, release)),
    )
    return _frame(office, title, main)


def _listing(office: PressOffice, number: int, *, category: str, empty: bool) -> str:
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
    return _frame(office, title, main, meter=counter(office.visit()) if office.clock else "")


def _missing(office: PressOffice) -> str:
    """The page for an address that leads nowhere."""
    return _frame(office, "Page not found", '<h2 class="uswds-page-title">Page not found</h2>')


def _related(office: PressOffice, release: Release) -> list[Release]:
    return [r for r in office.releases if r.category == release.category and r != release][:3]


def _frame(office: PressOffice, title: str, main: str, *, meter: str = "") -> str:
    return template("frame.html").substitute(
        title=title,
        updated=office.changed.isoformat(),
        recent="\n".join(map(_menu_row, office.releases[:3])),
        categories=links((category_path(name), name) for name in CATEGORIES.values()),
        main=main,
        meter=meter,
    )


def _menu_row(release: Release) -> str:
    link = f'<a href="{release.path}">{escape(release.title)}</a>'
    return f'<div class="mm-news-row">{time(release.published)}<div class="news-title">{link}</div></div>'
