"""The language of a bot user: told by his messenger when he comes, and his own choice after that."""

from typing import Any

from msgspec.structs import replace

from flows.events import Event, Said, Started
from tests.engine.shop_floor import Shop, update

FLOW: dict[str, Any] = {
    "key": "main",
    "name": "Main",
    "language": "en",
    "start": "hello",
    "triggers": [{"on": "default"}],
    "steps": [
        {
            "id": "hello",
            "kind": "message",
            "text": "Hello",
            "menu": [{"id": "es", "label": "Español", "link": {"go": "forward", "to": "switch"}}],
        },
        {
            "id": "switch",
            "kind": "operation",
            "operations": [{"do": "set_language", "language": "es"}],
            "next": {"go": "jump", "to": "hello"},
        },
    ],
    "translations": {"ru": {"hello.text": "Привет"}, "es": {"hello.text": "Hola"}},
}


async def hear(shop: Shop, user: str, event: Event, lang_code: str) -> None:
    told = replace(update(user, event), lang_code=lang_code)
    await shop.engine.receive(shop.id, shop.bot_id, [told])


async def said(shop: Shop) -> list[str]:
    rows = await shop.database.pool.fetch(
        "SELECT body->>'text' AS text FROM message WHERE direction = 2 ORDER BY bot_user_id, seq"
    )
    return [row["text"] for row in rows]


async def test_what_a_user_chose_outlives_what_his_messenger_says(shop: Shop) -> None:
    await shop.open([FLOW])
    await hear(shop, "7", Started(), "ru")
    await hear(shop, "7", Said("Español"), "ru")
    assert (await shop.user("7"))["lang_code"] == "es"
    await hear(shop, "7", Started(), "ru")
    assert await said(shop) == ["Привет", "Hola", "Hola"]


async def test_everybody_is_spoken_to_in_his_own_language(shop: Shop) -> None:
    await shop.open([FLOW])
    for user, lang_code in enumerate(("ru", "", "de", "es-MX")):
        await hear(shop, str(user), Started(), lang_code)
    assert await said(shop) == ["Привет", "Hello", "Hello", "Hola"]
    assert (await shop.user("3"))["lang_code"] == "es-MX"
