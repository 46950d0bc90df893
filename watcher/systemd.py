"""What the service manager is told: sd_notify(3), sd_watchdog_enabled(3)."""

from __future__ import annotations

import logging
import os
from time import monotonic, monotonic_ns

import sdnotify

log = logging.getLogger(__name__)


class Notifier:
    """Says how we are to $NOTIFY_SOCKET, a path or an abstract name (`@…`); to nobody where there is none."""

    def __init__(self) -> None:
        self._manager = _manager()
        self._interval = _interval()
        self._alive_at = float("-inf")
        self._status = ""

    @property
    def heard(self) -> bool:
        """Whether anybody hears us."""
        return self._manager is not None

    def ready(self) -> None:
        self._say("READY=1")

    def reloading(self) -> None:
        """We take the configuration up again; `ready` is to follow."""
        # The time is for Type=notify-reload of systemd 253 and later; others pass over it.
        self._say(f"RELOADING=1\nMONOTONIC_USEC={monotonic_ns() // 1000}")

    def stopping(self) -> None:
        self._say("STOPPING=1")

    def alive(self) -> None:
        """All is well. To be said as often as one likes: it is passed on twice in the time that we are given."""
        if self._interval and monotonic() - self._alive_at >= self._interval:
            self._alive_at = monotonic()
            self._say("WATCHDOG=1")

    def status(self, text: str) -> None:
        """What `systemctl status` shows: one line of ASCII."""
        if text != self._status:
            self._status = text
            self._say(f"STATUS={text}")

    def _say(self, words: str) -> None:
        if self._manager:
            try:
                self._manager.notify(words)
            except OSError as error:  # it may be restarting; the work goes on
                log.debug("systemd was not told %s: %s", words.partition("=")[0], error)


def _manager() -> sdnotify.SystemdNotifier | None:
    if not os.environ.get("NOTIFY_SOCKET"):
        return None
    try:
        manager = sdnotify.SystemdNotifier(debug=True)
    except OSError as error:
        log.warning("NOTIFY_SOCKET cannot be reached: %s", error)
        return None
    manager.socket.settimeout(1)  # one whose queue is full must not hold us up
    return manager


def _interval() -> float:
    """Half of the seconds in which we have to be heard of; 0 where nobody waits for it."""
    usec, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    return int(usec) / 2_000_000 if usec.isdecimal() and pid in ("", str(os.getpid())) else 0.0
