"""Where a mail's "unsubscribe" leads: one POST, without a login, ends the letters of one watch for one recipient."""

from __future__ import annotations

from html import escape
from shlex import quote
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from watcher.app import App
from watcher.errors import WatcherError
from watcher.model import address_of
from watcher.seal import opened
from watcher.sending import MUTE

#: Bytes of a form that are read; ours has one word.
_FORM = 4096

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",  # the address is a key
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}

_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<h1>{title}</h1>
<p>{text}</p>
<form method="post"><button name="{name}" value="{value}">{button}</button></form>
{more}</html>
"""


def mute_route(app: App) -> Route:
    """`/mute/TOKEN`: asked, it shows a button and changes nothing; what that button, or a mail program's own, posts
    (RFC 8058 §3.2) takes effect."""

    async def mute(request: Request) -> Response:
        form = await _form(request) if request.method == "POST" else None
        return await run_in_threadpool(_answer, app, request.path_params["token"], form)

    return Route("/mute/{token}", mute, methods=["GET", "POST"])


async def _form(request: Request) -> dict[str, list[str]]:
    """What was posted, as far as it may be our own; a mail program's may come in another form, and need not be read."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _FORM:
            return {}
    return parse_qs(body.decode("ascii", "replace"))


def _answer(app: App, token: str, form: dict[str, list[str]] | None) -> Response:
    try:
        words = opened(app.secret, MUTE, token)
        if words is None or len(words) != 2:
            return PlainTextResponse("no such address; use the whole link of the mail\n", 404, _HEADERS)
        recipient, watch = words
        if form is not None:
            app.store.mute(recipient, watch, "again" not in form, app.clock())
        muted = {(address_of(who), of) for who, of in app.store.muted()}
        return HTMLResponse(_page(recipient, watch, (address_of(recipient), watch) in muted), headers=_HEADERS)
    except WatcherError:
        said = "this cannot be done right now; nothing was changed, please try again in a minute\n"
        return PlainTextResponse(said, 503, _HEADERS | {"Retry-After": "60"})


def _page(recipient: str, watch: str, muted: bool) -> str:
    address = address_of(recipient)
    who, what = escape(address), escape(watch)
    if not muted:
        text = f"{who} is told of what is new on {what}."
        button = f"Send no more letters of {what}"
        name, value = "List-Unsubscribe", "One-Click"
        return _PAGE.format(title="Unsubscribe?", text=text, name=name, value=value, button=button, more="")
    command = escape(f"watcher mute {quote(watch)} {quote(address)} --off")
    return _PAGE.format(
        title="Unsubscribed",
        text=f"{who} is told nothing more of {what}, from now on.",
        name="again",
        value="1",
        button=f"Send letters of {what} again",
        more=f"<p>Or, where Watcher runs: <code>{command}</code></p>\n",
    )
