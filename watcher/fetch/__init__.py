"""Asking servers: bounded, conditional, polite, and never at a private address that a page named."""

from watcher.fetch.http import Fetcher, Limits

__all__ = ["Fetcher", "Limits"]
