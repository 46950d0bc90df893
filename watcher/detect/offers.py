"""The feeds that a page offers: in its head, by its links, and where sites keep them without a word; and the interface
of the system that made it, where it says which that is."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from urllib.parse import urljoin, urlsplit

from watcher import urls
from watcher.detect.tree import Tree

#: Where feeds are found on sites that do not offer them, relative to a page or to the site.
WELL_KNOWN = ("feed/", "feed.xml", "rss.xml", "atom.xml", "index.xml", "rss", "feed.json")

_FEEDS = re.compile(r"application/(?:(?:rss|atom|rdf)\+xml|feed\+json)")
# The type of a site's programming interface as well: such an offer has to call itself a feed.
_MAYBE = re.compile(r"(?:application|text)/(?:json|xml)")
_WORD = re.compile(r"(?i)(?<![a-z])(?:rss2?|atom|(?:json|web|news)?feeds?)(?![a-z])")
# Of a link's own address and text more is asked: "feed" is what animals get, and atoms are looked into.
_ADDRESS = re.compile(
    r"(?i)(?<![a-z])(?:rss2?|rdf)(?![a-z])|/(?:atom|feeds?)(?=[/.?]|\Z)|(?<![a-z])(?:atom|feed)[^/?]*\.(?:xml|json)\b"
    r"|\.atom\b|[?&]feed=|=(?:atom|feed)\b"
)
_TEXT = re.compile(r"(?i)(?<![a-z])(?:rss|(?:json|web|news|xml|atom)[ -]?feeds?)(?![a-z])|\A\W*(?:feeds?|atom)\W*\Z")
_COMMENTS = re.compile(r"(?i)comm?ent(?!ar(?:y|ies)\b)|kom+entar|комм?ентар|コメント|评论|評論|留言|reacties")
_CHANNEL = re.compile(rb"(?i)<title\b[^>]*>([^<]{0,300})|\"title\"\s*:\s*\"([^\"]{0,300})")
_AT_ALL = re.compile("(?i)rss|rdf|atom|feed")
_MOST = 100  # offers that are looked at, of a page's head and of its links
# https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/
_API = "https://api.w.org/"
_API_HEADER = re.compile(r"<([^<>]*)>\s*;\s*rel\s*=\s*\"?https://api\.w\.org/")
# What a page says that it shows all of: the posts of a term, by its number; those of a type, by its name.
_TERM = re.compile(r"wp/v2/([\w-]+)/(\d+)/?\Z")
_TERM_CLASS = re.compile(r"(?<!\S)(category|tag)-(\d+)(?!\S)")
_TYPE_CLASS = re.compile(r"(?<!\S)post-type-archive-([\w-]+)")
_TERMS = {"category": "categories", "tag": "tags"}
_NO_TERMS = frozenset(("posts", "pages", "media", "users"))
_DRUPAL = re.compile(r"(?i)\bDrupal\b(?:\s*(\d{1,3})(?!\d))?")
_NODE_CLASS = re.compile(r"(?<!\S)node--type-([a-z0-9-]+)")
_SCHEME = re.compile(r"(?i)\Afeed:(?=https?:|//)")


def offers(tree: Tree, *, comments: bool = True) -> list[str]:
    """The addresses of the page's feeds, whole, the best first: what its head offers before its links, what lies
    below the page before what is the whole site's, and feeds of comments after all, or without `comments` not."""
    found: dict[str, tuple[bool, bool, int, str]] = {}
    for visible, address, name in (*islice(_in_head(tree), _MOST), *islice(_in_text(tree), _MOST)):
        said = f"{name} {urlsplit(address).path} {urlsplit(address).query}"
        rank = (bool(_COMMENTS.search(said)), visible, _distance(address, tree.url), address)
        found.setdefault(urls.identity(address), rank)
    if here := urls.absolute("", tree.url):
        found.pop(urls.identity(here), None)
    ranked = sorted(found.values(), key=lambda rank: rank[:-1])
    return [address for of_comments, *_, address in ranked if comments or not of_comments]


def of_comments(body: bytes) -> bool:
    """Whether a feed calls itself one of comments, as the one below an article does."""
    title = _CHANNEL.search(body[:4000])
    return bool(title and _COMMENTS.search((title[1] or title[2] or b"").decode("utf-8", "replace")))


def interface(tree: Tree, headers: Mapping[str, str]) -> str:
    """The address at which the system that made the page gives its items: WordPress, or Drupal from 8 on; "" where it
    names none of them."""
    made_by = " ".join(_generators(tree, headers))
    if root := _wordpress(tree, headers, made_by):
        return urls.absolute(tree.url, _posts(tree, root))
    return urls.absolute(tree.url, _contents(tree)) if _is_drupal(made_by, headers) else ""


def _generators(tree: Tree, headers: Mapping[str, str]) -> Iterator[str]:
    for meta in tree.nodes[0].iter("meta"):
        if str(meta.get("name") or "").lower() == "generator":
            yield str(meta.get("content") or "")
    yield headers.get("x-generator", "")


