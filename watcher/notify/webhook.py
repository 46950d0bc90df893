"""Alerts as JSON, sent by POST to an address of yours: `id`, `watch`, `subject`, `text`, `html`, `date` and `items`,
each of these with `id`, `event` ("new" or "edit"), `title`, `link`, `published`, `version` and `tags`. Any 2xx means
that it was taken. It is tried again after 408, 425, 429, 5xx and where no answer comes within 30 s; after a redirect,
which is not followed, 401, 403, 404, 405, 407 and 410 as well, for you to mend; any other 4xx is for good. The header
`Idempotency-Key` is the `id`, the same at every attempt: what comes twice is known by it. With a `secret`,
`X-Watcher-Signature-256` is `sha256=` and the HMAC-SHA256 of the body's bytes in hexadecimal, as GitHub signs its own;
since `id` and `date` are among them, an alert that somebody sends again is known."""

from __future__ import annotations

import hashlib
import hmac

from pydantic import BaseModel, Field

from watcher.bulletin import as_json
from watcher.fields import SecretAddress, Token
from watcher.model import Message


class Options(BaseModel, extra="forbid", hide_input_in_errors=True):
    """Where to, and what it is signed with."""

    url: SecretAddress = Field(description="where it is sent; user:password@ in it becomes a login")
    secret: Token | None = Field(None, min_length=1, description="the key of the signature; without one there is none")


def recipients(options: Options) -> tuple[str, ...]:
    """One, without an address: what stands in it may be a secret."""
    return ("",)


def send(options: Options, message: Message, to: str) -> None:
    """Hand one alert in. Raises Deferred and Rejected."""
    from watcher.post import post  # httpx takes 0.2 s, and most commands send nothing

    body = as_json(message)
    headers = {"idempotency-key": message.id}
    if options.secret:
        headers["x-watcher-signature-256"] = f"sha256={signature(options.secret.get_secret_value(), body)}"
    post(options.url.get_secret_value(), body, headers)


def signature(secret: str, body: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) in hexadecimal."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
