"""Everything that can go wrong, as a tree.

WatcherError                 every one names its subject, and has .hint: what to do now
├─ ConfigError               collected, shown at once, with file:line               exit 2
├─ CheckError                a check ends as Failed; the watch tries again later    exit 1
│  ├─ FetchError             Unreachable · BadStatus · TooLarge · Truncated · Refused (Disallowed: by
│  │                         robots.txt) · Blocked · Deadline
│  └─ ExtractError           NotUnderstood · NothingFound (Scripted: a browser is needed)
├─ RecordError               one broken record: skipped, reported, the feed goes on
├─ DeliveryError             Deferred (try again later) · Rejected (stop, and show it) exit 3
├─ Busy                      another watcher uses this home                         exit 4
├─ Stopped                   given up half-way: we are told to end                  exit 130
└─ StoreError                the state cannot be used                               exit 75
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watcher.model import Health


class WatcherError(Exception):
    """What happened, as one sentence without a full stop; `hint` says what to do now."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of a configuration: where it is, what it is, what to do."""

    message: str
    hint: str = ""
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        where = f"  ({self.file}:{self.line})" if self.line else f"  ({self.file})" if self.file else ""
        return f"{self.message}{where}"


class ConfigError(WatcherError):
    """The configuration cannot be used. `faults` holds every fault found, not only the first."""

    exit_code = 2

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


class UsageError(WatcherError):
    """The command line asks for what is not there (a watch of that name, a file)."""

    exit_code = 2


class CheckError(WatcherError):
    """A look that failed. Nothing that is known is touched by it."""

    health: Health = "failing"


class FetchError(CheckError):
    """No answer that could be read. `retry_at` is when the host asked us to come back (UTC), if it did."""

    def __init__(self, message: str, *, retry_at: datetime | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_at = retry_at


class Unreachable(FetchError):
    """No connection, no such host, no TLS."""


class BadStatus(FetchError):
    """An HTTP status that is no answer."""

    def __init__(self, message: str, *, status: int, retry_at: datetime | None = None, hint: str = "") -> None:
        super().__init__(message, retry_at=retry_at, hint=hint)
        self.status = status
        if status == 410:
            self.health = "gone"


class TooLarge(FetchError):
    """The body, as sent or unpacked, passes the limit."""


class Truncated(FetchError):
    """The body ended early, or was not what its coding said."""


class Refused(FetchError):
    """We did not ask: a private address, a scheme that is not HTTP, or a host that asked us to wait."""


class Disallowed(Refused):
    """We did not ask: a page led there, and robots.txt asks programs to stay away."""


class Blocked(FetchError):
    """The answer is a bot check, whatever its status."""

    health = "blocked"


class Deadline(FetchError):
    """The whole of the request took too long."""


class ExtractError(CheckError):
    """An answer came; the items did not."""

    health = "broken"


class NotUnderstood(ExtractError):
    """The answer is not of the kind that this watch expects."""


class NothingFound(ExtractError):
    """No items where there should be some."""


class Scripted(NothingFound):
    """The page is an empty shell: a script fills it, in a browser."""


class RecordError(WatcherError):
    """One record, or one folder of them, cannot be used."""

    def __init__(self, path: Path | str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{path}: {message}", hint=hint)
        self.path = Path(path)


#: What to do where the fault lies with the set-up, and no letter is at fault.
AFTER_FIXING = "it is kept in the outbox; after fixing: watcher outbox retry all"


class DeliveryError(WatcherError):
    """A letter was not taken. The message holds the server's own words."""

    exit_code = 3


class Deferred(DeliveryError):
    """Not now: kept, and tried again later. `target_down` means that no letter to this target would fare better."""

    def __init__(self, message: str, *, target_down: bool = False, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.target_down = target_down


class Rejected(DeliveryError):
    """Never: kept and shown, not tried again until its owner says so."""


class Busy(WatcherError):
    """Another watcher uses this home."""

    exit_code = 4

    def __init__(self, message: str, *, pid: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.pid = pid


class Stopped(WatcherError):
    """What was under way when we were told to end. It failed at nothing, and left no trace."""

    exit_code = 130


class StoreError(WatcherError):
    """The state cannot be used; nothing was changed."""

    exit_code = 75
