"""Text as readers, files and XML take it: cleaned, cut, compared, made into slugs."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import regex

# What XML 1.0 §2.2 has no place for, and what no reader should meet: controls, surrogates, noncharacters.
_PLANE_ENDS = "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
_UNSAFE = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef{_PLANE_ENDS}]")
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_LATIN_MARKS = re.compile("[\u0300-\u036f]")
# Here \w takes the vowel signs of Hindi or Thai, which `re` cuts words at.
_NOT_IN_SLUG = regex.compile(r"[^\w.]+")
_NOT_A_WORD = regex.compile(r"[\W_]+")
_ASCII_WORDS = {code: " " for code in range(128) if not chr(code).isalnum()}
_ELLIPSIS = re.compile(r"[\s\[(]*(?:…|\.{3,})[\])]*\Z")
_UNSEEN = regex.compile(r"\p{Cf}+")


def safe(text: str) -> str:
    """Text that XML can hold, with `\\n` as its only line end. Everything else stays, no-break spaces too."""
    if text.isprintable():  # neither controls, nor separators but the space, nor what has no character
        return text
    if text.replace("\n", "").isprintable():  # most are, and to find that out takes a twentieth of the time
        return text
    return _UNSAFE.sub("", _BREAKS.sub("\n", text))


def line(text: str) -> str:
    """Text on one line, with single plain spaces: a title, a name, a header."""
    return " ".join(safe(text).split())


def shorten(text: str, length: int) -> str:
    """At most `length` characters, cut between words where there are words, with an ellipsis where it was cut."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > length // 2 else cut).rstrip(" ,;:.–-") + "…"


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """What is compared when two titles are: letters and digits, without case or accents."""
    if text.isascii():
        return " ".join(text.lower().translate(_ASCII_WORDS).split())
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return _NOT_A_WORD.sub(" ", _UNSEEN.sub("", _LATIN_MARKS.sub("", plain))).strip()


def lead(title: str) -> str:
    """What a title says, folded, that ends in an ellipsis; "" of one that does not."""
    said = _ELLIPSIS.sub("", title)
    return fold(said) if said != title else ""


def is_cut(title: str, whole: str) -> bool:
    """Whether a title ends in an ellipsis, and what it says is the beginning of another that does not."""
    head = lead(title)
    return bool(head) and not lead(whole) and fold(whole).startswith(head) and fold(whole) != head


def slug(text: str) -> str:
    """A lower-case name that every file system takes and that cannot leave its folder; "" where there is no letter
    or digit. At most 80 bytes."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", safe(text)).casefold())
    name = unicodedata.normalize("NFC", _LATIN_MARKS.sub("", _UNSEEN.sub("", plain)))
    name = _NOT_IN_SLUG.sub("-", name).strip("-._")
    while len(name.encode("utf-8")) > 80:
        name = name[:-1]
    return name.rstrip("-._")
