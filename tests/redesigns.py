"""An agency's news page: one list in the markups of `tests.markups`, in three frames, with ten ways to write an
address.

agency = Agency()
with agency:
    agency.design = Design("cards", "https")
    agency.url, agency.publish(NEWS), agency.edit("slug", "Other title")

MARKUPS[design.markup] has selectors as well, for a watch that is told where its items are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain, count
from typing import NamedTuple, Self, TypeAlias

from tests.markups import MARKUPS, Entry, Href
from tests.rawserver import RawServer, reply
from watcher.text import slug

PER_PAGE = 10


class Design(NamedTuple):
    """The names of a markup, of a way to write addresses, and of a frame."""

    markup: str
    links: str = "root"
    frame: str = "plain"


class Agency:
    """The news page on a server of its own, newest first, ten on a page, while it is entered. No two copies of it are
    the same: it counts its visitors."""

    def __init__(self) -> None:
        self.design = Design("ul")
        self.entries: list[Entry] = list(ENTRIES)
        self._server = RawServer({})
        self._visits = count(48_210)

    def __enter__(self) -> Self:
        self._server.scripts["/news"] = lambda _: reply(self._page(0))
        self._server.scripts["/news?page=2"] = lambda _: reply(self._page(1))
        self._server.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.__exit__(*exc)

    @property
    def url(self) -> str:
        return f"http://{self.host}/news"

    @property
    def host(self) -> str:
        """A name, so that there can be a `www.` before it."""
        return f"localhost:{self._server.port}"

    @property
    def listed(self) -> list[str]:
        """The slugs of the first page."""
        return [entry.slug for entry in self.entries[:PER_PAGE]]

    def publish(self, entry: Entry) -> None:
        self.entries.insert(0, entry)

    def edit(self, slug: str, title: str) -> None:
        self.entries = [replace(entry, title=title) if entry.slug == slug else entry for entry in self.entries]

    def _page(self, number: int) -> bytes:
        visitors = f"<p>Visitor {next(self._visits):,}</p></body>".encode()
        return page(self.entries, self.design, self.host, number).replace(b"</body>", visitors)


def page(entries: Sequence[Entry], design: Design, host: str, number: int = 0) -> bytes:
    """A whole page of the list, counted from 0."""

    def href(entry: Entry) -> str:
        return LINKS[design.links].format(host=host, slug=entry.slug)

    main = MARKUPS[design.markup].render(entries[number * PER_PAGE :][:PER_PAGE], href)
    return FRAMES[design.frame](main, entries, href).encode()


# --- how an address is written

LINKS: Mapping[str, str] = {
    "root": "/news/{slug}",
    "slash": "/news/{slug}/",
    "relative": "news/{slug}",
    "dotted": "./news/{slug}/",
    "http": "http://{host}/news/{slug}",
    "https": "https://{host}/news/{slug}/",
    "www": "https://www.{host}/news/{slug}",
    "schemeless": "//{host}/news/{slug}",
    "moved": "/newsroom/2026/{slug}.html",  # the one that is another address
    "tracked": "/news/{slug}?utm_source=newsroom&amp;utm_medium=list",
}


# --- what stands around the list


def _plain(main: str, entries: Sequence[Entry], href: Href) -> str:
    """Numbered boxes, as it was done by hand: the menu and the latest five at the left, a numbered pager."""
    recent = "\n".join(f"<li>{e.link(href)}</li>" for e in entries[:5])
    topics = "\n".join(f"<li>{tag}</li>" for tag in dict.fromkeys(e.tag for e in entries))
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>News - Harbour Agency</title></head>
<body><div id="top"><a href="/"><img src="/logo.gif" alt="Harbour Agency"></a>
<form action="/search"><input name="q"><button>Search</button></form></div>
<div id="left"><ul id="menu"><li><a href="/about">About us</a></li><li><a href="/news">News</a></li>
<li><a href="/ships">Ships and berths</a></li>
<li><a href="/fees">Fees</a></li><li><a href="/contact">Contact</a></li></ul>
<h4>Recent news</h4><ul>{recent}</ul><h4>Topics</h4><ul>{topics}</ul></div>
<div id="content"><h1>News</h1><p>What the agency announces. Press line: 020 7946 0142.</p>
{main}
<p class="pager"><b>1</b> <a href="?page=2">2</a> <a href="?page=2">Next</a></p></div>
<div id="foot"><a href="/imprint">Imprint</a> | <a href="/privacy">Privacy</a> | Last updated by the webmaster</div>
</body></html>"""


