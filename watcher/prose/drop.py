"""What a page has and a text has not: scripts, menus, buttons, notes to editors; and addresses made whole."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit

from bs4 import Tag
from bs4.element import PreformattedString

from watcher import urls
from watcher.prose.names import BLOCK, HEADINGS
from watcher.text import fold, safe

_NEVER = {"script", "style", "noscript", "template", "head", "link", "meta"}
_FOREIGN = {"nav", "form", "button", "input", "select", "textarea", "dialog", "aside", "footer", "search"}
_FOREIGN |= {"iframe", "object", "embed", "audio", "video", "canvas", "svg", "map"}
_ROLES = {"navigation", "search", "dialog", "alertdialog", "toolbar", "menu", "menubar", "banner", "contentinfo"}
_NAMES = re.compile(
    r"(?<![a-z])(share|sharing|social(?!-security)|addtoany|addthis|sharethis|sharedaddy|shariff|breadcrumbs?|sr-only"
    r"|visually-?hidden|screen-reader(-text)?|skip-?(link|nav)|pager|pagination)(?![a-z])"
)
_FEW = 200  # characters, which a row of buttons has and an article has not
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
_END = re.compile(r"\s*(?:#(?:\s*#){2,}|[-–—]{1,2}\s*30\s*[-–—]{1,2})\s*")
_ARCHIVED = re.compile(r"\s*\(\s*archived content\s*\)\s*", re.IGNORECASE)
_SAFE = "!$&'*+,;=:@/~-._%?#[]"


def drop_foreign(whole: Tag) -> None:
    """Take out what is not text. What holds most of it stays, whatever it is called: some pages are one form."""
    for string in whole.find_all(string=lambda string: isinstance(string, PreformattedString)):
        string.extract()
    total = _weight(whole)
    for each in whole.find_all(_is_foreign):
        if each.decomposed or (each.parent is whole and each.name not in _NEVER):
            continue
        if each.name == "button" and each.find_parent(HEADINGS):  # how headings that fold are made
            each.unwrap()
        elif each.name in _NEVER or (weight := _weight(each)) < _FEW or 2 * weight < total:
            each.decompose()


def make_absolute(whole: Tag, base: str) -> None:
    """Give every link and image its whole address; a link that leads nowhere is its text."""
    for link in whole.find_all("a"):
        if address := _address(base, str(link.get("href", "")), ("http", "https", "mailto", "tel")):
            link.attrs = {"href": address}
        else:
            link.unwrap()
    for image in whole.find_all("img"):
        address = _address(base, str(image.get("data-src") or image.get("src") or ""), ("http", "https"))
        if address and not {image.get("width"), image.get("height")} & {"0", "1"}:
            image.attrs = {"src": address, "alt": " ".join(safe(str(image.get("alt", ""))).split())}
        else:
            image.decompose()


def drop_notes(whole: Tag, known: set[str]) -> None:
    """Take out the marks of a text's end, archive notes, and at the top what is `known` (folded) already."""
    for block in whole.find_all(("p", *HEADINGS)):
        if _END.fullmatch(text := block.get_text()) or _ARCHIVED.fullmatch(text):
            block.decompose()
    for string in whole.find_all(string=lambda text: bool(_END.fullmatch(text or ""))):
        # <p>… countries.<br>###</p>
        if isinstance(line := string.previous_sibling, Tag) and line.name == "br":
            line.decompose()
            string.extract()
    if (first := whole.find(string=lambda text: bool(_ARCHIVED.match(text or "")))) and not _text_before(first, whole):
        if isinstance(line := first.next_sibling, Tag) and line.name == "br":
            line.decompose()
        first.replace_with(_ARCHIVED.sub("", str(first), count=1))
    _drop_known(whole, known)
    for edge in (0, -1):
        while (blocks := whole.find_all(recursive=False)) and blocks[edge].name == "hr":
            blocks[edge].decompose()


def _weight(tag: Tag) -> int:
    return len(tag.get_text(strip=True))


def _is_foreign(tag: Tag) -> bool:
    if tag.name in _NEVER or tag.has_attr("hidden") or tag.get("aria-hidden") == "true":
        return True
    if tag.name in _FOREIGN:
        return tag.name != "footer" or not tag.find_parent(("blockquote", "figure"))
    if tag.name == "header" and 2 * sum(map(_weight, tag.find_all("a"))) > _weight(tag):
        return True
    names = " ".join(map(str, (*tag.get_attribute_list("class"), tag.get("id")))).lower()
    return bool(tag.get("role") in _ROLES or _HIDDEN.search(str(tag.get("style", ""))) or _NAMES.search(names))


def _address(base: str, link: str, schemes: tuple[str, ...]) -> str:
    """The whole address, percent-encoded where Markdown would end it; "" where it leads nowhere."""
    try:
        parts = urlsplit(address := safe(urljoin(base, link.strip())))
        if not link.strip() or parts.scheme not in schemes:
            return ""
        return quote(address, safe=_SAFE) if parts.netloc.isascii() else urls.anchored(base, link)
    except ValueError:
        return ""


def _drop_known(whole: Tag, known: set[str]) -> None:
    while (first := whole.find(BLOCK)) and fold(first.get_text()) in known:
        first.decompose()
    if (heading := whole.find(HEADINGS)) and fold(heading.get_text()) in known:
        heading.decompose()


def _text_before(string: object, whole: Tag) -> str:
    before = ""
    for each in whole.find_all(string=True):
        if each is string:
            break
        before += each.strip()
    return before
