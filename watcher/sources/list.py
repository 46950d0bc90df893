"""A page that lists releases: each block of it that is one gives a title, a link, a date and a summary. Without
selectors the blocks are found by what they are, anew at each look, so that a redesign costs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from watcher import times, urls
from watcher.errors import NothingFound
from watcher.fields import Address, Selector, Zone
from watcher.later import later
from watcher.model import Get, Item, Request, Response, Share, When
from watcher.paging import collect
from watcher.text import is_cut, line

if TYPE_CHECKING:
    import soupsieve
    from bs4 import Tag

    from watcher import article, detect, html, pdf
    from watcher.detect import Proposal, Tree, empty, pager
    from watcher.markdown import literal
    from watcher.versions import releases
else:
    soupsieve = later("soupsieve")
    article, detect, html = later("watcher.article"), later("watcher.detect"), later("watcher.html")
    literal, pdf = later("watcher.markdown.literal"), later("watcher.pdf")
    empty, pager = later("watcher.detect.empty"), later("watcher.detect.pager")
    releases = later("watcher.versions.releases")


#: A page may bear a clock, a counter, a token.
JITTERS = True


class DateRule(BaseModel, extra="forbid", frozen=True):
    """Where an item's date is, and the zone of a time that names none."""

    select: Selector = "time"
    zone: Zone = "UTC"


