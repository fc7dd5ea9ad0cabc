"""Who a visitor of the web chat is: nobody we know, but the same one as last time."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

LIFETIME = timedelta(days=365)
_ID_BYTES = 16
_LONGEST = 200
_PURPOSE = b"botique visitor of a web chat"


class Visitors:
    """Signs visitors' ids; the first of `keys` signs, all of them are believed.

    A token speaks for one visitor with one bot until it expires.  Who has it is that visitor: it must not
    be logged.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = [hmac.digest(key, _PURPOSE, "sha256") for key in keys]

    @staticmethod
    def newcomer() -> str:
        return token_urlsafe(_ID_BYTES)

    def token(self, bot_id: int, visitor: str, now: datetime) -> str:
        claim = f"{visitor}.{int((now + LIFETIME).timestamp())}"
        return f"{claim}.{_signature(self._keys[0], bot_id, claim)}"

    def visitor(self, bot_id: int, token: str, now: datetime) -> str | None:
        """Whose token it is; None if it is forged, expired, or for another bot."""
        claim, _, signature = token.rpartition(".")
        if len(token) > _LONGEST or not token.isascii():
            return None
        if not any(hmac.compare_digest(_signature(key, bot_id, claim), signature) for key in self._keys):
            return None
        visitor, _, expires = claim.rpartition(".")
        return visitor if int(expires) > now.timestamp() else None


def _signature(key: bytes, bot_id: int, claim: str) -> str:
    return urlsafe_b64encode(hmac.digest(key, f"{bot_id}.{claim}".encode(), sha256)).decode().rstrip("=")
