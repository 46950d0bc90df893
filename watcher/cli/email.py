"""watcher email setup: a mail server is asked for, tried, and written down."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import tomlkit

from watcher import config as configuration
from watcher import files, message
from watcher.cli import toml
from watcher.cli.shell import Shell, pass_shell
from watcher.errors import DeliveryError, UsageError
from watcher.model import address_of
from watcher.notify import email as mail

_KEPT, _ENV = "keep", "WATCHER_SMTP_PASSWORD"

#: What to do, by what a server says.
_ADVICE = (
    (
        r" 53[45] |must be ASCII",
        "see --user and the password; many providers want one made for programs, on their site",
    ),
    (r" 530 ", "it wants a login first: --user, and where the password is"),
    (r"STARTTLS", "it offers no encryption there; where it has a port for TLS alone: --smtp smtps://HOST:465"),
    (r"certificate", "--smtp has to be the name in its certificate; an authority of your own goes into --ca-file"),
    (r"refused \(|no end after|unreachable|timed out", "see its name and port: 587, or smtps://HOST:465"),
    (r"[Nn]ame|no such host|No address", "see how --smtp is spelt"),
    (r" 55\d ", "see --from and --to: many servers take mail from the address of the login only"),
)


@click.group()
def email() -> None:
    """Alerts by mail: setup."""


@email.command()
@click.option("--name", default="me", show_default=True, help="Of the target: watches name it in their `alerts`.")
@click.option("--smtp", metavar="SERVER", help="HOST:PORT with STARTTLS, or smtps://HOST:PORT.")
@click.option("--user", help="The login, where the server wants one.")
@click.option("--password-env", metavar="NAME", help="The password is in this environment variable.")
@click.option("--password-file", metavar="PATH", type=click.Path(path_type=Path), help="It is in this file.")
@click.option("--password-credential", metavar="NAME", help="It is a credential of systemd.")
@click.option("--keep-password", is_flag=True, help="Ask for it, and keep it in a file in state/ that is ours alone.")
@click.option("--from", "from_", metavar="ADDRESS", help='The sender: "Watcher <watch@example.org>".')
@click.option("--to", multiple=True, metavar="ADDRESS", help="Who is told; may be given several times.")
@click.option("--ca-file", type=click.Path(path_type=Path), help="An authority to trust beside the system's, as PEM.")
@pass_shell
@click.pass_context
def setup(ctx: click.Context, shell: Shell, /, name: str, **said: Any) -> None:
    """Set the mail server up: a test mail is sent, and where it was taken, [alert.NAME] is written into watcher.toml.
    What no option says is asked."""
    place = shell.place
    if name in configuration.load(place.config, place.folder, {}).alerts:
        raise UsageError(
            f"there is an [alert.{name}] already", hint=f"watcher test {name} tries it; or choose a --name"
        )
    answers = _asked(said) if sys.stdin.isatty() else _complete(said)
    with _table(shell, name, answers) as table:
        shell.app.config = configuration.load(place.config, place.folder, {"alert": {name: table}})
        try:
            for recipient in shell.app.config.alerts[name].recipients:
                _try(shell, name, recipient)
        except DeliveryError as error:
            advice = next((words for said, words in _ADVICE if re.search(said, str(error))), "see what the server says")
            shell.problem(f"{error}; nothing was written", advice)
            ctx.exit(3)
        text = toml.read(place.config) if place.config.exists() else toml.NEW_HOME
        toml.save(place.config, toml.with_table(text, "alert", name, table))
    shell.done(f"[alert.{name}] is in {shell.near(place.config)}")
    shell.done(f'Next: alerts = ["{name}"] in a [watch.…], or above the first table for all of them')


def _try(shell: Shell, name: str, recipient: str) -> None:
    to = recipient.partition(" ")[2]
    shell.progress(f"Sending a test mail to {to} …")
    shell.app.sender.send(name, message.sample(name, to, now=shell.app.clock(), domain=shell.app.sender.domain(name)))
    shell.done(f"sent to {address_of(recipient)}")


def _complete(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the options say, where nobody can be asked."""
    needed = [f"--{key.strip('_')}" for key in ("smtp", "from_", "to") if not said[key]]
    if said["user"] and not _places(said):
        needed.append("--password-env, --password-file, --password-credential or --keep-password")
    if needed:
        raise UsageError(f"{', '.join(needed)}: needed where there is no terminal to ask on")
    return said


