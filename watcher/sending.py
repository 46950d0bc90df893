"""What waits in the outbox, put into words and handed to its targets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from watcher import pipeline, websub
from watcher.config import Config
from watcher.errors import ConfigError, Deferred, Rejected
from watcher.later import later
from watcher.model import Delivery, Message, Notice, Seen
from watcher.pipeline import Sent
from watcher.publish import Shelf
from watcher.routing import awake, hushed, is_urgent
from watcher.seal import sealed
from watcher.store import Store

if TYPE_CHECKING:
    from watcher import message
else:
    message = later("watcher.message")

#: What the tokens are for that `mute_link` ends in.
MUTE = "mute"

#: Targets that are sent to at once.
TARGETS = 128


class Parts(Protocol):
    """What sending needs of a home that is put to work; each is opened when it is first asked for."""

    clock: Callable[[], datetime]

    @property
    def config(self) -> Config: ...
    @property
    def store(self) -> Store: ...
    @property
    def shelf(self) -> Shelf: ...
    @property
    def secret(self) -> bytes: ...
    @property
    def stopped(self) -> bool: ...


class Sender:
    """Sends what waits. Once its home is `stopped`, the letter under way is the last."""

    def __init__(self, home: Parts) -> None:
        self.home = home

    def deliver(self) -> list[Sent]:
        """Send what waits. Each target, and each hub, has a thread of its own: a dead one delays no other."""
        targets = self.waiting()
        with ThreadPoolExecutor(min(TARGETS, len(targets)) or 1, "deliver") as pool:
            return [sent for some in pool.map(self.deliver_to, targets, targets.values()) for sent in some]

    def waiting(self) -> dict[str, list[str]]:
        """The targets, and hubs, for which something waits, each with the recipients in question."""
        self._keep_quiet()
        waiting = groupby(self.home.store.waiting(self.home.clock()), key=_whom_a_failure_delays)
        return {name: list(recipients) for name, recipients in waiting}

    def deliver_to(self, target: str, recipients: Iterable[str]) -> list[Sent]:
        """Send what waits for these recipients of one target, until that is down, or `stop` is called."""
        attempts: list[Sent] = []
        limits, send = self._limits(target), partial(self.send, target)
        for recipient in recipients:
            letters = pipeline.deliver(self.home.store, recipient, send, self._compose, self.home.clock, **limits)
            for sent in letters:
                attempts.append(sent)
                if self.home.stopped or (isinstance(sent.error, Deferred) and sent.error.target_down):
                    return attempts
        return attempts

    def send(self, target: str, letter: Message) -> None:
        """Hand one message to its target. Raises Deferred and Rejected."""
        if websub.is_hub(letter.recipient):
            self._ping(letter)
            return
        alert = self.home.config.alerts.get(target)
        if alert is None:
            raise Deferred(f"there is no [alert.{target}] any more", target_down=True)
        if letter.recipient not in alert.recipients:
            words = f"{letter.recipient.partition(' ')[2]} is no recipient of [alert.{target}] any more"
            raise Rejected(words, hint="watcher outbox drop takes it off the list")
        try:
            options = alert.resolve()
        except ConfigError as error:
            raise Deferred(f"[alert.{target}]: {error}", target_down=True) from error
        alert.send(options, letter, letter.recipient.partition(" ")[2])

    def _ping(self, letter: Message) -> None:
        hub = letter.recipient.partition(" ")[2]
        if hub not in self.home.config.settings.hubs:
            raise Rejected(f"{hub} is none of the hubs any more", hint="watcher outbox drop takes it off the list")
        websub.send(hub, letter)

    def domain(self, target: str) -> str:
        """The right side of Message-IDs and List-Ids: our own site's host, else that of the sender."""
        own = urlsplit(self.home.config.settings.base_url or "").hostname
        alert = self.home.config.alerts.get(target)
        return own or (alert.domain if alert else "") or "watcher.invalid"

    def mute_link(self, recipient: str, watch: str) -> str:
        """Where a recipient ends the letters of a watch; "" where our own site is not on https."""
        base_url = self.home.config.settings.base_url or ""
        if not base_url.startswith("https://"):
            return ""
        return f"{base_url.rstrip('/')}/mute/{sealed(self.home.secret, MUTE, recipient, watch)}"

    def _keep_quiet(self) -> None:
        """What was due before its target's quiet hours, or is to be tried again in them, waits for their end."""
        now, watches = self.home.clock(), self.home.config.watches
        quiet = {name: alert.quiet for name, alert in self.home.config.alerts.items() if alert.quiet}
        zones = {UTC, *(watch.zone for watch in watches.values())}
        ends = {(hours, zone): awake(hours, zone, now) for hours in set(quiet.values()) for zone in zones}
        if not any(end > now for end in ends.values()):
            return
        waiting: dict[tuple[str, str], list[Delivery]] = defaultdict(list)
        for row in self.home.store.outbox():
            if not row.dead and row.recipient.partition(" ")[0] in quiet:
                waiting[row.recipient, row.watch].append(row)
        for (recipient, name), rows in waiting.items():
            zone = watches[name].zone if name in watches else UTC
            end = ends[quiet[recipient.partition(" ")[0]], zone]
            due = {row.item for row in rows if row.due_at <= now}
            if end > now and due:
                seens = self.home.store.find_items(name, due - {""})
                urgent = {seen.id for seen in seens if is_urgent(seen.item)}
                for ids, when in zip(hushed(rows, urgent, now, end), (end, now), strict=True):
                    if ids:
                        self.home.store.put_off(ids, when)

    def _limits(self, target: str) -> dict[str, int]:
        """What the outbox has to heed of a target."""
        alert = self.home.config.alerts.get(target)
        if alert is None:
            return {}
        return {"most": alert.most, **({"together": 2} if alert.digest else {})}

    def _compose(self, recipient: str, told: list[tuple[Delivery, Seen | Notice | None]]) -> Message:
        delivery, about = told[0]
        name = delivery.watch
        domain = self.domain(recipient.partition(" ")[0])
        if websub.is_hub(recipient):
            return websub.ping(recipient, name, delivery.event, now=self.home.clock(), domain=domain)
        if not isinstance(about, Seen):
            about = about or Notice(event=delivery.event, at=self.home.clock(), title=f"news of {name}", text="")
            return message.health(
                recipient, name, delivery.event, about.title, about.text, now=self.home.clock(), domain=domain
            )
        watch = self.home.config.watches.get(name)
        return message.letter(
            recipient,
            watch.title if watch else name,
            name,
            watch.url if watch else "",
            [(each, seen) for each, seen in told if isinstance(seen, Seen)],
            now=self.home.clock(),
            zone=watch.zone if watch else UTC,
            domain=domain,
            mute=self.mute_link(recipient, name),
            feed=self.home.shelf.address(self.home.shelf.path(watch)) if watch else "",
        )


def _whom_a_failure_delays(recipient: str) -> str:
    """What a recipient shares with all who get nothing while its server is down."""
    return recipient if websub.is_hub(recipient) else recipient.partition(" ")[0]
