"""Which found item is which known one. Pure, one to one, and never by what a page looks like today alone.

Strong keys come first: the source's own id, then the address together with what tells the items of one address
apart, then the address. Weak ones are tried only after a redesign, claim only items of the last list, and need a
second signal.
"""

from __future__ import annotations

from watcher.match.names import lookup, minted
from watcher.match.pairing import Match, by, dropped, match, whole
from watcher.match.repeats import distinct

__all__ = ["Match", "by", "distinct", "dropped", "lookup", "match", "minted", "whole"]
