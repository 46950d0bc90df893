"""watcher service, where systemctl is a program that notes what it is told."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import Watcher
from watcher import units
from watcher.cli import systemd

SYSTEMCTL = """#!/bin/sh
echo "$@" >> "$SAID"
case "$*" in
*show*) printf 'ActiveState=%s\\nSubState=running\\nUnitFileState=enabled\\n' "${ACTIVE:-active}" ;;
*restart*) [ -z "$BROKEN" ] || { echo "Job for $2 failed." >&2; exit 1; } ;;
esac
"""


@dataclass(frozen=True)
class Machine:
    """A machine that systemd runs: its files, its configuration, and what systemctl was told."""

    folder: Path

    @property
    def units(self) -> Path:
        return self.folder / "system"

    @property
    def config(self) -> Path:
        return self.folder / "etc/watcher.toml"

    def told(self) -> list[str]:
        """Since it was asked last; but for questions."""
        said = (self.folder / "said").read_text().splitlines() if (self.folder / "said").exists() else []
        (self.folder / "said").unlink(missing_ok=True)
        return [line for line in said if " show " not in f" {line} "]

    def written(self) -> list[str]:
        return sorted(str(path.relative_to(self.units)) for path in self.units.rglob("*") if path.is_file())


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    there = Machine(tmp_path)
    for folder in ("booted", "bin", "etc", "credentials"):
        (tmp_path / folder).mkdir()
    (tmp_path / "bin/systemctl").write_text(SYSTEMCTL)
    (tmp_path / "bin/systemctl").chmod(0o755)
    (tmp_path / "resolv.conf").write_text("search example\nnameserver 127.0.0.53\nnameserver 10.0.0.1\n")
    there.config.write_text('[watch.press]\nurl = "https://example.org/press"\n')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("SAID", str(tmp_path / "said"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setattr(systemd, "BOOTED", tmp_path / "booted")
    monkeypatch.setattr(systemd, "SYSTEM", there.units)
    monkeypatch.setattr(systemd, "LINGER", tmp_path)
    monkeypatch.setattr(systemd, "RESOLV", tmp_path / "resolv.conf")
    # The folder of a test, and the Python that runs it, may lie in /tmp or /root.
    monkeypatch.setattr(systemd, "_HIDDEN", (tmp_path / "hidden",))
    monkeypatch.setattr("watcher.cli.service.unseen", lambda path: "")
    monkeypatch.setattr(units, "CREDENTIALS", tmp_path / "credentials")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.chdir(tmp_path)
    return there


def test_a_service_is_written_enabled_and_started(bare: Watcher, machine: Machine) -> None:
    ran = bare("--config", str(machine.config), "service", "install")

    assert (ran.code, ran.err) == (0, "")
    assert machine.told() == ["daemon-reload", "enable watcher.service", "restart watcher.service"]
    assert machine.written() == ["watcher.service"]
    assert f"--config {machine.config} run" in (machine.units / "watcher.service").read_text()
    assert f"wrote {machine.units / 'watcher.service'}" in ran.out
    assert "watcher.service is active (running), enabled" in ran.out
    assert f"watcher --home /var/lib/watcher --config {machine.config} doctor" in ran.out


def test_a_second_installation_changes_nothing_and_disturbs_nothing(bare: Watcher, machine: Machine) -> None:
    bare("--config", str(machine.config), "service", "install")
    machine.told()

    ran = bare("--config", str(machine.config), "service", "install")

    assert machine.told() == ["daemon-reload", "enable watcher.service", "start watcher.service"]
    assert f"unchanged {machine.units / 'watcher.service'}" in ran.out


def test_one_form_takes_the_place_of_the_other(bare: Watcher, machine: Machine) -> None:
    bare("--config", str(machine.config), "service", "install", "--public-only")
    machine.told()

    bare("--config", str(machine.config), "service", "install", "--timer")

    assert machine.told() == [
        "disable --now watcher.service",
        "daemon-reload",
        "enable watcher-check.timer",
        "restart watcher-check.timer",
    ]
    assert machine.written() == ["watcher-check.service", "watcher-check.timer"]


def test_a_dry_run_shows_files_and_commands_and_touches_nothing(bare: Watcher, machine: Machine) -> None:
    ran = bare("--config", str(machine.config), "service", "install", "--timer", "--dry-run")

    assert ran.code == 0
    text = (machine.units / "watcher-check.timer", units.timer(units.Installation())[units.TIMER])
    assert "# {}\n{}".format(*text) in ran.out
    assert ran.out.endswith("# systemctl restart watcher-check.timer\n")
    assert (machine.told(), machine.units.exists()) == ([], False)


@pytest.mark.parametrize("way", ["the folder one stands in", "WATCHER_HOME", "beside --config"])
def test_a_home_that_the_service_of_the_system_does_not_have_is_named(
    way: str, bare: Watcher, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = machine.folder / ("etc" if way == "beside --config" else "mine")
    bare("--home", str(home), "init")
    (home / "state").mkdir(exist_ok=True)
    if way == "WATCHER_HOME":
        monkeypatch.setenv("WATCHER_HOME", str(home))
    elif way == "the folder one stands in":
        monkeypatch.chdir(home)
    options = ["--config", str(machine.config)] if way == "beside --config" else []

    ran = bare(*options, "service", "install", "--dry-run")

    config = machine.config if options else units.CONFIG
    assert "ExecStart=" in ran.out
    assert ran.err.splitlines()[:2] == [
        f"The service has its home in /var/lib/watcher, and its configuration in {config}.",
        f"{home} is another home, and stays as it is: --user makes a service of it.",
    ]


def test_a_dry_run_is_to_be_had_on_any_machine(
    bare: Watcher, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systemd, "BOOTED", machine.folder / "none")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    machine.config.unlink()

    ran = bare("--config", str(machine.config), "service", "install", "--dry-run")

    assert ran.code == 0
    assert "[Service]" in ran.out
    for words in ("no systemd runs this machine", "only root may write", "there is no"):
        assert f"it would be refused: {words}" in ran.err


def test_secrets_browser_and_resolvers_of_this_home_and_machine_are_in_the_units(
    bare: Watcher, machine: Machine
) -> None:
    machine.config.write_text(
        '[watch.press]\nurl = "https://example.org/press"\nbrowser = true\n'
        'headers = { Authorization = { credential = "token" } }\n'
    )
    (machine.folder / "credentials/token").write_text("s3cret\n")

    ran = bare("--config", str(machine.config), "service", "install", "--public-only")

    assert (ran.code, ran.err) == (0, "")
    service = machine.units / "watcher.service"
    assert f"LoadCredential=token:{machine.folder}/credentials/token" in service.read_text()
    drop_ins = machine.units / "watcher.service.d"
    assert "MemoryDenyWriteExecute=no" in (drop_ins / "browser.conf").read_text()
    private = (drop_ins / "private-networks.conf").read_text()
    assert "\nIPAddressAllow=10.0.0.1\n" in private
    assert "127.0.0.53\n" not in private.partition("IPAddressAllow=10")[2]


def test_the_browsers_freedom_ends_when_no_watch_needs_it_and_the_rest_stays(bare: Watcher, machine: Machine) -> None:
    plain = machine.config.read_text()
    machine.config.write_text(f"{plain}browser = true\n")
    bare("--config", str(machine.config), "service", "install", "--public-only")
    machine.config.write_text(plain)

    ran = bare("--config", str(machine.config), "service", "install")

    assert machine.written() == ["watcher.service", "watcher.service.d/private-networks.conf"]
    assert "browser.conf: no watch needs it" in ran.out


def test_a_credential_that_is_not_there_is_said_before_anything_is_written(bare: Watcher, machine: Machine) -> None:
    machine.config.write_text(
        '[alert.me]\nkind = "email"\nto = ["me@example.org"]\nfrom = "w@example.org"\nsmtp = "smtp.example.org"\n'
        'user = "me"\npassword = { credential = "smtp" }\n'
    )

    ran = bare("--config", str(machine.config), "service", "install")

    assert (ran.code, machine.written(), machine.told()) == (2, [], [])
    assert f"there is no {machine.folder}/credentials/smtp, the credential smtp" in ran.err


def test_a_secret_of_the_environment_is_pointed_out(
    bare: Watcher, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "s3cret")
    machine.config.write_text(
        '[watch.press]\nurl = "https://example.org/press"\nheaders = { Authorization = { env = "TOKEN" } }\n'
    )

    assert (
        "the service has no TOKEN in its environment" in bare("--config", str(machine.config), "service", "install").err
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no systemd runs this machine"),
        (["--user", "--public-only"], "a user's systemd cannot keep networks away"),
    ],
)
def test_what_cannot_be_is_refused(
    arguments: list[str], words: str, bare: Watcher, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systemd, "BOOTED", machine.folder / "none")

    ran = bare("--config", str(machine.config), "service", "install", *arguments)

    assert (ran.code, machine.written()) == (2, [])
    assert words in ran.err


def test_only_root_installs_for_the_system(bare: Watcher, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    ran = bare("--config", str(machine.config), "service", "install")

    assert (ran.code, machine.told()) == (2, [])
    assert "sudo watcher service …; or --user" in ran.err


def test_a_faulty_configuration_is_refused_with_its_line(bare: Watcher, machine: Machine) -> None:
    machine.config.write_text('[watch.press]\nurl = "https://example.org/press"\nevry = "1h"\n')

    ran = bare("--config", str(machine.config), "service", "install")

    assert (ran.code, machine.written()) == (2, [])
    assert "watcher.toml:3" in ran.err


def test_a_start_that_fails_is_a_failure_in_systemds_words(
    bare: Watcher, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", "1")

    ran = bare("--config", str(machine.config), "service", "install")

    assert ran.code == 1
    assert "systemctl restart watcher.service: Job for watcher.service failed." in ran.err
    assert "journalctl -u watcher.service -n 20" in ran.err


def test_a_users_service_runs_the_home_in_force_and_says_when_it_would_end(bare: Watcher, machine: Machine) -> None:
    home = machine.folder / "news"
    home.mkdir()
    (home / "watcher.toml").write_text("")

    ran = bare("--home", str(home), "service", "install", "--user")

    unit = machine.folder / "config/systemd/user/watcher.service"
    assert f"--home {home} --config {home}/watcher.toml run" in unit.read_text()
    assert machine.told()[1:] == ["--user enable watcher.service", "--user restart watcher.service"]
    assert "loginctl enable-linger" in ran.err
    assert f"if anything: watcher --home {home} doctor\n" in ran.out
    assert bare("service", "uninstall", "--user").code == 0
    assert not unit.exists()


def test_a_service_is_taken_away_and_what_others_put_beside_it_stays(bare: Watcher, machine: Machine) -> None:
    bare("--config", str(machine.config), "service", "install", "--public-only")
    (machine.units / "watcher.service.d/mine.conf").write_text("[Service]\nNice=5\n")
    machine.told()

    ran = bare("service", "uninstall")

    assert ran.code == 0
    assert machine.told() == ["disable --now watcher.service", "daemon-reload"]
    assert machine.written() == ["watcher.service.d/mine.conf"]
    assert bare("service", "uninstall").code == 2


@pytest.mark.parametrize(("active", "code"), [("active", 0), ("failed", 1)])
def test_status_says_whether_it_runs(
    active: str, code: int, bare: Watcher, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bare("service", "status").code == 1
    bare("--config", str(machine.config), "service", "install")
    monkeypatch.setenv("ACTIVE", active)

    ran = bare("service", "status")

    assert ran.code == code
    assert f"watcher.service  {active} (running), enabled" in ran.out


def test_a_file_that_services_cannot_reach_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open/file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "open/file")
    for folder in (tmp_path, *(each for each in tmp_path.parents if "pytest-" in str(each))):
        folder.chmod(0o755)
    monkeypatch.setattr(systemd, "_HIDDEN", ())

    assert systemd.unseen(tmp_path / "link") == ""

    (tmp_path / "open").chmod(0o700)

    assert systemd.unseen(tmp_path / "link") == f"{tmp_path}/open is closed to others (mode 700)"
    monkeypatch.setattr(systemd, "_HIDDEN", (tmp_path / "open",))
    assert systemd.unseen(tmp_path / "link") == f"{tmp_path}/open is hidden from services"
