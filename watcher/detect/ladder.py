"""What an address may be watched as: what its answer is, the feed of its page, the interface of the system that made
the page, the lists that stand there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, islice
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup

from watcher import detect, html, sources, urls
from watcher.detect.empty import why
from watcher.detect.offers import WELL_KNOWN, interface, of_comments, offers
from watcher.detect.proposal import Proposal
from watcher.detect.reproduce import reproducing
from watcher.detect.tree import Tree
from watcher.errors import BadStatus, CheckError, ExtractError, FetchError, NothingFound
from watcher.match import distinct
from watcher.model import NOTHING, Get, Item, Request, Response
from watcher.sources import Source
from watcher.text import fold

#: So many feeds that a page offers are asked for, and so many addresses where it may keep one without a word.
OFFERED, GUESSED = 3, 6

_FIRST = 5  # items of a page that are looked for in its feed


class Page:
    """What an address answered, read once for all that is asked of it."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self._type = response.headers.get("content-type", "")

    @cached_property
    def tree(self) -> Tree:
        """Raises NotUnderstood for what is no text."""
        return detect.read(self.response.body, self._type, self.response.url)

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The same, as selectors are run over it."""
        return html.document(self.response.body, self._type)

    @cached_property
    def lists(self) -> list[Proposal]:
        """What stands on the page, best first. Raises CheckError where there is nothing to list, with the reason."""
        if found := detect.proposals(self.tree):
            return found
        raise why(self.tree, self.response.body)

    @cached_property
    def doubtful(self) -> list[Proposal]:
        """The same with what is a list only to one who knows its items."""
        return detect.proposals(self.tree, least=0) or self.lists


def climb(page: Page, get: Get | None = None) -> list[Proposal]:
    """Every way to watch what an address answered, the best first. What the page offers elsewhere, feeds and
    interfaces, is fetched by `get`; without it, nothing is. Raises CheckError where there is nothing to list, with the
    reason."""
    refusals: list[CheckError] = []
    if known := recognised(page.response, get, refusals):
        return [known]
    found = detect.proposals(page.tree)
    others = list(_elsewhere(page, found[0].items if found else (), get)) if get else []
    if not found and not others and (notes := _changelog(page.response)):
        return [notes]
    if not found and not others and (told := next((each for each in refusals if each.hint), None)):
        raise told  # the page is of a kind that says what it needs
    if not others:
        return page.lists
    return [*(each for each in others if each.score), *found, *(each for each in others if not each.score)]


def settled(page: Page, proposals: Sequence[Proposal], number: int) -> Proposal:
    """The proposal of that number, from 1, its options being the configuration that gives it again: for the best list
    none. Raises NothingFound where there is none."""
    chosen = proposals[number - 1]
    if chosen.kind != "list":
        return chosen
    if chosen is next(each for each in proposals if each.kind == "list"):
        return replace(chosen, options=NOTHING)
    return selected(page, chosen)


def selected(page: Page, proposal: Proposal) -> Proposal:
    """A list with the selectors that find it again, and as they do. Raises NothingFound where none does."""
    options = reproducing(page.tree, page.soup, proposal)
    items: tuple[Item, ...] = ()
    if options:
        source = sources.load("list")
        given = source.Options(url=page.response.url, **options)
        items = tuple(distinct(source.find(given, lambda _: page.response)))
    if not options or _addresses(items) != _addresses(proposal.items):
        raise NothingFound(
            f"no selector tells these {len(proposal.items)} items from the rest of {page.response.url}",
            hint="look at the page's source, and name one item yourself: --item CSS",
        )
    return replace(proposal, items=items, options=options)


def recognised(response: Response, get: Get | None = None, refusals: list[CheckError] | None = None) -> Proposal | None:
    """What an answer is by itself: the first kind that knows it for its own. What the kind needs beyond it is asked
    for by `get`; a kind that does not get it, or finds nothing of its own there, leaves the answer to the others.
    Why is added to `refusals`. Raises ExtractError where the answer itself is of a kind, and empty."""
    for kind in sources.kinds():
        source = sources.load(kind)
        for options in _ways(source, response):
            asked = _Asked(response, get)
            try:
                items = tuple(distinct(source.find(options, asked)))
            except CheckError as error:
                if not asked.further:
                    raise
                if refusals is not None:
                    refusals.append(error)
                if isinstance(error, NothingFound):
                    continue
                break
            said = options.model_dump(mode="json", exclude_defaults=True)
            return Proposal(kind=kind, options=said, items=items, score=1.0, reasons=(f"the answer is a {kind}",))
    return None


def _changelog(response: Response) -> Proposal | None:
    """A page that lists nothing, but tells of versions under their headings."""
    source = sources.load("changelog")
    try:
        items = tuple(source.find(source.Options(url=response.url), lambda _: response))
    except CheckError:
        return None
    return (
        Proposal(kind="changelog", items=items, score=1.0, reasons=("its headings are versions",))
        if items[1:]
        else None
    )


def _ways(source: Source, response: Response) -> Iterator[Any]:
    """What a kind makes of an answer: its options, and then what it would do where these find nothing."""
    recognise, otherwise = (getattr(source, name, lambda _: None) for name in ("recognise", "otherwise"))
    options = recognise(response)
    while options is not None:
        yield options
        options = otherwise(options)


class _Asked:
    """`get` for one who has an answer already: it is given again for its own address, and where nothing can be asked,
    for the same with other parameters. `further` says whether more was asked for."""

    def __init__(self, response: Response, get: Get | None) -> None:
        self.response, self.get, self.further = response, get, False

    def __call__(self, request: Request) -> Response:
        if urls.identity(request.url) == urls.identity(self.response.url):
            return self.response
        self.further = True
        if self.get is None and urls.identity(_bare(request.url)) == urls.identity(_bare(self.response.url)):
            return self.response
        if self.get is None:
            raise FetchError(f"{request.url} was not asked for: a page is judged by what is in it")
        return self.get(request)


def _bare(url: str) -> str:
    return url.partition("?")[0]


def _addresses(items: Iterable[Item]) -> list[str]:
    return [urls.identity(item.link) for item in distinct(items)]


def _elsewhere(page: Page, items: Sequence[Item], get: Get) -> Iterator[Proposal]:
    """The page's feeds, then the interface of the system that made it, up to the first that counts; others have no
    score. Where the page lists nothing, what readers say of it is no feed of its."""
    tree, comments, get = page.tree, bool(items), _while_it_answers(get)
    offered = offers(tree, comments=comments)
    addresses, most = (offered[:OFFERED], OFFERED) if offered else (_guesses(tree), 1)
    feeds = islice(_asked(addresses, get, comments), most)
    made_by = _asked(filter(None, [interface(tree, page.response.headers)]), get, comments)
    for found in chain(feeds, made_by):
        held, first = _held(found, items), min(len(items), _FIRST)
        counts = held * 2 >= first and len(found.items) * 2 >= len(items)
        said = f"it holds {held} of the first {first} items on the page" if items else "the page itself lists nothing"
        what = "the page's own feed" if found.kind == "feed" else f"the page says that it is made by {found.kind}"
        yield replace(found, score=found.score if counts else 0.0, reasons=(what, said))
        if counts:
            return


def _while_it_answers(get: Get) -> Get:
    """`get` until a host does not answer: it would be waited for again and again."""
    failed: list[CheckError] = []

    def ask(request: Request) -> Response:
        if failed:
            raise failed[0]
        try:
            return get(request)
        except (BadStatus, ExtractError):
            raise
        except CheckError as error:
            failed.append(error)
            raise

    return ask


def _asked(addresses: Iterable[str], get: Get, comments: bool) -> Iterator[Proposal]:
    """What answers as a kind of its own; without `comments` not a feed of them."""
    for address in addresses:
        try:
            answer = get(Request(url=address))
            found = recognised(answer, get)
        except CheckError:
            continue
        if found and (comments or found.kind != "feed" or not of_comments(answer.body)):
            yield found


def _guesses(tree: Tree) -> list[str]:
    """Where feeds are kept: below the page, or where it lies, and at the root of the site."""
    last = urlsplit(tree.url).path.rpartition("/")[2]
    here = tree.url.partition("?")[0].partition("#")[0]
    below = here if "." in last or here.endswith("/") else f"{here}/"
    places = (urljoin(start, name) for name in WELL_KNOWN for start in (below, urljoin(tree.url, "/")))
    return list(dict.fromkeys(places))[:GUESSED]


def _held(feed: Proposal, items: Sequence[Item]) -> int:
    """How many of the page's first items are in its feed."""
    addresses, titles = {urls.identity(i.link) for i in feed.items}, {fold(i.title) for i in feed.items}
    return sum(urls.identity(i.link) in addresses or fold(i.title) in titles for i in items[:_FIRST])
