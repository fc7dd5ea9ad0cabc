"""What a shop is made of in these tests, all of it made through the door."""

from itertools import count
from typing import Any

from engine.runtime import Engine
from engine.store.orders import Order, Orders
from engine.store.unit import Database
from tests.api.partner import Answer, Partner

TOKEN = "42:TEST"
COFFEE: dict[str, Any] = {
    "key": "coffee",
    "name": "Coffee",
    "start": "welcome",
    "triggers": [{"on": "default"}],
    "steps": [
        {
            "id": "welcome",
            "kind": "message",
            "text": "Welcome!",
            "menu": [
                {"id": "order", "label": "Order", "link": {"go": "forward", "to": "name"}},
                {"id": "again", "label": "Again", "link": {"go": "restart"}},
            ],
        },
        {
            "id": "name",
            "kind": "ask_text",
            "question": "Your name?",
            "variable": "customer",
            "next": {"go": "forward", "to": "lead"},
        },
        {"id": "lead", "kind": "capture_lead", "form": "order", "fields": [{"variable": "customer"}]},
    ],
}

_updates = count(1)


async def draw(partner: Partner, shop_id: int, document: dict[str, Any]) -> dict[str, Any]:
    """A flow with this draft."""
    new = {"shop_id": shop_id, "name": document["name"], "key": document["key"]}
    flow: dict[str, Any] = (await partner.post("/api/bot/flows/", new)).result
    draft = {"base_revision": flow["draft_revision"], "document": document}
    assert (await partner.put(f"/api/bot/flow/{flow['id']}/draft/", draft)).result
    return flow


async def publish(partner: Partner, shop_id: int, document: dict[str, Any]) -> dict[str, Any]:
    """A flow that talks to people."""
    flow = await draw(partner, shop_id, document)
    assert (await partner.post(f"/api/bot/flow/{flow['id']}/publish/")).result
    return flow


async def connect(partner: Partner, shop_id: int) -> dict[str, Any]:
    """A Telegram bot, not started yet."""
    new = {"shop_id": shop_id, "kind": "telegram", "name": "Barista", "credentials": {"token": TOKEN}}
    bot: dict[str, Any] = (await partner.post("/api/bot/bots/", new)).result
    return bot


async def launch(partner: Partner, shop_id: int) -> dict[str, Any]:
    """A Telegram bot that is started."""
    bot = await connect(partner, shop_id)
    started: dict[str, Any] = (await partner.post(f"/api/bot/bot/{bot['id']}/start/")).result
    return started


def update(user: int, text: str, number: int = 0) -> dict[str, Any]:
    """What Telegram brings when somebody writes; without `number` something new."""
    who = {"id": user, "is_bot": False, "first_name": "Ann", "last_name": "Smith", "language_code": "en"}
    number = number or next(_updates)
    chat = {"id": user, "type": "private"}
    message = {"message_id": number, "date": 1_700_000_000, "from": who, "chat": chat, "text": text}
    return {"update_id": number, "message": message}


async def hook(partner: Partner, engine: Engine, bot: dict[str, Any], body: Any, **given: Any) -> Answer:
    """A webhook call with the right secret."""
    secret = (await engine.connections.of(bot["shop_id"], bot["id"])).secret
    headers = {"x-telegram-bot-api-secret-token": secret}
    sent = {"data": body} if isinstance(body, bytes) else {"json": body}
    return await partner.ask(
        "POST", f"/hooks/{bot['shop_id']}/{bot['id']}/", headers=headers, **sent, **given
    )


async def meet(partner: Partner, engine: Engine, bot: dict[str, Any], user: int = 1) -> dict[str, Any]:
    """Somebody who has started the bot, as the API shows him."""
    assert (await hook(partner, engine, bot, update(user, "/start"))).status == 200
    found = await partner.get("/api/bot/bot_users/", shop_id=bot["shop_id"], search=str(user))
    person: dict[str, Any] = found.result["results"][0]
    return person


async def ordered(database: Database, user: dict[str, Any], number: int = 1, **given: Any) -> int:
    """The id of an order of his, as a turn leaves it."""
    item = {"variant": 3, "product": 2, "title": "Tea, black", "price": 350, "quantity": 2}
    plain = {"items": [item], "currency": "USD", "subtotal": 700, "total": 1000, "turn": number, **given}
    async with database.unit() as unit:
        order = Order(number=number, bot_user_id=user["id"], bot_id=user["bot"]["id"], **plain)
        return (await Orders(unit, user["shop_id"]).add(order)).id


async def give_up(database: Database, shop_id: int, problem: str = "Too strange") -> list[int]:
    """All that waits in the shop's outbox is given up; the ids of what it was."""
    rows = await database.pool.fetch(
        "WITH dead AS ("
        " UPDATE outbox SET dead = true, problem = $2 WHERE shop_id = $1 AND NOT dead RETURNING *"
        "), told AS ("
        " UPDATE message m SET status = 'failed', problem = $2 FROM dead d"
        " WHERE m.shop_id = d.shop_id AND m.bot_user_id = d.bot_user_id AND m.seq = d.seq"
        " AND m.direction = 2)"
        " SELECT id FROM dead ORDER BY id",
        shop_id,
        problem,
    )
    return [row["id"] for row in rows]
