"""Feeds: records become entries, entries become bytes. Nothing here reads or writes a file."""
