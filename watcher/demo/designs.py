"""The listing's four designs: the same releases in four kinds of markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html import escape, unescape

from watcher.demo.office import LISTING, Design, Release
from watcher.model import When
from watcher.text import line, shorten, slug
from watcher.times import day

PER_PAGE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a listing. `number` counts from 0; `path` is the listing's, without a slash at its end."""

    releases: tuple[Release, ...]
    number: int
    last: int
    total: int
    path: str
    today: date


def drupal(page: Page) -> str:
    """Until 2026. In each item the category's link stands before the release's."""
    return f"""\
<div class="featured-stories content--2col">
  <div class="content--2col__body">
{"".join(map(_drupal_item, page.releases))}  </div>
{_pager(page)}
</div>"""


def _drupal_item(release: Release) -> str:
    return f"""\
    <div>
      <span class="date-format">{time(release.published)}</span>
      <span class="subcategory">{_category(release)}</span>
      <h3 class="featured-stories__headline">{_link(release)}</h3>
    </div>
"""


def uswds(page: Page) -> str:
    """Since 2026: "self-closed" (HTML ignores that), attributes without quotes, addresses that end in a slash."""
    others = (number for number in range(page.last + 1) if number != page.number)
    links = " ".join(f"<a href={page.path}/?page={number + 1}>{number + 1}</a>" for number in others)
    return f"""\
<div class="featured-stories content--2col">
  <div class=content--2col__body data-news-list data-news-manifest=/news-data/press-releases/manifest.json
       data-news-page-size="{PER_PAGE}" data-news-total="{page.total}" />
{"".join(map(_uswds_item, page.releases))}    <nav class=pager data-news-pager>{links}</nav>
  </div>
</div>"""


def _uswds_item(release: Release) -> str:
    when = time(release.published).replace('"', "")
    return f"""\
    <div><span class=date-format>{when}</span>
      <span>&nbsp;&nbsp;&nbsp;<span class=subcategory>{_category(release)}</span></span>
      <h3 class=featured-stories__headline><a href={release.path}/>{escape(release.title)}</a></h3></div>
"""


def cards(page: Page) -> str:
    """A grid. What a reader sees of a date is relative to today; there is a summary, and no category."""
    newer = f'<a href="{page.path}?page={page.number - 1}" rel="prev">Newer</a>' if page.number else ""
    older = f'<a href="{page.path}?page={page.number + 1}" rel="next">Older</a>' if page.number < page.last else ""
    return f"""\
<div class="news-grid">
{"".join(_card(release, page.today) for release in page.releases)}</div>
<nav class="pages">{newer} {older}</nav>"""


def _card(release: Release, today: date) -> str:
    text = line(unescape(re.sub(r"<[^>]+>", " ", release.body)))
    return f"""\
  <article class="card">
    <h2>{_link(release)}</h2>
    <p class="summary">{escape(shorten(text, 160))}</p>
    <time datetime="{_machine(release.published)}">{_ago((today - day(release.published)).days)}</time>
  </article>
"""


def table(page: Page) -> str:
    """Rows. A date is plain text, and the category's link stands after the release's."""
    return f"""\
<table class="views-table">
  <thead><tr><th>Date</th><th>Title</th><th>Category</th></tr></thead>
  <tbody>
{"".join(map(_table_row, page.releases))}  </tbody>
</table>
{_pager(page)}"""


def _table_row(release: Release) -> str:
    cells = _shown(release.published), _link(release), _category(release)
    return f"    <tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n"


DESIGNS: Mapping[Design, Callable[[Page], str]] = {
    "drupal": drupal,
    "uswds": uswds,
    "cards": cards,
    "table": table,
}


def time(when: When) -> str:
    """A date as Drupal writes it: a day is noon of that day, beside a text that shows only the day."""
    return f'<time datetime="{_machine(when)}" class="datetime">{_shown(when)}</time>'


def category_path(category: str) -> str:
    """Where the releases of one category are listed: an address like a release's own."""
    return f"{LISTING}/{slug(category)}"


def _machine(when: When) -> str:
    return when.isoformat(timespec="seconds") if isinstance(when, datetime) else f"{when}T12:00:00Z"


def _shown(when: When) -> str:
    clock = f", {when.hour % 12 or 12}:{when:%M %p}" if isinstance(when, datetime) else ""
    return f"{when:%B} {when.day}, {when.year}{clock}"


def _ago(days: int) -> str:
    return "Today" if days <= 0 else "Yesterday" if days == 1 else f"{days} days ago"


def _link(release: Release) -> str:
    return f'<a href="{release.path}" hreflang="en">{escape(release.title)}</a>'


def _category(release: Release) -> str:
    return f'<a href="{category_path(release.category)}">{escape(release.category)}</a>'


def _pager(page: Page) -> str:
    classes = {page.number: " is-active"}
    items = [
        f'<li class="pager__item{classes.get(number, "")}"><a href="?page={number}">{number + 1}</a></li>'
        for number in range(page.last + 1)
    ]
    if page.number < page.last:
        link = f'<a href="?page={page.number + 1}" rel="next">Next page ››</a>'
        items.append(f'<li class="pager__item pager__item--next">{link}</li>')
    return f"""\
  <nav class="pager" aria-label="Pagination">
    <ul class="pager__items">{"".join(items)}</ul>
  </nav>"""
