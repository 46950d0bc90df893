"""The items of a page that lists some, found without a selector: by what items are, not by what they are called."""

from __future__ import annotations

from watcher.detect.find import LEAST, offered, proposals
from watcher.detect.proposal import Proposal
from watcher.detect.tree import Tree, read

__all__ = ["LEAST", "Proposal", "Tree", "offered", "proposals", "read"]
