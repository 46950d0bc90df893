"""Alerts through Apprise, which knows well over a hundred services by their addresses: chats, telephones, e-mail
gateways. It is an extra: `pip install 'watcher[apprise]'`. A target has one address, so that a service that is down
never has the others told twice; a watch may name several targets. Apprise says only whether an alert was taken, so that
one that was not is always tried again."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from watcher.errors import Deferred
from watcher.fields import UNREAD, Token
from watcher.model import Message
from watcher.patience import wait
from watcher.text import line, safe, shorten

if TYPE_CHECKING:
    from apprise import Apprise

#: Seconds for one alert. What a service does after that is lost from sight: it may come twice.
DEADLINE = 60.0


def _known(url: SecretStr) -> SecretStr:
    if find_spec("apprise") is None:
        raise ValueError("apprise is not installed: pip install 'watcher[apprise]'")
    if url.get_secret_value() != UNREAD and _opened(url) is None:
        raise ValueError("apprise knows no one service by this address; its documentation shows how each is written")
    return url


class Options(BaseModel, extra="forbid", hide_input_in_errors=True):
    """A service."""

    url: Annotated[Token, AfterValidator(_known)] = Field(description="the service's address, as Apprise writes it")


def recipients(options: Options) -> tuple[str, ...]:
    """One, without an address: what stands in it is mostly a secret."""
    return ("",)


def send(options: Options, message: Message, to: str) -> None:
    """Hand one alert over. Deferred, with what Apprise says, when it was not taken."""
    try:
        words = wait(lambda: _refusal(options.url, message), DEADLINE)
    except TimeoutError as error:
        raise Deferred(f"apprise did not come to an end within {DEADLINE:g} s", target_down=True) from error
    if words:
        raise Deferred(f"apprise sent nothing: {words}", target_down=True)


def _refusal(url: SecretStr, message: Message) -> str:
    """Why a service took nothing, "" where it did."""
    service = _opened(url)
    if service is None:
        return "it knows no service by this address"
    subject = line(message.subject)
    text = safe(message.text).removeprefix(f"{subject}\n").strip("\n") or subject  # the title says it already
    result = service.notify(title=subject, body=text, body_format="text", interpret_escapes=False)
    said = [words for entry in result.logs() if (words := line(entry.message))]
    return "" if result else shorten("; ".join(said), 300) or "it does not say why"


def _opened(url: SecretStr) -> Apprise | None:
    """The one service that an address means, None where it means none, or several."""
    from apprise import Apprise, AppriseAsset  # it takes 0.3 s, and most commands send nothing

    logging.getLogger("apprise").addHandler(logging.NullHandler())  # else its words go to stderr beside ours
    # With a time-out it would use threads of a pool, and Python waits for those before it ends.
    asset = AppriseAsset(storage_mode="memory", service_timeout=0)
    asset.app_id = "Watcher"
    service = Apprise(asset=asset)
    return service if service.add(url.get_secret_value()) and len(service.services) == 1 else None
