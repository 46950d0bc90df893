"""What RFC 4287 asks of a feed, as a check of our own: by the text of the standard, sharing nothing with the writer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from lxml import etree
from lxml.etree import _Element as Element

ATOM, XHTML = "{http://www.w3.org/2005/Atom}", "{http://www.w3.org/1999/xhtml}"
HISTORY = "{http://purl.org/syndication/history/1.0}"

# How often: exactly once, at most once, any number (§4.1.1, §4.1.2, §4.2.11).
ONCE = {"feed": {"id", "title", "updated"}, "entry": {"id", "title", "updated"}, "source": set[str]()}
SELDOM = {
    "feed": {"generator", "icon", "logo", "rights", "subtitle"},
    "entry": {"content", "published", "rights", "source", "summary"},
    "source": {"generator", "icon", "id", "logo", "rights", "subtitle", "title", "updated"},
}
OFTEN = {
    "feed": {"author", "category", "contributor", "link", "entry"},
    "entry": {"author", "category", "contributor", "link"},
    "source": {"author", "category", "contributor", "link"},
}
TEXTS, DATES, PEOPLE = {"title", "subtitle", "summary", "rights"}, {"updated", "published"}, {"author", "contributor"}

# §3.3: RFC 3339, with an upper-case T, and Z or an offset.
DATE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)")
# RFC 3986, appendix A, which every IRI can be mapped to; the narrower form is what the widest range of readers takes.
_CHAR = r"[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}"
REFERENCE = re.compile(
    rf"([A-Za-z][A-Za-z0-9+.-]*:)?(//((?:{_CHAR}|[\[\]])*))?((?:{_CHAR}|/)*)(\?(?:{_CHAR}|[/?])*)?(#(?:{_CHAR}|[/?])*)?"
)
MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(\s*;.*)?")
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*|")


def problems(data: bytes) -> list[str]:
    """Every rule that the feed breaks, in words; an empty list for a valid feed."""
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        return [f"not well-formed: {error}"]
    if root.tag != f"{ATOM}feed":
        return [f"the root is {root.tag}"]
    return [*_container(root), *_unique_ids(root), *_languages(root), *_authors(root), *_relations(root)]


def _container(parent: Element) -> Iterator[str]:
    name = _name(parent)
    yield from _stray_text(parent)
    yield from _counts(parent, name)
    yield from _alternates(parent, name)
    for child in parent.iterchildren(etree.Element):
        if child.tag.startswith(ATOM):
            for problem in _element(child):
                yield f"{name}: {problem}"
    if name == "entry":
        yield from _standing_alone(parent)


def _counts(parent: Element, name: str) -> Iterator[str]:
    counts = Counter(_name(child) for child in parent.iterchildren(etree.Element) if child.tag.startswith(ATOM))
    yield from (f"{name}: {counts[each]} of {each}, not one" for each in sorted(ONCE[name]) if counts[each] != 1)
    yield from (f"{name}: more than one {each}" for each in sorted(SELDOM[name]) if counts[each] > 1)
    yield from (
        f"{name}: no place for {each}" for each in counts if each not in ONCE[name] | SELDOM[name] | OFTEN[name]
    )


def _element(child: Element) -> Iterator[str]:
    name = _name(child)
    if name in ("entry", "source"):
        yield from _container(child)
    elif name in TEXTS:
        yield from _text(child, {"text", "html", "xhtml"})
    elif name == "content":
        yield from _content(child)
    elif name in DATES:
        yield from _date(child)
    elif name in PEOPLE:
        yield from _person(child)
    elif name == "link":
        yield from _link(child)
    elif name == "category":
        yield from _category(child)
    elif name in ("id", "icon", "logo"):
        yield from _address(name, _simple(child), absolute=name == "id")
    elif name == "generator":
        yield from [] if _simple(child).strip() else ["an empty generator"]


def _text(child: Element, types: set[str]) -> Iterator[str]:
    name, kind = _name(child), child.get("type", "text")
    if kind not in types:
        yield f"{name}: {kind} is no type of text"
    elif kind == "xhtml":
        yield from _division(child)
    elif len(child):
        yield f"{name}: {kind} holds elements"
    elif name == "title" and not _simple(child).strip():
        yield "an empty title"


def _content(child: Element) -> Iterator[str]:
    kind, source = child.get("type", "text"), child.get("src")
    if source is not None:
        yield from _address("content", source, absolute=False)
        yield from ["content: src and a body"] if len(child) or child.text else []
        yield from (
            ["content: src with a type of text"] if kind in ("text", "html", "xhtml") and child.get("type") else []
        )
    elif kind in ("text", "html", "xhtml"):
        yield from _text(child, {"text", "html", "xhtml"})
    elif not MEDIA_TYPE.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
        yield f"content: {kind} is no type"


def _division(parent: Element) -> Iterator[str]:
    """§3.1.1.3 and §4.1.3.3: a single XHTML div, and only XHTML in it."""
    yield from _stray_text(parent)
    children = list(parent.iterchildren(etree.Element))
    if [child.tag for child in children] != [f"{XHTML}div"]:
        yield f"{_name(parent)}: not a single XHTML div"
    for each in parent.iterdescendants(etree.Element):
        if not each.tag.startswith(XHTML):
            yield f"{_name(parent)}: {each.tag} in XHTML"


def _date(child: Element) -> Iterator[str]:
    value = _simple(child)
    match = DATE.fullmatch(value)
    try:
        datetime.fromisoformat(match[1] if match else "")
    except ValueError:
        yield f"{_name(child)}: {value!r} is no date"


def _person(child: Element) -> Iterator[str]:
    name = _name(child)
    counts = Counter(_name(each) for each in child.iterchildren(etree.Element))
    if counts["name"] != 1 or counts["uri"] > 1 or counts["email"] > 1:
        yield f"{name}: {dict(counts)}"
    for each in child.iterchildren(etree.Element):
        if _name(each) == "name" and not _simple(each).strip():
            yield f"{name}: an empty name"
        if _name(each) == "uri":
            yield from _address(f"{name}: uri", _simple(each), absolute=False)
        if _name(each) == "email" and not re.fullmatch(r".+@.+", _simple(each)):
            yield f"{name}: {_simple(each)!r} is no email address"


def _link(child: Element) -> Iterator[str]:
    if child.get("href") is None:
        yield "link: no href"
        return
    yield from _address("link: href", str(child.get("href")), absolute=False)
    if (
        not re.fullmatch(rf"[^:/?#\[\]@\s]+|{REFERENCE.pattern}", child.get("rel", "alternate"))
        or child.get("rel") == ""
    ):
        yield f"link: {child.get('rel')!r} is no relation"
    if not MEDIA_TYPE.fullmatch(child.get("type", "text/html")):
        yield f"link: {child.get('type')!r} is no media type"
    if not re.fullmatch(r"[0-9]+", child.get("length", "0")):
        yield f"link: {child.get('length')!r} is no length"
    if not LANGUAGE.fullmatch(child.get("hreflang", "en")):
        yield f"link: {child.get('hreflang')!r} is no language"


def _category(child: Element) -> Iterator[str]:
    if not child.get("term"):
        yield "category: no term"
    yield from _address("category: scheme", child.get("scheme", "x:"), absolute=True)


def _alternates(parent: Element, name: str) -> Iterator[str]:
    """§4.1.1, §4.1.2: at most one alternate link of each type and language."""
    links = [each for each in parent.iterchildren(f"{ATOM}link") if each.get("rel", "alternate") == "alternate"]
    kinds = Counter((each.get("type"), each.get("hreflang")) for each in links)
    yield from (f"{name}: two alternate links of {kind}" for kind, count in kinds.items() if count > 1)


def _standing_alone(entry: Element) -> Iterator[str]:
    """§4.1.2: a link where there is no content, a summary where the content is elsewhere or not text."""
    content = entry.find(f"{ATOM}content")
    links = [each.get("rel", "alternate") for each in entry.iterchildren(f"{ATOM}link")]
    if content is None and "alternate" not in links:
        yield "entry: neither content nor alternate link"
    if content is not None and _unreadable(content) and entry.find(f"{ATOM}summary") is None:
        yield "entry: content elsewhere, or not text, and no summary"


def _unreadable(content: Element) -> bool:
    kind = content.get("type", "text").lower()
    readable = "/" not in kind or kind.startswith("text/") or kind.endswith(("+xml", "/xml"))
    return content.get("src") is not None or not readable


def _authors(feed: Element) -> Iterator[str]:
    """§4.1.1: an author on the feed, unless every entry has one."""
    entries = list(feed.iterchildren(f"{ATOM}entry"))
    missing = [each for each in entries if each.find(f"{ATOM}author") is None]
    if feed.find(f"{ATOM}author") is None and (missing or not entries):
        yield "no author"


def _relations(feed: Element) -> Iterator[str]:
    """One each of what a reader follows. WebSub §4: a hub with the address it is asked for. RFC 5005 §4: an archive
    page says that it is one, and where the feed is; the feed itself has no pages after it."""
    rels = Counter(each.get("rel") for each in feed.iterchildren(f"{ATOM}link"))
    archives = len(feed.findall(f"{HISTORY}archive"))
    for rel in ("self", "current", "prev-archive", "next-archive"):
        if rels[rel] > 1:
            yield f"feed: {rels[rel]} links to {rel}"
    if rels["hub"] and not rels["self"]:
        yield "feed: a hub and no self"
    if archives != rels["current"] or (rels["next-archive"] and not archives):
        yield f"feed: {archives} times fh:archive, {rels['current']} links to current"
    for each in feed.iterchildren(f"{HISTORY}archive"):
        if len(each) or each.text:
            yield "fh:archive: not empty"


def _unique_ids(feed: Element) -> Iterator[str]:
    """Stricter than §4.1.1, which lets two versions of an entry share an id: ours never do."""
    ids = Counter(each.findtext(f"{ATOM}id", "") for each in [feed, *feed.iterchildren(f"{ATOM}entry")])
    yield from (f"{count} times the id {each}" for each, count in ids.items() if count > 1)


def _languages(feed: Element) -> Iterator[str]:
    for each in feed.iter(etree.Element):
        language = each.get("{http://www.w3.org/XML/1998/namespace}lang", "")
        if not LANGUAGE.fullmatch(language):
            yield f"xml:lang: {language!r} is no language"


def _address(name: str, value: str, *, absolute: bool) -> Iterator[str]:
    match = REFERENCE.fullmatch(value)
    if match is None or (absolute and not match[1]) or not value:
        yield f"{name}: {value!r} is no {'URI' if absolute else 'URI reference'}"


def _stray_text(parent: Element) -> Iterator[str]:
    texts = [parent.text, *(child.tail for child in parent)]
    if any(each and each.strip() for each in texts):
        yield f"{_name(parent)}: text between its elements"


def _simple(child: Element) -> str:
    return child.text or ""


def _name(element: Element) -> str:
    return str(element.tag).removeprefix(ATOM)
