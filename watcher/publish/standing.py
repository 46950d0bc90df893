"""The entries that stand in the files of a feed: those of which nothing has changed are taken from there. The files are
all that is kept of them; a note says where in them each entry is, and of what it was made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from watcher import files
from watcher.feeds.frame import Forms, Frame


class Standing:
    """The entries in the files at `paths`; none, where these are not what was noted of them."""

    def __init__(self, paths: Iterable[Path], noted: Any) -> None:
        self._files: list[bytes] = []
        self._entries: Mapping[str, Any] = {}
        if isinstance(noted, dict) and isinstance(noted.get("entries"), dict):
            self._files = [files.read(path) or b"" for path in paths]
            if noted.get("files") == _hashes(self._files):
                self._entries = noted["entries"]

    def get(self, mark: str) -> Forms | None:
        """The entry that was made of what bears this mark; None where it has to be made."""
        try:
            id_, updated, *at = self._entries[mark]
            each = tuple(data[first:end] for data, first, end in zip(self._files, at[::2], at[1::2], strict=True))
            return Forms(id_, datetime.fromisoformat(updated), each, mark=mark)
        except (KeyError, TypeError, ValueError):  # it is not there, or the note is not ours
            return None


def note(made: Iterable[bytes], frames: Sequence[Frame], entries: Sequence[Forms]) -> dict[str, Any]:
    """What is to be noted of files that were `made` of these entries."""
    spans = [frame.spans([entry.each[n] for entry in entries]) for n, frame in enumerate(frames)]
    where = {
        entry.mark: [entry.id, entry.updated.isoformat(), *chain.from_iterable(at)]
        for entry, *at in zip(entries, *spans, strict=True)
        if entry.mark
    }
    return {"files": _hashes(made), "entries": where}


def _hashes(data: Iterable[bytes]) -> list[str]:
    return [hashlib.sha256(each).hexdigest() for each in data]
