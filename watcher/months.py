"""The names of the months, in the languages of pages."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module

_NAMES = re.findall(r"\w+", "january february march april may june july august september october november december")
#: Tried together where the page's own language does not know a word; where they differ, nothing is known.
_OTHERS = re.findall(r"\w+", "en de fr es pt it nl ru uk bg pl cs sk hr sv da nb fi tr el hu ro ar he ca id vi fa")


def month(word: str, languages: tuple[str, ...]) -> int | None:
    """The month that a word names in one of the page's languages, in English, or else in every other that has it."""
    name = word.strip(".").casefold()
    for language in (*languages, "en"):
        if found := _months(language.partition("-")[0].lower()).get(name):
            return found
    said = {_months(language)[name] for language in _OTHERS if name in _months(language)}
    return said.pop() if len(said) == 1 else None


@cache
def _months(language: str) -> dict[str, int]:
    # dateparser has the names of two hundred languages, but takes milliseconds for a date: these are its data alone.
    try:
        known = import_module(f"dateparser.data.date_translation_data.{language}").info
    except ImportError:
        return {}
    names = ((word.casefold(), n) for n, month in enumerate(_NAMES, 1) for word in known.get(month, ()))
    return {name.strip("."): n for name, n in names if len(name) > 2} | ({"sept": 9} if language == "en" else {})
