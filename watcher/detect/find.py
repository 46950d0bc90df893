"""From a page to ranked proposals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from lxml.etree import _Element

from watcher import urls
from watcher.detect.declared import completed, declared
from watcher.detect.proposal import Proposal
from watcher.detect.shown import ranked
from watcher.detect.shown.blocks import Block
from watcher.detect.shown.reading import Reading, texts_of
from watcher.detect.shown.selectors import selectors
from watcher.detect.shown.summaries import summaries
from watcher.detect.tree import Tree
from watcher.model import Item
from watcher.text import line
from watcher.versions.releases import advised

#: What is worth less is a list only to one who knows its items: on pages without one, the best is worth up to 4.7;
#: lists are worth 8 and more.
LEAST = 5.0

_OFFERED = 8


def proposals(tree: Tree, *, least: float = LEAST) -> list[Proposal]:
    """What the page may list, best first: what it shows, then what it declares and does not show."""
    return list(offered(tree, least=least))


def offered(tree: Tree, *, least: float = LEAST) -> Iterator[Proposal]:
    """`proposals`, for who may want the first of them only: each is put together when it is asked for."""
    told, links = declared(tree), []
    for each in ranked(tree)[:_OFFERED]:
        if each.score >= least:
            proposal = _proposal(tree, each, told)
            links.append(_links(proposal))
            yield proposal
    yield from (each for each in told if each.score >= least and _links(each) not in links)


def _links(proposal: Proposal) -> set[str]:
    return {urls.identity(item.link) for item in proposal.items}


def _proposal(tree: Tree, reading: Reading, told: Sequence[Proposal]) -> Proposal:
    return Proposal(
        items=completed(_items(tree, reading), told),
        score=reading.score,
        reasons=tuple(reading.reasons),
        options=selectors(tree, reading.group, reading.named, reading.when),
        elements=tuple(_elements(tree, block) for block in reading.group.blocks),
    )


def _elements(tree: Tree, block: Block) -> tuple[_Element, ...]:
    return tuple(tree.nodes[n] for n in takewhile(lambda n: n < block.end, tree.siblings(block.begin)))


def _items(tree: Tree, reading: Reading) -> list[Item]:
    blocks, when = reading.group.blocks, reading.when
    said = summaries(texts_of(tree, reading.group), reading.named)
    return [
        Item(
            link=block.link,
            title=line(title) or urls.last_part(block.link) or block.link,
            published=day,
            dated_by=by,
            summary=summary,
            tags=advised(tree.between(block.first, block.last)),
        )
        for block, title, day, by, summary in zip(blocks, reading.named.texts, when.values, when.by, said, strict=True)
    ]
