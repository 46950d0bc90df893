"""What the heading of a release says: its version, its day, and whether it is out yet."""

from __future__ import annotations

import re
from dataclasses import dataclass

from watcher import dates, times
from watcher.dates.forms import plain
from watcher.model import When
from watcher.text import fold, line

_LONGEST = 200  # characters of a heading
_NAME = 4  # words of a name
# Every repeat is possessive, or of a class that what follows it has nothing of: a heading is looked at once.
_VERSION = re.compile(
    r"(?<![A-Za-z0-9.$€£#<>=≥])(?P<v>[vV]\.? ?)?(?P<version>\d{1,12}(?:(?:\.\d{1,12})++|(?P<alone>))"
    r"(?P<suffix>[-+~_.]?[A-Za-z][0-9A-Za-z.+~_-]*+|[-+~_][0-9][0-9A-Za-z.+~_-]*+)?)"
    r"(?![%°]|[:/]\d)"
)
_NO_VERSION = re.compile(
    r"\d{1,2}\.\d{1,2}\.(?:19|20)\d\d"  # a day
    r"|(?:127|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|255)(?:\.\d{1,3}){2,3}"  # an address
    r"|.*[\d.][xX]"  # 1.x, 3.5x
)
_DATED_SUFFIX = re.compile(r"[-_](?=(?:19|20)\d\d-?\d\d-?\d\d\b)")
_STAGE = re.compile(r"(?i)(?:[-.]?(?:alpha|beta|a|b|rc|pre|preview|p|r)[-.]?\d*)?")
_STAGE_APART = re.compile(
    r"(?i)\s+(?P<stage>alpha|beta|rc|release candidate|preview|(?:sp|service pack|patch|update)(?=\s?\d))"
    r"(?:\s?(?P<number>\d{1,4}))?(?![\w.])"
)
_DEVELOPED = re.compile(r"(?i).*[-+._](?:unreleased|snapshot|dev\d*|wip)")
_BETWEEN = re.compile(r"(?i)\bbetween\s+\S+\s+and\s*\Z")
_YEAR = re.compile(r"(?:19|20)\d\d")
_RANGE = re.compile(r"(?i)\s*(?:→|[-=]?>|to\b|through\b|[-–—]\s*v?\d+(?:\.\d+)+\s*\Z)")

# What stands in headings beside a version and names nothing.
_KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        "version ver v release releases rel released changes change changed changelog log noteworthy major minor"
        " notable important significant news new what whats s in for of the notes patch hotfix bugfix maintenance"
        " update tag history user visible",
    )
)
# What makes a text with a number in it a text about something else.
_PROSE = frozenset(
    re.findall(
        r"\w+",
        "from to with on and or by as at via until before after since than using use uses support supports supported"
        " supporting drop dropped drops require requires required requirements minimum upgrade upgrading migrate"
        " migrating migration compatible compatibility deprecate deprecated deprecations remove removed removal add"
        " added adds fix fixed fixes bump bumped update updated moved switch section step chapter part figure table"
        " phase appendix rfc is was are were has have now series branch between planned",
    )
)
_WAITS = (
    r"un-?released|not (?:yet )?released|unpublished|(?:yet )?to be (?:released|announced|determined|decided)|tb[ad]"
    r"|pending|wip|(?:upcoming|next|future|coming)(?: (?:soon|major|minor|patch))?|(?:in|under) (?:development"
    r"|progress)|work in progress|development|dev(?:elop)?|snapshot|main|master|trunk|head|nightly"
    r"|(?:yyyy|xxxx|\d{4}|\?+)[-/.](?:mm|xx|\?+)[-/.](?:dd|xx|\?+)"
    r"|(?:planned|expected|scheduled|estimated|due|eta)\b.*"
)
_UNRELEASED = re.compile(
    rf"(?i)(?:(?:the|status|release|released|release date|date|version)\b\W*)?(?:{_WAITS})"
    r"(?: (?:changes|version|release|branch))?"
)
_PARTS = re.compile(r"[()\[\]{}<>,;:|–—\"*_`!]|(?<=\s)[-/](?=\s)|\A\s*[-/]|\s{2,}")
_WHEN = re.compile(
    r"\bT?\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?(?:\s?(?:Z|UTC|GMT|[A-Z]{2,4}T|[+-]\d\d:?\d\d)\b)?"
    r"|\b(?:19|20)\d\d[-/](?:0[1-9]|1[0-2])\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:mon|tue|wed|thu|fri|sat|sun)\b"
    r"|\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)\w*\.?,? (?:19|20)\d\d\b"
    r"|[([](?:19|20)\d\d[)\]]|(?-i:\b[A-Z][a-z]+/[A-Z][A-Za-z_]+\b)",
    re.IGNORECASE,
)
_ABOUT_WHEN = re.compile(r"(?i)\b(?:(?:release )?date|released?|published)\b[\s:]*(?:on\b|at\b)?(?=\s*(?:[)\]]|\W*\Z))")
_EMPTY = re.compile(r"[(\[{]\W*[)\]}]")
_EDGES = " \t\u00a0-–—:/,|·•.;~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a heading says, if it is one of a release. `words` hold no date: one that is added later is no edit."""

    version: str = ""  # "" where the release is called by its day
    name: str = ""  # of what is released, where the heading says it
    joined: bool = False  # to its name as `name@version`
    words: str
    number: str = ""  # the version as it is written, without what may stand apart from it: "2.0" of "2.0 Beta 3"
    tail: str = ""  # the part of the words that follows the number
    published: When | None = None
    out: bool = True
    loose: bool = False  # further words follow without anything between


