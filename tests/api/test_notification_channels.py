"""Rows 27 to 30 of the reference: where a shop's staff is told, by mail or in Telegram."""

from typing import Any

import pytest

from constructor_api.resources.notification_channels import MOST_CHANNELS
from engine.store.unit import Database
from tests.api.partner import Partner

CHANNELS = "/api/notifications/channels/"
MAIL: dict[str, Any] = {"type": {"id": 1}, "email": "staff@shop.example"}
CHAT: dict[str, Any] = {"type": {"id": 2}, "tg_user_id": 700, "tg_user_name": "ann"}


async def add(ann: Partner, shop_id: int, new: dict[str, Any], **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = (await ann.post(CHANNELS, {"shop_id": shop_id, **new, **more})).result
    return made


async def found(ann: Partner, shop_id: int, **wanted: Any) -> list[int]:
    page = (await ann.get(CHANNELS, shop_id=shop_id, **wanted)).result
    return [row["id"] for row in page["results"]]


async def test_a_channel_has_the_fields_of_the_reference(ann: Partner, shop_id: int) -> None:
    made = await add(ann, shop_id, MAIL, tags=[{"name": "quiz"}])
    (tag,) = made["tags"]
    assert made == {
        "id": made["id"],
        "shop_id": shop_id,
        "is_active": True,
        "type": {"id": 1},
        "email": "staff@shop.example",
        "tg_user_id": None,
        "tg_user_name": "",
        "tags": [{"id": tag["id"], "shop_id": shop_id, "name": "quiz"}],
        "problem": None,
    }
    assert (await ann.get(f"{CHANNELS}{made['id']}/")).result == made
    assert (await ann.get(CHANNELS, shop_id=shop_id)).result["results"] == [made]
    tags = (await ann.get("/api/store/tags/", shop_id=shop_id)).result["results"]
    assert tags == [tag]


async def test_a_chat_may_be_a_persons_or_a_groups(ann: Partner, shop_id: int) -> None:
    made = await add(ann, shop_id, CHAT)
    assert (made["email"], made["tg_user_id"], made["tg_user_name"]) == (None, 700, "ann")
    group = await add(ann, shop_id, CHAT, tg_user_id=-1001234567890)
    assert group["tg_user_id"] == -1001234567890


@pytest.mark.parametrize(
    ("new", "field"),
    [
        ({"type": {"id": 1}}, "email"),
        ({"type": {"id": 1}, "tg_user_id": 700}, "email"),
        (MAIL | {"tg_user_id": 700}, "tg_user_id"),
        ({"type": {"id": 2}}, "tg_user_id"),
        (CHAT | {"email": "staff@shop.example"}, "email"),
        ({"email": "staff@shop.example"}, "type"),
        (MAIL | {"type": {"id": 3}}, "type.id"),
        (MAIL | {"type": {"id": True}}, "type.id"),
        (MAIL | {"type": 1}, "type"),
        (MAIL | {"email": "staff"}, "email"),
        (MAIL | {"email": "a@b.example\r\nBcc: c@d.example"}, "email"),
        (MAIL | {"email": "a@b.example, c@d.example"}, "email"),
        (MAIL | {"email": "Ann <a@b.example>"}, "email"),
        (MAIL | {"email": "x" * 250 + "@b.example"}, "email"),
        (CHAT | {"tg_user_id": "ann"}, "tg_user_id"),
        (CHAT | {"tg_user_id": 2**60}, "tg_user_id"),
        (MAIL | {"tags": [{"id": 999}]}, "tags"),
        (MAIL | {"tags": [{}]}, "tags"),
        (MAIL | {"tags": [{"name": str(n)} for n in range(21)]}, "tags"),
        (MAIL | {"is_active": None}, "is_active"),
        (MAIL | {"colour": "red"}, "colour"),
    ],
    ids=range(21),
)
async def test_ht_12_a_channel_without_the_address_of_its_type_is_refused(
    ann: Partner, shop_id: int, new: dict[str, Any], field: str
) -> None:
    refused = await ann.post(CHANNELS, {"shop_id": shop_id, **new})
    assert refused.status == 422
    assert field in refused.errors
    assert await found(ann, shop_id) == []


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"is_active": False}, {"is_active": False}),
        ({"email": "other@shop.example"}, {"email": "other@shop.example"}),
        ({"tags": []}, {"tags": []}),
        ({"type": {"id": 1}}, {"email": "staff@shop.example"}),
        (
            {"type": {"id": 2}, "tg_user_id": 700, "tg_user_name": "ann"},
            {"type": {"id": 2}, "email": None, "tg_user_id": 700, "tg_user_name": "ann"},
        ),
        ({"type": {"id": 2}, "tg_user_id": 700, "email": None}, {"email": None, "tg_user_id": 700}),
    ],
    ids=range(6),
)
async def test_a_channel_is_changed_where_it_is_told_to(
    ann: Partner, shop_id: int, change: dict[str, Any], shown: dict[str, Any]
) -> None:
    made = await add(ann, shop_id, MAIL, tags=[{"name": "quiz"}])
    changed = (await ann.patch(f"{CHANNELS}{made['id']}/", change)).result
    assert changed == made | shown | ({"type": change["type"]} if "type" in change else {})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": {"id": 2}}, "tg_user_id"),
        ({"type": {"id": 2}, "tg_user_id": None}, "tg_user_id"),
        ({"type": {"id": 2}, "tg_user_id": 700, "email": "a@b.example"}, "email"),
        ({"tg_user_id": 700}, "tg_user_id"),
        ({"email": None}, "email"),
        ({"email": "staff"}, "email"),
        ({"type": None}, "type"),
        ({"tags": None}, "tags"),
        ({"is_active": None}, "is_active"),
    ],
    ids=range(9),
)
async def test_a_change_that_leaves_no_address_is_refused(
    ann: Partner, shop_id: int, change: dict[str, Any], field: str
) -> None:
    made = await add(ann, shop_id, MAIL)
    refused = await ann.patch(f"{CHANNELS}{made['id']}/", change)
    assert (refused.status, field in refused.errors) == (422, True), refused
    assert (await ann.get(f"{CHANNELS}{made['id']}/")).result == made


