"""watcher service: install | uninstall | status, with systemd."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from watcher import config as configuration
from watcher import files, units
from watcher.cli.shell import Shell, pass_shell
from watcher.cli.systemd import Systemd, command, resolvers, unseen
from watcher.errors import ConfigError, UsageError, WatcherError
from watcher.units import FORMS, Form, Installation

_NEW = f"begin one: watcher --config {units.CONFIG} add URL"


@click.group()
def service() -> None:
    """Watcher as a service of systemd: install | uninstall | status."""


@service.command()
@click.option("--user", is_flag=True, help="Of your own systemd, for the home in force, without root.")
@click.option("--timer", is_flag=True, help="`watcher check --due` every five minutes, instead of `watcher run`.")
@click.option("--public-only", is_flag=True, help="Keep it out of private networks, but for loopback and resolvers.")
@click.option("--dry-run", is_flag=True, help="Print the files and the commands, and touch nothing.")
@pass_shell
def install(shell: Shell, user: bool, timer: bool, public_only: bool, dry_run: bool) -> None:
    """Write the units, and have systemd run them from now on. May be called again, after any change."""
    if user and public_only:
        raise UsageError("--public-only is for a service of the system: a user's systemd cannot keep networks away")
    systemd, at = Systemd.of(user=user), _installation(shell, user)
    os.environ.setdefault("CREDENTIALS_DIRECTORY", str(at.folder))  # where the service will have them from
    if not user:
        _say_whose(shell, at)
    hindrances = [*systemd.hindrances(), *_hindrances(at)]
    if hindrances and not dry_run:
        raise hindrances[0]
    wanted = _wanted(systemd, at, timer=timer, public_only=public_only)
    if dry_run:
        _show(shell, systemd, wanted, FORMS[timer])
        for hindrance in hindrances:
            shell.note(f"it would be refused: {hindrance}")
    else:
        _install(shell, systemd, wanted, FORMS[timer])
        log = f"{'journalctl --user' if user else 'journalctl'} -u {FORMS[timer].service}"
        shell.done(f"Its log: {log}; what is wrong, if anything: {_about(at)} doctor")
    _advise(shell, systemd, at)


@service.command()
@click.option("--user", is_flag=True, help="Of your own systemd.")
@pass_shell
def uninstall(shell: Shell, user: bool) -> None:
    """Stop the service and take its units away. Configuration and home stay."""
    systemd = Systemd.of(user=user)
    for hindrance in systemd.hindrances():
        raise hindrance
    if not systemd.installed():
        raise UsageError(f"no unit of watcher's is in {systemd.folder}", hint="watcher service status says what is")
    for form in FORMS.values():
        _remove(shell, systemd, form)
    systemd.control("daemon-reload")
    shell.done("Configuration, state and feeds are as they were")


@service.command()
@pass_shell
@click.pass_context
def status(ctx: click.Context, shell: Shell) -> None:
    """What is installed, and whether it runs. Exit 1 when nothing does."""
    there = [(each, unit) for each in (Systemd.of(user=False), Systemd.of(user=True)) for unit in each.installed()]
    if not there:
        shell.say("no service is installed: watcher service install")
    for systemd, unit in there:
        shell.say(f"{unit}  {systemd.state(unit)}  ({systemd.folder / unit})")
    ctx.exit(0 if any(systemd.is_active(unit) for systemd, unit in there) else 1)


def _installation(shell: Shell, user: bool) -> Installation:
    if user:
        place = shell.place
        return Installation(
            command=command(), config=place.config, home=place.folder, credentials=_credentials(place.config)
        )
    if shell.home:
        raise UsageError(
            f"a service of the system has its home in {units.HOME}", hint="--user makes one of your own, for any home"
        )
    config = (shell.config or units.CONFIG).absolute()
    return Installation(command=command(), config=config, credentials=_credentials(config))


def _say_whose(shell: Shell, at: Installation) -> None:
    """That the home in force, if there is one, is not that of a service of the system."""
    place = shell.place
    if place.folder != units.HOME and (place.state.is_dir() or (place.config.is_file() and place.config != at.config)):
        shell.note(f"The service has its home in {units.HOME}, and its configuration in {at.config}.")
        shell.note(f"{place.folder} is another home, and stays as it is: --user makes a service of it.")


def _about(at: Installation) -> str:
    """How a command begins that is about the service's home."""
    home = at.home or (units.HOME if at.config != units.CONFIG else None)
    config = at.config if home is None or at.config != home / "watcher.toml" else None
    options = [f"{option} {path}" for option, path in (("--home", home), ("--config", config)) if path]
    return " ".join(["watcher", *options])


