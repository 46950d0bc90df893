"""systemd as it is on this machine: where its units lie, what it is told, and what it lets a service see."""

from __future__ import annotations

import getpass
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from watcher.errors import UsageError, WatcherError
from watcher.units import FORMS

#: There while systemd runs the machine: sd_booted(3).
BOOTED = Path("/run/systemd/system")

SYSTEM, LINGER, RESOLV = Path("/etc/systemd/system"), Path("/var/lib/systemd/linger"), Path("/etc/resolv.conf")

#: What ProtectHome= and PrivateTmp= hide.
_HIDDEN = tuple(map(Path, ("/home", "/root", "/run/user", "/tmp", "/var/tmp")))

_SECONDS = 20 * 60  # a start waits until the service is ready


@dataclass(frozen=True, slots=True, kw_only=True)
class Systemd:
    """The systemd that runs the machine, or the one that runs a user's services."""

    folder: Path
    program: Sequence[str]

    @classmethod
    def of(cls, *, user: bool) -> Self:
        if not user:
            return cls(folder=SYSTEM, program=["systemctl"])
        given = Path(os.environ.get("XDG_CONFIG_HOME", ""))
        folder = given if given.is_absolute() else Path.home() / ".config"
        return cls(folder=folder / "systemd/user", program=["systemctl", "--user"])

    @property
    def is_user(self) -> bool:
        return "--user" in self.program

    def hindrances(self) -> Iterator[WatcherError]:
        """Why units cannot be installed, or taken away."""
        if not BOOTED.is_dir():
            hint = "start `watcher run` with what starts services here; --dry-run prints the units"
            yield UsageError("no systemd runs this machine", hint=hint)
        if not self.is_user and os.geteuid():
            hint = "sudo watcher service …; or --user, for a service of your own"
            yield UsageError(f"only root may write to {self.folder}", hint=hint)
        if self.is_user and not os.geteuid() and os.environ.get("SUDO_USER"):
            yield UsageError("--user under sudo would be a service of root's", hint="leave sudo out")

    def installed(self) -> list[str]:
        """Which of our units are there to be started."""
        return [form.starts for form in FORMS.values() if (self.folder / form.starts).exists()]

    def control(self, *arguments: str) -> str:
        """What systemctl says. WatcherError, with its words, where it does not do it."""
        said = [*self.program, *arguments]
        try:
            ran = subprocess.run(said, capture_output=True, text=True, check=False, timeout=_SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise WatcherError(f"{' '.join(said)}: {error}") from error
        if ran.returncode:
            words = " ".join(ran.stderr.split()) or f"exit code {ran.returncode}"
            log = f"journalctl {'--user ' if self.is_user else ''}-u {arguments[-1]} -n 20"
            raise WatcherError(f"{' '.join(said)}: {words}", hint=f"what it said: {log}")
        return ran.stdout

    def state(self, unit: str) -> str:
        """Whether it runs and will, in systemd's words: "active (running), enabled"."""
        said = dict(line.split("=", 1) for line in self._show(unit).splitlines() if "=" in line)
        active, sub, enabled = (said.get(key, "unknown") for key in ("ActiveState", "SubState", "UnitFileState"))
        return f"{active} ({sub}), {enabled}"

    def is_active(self, unit: str) -> bool:
        return "ActiveState=active" in self._show(unit).splitlines()

    def ends_with_session(self) -> bool:
        """Whether a user's services stop when that user logs out: loginctl(1)."""
        return self.is_user and not (LINGER / getpass.getuser()).exists()

    def _show(self, unit: str) -> str:
        return self.control("show", "--property=ActiveState,SubState,UnitFileState", unit)


def command() -> Sequence[str]:
    """What starts this very Watcher."""
    script = Path(sys.executable).with_name("watcher")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "watcher"]


def resolvers() -> list[str]:
    """The servers of DNS that are not on loopback."""
    try:
        lines = RESOLV.read_text().splitlines()
    except OSError:
        return []
    found = [words[1].partition("%")[0] for line in lines if (words := line.split())[:1] == ["nameserver"]]
    return [address for address in found if not ip_address(address).is_loopback]


def unseen(path: Path) -> str:
    """Why a service of the system, which is a user without any rights, cannot read a file; "" where it can."""
    for place in (path.absolute(), path.resolve()):
        if hidden := next((each for each in _HIDDEN if place.is_relative_to(each)), None):
            return f"{hidden} is hidden from services"
        for each in (place, *place.parents):
            mode = each.stat().st_mode
            needed = stat.S_IXOTH if stat.S_ISDIR(mode) else stat.S_IROTH
            if not mode & needed:
                return f"{each} is closed to others (mode {stat.S_IMODE(mode):o})"
    return ""
