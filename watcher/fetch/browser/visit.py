"""What is asked of the browser, and what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from watcher.model import NOTHING


class Gone(Exception):
    """Chromium ended, or broke, while a page was open: that page may be the one, or another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A page to be shown. `headers` go to its own origin only; its host may be private where it is `trusted`. It is
    read as soon as something matches the CSS selector `wait_for`; without one, when the network has become quiet."""

    url: httpx.URL
    headers: Mapping[str, str] = field(default_factory=lambda: NOTHING)  # lower-case names
    agent: str  # what the browser adds to its own user agent
    user_agent: str = ""  # sent in place of both
    language: str = "en-US"
    trusted: bool = False
    wait_for: str = ""
    deadline: float = 60.0  # seconds
    most: int = 15 * 1024 * 1024  # characters that its document may have

    @property
    def origin(self) -> str:
        return f"{self.url.scheme}://{self.name}"

    @property
    def name(self) -> str:
        """The host (and port) as messages name it."""
        return self.url.netloc.decode("ascii")

    @property
    def port(self) -> int:
        return self.url.port or (443 if self.url.scheme == "https" else 80)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page after its scripts. `status` and `headers` (lower-case names) are those of the answer that led to it."""

    url: str
    status: int
    headers: Mapping[str, str]
    html: str
    is_whole: bool = True  # what was waited for is there
