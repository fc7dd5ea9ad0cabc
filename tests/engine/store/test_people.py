"""People who talk with bots: found, changed beside running turns, and forgotten for good."""

import asyncio

import pytest

from engine.refusals import NotFound
from engine.store.bot_users import BotUser, BotUsers
from engine.store.bots import Bot, Bots
from engine.store.unit import Database
from flows.json_value import JSON
from tests.engine.store.conftest import Place

NAMES = {"100": "Ada Lovelace", "200": "100 % Ада", "300": "under_score"}
LEFT_BY_A_PERSON = {
    "message": {"seq": "1", "direction": "1", "status": "'sent'"},
    "timer": {"bot_id": "$3", "flow": "'f'", "step": "'s'", "token": "1", "run_at": "now()"},
    "call": {"bot_id": "$3", "flow": "'f'", "step": "'s'", "token": "1"},
    "outbox": {"bot_id": "$3", "seq": "1"},
    "lead": {"bot_id": "$3", "form": "'x'", "turn": "1"},
    "fault": {"flow": "'f'", "step": "'s'", "code": "'c'", "message": "'m'"},
}


async def leave_traces(database: Database, *places: Place) -> None:
    async with database.connection() as connection:
        for place in places:
            for table, row in LEFT_BY_A_PERSON.items():
                columns, values = ", ".join(row), ", ".join(row.values())
                await connection.execute(
                    f"INSERT INTO {table} (shop_id, bot_user_id, {columns}) SELECT $1, $2, {values} "
                    "WHERE $3::bigint > 0",
                    place.shop,
                    place.user,
                    place.bot,
                )


async def traces(database: Database, place: Place) -> set[str]:
    count = "SELECT count(*) FROM {} WHERE shop_id = $1 AND bot_user_id = $2"
    async with database.connection() as connection:
        tables = {
            t: await connection.fetchval(count.format(t), place.shop, place.user) for t in LEFT_BY_A_PERSON
        }
    return {table for table, rows in tables.items() if rows}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {"77", "100", "200", "300"}),
        ("lovelace", {"100"}),
        ("АДА", {"200"}),
        ("ada", {"77", "100"}),
        ("00", {"100", "200", "300"}),
        ("%", {"200"}),
        ("_", {"300"}),
        ("nobody", set()),
        ("'; DROP TABLE bot_user; --", set()),
    ],
)
async def test_people_are_found_by_name_and_by_their_messengers_id(
    database: Database, ours: Place, theirs: Place, text: str, found: set[str]
) -> None:
    async with database.unit() as unit:
        users = BotUsers(unit, ours.shop)
        for number, name in NAMES.items():
            await users.meet(BotUser(bot_id=ours.bot, messenger_user_id=number, variables={"name": name}))
        page = await users.search(100, text=text)
    assert {user.messenger_user_id for user in page.rows} == found
    assert page.count == len(found)


async def test_a_person_is_found_by_our_id_as_a_whole(database: Database, ours: Place) -> None:
    async with database.unit() as unit:
        page = await BotUsers(unit, ours.shop).search(100, text=str(ours.user))
        assert ours.user in {user.id for user in page.rows}


async def test_meeting_somebody_twice_is_meeting_him_once(database: Database, ours: Place) -> None:
    async def meet(name: str) -> int:
        async with database.unit() as unit:
            stranger = BotUser(bot_id=ours.bot, messenger_user_id="500", variables={"name": name})
            return (await BotUsers(unit, ours.shop).meet(stranger)).id

    first = await meet("first")
    assert set(await asyncio.gather(*(meet("again") for _ in range(4)))) == {first}
    async with database.unit() as unit:
        assert (await BotUsers(unit, ours.shop).get(first)).variables == {"name": "first"}


async def test_the_same_person_on_two_bots_is_two(database: Database, ours: Place) -> None:
    async with database.unit() as unit:
        second = await Bots(unit, ours.shop).add(Bot(kind="echo", name="second"))
        met = await BotUsers(unit, ours.shop).meet(BotUser(bot_id=second.id, messenger_user_id="77"))
        assert met.id != ours.user


async def test_a_turn_under_way_loses_against_a_change(database: Database, ours: Place) -> None:
    turn = "UPDATE bot_user SET tags = '{turn}' WHERE shop_id = $1 AND id = $2 AND version = 0"
    async with database.unit() as unit:
        user = await BotUsers(unit, ours.shop).hold(ours.user)
        user.tags = ["vip"]
    async with database.connection() as connection:
        assert await connection.execute(turn, ours.shop, ours.user) == "UPDATE 0"
    async with database.unit() as unit:
        assert (await BotUsers(unit, ours.shop).get(ours.user)).tags == ["vip"]


async def test_a_strangers_person_cannot_be_held_or_met(
    database: Database, ours: Place, theirs: Place
) -> None:
    async with database.unit() as unit:
        users = BotUsers(unit, ours.shop)
        with pytest.raises(NotFound):
            await users.hold(theirs.user)
        assert await users.by_messenger_id(theirs.bot, "77") is None


@pytest.mark.parametrize(("state", "taken"), [({}, False), ({"taken": True}, True), ({"taken": "no"}, False)])
async def test_who_has_the_conversation_is_read_out_of_its_state(
    database: Database, ours: Place, state: dict[str, JSON], taken: bool
) -> None:
    async with database.unit() as unit:
        (await BotUsers(unit, ours.shop).hold(ours.user)).state = state
    async with database.unit() as unit:
        assert (await BotUsers(unit, ours.shop).get(ours.user)).taken is taken


async def test_a_removed_person_leaves_no_trace_and_others_keep_theirs(
    database: Database, ours: Place, theirs: Place
) -> None:
    await leave_traces(database, ours, theirs)
    async with database.unit() as unit:
        await BotUsers(unit, ours.shop).remove(ours.user)
    assert await traces(database, ours) == set()
    assert await traces(database, theirs) == set(LEFT_BY_A_PERSON)
    async with database.unit() as unit:
        assert await BotUsers(unit, ours.shop).find(ours.user) is None


async def test_a_removed_bot_takes_its_conversations_along_and_leaves_the_leads(
    database: Database, ours: Place, theirs: Place
) -> None:
    await leave_traces(database, ours, theirs)
    async with database.unit() as unit:
        await Bots(unit, ours.shop).remove(ours.bot)
    assert await traces(database, ours) == {"lead", "fault"}
    assert await traces(database, theirs) == set(LEFT_BY_A_PERSON)
    async with database.unit() as unit:
        assert await BotUsers(unit, ours.shop).find(ours.user) is None
