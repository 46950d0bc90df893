"""The contents of a Drupal site by its JSON:API: whole texts, exact dates, terms. The interface is asked at the
site's address, or at its own (https://…/jsonapi/node/news)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

from pydantic import BaseModel, Field

from watcher import data, urls
from watcher.errors import BadStatus, CheckError, NothingFound, NotUnderstood
from watcher.fields import Address
from watcher.html import fragment
from watcher.model import Get, Item, Request, Response, Share
from watcher.paging import collect
from watcher.text import line, shorten

#: What sites call their news, the plainest name first.
NEWS = ("press_release", "news", "article", "blog")

# https://www.drupal.org/docs/core-modules-and-themes/core-modules/jsonapi-module: ROOT/node/TYPE; sites may call the
# root /api instead.
_ROOT = re.compile(r"(?P<site>.*?)/(?P<root>jsonapi|api)(?:/node/(?P<type>\w+))?/?(?:\?(?P<query>.*))?")
_NEWSLIKE = (
    *(re.compile(name) for name in NEWS),
    re.compile(r"\w*(?:press|news)(?!letter)\w*"),
    re.compile(r"\w*(?:release|announcement|article|blog|post|story)\w*"),
)
# The one field of a text where there is no `body`, and of a teaser where the text has none.
_BODY = re.compile(r"(?:field_)?(?:\w+_)?(?:body|content|text)")
_TEASER = re.compile(r"(?:field_)?(?:\w+_)?(?:summary|teaser|lead|lede|intro|introduction|excerpt|abstract)")
# A date of its own that is the day it came out, and not the day of what it tells of: `field_event_date` is none.
_PUBLISHED = re.compile(
    r"published_at|published_on|publish_(?:on|date)|field_date|field_(?:\w+_)?(?:published|posted)(?:_at|_on)?"
    r"|field_(?:(?:news|press|press_release|article|post|blog|display|original)_)?"
    r"(?:date|(?:publish|published|publishing|publication|pub|release|posting|posted|issue)_?date|date_(?:published|posted))"
)


class Options(BaseModel, extra="forbid", frozen=True):
    """What the address of the interface says itself (`?include=field_tags`, which gives tags) is asked so."""

    url: Address = Field(description="the address of the site, or of its interface (https://…/jsonapi/node/news)")
    type: str = Field(
        "",
        pattern=r"^\w*$",
        description="the type of contents by its machine name; left out: what the address says, else the first of"
        f" {', '.join(NEWS)} that is there",
    )
    path: str = Field("", description="only contents whose address has a path that begins with this: /news/")
    pages: int = Field(1, ge=1, le=50, description="read so many pages of the list, from the newest on")


def find(options: Options, get: Get) -> Iterable[Item]:
    """The contents, newest first. NothingFound where there are none, or none that are wanted."""
    items, found = _read(options, get, None)
    if not found:
        raise _nothing(options, items)
    return found


def revisit(options: Options, get: Get, known: Share) -> Iterable[Item]:
    """`find` for later looks: the wanted contents may have left the list, and none may have come. NothingFound where
    they are still in it, and not wanted any more: their folder has another name by now."""
    items, found = _read(options, get, known)
    if not found and known(items) > 0.5:
        raise _nothing(options, items)
    return found


def _nothing(options: Options, items: Sequence[Item]) -> NothingFound:
    return NothingFound(
        f"none of the {len(items)} newest contents of {options.url} is below {options.path}",
        hint=f"the newest is at {urls.path_of(items[0].link)}; correct path, or ask for more pages",
    )


def recognise(response: Response) -> Options | None:
    """The options for a list of contents, or for the interface's list of types, by their shape."""
    answer, place = data.peek(response), _ROOT.fullmatch(response.url)
    if place is None or not data.text(answer, "jsonapi", "version"):
        return None
    if place["type"]:
        return Options(url=_with_terms(response.url, answer)) if _is_list(answer) else None
    types = _types(answer)
    ranked = (name for rank in _NEWSLIKE for name in sorted(types) if rank.fullmatch(name))
    chosen = next(ranked, "")
    return Options(url=f"{place['site']}/{place['root']}/node/{chosen}") if chosen else None


