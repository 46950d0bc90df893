"""Push messages to telephones and desktops through a server of ntfy, your own or a public one. Title and text are
plain; a touch opens the item. What is longer than ntfy's 4,096 bytes is cut. On a public server, whoever knows the
topic reads it and writes to it: choose a name that nobody guesses, or use a token."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from watcher.fields import UNREAD, Address, Token
from watcher.model import Message
from watcher.text import line, safe

#: Bytes of a message; the server makes an attachment of what is longer.
ROOM = 4096

_LINK = 2048  # bytes; the whole JSON may have no more than twice ROOM


def _topic(name: SecretStr) -> SecretStr:
    if name.get_secret_value() != UNREAD and not re.fullmatch(r"[-\w]{1,64}", name.get_secret_value(), re.ASCII):
        raise ValueError("a topic has letters, digits, - and _, at most 64")
    return name


class Options(BaseModel, extra="forbid", hide_input_in_errors=True):
    """A server, and the topic that its readers have subscribed to."""

    server: Address = Field(description="the server's address: https://ntfy.sh, or your own")
    topic: Annotated[Token, AfterValidator(_topic)] = Field(description="what its readers have subscribed to")
    token: Token | None = Field(None, min_length=1, description="an access token, where the server asks for one")
    priority: int = Field(3, ge=1, le=5, description="from 1, no sound, to 5, which keeps ringing")
    tags: tuple[str, ...] = Field((), description="shown beside the title; names of emojis are shown as those")


def recipients(options: Options) -> tuple[str, ...]:
    """One, without an address: the topic may be a secret."""
    return ("",)


def send(options: Options, message: Message, to: str) -> None:
    """Publish one alert. Raises Deferred and Rejected."""
    from watcher.post import post  # httpx takes 0.2 s, and most commands send nothing

    headers = {"authorization": f"Bearer {options.token.get_secret_value()}"} if options.token else {}
    post(options.server, _json(_published(options, message)), headers)


def _published(options: Options, message: Message) -> dict[str, Any]:
    """What is published, as JSON: in headers, a title's bytes could become headers of their own."""
    subject = line(message.subject)
    text = safe(message.text).removeprefix(f"{subject}\n").strip("\n")  # the title says it already
    link = message.items[0].link if len(message.items) == 1 else ""
    # No other address gets to be opened, whatever a source let through.
    click = {"click": link} if re.match(r"https?://", link) and len(link.encode()) <= _LINK else {}
    return {
        "topic": options.topic.get_secret_value(),
        "title": subject,
        "message": _cut(text),
        "priority": options.priority,
        "tags": list(options.tags),
        **click,
    }


def _cut(text: str) -> str:
    """As much as there is room for, between characters. Counted as it is sent, with what JSON escapes."""
    if len(_json(text)) - 2 <= ROOM:
        return text
    low, high = 0, ROOM
    while low < high:  # the longest beginning that fits with its ellipsis
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(_json(text[:middle] + "…")) - 2 <= ROOM else (low, middle - 1)
    return text[:low].rstrip() + "…"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
