"""The headings of a file of notes, in whatever form, and which of them are releases."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from watcher import times
from watcher.changelogs.heading import Said, may_be_one, said, undated, waits
from watcher.errors import NotUnderstood
from watcher.model import When
from watcher.text import fold, line

_MOST = 5_000  # releases of one file: reading so many takes seconds
_ENOUGH = 200  # headings that show what a text is
_SHORT = 100  # characters of a line that says nothing but a date
_SECTIONS = frozenset(
    re.findall(
        r"[^|]+",
        "added|changed|deprecated|removed|fixed|security|bug fixes|bugfixes|bugs|bugs fixed|fixes|features|new features"
        "|new|enhancements|improvements|improved|breaking|breaking changes|performance|performance improvements"
        "|reverts|reverted|documentation|docs|chores|misc|miscellaneous|dependencies|other|other changes|internal"
        "|changes|notes|major changes|minor changes|patch changes|what s changed|new contributors|contributors"
        "|highlights|deprecations|removals|updated|known issues|upgrade notes|tests|build|refactoring|api changes"
        "|compatibility",
    )
)
_NO_NAME = re.compile(
    r"(?i)\b(?:change[ -]?logs?|change history|release notes?|releases?|(?:(?:revision|release|version) )?history"
    r"|changes|versions?|news|what['’]?s new|notable|noteworthy|user[ -]visible|all|documentation|docs|manual|home|page"
    r"|perl (?:module|extension)|extension|the|for|of|in|to|and|this|project|table|contents|introduction|overview|about"
    r"|series|branch|stable|current|latest|older|old|previous|archived?)\b|-\*-.*|\bv?\d[\w.]*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading as plain words; `level` 1 is the highest. A `plain` one is marked as a heading by its place only."""

    words: str
    level: int
    anchor: str = ""
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The headings in their order; `notes(i, j)` is what stands between two of them, as Markdown: j may be one more
    than there are. `names` are texts that may name the project, the best first."""

    headings: Sequence[Heading]
    notes: Callable[[int, int], str]
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One section. `key` is its version, with the name that its heading gives it."""

    key: str
    title: str
    version: str = ""
    published: When | None = None
    author: str = ""
    body: str = ""
    anchor: str = ""


def count(outline: Outline) -> int:
    """How many of the headings are of versions, by a look at the first of them."""
    likely = (each.words for each in outline.headings if may_be_one(each.words))
    read = (said(words) for words in islice(likely, _ENOUGH))
    # Sections of documents have numbers, too, and words behind them.
    return sum(bool(each and each.version and not each.loose) for each in read)


def releases(outline: Outline) -> list[Release]:
    """The releases in their order, each once: the first stands. What is not out yet is none."""
    headings, read = outline.headings, _read(outline.headings)
    above = _above(headings)
    marked = _marked(headings, read, above)
    project = _project(outline, above, min(marked, default=-1))
    found: dict[str, Release] = {}
    for i, end in _spans(headings, marked):
        if marked[i].out and (one := _release(outline, marked, list(_upward(above, i)), i, end, project)):
            found.setdefault(one.key, one)
    return list(found.values())


def _read(headings: Sequence[Heading]) -> dict[int, Said]:
    """What the headings say that look like those of releases, by their places."""
    likely = [i for i, each in enumerate(headings) if may_be_one(each.words)]
    if len(likely) > _MOST:
        raise NotUnderstood(
            f"the file holds more than {_MOST:,} headings that look like releases",
            hint="watch a smaller file: many projects keep one for each line of versions",
        )
    read = ((i, said(headings[i].words)) for i in likely)
    return {i: found for i, found in read if found and not (headings[i].plain and found.loose)}


def _above(headings: Sequence[Heading]) -> list[int]:
    """For each heading the place of the one whose section it is in, -1 for none."""
    above: list[int] = []
    open_ = [-1]
    for i, each in enumerate(headings):
        while open_[-1] >= 0 and headings[open_[-1]].level >= each.level:
            open_.pop()
        above.append(open_[-1])
        open_.append(i)
    return above