def _is_list(answer: Any) -> bool:
    nodes = data.at(answer, "data")
    return isinstance(nodes, list) and bool(nodes) and all(map(_is_node, nodes))


def _is_node(node: Any) -> bool:
    return data.text(node, "type").startswith("node--") and isinstance(data.at(node, "attributes", "title"), str)


def _types(answer: Any) -> dict[str, Any]:
    """The types of contents that the interface's root lists."""
    links = data.at(answer, "links")
    named = links if isinstance(links, dict) else {}
    return {name.removeprefix("node--"): link for name, link in named.items() if name.startswith("node--")}


def _with_terms(url: str, answer: Any) -> str:
    """The address that gives the terms as well, which are told by number otherwise."""
    related = [pair for node in data.objects(answer, "data") for pair in _related(node).items()]
    fields = {name for name, each in related if any(map(_is_term, _targets(each))) and re.fullmatch(r"\w+", name)}
    if not fields or re.search(r"[?&]include=", url):
        return url
    return f"{url}{'&' if '?' in url else '?'}include={','.join(sorted(fields))}"


def _read(options: Options, get: Get, known: Share | None) -> tuple[Sequence[Item], list[Item]]:
    """The newest contents, and those of them that are wanted."""

    def wanted(items: Iterable[Item]) -> list[Item]:
        return [item for item in items if _is_below(item, options.path)]

    def met(items: Sequence[Item]) -> float:
        # Where none of the newest is wanted, none has come: the list is not read on to the last one that was.
        ours = wanted(items)
        return known(ours) if known and ours else 1.0

    items = _collected(options, get, met if known else None)
    return items, wanted(items)


def _is_below(item: Item, path: str) -> bool:
    return urlsplit(item.link).path.startswith(urlsplit(urls.absolute(item.link, f"/{path.lstrip('/')}")).path)


def _collected(options: Options, get: Get, known: Share | None) -> list[Item]:
    """The items of the first type that is there. The list of types is not asked for before: it would be the answer
    that is compared with the next look's, and it never changes."""
    root, types, query = _place(options)
    for name in types:
        front = Request(url=_asking(f"{root}/node/{name}", query))
        try:
            return collect(front, get, _reading(root, options.path), _onward, pages=options.pages, known=known)
        except BadStatus as error:
            if error.status != 404 or len(types) == 1:
                raise
    _name_types(root, get)


def _place(options: Options) -> tuple[str, Sequence[str], str]:
    """The interface's root, the types to try there, and what else the address asks for."""
    url = urls.absolute("", options.url)
    found = _ROOT.fullmatch(url)
    root = f"{found['site']}/{found['root']}" if found else urljoin(url, "/jsonapi")
    said = options.type or (found["type"] if found else "")
    return root, [said] if said else NEWS, (found["query"] or "") if found else ""


def _asking(address: str, query: str) -> str:
    """The address of the list with what it does not say itself: oldest first is how it comes otherwise."""
    parts = [query] if query else []
    parts += [] if re.search(r"(?:\A|&)sort\b", query) else ["sort=-created"]
    parts += [] if re.search(r"(?i)(?:\A|&)page(?:\[|%5b)", query) else ["page[limit]=20"]
    return urls.absolute(address, f"{address}?{'&'.join(parts)}")


def _name_types(root: str, get: Get) -> NoReturn:
    try:
        there = sorted(_types(data.read(get(Request(url=root)))))
    except CheckError as error:
        raise NotUnderstood(
            f"there is no JSON:API of Drupal at {root}: {error}",
            hint="many sites do not have it switched on: watch the page",
        ) from error
    raise NothingFound(
        f"{root} has no type of contents that is called {', '.join(NEWS[:-1])} or {NEWS[-1]}",
        hint=f"say which is meant, type = one of: {shorten(', '.join(there), 300)}" if there else "watch the page",
    )


def _onward(response: Response) -> str:
    following = data.at(data.peek(response), "links", "next")
    return data.text(following, "href") or data.text(following)


