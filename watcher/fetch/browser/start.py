"""Starting Chromium: where it is, what it may do, and why it does not start."""

from __future__ import annotations

import logging
import os
from functools import cache

from playwright.async_api import Browser as Connection
from playwright.async_api import Error, Playwright, async_playwright

from watcher.errors import FetchError
from watcher.fetch.browser.chromium import Chromium
from watcher.fetch.browser.installed import NAMES, executable
from watcher.fetch.program import ENVIRONMENT
from watcher.text import line, shorten

log = logging.getLogger(__name__)

#: MiB of JavaScript objects that a page may have.
_HEAP = 512

_ARGUMENTS = (
    f"--js-flags=--max-old-space-size={_HEAP}",
    # All goes through the tunnel of a page; what would go round it finds no host.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--blink-settings=imagesEnabled=false",
)


async def started() -> Chromium:
    """A Chromium of our own. Raises FetchError."""
    path = executable()
    if not path:
        raise FetchError(
            f"no Chromium found: looked for {', '.join(NAMES)} in {os.environ.get('PATH', '')}",
            hint="install it: apt-get install chromium",
        )
    driver = await async_playwright().start()
    try:
        return await Chromium.begin(driver, await _launched(driver, path))
    except BaseException:
        await driver.stop()
        raise


async def _launched(driver: Playwright, path: str) -> Connection:
    is_root = os.geteuid() == 0
    if is_root:
        _warn()
    try:
        return await driver.chromium.launch(
            executable_path=path,
            args=_ARGUMENTS,
            ignore_default_args=["--disable-popup-blocking"],
            env={name: os.environ[name] for name in (*ENVIRONMENT, "TMPDIR") if name in os.environ},
            chromium_sandbox=not is_root,  # as root, it does not start with it
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )
    except Error as error:
        raise _not_started(path, str(error)) from None


@cache
def _warn() -> None:
    log.warning("Chromium runs without its sandbox, for watcher runs as root: let it run as a user of its own")


def _not_started(path: str, said: str) -> FetchError:
    if "sandbox" in said.partition("Call log")[0].lower():
        return FetchError(
            f"{path} does not start: its sandbox cannot be set up",
            hint="allow user namespaces to the user that runs watcher (in a systemd unit: RestrictNamespaces=no)",
        )
    return FetchError(f"{path} does not start: {shorten(line(said), 200)}", hint=f"try it yourself: {path} --headless")
