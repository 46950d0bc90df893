"""What became of deliveries, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from watcher import websub
from watcher.cli.shell import Shell
from watcher.cli.words import counted
from watcher.model import Alert, address_of
from watcher.pipeline import Sent

#: To so many recipients at most it is said how many each was sent.
NAMED = 3


def summed(sent: Sequence[Sent], alerts: Mapping[str, Alert]) -> str:
    """ "2 mails sent to me@example.org.", "3 mails sent: 2 to me@…, 1 to you@….", or "" where none was taken."""
    told = [one.letter.message.recipient for one in sent if not one.error]
    taken = Counter(to for to in told if not websub.is_hub(to))  # hubs are told of feeds, which is no news to anybody
    if not taken:
        return ""
    kinds = {alerts[name].kind for name in (to.partition(" ")[0] for to in taken) if name in alerts}
    count = counted(taken.total(), "mail" if kinds == {"email"} else "alert")
    named = {address_of(to): n for to, n in taken.items()}
    if len(named) == 1:
        return f"{count} sent to {next(iter(named))}."
    if len(named) > NAMED:
        return f"{count} sent to {len(named)} recipients."
    return f"{count} sent: {', '.join(f'{n} to {to}' for to, n in named.items())}."


def complain(shell: Shell, sent: Sequence[Sent]) -> None:
    """Say what was not taken, once for each reason."""
    failures = Counter((str(one.error), one.error.hint) for one in sent if one.error)
    for (words, hint), count in failures.items():
        several = f" ({counted(count, 'letter')})" if count > 1 else ""
        shell.problem(f"{words}{several}", hint or "it is kept, and tried again; watcher outbox shows it")


def as_json(sent: Sequence[Sent]) -> list[dict[str, Any]]:
    return [
        {
            "recipient": one.letter.message.recipient,
            "subject": one.letter.message.subject,
            "message_id": one.letter.message.id,
            "error": str(one.error) if one.error else "",
        }
        for one in sent
    ]
