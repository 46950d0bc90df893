"""Why a page lists nothing that detection could find: each case its own sentence, with what to do about it."""

from __future__ import annotations

import re

from watcher import botcheck
from watcher.detect.empty.gist import FEW, SOME, Gist
from watcher.detect.tree import Tree
from watcher.errors import Blocked, CheckError, NothingFound, NotUnderstood, Scripted
from watcher.text import shorten

_FEEDS = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<\?.*?\?>\s*|<!DOCTYPE[^>]*>\s*)*+<([\w:.-]+)", re.DOTALL
)
_TEMPLATE = re.compile(r"\{\{.{1,200}?\}\}|\{%.{1,200}?%\}|<%.{1,200}?%>")

_EMPTY = "look at it in a browser: is this the right address?"
_LATER = "watch its text until then (--kind page), or name the items with a selector (--item CSS) once there are some"


#: Advice that names an option of `watcher add`, to one who is about to add the page.
_TO_ADD = re.compile(r"--[a-z]")
_WATCHED = (
    "what is known is kept, and it is asked again: nothing is to be done where it lists nothing just now; where it does"
    " list items, in a new form: watcher add --repair W"
)
_WATCHED_SCRIPT = "let Chromium run the script: browser = true in its table; or watch the site's feed"


def why(tree: Tree, body: bytes, *, watched: bool = False) -> CheckError:
    """The reason, to be raised. Its sentence ends with the page's address, its hint says what to do now; with
    `watched`, where items were known of the page before."""
    error = _reason(tree, body)
    if watched and _TO_ADD.search(error.hint):
        error.hint = _WATCHED_SCRIPT if isinstance(error, Scripted) else _WATCHED
    return error


def _reason(tree: Tree, body: bytes) -> CheckError:
    page = Gist(tree)
    return _other(body, tree.url) or next(
        (error for reason in (_led_on, _login, _script, _none_yet, _one, _article) if (error := reason(page))),
        NothingFound(
            f"no list of items found on {tree.url}",
            hint="name the items with a selector (--item CSS), or watch the page's text (--kind page)",
        ),
    )


def _other(body: bytes, url: str) -> CheckError | None:
    """What is no page, or not the page that was asked for."""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    root = match[1].decode().lower() if (match := _FEEDS.match(body.removeprefix(b"\xef\xbb\xbf"))) else ""
    if root in ("rss", "feed", "rdf:rdf"):
        return NotUnderstood(f"this is a feed, no page: {url}", hint="watch it as what it is: --kind feed")
    if start in (b"{", b"["):
        return NotUnderstood(
            f"this is JSON, without a list of titles that have links or dates: {url}",
            hint="give the page that shows it, or say where its items are: --kind json --with items=PATH;"
            " to watch each of its values: --kind page",
        )
    if not body.strip(b"\xef\xbb\xbf \t\r\n\f\0"):
        return NothingFound(f"the page is empty: {url}", hint=_EMPTY)
    if b"<" not in body:
        return NothingFound(f"this is plain text, without any links: {url}", hint="watch its text: --kind page")
    if body.lstrip().startswith(b"<?xml") and root not in ("html", ""):
        return NotUnderstood(f"this is XML (<{root}>), no page: {url}", hint="give the page that lists the items")
    if words := botcheck.recognised(body):
        return Blocked(
            f'a bot check ("{words}") stands in place of {url}',
            hint="look for a feed of the site, seldom guarded so; or save the page in a browser that was let in",
        )
    return None


def _led_on(page: Gist) -> CheckError | None:
    """A page that is little but the way to another one."""
    if target := page.refresh:
        return NothingFound(f"the page only leads on to {target}: {page.url}", hint=f"give that address: {target}")
    if targets := page.frames:
        return NothingFound(
            f"the page is only a frame around others: {page.url}",
            hint=f"give the address of the one that lists the items: {', '.join(targets[:3])}",
        )
    return None


def _login(page: Gist) -> CheckError | None:
    if not page.login_form:
        return None
    return NothingFound(
        f"the page asks for a login: {page.url}",
        hint='give the watch headers = { cookie = "…" } (or authorization) in the configuration, or a public address',
    )


def _script(page: Gist) -> CheckError | None:
    if not page.has_scripts or len(page.text) > SOME or page.says_none:
        return None
    asks = page.needs_script and len(page.told) <= FEW and (page.holes or not page.told)
    waits = not page.told and (page.holes or not page.text)
    if asks or waits or _TEMPLATE.search(page.text):
        return Scripted(
            f"the page is built by a script in the browser, and holds no items without it: {page.url}",
            hint=f"look for the site's feed; or let Chromium run the script: watcher add --browser {page.url}",
        )
    return None


def _none_yet(page: Gist) -> CheckError | None:
    if len(page.told) <= SOME and (words := page.says_none):
        return NothingFound(f'the page says that it lists nothing ("{shorten(words, 80)}"): {page.url}', hint=_LATER)
    if page.told or page.links:
        return None
    if page.heading:
        return NothingFound(f'nothing stands below the heading "{page.heading}": {page.url}', hint=_LATER)
    return NothingFound(f"the page is empty: {page.url}", hint=_EMPTY)


def _one(page: Gist) -> CheckError | None:
    if not page.single:
        return None
    return NothingFound(
        f'there is only one item ("{shorten(page.single, 80)}"), too few to see what repeats: {page.url}',
        hint="name it with a selector (--item CSS), by which later ones are found too; or watch the text (--kind page)",
    )


def _article(page: Gist) -> CheckError | None:
    if not page.is_article:
        return None
    listing = f"give the address of the list: {page.listing}" if page.listing else "give the address of a list"
    title = f' ("{shorten(page.heading, 80)}")' if page.heading else ""
    return NothingFound(
        f"the page is one article{title}, and no list: {page.url}", hint=f"{listing}; or watch its text: --kind page"
    )
