"""The names of the months, in the languages of pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from watcher.text import fold

_NAMES = re.findall(r"\w+", "january february march april may june july august september october november december")
#: Tried together where the page's own language does not know a word; where they differ, nothing is known.
_OTHERS = re.findall(r"\w+", "en de fr es pt it nl ru uk bg pl cs sk hr sv da nb fi tr el hu ro ar he ca id vi fa")
_ALIASES = {"no": "nb", "iw": "he", "in": "id"}
# "10 pro 2024" is Czech for "10 for 2024"; VIII, which Hungarians write for August, is mostly some eighth part.
_NO_NAMES = re.compile(r"[a-z]{1,2}|pro|[ivx]+")


@lru_cache(maxsize=4096)
def month(word: str, languages: tuple[str, ...]) -> int | None:
    """The month that a word names in one of the page's languages, in English, or else in every other that has it."""
    name = _folded(word)
    for language in (*languages, "en"):
        if found := _months(language.replace("_", "-").partition("-")[0].lower()).get(name):
            return found
    return _elsewhere().get(name)


@cache
def _elsewhere() -> dict[str, int]:
    """Without the short forms: "10 out 2022" and "3 set 2022" are dates in Portuguese and in Italian only."""
    said: dict[str, set[int]] = {}
    for language in _OTHERS:
        names = _months(language)
        for name, n in names.items():
            longer = any(other != name and other.startswith(name) and names[other] == n for other in names)
            if not (longer and len(name) <= 3 and name.isascii()) and len(name) > 2:
                said.setdefault(name, set()).add(n)
    return {name: numbers.pop() for name, numbers in said.items() if len(numbers) == 1}


@cache
def _months(language: str) -> dict[str, int]:
    """By name, as `language` has them in any of its countries and scripts; what means two months is left out."""
    said: dict[str, set[int]] = {}
    for info in _infos(_ALIASES.get(language, language)):
        for known in (info, *info.get("locale_specific", {}).values()):
            for n, english in enumerate(_NAMES, 1):
                for name in map(_folded, known.get(english, ())):
                    said.setdefault(name, set()).add(n)
    return {
        name: numbers.pop() for name, numbers in said.items() if len(numbers) == 1 and not _NO_NAMES.fullmatch(name)
    }


def _infos(language: str) -> Iterator[dict[str, Any]]:
    # dateparser has the names of two hundred languages, but takes 80 ms to import and milliseconds for a date:
    # these are its data alone, read from their files without the package.
    package = find_spec("dateparser")
    if not language.isalpha() or package is None:
        return
    folder = Path(*package.submodule_search_locations or (), "data", "date_translation_data")
    for file in (folder / f"{language}.py", *sorted(folder.glob(f"{language}-*.py"))):
        spec = spec_from_file_location(f"watcher_months_{file.stem}", file)
        if spec and spec.loader and file.is_file():
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
            yield module.info


def _folded(name: str) -> str:
    # Turkish has two letters i, and capitals of neither come back by lower().
    return fold(name).replace("ı", "i")