def may_be_one(words: str) -> bool:
    """Whether it is worth reading: cheap."""
    return len(words) <= _LONGEST and bool(_VERSION.search(words) or _YEAR.search(words) or waits(words))


def said(words: str) -> Said | None:
    """What a heading says, or None for one that is no release's."""
    words = line(words)
    if len(words) > _LONGEST:
        return None
    for match in _VERSION.finditer(words):
        if found := _versioned(words, match):
            return found
    if waits(words):
        return Said(words=words, out=False)
    published = times.parse(words) if _YEAR.search(words) else None
    return Said(words=words, published=published) if published and not undated(words) else None


def waits(text: str) -> bool:
    """Whether a text says that something is still to come."""
    return len(text) <= _LONGEST and any(_UNRELEASED.fullmatch(part.strip(" -.")) for part in _PARTS.split(text))


def undated(text: str) -> str:
    """A text without the dates in it, and without what they leave empty."""
    rest = plain(text)
    for one in dates.said(rest):
        rest = f"{rest[: one.begin]}{' ' * (one.end - one.begin)}{rest[one.end :]}"
    rest = _WHEN.sub(lambda when: " " * len(when[0]), rest)
    if rest == plain(text):
        return line(text).strip(_EDGES)
    return line(_EMPTY.sub("", _ABOUT_WHEN.sub("", rest))).strip(_EDGES)


def _versioned(words: str, match: re.Match[str]) -> Said | None:
    number = match["version"]
    if dated := _DATED_SUFFIX.search(number):
        number = number[: dated.start()]
    number = number.rstrip(".-_+~")
    before, after = _without_brackets(words[: match.start()], words[match.start("version") + len(number) :])
    if _NO_VERSION.fullmatch(number) or _RANGE.match(after):
        return None
    between = _BETWEEN.search(before)
    lead = undated(before[: between.start()] if between else before).rstrip("@")
    name, when = _name(lead), times.parse(after) or times.parse(before)
    if name is None or (
        match["alone"] is not None and not _counts(number, bool(match["v"] or when or (lead and not name)))
    ):
        return None
    version, rest = _staged(number, after)
    loose, tail, joined = _is_loose(rest), undated(after), before.endswith("@") and bool(name)
    if loose and fold(rest).partition(" ")[0] in _PROSE:
        return None
    said_after = _after(tail, loose or version != number)
    return Said(
        version=version,
        name=name,
        joined=joined,
        words=f"{lead}{'@' if joined else ' '}{match['v'] or ''}{number}{said_after}".strip(),
        number=number,
        tail=said_after,
        published=when,
        out=not (waits(before) or waits(after) or _DEVELOPED.fullmatch(version)),
        loose=loose,
    )


def _staged(number: str, after: str) -> tuple[str, str]:
    """The version with the stage that stands apart from it, "2.0-beta3" of "2.0 Beta 3", and what follows it."""
    stage = _STAGE_APART.match(after)
    if stage is None:
        return number, after
    name = {"release candidate": "rc", "service pack": "sp"}.get(stage["stage"].lower(), stage["stage"].lower())
    return f"{number}-{name}{stage['number'] or ''}", after[stage.end() :]


def _is_loose(after: str) -> bool:
    """Whether words that are no date follow a number at once, as in "1.2 Scope" or "1.2. Scope"."""
    begin = re.match(r"\.?\s+(?=\w)", after)
    return bool(begin and undated(after).startswith(after[begin.end() :][:3].strip()))


def _without_brackets(before: str, after: str) -> tuple[str, str]:
    for opening, closing in ("[]", "()"):
        if before.endswith(opening) and after.startswith(closing):
            return before[:-1], after[1:]
    return before, after


def _name(lead: str) -> str | None:
    """What is released, "" where nothing names it; None where the words before a version are about something else."""
    words = lead.strip(f"{_EDGES}@()[]*#").split()
    # Both sides: "Noteworthy changes in Tool", "Tool version".
    while words and _is_keyword(words[0]):
        del words[0]
    while words and _is_keyword(words[-1]):
        del words[-1]
    name = " ".join(words).strip(_EDGES)
    if not re.search(r"[^\W\d_]", name):
        return None if re.search(r"\w", name) else ""
    about = set(fold(name).split()) & _PROSE and not re.fullmatch(r"[\w@/.-]+", name)
    return None if about or len(words) > _NAME or name.endswith(("?", "!")) or fold(name) in _PROSE else name


def _is_keyword(word: str) -> bool:
    return set(fold(word).split()) <= _KEYWORDS


def _counts(number: str, marked: bool) -> bool:
    """Whether a number without a point is a version: "Version 12", "v12", "12 - 2026-01-02"; not "2026", not "3D"."""
    digits = re.match(r"\d+", number)
    return bool(marked and digits and not _YEAR.fullmatch(digits[0]) and _STAGE.fullmatch(number[digits.end() :]))


def _after(tail: str, close: bool) -> str:
    """What follows a number, joined to it."""
    if not re.search(r"\w", tail):
        return ""
    return f"{'' if tail[0] in ',;:' else ' ' if close or not tail[0].isalnum() else ': '}{tail}"
