"""When an article was published: what its page claims, in the order of trust; never now, never when it was changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain, islice

from bs4 import BeautifulSoup, Tag

from watcher import dates, html, times
from watcher.article.body import is_menu
from watcher.model import When
from watcher.prose.phrases import BESIDE
from watcher.text import fold, line

_ELSEWHERE = ("nav", "aside", "footer", "form", "li", "dl", "figure", "blockquote")
_DATED = re.compile(r"(?<![a-z])(?:date|dateline|published|pubdate|posted|timestamp)(?![a-z])")
_CHANGED = re.compile(r"(?<![a-z])(?:updated|modified|date-?modified|last-?mod(?:ified)?|revised)(?![a-z])")
_SAYS_CHANGED = re.compile(
    r"(?:updated|modified|revised|edited|reviewed|aktualisiert|geändert|mis à jour|actualizado|atualizado|aggiornato"
    r"|bijgewerkt|uppdaterad|更新|更新日|更新于|обновлено)(?: (?:on|at|am|le|el|em|il|op))?\Z"
)
_META = re.compile(
    r"datepublished|dc(?:terms)?\.(?:date\.)?(?:issued|created|date)|dc\.date|pub(?:lish)?[-_]?date|parsely-pub-date"
    r"|sailthru\.date|date"
)
_EARLY, _FEW = 200, 300  # characters, and elements, of the main part, within which a date is the article's own
_LINE = 60  # characters of a line that is a date

#: What of an element may bear a date.
_Sign = Callable[[Tag], bool]


def claimed(soup: BeautifulSoup, shown: Tag | None, told: str, metas: dict[str, str]) -> When | None:
    """Of JSON-LD's claim (`told`), article:published_time and what is `shown`: the day that two name, else the first's,
    as exactly as it is said. Other metas are asked where none of these is there."""
    languages = html.language(soup)
    text = line(html.text_of(shown)) if shown else ""
    day = _claim(shown, languages) if shown else None
    said = [_beside(claim, text, day) for claim in (told, metas.get("article:published_time", ""))]
    if claims := [when for when in (*said, day) if when]:
        days = list(map(times.day, claims))
        best = next((each for each in days if days.count(each) > 1), days[0])
        same = [when for when in claims if times.day(when) == best]
        return next((when for when in same if when != best), same[0])
    others = (times.machine(claim) for name, claim in metas.items() if _META.fullmatch(name))
    return next((when for when in others if when), None)


def find_date(soup: BeautifulSoup, part: Tag) -> Tag | None:
    """The element that bears the article's date: marked as such, else the nearest above its text, or at its top; else
    a line there that is a date."""
    languages = html.language(soup)
    marked = [each for each in soup.select('[itemprop~="datePublished"]') if _is_of(each, part)]
    near = (each for each in _near(part, (_is_time, _is_called_date)) if not each.find_parent(_ELSEWHERE))
    for each in chain(marked, near):
        if _claim(each, languages) and not _is_change(each):
            return each
    return next(
        (each for each in _near(part, (_is_line,)) if _is_dateline(each, languages) and not _is_change(each)), None
    )


def _beside(claim: str, text: str, shown: When | None) -> When | None:
    """A claim for machines, next to the text that shows its day."""
    when = times.machine(claim)
    same = when is not None and shown is not None and times.day(when) == times.day(shown)
    return times.claimed(claim, text if same else "") if when else None


def _claim(tag: Tag, languages: list[str]) -> When | None:
    title = tag.get("title") if tag.name == "abbr" else ""  # hAtom: <abbr class="published" title="2019-03-05T…">
    attribute = str(tag.get("datetime") or tag.get("content") or title or "")
    return times.claimed(attribute, line(html.text_of(tag)), languages=languages)


def _is_of(marked: Tag, part: Tag) -> bool:
    """Whether a date in microdata is of the entity around `part`, or of none: not of another story."""
    scope = marked.find_parent(itemscope=True)
    if marked.find_parent(("nav", "aside", "footer")):
        return False
    return scope is None or any(each is scope for each in (part, *part.parents))


def _is_change(tag: Tag) -> bool:
    """Whether it says when the article was changed."""
    names = " ".join(map(str, (*tag.get_attribute_list("class"), tag.get("itemprop") or ""))).lower()
    if _CHANGED.search(names) and not re.search("published", names):
        return True
    if any(
        _CHANGED.search(" ".join(map(str, each.get_attribute_list("class"))).lower()) for each in tag.find_all("time")
    ):
        return True
    before = tag.previous_sibling
    label = before.get_text()[-40:] if before is not None and getattr(before, "name", None) not in html.BLOCKS else ""
    inside = re.split(r"\d", html.text_of(tag), maxsplit=1)[0]
    return any(_SAYS_CHANGED.search(_without_month(fold(text))) for text in (label, inside))


def _without_month(text: str) -> str:
    """ "updated march" of "Updated: March 2, 2020"."""
    words = text.split()
    return " ".join(words[:-1]) if len(words) > 1 and dates.said(f"1 {words[-1]} 2000") else text


def _is_dateline(tag: Tag, languages: list[str]) -> bool:
    """Whether all that it says is a day, with a label or a place at most."""
    text = line(html.text_of(tag))
    found = [one for one in dates.said(text, tuple(languages)) if one.year]
    if len(found) != 1 or times.parse(text, languages=languages) is None:
        return False
    before, after = text[: found[0].begin], text[found[0].end :]
    words = fold(f"{before} {after}").split()
    place = before.rstrip().endswith(",") and len(before.split()) <= 2
    return place or all(word in BESIDE or any(map(str.isdigit, word)) for word in words)


def _near(part: Tag, signs: tuple[_Sign, ...]) -> Iterator[Tag]:
    """What may bear a date above `part`, the nearest first, within the page's main part; then at its top."""
    each: Tag | None = part
    while each is not None and each.name not in ("main", "body") and each.get("role") != "main":
        for before in each.previous_siblings:
            if isinstance(before, Tag) and not is_menu(before):
                inside = (before, *before.find_all(True))
                yield from (tag for sign in signs for tag in inside if sign(tag))
        each = each.parent
    yield from (tag for tag in islice(_top(part), _FEW) if any(sign(tag) for sign in signs))


def _top(part: Tag) -> Iterator[Tag]:
    """The elements that begin within the first characters of `part`."""
    seen = 0
    for each in part.descendants:
        if seen >= _EARLY:
            return
        if isinstance(each, Tag):
            yield each
        else:
            seen += len(str(each).strip())


def _is_time(tag: Tag) -> bool:
    """Whether it is marked as a date: <time>, and elements like it that others made."""
    return tag.name == "time" or (tag.has_attr("datetime") and tag.name not in ("ins", "del"))


def _is_called_date(tag: Tag) -> bool:
    return bool(_DATED.search(" ".join(map(str, tag.get_attribute_list("class")))))


def _is_line(tag: Tag) -> bool:
    """Whether it holds a line of text and no more."""
    if tag.name in ("a", "script", "style"):
        return False
    length = 0
    for text in tag.stripped_strings:
        length += len(text)
        if length > _LINE:
            return False
    return length >= 6
