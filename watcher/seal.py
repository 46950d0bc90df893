"""Words that go out and come back as we sent them: a token that nobody makes without the home's secret."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

_MARK = 16  # bytes of HMAC-SHA256 (RFC 2104 §5): no shorter than half of it


def sealed(secret: bytes, purpose: str, *words: str) -> str:
    """A token for these words, of letters that an address holds as they are. One for another purpose is none."""
    told = "\0".join(words).encode()
    mark = hmac.new(secret, f"{purpose}\0".encode() + told, hashlib.sha256).digest()[:_MARK]
    return base64.urlsafe_b64encode(mark + told).decode().rstrip("=")


def opened(secret: bytes, purpose: str, token: str) -> tuple[str, ...] | None:
    """The words of a token; None for one that we did not make."""
    try:
        words = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[_MARK:].decode().split("\0")
    except (binascii.Error, ValueError):
        return None
    # The whole text, not its bytes: base64 has several spellings of the same ones.
    return tuple(words) if hmac.compare_digest(token.encode(), sealed(secret, purpose, *words).encode()) else None
