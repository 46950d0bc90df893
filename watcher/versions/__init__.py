"""Versions as projects write them: read, put in order, told to be a pre-release or not, compared with a range.

One order for every scheme, so that a list that changed its scheme is still a list: PEP 440, Semantic Versioning 2.0.0,
the calendar, Debian's, and tags with names before them. A text of one scheme is ordered as that scheme has it; where
they disagree (`1.0-1` is a revision to PEP 440 and Debian, a pre-release to semver), it is what more projects mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import takewhile
from typing import TypeAlias

_LONGEST, _WORDS = 200, 5  # characters and words beyond which a text is more than a version

_MARKS = ("version", "ver", "v", "release", "rel", "rev", "r", "build", "b", "n", "go", "jdk", "tags", "refs")
# A number that begins a word, or that a mark stands before; or a name, where what follows it is plainly a version.
_BEGIN = re.compile(rf"(?:^|(?<=[-_ :/@]))(?:(?:{'|'.join(_MARKS)})[._]?|[a-z]+(?=\d+\.\d))?(?=\d)", re.ASCII)
_BETWEEN = re.compile(r"[-_ :/@.]+")
_NUMBERS = re.compile(
    r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?(?!\d)(?:\.\d+)*"  # 2026-11-01
    r"|\d+(?:-\d+){2,}(?![\w.])"  # release-1-2-3
    r"|\d+(?:\.\d+)+(?:_\d+)?"
    r"|\d+(?:_\d+)*",  # REL_17_2
    re.ASCII,
)
_DAY = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)", re.ASCII)  # 20261101
_SLASHES = re.compile(r"\b(\d{4})/(\d\d)/(\d\d)\b", re.ASCII)
_COMMIT = re.compile(r"(?=.*[a-f])[0-9a-f]{12,}")
_AT = re.compile(r".*@(?=v?\d)", re.ASCII)
_EPOCH = re.compile(r"(\d+)[!:](?=\d)", re.ASCII)  # PEP 440, deb-version(7)
_CORE = re.compile(r"\d+\.x-(?=\d)", re.ASCII)  # Drupal's 8.x-3.2 is a 3.2, for its version 8
_JAVA = re.compile(r"\d+u\d+|[\d.]+\.\d+_\d+", re.ASCII)  # 8u412-b08, 1.8.0_412-b08: its b08 is a build
_PART = re.compile(r"[a-z]+|\d+|[~+]", re.ASCII)
_NUMBERED = re.compile(r"\.?\d+(?!\d|[a-z](?![a-z]))", re.ASCII)

#: Made every day, before the first of the planned pre-releases.
_DAILY = {"dev", "develop", "nightly", "daily", "git", "trunk", "master", "main", "head", "unreleased"}
_EARLY = {
    *_DAILY,
    *("a", "alpha", "b", "beta", "c", "cr", "rc", "candidate", "m", "milestone", "pre", "prerelease", "preview"),
    *("snapshot", "canary", "next", "insider", "insiders", "ea", "eap", "early", "experimental", "exp", "unstable"),
    *("edge", "test", "testing", "internal", "draft", "wip", "tp", "dmr", "init", "pr", "ci"),
}
_SAME = {"a": "alpha", "b": "beta", "c": "rc", "cr": "rc", "candidate": "rc", "milestone": "m", "insider": "insiders"}
#: These count before the version as well, where nothing else is: nightly-2026-11-01.
_LEADING = {"nightly", "canary", "snapshot", "dev", "alpha", "beta", "rc", "preview", "insiders", "experimental"}
_FINAL = {"final", "release", "ga", "stable", "lts"}
_REVISION = {"post", "rev", "r"}

#: One part of what follows the numbers: its rank, then its number or its word.
_Part: TypeAlias = tuple[int, int, str]
_TILDE, _DEV, _PRE, _END, _BUILD, _LOW, _HIGH = range(7)

_CLAUSE = re.compile(r"\s*(~=|==|!=|<=|>=|<|>)\s*([^\s<>=!*]+?)(\.\*)?\s*")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version that was read. Two are equal when they have one place in the order: `v1.0` and `1.0.0`."""

    order: tuple[int, tuple[int, ...], tuple[_Part, ...]] = field(repr=False)  # epoch, numbers, what follows
    text: str = field(compare=False)
    release: tuple[int, ...] = field(compare=False)  # its numbers, as many as are written
    name: str = field(default="", compare=False)  # what it is a version of, where the text says so

    @property
    def prerelease(self) -> bool:
        """Whether the text says so. Odd numbers do not: most projects mean nothing by them."""
        return any(rank in (_DEV, _PRE) for rank, _, _ in self.order[2])

    @property
    def numbers(self) -> tuple[int, tuple[int, ...]]:
        """Epoch and numbers as they are compared: the same for all builds and variants of one release."""
        return self.order[:2]

    @property
    def major(self) -> int:
        return self.release[0]


@lru_cache(maxsize=4096)
def parse(text: str) -> Version | None:
    """The version that a text is, whatever name or mark stands before it; None for a text that is none."""
    written = text.strip()
    if len(written) > _LONGEST or len(written.split()) > _WORDS:
        return None
    plain = _SLASHES.sub(r"\1-\2-\3", written.lower()).partition(" (")[0]
    if _COMMIT.fullmatch(plain):
        return None
    package = _AT.match(plain)
    starts = (package.end(),) if package else (plain.rfind("/") + 1, 0)
    return next((found for start in starts if (found := _read(plain, start, written))), None)


def within(version: Version, spec: str) -> bool:
    """Whether a version is in a range such as `>=2,<4`, `~=1.4`, `==1.*`: all clauses hold, as PEP 440 has them, so
    that a pre-release of 4 is not `<4`. Raises ValueError for a range that means nothing."""
    return all(_holds(version, *clause) for clause in _clauses(spec))