class Options(BaseModel, extra="forbid", frozen=True):
    """Selectors are CSS; all but `item` are looked for inside it. What is left out is found."""

    url: Address = Field(description="the address of the page")
    item: Selector | None = Field(None, description="each match is one item; left out: the list is found")
    title: Selector | None = Field(None, description="the item's title")
    link: Selector | None = Field(None, description="the item's link; left out: the one in, on or around the title")
    date: Selector | DateRule | None = Field(
        None, description='the item\'s date; { select = "…", zone = "…" } for a zone'
    )
    summary: Selector | None = Field(None, description="a text that stands beside the title")
    pages: int = Field(1, ge=1, le=50, description="read so many pages of the list, from the front page on")
    article: Selector | bool = Field(
        False,
        description="fetch each new item's page and keep this part of it as the body; true: find the part; of a PDF,"
        " all text (needs the extra pdf)",
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """The items of one page, and the proposal that they are of, where they were found without a selector."""

    items: Sequence[Item]
    like: Proposal | None = None


def find(options: Options, get: Get) -> Iterable[Item]:
    """The items in page order. NothingFound when the selector matches nothing, or nothing with a title."""
    return _read(options, get, None)


def revisit(options: Options, get: Get, known: Share) -> Iterable[Item]:
    """`find` for one who was here before: `known` says how much of the last list some items are. Of several lists on a
    page it is the known one, even where another has come to look more like one; and further pages are read until a
    known item is met."""
    return _read(options, get, known)


def complete(options: Options, item: Item, get: Get) -> Item:
    """The item with its article as the body, and where the list cuts its title short, with the article's. Raises
    CheckError where it cannot be had."""
    if not options.article:
        return item
    response = get(Request(url=item.link))
    if pdf.is_pdf(response.body):
        return replace(item, body=literal.paragraphs(pdf.text_of(response.body, response.url)))
    soup = html.document(response.body, response.headers.get("content-type", ""))
    select = options.article if isinstance(options.article, str) else None
    found = article.extract(soup, response.url, select=select, title=item.title)
    title = found.title if is_cut(item.title, found.title) else item.title
    item = replace(item, title=title, body=found.body, author=item.author or found.author)
    return (
        replace(item, published=found.published, dated_by="article") if found.published and not item.published else item
    )


def _read(options: Options, get: Get, known: Share | None) -> Sequence[Item]:
    front: list[Proposal | None] = []

    def read(response: Response) -> Sequence[Item]:
        page = _page(options, response, known, front[0] if front else None)
        front.append(page.like)
        return page.items

    return collect(Request(url=options.url), get, read, _onward, pages=options.pages, known=known)


def _onward(response: Response) -> str:
    return pager.next_page(detect.read(response.body, response.headers.get("content-type", ""), response.url))


def _page(options: Options, response: Response, known: Share | None, like: Proposal | None = None) -> _Page:
    """The items of one page. A further page is read as the front page was: what is `like` is its list there."""
    if options.item:
        return _Page(_selected(options, options.item, response))
    tree = detect.read(response.body, response.headers.get("content-type", ""), response.url)
    if like:
        return _alike(options, response, tree, detect.proposals(tree, least=0), like)
    readings = _readings(options, response, tree, known)
    first = next(readings)
    # What holds half of the last list is the known one: no other can hold more than twice as much.
    return first if known is None or known(first.items) >= 0.5 else _remembered([first, *readings], known)


def _readings(options: Options, response: Response, tree: Tree, known: Share | None) -> Iterator[_Page]:
    """The ways to read a page, best first. Raises NothingFound where there is none."""
    found = read = False
    for each in detect.offered(tree, least=0):
        if each.score >= detect.LEAST or (known and known(each.items)):
            found = True
            if items := _corrected(options, each, tree):
                read = True
                yield _Page(items, each)
    if not found:
        raise empty.why(tree, response.body, watched=known is not None)
    if not read:
        raise NothingFound(
            f'"{options.title}" (title) matched no text inside the items of {response.url}',
            hint="correct title = in the configuration, or leave it out",
        )


def _alike(options: Options, response: Response, tree: Tree, found: Sequence[Proposal], like: Proposal) -> _Page:
    """The list that is built as the one on the front page. There may be too little of it to be found by itself: the
    last page often holds one item."""
    for each in found:
        if _build(each) == _build(like) and (items := _corrected(options, each, tree)):
            return _Page(items, like)
    given = {**like.options, **options.model_dump(exclude_none=True, exclude_defaults=True)}
    if not given.get("item"):
        raise NothingFound(f"no list like that of {options.url} on {response.url}")
    return _Page(_selected(Options.model_validate(given), given["item"], response), like)


def _build(proposal: Proposal) -> str:
    """What items are made of: their selector, or else where they stand."""
    if item := proposal.options.get("item"):
        return item
    tops = [side_by_side[0] for side_by_side in proposal.elements if side_by_side]
    return "/".join([tops[0].tag, *(each.tag for each in tops[0].iterancestors())]) if tops else proposal.kind


def _remembered(readings: Sequence[_Page], known: Share) -> _Page:
    """Of the ways to read a page the best, unless another holds more of the last list."""
    shares = [known(each.items) for each in readings]
    score = readings[0].like.score if readings[0].like else 0
    good = [n for n, each in enumerate(readings) if each.like and each.like.score * 2 >= score]
    among = good if any(shares[n] for n in good) else range(len(readings))
    most = max(shares[n] for n in among)
    if not shares[0] and most <= 0.5:
        # After an outage all of the list may be new, and known what a side column shows of it.
        return readings[0]
    return readings[next(n for n in among if shares[n] * 2 >= most)]


def _selected(options: Options, item: str, response: Response) -> Sequence[Item]:
    """The items that the selectors name."""
    soup = html.document(response.body, response.headers.get("content-type", ""))
    base = urls.absolute(response.url, html.base(soup, response.url)) or response.url
    blocks, language = soup.select(item), html.language(soup)
    named = options.model_copy(update={"title": options.title or "a", "date": options.date or DateRule()})
    bare = (Item(link="", title="", tags=releases.advised(html.text_of(block))) for block in blocks)
    found = [_item(named, block, base, language, item) for block, item in zip(blocks, bare, strict=True)]
    items = [replace(each, link=each.link or base) for each in found if each.title]
    if not items:
        what = f'"{item}" matched nothing on {response.url}'
        if blocks:
            what = f'"{named.title}" (title) matched no text inside the {len(blocks)} items of {response.url}'
        raise NothingFound(
            f"{what} ({response.status}, {len(response.body) // 1024} KB)",
            hint=_instead(response),
        )
    return items


def _instead(response: Response) -> str:
    """What is on a page on which the selectors find nothing any more."""
    found = detect.proposals(detect.read(response.body, response.headers.get("content-type", ""), response.url))
    if not found:
        return "the page may have been redesigned: known items are kept; correct the selector in the configuration"
    where = f' under "{item}"' if (item := found[0].options.get("item")) else ""
    return (
        f"the page has a list of {len(found[0].items)} items{where}: watcher add --repair W takes it;"
        " known items are kept"
    )


def _corrected(options: Options, proposal: Proposal, page: Tree) -> Sequence[Item]:
    """The items that were found, but for what the configuration names."""
    if not (options.title or options.link or options.date or options.summary):
        return proposal.items
    blocks = (html.document(each, "text/html; charset=utf-8") for each in proposal.blocks())
    pairs = zip(blocks, proposal.items, strict=False)
    found = [_item(options, block, page.base, page.languages, item) for block, item in pairs]
    return [item for item in found if item.title]


def _item(options: Options, block: Tag, base: str, language: list[str], found: Item) -> Item:
    """The item `found`, but for what the configuration names; without a title where that is not there."""
    if options.title:
        title = _within(block, options.title)
        found = replace(found, title=line(html.text_of(title)) if title else "")
    if options.title or options.link:
        link = _link(options, block, title if options.title else None, first=not found.link)
        href = str(link.get("href", "")) if link else ""
        found = replace(found, link=(href and urls.absolute(base, href)) or found.link, key=_anchor(href, base))
    if options.date:
        published = _published(options.date, block, language)
        found = replace(found, published=published, dated_by="page" if published else "")
    if options.summary:
        summary = _within(block, options.summary)
        found = replace(found, summary=line(html.text_of(summary)) if summary else "")
    return found


def _within(block: Tag, css: str) -> Tag | None:
    return block if soupsieve.match(css, block) else block.select_one(css)


def _link(options: Options, block: Tag, title: Tag | None, *, first: bool) -> Tag | None:
    if options.link:
        return _within(block, options.link)
    # The first link of an item is often its category; the one of its title is its own.
    near = title and (_within(title, "a[href]") or title.find_parent("a", href=True))
    return near or (_within(block, "a[href]") if first else None)


def _published(given: str | DateRule, block: Tag, language: list[str]) -> When | None:
    rule = given if isinstance(given, DateRule) else DateRule(select=given)
    found = _within(block, rule.select)
    if found is None:
        return None
    zone: tzinfo = UTC if rule.zone == "UTC" else ZoneInfo(rule.zone)
    return times.claimed(str(found.get("datetime", "")), html.text_of(found), zone=zone, languages=language)


def _anchor(href: str, base: str) -> str:
    """The fragment of a link into the page itself: what tells such items apart."""
    target = urls.absolute(base, href)
    return urlsplit(href).fragment if target and urls.identity(target) == urls.identity(base) else ""
