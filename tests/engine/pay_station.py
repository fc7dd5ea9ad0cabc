"""A payment provider on the wire: it makes bills and tells of payments, and signs with a hand of its own.

What is signed, and how, is written out here once more, so that a mistake of ours is no mistake of both.
"""

import asyncio
import hmac
import json
import time
from base64 import b64decode, b64encode
from collections import deque
from hashlib import sha256
from itertools import count
from typing import Any, NamedTuple

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

SECRET = "whsec_" + b64encode(bytes(range(32))).decode()
OTHER_SECRET = "whsec_" + b64encode(bytes(range(1, 33))).decode()
LOST = (0, {})
"""As a verdict: the bill is made, and the line breaks before the answer."""


class Asked(NamedTuple):
    """A bill that was asked for."""

    id: str
    body: dict[str, Any]


def signature(secret: str, id: str, at: int, body: bytes) -> str:
    signed = f"{id}.{at}.".encode() + body
    key = b64decode(secret.removeprefix("whsec_"))
    return "v1," + b64encode(hmac.new(key, signed, sha256).digest()).decode()


def signed(body: bytes, *, secret: str = SECRET, id: str = "msg_1", at: int | None = None) -> dict[str, str]:
    """The headers of a call of the provider's."""
    at = int(time.time()) if at is None else at
    sign = signature(secret, id, at, body)
    return {"webhook-id": id, "webhook-timestamp": str(at), "webhook-signature": sign}


def news(order: int, status: str = "paid", *, amount: int, id: str = "pay_1", **given: Any) -> dict[str, Any]:
    return {"order": order, "status": status, "amount": amount, "currency": "USD", "id": id} | given


class PayStation:
    """`verdicts` are given to the next requests for bills, one each; then all is well again."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.urls: dict[str, str] = {}
        self.verdicts: deque[tuple[int, Any]] = deque()
        self._calls = count(1)
        app = web.Application()
        app.router.add_post("/bills", self._bill)
        self._server = TestServer(app, host="127.0.0.1")

    @property
    def address(self) -> str:
        return str(self._server.make_url("/bills"))

    @property
    def settings(self) -> dict[str, Any]:
        """What a shop enters to be paid here."""
        return {"address": self.address, "secret": SECRET}

    async def start(self) -> None:
        await self._server.start_server()

    async def stop(self) -> None:
        await self._server.close()

    async def tell(self, hook: str, told: dict[str, Any], **given: Any) -> tuple[int, Any]:
        """Tells a hook of a payment; status and body of its answer."""
        body = json.dumps(told).encode()
        headers = signed(body, **({"id": f"msg_{next(self._calls)}"} | given))
        async with ClientSession() as session, session.post(hook, data=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def _bill(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        id, at = request.headers["webhook-id"], int(request.headers["webhook-timestamp"])
        right = signature(SECRET, id, at, body)
        if not hmac.compare_digest(request.headers["webhook-signature"], right):
            return web.json_response({"error": "signature"}, status=401)
        assert abs(time.time() - at) < 300
        self.asked.append(Asked(id, json.loads(body)))
        url = self.urls.setdefault(id, f"https://pay.example/{len(self.urls) + 1}")
        verdict = self.verdicts.popleft() if self.verdicts else (200, {"url": url})
        if verdict == LOST:
            assert request.transport is not None
            request.transport.abort()
            await asyncio.sleep(0)
        return web.json_response(verdict[1], status=verdict[0] or 200)
