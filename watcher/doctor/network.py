"""The network, the clock by it, and the mail servers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from urllib.parse import urlsplit

from watcher.app import App
from watcher.doctor.finding import Finding, fail, ok, warn
from watcher.errors import ConfigError, Deferred, FetchError

#: Seconds for names, for servers, and for each mail server.
NAMES, SERVERS, MAIL = 8.0, 5.0, 10.0

#: How many hosts are looked up at most, and how many are asked.
LOOKED_UP, ASKED = 200, 3

#: Certificates, signed links and other people's dates bear no more.
SKEW = timedelta(seconds=60)


def network(app: App) -> Iterator[Finding]:
    """Whether names are found and servers answer; and what time they have."""
    urls = _urls(app)
    if not urls:
        yield ok("network", "no watch needs it")
        return
    lost, found = _looked_up(list(urls)[:LOOKED_UP])
    if not found:
        yield fail("network", f"no name is found: {lost[0]}", "is the network up? /etc/resolv.conf says who is asked")
        return
    if lost:
        hint = "is the address of that watch still right?"
        yield warn("network", f"{len(lost)} of {len(lost) + len(found)} names: {'; '.join(map(str, lost[:3]))}", hint)
    with ThreadPoolExecutor(ASKED) as pool:
        answers = list(pool.map(partial(_asked, app), [urls[host] for host in found[:ASKED]]))
    failures = [each for each in answers if isinstance(each, FetchError)]
    if len(failures) == len(answers):
        yield fail("network", f"no server answers: {failures[0]}", failures[0].hint)
        return
    yield ok(
        "network", f"names found: {len(found)}; servers that answer: {len(answers) - len(failures)} of {len(answers)}"
    )
    yield _clock([each for each in answers if isinstance(each, timedelta)])


def mail(app: App) -> Iterator[Finding]:
    """Whether the mail servers let us in; nothing is sent."""
    targets = [name for name, alert in app.config.alerts.items() if alert.kind == "email"]
    if not targets:
        yield ok("mail", "no alert goes by mail")
        return
    with ThreadPoolExecutor(len(targets)) as pool:
        yield from pool.map(partial(_logged_in, app), targets)


def _urls(app: App) -> dict[str, str]:
    """An address of each host."""
    watches = [watch.url for watch in app.config.watches.values() if urlsplit(watch.url).scheme in ("http", "https")]
    return {host: url for url in reversed(watches) if (host := urlsplit(url).hostname)}


def _looked_up(hosts: list[str]) -> tuple[list[FetchError], list[str]]:
    from watcher.fetch.probe import found

    ends = monotonic() + NAMES
    with ThreadPoolExecutor(min(64, len(hosts))) as pool:
        why = list(pool.map(lambda host: found(host, max(ends - monotonic(), 0.1)), hosts))
    return [each for each in why if each], [host for host, lost in zip(hosts, why, strict=True) if not lost]


def _asked(app: App, url: str) -> FetchError | timedelta | None:
    """How far the server's clock is ahead of ours; why it does not answer."""
    from watcher.fetch.probe import asked

    try:
        there: datetime | None = asked(url, app.user_agent, SERVERS)
    except FetchError as error:
        return error
    return there - app.clock() if there else None


def _clock(ahead: list[timedelta]) -> Finding:
    if not ahead:
        return warn("clock", "no server says what time it has")
    # The middle one: a server's clock may be wrong, too. A date has whole seconds.
    off = sorted(ahead)[len(ahead) // 2]
    seconds = abs(off.total_seconds())
    if seconds > SKEW.total_seconds():
        words = f"this clock is {seconds:.0f} s {'behind' if off > timedelta() else 'ahead'}, by the servers' dates"
        return warn("clock", words, "timedatectl set-ntp true")
    return ok("clock", f"within {max(seconds, 1):.0f} s of the servers' dates")


def _logged_in(app: App, target: str) -> Finding:
    from watcher.notify import email

    try:
        return ok("mail", f"{target}: {email.log_in(app.config.alerts[target].resolve(), MAIL)}")
    except ConfigError:
        return warn("mail", f"{target}: not tried, a secret is not there")
    except Deferred as error:
        return fail("mail", f"{target}: {error}", f"then: watcher test {target}")
