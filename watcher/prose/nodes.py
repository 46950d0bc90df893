"""Small moves on a tree."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, groupby

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement

_SOUP = BeautifulSoup("", "lxml")


def new(name: str) -> Tag:
    """An element without parent, attributes or contents."""
    return _SOUP.new_tag(name)


def wrap(elements: Iterable[PageElement], name: str) -> Tag | None:
    """Put siblings into a new element that stands in their place; None where there are none."""
    elements = list(elements)
    if not elements:
        return None
    around = new(name)
    elements[0].insert_before(around)
    for each in elements:
        around.append(each.extract())
    return around


def following(tag: Tag, *names: str) -> list[Tag]:
    """The elements of these names that follow, with nothing but white space between."""
    found = []
    for each in tag.next_siblings:
        if isinstance(each, Tag) and each.name in names:
            found.append(each)
        elif isinstance(each, Tag) or str(each).strip():
            break
    return found


def smooth(whole: Tag) -> None:
    """Make strings that stand side by side one. bs4's own way recurses, and looks each up in its parent's list."""
    for tag in [whole, *whole.find_all(True)]:
        runs = [list(run) for _, run in groupby(tag.contents, key=_kind)]
        if len(runs) == len(tag.contents):
            continue
        pieces = [[NavigableString("".join(map(str, run)))] if _kind(run[0]) == "string" else run for run in runs]
        tag.clear()
        tag.extend(chain.from_iterable(pieces))


def spread(mark: Tag) -> list[Tag]:
    """Put a mark around each text inside it, instead of around all; these marks. Code is code and cannot be bold."""
    texts = mark.find_all(string=lambda text: bool(text and text.strip()))
    marks = [wrap([text], mark.name) for text in texts if text.find_parent(("code", "pre", mark.name)) is mark]
    mark.unwrap()
    return [each for each in marks if each is not None]


def _kind(element: PageElement) -> object:
    return "string" if isinstance(element, NavigableString) else id(element)
