"""Bot users, their variables and tags, and what a program may do with them."""

import asyncio
from typing import Any

import pytest

from engine.runtime import Engine
from engine.store.unit import Database
from tests.api.floor import COFFEE, hook, launch, meet, publish, update
from tests.api.partner import Partner
from tests.messenger import Messenger

USERS = "/api/bot/bot_users/"
FIELDS = "/api/store/custom_fields/"
DO = "/api/bot/bot_user/"
DELAYED: dict[str, Any] = {
    "key": "later",
    "name": "Later",
    "start": "soon",
    "steps": [
        {"id": "soon", "kind": "message", "text": "Soon", "next": {"go": "forward", "to": "wait"}},
        {"id": "wait", "kind": "delay", "days": 1, "next": {"go": "forward", "to": "then"}},
        {"id": "then", "kind": "message", "text": "Then"},
    ],
}


@pytest.fixture
async def flow(ann: Partner, shop_id: int) -> dict[str, Any]:
    return await publish(ann, shop_id, COFFEE)


@pytest.fixture
async def bot(ann: Partner, shop_id: int, flow: dict[str, Any]) -> dict[str, Any]:
    return await launch(ann, shop_id)


@pytest.fixture
async def user(ann: Partner, engine: Engine, bot: dict[str, Any]) -> dict[str, Any]:
    return await meet(ann, engine, bot, 7)


async def test_a_person_is_shown_as_the_reference_shows_him(
    ann: Partner, bot: dict[str, Any], flow: dict[str, Any], user: dict[str, Any]
) -> None:
    assert user["bot"] == {"id": bot["id"], "name": "Barista", "bot_type": 1}
    assert user["messenger_user_id"] == "7"
    assert user["created_at"][2] == user["created_at"][5] == "."
    assert user["created_at"][10:13] == " - "
    store = user["store"]
    assert store["id_in_messenger"] == "7"
    assert store["subscribed_to_bot"] is True
    assert store["active_flows"] == [{"id": flow["id"], "name": "Coffee", "current": True}]
    assert store["saved_bank_cards"] == []
    assert (await ann.get(f"{USERS}{user['id']}/")).result == user


async def test_people_are_found_by_name_messenger_id_and_number(
    ann: Partner, shop_id: int, engine: Engine, bot: dict[str, Any], user: dict[str, Any]
) -> None:
    other = await meet(ann, engine, bot, 4711)
    await ann.patch(f"{USERS}{other['id']}/", {"name": "Gilbert"})
    for text in ("gilb", "4711", str(other["id"])):
        found = (await ann.get(USERS, shop_id=shop_id, search=text)).result["results"]
        assert other["id"] in [one["id"] for one in found], text
    assert (await ann.get(USERS, shop_id=shop_id, updated_at__gt=4_000_000_000)).result["count"] == 0
    assert (await ann.get(USERS, shop_id=shop_id, updated_at__gt=1)).result["count"] == 2


async def test_ht_08_patching_one_variable_keeps_the_others(
    ann: Partner, shop_id: int, user: dict[str, Any]
) -> None:
    path = f"{USERS}{user['id']}/"
    await ann.patch(path, {"store": {"user_vars": {"goods": 5, "size": "XL"}}}, shop_id=shop_id)
    changed = (await ann.patch(path, {"store": {"user_vars": {"goods": 6}}}, shop_id=shop_id)).result
    assert changed["store"]["user_vars"] | {"goods": 6, "size": "XL"} == changed["store"]["user_vars"]
    removed = (await ann.patch(path, {"store": {"user_vars": {"size": None}}})).result
    assert "size" not in removed["store"]["user_vars"]
    assert removed["store"]["user_vars"]["goods"] == 6


async def test_ht_09_the_list_of_tags_is_replaced(ann: Partner, shop_id: int, user: dict[str, Any]) -> None:
    path = f"{USERS}{user['id']}/"
    vip = (await ann.post("/api/store/tags/", {"shop_id": shop_id, "name": "vip"})).result
    one = (await ann.patch(path, {"store": {"tags": [{"id": vip["id"]}]}})).result
    assert one["store"]["tags"] == [vip]
    two = (await ann.patch(path, {"store": {"tags": [{"name": "new"}, {"name": "new"}]}})).result
    assert [tag["name"] for tag in two["store"]["tags"]] == ["new"]
    kept = (await ann.patch(path, {"name": "Anna"})).result
    assert [tag["name"] for tag in kept["store"]["tags"]] == ["new"]
    assert (await ann.patch(path, {"store": {"tags": []}})).result["store"]["tags"] == []


