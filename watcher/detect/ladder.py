"""What an address may be watched as: what its answer is, the feed of its page, the lists that stand there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from urllib.parse import urljoin, urlsplit

from watcher import detect, html, sources, urls
from watcher.detect.empty import why
from watcher.detect.offers import WELL_KNOWN, offers
from watcher.detect.proposal import Proposal
from watcher.detect.reproduce import reproducing
from watcher.detect.tree import Tree
from watcher.errors import BadStatus, CheckError, ExtractError, NothingFound
from watcher.match import distinct
from watcher.model import NOTHING, Get, Item, Request, Response
from watcher.text import fold

#: So many feeds that a page offers are asked for, and so many addresses where it may keep one without a word.
OFFERED, GUESSED = 3, 6

_FIRST = 5  # items of a page that are looked for in its feed


def climb(response: Response, get: Get | None = None) -> list[Proposal]:
    """Every way to watch what an address answered, the best first. Feeds are fetched by `get`; without it, nothing is.
    Raises CheckError where there is nothing to list, with the reason."""
    if known := recognised(response):
        return [known]
    tree = _read(response)
    found = detect.proposals(tree)
    feeds = list(_feeds(tree, found[0].items if found else (), get)) if get else []
    if not found and not feeds:
        raise why(tree, response.body)
    own = [each for each in feeds if each.score]
    return [*own, *found, *(each for each in feeds if not each.score)]


def lists(response: Response) -> list[Proposal]:
    """The lists of a page alone, best first. Raises CheckError where there are none, with the reason."""
    tree = _read(response)
    if found := detect.proposals(tree):
        return found
    raise why(tree, response.body)


def settled(response: Response, proposals: Sequence[Proposal], number: int) -> Proposal:
    """The proposal of that number, from 1, its options being the configuration that gives it again: for the best list
    none. Raises NothingFound where there is none."""
    chosen = proposals[number - 1]
    if chosen.kind != "list":
        return chosen
    if chosen is next(each for each in proposals if each.kind == "list"):
        return replace(chosen, options=NOTHING)
    return selected(response, chosen)


def selected(response: Response, proposal: Proposal) -> Proposal:
    """A list with the selectors that find it again, and as they do. Raises NothingFound where none does."""
    soup = html.document(response.body, response.headers.get("content-type", ""))
    options = reproducing(_read(response), soup, proposal)
    items: tuple[Item, ...] = ()
    if options:
        source = sources.load("list")
        items = tuple(distinct(source.find(source.Options(url=response.url, **options), lambda _: response)))
    if not options or _addresses(items) != _addresses(proposal.items):
        raise NothingFound(
            f"no selector tells these {len(proposal.items)} items from the rest of {response.url}",
            hint="look at the page's source, and name one item yourself: --item CSS",
        )
    return replace(proposal, items=items, options=options)


def recognised(response: Response) -> Proposal | None:
    """What an answer is by itself: the first kind that knows it for its own. Raises ExtractError where it is empty."""
    for kind in sources.kinds():
        source = sources.load(kind)
        recognise = getattr(source, "recognise", None)
        if recognise and (options := recognise(response)):
            items = tuple(distinct(source.find(options, lambda _: response)))
            said = options.model_dump(mode="json", exclude_defaults=True)
            return Proposal(kind=kind, options=said, items=items, score=1.0, reasons=(f"the answer is a {kind}",))
    return None


def _read(response: Response) -> Tree:
    return detect.read(response.body, response.headers.get("content-type", ""), response.url)


def _addresses(items: Iterable[Item]) -> list[str]:
    return [urls.identity(item.link) for item in distinct(items)]


def _feeds(tree: Tree, items: Sequence[Item], get: Get) -> Iterator[Proposal]:
    """The page's feeds up to the first that counts; others have no score."""
    offered = offers(tree)
    looked_for = islice(_asked(offered[:OFFERED], get), OFFERED) if offered else islice(_asked(_guesses(tree), get), 1)
    for feed in looked_for:
        held, first = _held(feed, items), min(len(items), _FIRST)
        counts = held * 2 >= first
        said = f"it holds {held} of the first {first} items on the page" if items else "the page itself lists nothing"
        yield replace(feed, score=feed.score if counts else 0.0, reasons=("the page's own feed", said))
        if counts:
            return


def _asked(addresses: Iterable[str], get: Get) -> Iterator[Proposal]:
    """What answers as a kind of its own."""
    for address in addresses:
        try:
            found = recognised(get(Request(url=address)))
        except (BadStatus, ExtractError):
            continue
        except CheckError:
            return  # a host that does not answer would be waited for again and again
        if found:
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
