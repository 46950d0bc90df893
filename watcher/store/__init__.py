"""What Watcher remembers: one database, SQLite or PostgreSQL, in which a look and its letters commit together."""

from watcher.store.commit import Keep
from watcher.store.items import Fate, Place, Revision
from watcher.store.outbox import Queue, Told
from watcher.store.schema import HEAD, copy_database, examine
from watcher.store.store import Store, open_store
from watcher.store.watches import Check

__all__ = [
    "HEAD",
    "Check",
    "Fate",
    "Keep",
    "Place",
    "Queue",
    "Revision",
    "Store",
    "Told",
    "copy_database",
    "examine",
    "open_store",
]
