"""A person looks through a shop and fills his cart through the whole engine, the database included."""

import json
from typing import Any

from tests.engine.shop_floor import Shop
from tests.engine.till_floor import sell

SELLING: dict[str, Any] = {
    "key": "main",
    "name": "Main",
    "start": "goods",
    "triggers": [{"on": "default"}, {"on": "keyword", "words": ["help"]}],
    "steps": [
        {
            "id": "goods",
            "kind": "catalogue",
            "cart": {"go": "forward", "to": "basket"},
            "empty": {"go": "forward", "to": "closed"},
        },
        {
            "id": "basket",
            "kind": "cart",
            "checkout": {"go": "forward", "to": "closed"},
            "back": {"go": "jump", "to": "goods"},
        },
        {"id": "closed", "kind": "message", "text": "Closed."},
    ],
}


async def said(shop: Shop) -> list[str]:
    """What the bot said, in its order."""
    rows = await shop.database.pool.fetch(
        "SELECT body->>'text' AS text FROM message WHERE shop_id = $1 AND direction = 2 ORDER BY seq", shop.id
    )
    return [row["text"] for row in rows]


async def cart(shop: Shop) -> dict[int, int]:
    kept = json.loads((await shop.user("7"))["cart"])
    return {line["variant"]: line["quantity"] for line in kept.get("lines", ())}


async def test_what_the_books_sell_comes_into_the_cart_and_never_more(shop: Shop) -> None:
    await shop.open([SELLING])
    tea = await sell(shop, stock=2)
    await sell(shop, stock=None, title="Mug")
    await shop.start("7")
    await shop.say("7", "tea")
    for _ in range(3):
        await shop.press("7", "main", "goods", f"-a{tea}", ack="x")
    assert await cart(shop) == {tea: 2}
    *_, card = await said(shop)
    assert card == "Tea\n\n$3.50 · left: 2\n\nIn your cart: 2"
    await shop.press("7", "main", "goods", "-cart")
    *_, seen = await said(shop)
    assert seen.endswith("Total: $7")


async def test_words_that_no_button_has_are_looked_for_unless_they_are_a_keyword(shop: Shop) -> None:
    await shop.open([SELLING])
    await sell(shop, stock=None, title="Mint 100% tea")
    await shop.start("7")
    for words in ("0% TEA", "gold", "help"):
        await shop.say("7", words)
    found, nothing, again = (await said(shop))[-3:]
    assert found.startswith("Found for «0% TEA»")
    assert nothing.startswith("Nothing was found for «gold»")
    assert again.startswith("What would you like?")


async def test_what_runs_out_while_it_lies_in_the_cart_is_told_before_it_is_ordered(shop: Shop) -> None:
    await shop.open([SELLING])
    tea, mug = await sell(shop, stock=2), await sell(shop, stock=1, title="Mug")
    await shop.start("7")
    await shop.press("7", "main", "goods", f"-a{tea}")
    await shop.press("7", "main", "goods", f"-a{mug}")
    await shop.press("7", "main", "goods", "-cart")
    await shop.database.pool.execute(
        "UPDATE variant SET stock = 0 WHERE shop_id = $1 AND id = $2", shop.id, mug
    )
    await shop.press("7", "main", "basket", "-order")
    *_, seen = await said(shop)
    assert seen.startswith("Mug · sold out\n\nYour cart:")
    assert await cart(shop) == {tea: 1}


async def test_a_button_of_a_persons_own_making_does_no_harm(shop: Shop) -> None:
    await shop.open([SELLING])
    await sell(shop, stock=2)
    await shop.start("7")
    for item in ("-a999999999999999999", "-p999999999999999999-9999", "-c999999999999999999-9999", "-s9999"):
        await shop.press("7", "main", "goods", item)
        await shop.press("7", "main", "basket", item)
    assert await cart(shop) == {}
    assert await shop.count("inbox") == 0
    assert (await shop.user("7"))["state"]["frames"][0]["step"] == "goods"


async def test_an_empty_shop_goes_on_by_its_exit(shop: Shop) -> None:
    await shop.open([SELLING])
    await shop.start("7")
    assert await said(shop) == ["Closed."]
