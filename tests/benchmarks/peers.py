"""Other watchers of pages, from PyPI: each in an environment of its own under the user's cache, each with its own
defaults, looking at the titles of the list, telling nobody."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

from tests.benchmarks.tools import Broken, Setup, Took

#: What each is, as pip names it, and as of the figures in docs/performance.md.
PACKAGES = {
    "urlwatch": ("urlwatch==2.29", "lxml", "cssselect"),
    "webchanges": ("webchanges==3.37.0",),
    "changedetection.io": ("changedetection.io==0.60.10",),
    "nvchecker": ("nvchecker[htmlparser]==2.22",),
}

#: Seconds that one sweep of the server may take, and that it is left alone before: what it is still at, it skips.
MOST, SETTLE = 180, 3

#: changedetection.io asks no private addresses else, and asks the web whether there is a newer one.
_LOCAL = {"ALLOW_IANA_RESTRICTED_ADDRESSES": "true", "DISABLE_VERSION_CHECK": "yes"}

TITLES = "h3.card__title a"
_REGEX = r"<a class=\"card__link\" href=\"[^\"]*\">([^<]*)</a>"


def environments() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "watcher-bench"


def installed(package: str) -> Path:
    """The folder of the programs of a peer, which is installed where it is not there. Raises Broken where it cannot
    be had."""
    folder = environments() / package
    if not (folder / "ready").exists():
        print(f"installing {package} …", file=sys.stderr)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for command in ([sys.executable, "-m", "venv", "--clear", str(folder)], [*pip, *PACKAGES[package]]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise Broken(f"cannot be installed: {(done.stderr or done.stdout).strip()[-300:]}")
        (folder / "ready").touch()
    return folder / "bin"


def urlwatch(folder: Path, urls: Sequence[str]) -> list[str]:
    """10 threads, as it has them; SQLite."""
    jobs = (f'url: "{url}"\nfilter:\n  - css: "{TITLES}"\n  - html2text: strip\n' for url in urls)
    (folder / "urls.yaml").write_text("---\n".join(jobs))
    (folder / "urlwatch.yaml").write_text("report:\n  stdout:\n    enabled: false\n")
    files = ("--urls", "urls.yaml", "--config", "urlwatch.yaml", "--cache", "cache.db", "--hooks", "hooks.py")
    return [str(installed("urlwatch") / "urlwatch"), *files]


def webchanges(folder: Path, urls: Sequence[str]) -> list[str]:
    """Threads and database as it chooses them."""
    jobs = (f'url: "{url}"\nfilters:\n  - css: "{TITLES}"\n  - html2text: strip_tags\n' for url in urls)
    (folder / "jobs.yaml").write_text("---\n".join(jobs))
    (folder / "config.yaml").write_text("report:\n  stdout:\n    enabled: false\n  browser:\n    enabled: false\n")
    files = ("--jobs", "jobs.yaml", "--config", "config.yaml", "--database", "cache.db", "--hooks", "hooks.py")
    return [str(installed("webchanges") / "webchanges"), *files]


def nvchecker_html(folder: Path, urls: Sequence[str]) -> list[str]:
    xpath = "//h3[contains(@class, 'card__title')]/a"
    return _nvchecker(folder, urls, f'source = "htmlparser"\nxpath = "{xpath}"')


def nvchecker_regex(folder: Path, urls: Sequence[str]) -> list[str]:
    return _nvchecker(folder, urls, f'source = "regex"\nregex = "{_REGEX}"')


def _nvchecker(folder: Path, urls: Sequence[str], source: str) -> list[str]:
    """20 requests at once, as it has them. It keeps the highest of the titles that it finds, and no validators."""
    entries = (f'[office-{number}]\n{source}\nurl = "{url}"\n' for number, url in enumerate(urls))
    head = '[__config__]\noldver = "new.json"\nnewver = "new.json"\n'
    (folder / "nvchecker.toml").write_text("\n".join((head, *entries)))
    return [str(installed("nvchecker") / "nvchecker"), "-c", "nvchecker.toml"]


class Changedetection:
    """A server, with its five workers; a sweep is its own "recheck all", from the request until its queue is empty and
    the origin has answered for each page. Its start is not counted, nor are its watches being added."""

    def __init__(self, folder: Path, urls: Sequence[str], answered: Callable[[], int]) -> None:
        self.folder, self.pages, self._answered = folder, len(urls), answered
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        program = [str(installed("changedetection.io") / "changedetection.io"), "-d", "data", "-C"]
        environment = {**os.environ, **_LOCAL}
        with (folder / "log.txt").open("wb") as log:
            settings: dict[str, Any] = {"cwd": folder, "stdout": log, "stderr": log}
            # A first start would watch two pages of the real web; one with -u does not.
            once = {**environment, "TESTING_SHUTDOWN_AFTER_DATASTORE_LOAD": "1"}
            subprocess.run([*program, "-u", urls[0]], env=once, check=True, **settings)
            # All paused: its own schedule stays out of what is measured; what we ask for is done all the same.
            command = [*program, "-h", "127.0.0.1", "-p", str(self.port), "-P", "true", "-l", "ERROR"]
            self._process = subprocess.Popen(command, env=environment, **settings)
        try:
            self._start(urls)
        except Exception:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def sweep(self) -> Took:
        """One "recheck all". Raises Broken where it does not come to an end."""
        time.sleep(SETTLE)
        used, began = self._cpu(), time.perf_counter()
        self._ask("watch?recheck_all=1")
        while (done := self._answered()) < self.pages or self._ask("systeminfo")["queue_size"]:
            if self._process.poll() is not None or time.perf_counter() - began > MOST:
                raise Broken(f"{done} of {self.pages} pages after {time.perf_counter() - began:.0f} s")
            time.sleep(0.1)
        return Took(wall=time.perf_counter() - began, cpu=self._cpu() - used, peak=self._peak())

    def _start(self, urls: Sequence[str]) -> None:
        settings = self.folder / "data" / "changedetection.json"
        self._wait(settings.exists)
        self._token = json.loads(settings.read_text())["settings"]["application"]["api_access_token"]
        self._wait(lambda: bool(self._ask("systeminfo")))
        self._ask(f"import?{urlencode({'include_filters': TITLES})}", "\n".join(urls).encode())
        self._wait(lambda: self._ask("systeminfo")["watch_count"] == len(urls))

    def _wait(self, done: Callable[[], bool]) -> None:
        for _ in range(600):
            if self._process.poll() is not None:
                break
            try:
                if done():
                    return
            except (OSError, HTTPException):
                pass
            time.sleep(0.1)
        raise Broken(f"does not start: {(self.folder / 'log.txt').read_text(errors='replace')[-300:]}")

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        for _ in range(50):
            status, said = self._answer(path, body)
            if status < 400:
                return json.loads(said)
            if status < 500 or body:
                break
            time.sleep(0.1)  # it counts its watches while it adds to them, and fails where the two meet
        raise Broken(f"{path[:40]}: {status} {said[:200]!r}")

    def _answer(self, path: str, body: bytes | None) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"x-api-key": self._token, "content-type": "text/plain"}
        connection.request("POST" if body else "GET", f"/api/v1/{path}", body, headers)
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        return answer.status, said

    def _cpu(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def _peak(self) -> float:
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


SETUPS: dict[str, Setup] = {
    "urlwatch": urlwatch,
    "webchanges": webchanges,
    "nvchecker-html": nvchecker_html,
    "nvchecker-regex": nvchecker_regex,
}