def _mega(main: str, entries: Sequence[Entry], href: Href) -> str:
    """Elements that say what they are. The menu repeats three items with their dates, the side column four others."""
    rows = "\n".join(
        f'<div class="menu-row"><time datetime="{e.day}">{e.short}</time><div>{e.link(href)}</div></div>'
        for e in entries[:3]
    )
    read = "\n".join(
        f'<li><a href="{href(e)}"><span>{e.html}</span></a><time datetime="{e.day}">{e.short}</time></li>'
        for e in chain(entries[6:8], entries[1:3])
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Newsroom | Harbour Agency</title></head>
<body><a href="#main">Skip to content</a>
<header><a href="/">Harbour Agency</a><nav aria-label="Main"><ul><li><a href="/ships">Ships</a>
<ul><li><a href="/ships/berths">Berths</a></li>
<li><a href="/ships/pilots">Pilots</a></li>
<li><a href="/ships/tides">Tides</a></li></ul></li>
<li><a href="/news">Newsroom</a><div class="panel">{rows}</div></li>
<li><a href="/careers">Careers</a></li></ul></nav></header>
<nav aria-label="Breadcrumb"><ol><li><a href="/">Home</a></li><li>Newsroom</li></ol></nav>
<main id="main"><h1>Newsroom</h1>
{main}
<nav aria-label="Pagination"><a href="/news?page=2" rel="next">Older</a></nav></main>
<aside><h2>Most read</h2><ol>{read}</ol>
<h2>Stay informed</h2><form action="/subscribe"><input type="email"></form></aside>
<footer><div><h3>Agency</h3><ul><li><a href="/about">About</a></li>
<li><a href="/board">Board</a></li><li><a href="/reports">Annual reports</a></li></ul></div>
<div><h3>Follow</h3><ul><li><a href="https://social.example/harbour">Social</a></li>
<li><a href="https://video.example/harbour">Video</a></li></ul></div>
<p>© 2026 Harbour Agency. Page generated November 22, 2026.</p></footer></body></html>"""


def _divs(main: str, entries: Sequence[Entry], href: Href) -> str:
    """Nothing but div. Above the list a strip repeats three items, at the right stand events, which are none."""
    strip = "".join(f'<div class="p-2 text-xs">{e.link(href)} <span>{e.short}</span></div>' for e in entries[:3])
    events = "".join(
        f'<div class="mb-2"><div class="text-xs">{day} December 2026</div><a href="/events/{day}">{name}</a></div>'
        for day, name in ((3, "Open day at the lock"), (9, "Board meeting"), (15, "Carols on the quay"))
    )
    numbers = "".join(f'<a class="px-2" href="/news?page={n}">{n}</a>' for n in range(2, 8))
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Harbour Agency: News</title></head><body><div id="app">
<div class="sticky flex"><a class="font-bold" href="/">Harbour Agency</a><div class="flex"><a href="/ships">Ships</a>
<a href="/news">News</a><a href="/careers">Careers</a><a href="/contact">Contact</a></div></div>
<div class="bg-yellow-100">We use cookies. <a href="/cookies">Read how</a> <button>Accept</button></div>
<div class="flex overflow-x-auto">{strip}</div>
<div class="grid"><div class="col-span-8"><div class="text-3xl">News</div>
{main}
<div class="flex"><span class="px-2">1</span>{numbers}<a href="/news?page=2">Next ›</a></div></div>
<div class="col-span-4"><div class="text-xl">Events</div>{events}</div></div>
<div class="text-xs flex"><a href="/imprint">Imprint</a><a href="/privacy">Privacy</a>
<a href="/accessibility">Accessibility</a></div>
</div></body></html>"""


Frame: TypeAlias = Callable[[str, Sequence[Entry], Href], str]

FRAMES: Mapping[str, Frame] = {"plain": _plain, "mega": _mega, "divs": _divs}


# --- what is published


def _entry(day: str, category: str, author: str, title: str, summary: str) -> Entry:
    return Entry(
        slug=slug(title)[:40].rstrip("-"),
        title=title,
        category=category,
        author=author,
        summary=summary,
        day=date.fromisoformat(day),
    )


NEWS = _entry(
    "2026-11-22",
    "Safety",
    "Ines Falk",
    "Tugs Stand By as the Autumn Storm Nears",
    "All four tugs are manned through the night, and the north lock stays shut.",
)
LATER = _entry(
    "2026-11-23",
    "Notices",
    "Tom Brandt",
    "North Lock Reopens",
    "Ships may pass again from six in the morning.",
)

ENTRIES: Sequence[Entry] = (
    _entry(
        "2026-11-20",
        "Statements",
        "Ines Falk",
        "Statement on the Collision at Pier 4",
        "Nobody was hurt. The pier is closed until divers have seen its piles.",
    ),
    _entry(
        "2026-11-20",
        "Notices",
        "Tom Brandt",
        "Winter Timetable for the Harbour Ferry",
        "From December the first boat leaves at 6.40, and the last one at midnight.",
    ),
    _entry(
        "2026-11-18",
        "Reports",
        "Mara Okoye",
        "Quarterly Report: Third Quarter of 2026",
        "Eleven million tonnes, two per cent more than in the summer of last year.",
    ),
    _entry(
        "2026-11-13",
        "Statements",
        "Ines Falk",
        "Statement on the Strike of the Pilots",
        "Talks go on. Ships below ninety metres may enter without a pilot.",
    ),
    _entry(
        "2026-11-09",
        "Projects",
        "Jon Weiss",
        "Cranes & Quays: Eight Firms Bid for the New Terminal",
        "The bids are opened in public; the board decides in the spring.",
    ),
    _entry(
        "2026-10-30",
        "Notices",
        "Tom Brandt",
        "Fees for 2027",
        "Berths become dearer by three per cent, shore power becomes cheaper.",
    ),
    _entry(
        "2026-10-27",
        "Safety",
        "Mara Okoye",
        "Divers Clear a Wreck From the Fairway After Eleven Years, and Find a Second One Below It",
        "Both are barges. The second had been missing since 1962.",
    ),
    _entry(
        "2026-10-27",
        "Projects",
        "Jon Weiss",
        "Shore Power Reaches the Cruise Berths",
        "Engines may be stopped at all six berths from now on.",
    ),
    _entry(
        "2026-10-08",
        "Reports",
        "Mara Okoye",
        "Water Quality Best Since Measurements Began",
        "Eels have been seen as far up as the customs house.",
    ),
    _entry(
        "2026-09-29",
        "Statements",
        "Ines Falk",
        "Statement on the Court's Decision",
        "The agency will read the ruling before it says more.",
    ),
    _entry(
        "2026-09-17",
        "Notices",
        "Tom Brandt",
        "“Open Harbour” on the Last Sunday of September",
        "Eighty ships, two locks and one lighthouse can be visited.",
    ),
    _entry(
        "2026-08-31",
        "Projects",
        "Jon Weiss",
        "Dredging of the East Basin Begins",
        "The work takes until March. Night work is not planned.",
    ),
    _entry(
        "2026-08-18",
        "Reports",
        "Mara Okoye",
        "Quarterly Report: Second Quarter of 2026",
        "Ten and a half million tonnes, as many as a year before.",
    ),
    _entry(
        "2026-08-03",
        "Safety",
        "Jon Weiss",
        "New Beacons at the Mouth of the River",
        "They are seen from nine miles, in fog from two.",
    ),
)
