"""The way from one address to the next."""

from __future__ import annotations

from urllib.parse import urljoin

import httpx

from watcher import urls
from watcher.errors import BadStatus, Refused
from watcher.text import line, shorten

_PERMANENT = frozenset({301, 308})


class Trail:
    """The addresses that one request went through, at most `most` redirects far."""

    def __init__(self, url: str, most: int) -> None:
        if not urls.absolute(url, ""):
            raise Refused(f'"{shorten(line(url), 80)}" is no web address')
        self._hops = [_parsed(url, url)]
        self._most = most
        self._remembered: httpx.URL | None = None
        self._settled = True  # only permanent redirects so far
        self.moved_to = ""
        self.disallowed = False  # robots.txt would rather have us not ask, and we did

    @property
    def here(self) -> httpx.URL:
        return self._hops[-1]

    @property
    def address(self) -> str:
        return str(self.here.copy_with(userinfo=b"") if self.here.userinfo else self.here)

    @property
    def was_led(self) -> bool:
        """Whether it is another address than the one that was asked for."""
        return len(self._hops) > 1

    @property
    def name(self) -> str:
        """The host (and port) as messages name it."""
        return self.here.netloc.decode("ascii")

    @property
    def host(self) -> str:
        """The host (and port) whose turn it is: the same with and without `www.`."""
        return urls.host_of(str(self.here))

    @property
    def same_origin(self) -> bool:
        return urls.origin(str(self.here)) == urls.origin(str(self._hops[0]))

    @property
    def origin(self) -> str:
        return urls.origin(str(self.here))

    @property
    def same_site(self) -> bool:
        """Whether it is still the host (and port) that was asked for, with or without `www.`."""
        return self.host == urls.host_of(str(self._hops[0]))

    @property
    def same_host(self) -> bool:
        return self.here.raw_host == self._hops[0].raw_host  # `host` raises for names that IDNA forbids

    @property
    def takes_validators(self) -> bool:
        """Whether they came from where it has come to."""
        return self.same_origin or self.here == self._remembered

    def jump(self, url: str) -> None:
        """Go where permanent redirects led before. Raises what `follow` does."""
        self.follow(308, url)
        self._remembered = self.here

    def follow(self, status: int, location: str) -> None:
        """Go where a redirect leads. Raises BadStatus for one that leads nowhere, Refused for what is not HTTP."""
        if not location:
            raise BadStatus(f"{status} from {self.name} without an address to go to", status=status)
        # The address is asked as it was given: a tracking parameter taken away may make a redirect go round.
        url = urljoin(str(self.here), location.strip()) if urls.absolute(str(self.here), location) else ""
        if not url:
            raise Refused(f'{self.name} redirects to "{shorten(line(location), 80)}", which is no web address')
        self._go(status, _parsed(url, location))

    def _go(self, status: int, there: httpx.URL) -> None:
        if there in self._hops:
            raise BadStatus(
                f"{status} from {self.name}: its redirects go round ({self._round(there)})",
                status=status,
                hint="it may want a cookie, and Watcher keeps none",
            )
        if len(self._hops) > self._most:
            raise BadStatus(f"{status} from {self.name}: more than {self._most} redirects", status=status)
        self._hops.append(there)
        self._settled = self._settled and status in _PERMANENT
        if self._settled:
            self.moved_to = self.address

    def _round(self, there: httpx.URL) -> str:
        # Without the queries, which may hold what is nobody else's business.
        loop = [*self._hops[self._hops.index(there) :], there]
        return " → ".join(hop.netloc.decode("ascii") + shorten(hop.path, 40) for hop in loop)


def _parsed(url: str, shown: str) -> httpx.URL:
    # httpx is stricter than the standard library: about ports, controls, and names that IDNA forbids.
    try:
        there = httpx.URL(url)
        return there.copy_with(fragment=None) if "#" in url else there
    except (httpx.InvalidURL, ValueError) as exc:
        raise Refused(f'"{shorten(line(shown), 80)}" is no web address') from exc
