"""watcher email setup: asked or told, tried, written."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from tests.cli.conftest import Watcher
from tests.smtpserver import Authority, MailServer
from watcher.cli.toml import NEW_HOME

OURS = '# ours\ncontact = "me@example.org"\n\n[watch.press]\nurl = "https://press.example/"  # the page\n\n# the end\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "watcher.toml").write_text(OURS)
    return tmp_path


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer(users={"me": "geheim"}) as server:
        yield server


def setup(bare: Watcher, server: MailServer, *args: str, login: bool = True) -> tuple[int, str, str]:
    user = ("--user", "me") if login else ()
    told = ("--smtp", server.address, "--from", "Watcher <watch@example.org>", "--to", "me@example.org")
    ran = bare("email", "setup", *told, *user, *args)
    return ran.code, ran.out, ran.err


def table(home: Path, name: str = "me") -> dict[str, object]:
    found = tomllib.loads((home / "watcher.toml").read_text())["alert"][name]
    assert isinstance(found, dict)
    return found


def test_without_a_terminal_options_say_it_all(
    bare: Watcher, home: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "geheim")

    code, out, err = setup(bare, server, "--password-env", "SMTP_PASSWORD", "--to", "you@example.org")

    assert (code, err) == (0, "")
    assert out.startswith("sent to me@example.org\nsent to you@example.org\n[alert.me] is in watcher.toml\n")
    assert [letter.to for letter in server.letters] == [("me@example.org",), ("you@example.org",)]
    assert server.letters[0].message["Subject"] == "A sample alert from Watcher"
    assert table(home) == {
        "kind": "email",
        "to": ["me@example.org", "you@example.org"],
        "from": "Watcher <watch@example.org>",
        "smtp": server.address,
        "user": "me",
        "password": {"env": "SMTP_PASSWORD"},
    }
    assert (home / "watcher.toml").read_text().startswith(OURS)
    assert 'password = {env = "SMTP_PASSWORD"}\n' in (home / "watcher.toml").read_text()
    assert bare("test", "me").code == 0


def test_a_password_file_is_named_whole(bare: Watcher, home: Path, server: MailServer) -> None:
    (home / "pw").write_text("geheim\n")

    assert setup(bare, server, "--password-file", "pw")[0] == 0

    assert table(home)["password"] == {"file": str(home / "pw")}


def test_a_credential_of_systemd_is_a_password(
    bare: Watcher, home: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(home))
    (home / "smtp").write_text("geheim")

    assert setup(bare, server, "--password-credential", "smtp")[0] == 0

    assert table(home)["password"] == {"credential": "smtp"}


def test_a_password_that_is_kept_is_in_a_file_of_ours_alone(
    bare: Watcher, home: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("geheim\n"))

    assert setup(bare, server, "--keep-password")[0] == 0

    kept = home / "state/me.password"
    assert table(home)["password"] == {"file": str(kept)}
    assert kept.read_text() == "geheim\n"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    assert "geheim" not in (home / "watcher.toml").read_text()


def test_without_a_home_one_is_made(bare: Watcher, home: Path) -> None:
    (home / "watcher.toml").unlink()
    with MailServer() as server:
        assert setup(bare, server, "--name", "us", login=False)[0] == 0

    made = home / ".local/share/watcher/watcher.toml"
    assert made.read_text().startswith(NEW_HOME)
    assert "user" not in table(made.parent, "us")


TWICE = ["--password-env", "X", "--keep-password"]
REFUSALS = [
    ({"AUTH": "535 5.7.8 wrong password"}, "refused: 535 5.7.8 wrong password (", "see --user and the password"),
    ({"MAIL": "553 5.7.1 not your address"}, "refused: 553 5.7.1 not your address (", "see --from and --to"),
    ({"RCPT": "550 5.1.1 no such user"}, "refused: 550 5.1.1 no such user (", "see --from and --to"),
    ({"BANNER": "554 5.3.2 go away"}, "refused: 554 5.3.2 go away (", "see --from and --to"),
    ({"END": "452 4.3.1 full"}, "refused: 452 4.3.1 full (", "see what the server says"),
]


@pytest.mark.parametrize(("replies", "said", "advice"), REFUSALS)
def test_what_the_server_says_is_said_with_what_to_do_and_nothing_is_written(
    replies: dict[str, str],
    said: str,
    advice: str,
    bare: Watcher,
    home: Path,
    server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("geheim\n"))
    server.replies = replies

    code, out, err = setup(bare, server, "--keep-password")

    assert (code, out) == (3, "")
    assert err.startswith("error: mail to me@example.org ")
    assert said in err
    assert f"; nothing was written\n       {advice}" in err
    assert "outbox" not in err
    assert (home / "watcher.toml").read_text() == OURS
    assert list((home / "state").iterdir()) == []


def test_a_server_that_wants_a_login_says_so(bare: Watcher, home: Path, server: MailServer) -> None:
    code, _, err = setup(bare, server, login=False)

    assert code == 3
    assert "530 5.7.0 authentication required" in err
    assert "it wants a login first: --user" in err


def test_no_server_no_encryption_and_no_trust_each_have_their_advice(
    bare: Watcher, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MailServer() as server:
        pass
    assert "see its name and port: 587" in setup(bare, server, login=False)[2]

    told = ("email", "setup", "--from", "watch@example.org", "--to", "me@example.org", "--smtp")
    with MailServer() as server:
        assert "it offers no encryption there" in bare(*told, f"starttls://{server.address}").err
    with MailServer(tls=Authority(tmp_path).context("127.0.0.1")) as server:
        assert "goes into --ca-file" in bare(*told, f"starttls://{server.address}").err
        trusted = ("--ca-file", "authority.pem")
        assert bare(*told, f"starttls://{server.address}", *trusted).code == 0
    assert table(home)["ca_file"] == str(tmp_path / "authority.pem")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "--smtp, --from, --to: needed where there is no terminal to ask on"),
        (
            ["--smtp", "localhost", "--from", "a@example.org", "--to", "b@example.org", "--user", "me"],
            "--keep-password",
        ),
        (
            ["--smtp", "localhost", "--from", "a@example.org", "--to", "b", "--name", "x"],
            '"b" is no mail address that every server takes',
        ),
        (
            ["--smtp", "smtp://mail.example", "--from", "a@example.org", "--to", "b@example.org"],
            "in clear; write starttls",
        ),
        (["--smtp", "localhost", "--from", "a@example.org", "--to", "b@example.org", "--name", "A b"], "is no name"),
        (
            ["--smtp", "localhost", "--from", "a@example.org", "--to", "b@example.org", "--user", "me", *TWICE],
            "the password can be in one place only",
        ),
    ],
)
def test_what_cannot_be_set_up_is_a_misuse(args: list[str], said: str, bare: Watcher, home: Path) -> None:
    ran = bare("email", "setup", *args)

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert (home / "watcher.toml").read_text() == OURS


def test_a_target_that_is_there_is_never_written_over(bare: Watcher, home: Path) -> None:
    with MailServer() as server:
        setup(bare, server, login=False)
        before = (home / "watcher.toml").read_text()

        code, out, err = setup(bare, server, login=False)

    assert (code, out) == (2, "")
    assert err.startswith("error: there is an [alert.me] already\n")
    assert (home / "watcher.toml").read_text() == before


def test_a_variable_that_is_not_set_is_said(bare: Watcher, home: Path, server: MailServer) -> None:
    code, _, err = setup(bare, server, "--password-env", "NOT_SET_ANYWHERE")

    assert code == 3
    assert "the environment variable NOT_SET_ANYWHERE is not set" in err
    assert server.letters == []


def typed(home: Path, *lines: str) -> tuple[int, str]:
    """`watcher email setup` at a terminal, where somebody types these lines: the exit code, and what was seen."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "watcher", "email", "setup"]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=home, start_new_session=True, close_fds=True
    )
    os.close(theirs)
    seen, left = b"", list(lines)
    while True:
        try:
            seen += os.read(ours, 1000)
        except OSError:  # they are gone
            break
        if left and seen.endswith(b": "):
            os.write(ours, left.pop(0).encode() + b"\n")
            seen += b"\n"
    os.close(ours)
    return process.wait(), seen.decode()


def test_at_a_terminal_everything_is_asked_and_the_password_is_not_seen(home: Path, server: MailServer) -> None:
    code, seen = typed(
        home,
        "no server",
        server.address,
        "me",
        "",  # keep it
        "Watcher <watch@example.org>",
        "nobody",
        "me@example.org",
        "geheim",
    )

    assert code == 0, seen
    assert '"no server" is no mail server' in seen
    assert '"nobody" is no mail address' in seen
    assert "geheim" not in seen
    assert "sent to me@example.org" in seen
    assert table(home)["password"] == {"file": str(home / "state/me.password")}
    assert (home / "state/me.password").read_text() == "geheim\n"
    assert [letter.user for letter in server.letters] == ["me"]


def test_at_a_terminal_a_variable_that_is_not_set_is_asked_for_and_not_written(home: Path, server: MailServer) -> None:
    code, seen = typed(
        home, server.address, "me", "env", "SMTP_PASSWORD", "geheim", "watch@example.org", "me@example.org"
    )

    assert code == 0, seen
    assert "geheim" not in seen
    assert table(home)["password"] == {"env": "SMTP_PASSWORD"}
    assert not any(b"geheim" in path.read_bytes() for path in home.rglob("*") if path.is_file())
