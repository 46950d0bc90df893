"""The reference of watcher.toml, made of the code: every key, of every kind of watch and of alert."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from watcher import plugins, sources, times
from watcher.keys import NOTIFIERS, Common, Settings, Target

_HEAD = """\
# Reference of watcher.toml

Made of the code by `watcher config reference`; each key with what it is when it is left out.

The home, and with it the file, is the first of these that there is: `--home DIR`; `$WATCHER_HOME`; the nearest folder
upwards that holds a `watcher.toml`; `$STATE_DIRECTORY` (of a systemd unit); `$XDG_DATA_HOME/watcher`
(`~/.local/share/watcher`). `--config FILE` names another file; where neither of the first two says otherwise its home
is the folder that it lies in, in a unit `$STATE_DIRECTORY`, and that of `/etc/watcher/watcher.toml` is
`/var/lib/watcher`.

Commands exit with 0 fine, 1 a watch failed, 2 usage or configuration, 3 a delivery failed, 4 another watcher uses
this home, 10 new items (`--exit-code`), 75 the state cannot be used, 130 interrupted; where several apply, the first
of 75, 4, 2, 1, 3, 10.
"""

_NAME = """\
A watch is known by its NAME: the address of its feed, the folder of its records and what is remembered of it are of
that name. Under another it is another watch, which begins anew (docs/design.md says how to take records and feed
along); `label` is what readers see.
"""


def reference() -> str:
    """The whole page, as Markdown."""
    lines = [
        _HEAD,
        "## At the top of the file\n",
        *_keys(Settings),
        "\n## Every watch: `[watch.NAME]`\n",
        _NAME,
        *_keys(Common),
        *(line for kind in sources.kinds() for line in _kind(f'kind = "{kind}"', sources.load(kind))),
        "\n## Every alert target: `[alert.NAME]`\n",
        *_keys(Target),
        *(
            line
            for kind in plugins.kinds(NOTIFIERS)
            for line in _kind(f'alert kind = "{kind}"', plugins.load(NOTIFIERS, kind))
        ),
    ]
    return "\n".join(lines) + "\n"


def _kind(name: str, module: Any) -> Iterator[str]:
    yield f"\n### `{name}`\n"
    yield f"{' '.join((inspect.getdoc(module) or '').split())}\n"
    yield from _keys(module.Options)


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"- `{field.alias or name}`{_default(field)}: {field.description or ''}".rstrip(": ")


def _default(field: FieldInfo) -> str:
    """What a key is when it is left out."""
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined:
        return " (needed)"
    if value is None or value in ("", (), {}, []):
        return ""
    if isinstance(value, tuple):
        value = list(value)
    said = times.spoken(value).replace(" ", "").replace("min", "m") if isinstance(value, timedelta) else value
    return f" = `{str(said).lower() if isinstance(said, bool) else said}`"
