"""Whether there is a browser: Playwright, the extra, and a Chromium of the system's."""

from __future__ import annotations

import shutil
from importlib.util import find_spec

#: What Chromium may be called. Playwright's own builds are neither looked for nor fetched.
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def available() -> bool:
    """Whether pages can be shown in a browser here."""
    return find_spec("playwright") is not None and bool(executable())


def executable() -> str:
    """The path of Chromium, "" where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), "")
