"""Records: one front-matter file for each item, and its name. The same item always makes the same bytes.

A record is title, date, draft, url, then what the item has beyond these, then the Markdown body. The file belongs to
its owner: what they write into it is read back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from watcher import text, times, urls
from watcher.errors import RecordError
from watcher.later import later
from watcher.model import Enclosure, Item, Record, When

if TYPE_CHECKING:
    from watcher.markdown import literal
    from watcher.records import matter
else:
    literal, matter = later("watcher.markdown.literal"), later("watcher.records.matter")

_NO_FILE = Enclosure(url="")
_OURS = ("title", "date", "draft", "url")
# Hugo runs what is between {{< and >}}, and one that it does not know fails the build of a whole site.
_SHORTCODE = re.compile(r"\{(\\*)\{(?=[<%])")
_ESCAPED = re.compile(r"\{\\(\\*)\{(?=[<%])")
_SAYS_NOTHING = re.compile(r"\d{0,2}|index|default|home|item|page|view|details?|article|show|news", re.IGNORECASE)


def dumps(record: Record) -> bytes:
    """The file of a record, of `clean(record)` to be exact: no text makes it fail."""
    record = clean(record)
    keys = {"title": record.title, "date": record.date, "draft": record.draft, "url": record.url, **record.extra}
    return matter.write(keys, _SHORTCODE.sub(r"{\\\1{", record.body)).encode()


def loads(data: bytes, path: Path | str = "") -> Record:
    """The record in a file. `loads(dumps(r)) == clean(r)`. Raises RecordError, whatever is wrong; `path` is for it."""
    try:
        keys, body = matter.read(data.decode("utf-8-sig"))
        return Record(
            title=_text(keys, "title"),
            date=_date(keys.get("date")),
            url=_text(keys, "url") or _missing("url"),
            draft=_draft(keys.get("draft")),
            extra={name: value for name, value in keys.items() if name not in _OURS},
            body=_ESCAPED.sub(r"{\1{", body),
        )
    except UnicodeDecodeError as error:
        raise RecordError(path, f"byte {error.start} is not UTF-8", hint="save it as UTF-8") from error
    except ValueError as error:
        raise RecordError(path, str(error), hint="correct the file; until then it is left out of the feed") from error


def clean(record: Record) -> Record:
    """The record as a file can hold it: a title of one line, text that XML can hold, whole seconds, no blank ends."""
    return replace(
        record,
        title=text.line(record.title),
        date=_whole(record.date),
        url=text.line(record.url) or "/",
        extra={
            text.line(name): _plain(value)
            for name, value in record.extra.items()
            if text.line(name) not in ("", *_OURS, *matter.RESERVED)
        },
        body=text.safe(record.body).strip(),
    )


def of_item(
    item: Item,
    *,
    first_seen: datetime,
    site: str,
    id: str,
    draft: bool,
    revised_at: datetime | None,
    url: str = "",
) -> Record:
    """The record of an item of the watch on `site`. An item without a date bears the moment it was first seen.

    `url` is what an earlier record of it has, which a move does not change. `id` and `link` are written only where
    `url` alone would not tell them; `revised_at` only after a revision.
    """
    url = url or urls.path_of(item.link)
    told = f"https://{urls.host_of(site)}{url}"
    beyond = {
        "id": id if id != urls.mint(told) else "",
        "link": item.link if urls.identity(item.link) != urls.identity(told) else "",
        "version": item.version,
        "author": item.author,
        "tags": list(item.tags),
        "enclosures": [_enclosure(each) for each in item.enclosures],
        "lastmod": revised_at and revised_at.astimezone(UTC),
    }
    return clean(
        Record(
            title=item.title if text.line(item.title) else urls.last_part(item.link) or item.link,
            date=item.published or first_seen.astimezone(UTC),
            draft=draft,
            url=url,
            extra={name: value for name, value in beyond.items() if value},
            body=item.body if item.body.strip() else literal.paragraphs(item.summary),
        )
    )


def item(record: Record, link: str) -> Item:
    """The item that a record tells of. What its owner wrote in a form that is not ours is passed over."""
    said = record.extra
    version, author, tags, files = (said.get(name) for name in ("version", "author", "tags", "enclosures"))
    return Item(
        link=link,
        title=record.title,
        published=record.date,
        dated_by="record",
        body=record.body,
        version=version if isinstance(version, str) else "",
        author=author if isinstance(author, str) else "",
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        enclosures=tuple(_enclosures(files)) if isinstance(files, list) else (),
    )


def _enclosures(files: list[Any]) -> Iterator[Enclosure]:
    kinds = {each.name: type(getattr(_NO_FILE, each.name)) for each in fields(Enclosure)}
    for file in files:
        said = file if isinstance(file, dict) else {}
        if "url" in said and all(name in kinds and type(value) is kinds[name] for name, value in said.items()):
            yield Enclosure(**said)


def _enclosure(file: Enclosure) -> dict[str, str | int]:
    return {name: value for name, value in asdict(file).items() if value}


def slug(item: Item, page: str = "") -> str:
    """What an item's files are called: the last part of its address, or, where that does not tell it from others, its
    version or title. The address of the `page` it was found on never does."""
    if item.version or (page and urls.identity(item.link) == urls.identity(page)):
        return text.slug(item.version) or text.slug(item.title) or "item"
    part = text.slug(urls.last_part(item.link))
    telling = not _SAYS_NOTHING.fullmatch(part) and ("?" not in item.link or re.search(r"\d", part))
    return (part if telling else "") or text.slug(item.title) or part or "item"


def path(slug: str, item: Item, first_seen: datetime) -> str:
    """The name of an item's record: its day, claimed or first seen (UTC), and its slug."""
    return f"{times.day(item.published or first_seen.astimezone(UTC)).isoformat()}-{slug}.md"


def _text(keys: Mapping[str, Any], name: str) -> str:
    value = keys.get(name)
    if value is None:
        return _missing(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")  # noqa: TRY004, every fault of a file is one RecordError
    return value


def _missing(name: str) -> str:
    raise ValueError(f"there is no {name}")


def _date(value: object) -> When:
    if value is None:
        _missing("date")
    when = times.machine(value) if isinstance(value, str) else value
    if not isinstance(when, date):  # which a datetime is too
        said = (
            value if isinstance(value, str | int | float) else type(value).__name__
        )  # a list may grow beyond measure as a text
        raise ValueError(f"{said} is no date; write 2022-05-13 or 2022-05-13T14:50:47Z")  # noqa: TRY004
    return _whole(when)


def _draft(value: object) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    word = value.lower() if isinstance(value, str) else type(value).__name__
    if word not in ("true", "false"):
        raise ValueError(f"draft is {value}; write true or false")
    return word == "true"


def _whole(when: When) -> When:
    """Whole seconds; UTC where no zone is said, as YAML has it."""
    if not isinstance(when, datetime):
        return when
    when = when.replace(microsecond=0)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _plain(value: object) -> Any:
    """What YAML can hold and give back."""
    if isinstance(value, Mapping):
        return {text.safe(str(name)): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _whole(value) if isinstance(value, date) else text.safe(str(value))
