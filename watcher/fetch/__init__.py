"""Asking servers: bounded, conditional, polite, and never at a private address that a page named."""

from watcher.fetch.http import Fetcher, Limits
from watcher.fetch.politeness import Holds

__all__ = ["Fetcher", "Holds", "Limits"]
