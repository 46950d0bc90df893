"""What a page of ours may hold, as a check: whole HTML in which nothing runs and nothing is asked of another host."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta"}
BARRED = {"script", "style", "iframe", "frame", "object", "embed", "applet", "form", "base", "svg", "math", "template"}
LOADS = {"img", "video", "audio", "source", "track", "picture"}
LINK = re.compile(r"(https?://|mailto:)[!-~]+|[A-Za-z0-9._~%/-]+")
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def problems(data: bytes) -> list[str]:
    """Everything that is wrong with the page, in words."""
    try:
        page = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return [f"not UTF-8: {error}"]
    reader = _Reader()
    reader.feed(page)
    reader.close()
    found = reader.found + [f"<{tag}> is never closed" for tag in reader.open]
    if not page.startswith("<!DOCTYPE html>"):
        found.append("no doctype")
    if _UNSAFE.search(page):
        found.append(f"a character that HTML has no place for: {_UNSAFE.findall(page)[0]!r}")
    for tag in ("html", "head", "title", "body", "main", "h1"):
        if reader.tags[tag] != 1:
            found.append(f"{reader.tags[tag]} times <{tag}>")
    if not reader.title.strip():
        found.append("an empty title")
    found += [f"{count} times the id {each}" for each, count in reader.ids.items() if count > 1]
    return found + [f"a label for {each}, which is not there" for each in reader.labels if each not in reader.ids]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.labels: list[str] = []
        self.title = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "li":
            self._end_item()
        self.tags[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        if tag in BARRED or tag in LOADS:
            self.found.append(f"<{tag}>")
        if tag == "html" and not said.get("lang"):
            self.found.append("no language")
        if tag == "meta" and said.get("http-equiv", "").lower() == "refresh":
            self.found.append("a refresh")
        if tag == "label":
            self.labels.append(said.get("for", ""))
        self.ids.update([said["id"]] if "id" in said else [])
        self._attributes(tag, said)

    def _attributes(self, tag: str, said: dict[str, str]) -> None:
        for name, value in said.items():
            if name.startswith("on") or name in ("style", "srcdoc", "formaction", "ping"):
                self.found.append(f"<{tag} {name}>")
            if name in ("href", "src", "action", "cite", "data", "poster", "background") and not LINK.fullmatch(value):
                self.found.append(f"<{tag} {name}={value!r}>")
        if tag == "link" and said.get("href", "").startswith(("http", "//")):
            self.found.append(f"<link> to another host: {said['href']}")

    def _end_item(self) -> None:
        """HTML §13.1.2.4: the end tag of `li` may be left out before another and at the end of the list."""
        if self.open and self.open[-1] == "li":
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._end_item()
        if not self.open or self.open.pop() != tag:
            self.found.append(f"</{tag}> out of place")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "title":
            self.title += data
