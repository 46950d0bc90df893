"""Front matter: YAML between two fences, read with care and written in one way (python-frontmatter, PyYAML)."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime
from typing import Any

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler

from watcher.times import rfc3339

#: Keys that python-frontmatter has taken for itself.
RESERVED = ("content", "handler")

# Numbers, dates and words to a reader of YAML 1.1 or 1.2; PyYAML quotes those of 1.1 that it knows, Hugo reads both.
_TAKEN_FOR_ELSE = re.compile(
    r"(?i)[-+]?[\d.][\d_.,:eoxa-f+-]*|[-+]?\.?(?:inf|infinity|nan)|y|n|yes|no|on|off|true|false|null|~"
)
# What stands in YAML as it is, in any of its versions: plain words and addresses. Most front matter is no more.
_PLAIN = re.compile(r"""[A-Za-z/](?:[\w ,.;()/&=?!'"+%–—’‘“”-]|:(?=[\w/]))*""")
_KEY = re.compile(r"[a-z]{2,20}")
# libyaml is six times as fast and overflows the C stack on deep nesting: it gets what is too short for that.
_SHORT = 4_000


def read(text: str) -> tuple[dict[str, Any], str]:
    """The keys in their order, and the text after the second fence. `title` and `url` are text whatever they look
    like. ValueError says what is wrong."""
    handler = _Handler()
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text.startswith("---"):
        raise ValueError("there is no front matter; a record begins with a line ---")
    try:
        matter, body = handler.split(text)
    except ValueError:
        raise ValueError("the front matter has no end; put a line --- after it") from None
    try:
        return handler.load(matter), body.strip()
    except yaml.MarkedYAMLError as error:
        where = f", line {error.problem_mark.line + 2}" if error.problem_mark else ""
        raise ValueError(f"the front matter is no YAML: {error.problem}{where}") from error
    except RecursionError:
        raise ValueError("the front matter is nested too deep") from None
    except (yaml.YAMLError, LookupError, AttributeError, TypeError) as error:  # the latter of `!!bool foo`
        said = str(error).splitlines()
        raise ValueError(f"the front matter is no YAML: {said[0] if said else type(error).__name__}") from error


def write(keys: dict[str, Any], body: str) -> str:
    """The file of these keys, none of them RESERVED, and this body."""
    post = frontmatter.Post(body)
    post.metadata = keys
    return str(frontmatter.dumps(post, handler=_Handler()))


class _Handler(YAMLHandler):
    def load(self, fm: str, **kwargs: object) -> dict[str, Any]:
        loader = _FastLoader(fm) if len(fm) < _SHORT else _Loader(fm)
        try:
            node = loader.get_single_node()
            if not isinstance(node, yaml.MappingNode):
                raise ValueError("the front matter has no keys")  # noqa: TRY004, one kind of error for all faults
            _refuse_repeated(node)
            loader.flatten_mapping(node)
            return {str(key.value): _value(loader, str(key.value), value) for key, value in node.value}
        finally:
            loader.dispose()

    def export(self, metadata: dict[str, object], **kwargs: object) -> str:
        if (plain := _plainly(metadata)) is not None:
            return plain
        # No width is wide enough but this: `inf` is refused, and a wrapped title is no longer one line.
        text = yaml.dump(metadata, Dumper=_Dumper, sort_keys=False, width=2**31 - 1, allow_unicode=True)
        return str(text).strip()

    def format(self, post: Any, **kwargs: object) -> str:
        matter = self.export(post.metadata)
        return f"---\n{matter}\n---\n{post.content}\n" if post.content else f"---\n{matter}\n---\n"


def _plainly(keys: dict[str, object]) -> str | None:
    """What PyYAML would write, in a fiftieth of its time; None where that takes more than plain scalars."""
    lines: list[str] = []
    for key, value in keys.items():
        several = value if isinstance(value, list) and value else [value]
        said = [_scalar(each) for each in several]
        if not _KEY.fullmatch(key) or _TAKEN_FOR_ELSE.fullmatch(key) or None in said:
            return None
        lines += [f"{key}:", *(f"- {each}" for each in said)] if several is value else [f"{key}: {said[0]}"]
    return "\n".join(lines)


def _scalar(value: object) -> str | None:
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            return rfc3339(value)
        case date():
            return value.isoformat()
        case str() if _PLAIN.fullmatch(value) and not _TAKEN_FOR_ELSE.fullmatch(value) and not value.endswith(" "):
            return value if value.isprintable() else None
    return None


def _value(loader: Any, name: str, node: yaml.Node) -> Any:
    if name in RESERVED:
        raise ValueError(f'a record has no key "{name}"; call it something else')
    if name in ("title", "url") and isinstance(node, yaml.ScalarNode):
        # Its text as it stands there: 1.10 is a title too.
        return None if node.tag == "tag:yaml.org,2002:null" else str(node.value)
    return loader.construct_object(node, deep=True)


def _refuse_repeated(node: yaml.MappingNode) -> None:
    counts = Counter(str(key.value) for key, _ in node.value)
    if repeated := [name for name, count in counts.items() if count > 1 and name != "<<"]:
        raise ValueError(f'the key "{repeated[0]}" stands there twice')


class _Reading:
    """How the values of owners are read: what we do not know is kept as it is written."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        _refuse_repeated(node)
        return super().construct_mapping(node, deep)  # type: ignore[misc]

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> Any:
        try:
            return super().construct_yaml_timestamp(node)  # type: ignore[misc]
        except ValueError:  # 2022-13-45
            return node.value

    def construct_unknown(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return self.construct_sequence(node, deep=True)  # type: ignore[attr-defined]
        return self.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else node.value


class _Loader(_Reading, yaml.SafeLoader):
    pass


class _FastLoader(_Reading, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    pass


_LOADERS: list[Any] = [_Loader, _FastLoader]
for _loader in _LOADERS:
    _loader.add_constructor("tag:yaml.org,2002:timestamp", _loader.construct_yaml_timestamp)
    _loader.add_constructor(None, _loader.construct_unknown)


class _Dumper(yaml.SafeDumper):  # the pure one: libyaml writes an emoji as \U0001F389
    def ignore_aliases(self, data: object) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        # A no-break space at an edge is white space to readers, and a plain one alone is nothing.
        quoted = _TAKEN_FOR_ELSE.fullmatch(text) or text != text.strip()
        style = '"' if "\n" in text else "'" if quoted else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    def represent_time(self, when: datetime) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:timestamp", rfc3339(when))


_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.add_representer(datetime, _Dumper.represent_time)
