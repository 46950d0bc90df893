"""The systemd units that run Watcher, as text: systemd.unit(5), systemd.service(5), systemd.exec(5). systemd 252 knows
every line of them. The files in systemd/ are these, for an installation at the usual places."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SERVICE, CHECK, TIMER = "watcher.service", "watcher-check.service", "watcher-check.timer"

#: What a unit may be given beside, in the folder UNIT.d.
DROP_INS = ("browser.conf", "private-networks.conf")

#: What a service of the system has: its home, its configuration, and its secrets, which only root can read.
HOME = Path("/var/lib/watcher")
CONFIG, CREDENTIALS = Path("/etc/watcher/watcher.toml"), Path("/etc/watcher/credentials")

#: Names of secrets as systemd takes them, and as no path can be.
CREDENTIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}")

#: What is not out on the internet, but for loopback.
PRIVATE = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24",
    "192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4",
    "64:ff9b:1::/48 2001:db8::/32 2002::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way to run: what does the work, what is enabled and started, and all units of it."""

    service: str
    starts: str
    units: tuple[str, ...]


#: By whether a timer starts it.
FORMS = {
    False: Form(service=SERVICE, starts=SERVICE, units=(SERVICE,)),
    True: Form(service=CHECK, starts=TIMER, units=(CHECK, TIMER)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What the units of one machine say that no other's do. With a `home` they are for a user's own systemd."""

    command: Sequence[str] = ("/usr/local/bin/watcher",)
    config: Path = CONFIG
    home: Path | None = None
    credentials: Sequence[str] = ()

    @property
    def folder(self) -> Path:
        """Where the secrets lie."""
        return CREDENTIALS if self.home is None else self.config.parent / "credentials"


def daemon(at: Installation) -> Mapping[str, str]:
    """`watcher run`, all the time."""
    unit = [_DESCRIPTION.format("release pages in, records, feeds and alerts out"), *_network(at), _FOR_EVER]
    install = ["[Install]\nWantedBy=" + ("default.target" if at.home else "multi-user.target")]
    return {SERVICE: _text(unit, [_start(at, "run"), _DAEMON], *_inside(at), install)}


def timer(at: Installation) -> Mapping[str, str]:
    """`watcher check --due`, every five minutes."""
    unit = [_DESCRIPTION.format("look at what is due, once"), *_network(at)]
    return {CHECK: _text(unit, [_start(at, "check --due"), _ONCE], *_inside(at)), TIMER: _TIMER}


def browser() -> str:
    """A drop-in for watches with `browser = true`."""
    return _BROWSER


def private_networks(resolvers: Sequence[str] = ()) -> str:
    """A drop-in that keeps a service of the system out of private networks, but for these servers of DNS."""
    allow = [f"IPAddressAllow={resolver}" for resolver in resolvers] or ["#IPAddressAllow=192.168.1.1"]
    return "\n".join([_PRIVATE_NETWORKS.strip(), *allow, *(f"IPAddressDeny={some}" for some in PRIVATE)]) + "\n"


def _text(*blocks: Sequence[str]) -> str:
    """Blocks of lines, an empty line between them."""
    return "\n\n".join("\n".join(part.strip() for part in block) for block in blocks) + "\n"


def _network(at: Installation) -> list[str]:
    # A user's systemd knows no such target.
    return [] if at.home else ["Wants=network-online.target\nAfter=network-online.target"]


def _start(at: Installation, command: str) -> str:
    home = ["--home", str(at.home)] if at.home else []
    words = [*at.command, *home, "--config", str(at.config)]
    return f"[Service]\nExecStart={' '.join(map(_word, words))} {command}"


def _inside(at: Installation) -> list[list[str]]:
    """What the process has and what it may do. Of what confines it, a user's systemd can do the last part only."""
    if at.home:
        return [_credentials(at), [_LESS]]
    return [[_STATE, *_credentials(at)], [_ALONE, _LESS, _MASK]]


def _credentials(at: Installation) -> list[str]:
    folder = _specifiers(str(at.folder))
    lines = [f"LoadCredential={name}:{folder}/{name}" for name in at.credentials]
    return [_SECRETS, *(lines or [f"#LoadCredential=smtp:{folder}/smtp"])]


def _word(text: str) -> str:
    """One argument of an ExecStart=."""
    text = _specifiers(text).replace("$", "$$")
    if re.fullmatch(r"[\w./:@%$+,=-]+", text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")


_DESCRIPTION = "[Unit]\nDescription=Watcher: {}"

_FOR_EVER = """
# A fault that repeats is tried again for ever, RestartSec apart; systemd would give up after the fifth.
StartLimitIntervalSec=0
"""

_DAEMON = """
# Not notify-reload, which systemd 252 does not know: the configuration is read again on SIGHUP.
Type=notify
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=10
# A configuration that cannot be used mends itself at no try. It shows as failed until it is mended and started again.
RestartPreventExitStatus=2
# An upgrade copies the database before it changes it, and a large one takes its time.
TimeoutStartSec=15min
# Work under way has 10 s to end.
TimeoutStopSec=30
# Ended and started again when the work stands still for so long.
WatchdogSec=120
"""

_ONCE = """
Type=oneshot
# A watch failed: ordinary, and told by alerts of its own. What else may end it shows as failed: a configuration that
# cannot be used (2), a delivery (3), another watcher in this home (4), a store that cannot be used (75).
SuccessExitStatus=1
# A sweep of thousands of pages takes its time; one that hangs must not keep all others from being begun.
TimeoutStartSec=1h
"""

_TIMER = """\
[Unit]
Description=Watcher: look at what is due, every five minutes

[Timer]
OnCalendar=*:0/5
# Not all the world at once.
RandomizedDelaySec=30
# What was missed while the machine was off is made up for by one run.
Persistent=yes

[Install]
WantedBy=timers.target
"""

_STATE = """
# The home is /var/lib/watcher, where only root and the service come in: its user exists while it runs. Both forms have
# one user, so that files made by one are the other's as well.
User=watcher
DynamicUser=yes
StateDirectory=watcher
StateDirectoryMode=0700
"""

_SECRETS = """
# One line for each secret that watcher.toml names with { credential = "NAME" }; `watcher service install` writes them.
"""

_ALONE = """
# Nothing of the machine but its network, and what /var/lib/watcher holds.
CapabilityBoundingSet=
KeyringMode=private
PrivateDevices=yes
PrivateMounts=yes
PrivateTmp=yes
PrivateUsers=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
"""

_LESS = """
LockPersonality=yes
MemoryDenyWriteExecute=yes
NoNewPrivileges=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
# What is left out fails as if it were not allowed, instead of ending the process.
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
"""

_MASK = "UMask=0077"

_BROWSER = """\
# For watches with `browser = true`: what Chromium needs beyond what Watcher does. Tried with Debian's, its sandbox on,
# as a user without rights, under this system call filter and these rules of namespaces, memory and /proc: pages are
# shown, and without the rules that follow they are not. Not tried: PrivateUsers= and PrivateDevices=, which take a
# running systemd.
[Service]
# Debian's starter asks /proc/cpuinfo whether the processor will do.
ProcSubset=all
# A home that it can write to.
Environment=HOME=/tmp
# Scripts become machine code as they run.
MemoryDenyWriteExecute=no
# Its own sandbox is made of these.
RestrictNamespaces=user pid net
SystemCallFilter=chroot capset
"""

_PRIVATE_NETWORKS = """\
# Keeps Watcher out of private networks, whatever a page or a name leads it to; its own guard does so too, but for the
# addresses that watcher.toml itself names. For those, and for a mail server, a proxy or readers of feeds in a private
# network, add a line to the list of what is allowed: it comes first.
[Service]
# Loopback: the feeds that are served there, a proxy before them, and systemd's own resolver at 127.0.0.53.
IPAddressAllow=localhost
# The resolvers of /etc/resolv.conf, where they are not on loopback: without them no name is found.
"""
