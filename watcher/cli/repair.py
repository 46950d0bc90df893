"""watcher add --repair: the selectors of a watch whose page was redesigned, found anew by what is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from watcher import sources, urls
from watcher.app import App
from watcher.cli import toml
from watcher.cli.keys import with_keys
from watcher.cli.shell import Shell
from watcher.cli.shown import SHOWN, listed
from watcher.cli.words import counted
from watcher.detect import Proposal, ladder
from watcher.detect.ladder import Page
from watcher.errors import CheckError, NothingFound, UsageError
from watcher.front import Front
from watcher.match import distinct
from watcher.model import Item, Known, Request, Seen, Watch
from watcher.text import fold
from watcher.times import day

_KEYS = ("item", "title", "link", "date", "summary")
_MOST = 50  # known items that are looked for, where no list was read yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """The keys that change (None: it goes), what they find, and how many of the known items are among that."""

    keys: Mapping[str, Any]
    items: Sequence[Item]
    held: int
    known: int

    @property
    def confidence(self) -> str:
        share = self.held / self.known
        return "high" if share >= 0.8 else "fair" if share >= 0.4 else "low"


def repaired(shell: Shell, watch: Watch) -> int:
    """Find the items of a watch again, show them, and save the selectors that do. The exit code."""
    given = {key: value for key in _KEYS if (value := getattr(watch.options, key, None))}
    if watch.kind != "list":
        raise UsageError(f"{watch.name} is of kind {watch.kind}: only the selectors of a list can be repaired")
    app = shell.app
    shell.progress(f"Looking at {watch.url} …")
    page = Page(Front(watch, Known(name=watch.name), app.fetcher.get)(Request(url=watch.url)))
    found = (_repair if given else _unselected)(watch, given, page, _known(app, watch))
    if found is None:
        why = "its selectors find" if given else "it has no selectors, and finds"
        shell.done(f"{watch.name} needs no repair: {why} what is known of it")
        return 0
    _save(app, watch, found.keys)
    app.store.due_now(watch.name, app.clock())  # and not at the end of a wait for better times
    _tell(shell, watch, found)
    return 0


def _known(app: App, watch: Watch) -> list[Seen]:
    """The items of the last list that was understood; before there was one, all that is known. Raises NothingFound."""
    listed = app.store.known(watch.name).listed
    known = (
        app.store.find_items(watch.name, listed) if listed else [s for _, s in app.store.items(watch.name, limit=_MOST)]
    )
    if not known:
        raise NothingFound(
            f"nothing is known of {watch.name} that could be looked for", hint="watcher preview shows what the page has"
        )
    return known


def _unselected(watch: Watch, _: Mapping[str, Any], page: Page, known: Sequence[Seen]) -> None:
    """Nothing mends what is found anew at each look. Raises NothingFound where no known item is there."""
    held = 0
    with suppress(CheckError):
        held = _held(_run(watch.options, page), known)
    if not held:
        raise NothingFound(
            f"nothing that is known of {watch.name} is on {watch.url} now, and it has no selectors to repair",
            hint=f'wait until it is back, or set item = "CSS", or kind = "page", in [watch.{watch.name}]',
        )


def _repair(watch: Watch, given: Mapping[str, Any], page: Page, known: Sequence[Seen]) -> Repair | None:
    """What mends the watch; None where nothing is broken. Raises NothingFound where no list holds a known item."""
    best = max(page.doubtful, key=lambda each: _held(each.items, known))
    held = _held(best.items, known)
    if not held:
        raise NothingFound(
            f"no list of {watch.url} holds any of the {counted(len(known), 'known item')} of {watch.name}",
            hint=f"nothing was changed; watcher preview --kind list {watch.url} shows what is there",
        )
    with suppress(CheckError):
        if _held(_run(watch.options, page), known) >= held:
            return None
    keys = _keys(watch, given, page, best)
    items = _run(_options(watch, keys), page)
    return Repair(keys=keys, items=items, held=_held(items, known), known=len(known))


def _keys(watch: Watch, given: Mapping[str, Any], page: Page, best: Proposal) -> dict[str, Any]:
    """What the table says of the items from now on. What is still right stays: the zone of dates, a summary. Where
    selectors see less than is found without them, they go."""
    without = _addresses_of(best.items) == _addresses_of(page.lists[0].items)
    try:
        chosen = ladder.selected(page, best)
    except NothingFound:
        if not without:
            raise
        return dict.fromkeys(given)
    if without and not _as_good(chosen.items, best.items):
        return dict.fromkeys(given)
    keys: dict[str, Any] = {key: chosen.options.get(key) for key in _KEYS if key in given or key in chosen.options}
    if zone := getattr(watch.options.date, "zone", ""):
        keys["date"] = {"select": keys["date"] or "time", "zone": zone}
    if "summary" in given:
        kept = _run(_options(watch, keys | {"summary": given["summary"]}), page)
        keys |= {"summary": given["summary"]} if any(item.summary for item in kept) else {}
    return keys


def _as_good(items: Sequence[Item], found: Sequence[Item]) -> bool:
    """Whether the titles are the same, so that no known item looks edited, and no date is lost."""
    pairs = zip(items, found, strict=False)
    return all(fold(a.title) == fold(b.title) and (not b.published or a.published) for a, b in pairs)


def _options(watch: Watch, keys: Mapping[str, Any]) -> Any:
    said = watch.options.model_dump(exclude_defaults=True) | dict(keys)
    return type(watch.options)(**{key: value for key, value in said.items() if value is not None})


def _run(options: Any, page: Page) -> Sequence[Item]:
    first = options.model_copy(update={"pages": 1})
    return distinct(sources.load("list").find(first, lambda _: page.response))


def _held(items: Sequence[Item], known: Sequence[Seen]) -> int:
    """How many known items are among these: by their address, now or earlier, else by title and day."""
    addresses, titles = _addresses_of(items), {_titled(item) for item in items}
    return sum(bool(addresses & set(_addresses(seen))) or _titled(seen.item) in titles for seen in known)


def _addresses_of(items: Sequence[Item]) -> set[str]:
    return {urls.identity(item.link) for item in items}


def _addresses(seen: Seen) -> Iterator[str]:
    yield urls.identity(seen.item.link)
    yield from (value for kind, value in seen.keys if kind == "address")


def _titled(item: Item) -> tuple[str, str]:
    return fold(item.title), day(item.published).isoformat() if item.published else ""


def _save(app: App, watch: Watch, keys: Mapping[str, Any]) -> None:
    file = toml.file_of(app.config.path, watch.name)
    toml.save(file, with_keys(toml.read(file), watch.name, keys))


def _tell(shell: Shell, watch: Watch, found: Repair) -> None:
    share = f"{found.held} of {counted(found.known, 'known item')} {'is' if found.held == 1 else 'are'} in it"
    shell.done(f"Found a list of {counted(len(found.items), 'item')}: {share} (confidence: {found.confidence}).")
    rows = list(listed(found.items))
    for row in rows[:SHOWN]:
        shell.done(row)
    if len(rows) > SHOWN:
        shell.done(f"      … {len(rows) - SHOWN} more items (watcher preview {watch.name} shows all)")
    shell.done(f"\nRepaired [watch.{watch.name}]:")
    for key, value in found.keys.items():
        shell.done(f"  {key:8} {value if value is not None else '(taken out)'}")
    shell.done(f"Known items stay known; what is new is told at the next check: watcher check {watch.name}")
