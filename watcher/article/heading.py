"""The title of an article's page. Its first heading may well be the site's name, and its <title> ends in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag

from watcher import html
from watcher.text import fold, is_cut, line

_MARKS = "|-–—:·•»«｜"
_PIECES = re.compile(r"\s*[|»«·｜]\s*|\s+[-–—]\s+|:\s+")


def heads(soup: BeautifulSoup, metas: dict[str, str]) -> list[str]:
    """What the page's head calls it, the best first."""
    said = (metas.get("og:title", ""), metas.get("twitter:title", ""), _head_title(soup))
    return [text for text in said if text]


def find_title(soup: BeautifulSoup, metas: dict[str, str], told: str = "", listed: str = "") -> str:
    """The title as the page shows it; `told` is what JSON-LD says. Where `listed`, the title in a listing, is cut
    short, it is the heading that goes on from there, whatever the page's head says."""
    shown = [(each, text) for each in soup.select('[itemprop="headline"], h1, h2, h3') if (text := _text(each))]
    whole = (text for _, text in shown if is_cut(listed, text))
    return next(whole, "") or _found(soup, metas, told, shown)


def _found(soup: BeautifulSoup, metas: dict[str, str], told: str, shown: list[tuple[Tag, str]]) -> str:
    site = fold(metas.get("og:site_name", ""))
    said = [text for text in (*heads(soup, metas)[:-1], told, _head_title(soup)) if text and fold(text) != site]
    for whole in said:
        if fitting := [text for _, text in shown if fold(text) != site and _begins(text, whole)]:
            return max(fitting, key=len)
    for whole in said:
        for each, text in shown:
            if each.name == "h1" and fold(text) != site and _ends_first_piece(text, whole) and not _is_above(each):
                return text
    if said:
        return _piece(soup, said[0], site)
    return next(
        (text for each, text in shown if (each.name == "h1" or each.get("itemprop")) and fold(text) != site), ""
    )


def _head_title(soup: BeautifulSoup) -> str:
    return line(soup.title.get_text()) if soup.title else ""


def _text(heading: Tag) -> str:
    """Its words without the sign that links to it (#, ¶)."""
    signs = [each.get_text() for each in heading.find_all("a") if not re.search(r"\w", each.get_text())]
    text = line(html.text_of(heading))
    for sign in filter(str.strip, signs):
        text = text.removesuffix(sign.strip()).rstrip()
    return text


def _begins(text: str, whole: str) -> bool:
    """Whether `whole` is `text`, or `text` and after it the site's name."""
    rest = whole[len(text) :].strip()
    return bool(text) and whole.casefold().startswith(text.casefold()) and (not rest or rest[0] in _MARKS)


def _ends_first_piece(text: str, whole: str) -> bool:
    """Release v2.0.0 · tool: what the page calls v2.0.0."""
    first = _PIECES.split(whole)[0]
    return fold(first).endswith(f" {fold(text)}") and bool(fold(text))


def _is_above(tag: Tag) -> bool:
    return tag.find_parent("nav") is not None or tag.find_parent(attrs={"role": "banner"}) is not None


def _piece(soup: BeautifulSoup, whole: str, site: str) -> str:
    """Of a title and a name of the site in one, what stands on the page as a line of its own."""
    pieces = [piece for piece in _PIECES.split(whole) if piece and fold(piece) != site]
    own = [piece for piece in pieces if any(fold(text) == fold(piece) for text in _lines(soup))]
    if len(own) == 1 and len(pieces) > 1:
        return own[0]
    return re.split(r"\s+[|»«·]\s+|\s*｜\s*", whole)[0]


def _lines(soup: BeautifulSoup) -> Iterator[str]:
    for string in (soup.body or soup).find_all(string=True):
        if string.parent is not None and string.parent.name not in ("a", "script", "style") and len(string) < 300:
            yield string
