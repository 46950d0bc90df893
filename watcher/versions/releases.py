"""What the versions of items say: which to keep, their order, and what a release is to be told as."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from watcher import times
from watcher.model import Item
from watcher.versions import Version, parse, within

_YEARS = range(1990, 2100)  # a major number that is one begins no new line

_ADVISORY = re.compile(r"(?i)\b(?:CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3})\b", re.ASCII)
_DENIED = re.compile(
    r"(?i)\b(?:no|not|non|without|never|zero|isn.t|aren.t)\b"
    r"(?:[\s-]{1,3}(?:a|an|any|known|new|other|further|open|is|are|be|were|there|longer))*[\s-]{1,3}"
    r"(?:security|vulnerab\w*|breaking)(?:[\s-]\w+)?"
)
_ELSEWHERE = re.compile(r"(?i)\b(?:(?:social|homeland|national|food) security|vulnerab\w* (?:scan|report|check|manag))")
_SECURITY = re.compile(
    r"(?i)\bvulnerab"
    r"|\bsecurity[\s-](?:bug ?|hot)?(?:fix|releas|updat|advisor|patch|issue|hole|bug|flaw|bulletin|problem)"
)


def _marked(words: str) -> re.Pattern[str]:
    """Words in a heading, or at the beginning of a line as a label; not where "none" is all that follows."""
    return re.compile(
        rf"(?im)^[ \t>]*(?:#{{1,6}}[ \t][^\n]*?\b{words}\b[^\n]*$"
        rf"|(?:[-*+•][ \t]+)?[^\w\s]{{0,6}}[ \t]?{words}[ \t]?(?:[]:)*_]|$))"
        r"(?!(?:\s|[-*:_]){0,20}(?:none|nothing|n/a)\b)"
    )


_SECURITY_MARK = _marked(r"security(?:[ \t](?:fix|update|note|change|content|improvement)\w*)?")
_BREAKING_MARK = _marked(r"(?:backwards?[ -]incompatible(?:[ \t]changes?)?|breaking(?:[ \t](?:api[ \t])?changes?)?)")
_BREAKING = re.compile(r"\bBREAKING[ -]CHANGES?\b")
# A type of Conventional Commits 1.0.0 with the "!" of its §13.
_BANG = re.compile(
    r"(?m)^[ \t]*(?:[-*+][ \t]+)?\**(?:feat|fix|refactor|perf|build|chore|ci|docs|style|test|revert)"
    r"(?:\([^()\n]{1,60}\))?!:"
)


# "2.4.1", "v3-rc1", "5.0 Beta 2"; not "$2.5 million", "2.5 %", nor the day "3.11.2026"
_IN_TITLE = re.compile(
    r"(?i)(?<![\w.$€£])(?!\d{1,2}\.\d{1,2}\.(?:19|20)\d\d(?![\w.]))(?:v\.?\d+|\d+(?=\.\d))(?:\.\d+)*+"
    r"(?!\s?[%°€]|\s[mb]illion)(?:[-+~.]?\w+)*(?:\s(?:alpha|beta|rc|preview)\b(?:\s?\d+)?)?",
    re.ASCII,
)


def flags(item: Item) -> tuple[str, ...]:
    """What a release is, as tags: "security", "breaking", "pre-release". Mere words count only beside a version: the
    news of an office speaks of security too."""
    version = parse(item.version)
    found = {
        "security": _is_about_security(item),
        "breaking": _is_breaking(item, version),
        "pre-release": _is_early(item, version),
    }
    return tuple(tag for tag, holds in found.items() if holds)


def advised(text: str) -> tuple[str, ...]:
    """The tag of what a text beside an item names: an advisory counts also where the text is no summary."""
    return ("security",) if _ADVISORY.search(text) else ()


def kept(items: Iterable[Item], prereleases: bool, versions: str | None) -> list[Item]:
    """The items that a watch is about. One whose version cannot be read stays, unless its source calls it a
    pre-release: what nobody can judge is not lost in silence. Raises ValueError for a range that means nothing."""
    return [item for item in items if _is_kept(item, _version(item), prereleases, versions)]


def ordered(items: Iterable[Item]) -> list[Item]:
    """The items by version, newest first; behind them, in their own order, those whose version cannot be read."""
    pairs = [(parse(item.version), item) for item in items]
    read = sorted(((version, item) for version, item in pairs if version), key=lambda pair: pair[0], reverse=True)
    return [*(item for _, item in read), *(item for version, item in pairs if version is None)]


def backports(items: Sequence[Item]) -> set[int]:
    """The positions of releases of older lines: a stable version with higher numbers came on an earlier day. Versions
    of different packages are not compared, nor are items without a date."""
    dated = [
        (times.day(item.published), version, position, _is_early(item, version))
        for position, item in enumerate(items)
        if item.published and (version := parse(item.version))
    ]
    highest: dict[str, tuple[int, tuple[int, ...]]] = {}
    found = set()
    for _, group in groupby(sorted(dated, key=lambda each: each[0]), key=lambda each: each[0]):
        same_day = list(group)
        found |= {place for _, version, place, _ in same_day if highest.get(version.name, (-1, ())) > version.numbers}
        for _, version, _, early in same_day:
            if not early:
                highest[version.name] = max(highest.get(version.name, (-1, ())), version.numbers)
    return found


def _version(item: Item) -> Version | None:
    """The version of an item, or the one that its title names: lists and feeds have no place for it."""
    if item.version:
        return parse(item.version)
    said = _IN_TITLE.search(item.title)
    return parse(said[0]) if said else None


def _is_about_security(item: Item) -> bool:
    text = f"{item.title}\n{item.summary}\n{item.body}"
    if _ADVISORY.search(text):
        return True
    if not item.version:
        return False
    title, text = (_ELSEWHERE.sub(" ", _DENIED.sub(" ", each)) for each in (item.title, text))
    return "security" in title.lower() or bool(_SECURITY.search(text) or _SECURITY_MARK.search(text))


def _is_breaking(item: Item, version: Version | None) -> bool:
    text = f"{item.title}\n{item.summary}\n{item.body}"
    if _BANG.search(text) or (version and _begins_a_line(version)):
        return True
    text = _DENIED.sub(" ", text)
    return bool(item.version and (_BREAKING.search(text) or _BREAKING_MARK.search(text)))


def _begins_a_line(version: Version) -> bool:
    """2.0 and 2.0.0, and nothing that came after them."""
    major = version.major
    return len(version.release) in (2, 3) and version == parse(f"{major}.0") and major > 0 and major not in _YEARS


def _is_early(item: Item, version: Version | None) -> bool:
    return "pre-release" in item.tags or (version is not None and version.prerelease)


def _is_kept(item: Item, version: Version | None, prereleases: bool, versions: str | None) -> bool:
    if _is_early(item, version) and not prereleases:
        return False
    return not (versions and version) or within(version, versions)
