"""Footnotes: a number in the text and what stands below, tied as Markdown ties them: `[^1]` and `[^1]: …`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urldefrag

from bs4 import Tag
from bs4.element import NavigableString

from watcher.html import BLOCKS
from watcher.prose.nodes import new

#: The element that holds the sign of a footnote, in the text or before the note.
NOTE = "note"

_LABEL = re.compile(r"[\[(]?\s*(\w{1,3}|[*†‡§¶]{1,3})\s*[\])]?")
_MORE = ("ul", "ol", "table", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "img")
_BACK = re.compile(r"[\s\u00a0\ufe0e\ufe0f↩↑⏎^]+\Z")
_LEAD = re.compile(r"\A[\s\u00a0^↑]+")


@dataclass(slots=True)
class _Note:
    """One note: what it says, and the links to it."""

    block: Tag
    links: list[Tag] = field(default_factory=list)


def tie_notes(whole: Tag, base: str) -> None:
    """Find the pairs of a short link and the place it leads to, where a link leads back; the notes go to the end."""
    places = _places(whole)
    notes: dict[int, _Note] = {}
    for link in whole.find_all("a", href=True):
        target = places.get(_fragment(link, base))
        if target is None or not _LABEL.fullmatch(link.get_text(strip=True)) or _is_inside(link, notes):
            continue
        block = _block(target, whole)
        if block is None or id(block) in notes or not _is_note(link, block, base):
            if block is not None and id(block) in notes:
                notes[id(block)].links.append(link)
            continue
        notes[id(block)] = _Note(block, [link])
    for label, note in _labelled(list(notes.values())):
        _write(whole, label, note, base)


def _places(whole: Tag) -> dict[str, Tag]:
    places: dict[str, Tag] = {}
    for each in whole.find_all(True):
        for name in (each.get("id"), each.get("name") if each.name == "a" else None):
            if name:
                places.setdefault(str(name), each)
    return places


def _fragment(link: Tag, base: str) -> str:
    page, fragment = urldefrag(str(link["href"]).strip())
    return unquote(fragment) if fragment and page in ("", urldefrag(base)[0]) else ""


def _is_inside(link: Tag, notes: dict[int, _Note]) -> bool:
    return any(id(each) in notes for each in link.parents)


def _block(target: Tag, whole: Tag) -> Tag | None:
    """The element that holds the note at `target`, all of its paragraphs with it."""
    block: Tag | None = target
    while block is not None and (block is target or block.name not in BLOCKS):
        if block.name in BLOCKS:
            break
        block = block.parent
    if block is None or block is whole or block.find(_MORE):
        return None
    around = block.parent
    if block.name == "p" and around is not None and around.name in ("div", "aside") and around is not whole:
        paragraphs = around.find_all(True, recursive=False)
        others = [
            each
            for each in paragraphs
            if each is not block and (each.name != "p" or each.find("a", attrs={"name": True}))
        ]
        if block is paragraphs[0] and not others and not any(each.get("id") for each in paragraphs[1:]):
            return around
    return block


def _is_note(link: Tag, block: Tag, base: str) -> bool:
    """Whether a link leads back from the note; a raised number needs none, if its note stands in a list."""
    if any(each is block for each in link.parents):
        return False
    names = _names(link)
    if any(_fragment(each, base) in names for each in block.find_all("a", href=True)):
        return True
    return block.name == "li" and (link.find_parent("sup") is not None or link.find("sup") is not None)


def _names(link: Tag) -> set[str]:
    """The places that a link stands at: its own names, and those of what is right around it."""
    near = [link, *link.find_all(True)]
    for each in link.parents:
        if each.name in BLOCKS:
            break
        near.append(each)
    return {str(name) for each in near for name in (each.get("id"), each.get("name")) if name}


def _labelled(notes: list[_Note]) -> Iterator[tuple[str, _Note]]:
    """Each note with a label of its own: the page's where they are numbers and all differ, else its number."""
    said = [_LABEL.fullmatch(note.links[0].get_text(strip=True)) for note in notes]
    labels = [match[1] if match else "" for match in said]
    if len(set(labels)) < len(labels) or not all(re.fullmatch(r"\w+", label) for label in labels):
        labels = [str(n) for n in range(1, len(notes) + 1)]
    return zip(labels, notes, strict=True)


def _write(whole: Tag, label: str, note: _Note, base: str) -> None:
    names = {name for link in note.links for name in _names(link)}
    for back in note.block.find_all("a", href=True):
        if _fragment(back, base) in names:
            back.decompose()
    said = note.links[0].get_text(strip=True)
    for link in note.links:
        _put_sign(link, label)
    paragraph = new("p")
    sign = _sign(f"[^{label}]:")
    paragraph.append(sign)
    paragraph.append(NavigableString(" "))
    for n, block in enumerate(note.block.find_all(tuple(BLOCKS))):
        if n:
            block.insert_before(new("br"))
        block.unwrap()
    paragraph.extend(list(note.block.contents))
    around = note.block.parent
    note.block.decompose()
    while (
        around is not None
        and around is not whole
        and next(around.stripped_strings, None) is None
        and not around.find("img")
    ):
        empty = around
        around = empty.parent
        empty.decompose()
    _trim(paragraph, sign, said)
    whole.append(paragraph)


def _put_sign(link: Tag, label: str) -> None:
    raised = link.find_parent("sup")
    place = raised if raised is not None and _LABEL.fullmatch(raised.get_text(strip=True)) else link
    place.replace_with(_sign(f"[^{label}]"))


def _sign(text: str) -> Tag:
    sign = new(NOTE)
    sign.string = text
    return sign


def _trim(paragraph: Tag, sign: Tag, said: str) -> None:
    """Take off the note's own number at its begin, and what the way back has left at its end."""
    strings = [each for each in paragraph.find_all(string=True) if each.parent is not sign and each.strip()]
    if not strings:
        return
    first = _LEAD.sub("", str(strings[0]))
    number = re.match(rf"{re.escape(said)}[.):]?\s+", first)
    strings[0].replace_with(kept := NavigableString(first[number.end() :] if number else first))
    last = kept if len(strings) == 1 else strings[-1]
    last.replace_with(NavigableString(_BACK.sub("", str(last))))
