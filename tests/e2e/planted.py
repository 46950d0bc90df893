"""`watcher run` with all its spans shortened, and with something in it that hangs. Production code knows nothing of it.

python -m tests.e2e.planted HANG --home DIR run …
"""

from __future__ import annotations

import sys
import time
from threading import Event
from typing import Any

from watcher import app, daemon
from watcher.checks import Limits
from watcher.cli import main
from watcher.store import Store

#: So many checks hang before there is no thread left; and so long one is waited for.
MOST, LOST = 4, 1.0


def forever(*_: Any, **__: Any) -> Any:
    """What does not come back."""
    Event().wait()


def spinning(*_: Any, **__: Any) -> Any:
    """The same, with a whole core: a parser that has lost itself."""
    while True:
        time.sleep(0)


def nothing() -> None:
    """All is well."""


def one() -> None:
    """The check of one watch."""
    check = app.App.check
    app.App.check = lambda self, watch, *rest: (  # type: ignore[method-assign]
        spinning() if watch.name == "hangs" else check(self, watch, *rest)
    )


def checks() -> None:
    """Every check."""
    app.App.check = forever  # type: ignore[method-assign]


def ticks() -> None:
    """The question what is due."""
    Store.due = forever  # type: ignore[method-assign]


def store() -> None:
    """Whatever is to be written."""
    Store.commit = forever  # type: ignore[method-assign]


if __name__ == "__main__":
    daemon.LIMITS = Limits(pool=2, most=MOST, slow_ones=2, host=MOST, slow=0.2, lost=LOST, grace=0.5)
    daemon.TICK, daemon.STUCK, daemon.STATUS = 0.1, 1.0, 0.1  # type: ignore[assignment]
    {each.__name__: each for each in (nothing, one, checks, ticks, store)}[sys.argv.pop(1)]()
    main()