async def test_a_tag_of_another_shop_is_none(
    ann: Partner, bob: Partner, shop_id: int, user: dict[str, Any]
) -> None:
    other = (await bob.post("/api/shop/shops/", {"name": "Other"})).result
    foreign = (await bob.post("/api/store/tags/", {"shop_id": other["id"], "name": "vip"})).result
    refused = await ann.patch(f"{USERS}{user['id']}/", {"store": {"tags": [{"id": foreign["id"]}]}})
    assert refused.status == 422


async def test_what_a_program_may_write_of_a_person_is_written(ann: Partner, user: dict[str, Any]) -> None:
    change = {
        "state": {"crm": {"id": 9}},
        "lang_code": "ru",
        "name": "Anna",
        "avatar_url": "https://shop.example/a.png",
        "messager_user_url": "https://t.me/anna",
    }
    changed = (await ann.patch(f"{USERS}{user['id']}/", change)).result
    assert {name: changed[name] for name in change} == change
    assert changed["messenger_user_url"] == "https://t.me/anna"
    assert changed["store"]["name"] == "Anna"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a number that is a text": ({"store": {"user_vars": {"goods": "five"}}}, "store.user_vars.goods"),
    "a number that is a yes": ({"store": {"user_vars": {"goods": True}}}, "store.user_vars.goods"),
    "a variable of the system": ({"store": {"user_vars": {"channel": "x"}}}, "store.user_vars.channel"),
    "a name that is no name": ({"store": {"user_vars": {"a b": 1}}}, "store.user_vars.a b"),
    "another bot": ({"bot": {"id": 1}}, "bot"),
    "a shop": ({"shop_id": 1}, "shop_id"),
    "the engine's own": ({"version": 0}, "version"),
    "nobody's field of the card": ({"store": {"id": 3}}, "store.id"),
    "no name at all": ({"name": None}, "name"),
    "a page that is nowhere": ({"messager_user_url": None}, "messager_user_url"),
    "a tag of nothing": ({"store": {"tags": [{}]}}, "store.tags"),
}


async def test_what_a_program_may_not_write_of_a_person_is_refused_by_field(
    ann: Partner, shop_id: int, user: dict[str, Any]
) -> None:
    await ann.post(FIELDS, {"shop_id": shop_id, "name": "goods", "dtype": {"id": "number"}})
    for name, (change, field) in WRONG.items():
        refused = await ann.patch(f"{USERS}{user['id']}/", change)
        assert refused.status == 422, name
        assert [one.removesuffix(".[key]") for one in refused.errors] == [field], name
    assert (await ann.get(f"{USERS}{user['id']}/")).result == user


async def test_turns_and_programs_that_write_at_once_lose_nothing(
    ann: Partner, engine: Engine, bot: dict[str, Any], user: dict[str, Any]
) -> None:
    path = f"{USERS}{user['id']}/"
    writes = [ann.patch(path, {"store": {"user_vars": {f"v{n}": n}}}) for n in range(12)]
    says = [hook(ann, engine, bot, update(7, text)) for text in ("Order", "Anna")]
    answers = await asyncio.gather(*writes, *says)
    assert {answer.status for answer in answers} == {200}
    known = (await ann.get(path)).result["store"]["user_vars"]
    assert {f"v{n}": n for n in range(12)}.items() <= known.items()
    assert known["customer"] == "Anna"


async def test_ht_10_and_ht_11_a_variable_keeps_its_type_and_has_a_latin_name(
    ann: Partner, shop_id: int
) -> None:
    new = {"shop_id": shop_id, "name": "goods", "dtype": {"id": "number"}, "description": "How many"}
    made = (await ann.post(FIELDS, new)).result
    assert made["dtype"] == {"id": "number", "name": "Number"}
    retyped = await ann.patch(f"{FIELDS}{made['id']}/", {"shop_id": shop_id, "dtype": {"id": "text"}})
    assert (retyped.status, list(retyped.errors)) == (422, ["dtype"])
    renamed = await ann.patch(f"{FIELDS}{made['id']}/", {"shop_id": shop_id, "name": "items"})
    assert (renamed.result["name"], renamed.result["dtype"]["id"]) == ("items", "number")
    for name in ("товар", "2nd", "a-b", "", "lang_code"):
        refused = await ann.post(FIELDS, new | {"name": name})
        assert (refused.status, list(refused.errors)) == (422, ["name"]), name
    taken = await ann.post(FIELDS, new | {"name": "items"})
    assert taken.status == 409
    unknown = await ann.post(FIELDS, new | {"name": "x", "dtype": {"id": "date"}})
    assert list(unknown.errors) == ["dtype.id"]


