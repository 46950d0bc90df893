"""Addresses made whole; pictures and films by the best address that they have."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit

from bs4 import Tag

from watcher import urls
from watcher.prose.names import HEADINGS
from watcher.prose.nodes import new
from watcher.text import line, safe

_SAFE = "!$&'*+,;=:@/~-._%?#[]"
_WEB = ("http", "https")
_LAZY = ("data-src", "data-lazy-src", "data-original", "src")
_SET = re.compile(r"\s*([^\s,]\S*[^\s,])(?:\s+([\d.]+)[wx])?\s*(?:,|\Z)")


def drop_anchors(whole: Tag) -> None:
    """A heading is often a link to itself, or has one beside it (#, ¶)."""
    for heading in whole.find_all(HEADINGS):
        for link in heading.find_all("a", href=re.compile(r"\A#")):
            if re.search(r"\w", link.get_text()):
                link.unwrap()
            else:
                link.decompose()


def name_films(whole: Tag) -> None:
    """What a figure plays is a link by its title, where it has one; elsewhere it is a frame like any other."""
    for film in whole.select("figure iframe, figure video, figure audio"):
        source = film if film.get("src") else film.find("source", src=True)
        title = line(str(film.get("title") or film.get("aria-label") or ""))
        if not isinstance(source, Tag) or not title:
            continue
        link = new("a")
        link["href"], link.string = str(source["src"]), title
        film.replace_with(link)


def make_absolute(whole: Tag, base: str) -> None:
    """Give every link and image its whole address; a link that leads nowhere is its text."""
    for link in whole.find_all("a"):
        if address := _address(base, str(link.get("href", "")), (*_WEB, "mailto", "tel")):
            link.attrs = {"href": address}
        else:
            link.unwrap()
    for image in whole.find_all("img"):
        address = next((found for link in _sources(image) if (found := _address(base, link, _WEB))), "")
        if address and not {image.get("width"), image.get("height")} & {"0", "1"}:
            image.attrs = {"src": address, "alt": line(str(image.get("alt", "")))}
        else:
            image.decompose()


def _sources(image: Tag) -> list[str]:
    named = [str(image.get(name) or "") for name in _LAZY]
    sets = [match for name in ("srcset", "data-srcset") for match in _SET.findall(str(image.get(name) or ""))]
    return [*named, *(link for link, _ in sorted(sets, key=lambda each: -float(each[1].strip(".") or 1)))]


def _address(base: str, link: str, schemes: tuple[str, ...]) -> str:
    """The whole address, percent-encoded where Markdown would end it; "" where it leads nowhere."""
    try:
        parts = urlsplit(address := safe(urljoin(base, link.strip())))
        if not link.strip() or parts.scheme not in schemes:
            return ""
        return quote(address, safe=_SAFE) if parts.netloc.isascii() else urls.anchored(base, link)
    except ValueError:
        return ""