def _credentials(config: Path) -> list[str]:
    return [name for where, name in configuration.references(config) if where == "credential"]


def _wanted(systemd: Systemd, at: Installation, *, timer: bool, public_only: bool) -> Mapping[Path, str]:
    """The files of this form, and what each holds."""
    made = (units.timer if timer else units.daemon)(at)
    drop_ins = systemd.folder / f"{FORMS[timer].service}.d"
    wanted = {systemd.folder / name: text for name, text in made.items()}
    if _needs_browser(at):
        wanted[drop_ins / "browser.conf"] = units.browser()
    if public_only:
        wanted[drop_ins / "private-networks.conf"] = units.private_networks(resolvers())
    return wanted


def _needs_browser(at: Installation) -> bool:
    try:
        return any(watch.browser for watch in configuration.load(at.config, at.home or units.HOME).watches.values())
    except ConfigError:
        return False


def _hindrances(at: Installation) -> Iterator[WatcherError]:
    """What keeps a service of this machine from running."""
    for path in () if at.home else (Path(at.command[0]), Path(configuration.__file__)):
        if why := unseen(path):
            hint = "install it for all: python3 -m venv /opt/watcher && /opt/watcher/bin/pip install watcher"
            yield UsageError(f"a service cannot run {path}: {why}", hint=hint)
    if not at.config.is_file():
        hint = _NEW if at.home is None else "watcher init makes a home"
        yield UsageError(f"there is no {at.config}", hint=hint)
        return
    for file in () if at.home else configuration.files(at.config):
        if why := unseen(file):
            yield UsageError(f"a service cannot read {file}: {why}", hint="its secrets go into files of their own")
    yield from _missing(at)
    try:
        configuration.load(at.config, at.home or units.HOME)
    except ConfigError as error:
        yield error


def _missing(at: Installation) -> Iterator[WatcherError]:
    for name in at.credentials:
        file = at.folder / name
        if not units.CREDENTIAL.fullmatch(name):
            yield UsageError(f'"{name}" is no name of a credential', hint="letters, digits, dots, - and _ only")
        elif not file.is_file():
            yield UsageError(
                f"there is no {file}, the credential {name}", hint=f"write the secret into it, then: chmod 600 {file}"
            )


def _show(shell: Shell, systemd: Systemd, wanted: Mapping[Path, str], form: Form) -> None:
    """As `systemctl cat` shows units: each file below its name, and whatever else is said a comment."""
    for path, text in wanted.items():
        shell.say(f"# {path}\n{text}")
    for arguments in (["daemon-reload"], ["enable", form.starts], ["restart", form.starts]):
        shell.say(f"# {' '.join([*systemd.program, *arguments])}")


def _install(shell: Shell, systemd: Systemd, wanted: Mapping[Path, str], form: Form) -> None:
    for other in FORMS.values():
        if other != form:
            _remove(shell, systemd, other)
    changed = [_write(shell, path, text) for path, text in wanted.items()]
    needless = systemd.folder / f"{form.service}.d/browser.conf"
    if needless not in wanted and needless.exists():
        needless.unlink()
        shell.done(f"removed {needless}: no watch needs it")
        changed.append(True)
    systemd.control("daemon-reload")
    systemd.control("enable", form.starts)
    # Started again where that takes up what changed; left alone where nothing did.
    systemd.control("restart" if any(changed) else "start", form.starts)
    shell.done(f"{form.starts} is {systemd.state(form.starts)}")


def _write(shell: Shell, path: Path, text: str) -> bool:
    changed = files.replace(path, text.encode())
    shell.done(f"{'wrote' if changed else 'unchanged'} {path}")
    return changed


def _remove(shell: Shell, systemd: Systemd, form: Form) -> None:
    if form.starts in systemd.installed():
        systemd.control("disable", "--now", form.starts)
        shell.done(f"stopped {form.starts}")
    drop_ins = systemd.folder / f"{form.service}.d"
    for path in [*(systemd.folder / name for name in form.units), *(drop_ins / name for name in units.DROP_INS)]:
        if path.exists():
            path.unlink()
            shell.done(f"removed {path}")
    if drop_ins.is_dir() and not any(drop_ins.iterdir()):
        drop_ins.rmdir()


def _advise(shell: Shell, systemd: Systemd, at: Installation) -> None:
    for where, name in configuration.references(at.config):
        if where == "env":
            shell.note(f"the service has no {name} in its environment: write {{ credential = … }} in {at.config}")
    if systemd.ends_with_session():
        shell.note("It ends when you log out. To have it run always: loginctl enable-linger")
