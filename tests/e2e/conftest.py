"""The command line, for what is tested from end to end."""

from __future__ import annotations

from tests.cli.conftest import bare as bare
from tests.cli.conftest import watcher as watcher
