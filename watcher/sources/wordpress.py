"""The posts of a WordPress site by its REST interface: whole texts, exact dates, authors, categories and tags. The
interface is asked at the site's address, or at its own, which a page of the site names in its head."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from pydantic import BaseModel, Field

from watcher import data, times, urls
from watcher.errors import BadStatus, NothingFound, NotUnderstood
from watcher.fields import Address
from watcher.html import fragment
from watcher.model import Get, Item, Request, Response, Share, When
from watcher.paging import collect, linked_next
from watcher.text import line, shorten

_TITLE = 80  # characters at most of a title that is made of the text

# https://developer.wordpress.org/rest-api/: below the interface's root, which is a path or, where the site has no
# readable addresses, a parameter.
_LIST = re.compile(r"(?P<root>.*?/)wp/v2/(?P<type>[\w-]+)/?(?P<query>[?&].*)?")
_ROOT = re.compile(r"(?P<root>.*(?:/wp-json|[?&]rest_route=))/?(?:wp/v2)?/?")
# A page of a category or tag, under the names that they have unless the site says otherwise, and a further page.
_SECTION = re.compile(r"(?P<home>.*?)/(?P<name>category|tag)/(?:[^/]+/)*?(?P<slug>[^/]+?)(?:/page/\d+)?/?")
_TAXONOMY = {"category": "category", "tag": "post_tag"}
_LOOK = "the address of posts ends in /wp/v2/posts, or in the name of another type of them"
_FIELDS = "id,guid,date,date_gmt,link,title,content,excerpt,type,_links,_embedded"


class Options(BaseModel, extra="forbid", frozen=True):
    """What the address of the interface says itself (`?categories=7`, `&per_page=50`) is asked so."""

    url: Address = Field(
        description="the address of the site, of one of its category pages, or of its interface"
        " (https://…/wp-json/wp/v2/posts, https://…/?rest_route=/wp/v2/posts)"
    )
    type: str = Field(
        "",
        pattern=r"^[\w-]*$",
        description="the kind of posts, as the interface calls it; left out: what the address says, else posts",
    )
    category: int | str | None = Field(
        None,
        description="only posts of this category: its number, or its name in addresses, which is looked for"
        " among the 50 newest posts of the site",
    )
    path: str = Field("", description="only posts whose address has a path that begins with this: /news/")
    pages: int = Field(1, ge=1, le=50, description="read so many pages of the list, from the newest on")


class _Term(NamedTuple):
    """What posts are filed under."""

    taxonomy: str
    slug: str


def find(options: Options, get: Get) -> Iterable[Item]:
    """The posts, newest first. NothingFound where there are none, or none that are wanted."""
    items, found = _read(options, get, None)
    if not found:
        raise _nothing(options, items)
    return found


def revisit(options: Options, get: Get, known: Share) -> Iterable[Item]:
    """`find` for later looks: the wanted posts may have left the list, and none may have come. NothingFound where they
    are still in it, and not wanted any more: their category has another name by now."""
    items, found = _read(options, get, known)
    if not found and known(items) > 0.5:
        raise _nothing(options, items)
    return found


def recognise(response: Response) -> Options | None:
    """The options for a list of posts, by their shape."""
    posts = data.peek(response)
    if not isinstance(posts, list) or not posts or not _LIST.fullmatch(_spelt(response.url)):
        return None
    return Options(url=response.url) if all(map(_is_post, posts)) else None


def _is_post(post: Any) -> bool:
    named = all(isinstance(data.at(post, name, "rendered"), str) for name in ("guid", "title"))
    return named and bool(data.text(post, "link") and data.text(post, "type")) and "date_gmt" in post


def _read(options: Options, get: Get, known: Share | None) -> tuple[Sequence[Item], list[Item]]:
    """The newest posts, and those of them that are wanted."""
    term, wanted = _term(options), set[str]()

    def read(response: Response) -> list[Item]:
        found = [(post, item) for post in _posts(response) if (item := _item(post, response.url))]
        if not found:
            raise NotUnderstood(f"the posts of {response.url} have no addresses", hint=_LOOK)
        wanted.update(item.link for post, item in found if _is_wanted(post, item, term, options.path))
        much = sum(len(_text(post)) for post, item in found if item.link in wanted) > fragment.MUCH
        return [_with_text(post, item, words_only=much) if item.link in wanted else item for post, item in found]

    def met(items: Sequence[Item]) -> float:
        # Where none of the newest is wanted, none has come: the list is not read on to the last one that was.
        ours = [item for item in items if item.link in wanted]
        return known(ours) if known and ours else 1.0

    items = _collected(options, get, read, met if known else None)
    return items, [item for item in items if item.link in wanted]


def _collected(options: Options, get: Get, read: Callable[[Response], list[Item]], known: Share | None) -> list[Item]:
    """The items of the first address that is there. An answer of any other kind ends the look: it would be the one
    that is compared with the next look's."""
    addresses = _addresses(options)
    for address in addresses:
        try:
            return collect(Request(url=address), get, read, _onward, pages=options.pages, known=known)
        except BadStatus as error:
            if error.status != 404 or len(addresses) == 1:
                raise
    raise NotUnderstood(
        f"there is no interface of WordPress at {options.url}, nor above it",
        hint='its pages may name it in their head (rel="https://api.w.org/"): write that address, or watch the page',
    )


