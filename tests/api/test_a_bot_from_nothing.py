"""The thinnest whole path: log in, open a shop, draw a flow, publish it, connect a bot, be answered."""

from engine.runtime import Engine
from tests.api.floor import COFFEE, hook, launch, publish, update
from tests.api.partner import Partner
from tests.messenger import Messenger


async def test_what_a_partner_drew_answers_on_telegram_and_brings_a_lead(
    ann: Partner, shop_id: int, engine: Engine, messenger: Messenger
) -> None:
    await publish(ann, shop_id, COFFEE)
    bot = await launch(ann, shop_id)
    assert bot["status"] == 5
    assert bot["tg_bot_nickname"] == "test_bot"
    for text in ("/start", "Order", "Ann of Green Gables"):
        taken = await hook(ann, engine, bot, update(7, text))
        assert (taken.status, taken.body) == (200, {"ok": True})
    async with engine.working():
        await messenger.until(lambda: len(messenger.texts("7")) == 2)
    assert messenger.texts("7") == ["Welcome!", "Your name?"]
    users = (await ann.get("/api/bot/bot_users/", shop_id=shop_id)).result
    assert [user["messenger_user_id"] for user in users["results"]] == ["7"]
    (lead,) = (await ann.get("/api/store/leads/", shop_id=shop_id)).result["results"]
    assert lead["values"] == {"customer": "Ann of Green Gables"}
    assert lead["status"] == "new"
    assert lead["bot_user"]["id"] == users["results"][0]["id"]
