"""Recognising a bot check by all of an answer, whatever its status: by its page and by its headers."""

from __future__ import annotations

import httpx

from watcher import botcheck

_HEADERS = {"cf-mitigated": "challenge", "x-vercel-mitigated": "challenge", "x-amzn-waf-action": ""}


def recognised(headers: httpx.Headers, body: bytes) -> str:
    """The words that give a bot check away, "" where there are none."""
    is_html = "html" in headers.get("content-type", "html")
    return (botcheck.recognised(body) if is_html else "") or _in_headers(headers)


def _in_headers(headers: httpx.Headers) -> str:
    for name, value in _HEADERS.items():
        if name in headers and value in headers[name]:
            return f"{name}: {headers[name]}"
    return ""