def _addresses(options: Options) -> list[str]:
    """Where the posts may be, the likeliest first."""
    url = _spelt(urls.absolute("", options.url))
    if found := _LIST.fullmatch(url):
        return [_asking(found["root"], options.type or found["type"], found["query"] or "", options)]
    if found := _ROOT.fullmatch(url):
        return [_asking(f"{found['root']}/", options.type or "posts", "", options)]
    folders = dict.fromkeys(f"{urljoin(url, folder)}wp-json/" for folder in _folders(urlsplit(url).path))
    roots = [*folders, urljoin(url, "/?rest_route=/")]
    return [_asking(root, options.type or "posts", "", options) for root in roots]


def _spelt(url: str) -> str:
    """The address with its route as people write it."""
    return re.sub("(?i)%2f", "/", url) if "rest_route=" in url else url


def _folders(path: str) -> list[str]:
    """Where the site of a page may begin: in its own folder, in the first one, in that of the host."""
    section = _SECTION.fullmatch(path)
    path = section["home"] if section else path
    parts = [part for part in path.split("/") if part and "." not in part]
    return [f"/{'/'.join(parts)}/" if parts else "/", f"/{parts[0]}/" if parts else "/", "/"]


def _asking(root: str, type_: str, query: str, options: Options) -> str:
    """The address of the list with what it does not say itself."""
    filtered = options.path or _term(options)
    ours = {"per_page": "50" if filtered else "20", "_embed": "author,wp:term", "_fields": _FIELDS}
    if isinstance(options.category, int):
        ours["categories"] = str(options.category)
    said = {part.partition("=")[0].partition("[")[0] for part in query[1:].split("&")}
    parts = [query[1:], *(f"{name}={value}" for name, value in ours.items() if name not in said)]
    return f"{root}wp/v2/{type_}{'&' if '?' in root else '?'}{'&'.join(filter(None, parts))}"


def _term(options: Options) -> _Term | None:
    """What the posts have to be filed under and the interface cannot be asked for, which knows numbers only."""
    if isinstance(options.category, str):
        return _Term("category", _slug(options.category))
    section = _SECTION.fullmatch(urlsplit(options.url).path)
    return _Term(_TAXONOMY[section["name"]], _slug(section["slug"])) if section and options.category is None else None


def _slug(text: str) -> str:
    return unquote(text).casefold()


