"""watcher replay: the rule of a watch, or a trial of another, run over the pages that are stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, cast

import click
from pydantic import ValidationError

from watcher import pipeline, sources
from watcher.cli.proposal import key_and_value
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.words import counted, when
from watcher.errors import BadStatus, FetchError, UsageError
from watcher.keys import Common
from watcher.model import Change, Failed, Filters, Get, Item, Request, Response, Watch
from watcher.pipeline import Checked
from watcher.routing import Route
from watcher.sources import Source
from watcher.store import open_store
from watcher.text import safe


@click.command()
@click.argument("name", metavar="W")
@click.option("--with", "trial", metavar="KEY=VALUE", multiple=True, help="Try this key of the watch; more than once.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of looks, each with what would have been told.")
@pass_shell
@click.pass_context
def replay(ctx: click.Context, shell: Shell, name: str, trial: tuple[str, ...], as_json: bool) -> None:
    """Run the rule over the stored pages: what would have been told. Nothing is asked for, saved or sent."""
    watch = tried(shell.watch(name), dict(map(key_and_value, trial)))
    stored = shell.app.store.bodies(watch.name)
    if not stored:
        shell.note(f"no page of {watch.name} is stored yet; watcher check {watch.name} stores the first")
    without: set[str] = set()
    looks = list(_looks(watch, stored, without))
    if as_json:
        shell.document([_as_json(at, checked) for (at, _), checked in zip(stored, looks, strict=True)])
    else:
        for (at, response), checked in zip(stored, looks, strict=True):
            shell.say(f"{when(at)}  {max(len(response.body) // 1024, 1)} KB")
            for row in _rows(checked):
                shell.say(f"  {row}")
        told = sum(len(_told(checked)) for checked in looks)
        if without:
            shell.note(f"{counted(len(without), 'article')} not stored: their items are judged by the list alone")
        shell.done(f"{counted(len(looks), 'page')} replayed: {counted(told, 'item')} would have been told")
    ctx.exit(1 if any(isinstance(checked.outcome, Failed) for checked in looks) else 0)


def tried(watch: Watch, keys: Mapping[str, Any]) -> Watch:
    """The watch with some of its keys changed. Raises UsageError."""
    filters = {name: keys[name] for name in keys if name in {each.name for each in fields(Filters)}}
    own = {name: keys[name] for name in keys if name in type(watch.options).model_fields}
    if unknown := keys.keys() - filters.keys() - own.keys():
        there = sorted({*type(watch.options).model_fields, *(each.name for each in fields(Filters))})
        raise UsageError(f'the rule of {watch.name} has no key "{min(unknown)}"', hint=f"there are {', '.join(there)}")
    said = watch.options.model_dump(exclude_defaults=True) | own
    try:
        options = type(watch.options).model_validate(said)
        checked = Common.model_validate(filters)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UsageError(f"{first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}") from None
    return replace(watch, options=options, filters=replace(watch.filters, **{n: getattr(checked, n) for n in filters}))


def _looks(watch: Watch, stored: Sequence[tuple[datetime, Response]], without: set[str]) -> Iterator[Checked]:
    """One check after the other, in a store of their own that is thrown away. `without` takes the items whose
    articles would have been fetched."""
    source = _offline(sources.load(watch.kind), without)
    with TemporaryDirectory() as folder, closing(open_store(f"sqlite:///{Path(folder) / 'replay.db'}")) as store:
        for at, response in stored:
            yield pipeline.check(Route(watch=watch), source, store, only(response), at)


def _offline(source: Source, without: set[str]) -> Source:
    """The kind, whose items go without what is not stored."""

    def complete(options: Any, item: Item, get: Get) -> Item:
        try:
            whole: Item = vars(source)["complete"](options, item, get)
        except FetchError:
            without.add(item.link)
            return item
        return whole

    return (
        cast(Source, SimpleNamespace(**vars(source) | {"complete": complete})) if "complete" in vars(source) else source
    )


def only(response: Response) -> Get:
    """What one stored page answers, as often as it is asked for."""
    front: list[str] = []

    def get(request: Request) -> Response:
        front.append(request.url)
        if request.url != front[0]:
            raise BadStatus(f"{request.url} is not stored: only front pages are", status=404)
        return response

    return get


def _rows(checked: Checked) -> Iterator[str]:
    """What would have come of one page."""
    outcome = checked.outcome
    if isinstance(outcome, Failed):
        yield f"FAILED  {outcome.error}"
        yield from [outcome.hint] * bool(outcome.hint)
        return
    kinds: Counter[str] = Counter(change.kind for change in outcome.changes)
    quiet = {"stock": "known from now on", "held": "held back", "edited": "edited, told to nobody"}
    yield from (f"{counted(kinds[kind], 'item')} {words}" for kind, words in quiet.items() if kinds[kind])
    for change in _told(checked):
        yield f"told  {change.seen.item.title}"
        if "/edit/" in change.event:
            yield from (f"      {line}" for line in safe(change.seen.item.body).splitlines()[1:-1])
    if not any(kinds.values()):
        yield "nothing new"


def _told(checked: Checked) -> list[Change]:
    return [] if isinstance(checked.outcome, Failed) else [each for each in checked.outcome.changes if each.event]


def _as_json(at: datetime, checked: Checked) -> dict[str, Any]:
    failed = checked.outcome if isinstance(checked.outcome, Failed) else None
    return {
        "at": at.isoformat(),
        "error": failed.error if failed else "",
        "told": [
            {"title": each.seen.item.title, "link": each.seen.item.link, "event": each.event} for each in _told(checked)
        ],
    }
