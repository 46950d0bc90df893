"""watcher mute: who hears nothing of a watch."""

from __future__ import annotations

import click

from watcher.cli.shell import Shell, pass_shell
from watcher.errors import UsageError
from watcher.model import Watch, address_of


@click.command()
@click.argument("name", metavar="W")
@click.argument("recipient", metavar="[RECIPIENT]", required=False)
@click.option("--off", is_flag=True, help="They are told again; without RECIPIENT, all of them.")
@pass_shell
def mute(shell: Shell, name: str, recipient: str | None, off: bool) -> None:
    """Who hears nothing of a watch. With RECIPIENT (an address, or a target's name) one more of them, from now on, what
    waits included; with --off one less."""
    app, watch = shell.app, shell.watch(name)
    muted = [who for who, of in app.store.muted() if of == watch.name]
    if recipient is None and not off:
        for who in muted:
            shell.say(address_of(who))
        if not muted:
            shell.note(f"nobody is muted; watcher mute {watch.name} RECIPIENT does that")
        return
    for who in _named(recipient, muted if off else _told(shell, watch), watch):
        app.store.mute(who, watch.name, not off, app.clock())
        shell.done(f"{address_of(who)} is told {'of' if off else 'nothing more of'} {watch.name}, from now on")


def _told(shell: Shell, watch: Watch) -> list[str]:
    """The recipients of a watch."""
    return [who for name in watch.alerts for who in shell.app.config.alerts[name].recipients]


def _named(recipient: str | None, among: list[str], watch: Watch) -> list[str]:
    """Those that go by that name: "TARGET ADDRESS", the address, the target; all where none is named."""
    named = [who for who in among if recipient in (None, who, who.partition(" ")[0], who.partition(" ")[2])]
    if recipient and not named:
        hint = f"there are: {', '.join(map(address_of, among)) or 'none'}"
        raise UsageError(f'no "{recipient}" among the recipients of {watch.name}', hint=hint)
    return named
