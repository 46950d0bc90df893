"""What a page has and a text has not: scripts, menus, buttons, boxes of other stories."""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import unquote

from bs4 import Tag
from bs4.element import NavigableString, PreformattedString

from watcher.html import BLOCKS
from watcher.prose.names import HEADINGS
from watcher.prose.phrases import CONTENTS, MORE, RELATED
from watcher.text import fold

_NEVER = {"script", "style", "noscript", "template", "head", "link", "meta"}
_FOREIGN = {"nav", "form", "button", "input", "select", "textarea", "dialog", "aside", "footer", "search"}
_FOREIGN |= {"iframe", "object", "embed", "audio", "video", "canvas", "svg", "map"}
_ROLES = {"navigation", "search", "dialog", "alertdialog", "toolbar", "menu", "menubar", "banner", "contentinfo"}
_NAMES = re.compile(
    r"(?<![a-z])(share|sharing|social(?!-security)|addtoany|addthis|sharethis|sharedaddy|shariff|breadcrumbs?|sr-only"
    r"|visually-?hidden|screen-reader(-text)?|skip-?(link|nav)|pager|pagination)(?![a-z])"
)
# What ends in such a word is a box in the text; what only has it in its name may well be the text.
_BOXES = re.compile(
    r"(?:^|[-_ ])(?:related[-_]?(?:posts?|articles?|stories|news|content|links|box|items)?|read-?more|recirculation"
    r"|more-stories|newsletter(?:[-_](?:box|form|sign-?up|promo))?|sign-?up|subscribe(?:[-_](?:box|form))?"
    r"|paywall[-_](?:prompt|box|message)|promo(?:[-_]box)?|ads?|advert(?:isement)?s?|ad[-_]\w+|sponsored"
    r"|jp-relatedposts|comments?(?:[-_](?:area|section|list|form))?|author[-_](?:bio|box|card)"
    r"|(?:post|entry)[-_](?:tags|nav|navigation|meta)|toc|table-of-contents)(?= |$)"
)
_BOXED = frozenset(BLOCKS) - {"body", "html", "main", "table", "tbody", "tr", "td", "th", "li", "pre"}
_FEW = 200  # characters, which a row of buttons has and an article has not
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")


def drop_foreign(whole: Tag) -> None:
    """Take out what is not text. What holds most of it stays, whatever it is called: some pages are one form."""
    for string in whole.find_all(string=lambda string: isinstance(string, PreformattedString)):
        string.extract()
    for box in whole.find_all("input", type="checkbox"):
        if box.find_parent("li"):  # a list of what is done and what is not
            box.replace_with("[x] " if box.has_attr("checked") else "[ ] ")
    total = _weight(whole)
    for each in whole.find_all(_is_foreign):
        if each.decomposed or (each.parent is whole and each.name not in _NEVER):
            continue
        if each.name == "button" and each.find_parent(HEADINGS):  # how headings that fold are made
            each.unwrap()
        elif each.name in _NEVER or (weight := _weight(each)) < _FEW or 2 * weight < total:
            _close_gap(each)
            each.decompose()


def _close_gap(gone: Tag) -> None:
    """No space is left before a full stop by what stood between."""
    before, after = gone.previous_sibling, gone.next_sibling
    if type(before) is NavigableString and type(after) is NavigableString and after[:1] in (".", ",", ")"):
        before.replace_with(NavigableString(before.rstrip(" \n")))


def drop_contents(whole: Tag) -> None:
    """Take out lists of the text's own headings, with what stands above them."""
    names = {str(each["id"]) for each in whole.find_all(id=True)}
    for each in whole.find_all(("ul", "ol")):
        if each.decomposed or not (links := each.find_all("a")):
            continue
        inside = all(unquote(str(link.get("href", "")))[1:] in names and link["href"][0] == "#" for link in links)
        if len(links) < 2 or not inside or sum(map(_weight, links)) < _weight(each):
            continue
        before = each.find_previous(string=lambda text: bool(text and text.strip()))
        if before is not None and before.parent is not None and fold(before) in CONTENTS:
            before.parent.decompose()
        each.decompose()


def drop_teasers(whole: Tag) -> None:
    """Take out what leads to the rest of this text or to other stories. `whole` is tidied blocks."""
    for link in whole.find_all("a"):
        if fold(link.get_text()) in MORE and not _follows(link):
            link.decompose()
    for block in whole.find_all((*HEADINGS, "p", "li")):
        if block.decomposed or len(head := "".join(islice(block.stripped_strings, 2))) > _FEW:
            continue
        if (links := block.find("a")) and fold(head.partition(":")[0].partition("：")[0]) in MORE | RELATED:
            text = "".join(str(each) for each in block.find_all(string=True) if not each.find_parent("a"))
            if text.rstrip().endswith((":", "：")) and fold(text) in MORE | RELATED:
                block.decompose()
        elif not links and fold(head) in RELATED and (after := block.find_next_sibling()) and _is_links(after):
            after.decompose()
            block.decompose()


def _is_links(tag: Tag) -> bool:
    return (
        tag.name in ("ul", "ol", "p") and bool(tag.find("a")) and sum(map(_weight, tag.find_all("a"))) == _weight(tag)
    )


def _follows(link: Tag) -> bool:
    """Whether a link has words after it in its block, even a full stop."""
    each: Tag | None = link
    while each is not None and each.name not in BLOCKS:
        if any(sibling.get_text(strip=True) for sibling in each.next_siblings):
            return True
        each = each.parent
    return False


def _weight(tag: Tag) -> int:
    return len(tag.get_text(strip=True))


def _is_foreign(tag: Tag) -> bool:
    if tag.name in _NEVER or tag.has_attr("hidden") or tag.get("aria-hidden") == "true":
        return True
    if tag.name in _FOREIGN:
        return tag.name != "footer" or not tag.find_parent(("blockquote", "figure"))
    if tag.name == "header" and 2 * sum(map(_weight, tag.find_all("a"))) > _weight(tag):
        return True
    names = " ".join(map(str, (*tag.get_attribute_list("class"), tag.get("id") or ""))).lower()
    if tag.name in _BOXED and _BOXES.search(names):
        return True
    return bool(tag.get("role") in _ROLES or _HIDDEN.search(str(tag.get("style", ""))) or _NAMES.search(names))
