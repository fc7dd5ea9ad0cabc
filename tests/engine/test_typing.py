"""«Typing…» is shown and what follows waits, in the outbox: neither the turn nor anybody else does."""

from functools import partial
from typing import Any

from engine.runtime import Engine
from tests.engine.shop_floor import Shop
from tests.messenger import REFUSED, Messenger


def typing(seconds: float) -> dict[str, Any]:
    """A flow that says something, types, and says more; then it ends."""
    return {
        "key": "main",
        "name": "Main",
        "start": "before",
        "triggers": [{"on": "default"}],
        "steps": [
            {"id": "before", "kind": "message", "text": "Before", "next": {"go": "forward", "to": "types"}},
            {"id": "types", "kind": "typing", "seconds": seconds, "next": {"go": "forward", "to": "after"}},
            {"id": "after", "kind": "message", "text": "After"},
        ],
    }


def done(messenger: Messenger, to: str = "7") -> list[str]:
    """What came for a user: texts, and the actions that are shown."""
    return [str(call.body.get("action", call.text)) for call in messenger.taken if call.to == to]


def shown(messenger: Messenger, times: int) -> bool:
    return done(messenger).count("typing") == times


async def waiting(shop: Shop) -> list[tuple[str, bool]]:
    """What is still in the outbox, and whether it must wait."""
    rows = await shop.database.pool.fetch(
        "SELECT body ->> 'do' AS what, not_before > now() AS later FROM outbox WHERE NOT dead ORDER BY id"
    )
    return [(row["what"], row["later"]) for row in rows]


async def time_passes(shop: Shop) -> None:
    await shop.database.pool.execute("UPDATE outbox SET not_before = now()")


async def test_typing_is_shown_between_two_messages(shop: Shop, engine: Engine, messenger: Messenger) -> None:
    await shop.open([typing(0.5)])
    async with engine.working():
        await shop.start("7")
        await messenger.until(lambda: "After" in messenger.texts("7"))
    assert done(messenger) == ["Before", "typing", "After"]
    assert await shop.count("outbox") == 0


async def test_what_follows_waits_until_it_was_shown_for_long_enough(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([typing(10)])
    await shop.start("7")
    for times in (1, 2, 3):
        async with engine.working():
            await messenger.until(partial(shown, messenger, times))
        assert await waiting(shop) == [("typing", True), ("send", False)]
        await time_passes(shop)
    async with engine.working():
        await messenger.until(lambda: "After" in messenger.texts("7"))
    assert done(messenger) == ["Before", "typing", "typing", "typing", "After"]


async def test_only_his_own_conversation_waits(shop: Shop, engine: Engine, messenger: Messenger) -> None:
    await shop.open([typing(10)])
    await shop.start("7")
    async with engine.working():
        await messenger.until(lambda: "typing" in done(messenger))
        await shop.start("8")
        await messenger.until(lambda: "typing" in done(messenger, "8"))
    assert done(messenger) == ["Before", "typing"]


async def test_what_he_says_meanwhile_is_heard_and_answered_in_order(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([typing(0.5)])
    async with engine.working():
        await shop.start("7")
        await messenger.until(lambda: "typing" in done(messenger))
        await shop.start("7")
        await messenger.until(lambda: messenger.texts("7").count("After") == 2)
    assert done(messenger) == ["Before", "typing", "After"] * 2


async def test_a_messenger_that_does_not_take_it_gets_the_next_message_all_the_same(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([typing(0.5)])
    messenger.verdicts.extend([(200, {"ok": True, "result": {"message_id": 1}}), REFUSED])
    async with engine.working():
        await shop.start("7")
        await messenger.until(lambda: "After" in messenger.texts("7"))
    assert [call.method for call in messenger.refused] == ["sendChatAction"]
    assert await shop.count("outbox") == 0


async def test_typing_is_no_message(shop: Shop, engine: Engine, messenger: Messenger) -> None:
    await shop.open([typing(0.5)])
    async with engine.working():
        await shop.start("7")
        await messenger.until(lambda: "After" in messenger.texts("7"))
    told = await shop.database.pool.fetch(
        "SELECT body ->> 'text' AS text, status, external_id FROM message WHERE direction = 2 ORDER BY seq"
    )
    assert [tuple(row) for row in told] == [("Before", "sent", "1"), ("After", "sent", "3")]
