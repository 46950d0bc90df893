"""Item -> Record -> bytes -> Record. The format is that of a Hugo site's content, byte for byte."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler

from watcher import text, times, urls
from watcher.errors import RecordError
from watcher.model import Item, Record, When

# What a reader of YAML 1.1 or of 1.2 could take for something else than a text.
_NOT_PLAIN = re.compile(
    r"(?i)[-+]?[\d.][\d_.,:]*(?:e[-+]?\d+)?|[-+]?0[box][\da-f_]+|[-+]?\.(?:inf|nan)"
    r"|~|null|true|false|yes|no|on|off|y|n|=|<<|\d{4}-\d\d?-\d\d?.*"
)
_FILE = re.compile(r"---[ \t]*\n(.*?\n|)---[ \t]*(?:\n|\Z)(.*)", re.DOTALL)
# Hugo runs what stands in {{< >}} and {{% %}}, and an unknown name there fails the build of the whole site.
_SHORTCODE, _ESCAPED = re.compile(r"\{\{(\\*[<%])"), re.compile(r"\{\{\\(\\*[<%])")
_SAYS_NOTHING = re.compile(r"(?:index|default|home|\d{1,2})?")


def of_item(
    item: Item,
    *,
    first_seen: datetime,
    site: str,
    id: str,
    draft: bool,
    revised_at: datetime | None = None,
    was: Record | None = None,
) -> Record:
    """The record of an item of the page `site`. `was` is the record that stands already: an edit, or a move, changes
    neither its url nor its date."""
    url = was.url if was else urls.path_of(item.link)
    here = urls.absolute(site, url)
    moved = urls.identity(here) != urls.identity(item.link)
    extra: dict[str, Any] = {
        "id": id if urls.mint(here) != id else "",
        "link": item.link if moved else "",
        "version": item.version,
        "author": item.author,
        "tags": list(item.tags),
        "lastmod": revised_at,
    }
    return clean(
        Record(
            title=item.title,
            date=was.date if was else item.published or first_seen,
            url=url,
            draft=draft,
            extra={key: value for key, value in extra.items() if value},
            body=item.body or item.summary,
        )
    )


def slug(item: Item, page: str) -> str:
    """What a record is called: the last part of the item's address; its version or its title where the address says
    nothing, or is that of the page it was found on."""
    part = text.slug(urls.last_part(item.link)).lower()
    if urls.identity(item.link) == urls.identity(page) or _SAYS_NOTHING.fullmatch(part):
        part = text.slug(item.version or item.title)
    return part or "item"


def path(item: Item, first_seen: datetime, slug: str) -> str:
    """The file's name: the claimed day, or the one it was first seen on (UTC), and the slug."""
    return f"{times.day(item.published or first_seen).isoformat()}-{slug}.md"


def clean(record: Record) -> Record:
    """The record as a file can hold it: titles on one line, no characters that no reader should meet, whole seconds."""
    extra = {text.line(str(key)): _clean(value) for key, value in record.extra.items()}
    return replace(
        record,
        title=text.line(record.title),
        date=_clean(record.date),
        url=text.line(record.url),
        extra={key: value for key, value in extra.items() if key not in _OWN},
        body=text.safe(record.body),
    )


def dumps(record: Record) -> bytes:
    """The file of a record, as `clean` leaves it: `loads(dumps(record)) == clean(record)`."""
    record = clean(record)
    post = frontmatter.Post(_SHORTCODE.sub(r"{{\\\1", record.body))
    post.metadata = {"title": record.title, "date": record.date, "draft": record.draft, "url": record.url}
    post.metadata |= record.extra
    return frontmatter.dumps(post, _Handler()).encode("utf-8")


def loads(data: bytes, path: Path | str = "record") -> Record:
    """The record that a file holds, whoever wrote it. Raises RecordError."""
    try:
        content = data.decode("utf-8-sig").replace("\r\n", "\n")
        parts = _FILE.fullmatch(content)
        if parts is None:
            raise RecordError(path, "no front matter", hint="it begins with a line ---, and ends with another")
        meta, _ = frontmatter.parse(f"---\n{parts[1]}---\n", handler=_Handler())
        return _record(meta, _ESCAPED.sub(r"{{\1", parts[2].removesuffix("\n")), path)
    except UnicodeDecodeError as error:
        raise RecordError(path, "it is not UTF-8", hint=f"look at byte {error.start}") from error
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise RecordError(path, f"its front matter cannot be read: {text.line(str(error))}") from error


_OWN = ("title", "date", "draft", "url")


def _record(meta: dict[str, Any], body: str, path: Path | str) -> Record:
    if missing := [key for key in ("title", "date", "url") if meta.get(key) in (None, "") and key not in meta]:
        raise RecordError(path, f"its front matter has no {missing[0]}")
    when = _when(meta["date"])
    if when is None:
        raise RecordError(path, f"{meta['date']} is no date", hint="write 2022-05-13, or 2022-05-13T14:50:47-04:00")
    return Record(
        title=str(meta["title"]),
        date=when,
        url=str(meta["url"]),
        draft=bool(meta.get("draft", False)),
        extra={str(key): value for key, value in meta.items() if key not in _OWN},
        body=body,
    )


def _when(value: Any) -> When | None:
    if isinstance(value, str):
        value = times.machine(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return value if isinstance(value, date) else None


def _clean(value: Any) -> Any:
    match value:
        case str():
            return text.line(value)
        case datetime():
            offset = value.utcoffset() or timedelta()
            if offset % timedelta(minutes=1):  # as of 1880; RFC 3339 knows none of seconds
                return times.moment(value, UTC).replace(microsecond=0)
            return value.replace(microsecond=0, tzinfo=timezone(offset))
        case list() | tuple():
            return [_clean(each) for each in value]
        case dict():
            return {_clean(key): _clean(each) for key, each in value.items()}
        case _:
            return value


class _Handler(YAMLHandler):
    """python-frontmatter's, with one newline at the end and none after the fence, and each line of YAML one line."""

    def export(self, metadata: dict[str, object], **kwargs: object) -> str:
        return yaml.dump(metadata, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**31 - 1)

    def load(self, fm: str, **kwargs: object) -> Any:
        loaded = yaml.load(fm, Loader=_Loader)
        if not isinstance(loaded, dict):
            raise ValueError("it holds no keys")  # noqa: TRY004 (a fault of the file, like any other)
        return loaded

    def format(self, post: frontmatter.Post, **kwargs: object) -> str:
        return f"---\n{self.export(post.metadata)}---\n{post.content}\n"


class _Dumper(yaml.SafeDumper):
    """Block style; texts quoted where some reader would take them for something else."""

    def ignore_aliases(self, data: object) -> bool:
        return True


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice: YAML takes the last without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        if twice := [key for key in keys if isinstance(key, str) and keys.count(key) > 1]:
            raise ValueError(f"the key {twice[0]} stands twice")
        return super().construct_mapping(node, deep)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "'" if _NOT_PLAIN.fullmatch(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _time(dumper: yaml.SafeDumper, value: datetime) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", times.rfc3339(value))


_Dumper.add_representer(str, _text)
_Dumper.add_representer(datetime, _time)
