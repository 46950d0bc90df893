"""Text as readers, files and XML take it: cleaned, cut, compared, made into slugs."""

from __future__ import annotations

import re
import unicodedata

# What XML 1.0 §2.2 has no place for, and what no reader should meet: controls, surrogates, noncharacters.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_BREAKS = re.compile("\r\n?|\x85|\u2028|\u2029")
_NOT_IN_SLUG = re.compile(r"[^\w.]+|_+")
_NOT_A_WORD = re.compile(r"[\W_]+")


def safe(text: str) -> str:
    """Text that XML can hold, with `\\n` as its only line end. Everything else stays, no-break spaces too."""
    text = _UNSAFE.sub("", _BREAKS.sub("\n", text))
    # The last two code points of each plane are noncharacters as well; few texts reach beyond the first plane.
    return text if text.isascii() else "".join(c for c in text if ord(c) & 0xFFFE != 0xFFFE)


def line(text: str) -> str:
    """Text on one line, with single plain spaces: a title, a name, a header."""
    return " ".join(safe(text).split())


def shorten(text: str, length: int) -> str:
    """At most `length` characters, cut between words where there are words, with an ellipsis where it was cut."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > length // 2 else cut).rstrip(" ,;:.–-") + "…"  # noqa: B005


def fold(text: str) -> str:
    """What is compared when two titles are: letters and digits, without case or accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _NOT_A_WORD.sub(" ", "".join(c for c in plain if not unicodedata.combining(c))).strip()


def slug(text: str) -> str:
    """A name that every file system takes and that cannot leave its folder; "" where the text has no letter."""
    plain = unicodedata.normalize("NFKD", safe(text)).lower()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    name = _NOT_IN_SLUG.sub("-", unicodedata.normalize("NFC", plain)).strip("-.")
    while len(name.encode("utf-8")) > 80:
        name = name[:-1]
    return name.rstrip("-.")