def specified(spec: str) -> str:
    """The range itself. Raises ValueError, with words, for one that means nothing."""
    _clauses(spec)
    return spec


# Reading: all texts are in lower case


def _read(text: str, start: int, written: str) -> Version | None:
    """The version at the first number that may begin one."""
    begin = _BEGIN.search(text, start)
    if begin is None:
        return None
    before = [word for word in _BETWEEN.split(text[: begin.end()]) if word]
    epoch = _EPOCH.match(text, begin.end())
    release, after = _numbers(text[epoch.end() if epoch else begin.end() :])
    if len(before) == 1 and before[0] in _LEADING:
        after = f"-{before[0]}{after}"
    return Version(
        order=(int(epoch[1]) if epoch else 0, _trimmed(release), tuple(_parts(after))),
        text=written,
        release=release,
        name="-".join(word for word in before if word not in _MARKS),
    )


def _numbers(text: str) -> tuple[tuple[int, ...], str]:
    """The numbers of a version, and what follows them. `text` begins with a digit."""
    if core := _CORE.match(text):
        text = text[core.end() :]
    if day := _DAY.match(text):
        text = ".".join(day.groups()) + text[day.end() :]
    if _JAVA.match(text):
        text = text.replace("-b", "-build")
    found = _NUMBERS.match(text)
    numbers = found[0] if found else "0"
    return tuple(map(int, re.split("[-._]", numbers))), text[len(numbers) :]


def _trimmed(release: tuple[int, ...]) -> tuple[int, ...]:
    return release[: max((place for place, number in enumerate(release, 1) if number), default=0)]


def _parts(text: str) -> Iterator[_Part]:
    """What follows the numbers, as it is compared: part by part, and where it ends is a part too.

    Behind a pre-release, numbers come before words (semver §11), elsewhere after them (PEP 440, dpkg).
    """
    early = build = False
    for part in _PART.finditer(text):
        word = part[0]
        if word == "+":
            yield (_BUILD, 0, "")
            early, build = False, True
        elif word == "~":
            if not _is_early(_PART.match(text, part.end()), text):  # otherwise it says the same
                yield (_TILDE, 0, "")
        elif word.isdigit():
            yield (_LOW if early else _HIGH, int(word), "")
        elif word in _DAILY and not build:
            yield (_DEV, 0, word)
            early = True
        elif not (early or build) and _is_early(part, text):
            yield (_PRE, 0, _SAME.get(word, word))
            early = True
        elif not _says_nothing(part, text):
            yield (_HIGH if early else _LOW, 0, word)
    yield (_END, 0, "")


def _is_early(part: re.Match[str] | None, text: str) -> bool:
    """Whether a word makes what it follows a pre-release. Short ones may be letters of a hash, or patch levels such as
    1.1.1a: they count at the beginning of a part, a single letter with its number."""
    if part is None or part[0] not in _EARLY:
        return False
    begins = part.start() == 0 or not text[part.start() - 1].isalnum()
    return len(part[0]) > 2 or (begins and (len(part[0]) == 2 or bool(_NUMBERED.match(text, part.end()))))


def _says_nothing(part: re.Match[str], text: str) -> bool:
    """`1.0.Final` is 1.0, and `1.0.post1` is `1.0-1`."""
    return part[0] in _FINAL or (part[0] in _REVISION and text[part.end() : part.end() + 1].isdigit())


# Ranges


@lru_cache(maxsize=256)
def _clauses(spec: str) -> tuple[tuple[str, Version, bool], ...]:
    """Its comparisons: the operator, the version, and whether `.*` follows."""
    return tuple(_clause(text.strip(), spec) for text in spec.split(","))


def _clause(text: str, spec: str) -> tuple[str, Version, bool]:
    found = _CLAUSE.fullmatch(text)
    if found is None:
        raise ValueError(f'"{spec}" is no range of versions; write one like >=2,<4 or ~=1.4 or ==1.*')
    operator, version, star = found[1], parse(found[2]), bool(found[3])
    if version is None:
        raise ValueError(f'"{found[2]}" in "{spec}" is no version')
    if star and operator not in ("==", "!="):
        raise ValueError(f'"{text}": only == and != take a star')
    if operator == "~=" and len(version.release) < 2:
        raise ValueError(f'"{text}": ~= takes two numbers or more, as in ~=1.4')
    return operator, version, star


def _holds(version: Version, operator: str, wanted: Version, star: bool) -> bool:
    ours, theirs = _without_build(version), _without_build(wanted)
    match operator:
        case "==":
            return _begins(version, wanted, len(wanted.release)) if star else ours == theirs
        case "!=":
            return not _holds(version, "==", wanted, star)
        case "~=":
            return ours >= theirs and _begins(version, wanted, len(wanted.release) - 1)
        case "<=":
            return ours <= theirs
        case ">=":
            return ours >= theirs
        case ">":
            return ours > theirs
    leads_to = version.prerelease and not wanted.prerelease and version.numbers == wanted.numbers
    return ours < theirs and not leads_to


def _without_build(version: Version) -> tuple[int, tuple[int, ...], tuple[_Part, ...]]:
    epoch, release, parts = version.order
    return epoch, release, (*takewhile(lambda part: part[0] not in (_BUILD, _END), parts), (_END, 0, ""))


def _begins(version: Version, wanted: Version, length: int) -> bool:
    """Whether the first numbers are the same, missing ones being 0."""
    first, second = ((*each.release, *(0,) * length)[:length] for each in (version, wanted))
    return version.order[0] == wanted.order[0] and first == second
