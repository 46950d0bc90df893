"""What may keep a home from working, looked for from outside: nothing is changed, and no lock is taken."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from watcher.app import App
from watcher.doctor import machine, network, state
from watcher.doctor.finding import Finding, fail, warn
from watcher.errors import ConfigError, WatcherError
from watcher.patience import wait

__all__ = ["Finding", "examine"]

log = logging.getLogger(__name__)

Check = Callable[[App], Iterable[Finding]]

#: Seconds for each check; they run side by side.
DEADLINE = 30.0

CHECKS: Mapping[str, Check] = {
    "secrets": machine.secrets,
    "extras": machine.extras,
    "time zones": machine.zones,
    "disk": state.disk,
    "permissions": state.permissions,
    "database": state.database,
    "schedule": state.schedule,
    "network": network.network,
    "mail": network.mail,
}


def examine(app: App, checks: Mapping[str, Check] = CHECKS) -> Iterator[Finding]:
    """What each check finds. One that breaks, or does not come to an end, is a finding itself."""
    yield from _made("configuration", machine.configuration, app)
    with ThreadPoolExecutor(len(checks)) as pool:
        for found in pool.map(lambda name: _made(name, checks[name], app), checks):
            yield from found


def _made(name: str, check: Check, app: App) -> list[Finding]:
    try:
        return wait(lambda: list(check(app)), DEADLINE)
    except TimeoutError:
        return [fail(name, f"no end after {DEADLINE:g} s")]
    except ConfigError:
        return [warn(name, "not looked at: the configuration cannot be used")]
    except WatcherError as error:
        return [fail(name, str(error), error.hint)]
    except Exception as error:
        log.debug("%s", name, exc_info=True)
        words = f"cannot be looked at: {type(error).__name__}: {error}"
        return [fail(name, words, "" if isinstance(error, OSError) else "a fault in watcher: please report it")]
