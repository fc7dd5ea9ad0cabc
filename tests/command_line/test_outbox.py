"""What was given up, seen and sent again from the command line."""

from pathlib import Path
from typing import NamedTuple

import pytest

from engine.store.accounts import Account, Accounts
from engine.store.bot_users import BotUser, BotUsers
from engine.store.bots import Bot, Bots
from engine.store.messages import TO_USER, Message, Messages
from engine.store.shops import Shop, Shops
from engine.store.unit import Database
from flows.json_value import JSON
from tests.command_line.program import Program


class Lost(NamedTuple):
    """A shop whose bot could not deliver a bill and two messages."""

    shop: str
    bot: int
    person: int
    bill: int
    first: int
    second: int


@pytest.fixture
def botique(folder: Path, dsn: str) -> Program:
    return Program(folder, DATABASE_URL=dsn)


@pytest.fixture
async def lost(database: Database) -> Lost:
    said: list[dict[str, JSON]] = [
        {"do": "invoice", "text": "Latte"},
        {"do": "send", "text": "Hello\tAnn"},
        {"do": "send", "text": "Your order\nis ready"},
    ]
    async with database.unit() as unit:
        account = await Accounts(unit).add(Account(email="bea@example.com", password_hash=""))
        shop = (await Shops(unit).open(account.id, Shop(name="Bea's Bread"))).id
        bot = (await Bots(unit, shop).add(Bot(kind="telegram", name="Bea"))).id
        person = (await BotUsers(unit, shop).add(BotUser(bot_id=bot, messenger_user_id="7"))).id
        for seq, body in enumerate(said, 1):
            message = Message(bot_user_id=person, seq=seq, direction=TO_USER, body=body, status="failed")
            await Messages(unit, shop).send(message, bot)
    await database.pool.execute("UPDATE outbox SET dead = true, problem = 'Too strange'")
    ids = await database.pool.fetch("SELECT id FROM outbox ORDER BY id")
    return Lost(str(shop), bot, person, *(row["id"] for row in ids))


async def waiting(database: Database) -> list[int]:
    """What waits to be sent, by the numbers of the messages."""
    rows = await database.pool.fetch("SELECT seq FROM outbox WHERE NOT dead ORDER BY id")
    return [row["seq"] for row in rows]


def test_a_shop_sees_what_was_given_up_and_why(botique: Program, lost: Lost) -> None:
    told = botique("outbox", "list", lost.shop)
    assert told.code == 0, told.err
    lines = [line.split("\t") for line in told.out.splitlines()]
    assert [int(line[0]) for line in lines] == [lost.second, lost.first, lost.bill]
    assert lines[0][1:3] == [str(lost.bot), str(lost.person)]
    assert [line[4:] for line in lines[:2]] == [
        ["Too strange", "Your order is ready"],
        ["Too strange", "Hello Ann"],
    ]
    assert "3 x Too strange" in told.err
    other = botique("outbox", "list", lost.shop, "--bot", str(lost.bot + 1))
    assert (other.code, other.out, other.err) == (0, "", "No message was given up.\n")


async def test_those_that_are_named_are_sent_again(botique: Program, lost: Lost, database: Database) -> None:
    named = [str(lost.second), str(lost.first), str(lost.second)]
    told = botique("outbox", "resend", lost.shop, *named)
    assert (told.code, told.err) == (0, "On their way again: 2.\n")
    assert await waiting(database) == [2, 3]
    again = botique("outbox", "resend", lost.shop, str(lost.first))
    assert again.code == 1
    assert again.err.startswith(f"{lost.first}: there is no such message")


async def test_all_are_sent_again_but_bills(botique: Program, lost: Lost, database: Database) -> None:
    told = botique("outbox", "resend", lost.shop, "--all")
    assert (told.code, told.out) == (0, "")
    assert told.err == "On their way again: 2.\nBills, which are not sent twice: 1.\n"
    assert await waiting(database) == [2, 3]


@pytest.mark.parametrize(
    ("typed", "code", "advice"),
    [
        (["resend", "{shop}"], 2, "or give --all"),
        (["resend", "{shop}", "{first}", "--all"], 2, "or give --all"),
        (["resend", "{shop}", "{first}", "{bill}"], 1, "a bill is not sent twice"),
        (["resend", "999", "--all"], 1, "no such shop"),
        (["resend", "999", "{first}"], 1, "no such shop"),
        (["list", "999"], 1, "no such shop"),
    ],
)
async def test_what_cannot_be_sent_again_is_told_and_nothing_is(
    botique: Program, lost: Lost, database: Database, typed: list[str], code: int, advice: str
) -> None:
    told = botique("outbox", *(word.format(**lost._asdict()) for word in typed))
    assert (told.code, told.out) == (code, "")
    assert advice in told.err
    assert await waiting(database) == []