async def test_what_was_wrong_is_shown_until_the_address_changes(
    ann: Partner, shop_id: int, database: Database
) -> None:
    made = await add(ann, shop_id, MAIL)
    await database.pool.execute("UPDATE notification_channel SET problem = 'no such mailbox'")
    same = (await ann.patch(f"{CHANNELS}{made['id']}/", {"email": MAIL["email"]})).result
    assert same["problem"] == "no such mailbox"
    other = (await ann.patch(f"{CHANNELS}{made['id']}/", {"email": "b@shop.example"})).result
    assert other["problem"] is None


async def test_channels_are_found_by_address_number_tag_and_switch(ann: Partner, shop_id: int) -> None:
    mail = await add(ann, shop_id, MAIL, tags=[{"name": "quiz"}, {"name": "sales"}])
    chat = await add(ann, shop_id, CHAT, tags=[{"name": "support"}], is_active=False)
    ids = {tag["name"]: tag["id"] for made in (mail, chat) for tag in made["tags"]}
    for wanted, expected in (
        ({}, [mail, chat]),
        ({"search": "STAFF@"}, [mail]),
        ({"search": "700"}, [chat]),
        ({"search": str(mail["id"])}, [mail]),
        ({"search": "%"}, []),
        ({"is_active": "true"}, [mail]),
        ({"is_active": "false"}, [chat]),
        ({"tags": [ids["sales"]]}, [mail]),
        ({"tags": [ids["sales"], ids["support"]]}, [mail, chat]),
        ({"limit": 1, "offset": 1}, [chat]),
    ):
        assert await found(ann, shop_id, **wanted) == [made["id"] for made in expected], wanted
    assert (await ann.get(CHANNELS, shop_id=shop_id, tags=999)).status == 422
    assert (await ann.get(CHANNELS, shop_id=shop_id, limit=101)).status == 422
    assert (await ann.get(CHANNELS)).status == 422


async def test_a_deleted_channel_is_gone_with_what_waited_for_it(
    ann: Partner, shop_id: int, database: Database
) -> None:
    made = await add(ann, shop_id, MAIL)
    await database.pool.execute(
        "INSERT INTO notification (shop_id, channel_id, title) VALUES ($1, $2, 'Hear')", shop_id, made["id"]
    )
    assert (await ann.delete(f"{CHANNELS}{made['id']}/")).status == 200
    assert (await ann.get(f"{CHANNELS}{made['id']}/")).status == 404
    assert await database.pool.fetchval("SELECT count(*) FROM notification") == 0


async def test_a_tag_that_is_deleted_still_marks_its_channels(ann: Partner, shop_id: int) -> None:
    made = await add(ann, shop_id, MAIL, tags=[{"name": "quiz"}])
    await ann.delete(f"/api/store/tags/{made['tags'][0]['id']}/")
    shown = (await ann.get(f"{CHANNELS}{made['id']}/")).result["tags"]
    assert shown == [{"id": None, "shop_id": shop_id, "name": "quiz"}]
    again = (await ann.patch(f"{CHANNELS}{made['id']}/", {"tags": shown})).result["tags"]
    assert again[0]["id"] is not None


async def test_a_stranger_and_his_shop_see_nothing(ann: Partner, bob: Partner, shop_id: int) -> None:
    made = await add(ann, shop_id, MAIL, tags=[{"name": "quiz"}])
    there = (await bob.post("/api/shop/shops/", {"name": "Tea"})).result["id"]
    here = f"{CHANNELS}{made['id']}/"
    assert (await bob.get(here)).status == 404
    assert (await bob.patch(here, {"email": "bob@elsewhere.example"})).status == 404
    assert (await bob.patch(here, {"shop_id": there, "email": "bob@elsewhere.example"})).status == 404
    assert (await bob.delete(here)).status == 404
    assert (await bob.get(CHANNELS, shop_id=shop_id)).status == 404
    assert (await bob.post(CHANNELS, {"shop_id": shop_id, **MAIL})).status == 404
    stolen = {"shop_id": there, **MAIL, "tags": [{"id": made["tags"][0]["id"]}]}
    assert (await bob.post(CHANNELS, stolen)).status == 422
    assert await found(bob, there) == []
    assert (await ann.get(here)).result == made


async def test_a_shop_has_only_so_many_channels(ann: Partner, shop_id: int, database: Database) -> None:
    await database.pool.execute(
        "INSERT INTO notification_channel (shop_id, type, tg_user_id)"
        " SELECT $1, 2, n FROM generate_series(1, $2::int) n",
        shop_id,
        MOST_CHANNELS,
    )
    refused = await ann.post(CHANNELS, {"shop_id": shop_id, **MAIL})
    assert (refused.status, "100" in refused.errors["common"]) == (422, True)