def _reading(root: str, path: str) -> Callable[[Response], list[Item]]:
    def read(response: Response) -> list[Item]:
        answer = data.read(response)
        nodes = [node for node in data.objects(answer, "data") if _is_node(node)]
        shown = [node for node in nodes if data.at(node, "attributes", "status") is not False]
        if not shown:
            _refuse(answer, response)
        dated, terms = _date_field(shown), _terms(answer)
        found = [(node, _item(node, root, dated, terms)) for node in shown]
        much = sum(len(_body(node)) for node, item in found if _is_below(item, path)) > fragment.MUCH
        return [_with_text(node, item, words_only=much) if _is_below(item, path) else item for node, item in found]

    return read


def _refuse(answer: Any, response: Response) -> NoReturn:
    if data.at(answer, "data") == [] or _is_list(answer):
        raise NothingFound(
            f"{response.url} lists no contents ({response.status})",
            hint="known items are kept; look at type, or whether they may be read by everybody",
        )
    said = line(data.text(answer, "errors", 0, "detail"))
    raise NotUnderstood(
        f"{response.url} is no list of contents{f': {shorten(said, 200)}' if said else ''}",
        hint="the address of a list ends in /jsonapi/node/TYPE",
    )


def _item(node: Any, root: str, dated: str, terms: dict[str, str]) -> Item:
    link = _link(node, root)
    published = data.when(node, "attributes", dated) or data.when(node, "attributes", "created")
    return Item(
        link=link,
        title=line(data.text(node, "attributes", "title")) or line(urls.last_part(link)) or link,
        published=published,
        dated_by="drupal" if published else "",
        key=line(data.text(node, "id")),
        tags=_tags(node, terms),
    )


def _with_text(node: Any, item: Item, *, words_only: bool) -> Item:
    text = _body(node)
    body = fragment.markdown(text, item.link, item.title, words_only=words_only)
    return replace(item, summary=fragment.summary(_teaser(node), of=text), body=body)


def _link(node: Any, root: str) -> str:
    """Its address on the site that the interface belongs to."""
    site = root.rpartition("/")[0]
    alias = data.text(node, "attributes", "path", "alias")
    number = data.text(node, "attributes", "drupal_internal__nid") or data.text(node, "attributes", "nid")
    path = alias or (f"/node/{number}" if number else "")
    own = data.text(node, "links", "self", "href") or f"{root}/{data.text(node, 'id')}"
    return urls.absolute(root, f"{site}/{path.lstrip('/')}") if path else urls.absolute(root, own) or root


def _date_field(nodes: Sequence[Any]) -> str:
    """The attribute that dates each of them, where exactly one can; else the time at which they were made."""
    named = {name for node in nodes for name in data.at(node, "attributes") if _PUBLISHED.fullmatch(name)}
    full = [name for name in sorted(named) if all(data.when(node, "attributes", name) for node in nodes)]
    return full[0] if len(full) == 1 else "created"


def _body(node: Any) -> str:
    """The text, as the site shows it."""
    attributes = data.at(node, "attributes")
    named = [name for name in attributes if _BODY.fullmatch(name)]
    texts = [data.text(attributes, name, "processed") for name in ("body", *named)]
    return texts[0] or max(texts, key=len)


def _teaser(node: Any) -> str:
    attributes = data.at(node, "attributes")
    named = [name for name in attributes if _TEASER.fullmatch(name)]
    said = (data.text(attributes, name, "processed") or data.text(attributes, name) for name in named)
    return data.text(attributes, "body", "summary") or next(filter(None, said), "")


def _terms(answer: Any) -> dict[str, str]:
    """The names of the terms that came with the list, by id."""
    named = ((each, line(data.text(each, "attributes", "name"))) for each in data.objects(answer, "included"))
    return {data.text(each, "id"): name for each, name in named if _is_term(each) and name}


def _is_term(each: Any) -> bool:
    return data.text(each, "type").startswith("taxonomy_term--")


def _tags(node: Any, terms: dict[str, str]) -> tuple[str, ...]:
    ids = (data.text(term, "id") for each in _related(node).values() for term in _targets(each))
    return tuple(dict.fromkeys(terms[id_] for id_ in ids if id_ in terms))


def _related(node: Any) -> dict[str, Any]:
    related = data.at(node, "relationships")
    return related if isinstance(related, dict) else {}


def _targets(relationship: Any) -> list[dict[str, Any]]:
    """What a field refers to: one, or several."""
    found = data.at(relationship, "data")
    return [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]
