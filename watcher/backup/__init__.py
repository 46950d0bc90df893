"""A home as one file, and a home of that file again."""

from watcher.backup.restore import Restored, restore
from watcher.backup.save import Saved, save

__all__ = ["Restored", "Saved", "restore", "save"]