async def test_ht_13_subscribing_to_a_flow_sends_its_first_step(
    ann: Partner, shop_id: int, engine: Engine, user: dict[str, Any], messenger: Messenger
) -> None:
    later = await publish(ann, shop_id, DELAYED)
    wish = {"shop_id": shop_id, "flow_id": later["id"], "bot_user_id": user["id"]}
    assert (await ann.post(f"{DO}subscribe_to_flow/", wish)).body == {"status": "ok"}
    async with engine.working():
        await messenger.until(lambda: messenger.texts("7") == ["Welcome!", "Soon"])
    active = (await ann.get(f"{USERS}{user['id']}/")).result["store"]["active_flows"]
    assert [(one["name"], one["current"]) for one in active] == [("Coffee", False), ("Later", True)]


async def test_ht_14_unsubscribing_from_a_flow_cancels_its_delays(
    ann: Partner, shop_id: int, database: Database, user: dict[str, Any]
) -> None:
    later = await publish(ann, shop_id, DELAYED)
    wish = {"shop_id": shop_id, "flow_id": later["id"], "bot_user_id": user["id"]}
    await ann.post(f"{DO}subscribe_to_flow/", wish)
    assert await database.pool.fetchval("SELECT count(*) FROM timer") == 1
    assert (await ann.post(f"{DO}unsubscribe_from_flow/", wish)).body == {"status": "ok"}
    assert await database.pool.fetchval("SELECT count(*) FROM timer") == 0
    active = (await ann.get(f"{USERS}{user['id']}/")).result["store"]["active_flows"]
    assert [(one["name"], one["current"]) for one in active] == [("Coffee", True)]


async def test_a_flow_that_is_not_published_or_a_bot_that_is_stopped_is_said_so(
    ann: Partner, shop_id: int, bot: dict[str, Any], flow: dict[str, Any], user: dict[str, Any]
) -> None:
    drawn = (await ann.post("/api/bot/flows/", {"shop_id": shop_id, "name": "Drawn"})).result
    wish = {"shop_id": shop_id, "flow_id": drawn["id"], "bot_user_id": user["id"]}
    assert list((await ann.post(f"{DO}subscribe_to_flow/", wish)).errors) == ["flow_id"]
    await ann.post(f"/api/bot/bot/{bot['id']}/stop/")
    stopped = await ann.post(f"{DO}subscribe_to_flow/", wish | {"flow_id": flow["id"]})
    assert list(stopped.errors) == ["bot_user_id"]


async def test_whoever_is_taken_over_hears_no_bot_until_he_is_handed_back(
    ann: Partner,
    shop_id: int,
    engine: Engine,
    bot: dict[str, Any],
    user: dict[str, Any],
    messenger: Messenger,
) -> None:
    who = {"shop_id": shop_id, "bot_user_id": user["id"]}
    async with engine.working():
        await messenger.until(lambda: messenger.texts("7") == ["Welcome!"])
        await ann.post(f"{DO}take_over/", who)
        assert (await ann.get(f"{USERS}{user['id']}/")).result["taken"]
        await hook(ann, engine, bot, update(7, "Order"))
        await ann.post("/api/bot/messages/send_message/", {"chat_id": user["id"], "payload": {"text": "Me!"}})
        await messenger.until(lambda: messenger.texts("7") == ["Welcome!", "Me!"])
        await ann.post(f"{DO}hand_back/", who)
    assert not (await ann.get(f"{USERS}{user['id']}/")).result["taken"]


async def test_ht_21_creating_the_same_person_twice_is_one_person(
    ann: Partner, shop_id: int, bot: dict[str, Any]
) -> None:
    new = {"shop_id": shop_id, "bot_id": bot["id"], "messenger_user_id": "99", "name": "Diana"}
    first = (await ann.post(f"{DO}unsafe_create/", new)).result
    again = new | {"name": "Diane", "store": {"user_vars": {"a": 1}}}
    second = (await ann.post(f"{DO}unsafe_create/", again)).result
    assert first["id"] == second["id"]
    assert (second["name"], second["store"]["user_vars"]["a"]) == ("Diane", 1)
    foreign = await ann.post(f"{DO}unsafe_create/", new | {"bot_id": bot["id"] + 1})
    assert list(foreign.errors) == ["bot_id"]
