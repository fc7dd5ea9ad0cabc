"""Messages leave after the commit: in order, kept through outages, given up with a visible reason."""

from datetime import UTC, datetime

import pytest

from engine.runtime import Engine
from engine.store.unit import Database
from flows.events import Pressed
from tests.engine.conftest import Engines
from tests.engine.flows_for_tests import MENU
from tests.engine.shop_floor import Shop
from tests.messenger import BLOCKED, DOWN, REFUSED, UNAUTHORIZED, Messenger, Verdict, slow_down


async def test_what_the_bot_says_arrives_and_is_known_to_have_arrived(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([MENU])
    async with engine.working():
        await shop.start("7")
        await shop.say("7", "1")
        await messenger.until(lambda: len(messenger.texts("7")) == 3)
    assert messenger.texts("7") == ["Hello Ann", "Thanks", "Hello Ann"]
    assert await shop.count("outbox") == 0
    assert await shop.count("message", "direction = 2 AND status = 'sent' AND external_id <> ''") == 3


async def test_a_press_is_acknowledged_before_the_answer(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([MENU])
    async with engine.working():
        await shop.start("7")
        await shop.press("7", "main", "menu", "lead", ack="callback-1")
        await messenger.until(lambda: len(messenger.taken) == 4)
    assert [call.method for call in messenger.taken] == [
        "sendMessage",
        "answerCallbackQuery",
        "sendMessage",
        "sendMessage",
    ]


async def test_an_old_button_of_a_lost_flow_is_acknowledged_with_a_word(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([MENU])
    async with engine.working():
        await shop.hear("7", Pressed(999_999, "gone", "1"), ack="callback-1")
        await messenger.until(lambda: len(messenger.taken) == 1)
    assert messenger.taken[0].body["text"] == "This menu is out of date."


@pytest.mark.parametrize("verdict", [DOWN, slow_down(1)])
async def test_a_messenger_that_does_not_take_it_gets_it_again_in_order(
    shop: Shop, engine: Engine, messenger: Messenger, verdict: Verdict
) -> None:
    await shop.open([MENU])
    messenger.verdicts.append(verdict)
    async with engine.working():
        await shop.start("7")
        await shop.say("7", "1")
        await messenger.until(lambda: len(messenger.texts("7")) == 3)
    assert messenger.texts("7") == ["Hello Ann", "Thanks", "Hello Ann"]
    assert len(messenger.refused) == 1


async def test_a_messenger_that_is_down_loses_nothing(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([MENU])
    messenger.verdicts.extend([DOWN] * 3)
    for user in ("7", "8", "9"):
        await shop.start(user)
    async with engine.working():
        await messenger.until(lambda: len(messenger.refused) == 3)
        assert await shop.count("outbox") == 3
        await messenger.until(lambda: len(messenger.texts()) == 3)
    assert await shop.count("outbox") == 0


async def test_who_blocked_the_bot_is_written_to_no_more_until_he_returns(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([MENU])
    messenger.verdicts.append(BLOCKED)
    async with engine.working():
        await shop.start("7")
        await messenger.until(lambda: len(messenger.refused) == 1)
    async with engine.working():
        pass  # what was begun is finished
    assert not (await shop.user("7"))["reachable"]
    await shop.start("7")
    assert (await shop.user("7"))["reachable"]


async def test_a_message_that_is_refused_is_given_up_with_its_reason_and_the_next_one_goes(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([MENU])
    messenger.verdicts.append(REFUSED)
    async with engine.working():
        await shop.start("7")
        await messenger.until(lambda: len(messenger.refused) == 1)
        await shop.start("7")
        await messenger.until(lambda: len(messenger.taken) == 1)
    problem = await shop.database.pool.fetchval("SELECT problem FROM message WHERE status = 'failed'")
    assert "too strange" in problem
    assert await shop.count("outbox", "dead") == 1


async def test_a_token_that_is_refused_is_told_to_the_owner_and_keeps_the_messages(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([MENU])
    messenger.verdicts.append(UNAUTHORIZED)
    async with engine.working():
        await shop.start("7")
        await messenger.until(lambda: len(messenger.refused) == 1)
    assert await shop.database.pool.fetchval("SELECT problem FROM bot")
    assert await shop.count("outbox", "NOT dead") == 1


async def test_of_two_processes_one_delivers_and_the_other_takes_over(
    shop: Shop, engine: Engine, engines: Engines, dsn: str, messenger: Messenger
) -> None:
    await shop.open([MENU])
    users = [str(n) for n in range(30)]
    async with Database(dsn, connections=4) as second, engines(second) as other:
        async with engine.working(), other.working():
            for user in users:
                await shop.start(user)
            await messenger.until(lambda: len(messenger.texts()) >= 30)
        async with other.working():
            await shop.start("late")
            await messenger.until(lambda: "late" in {call.to for call in messenger.taken})
    assert sorted(call.to for call in messenger.taken) == sorted([*users, "late"])


async def test_what_waited_longer_than_a_day_is_given_up(
    shop: Shop, engine: Engine, messenger: Messenger
) -> None:
    await shop.open([MENU])
    await shop.start("7")
    await shop.database.pool.execute("UPDATE outbox SET created_at = $1", datetime(2026, 1, 1, tzinfo=UTC))
    messenger.verdicts.append(DOWN)
    async with engine.working():
        await messenger.until(lambda: len(messenger.refused) == 1)
    assert await shop.count("outbox", "dead") == 1
