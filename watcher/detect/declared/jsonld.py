"""The lists that JSON-LD declares in the words of schema.org."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from watcher.detect.declared import scripts
from watcher.detect.declared.claim import claim, plain, written
from watcher.detect.tree import Tree
from watcher.model import Item, When

_MEMBERS = ("itemListElement", "blogPost", "blogPosts", "hasPart", "mainEntity", "dataFeedElement", "episode")
_TITLE = ("headline", "name", "title")
_LINK = ("url", "mainEntityOfPage", "@id")
_DATE = ("datePublished", "datePosted", "uploadDate", "releaseDate", "dateCreated")
_SUMMARY = ("description", "abstract")
_NODES = 50_000
_ITEMS = 2_000  # of all lists

#: What is published piece by piece. A list may hold other things too, but the page's lone entities are no list of it.
PIECE = re.compile(r".*(?:Article|Posting|Report|Release|Episode|Application|SourceCode|Legislation|Dataset)")
_NO_NEWS = re.compile(
    r"BreadcrumbList|SiteNavigationElement|WPHeader|WPFooter|WPSideBar|FAQPage|QAPage|Question|HowTo.*"
)


def lists(tree: Tree) -> Iterator[list[Item]]:
    """Each list that is declared as one, then the articles that stand beside each other."""
    documents = scripts.linked_data(tree)
    if not documents:
        return
    entities = list(islice(_entities(documents), _NODES))
    known = {each["@id"]: each for each in entities if len(each) > 2 and isinstance(each.get("@id"), str)}
    left = _ITEMS
    for key, members in (*_lists(entities), ("", list(islice(_beside(documents), _ITEMS)))):
        yield _items(tree, [_entity(member, known) for member in members[:left]], key == "itemListElement")
        left -= min(left, len(members))


def _lists(entities: list[dict[str, Any]]) -> Iterator[tuple[str, list[Any]]]:
    for each in entities:
        for key in _MEMBERS:
            if isinstance(members := each.get(key), list) and len(members) > 1:
                yield key, members


def _entities(documents: list[Any]) -> Iterator[dict[str, Any]]:
    """Every object, in its order, but for menus and questions and what they hold. Not recursive."""
    waiting: list[Any] = documents[::-1]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend([value for value in each[:_NODES] if isinstance(value, dict | list)][::-1])
        elif isinstance(each, dict) and not _is(each, _NO_NEWS):
            yield each
            waiting.extend([value for value in each.values() if isinstance(value, dict | list)][::-1])


def _beside(documents: list[Any]) -> Iterator[Any]:
    """The entities of the page itself: each document, or what is in its outermost list or graph."""
    for document in documents:
        for each in document if isinstance(document, list) else [document]:
            graph = each.get("@graph") if isinstance(each, dict) else None
            yield from graph if isinstance(graph, list) else [each]


def _entity(member: Any, known: dict[str, Any]) -> dict[str, Any]:
    """What a member is about: itself, or the `item` of a ListItem."""
    if isinstance(member, dict) and isinstance(inner := member.get("item"), str | dict):
        own = {key: value for key, value in member.items() if key not in ("@type", "@id", "item")}
        return own | _told(inner, known)
    return _told(member, known)


def _told(thing: Any, known: dict[str, Any]) -> dict[str, Any]:
    """An entity, told here or elsewhere; of a mere address nothing else is known."""
    if isinstance(thing, str):
        thing = {"@id": thing}
    if not isinstance(thing, dict):
        return {}
    identifier = thing.get("@id")
    return known.get(identifier, thing) if isinstance(identifier, str) and len(thing) <= 2 else thing


def _items(tree: Tree, entities: list[dict[str, Any]], any_type: bool) -> list[Item]:
    wanted = (each for each in entities if (any_type and not _is(each, _NO_NEWS)) or _is(each, PIECE))
    return [item for each in wanted if (item := _item(tree, each))]


def _item(tree: Tree, entity: dict[str, Any]) -> Item | None:
    links = [_address(entity.get(key)) for key in _LINK]
    # An @id with a fragment names a thing, "…#article", where no address is meant.
    links[-1] = "" if "#" in links[-1] or links[-1].startswith("_:") else links[-1]
    title, summary = _first(entity, _TITLE), _first(entity, _SUMMARY)
    return claim(tree, links, plain(title), _published(tree, entity), plain(summary), by="JSON-LD")


def _published(tree: Tree, entity: dict[str, Any]) -> When | None:
    found = (written(_text(entity.get(key)), tree.languages) for key in _DATE if key in entity)
    return next((when for when in found if when), None)


def _is(entity: dict[str, Any], types: re.Pattern[str]) -> bool:
    said = entity.get("@type")
    names = (re.split(r"[/#:]", name)[-1] for name in (said if isinstance(said, list) else [said]) if name)
    return any(types.fullmatch(name) for name in names) if _texts(said) else False


def _texts(said: Any) -> bool:
    return isinstance(said, str) or (isinstance(said, list) and all(isinstance(name, str) for name in said))


def _first(entity: dict[str, Any], keys: tuple[str, ...]) -> str:
    return next((text for key in keys if (text := _text(entity.get(key)))), "")


def _text(value: Any) -> str:
    """A text, the first of several, or the one with a language (JSON-LD 1.1 §4.2.4)."""
    value = value[0] if isinstance(value, list) and value else value
    value = value.get("@value") if isinstance(value, dict) else value
    return value if isinstance(value, str) else ""


def _address(value: Any) -> str:
    value = value[0] if isinstance(value, list) and value else value
    value = value.get("@id") or value.get("url") if isinstance(value, dict) else value
    return value if isinstance(value, str) else ""