def _upward(above: Sequence[int], i: int) -> Iterator[int]:
    while i >= 0 and (i := above[i]) >= 0:
        yield i


def _marked(headings: Sequence[Heading], read: dict[int, Said], above: Sequence[int]) -> dict[int, Said]:
    """Those that begin a section of their own: of a version, of what is to come, or of a day that is in no version."""
    bare = sum(bool(each.version and not each.name) for each in read.values())
    often = Counter(fold(each.name) for each in read.values() if each.version)
    marked: dict[int, Said] = {}
    for i, one in read.items():
        around = [marked[n] for n in _upward(above, i) if n in marked]
        holder = next((each for each in around if each.version), None)
        if not (_fits(one, holder) if one.version else holder is None):
            continue
        if one.name and not one.joined and not holder and often[fold(one.name)] < min(bare, 3):
            continue  # "Node 18.0" beside "1.2.3", "1.2.4", …
        waits_above = one.version and not one.published and any(not each.out for each in around)
        marked[i] = replace(one, out=False) if waits_above else one
    return marked


def _fits(one: Said, holder: Said | None) -> bool:
    """Whether a heading with a version is a release's, and no "Python 3.12" among the notes of one."""
    if holder is None:
        return not (one.name and one.loose)
    return not one.loose and (one.joined or not one.name or fold(one.name) == fold(holder.name))


def _spans(headings: Sequence[Heading], marked: dict[int, Said]) -> Iterator[tuple[int, int]]:
    """Each marked heading with the first one that does not belong to its notes."""
    often = Counter(fold(each.words) for each in headings)
    for i in marked:
        end = i + 1
        while end < len(headings) and end not in marked:
            words = fold(headings[end].words)
            # Tools write "### 1.0.1", and below it "### Bug Fixes": what is said again and again ends nothing.
            if headings[end].level <= headings[i].level and words not in _SECTIONS and often[words] < 2:
                break
            end += 1
        yield i, end


def _release(
    outline: Outline, marked: dict[int, Said], around: Sequence[int], i: int, end: int, project: str
) -> Release | None:
    """The release at a place; None for a heading that only groups others, or whose notes say that it is to come."""
    one, heading = marked[i], outline.headings[i]
    body = outline.notes(i, end)
    if not body and end in marked and outline.headings[end].level > heading.level:
        return None
    first = line(body[: _SHORT * 2].partition("\n")[0].strip("*_#> :"))
    if not one.published and waits(first):
        return None
    days = (marked[n].published for n in around if n in marked and not marked[n].version)
    return Release(
        key=line(f"{one.name.lower()} {one.version}") if one.version else one.words,
        title=f"{project} {one.number}{one.tail}" if project and not one.name and one.version else one.words,
        version=one.version,
        published=one.published or _day(first) or next(filter(None, days), None),
        body=body,
        anchor=heading.anchor,
    )


def _day(text: str) -> When | None:
    """The date of a line that says nothing else."""
    return None if len(text) > _SHORT or undated(text) else times.parse(text)


def _project(outline: Outline, above: Sequence[int], first: int) -> str:
    """The project's name: in the headings that the first release stands under, in that of the file, in its title."""
    places = [*_upward(above, first), *([0] if first > 0 else [])]
    texts = [outline.headings[n].words for n in places if not outline.headings[n].plain]
    return next(filter(None, map(_named, [*texts, *outline.names])), "")


def _named(text: str) -> str:
    """The name in a text such as "Changelog of Tool" or "What's new — Tool 3.1 documentation"."""
    if waits(text):
        return ""
    for part in re.split(r"\s[-–—|·:»]+\s|: ", undated(text)[:_SHORT]):
        name = line(_NO_NAME.sub(" ", part)).strip(" -–—:|.,()[]\"'")
        if re.search(r"[^\W\d_]", name) and len(name) <= 40 and len(name.split()) <= 3:
            return name
    return ""
