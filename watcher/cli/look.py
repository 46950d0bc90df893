"""One look at an address from the command line: what is there, and the watch that takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any

from watcher import sources, urls
from watcher.cli.proposal import Proposal, left_open, only_lists, settle
from watcher.cli.shell import Shell
from watcher.cli.words import counted
from watcher.detect import Proposal as Group
from watcher.detect import ladder, read
from watcher.detect.ladder import Page
from watcher.errors import ExtractError, FetchError, NotUnderstood, UsageError
from watcher.filters import chosen
from watcher.front import Front
from watcher.match import distinct
from watcher.model import Get, Item, Known, Request, Response

#: Where a page comes from that does not say it: an address that leads nowhere (RFC 2606 §2).
NOWHERE = "https://page.invalid/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was found: the watch as it is to be, its items, everything else that could be watched there, and which of
    that it is, from 1; 0 where the command line or the configuration says what the items are."""

    proposal: Proposal
    items: Sequence[Item]
    groups: Sequence[Group] = ()
    number: int = 0
    page: Page | None = None
    answers: Mapping[str, Response] = field(default_factory=dict)  # by the address that was asked for


class Answers(dict[str, Response]):
    """`get`, and what it gave: an address is asked for once."""

    def __init__(self, get: Get, *known: Response) -> None:
        super().__init__({response.url: response for response in known})
        self._get = get

    def __call__(self, request: Request) -> Response:
        if request.url not in self:
            response = self[request.url] = self._get(request)
            self.setdefault(response.url, response)
        return self[request.url]


def look(shell: Shell, proposal: Proposal, options: Mapping[str, Any]) -> Look:
    """Ask for a page and find what it holds, as far as `options` leave that open; nothing is kept of it. Raises
    CheckError."""
    from watcher.fetch import Fetcher  # httpx takes 0.2 s, and a file asks nobody

    started, app, watch = monotonic(), shell.app, proposal.watch
    with Fetcher(user_agent=app.user_agent, clock=app.clock) as fetcher:
        get = Answers(_telling(shell, Front(watch, Known(name=watch.name), fetcher.get)))
        try:
            found = _found(shell, proposal, options, get)
        except ExtractError as error:
            if options.get("item") or options.get("select"):
                error.hint = f"try another selector; or see what is found without one: watcher preview {watch.url}"
            raise
    answer = next(iter(get.values()))
    size = f"{max(len(answer.body) // 1024, 1)} KB"
    shell.note(f"Looked at {watch.url}: {answer.status}, {size}, {monotonic() - started:.1f} s")
    if answer.moved_to:
        shell.note(f"That page has moved for good, to {answer.moved_to}")
    return replace(found, answers=dict(get))


def _telling(shell: Shell, get: Get) -> Get:
    def next_(request: Request) -> Response:
        shell.progress(f"Looking at {request.url} …")
        return get(request)

    return next_


def look_into(shell: Shell, proposal: Proposal, options: Mapping[str, Any], page: Response) -> Look:
    """The same for a page that is here already; nothing is fetched."""
    return _found(shell, proposal, options, Answers(_offline, page), fetch=False)


def page_of(file: Path, base_url: str | None) -> Response:
    """A file as the page at `base_url`; without one, at the address that it names itself."""
    if base_url and not urls.absolute("", base_url):
        raise UsageError(f'"{base_url}" is no address', hint="write it whole, with https://")
    try:
        body = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {(error.strerror or str(error)).lower()}") from error
    if not body.strip():
        raise UsageError(f"{file} is empty", hint="save the page once more, or give its address")
    return Response(url=base_url or _address(body) or NOWHERE, body=body)


def _address(body: bytes) -> str:
    """What a page says of where it stands: its canonical address, or what its links are relative to."""
    try:
        root = read(body, "", "").nodes[0]
    except NotUnderstood:
        return ""
    said = [link.get("href") for link in root.iter("link") if "canonical" in (link.get("rel") or "").lower().split()]
    said += [meta.get("content") for meta in root.iter("meta") if meta.get("property") == "og:url"]
    said += [base.get("href") for base in root.iter("base")]
    return next((url for each in said if each and (url := urls.absolute("", each))), "")


def _offline(request: Request) -> Response:
    raise FetchError(f"{request.url} was not asked for: a file is judged by what is in it")


def _found(shell: Shell, proposal: Proposal, options: Mapping[str, Any], get: Answers, *, fetch: bool = True) -> Look:
    if not options or not left_open(options):
        return Look(proposal=proposal, items=_items(proposal, get))
    number = options["group"] or 1
    page = Page(get(Request(url=proposal.watch.url)))
    groups = page.lists if only_lists(options) else ladder.climb(page, get if fetch else None)
    if number > len(groups):
        raise UsageError(
            f"there is no group {number}", hint=f"{counted(len(groups), 'group')} found, --group 1 the first"
        )
    taken = ladder.settled(page, groups, number)
    proposal = settle(shell, proposal, taken.kind, taken.options)
    return Look(proposal=proposal, items=_items(proposal, get), groups=groups, number=number, page=page)


def _items(proposal: Proposal, get: Get) -> Sequence[Item]:
    watch = proposal.watch
    return chosen(watch.filters, distinct(sources.load(watch.kind).find(watch.options, get)))
