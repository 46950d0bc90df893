"""The items of a page that lists some, found without a selector: by what items are, not by what they are called."""

from __future__ import annotations

from watcher.detect.find import items, proposals
from watcher.detect.proposal import Proposal

__all__ = ["Proposal", "items", "proposals"]
