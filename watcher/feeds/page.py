"""The page of a feed, for people: its entries, its address, and what to do with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote, urlsplit

from lxml import etree

from watcher import text, urls
from watcher.feeds import clean, places
from watcher.feeds.build import E, Element
from watcher.feeds.frame import Frame
from watcher.feeds.sheet import alternates, day, explanation, sheet
from watcher.model import Enclosure, Entry, Feed

_TEXT = 20_000  # characters of XHTML; the whole of a longer entry is in the feed, and at its source


def page(feed: Feed, entries: Sequence[Entry]) -> bytes:
    """`feeds/NAME/index.html`, with the entries in the order given."""
    articles = [article(entry, feed) for entry in clean.each(entries)]
    return frame(feed, empty=not articles).around(articles)


def frame(feed: Feed, *, empty: bool) -> Frame:
    """The page without its entries."""
    feed = clean.feed(feed)
    body = [
        E.header(E.nav(E.a("All feeds", href=places.relative(places.INDEX, places.page(feed)))), *_heading(feed)),
        _subscription(feed),
        E.main(*([E.p("There are no entries yet.")] if empty else [])),
        *_older(feed),
    ]
    head, main, tail = sheet(feed.title, places.page(feed), alternates(feed, places.page(feed)), body).rpartition(
        b"</main>"
    )
    return Frame(head, main + tail)


def article(entry: Entry, feed: Feed) -> bytes:
    """A cleaned entry as it stands on the page of any feed with the same `zone`."""
    return etree.tostring(_article(entry, feed), encoding="utf-8", method="html") + b"\n"


def _heading(feed: Feed) -> Iterator[Element]:
    yield E.h1(feed.title, dir="auto")
    about = E.p({"class": "quiet"}, "Last change: ", day(feed.updated, feed))
    if feed.site:
        about = E.p(
            {"class": "quiet"},
            *("From ", E.a(urls.host_of(feed.site), href=feed.site), ", last change: ", day(feed.updated, feed)),
        )
    yield about


def _subscription(feed: Feed) -> Element:
    own = places.page(feed)
    atom, json = (places.relative(file, own) for file in (places.atom(feed), places.json(feed)))
    return E.section(
        {"aria-label": "Subscribe"},
        *(_field(feed.address) if feed.address else _unaddressed(atom)),
        E.p("As a file: ", E.a("Atom", href=atom), ", ", E.a("JSON Feed", href=json)),
        explanation(),
    )


def _field(address: str) -> Iterator[Element]:
    # A field takes the focus, and its whole text is selected then: the address is copied without a script.
    yield E.p(E.label({"for": "address"}, "The address of this feed, to be copied into a feed reader:"))
    yield E.p(E.input(id="address", type="text", value=address, readonly="readonly", spellcheck="false"))


def _unaddressed(atom: str) -> Iterator[Element]:
    yield E.p("To subscribe, copy the address that ", E.a("this link", href=atom), " leads to into a feed reader.")


def _article(entry: Entry, feed: Feed) -> Element:
    title = E.a(entry.title, href=entry.link) if entry.link else E.span(entry.title)
    return E.article(
        E.h2(title, dir="auto"),
        E.p({"class": "quiet"}, day(entry.published, feed), *_particulars(entry)),
        *_text(entry),
        *_files(entry.enclosures),
    )


def _particulars(entry: Entry) -> Iterator[Element | str]:
    for word in filter(None, (entry.author, *entry.tags)):
        yield " · "
        yield E.bdi(word)


def _text(entry: Entry) -> Iterator[Element]:
    """The summary, and the whole text behind it where there is more."""
    whole = clean.division(entry.html) if len(entry.html) <= _TEXT else None
    if whole is not None:
        _name_pictures(whole)
    words = " ".join("".join(map(str, whole.itertext())).split()) if whole is not None else ""
    if entry.summary:
        yield E.p(entry.summary, dir="auto")
    # Where there is no text, its place is held by the title and the link, which stand here anyway.
    known = (said + link for said in ("", entry.summary, entry.title) for link in ("", entry.link))
    if whole is not None and words not in known:
        whole.set("dir", "auto")
        yield E.details(E.summary("Full text"), whole) if entry.summary else whole


def _name_pictures(whole: Element) -> None:
    """Pictures become links, or words where they are within one: a page asks nothing of another host."""
    for image in list(whole.iter("img")):
        source, image.text = image.get("src", ""), image.get("alt") or "picture"
        linked = next(image.iterancestors("a"), None) is not None
        image.tag = "span" if linked else "a"
        image.attrib.clear()
        if not linked:
            image.set("href", source)


def _files(enclosures: Iterable[Enclosure]) -> Iterator[Element]:
    items = [E.li(E.a(each.title or _file_name(each.url) or each.url, href=each.url)) for each in enclosures]
    if items:
        yield E.ul({"class": "files"}, *items)


def _file_name(url: str) -> str:
    return text.line(unquote(urlsplit(url).path.rpartition("/")[2]))


def _older(feed: Feed) -> Iterator[Element]:
    if feed.archives:
        older = places.relative(places.atom(feed, feed.archives), places.page(feed))
        yield E.footer(E.p("Older entries are in ", E.a("the archive of the feed", href=older), "."))
