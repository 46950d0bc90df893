"""One list in seventeen markups, each with the selectors that a person would give for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import groupby
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of the news page."""

    slug: str
    title: str
    category: str
    author: str
    summary: str
    day: date

    @property
    def html(self) -> str:
        """The title as markup."""
        return escape(self.title)

    def link(self, href: Href) -> str:
        return f'<a href="{href(self)}">{self.html}</a>'

    @property
    def tag(self) -> str:
        """A link to the category, which is no item."""
        return f'<a href="/news/category/{self.category.lower()}">{self.category}</a>'

    @property
    def long(self) -> str:
        return f"{self.day:%B} {self.day.day}, {self.day.year}"

    @property
    def short(self) -> str:
        return f"{self.day:%b} {self.day.day}, {self.day.year}"

    @property
    def british(self) -> str:
        return f"{self.day.day} {self.day:%B %Y}"


Href: TypeAlias = Callable[[Entry], str]
Render: TypeAlias = Callable[[Sequence[Entry], Href], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """One way to write a list. The selectors are those that a person would give; `date` is "" where the date stands
    outside of the item, or nowhere."""

    render: Render
    item: str
    title: str
    date: str = ""
    dated: bool = True

    @property
    def toml(self) -> str:
        """The keys of a watch."""
        given = {"item": self.item, "title": self.title, "date": self.date}
        return "".join(f"{key} = '{css}'\n" for key, css in given.items() if css)


def _cards(entries: Sequence[Entry], href: Href) -> str:
    """The picture's link comes first, then the category's."""
    return _block(
        "div class='card-grid'",
        (
            f"""<div class="card"><a href="{href(e)}"><img src="/img/{e.slug}.jpg" alt=""></a>
<span class="kicker">{e.tag}</span><h3>{e.link(href)}</h3>
<time datetime="{e.day}">{e.short}</time><p>{e.summary}</p></div>"""
            for e in entries
        ),
    )


def _table(entries: Sequence[Entry], href: Href) -> str:
    head = "<thead><tr><th>Date</th><th>Topic</th><th>Title</th><th>Contact</th></tr></thead>"
    rows = (
        f"<tr><td>{e.day:%d %b %Y}</td><td>{e.tag}</td><td>{e.link(href)}</td><td>{e.author}</td></tr>" for e in entries
    )
    return f"<table class='listing'>{head}{_block('tbody', rows)}</table>"


def _ul(entries: Sequence[Entry], href: Href) -> str:
    return _block("ul class='news'", (f"<li>{e.link(href)} <span>({e.day})</span></li>" for e in entries))


def _flat(entries: Sequence[Entry], href: Href) -> str:
    """Headings and paragraphs side by side; nothing stands around an item."""
    return "\n".join(
        f'<h2>{e.link(href)}</h2>\n<p class="meta">{e.long} | {e.tag}</p>\n<p>{e.summary}</p>' for e in entries
    )


def _days(entries: Sequence[Entry], href: Href) -> str:
    """A heading for each day, and under it what came that day."""
    return "\n".join(
        f"<h3>{day:%A}, {day:%B} {day.day}, {day.year}</h3>\n"
        + _block("ul", (f"<li>{e.link(href)}<br>{e.summary}</li>" for e in those))
        for day, those in groupby(entries, lambda e: e.day)
    )


def _years(entries: Sequence[Entry], href: Href) -> str:
    """A heading for the year; an item names day and month."""
    return "\n".join(
        f"<h2>{year}</h2>\n"
        + _block(
            "div class='year'",
            (f'<div class="row"><span class="when">{e.day:%b} {e.day.day}</span> {e.link(href)}</div>' for e in those),
        )
        for year, those in groupby(entries, lambda e: e.day.year)
    )


def _months(entries: Sequence[Entry], href: Href) -> str:
    """A heading for the month, a section around it; an item names day and month."""
    return "\n".join(
        _block(
            "section",
            [
                f"<h2>{month}</h2>",
                *(f"<p><b>{e.day.day} {e.day:%B}</b> – {e.link(href)} ({e.author})</p>" for e in those),
            ],
        )
        for month, those in groupby(entries, lambda e: f"{e.day:%B %Y}")
    )


def _dl(entries: Sequence[Entry], href: Href) -> str:
    return _block("dl", (f"<dt>{e.british}</dt><dd>{e.link(href)} <i>{e.summary}</i></dd>" for e in entries))


def _whole(entries: Sequence[Entry], href: Href) -> str:
    """The link stands around all of the card."""
    return _block(
        "div class='tiles'",
        (
            f"""<a class="tile" href="{href(e)}"><span class="label">{e.category}</span><h3>{e.html}</h3>
<p>{e.summary}</p><time datetime="{e.day}T09:30:00Z">{e.long}</time></a>"""
            for e in entries
        ),
    )


def _lines(entries: Sequence[Entry], href: Href) -> str:
    """One paragraph, a line for each."""
    return f"<p class='lines'>{'<br>'.join(f'{e.british}: <a href={href(e)!r}>{e.html}</a>' for e in entries)}</p>"


def _overlay(entries: Sequence[Entry], href: Href) -> str:
    """The link is empty and lies over the card; the title is not inside it."""
    return _block(
        "div class='teasers'",
        (
            f"""<article class="teaser"><a class="stretched" href="{href(e)}" aria-label="{e.html}"></a>
<p class="eyebrow">{e.category}</p><h2>{e.html}</h2><p>Published {e.british} by {e.author}</p>
<p>{e.summary}</p></article>"""
            for e in entries
        ),
    )


def _utility(entries: Sequence[Entry], href: Href) -> str:
    """Classes that say how it looks, and nothing else but div."""
    return _block(
        "div class='flex flex-col gap-4'",
        (
            f"""<div class="flex py-4 border-b"><div class="w-32 text-sm text-gray-500">{e.short}</div>
<div class="flex-1"><div class="text-lg font-semibold"><a class="hover:underline" href="{href(e)}">{e.html}</a></div>
<div class="text-sm mt-2">{e.summary}</div></div></div>"""
            for e in entries
        ),
    )


def _several(entries: Sequence[Entry], href: Href) -> str:
    """Rows with several links, most of them no item's own."""
    return _block(
        "div class='rows'",
        (
            f"""<div class="entry"><p class="info">{e.tag} ·
<a href="/people/{e.author.split()[-1].lower()}">{e.author}</a></p>
<h4>{e.link(href)}</h4><p>{e.summary} <a href="{href(e)}">Read more</a></p>
<p class="tools"><time>{e.day}</time> <a href="/files/{e.slug}.pdf">PDF (84 KB)</a>
<a href="#share">Share</a></p></div>"""
            for e in entries
        ),
    )


def _posts(entries: Sequence[Entry], href: Href) -> str:
    """As a blog does it: a sentence says when, by whom and where."""
    return "\n".join(
        f"""<article id="post-{n}" class="post"><header>
<h2 class="entry-title"><a href="{href(e)}" rel="bookmark">{e.html}</a></h2>
<div class="entry-meta">Posted on <a href="{href(e)}">{e.long}</a>
by <a href="/author/{n % 3}">{e.author}</a></div></header>
<div class="entry-summary"><p>{e.summary} <a href="{href(e)}">Continue reading →</a></p></div>
<footer>Posted in {e.tag} | <a href="{href(e)}#comments">Leave a comment</a></footer></article>"""
        for n, e in enumerate(entries)
    )


def _fonts(entries: Sequence[Entry], href: Href) -> str:
    """As it was done when tables made the layout."""
    rows = (
        f"""<tr><td width=16><img src=/bullet.gif></td><td><b>{e.link(href)}</b><br>
<font size=-1>{e.short} - {e.author}</font></td></tr><tr><td colspan=2 height=4></td></tr>"""
        for e in entries
    )
    return f"<table border=0 width=100%>{''.join(rows)}</table>"


def _badges(entries: Sequence[Entry], href: Href) -> str:
    """The date is a leaf of a calendar, in three parts."""
    return _block(
        "ol class='calendar'",
        (
            f"""<li><div class="leaf"><span>{e.day.day}</span><span>{e.day:%b}</span><span>{e.day.year}</span></div>
<div><a href="{href(e)}"><strong>{e.html}</strong></a><small>{e.summary}</small></div></li>"""
            for e in entries
        ),
    )


def _undated(entries: Sequence[Entry], href: Href) -> str:
    return _block(
        "ul class='list-unstyled'",
        (f"<li><h3>{e.link(href)}</h3><p>{e.summary}</p></li>" for e in entries),
    )


def _block(tag: str, inside: Iterable[str]) -> str:
    lines = "\n".join(inside)
    return f"<{tag}>\n{lines}\n</{tag.split()[0]}>"


MARKUPS: Mapping[str, Markup] = {
    "cards": Markup(render=_cards, item="div.card", title="h3 a", date="time"),
    "table": Markup(render=_table, item="tbody tr", title="td:nth-child(3) a", date="td"),
    "ul": Markup(render=_ul, item="ul.news li", title="a", date="span"),
    "flat": Markup(render=_flat, item="h2:has(+ p.meta)", title="a"),
    "days": Markup(render=_days, item="ul > li:has(> br)", title="a"),
    "years": Markup(render=_years, item="div.row", title="a"),
    "months": Markup(render=_months, item="section > p", title="a"),
    "dl": Markup(render=_dl, item="dl > dd", title="a"),
    "whole": Markup(render=_whole, item="a.tile", title="h3", date="time"),
    "lines": Markup(render=_lines, item="p.lines a", title="a"),
    "overlay": Markup(render=_overlay, item="article.teaser", title="h2", date="p:nth-of-type(2)"),
    "utility": Markup(render=_utility, item="div.py-4", title="a", date="div.w-32"),
    "several": Markup(render=_several, item="div.entry", title="h4 a", date="time"),
    "posts": Markup(render=_posts, item="article.post", title="h2 a", date=".entry-meta a"),
    "fonts": Markup(render=_fonts, item="td:has(font)", title="a", date="font"),
    "badges": Markup(render=_badges, item="ol.calendar > li", title="a", date="div.leaf"),
    "undated": Markup(render=_undated, item="ul.list-unstyled > li", title="h3 a", dated=False),
}
