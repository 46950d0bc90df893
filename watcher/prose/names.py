"""The elements that Markdown has a word for."""

from __future__ import annotations

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCK = (*HEADINGS, "p", "ul", "ol", "blockquote", "pre", "hr", "table")
MARKS = ("strong", "em", "del")
INLINE = (*MARKS, "a", "code", "br", "img", "note")

#: Elements by other names.
SAME = {"b": "strong", "i": "em", "cite": "em", "dfn": "em", "var": "em", "s": "del", "strike": "del"}
SAME |= {"kbd": "code", "samp": "code", "tt": "code", "menu": "ul", "dir": "ul", "listing": "pre", "xmp": "pre"}
