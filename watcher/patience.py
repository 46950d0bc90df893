"""Work that is waited for only so long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def wait(work: Callable[[], T], seconds: float) -> T:
    """What `work` returns or raises; TimeoutError where it does neither in that time. Then it goes on in its thread,
    which keeps no process from ending: whoever asks sees to it that it comes to its end."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return done.result(seconds)
