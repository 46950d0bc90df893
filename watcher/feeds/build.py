"""Elements by name: `E.p("See ", E.a("this", href=address))`. Texts and attributes are escaped by being nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias, cast

from lxml import etree
from lxml.builder import ElementMaker  # type: ignore[import-not-found]  # lxml-stubs leaves it out

Element: TypeAlias = etree._Element
XHTML = "http://www.w3.org/1999/xhtml"


class _Maker(Protocol):
    def __getattr__(self, name: str) -> Callable[..., Element]: ...


E = cast(_Maker, ElementMaker())
X = cast(_Maker, ElementMaker(namespace=XHTML, nsmap={None: XHTML}))
