"""A home: the folder with watcher.toml, state/ and feeds/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.later import later

if TYPE_CHECKING:
    from watcher import units
else:
    units = later("watcher.units")


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where everything of one watcher lies."""

    folder: Path
    config: Path

    @property
    def state(self) -> Path:
        """Database and records. Ours alone."""
        return self.folder / "state"

    @property
    def feeds(self) -> Path:
        """What subscribers fetch."""
        return self.folder / "feeds"

    @property
    def lock(self) -> Path:
        """Held by the one process that checks and publishes."""
        return self.state / "lock"

    @property
    def secret(self) -> Path:
        """What signs the links in mails. Ours alone, and made once."""
        return self.state / "secret"

    @property
    def restoring(self) -> Path:
        """There as long as a restore is under way, and when it was cut short."""
        return self.state / "restoring"

    @property
    def database(self) -> Path:
        """The SQLite file, where no WATCHER_DATABASE names another database."""
        return self.state / "watcher.db"


def find(home: Path | None, config: Path | None, env: Mapping[str, str], here: Path) -> Home:
    """The home in force: the one that is `named`, else $XDG_DATA_HOME/watcher."""
    folder = (named(home, config, env, here) or _fallback(env)).absolute()
    return Home(folder=folder, config=(config or folder / "watcher.toml").absolute())


def named(home: Path | None, config: Path | None, env: Mapping[str, str], here: Path) -> Path | None:
    """The home that somebody named: the one given; $WATCHER_HOME; of a configuration that is given its folder, so that
    no two in different folders share a state by chance; else the nearest folder upwards with a watcher.toml; systemd's
    $STATE_DIRECTORY."""
    return home or _from_env(env) or (_own(config, env) if config else _upwards(here) or _given(env))


def _from_env(env: Mapping[str, str]) -> Path | None:
    return Path(env["WATCHER_HOME"]) if env.get("WATCHER_HOME") else None


def _upwards(here: Path) -> Path | None:
    return next((folder for folder in [here, *here.parents] if (folder / "watcher.toml").is_file()), None)


def _given(env: Mapping[str, str]) -> Path | None:
    given = env.get("STATE_DIRECTORY", "").partition(":")[0]
    return Path(given) if given else None


def _own(config: Path, env: Mapping[str, str]) -> Path:
    """A service has its home from systemd. A command of root's, who looks after it, has no $STATE_DIRECTORY."""
    return _given(env) or (units.HOME if config.absolute() == units.CONFIG else config.absolute().parent)


def _fallback(env: Mapping[str, str]) -> Path:
    data = Path(env.get("XDG_DATA_HOME", ""))
    # Its specification wants a relative one ignored: it would be another home in each folder.
    return (data if data.is_absolute() else Path.home() / ".local/share") / "watcher"
