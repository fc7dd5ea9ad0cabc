"""A stand-in for the server of a language model: it speaks OpenAI's protocol, and keeps what it was asked."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from engine.completing import KEY_PLACE
from engine.store.language_models import month_of
from tests.engine.shop_floor import Shop

KEY = "sk-very-secret-0123456789"


def said(text: Any, asked: int = 10, answered: int = 5) -> bytes:
    """An answer as such servers give it."""
    return json.dumps(
        {
            "id": "cmpl-1",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": asked, "completion_tokens": answered},
        }
    ).encode()


class ModelServer:
    """Answers `status` and `body`, once it may."""

    def __init__(self) -> None:
        self.status = 200
        self.body = said("Hello!")
        self.questions: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.may = asyncio.Event()
        self.may.set()
        self.begun = asyncio.Event()
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._answer)
        self.server = TestServer(app, host="127.0.0.1")

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/v1"

    async def _answer(self, request: web.Request) -> web.Response:
        self.questions.append(await request.json())
        self.headers.append(dict(request.headers))
        self.begun.set()
        await self.may.wait()
        return web.Response(status=self.status, body=self.body)


async def choose(
    shop: Shop, base_url: str, *, limit: int | None = None, prices: tuple[int, int] = (0, 0)
) -> None:
    """The shop's model from now on, with the key."""
    pool = shop.database.pool
    id = await pool.fetchval(
        "INSERT INTO language_model (shop_id, base_url, model, price_in, price_out, monthly_limit)"
        " VALUES ($1, $2, 'small', $3, $4, $5) RETURNING id",
        shop.id,
        base_url,
        *prices,
        limit,
    )
    sealed = shop.engine.vault.seal(shop.id, KEY_PLACE, id, KEY.encode())
    await pool.execute("UPDATE language_model SET key = $2 WHERE shop_id = $1", shop.id, sealed)


async def spent(shop: Shop) -> tuple[int, int, int]:
    """Of this month: millionths of the smallest coin, tokens asked, tokens answered."""
    row = await shop.database.pool.fetchrow(
        "SELECT spent, tokens_in, tokens_out FROM language_model_spend WHERE shop_id = $1 AND month = $2",
        shop.id,
        month_of(datetime.now(UTC)),
    )
    return (row[0], row[1], row[2]) if row else (0, 0, 0)
