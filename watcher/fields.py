"""Types of configuration keys: each turns away what it cannot mean, with words."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import regex
from pydantic import AfterValidator, BeforeValidator, SecretStr

from watcher import times, urls, versions
from watcher.later import later
from watcher.times import cron, hours

if TYPE_CHECKING:
    import soupsieve
else:
    soupsieve = later("soupsieve")

_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"


def _selector(css: str) -> str:
    try:
        soupsieve.compile(css)
    except soupsieve.SelectorSyntaxError as error:
        raise ValueError(f'"{css}" is no CSS selector: {str(error).splitlines()[0]}') from None
    return css


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ValueError(f'there is no time zone "{name}"; write one like America/New_York') from None
    return name


def _pattern(text: str) -> str:
    try:
        regex.compile(text)
    except regex.error as error:
        raise ValueError(f'"{text}" is no regular expression: {error}') from None
    return text


def _versions(spec: str) -> str:
    return versions.specified(spec) if spec else ""


def _digest(text: str) -> str:
    if text and not re.fullmatch(rf"hourly|daily {_CLOCK}|weekly (?:mon|tue|wed|thu|fri|sat|sun) {_CLOCK}", text):
        raise ValueError(f'"{text}" is no digest; write "hourly", "daily 08:00" or "weekly mon 08:00"')
    return text


def _hours(text: str) -> str:
    if text and not re.fullmatch(f"{_CLOCK}-{_CLOCK}", text):
        raise ValueError(f'"{text}" are no hours; write "22:00-07:00"')
    return text


def _cron(text: str) -> str:
    if text:
        cron.parse(text)
    return text


def _active(text: str) -> str:
    if text:
        hours.parse(text)
    return text


def _rule(text: str) -> str:
    if text.startswith("version ") and text.removeprefix("version ") not in ("major", "minor", "patch"):
        raise ValueError(f'"{text}" is no step of a version; write "version major", "version minor" or "version patch"')
    return text


def _address(url: str) -> str:
    if not urls.absolute("", url):
        raise ValueError(f'"{url}" is no address; write it whole, with https://')
    return url


def _listener(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not (host and port.isdigit() and int(port) < 65536):
        raise ValueError(f'"{text}" is no host and port; write 127.0.0.1:8484')
    return text


def _secret_address(url: SecretStr) -> SecretStr:
    # Its words end in logs: they do not show it.
    if url.get_secret_value() != UNREAD and not urls.absolute("", url.get_secret_value()):
        raise ValueError("it is no address; write it whole, with https://")
    return url


def _span(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError(f"{value} is no duration; write it as text: 30m, 2h, 1d")  # noqa: TRY004 (pydantic's way)
    return times.duration(value)


def _jitter(value: object) -> object:
    return timedelta(0) if value in ("", "0s") else _span(value)


def _contact(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise ValueError("it goes into a header: plain ASCII on one line")
    return text


#: Stands for a secret where the configuration is only looked at: no secret is read then.
UNREAD = "…"


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


#: Several texts; one may stand for itself.
Several = BeforeValidator(_several, json_schema_input_type=str | list[str])
Selector = Annotated[str, AfterValidator(_selector)]
Zone = Annotated[str, AfterValidator(_zone)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Address = Annotated[str, AfterValidator(_address)]
#: Written in the configuration as { env = "NAME" }, { file = "PATH" } or { credential = "NAME" }, and in no dump.
Token = SecretStr
SecretAddress = Annotated[SecretStr, AfterValidator(_secret_address)]
Listener = Annotated[str, AfterValidator(_listener)]
Versions = Annotated[str, AfterValidator(_versions)]
Digest = Annotated[str, AfterValidator(_digest)]
Hours = Annotated[str, AfterValidator(_hours)]
Cron = Annotated[str, AfterValidator(_cron)]
Active = Annotated[str, AfterValidator(_active)]
Rule = Annotated[str, AfterValidator(_rule)]
Contact = Annotated[str, AfterValidator(_contact)]
Span = Annotated[timedelta, BeforeValidator(_span)]
#: "" and "0s" are none.
Jitter = Annotated[timedelta, BeforeValidator(_jitter)]