def _asked(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the options say, and what else is needed, from whoever sits there."""
    answers = dict(said)
    answers["smtp"] = said["smtp"] or _ask("Mail server, as HOST:PORT", _checked(mail.server))
    if said["user"] is None:
        answers["user"] = _ask("Login (none: press Enter)", default="")
    if answers["user"] and not _places(said):
        where = _ask("Its password: env, file, credential, or keep it in state/", _choice, default=_KEPT)
        answers |= _reference(where)
    login = answers["user"] if "@" in answers["user"] else None
    answers["from_"] = said["from_"] or _ask("Sender", _checked(mail.sender), default=login)
    answers["to"] = said["to"] or (_ask("Who is told", _checked(mail.address), default=login),)
    return answers


def _reference(where: str) -> dict[str, Any]:
    if where == _KEPT:
        return {"keep_password": True}
    name = _ask({"env": "Variable", "file": "File"}.get(where, "Credential"), default=_ENV if where == "env" else None)
    if where == "env" and name not in os.environ:
        # So that a test mail can go out now; it is written nowhere.
        os.environ[name] = click.prompt(
            f"{name} is not set here. The password, for the test", hide_input=True, err=True
        )
    return {f"password_{where}": Path(name) if where == "file" else name}


@contextmanager
def _table(shell: Shell, name: str, answers: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The table of the target. A password that was kept is not, where what follows fails."""
    if len(_places(answers)) > 1:
        raise UsageError("the password can be in one place only", hint="leave all --password options out but one")
    kept = shell.place.state / f"{name}.password"
    if answers["keep_password"] and kept.exists():
        raise UsageError(f"{shell.near(kept)} is there already", hint=f"remove it, or use it: --password-file {kept}")
    table = _described(answers, kept)
    try:
        if answers["keep_password"]:
            shell.place.state.mkdir(parents=True, exist_ok=True, mode=0o700)
            files.replace(kept, f"{_password()}\n".encode(), mode=0o600)
        yield table
    except BaseException:
        if answers["keep_password"]:
            kept.unlink(missing_ok=True)
        raise


def _described(answers: Mapping[str, Any], kept: Path) -> dict[str, Any]:
    # A file is written whole: a service is started elsewhere.
    file = kept if answers["keep_password"] else answers["password_file"]
    references = {
        "env": answers["password_env"],
        "file": file and str(file.absolute()),
        "credential": answers["password_credential"],
    }
    password = tomlkit.inline_table()
    password.update({where: name for where, name in references.items() if name})
    ca_file = answers["ca_file"] and str(answers["ca_file"].absolute())
    table = {"kind": "email", "to": list(answers["to"]), "from": answers["from_"], "smtp": answers["smtp"]}
    more = {"user": answers["user"], "password": password, "ca_file": ca_file}
    return table | {key: value for key, value in more.items() if value}


def _places(answers: Mapping[str, Any]) -> list[str]:
    """Where the password is said to be."""
    return [key for key, value in answers.items() if "password" in key and value]


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, err=True))
    if not (line := sys.stdin.readline().rstrip("\r\n")):
        raise UsageError("no password came", hint="without a terminal it is read from standard input")
    return line


def _ask(question: str, check: Callable[[str], str] = str, default: str | None = None) -> str:
    return str(click.prompt(question, default=default, value_proc=check, show_default=bool(default), err=True))


def _choice(text: str) -> str:
    if text not in ("env", "file", "credential", _KEPT):
        raise click.BadParameter(f'"{text}" is none of env, file, credential, keep')
    return text


def _checked(check: Callable[[str], object]) -> Callable[[str], str]:
    """An answer that is asked for again where it is none."""

    def checked(text: str) -> str:
        try:
            check(text)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
        return text

    return checked
