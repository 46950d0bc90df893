"""Release pages in, records, Atom feeds and alerts out."""

__version__ = "0.1.0"
