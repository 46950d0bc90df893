"""The output of a program of yours, read as a page, a feed, a list or JSON. The program is run without a shell, in the
folder /, with nothing of Watcher's environment but PATH, HOME, LANG and TZ, and ended with all that it has started
(but for what has left its session: setsid) when its time is over, or when Watcher ends, be it killed. An exit code
other than 0 is a failed look. A change is told without a second run: leave clocks out with
`options = { ignore = [...] }`. The kind is off unless every configuration file, with the folders and links that lead to
it, belongs to root or to the user who runs Watcher, and nobody else can write to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError, ValidationInfo, field_validator

from watcher import sources
from watcher.errors import Refused
from watcher.fields import Address, Span
from watcher.model import Get, Item, OnEdit, Request, Response, Share
from watcher.urls import host_of

#: It does what the configuration says, whatever that is: what others can write to is not obeyed.
RISKY = True

_LONGEST = timedelta(minutes=10)


class Options(BaseModel, extra="forbid", frozen=True):
    """What is run, and what its output is."""

    url: Address = Field(description="the address that the watch is known by and its feed links to; it is not fetched")
    command: tuple[str, ...] = Field(
        min_length=1,
        description='the program and its arguments: ["/usr/local/bin/prices", "--all"]; no shell reads them',
    )
    output: Literal["page", "feed", "list", "json", "changelog"] = Field(
        "page", description="the kind that reads the output"
    )
    options: Mapping[str, Any] = Field(default={}, validate_default=True, description="further keys of that kind")
    timeout: Span = Field(timedelta(seconds=30), description="how long it may take: 30s, 2m; at most 10m")

    @field_validator("command")
    @classmethod
    def _runnable(cls, command: tuple[str, ...]) -> tuple[str, ...]:
        if not command[0].strip() or any("\0" in each for each in command):
            raise ValueError("it names no program")
        return command

    @field_validator("options")
    @classmethod
    def _readable(cls, options: Mapping[str, Any], info: ValidationInfo) -> Mapping[str, Any]:
        if {"url", "output"} <= info.data.keys():  # else there is a fault already
            try:
                _inner(info.data["output"], info.data["url"], options)
            except ValidationError as error:
                raise ValueError("; ".join(map(_words, error.errors(include_url=False)))) from None
        return options

    @field_validator("timeout")
    @classmethod
    def _bounded(cls, timeout: timedelta) -> timedelta:
        if not timedelta() < timeout <= _LONGEST:
            raise ValueError("at most 10m")
        return timeout


def find(options: Options, get: Get) -> Iterable[Item]:
    """What the kind `output` finds in what the program writes."""
    return _named(options, _source(options).find(_its(options), _running(options, get)))


def revisit(options: Options, get: Get, known: Share) -> Iterable[Item]:
    """`find` for one who was here before, where the kind has such."""
    again = getattr(_source(options), "revisit", None)
    if again is None:
        return find(options, get)
    return _named(options, again(_its(options), _running(options, get), known))


def complete(options: Options, item: Item, get: Get) -> Item:
    """The item with what the kind still fetches for it, from the web."""
    rest = getattr(_source(options), "complete", None)
    completed: Item = rest(_its(options), item, get) if rest else item
    return completed


def against(options: Options, was: Item, now: Item) -> Item:
    """What an edit is told against, as the kind says."""
    its = getattr(_source(options), "against", None)
    form: Item = its(_its(options), was, now) if its else was
    return form


def on_edit(options: Options) -> OnEdit:
    """What happens to its edited items, as the kind says."""
    said: OnEdit = getattr(_source(options), "ON_EDIT", "update")
    return said


def _named(options: Options, items: Iterable[Item]) -> list[Item]:
    """The items; an output that has no title is called as the program is, not as an address that nobody asks."""
    host, program = host_of(options.url), Path(options.command[0]).name
    return [replace(item, title=program) if item.title == host else item for item in items]


def _source(options: Options) -> sources.Source:
    return sources.load(options.output)


def _its(options: Options) -> Any:
    return _inner(options.output, options.url, options.options)


def _inner(output: str, url: str, options: Mapping[str, Any]) -> Any:
    return sources.load(output).Options.model_validate({**options, "url": url})


def _running(options: Options, get: Get) -> Get:
    """`get` to which the program answers, once: there are no further pages of its output."""
    requests = [Request(url=options.url, program=options.command, timeout=options.timeout)]

    def answer(request: Request) -> Response:
        if not requests:
            raise Refused(f"{request.url} was not asked: the output of a program has no further pages")
        return get(requests.pop())

    return answer


def _words(error: Any) -> str:
    """A fault of the kind's own options."""
    key = ".".join(str(part) for part in error["loc"] if isinstance(part, str) and "[" not in part)
    what = "unknown key" if error["type"] == "extra_forbidden" else str(error["msg"]).removeprefix("Value error, ")
    return f'"{key}": {what[:1].lower()}{what[1:]}' if key else what
