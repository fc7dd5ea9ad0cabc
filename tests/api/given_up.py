"""Messages that were given up, as a partner's program sees them."""

import asyncio
from collections.abc import Sequence
from typing import Any

from tests.api.floor import COFFEE, launch, publish
from tests.api.partner import Partner

LETTERS = "/api/bot/dead_letters/"
ALL = f"{LETTERS}send_again/"
WHY = "Bad Request: message is too strange"


async def open_up(partner: Partner, shop_id: int) -> dict[str, Any]:
    """A bot that greets people."""
    await publish(partner, shop_id, COFFEE)
    return await launch(partner, shop_id)


async def letters(partner: Partner, shop_id: int, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await partner.get(LETTERS, shop_id=shop_id, **query)).result["results"]
    return found


async def until_given_up(partner: Partner, shop_id: int, count: int = 1) -> list[dict[str, Any]]:
    async with asyncio.timeout(60):
        while len(found := await letters(partner, shop_id)) < count:
            pass
    return found


async def said(partner: Partner, person: dict[str, Any]) -> list[tuple[str, str | None]]:
    """What became of what the bot said to somebody, the latest first."""
    shop_id, chat = person["shop_id"], person["id"]
    found = (await partner.get("/api/bot/messages/", shop_id=shop_id, chat=chat)).result["results"]
    return [(one["status"], one["problem"]) for one in found if one["direction"] == 2]


async def tell(partner: Partner, person: dict[str, Any], texts: Sequence[str]) -> None:
    for text in texts:
        word = {"bot_user_id": person["id"], "payload": {"text": text}}
        assert (await partner.post("/api/bot/messages/send_message/", word)).result
