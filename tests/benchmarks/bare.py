"""The bare loop that all are held against: threads, one httpx client each, conditional requests; nothing is looked at.

`python -m tests.benchmarks.bare FILE [--threads 16]`; FILE has a line for each page: its address and its validators,
parted by tabs, which are written there anew.
"""

from __future__ import annotations

import argparse
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

_mine = threading.local()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--threads", type=int, default=16)
    given = parser.parse_args()
    rows = [[*line.split("\t"), "", ""][:3] for line in given.file.read_text().splitlines()]
    with ThreadPoolExecutor(given.threads) as pool:
        answers = list(pool.map(_fetched, rows))
    given.file.write_text(
        "".join("\t".join((url, *heads)) + "\n" for (url, *_), (_, *heads) in zip(rows, answers, strict=True))
    )
    print(dict(Counter(status for status, *_ in answers)))


def _fetched(row: list[str]) -> tuple[int, str, str]:
    client: httpx.Client | None = getattr(_mine, "client", None)
    if client is None:
        client = _mine.client = httpx.Client()
    url, etag, since = row
    headers = {"if-none-match": etag, "if-modified-since": since} if etag else {}
    answer = client.get(url, headers=headers)
    return answer.status_code, answer.headers.get("etag", ""), answer.headers.get("last-modified", "")


if __name__ == "__main__":
    main()