def _is_wanted(post: Any, item: Item, term: _Term | None, path: str) -> bool:
    below = urlsplit(urls.absolute(item.link, f"/{path.lstrip('/')}")).path
    filed = (_Term(data.text(each, "taxonomy"), _slug(data.text(each, "slug"))) for each in _terms(post))
    return urlsplit(item.link).path.startswith(below) and (term is None or term in filed)


def _nothing(options: Options, items: Sequence[Item]) -> NothingFound:
    return NothingFound(
        f"none of the {len(items)} newest posts of {options.url} is {_wanted_in_words(options)}",
        hint="a category's number is asked for exactly, where its name is looked for among the newest posts:"
        " the interface lists both under /wp/v2/categories",
    )


def _wanted_in_words(options: Options) -> str:
    term = _term(options)
    words = [f'filed under "{term.slug}"' if term else "", f"below {options.path}" if options.path else ""]
    return " and ".join(filter(None, words))


def _onward(response: Response) -> str:
    """The next page as the headers say it."""
    if found := linked_next(response):
        return found
    page = re.search(r"[?&]page=(\d{1,6})(?!\d)", response.url)
    number, last = int(page[1]) if page else 1, response.headers.get("x-wp-totalpages", "")
    if not last.isdecimal() or number >= int(last):
        return ""
    bare = re.sub(r"(?<=[?&])page=\d+&?", "", response.url).rstrip("?&")
    return f"{bare}{'&' if '?' in bare else '?'}page={number + 1}"


def _posts(response: Response) -> list[dict[str, Any]]:
    answer = data.read(response)
    if isinstance(answer, list) and not answer:
        raise NothingFound(
            f"{response.url} lists no posts ({response.status})",
            hint="known items are kept; look at type and category, if they are given",
        )
    posts = [post for post in data.objects(answer) if isinstance(data.at(post, "title", "rendered"), str)]
    if not posts:
        said = line(data.text(answer, "message"))
        raise NotUnderstood(
            f"{response.url} is no list of posts{f': {shorten(said, 200)}' if said else ''}",
            hint=_LOOK,
        )
    return posts


def _item(post: dict[str, Any], url: str) -> Item | None:
    link = urls.absolute(url, data.text(post, "link"))
    if not link:
        return None
    said = fragment.plain(data.text(post, "title", "rendered"))
    published = _published(post)
    return Item(
        link=link,
        title=said or shorten(fragment.plain(_text(post)), _TITLE) or line(urls.last_part(link)) or link,
        published=published,
        dated_by="wordpress" if published else "",
        key=_key(post, link),
        author=", ".join(_names(data.objects(post, "_embedded", "author"))),
        tags=tuple(_names(_terms(post))),
    )


def _with_text(post: Any, item: Item, *, words_only: bool) -> Item:
    return replace(
        item,
        summary=fragment.summary(data.text(post, "excerpt", "rendered"), of=_text(post)),
        body=fragment.markdown(_text(post), item.link, item.title, words_only=words_only),
    )


def _text(post: Any) -> str:
    """The whole of it, as HTML; "" where a password protects it."""
    return data.text(post, "content", "rendered")


def _published(post: Any) -> When | None:
    """The time; where only the site's own clock is told, of no known zone, the day."""
    if found := data.when(post, "date_gmt"):
        return found
    local = data.when(post, "date")
    return times.day(local) if local else None


def _key(post: Any, link: str) -> str:
    """The guid, which the site's feed has as well, unless it is the link."""
    guid = fragment.plain(data.text(post, "guid", "rendered"))
    address = urls.absolute("", guid)
    same = address and urls.identity(address) == urls.identity(link)
    return "" if same else guid or data.text(post, "id")


def _terms(post: Any) -> list[dict[str, Any]]:
    groups = data.at(post, "_embedded", "wp:term")
    return [term for group in groups for term in data.objects(group)] if isinstance(groups, list) else []


def _names(of: Iterable[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(filter(None, (fragment.plain(data.text(each, "name")) for each in of))))
