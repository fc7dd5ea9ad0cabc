"""A picture that the messenger does not take leaves the words: they arrive, and the loss is told."""

from typing import Any

import pytest

from engine.runtime import Engine
from tests.engine.shop_floor import Shop
from tests.messenger import REFUSED, Messenger, Verdict, slow_down

NO_PICTURE: Verdict = (
    400,
    {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: wrong file identifier/HTTP URL specified",
    },
)
PICTURE = {"kind": "image", "url": "https://shop.example/gone.jpg"}
PRICES = {"kind": "file", "url": "https://shop.example/prices.pdf", "name": "Prices"}
LOSS = (
    "The words were sent without what was to be shown with them, for the messenger refused it: "
    "Bad Request: wrong file identifier/HTTP URL specified"
)


def flow(*media: dict[str, str], text: str = "Our latte", menu: bool = True) -> dict[str, Any]:
    step: dict[str, Any] = {"id": "latte", "kind": "message", "text": text, "media": media}
    if menu:
        step["menu"] = [{"id": "1", "label": "Buy", "link": {"go": "restart"}}]
    return {"key": "main", "name": "Main", "start": "latte", "triggers": [{"on": "default"}], "steps": [step]}


async def answered(shop: Shop, engine: Engine, messenger: Messenger, *verdicts: Verdict) -> None:
    """Started, and as many requests made as there are verdicts."""
    messenger.verdicts.extend(verdicts)
    async with engine.working():
        await shop.start("7")
        await messenger.until(lambda: not messenger.verdicts)


TAKEN: Verdict = (200, {"ok": True, "result": {"message_id": 1}})


async def test_the_words_and_buttons_arrive_without_the_picture_and_the_loss_is_told(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([flow(PICTURE)])
    await answered(shop, engine, messenger, NO_PICTURE, TAKEN)
    assert [call.method for call in messenger.refused] == ["sendPhoto"]
    (sent,) = messenger.taken
    assert (sent.method, sent.text) == ("sendMessage", "Our latte")
    assert sent.body["reply_markup"]["inline_keyboard"][0][0]["text"] == "Buy"
    row = await shop.database.pool.fetchrow("SELECT status, problem FROM message WHERE direction = 2")
    assert row is not None
    assert (row["status"], row["problem"]) == ("sent", LOSS)
    assert await shop.count("outbox") == 0


async def test_a_file_that_is_refused_becomes_a_link(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([flow(PRICES, text="")])
    await answered(shop, engine, messenger, NO_PICTURE, TAKEN)
    assert messenger.texts() == ["Prices: https://shop.example/prices.pdf"]


async def test_a_wait_in_between_neither_loses_the_words_nor_says_them_twice(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([flow(PICTURE)])
    await answered(shop, engine, messenger, NO_PICTURE, slow_down(1), NO_PICTURE, TAKEN)
    assert messenger.texts() == ["Our latte"]


async def test_a_second_picture_arrives_though_the_first_is_refused(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([flow(PICTURE, PRICES, text="Our latte")])
    await answered(shop, engine, messenger, NO_PICTURE, TAKEN, TAKEN)
    assert [call.method for call in messenger.taken] == ["sendMessage", "sendDocument"]


@pytest.mark.parametrize("verdicts", [(REFUSED, REFUSED)], ids=["the words too"])
async def test_what_is_refused_without_the_picture_too_is_given_up(
    shop: Shop, engine: Engine, messenger: Messenger, verdicts: tuple[Verdict, ...]
) -> None:
    await shop.open([flow(PICTURE)])
    await answered(shop, engine, messenger, *verdicts)
    assert len(messenger.refused) == 2
    assert await shop.count("outbox", "dead") == 1
    assert await shop.count("message", "status = 'failed' AND problem LIKE '%too strange%'") == 1


async def test_a_picture_without_words_is_given_up_with_its_reason(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([flow(PICTURE, text="", menu=False)])
    await answered(shop, engine, messenger, NO_PICTURE)
    assert messenger.taken == []
    assert await shop.count("message", "status = 'failed' AND problem LIKE '%wrong file%'") == 1
