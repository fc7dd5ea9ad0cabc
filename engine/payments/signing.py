"""Calls that prove who made them: the Standard Webhooks specification, version 1, both ways.

The signature covers the call's id, the moment and the very bytes of the body.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest, digest

PREFIX = "whsec_"
TOLERANCE_SECONDS = 300
"""How far a call's clock may be from ours, either way."""
_LEAST_BYTES, _MOST_BYTES = 24, 64


def key_of(secret: str) -> bytes:
    """The key that a secret spells.  Raises ValueError, which does not show it."""
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a secret is written in base64") from None
    if not secret.startswith(PREFIX) or not _LEAST_BYTES <= len(key) <= _MOST_BYTES:
        raise ValueError(f"a secret is {PREFIX} and {_LEAST_BYTES} to {_MOST_BYTES} bytes in base64")
    return key


def sign(key: bytes, id: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of a call made `at` (Unix seconds)."""
    return {
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{_signature(key, id, str(at), body)}",
    }


def is_genuine(key: bytes, headers: Mapping[str, str], body: bytes, now: int) -> bool:
    """Whether one of the signatures is right and the call is of now.  Header names are lower case."""
    id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    shown = headers.get("webhook-signature", "").encode("utf-8", "surrogatepass")
    # Signed with an empty id or a strange moment it would still be the signature of another call.
    if not id or "." in id or not (at.isascii() and at.isdecimal() and len(at) < 12):
        return False
    right = f"v1,{_signature(key, id, at, body)}".encode()
    found = False
    for one in shown.split(b" "):
        found |= compare_digest(one, right)
    return found and abs(now - int(at)) <= TOLERANCE_SECONDS


def _signature(key: bytes, id: str, at: str, body: bytes) -> str:
    signed = b".".join((id.encode("utf-8", "surrogatepass"), at.encode(), body))
    return b64encode(digest(key, signed, sha256)).decode()