def _wordpress(tree: Tree, headers: Mapping[str, str], made_by: str) -> str:
    """The root of its interface."""
    said = [
        _address(tree, str(link.get("href") or "")) for link in tree.nodes[0].iter("link") if link.get("rel") == _API
    ]
    header = _API_HEADER.search(headers.get("link", ""))
    said += [urls.absolute(tree.url, header[1])] if header else []
    said += [urljoin(tree.url, "/wp-json/")] if re.search(r"(?i)\bWordPress\b", made_by) else []
    return next(filter(None, said), "")


def _posts(tree: Tree, root: str) -> str:
    """The posts that the page shows, at the root of its site's interface."""
    links = [link for link in tree.nodes[0].iter("link") if link.get("type") == "application/json"]
    terms = [found for link in links if (found := _TERM.search(str(link.get("href") or "")))]
    shown = _body_class(tree)
    type_, term = _TYPE_CLASS.search(shown), _TERM_CLASS.search(shown)
    query = next((f"{term[1]}={term[2]}" for term in terms if term[1] not in _NO_TERMS), "")
    query = query or (f"{_TERMS[term[1]]}={term[2]}" if term else "")
    address = f"{root.rstrip('/')}/wp/v2/{type_[1] if type_ else 'posts'}"
    return f"{address}{'&' if '?' in root else '?'}{query}" if query else address


def _is_drupal(made_by: str, headers: Mapping[str, str]) -> bool:
    if said := _DRUPAL.search(made_by):
        return not said[1] or int(said[1]) >= 8  # before, it had no such interface
    return any(name.startswith("x-drupal-") for name in headers)


def _contents(tree: Tree) -> str:
    """The contents of the type that the page shows most of; where it shows none, the list of types."""
    shown = Counter(name for node in tree.nodes for name in _NODE_CLASS.findall(str(node.get("class") or "")))
    name, number = next(iter(shown.most_common(1)), ("", 0))
    # One alone is the page itself. A machine name is of letters, digits and "_", for which the class has "-".
    type_ = f"/node/{name.replace('-', '_')}" if number > 1 else ""
    return f"{_site(tree)}jsonapi{type_}"


def _site(tree: Tree) -> str:
    """Where the site begins on its host, with the prefix of its language, as the page's settings have it."""
    for script in tree.nodes[0].iter("script"):
        if script.get("data-drupal-selector") == "drupal-settings-json":
            try:
                place = json.loads(script.text or "")["path"]
                return f"{place['baseUrl']}{place.get('pathPrefix') or ''}"
            except (ValueError, TypeError, KeyError, RecursionError):
                break
    return "/"


def _body_class(tree: Tree) -> str:
    return next((str(body.get("class") or "") for body in tree.nodes[0].iter("body")), "")


def _in_head(tree: Tree) -> Iterator[tuple[bool, str, str]]:
    for link in tree.nodes[0].iter("link"):
        name, address = str(link.get("title") or ""), _address(tree, str(link.get("href") or ""))
        kind = str(link.get("type") or "").partition(";")[0].strip().lower()
        named = _MAYBE.fullmatch(kind) and (_WORD.search(name) or _WORD.search(urlsplit(address).path))
        rel = str(link.get("rel") or "").lower().split()
        if address and {"alternate", "feed"} & set(rel) and (_FEEDS.fullmatch(kind) or named):
            yield False, address, name


def _in_text(tree: Tree) -> Iterator[tuple[bool, str, str]]:
    for n, tag in enumerate(tree.tag):
        if tag == "a" and (href := tree.attribute(n, "href")):
            name = _name(tree, n)
            address = _address(tree, href) if _AT_ALL.search(f"{name} {href} {tree.base}") else ""
            if address and _says_feed(name, address):
                yield True, address, name


def _name(tree: Tree, n: int) -> str:
    """What a link is called; one that is a mere picture by its other names."""
    said = [tree.text(n), tree.attribute(n, "title"), tree.attribute(n, "aria-label")]
    return " ".join([*said, *(str(image.get("alt") or "") for image in tree.nodes[n].iter("img"))])


def _says_feed(name: str, address: str) -> bool:
    parts = urlsplit(address)
    # Readers and validators have a feed's address in their own.
    if re.search("(?i)https?(?:%3a|:)", parts.path + parts.query):
        return False
    # In a longer text the word is what the text is about.
    return bool(_ADDRESS.search(f"{parts.path}?{parts.query}") or (len(name) <= 40 and _TEXT.search(name)))


def _address(tree: Tree, href: str) -> str:
    return urls.absolute(tree.base, _SCHEME.sub("", href.strip()))


def _distance(address: str, page: str) -> int:
    """0 for what lies below the page, 1 for what names it, 2 for the rest of the site and others."""
    home = re.sub(r"/[^/]*\.\w+\Z", "/", urlsplit(page).path).rstrip("/")
    path, last = urlsplit(address).path, home.rpartition("/")[2]
    if urls.host_of(address) == urls.host_of(page) and re.match(re.escape(home) + r"(?![\w-])", path):
        return 0
    return 1 if last and re.search(rf"(?<![^\W_]){re.escape(last)}(?![^\W_])", path) else 2
