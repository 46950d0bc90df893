"""Selectors that may tell a list's items from all else on their page, the plainest first: each is to be tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from lxml.etree import _Element

from watcher.detect.reproduce.naming import classes, lasting, names, path

_OWN, _AROUND = 8, 6
_TELLING = frozenset(("main", "section", "article", "table", "tbody"))


def candidates(tops: Sequence[_Element]) -> Iterator[str]:
    """Selectors of the elements `tops`, which are in page order: by their own name, by what is around them, by what
    they hold, and at last by their place."""
    own, scopes, held = list(islice(names(tops), _OWN)), list(_scopes(tops)), list(_held(tops))
    yield from (name for name in own if not name.isalpha() or name == "article")
    yield from (f"{scope}{name}" for scope in scopes for name in own[:3])
    yield from own  # a mere tag: what holds here today
    yield from (f"{name}{having}" for having in held for name in own[:2])
    yield from (f"{scope}{name}{having}" for scope in scopes[:6] for having in held for name in own[:1])
    if (common := _common(tops)) is not None:
        inside = f"{path(common)}{_between(common, tops)}"
        for name in own[-1:] + own[:1]:
            yield f"{inside}{name}"
            yield from (f"{inside}{name}{each}" for each in (*held, *_from(tops)))


def _scopes(tops: Sequence[_Element]) -> Iterator[str]:
    """What stands around all of them, by id or by name, and how they stand in it."""
    common = _common(tops)
    around = [common, *islice(common.iterancestors(), _AROUND)] if common is not None else []
    for each in around:
        inside = _between(each, tops)
        if (name := each.get("id") or "") and lasting(name):
            yield f"#{name}{inside}"
        for called in islice(names([each]), 2) if classes([each]) else ():
            yield from dict.fromkeys((f"{called}{inside}", f"{called} "))
    yield from (f"{each.tag}{_between(each, tops)}" for each in around if each.tag in _TELLING)
    parents = list(dict.fromkeys(parent for top in tops if (parent := top.getparent()) is not None))
    yield from (f"{called} > " for called in islice(names(parents), 3) if len(parents) > 1)


def _common(tops: Sequence[_Element]) -> _Element | None:
    """The nearest element around all of them."""
    others = [set(top.iterancestors()) for top in tops[1:]]
    return next((each for each in tops[0].iterancestors() if all(each in around for around in others)), None)


def _between(around: _Element, tops: Sequence[_Element]) -> str:
    """How they stand inside: as children, in the same elements each, or somewhere."""
    chains = {tuple(_chain(around, top)) for top in tops}
    return " > " + "".join(f"{tag} > " for tag in chains.pop()) if len(chains) == 1 else " "


def _chain(around: _Element, top: _Element) -> list[str]:
    tags = []
    for each in top.iterancestors():
        if each is around:
            break
        tags.append(str(each.tag))
    return tags[::-1]


def _held(tops: Sequence[_Element]) -> Iterator[str]:
    """What all of them hold."""
    inner = [[each for each in top if isinstance(each.tag, str)] for top in tops]
    shared = set.intersection(*({str(each.tag) for each in some} for some in inner))
    for tag in sorted(shared, key=lambda tag: (tag not in ("h1", "h2", "h3", "h4", "time", "a"), tag)):
        firsts = [next(each for each in some if each.tag == tag) for some in inner]
        yield from (f":has(> {name})" for name in islice(names(firsts), 2))
    yield from (
        f":has({tag})" for tag in ("time", "h3", "a") if all(next(top.iter(tag), None) is not None for top in tops)
    )
    if all(next(top.iter("th"), None) is None for top in tops):
        yield ":not(:has(th))"


def _from(tops: Sequence[_Element]) -> Iterator[str]:
    """From the first of them on, and where others follow the last, up to it."""
    tag = str(tops[0].tag)
    before = sum(1 for _ in tops[0].itersiblings(tag, preceding=True))
    after = sum(1 for _ in tops[-1].itersiblings(tag))
    first = f":nth-of-type(n+{before + 1})" if before else ""
    if first:
        yield first
    if after:
        yield f"{first}:nth-last-of-type(n+{after + 1})"
