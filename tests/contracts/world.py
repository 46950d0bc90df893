"""Looks at a page, letters about it, and the whole of a database: what the contract tests are made of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, TypeVar

from sqlalchemy import create_engine, event, make_url, select
from sqlalchemy.engine import Engine

from watcher.model import (
    Change,
    Delivery,
    Failed,
    Found,
    Item,
    Key,
    Letter,
    Message,
    Notice,
    Response,
    Seen,
    Unchanged,
    When,
)
from watcher.store import Store
from watcher.store.tables import metadata

NOW = datetime(2026, 11, 22, 13, 16, 46, 123456, UTC)
HOUR = timedelta(hours=1)
PAGE = "https://press.example/news"
LEASE = timedelta(minutes=10)

T = TypeVar("T")
Kind = Literal["new", "stock", "held", "edited", "touched"]


def release(name: str, *, published: When | None = date(2026, 11, 20), **more: Any) -> Item:
    return Item(link=f"{PAGE}/{name}", title=f"Release {name}", published=published, **more)


def seen(name: str, **more: Any) -> Seen:
    item = more.pop("item", None) or release(name)
    start: dict[str, Any] = {
        "id": f"urn:uuid:{name}",
        "digest": item.digest,
        "slug": name,
        "seq": 0,
        "first_seen": NOW,
        "revised_at": NOW,
        "keys": frozenset({address(name)}),
        "path": f"2026-11-20-{name}.md",
    }
    return Seen(item=item, **start | more)


def address(name: str) -> Key:
    return ("address", f"press.example/news/{name}")


def change(kind: Kind, name: str, *, note: str = "", keys: frozenset[Key] = frozenset(), **more: Any) -> Change:
    return Change(kind=kind, seen=seen(name, held=more.pop("held", kind == "held"), **more), note=note, keys=keys)


def new(name: str, **more: Any) -> Change:
    return change("new", name, **more)


def found(*changes: Change, **more: Any) -> Found:
    listed = more.pop("listed", tuple(one.seen.id for one in changes))
    response = more.pop("response", Response(url=PAGE, body=b"<html>", etag='"1"', last_modified="Sun"))
    return Found(response=response, changes=changes, listed=listed, count=len(listed), **more)


def look(
    store: Store,
    outcome: Found | Unchanged | Failed,
    *,
    watch: str = "press",
    now: datetime = NOW,
    spec: str = "list {}",
    tell: Sequence[tuple[str, str, str]] = (),
    fresh_until: datetime | None = None,
    pause: int | None = None,
) -> None:
    """A look that nobody else's comes between."""
    known = store.known(watch)
    took = timedelta(milliseconds=250)
    assert store.commit(
        known,
        outcome,
        spec=spec,
        due_at=now + HOUR,
        fresh_until=fresh_until,
        pause=pause,
        now=now,
        took=took,
        tell=tell,
    )


def tells(*names: str, to: str = "me me@example.org") -> list[tuple[str, str, str]]:
    return [(to, f"urn:uuid:{name}/new", f"urn:uuid:{name}") for name in names]


def publish(store: Store, watch: str = "press") -> list[str]:
    """Writes every record that is due. The slugs, in the order in which they were written."""
    due = store.stale(watch)
    for one in due:
        store.written(watch, one.id, "0" * 64)
    return [one.slug for one in due]


def one(store: Store, name: str, watch: str = "press") -> Seen:
    (only,) = store.find_items(watch, [f"urn:uuid:{name}"])
    return only


def letter_of(recipient: str, rows: list[tuple[Delivery, Seen | Notice | None]]) -> Message:
    """A message whose id names its rows."""
    first, watch = rows[0][0].event, rows[0][0].watch
    titles = [row.item.title if isinstance(row, Seen) else "health" for _, row in rows]
    return Message(
        id=f"{watch}.{first}.{len(rows)}.{recipient}@watch.example.org".replace(" ", "+"),
        recipient=recipient,
        watch=watch,
        subject=titles[0],
        text="\n".join(titles),
        html="<p>é</p>",
        date=NOW,
        sender_name="Press",
        headers={"List-Id": "Press <press.watch.example.org>"},
    )


def claim(
    store: Store, now: datetime = NOW, *, to: str = "me me@example.org", compose: Callable[..., Message] = letter_of
) -> Letter | None:
    """A claim, which finds something exactly when `waiting` says so."""
    says = to in store.waiting(now)
    letter = store.claim(to, now, lease=LEASE, compose=compose)
    assert (letter is not None) == says
    return letter


def claimed(store: Store, now: datetime = NOW, **more: Any) -> Letter:
    letter = claim(store, now, **more)
    assert letter is not None
    return letter


def names(letter: Letter) -> list[str]:
    return [row.event.removeprefix("urn:uuid:").removesuffix("/new") for row in letter.deliveries]


def dump(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as another process would find them."""
    engine = engine_of(url)
    with engine.connect() as connection:
        rows = {name: [tuple(row) for row in connection.execute(select(t))] for name, t in metadata.tables.items()}
    engine.dispose()
    return {name: sorted(some, key=repr) for name, some in rows.items()}


def engine_of(url: str) -> Engine:
    address = make_url(url)
    return create_engine(address.set(drivername="postgresql+psycopg") if "postgresql" in url else address)


@contextmanager
def statements(react: Callable[[int], None] = lambda count: None) -> Iterator[list[str]]:
    """The statements that any store executes, each handed to `react` as its number before it runs."""
    said: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        said.append(statement)
        react(len(said))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def together(*tasks: Callable[[], T]) -> list[T]:
    """What the tasks return, each run in its own thread, all begun at the same moment."""
    gate = threading.Barrier(len(tasks))

    def run(task: Callable[[], T]) -> T:
        gate.wait(10)
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))
