"""WebSub, as its publisher: a hub is told that a feed has changed, fetches it, and passes it on to whoever asked there.

W3C WebSub leaves it to publisher and hub how they talk; hubs take what PubSubHubbub Core 0.3 §7.1 says, which is sent
here: a form with `hub.mode=publish` and `hub.url`, the feed's own address. Any 2xx means that it was taken.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from watcher.later import later
from watcher.model import Message

if TYPE_CHECKING:
    from watcher import message as letters
else:
    letters = later("watcher.message")

#: The target of a hub's recipient, "WebSub ADDRESS". No alert table is called so: their names are small letters.
TARGET = "WebSub"

_FORM = "application/x-www-form-urlencoded"


def recipient(hub: str) -> str:
    return f"{TARGET} {hub}"


def is_hub(recipient: str) -> bool:
    return recipient.startswith(f"{TARGET} ")


def event(topic: str, stamp: int) -> str:
    """That the feed at this address is what it has been since `stamp`, its file's mtime in nanoseconds."""
    return f"feed/{topic}/{stamp}"


def topic(event: str) -> str:
    """The address of the feed that an event is about; "" where it is about something else."""
    return event.removeprefix("feed/").rpartition("/")[0] if event.startswith("feed/") else ""


def ping(recipient: str, path: str, event: str, *, now: datetime, domain: str) -> Message:
    """What a hub is told of a feed. Its text is the feed's address."""
    return Message(
        id=letters.message_id(path, "", [event], recipient, domain),
        recipient=recipient,
        watch=path,
        subject=f"{topic(event)} has changed",
        text=topic(event),
        date=now,
    )


def send(hub: str, message: Message) -> None:
    """Tell a hub. Raises Deferred and Rejected."""
    from watcher.post import post  # httpx takes 0.2 s, and most commands send nothing

    post(hub, urlencode({"hub.mode": "publish", "hub.url": message.text}).encode("ascii"), {"content-type": _FORM})
