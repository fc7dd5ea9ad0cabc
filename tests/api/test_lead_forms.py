"""Forms of leads, and who works on what they bring."""

from typing import Any

import pytest

from engine.runtime import Engine
from engine.store.accounts import Accounts
from engine.store.members import Members
from engine.store.unit import Database
from tests.api.conftest import Join
from tests.api.floor import COFFEE, hook, launch, meet, publish, update
from tests.api.partner import Partner

FORMS = "/api/store/lead_forms/"
LEADS = "/api/store/leads/"
NEW: dict[str, Any] = {
    "key": "order",
    "name": "Orders",
    "fields": [{"variable": "customer", "title": "Who", "required": True}],
    "notify_tags": [],
    "assign_tag": "buyer",
}


async def number(database: Database, email: str) -> int:
    async with database.unit() as unit:
        account = await Accounts(unit).by_email(email)
        assert account
        return account.id


@pytest.fixture
async def gilbert(join: Join, database: Database, shop_id: int) -> int:
    """A member's account."""
    await join("gilbert@shop.example")
    account_id = await number(database, "gilbert@shop.example")
    async with database.unit() as unit:
        await Members(unit, shop_id).invite(account_id, "operator")
    return account_id


async def test_a_form_is_made_changed_and_deleted(ann: Partner, shop_id: int, gilbert: int) -> None:
    made = (await ann.post(FORMS, NEW | {"shop_id": shop_id, "assignee_id": gilbert})).result
    whole = NEW | {"id": made["id"], "shop_id": shop_id, "assignee_id": gilbert}
    assert made == whole
    assert (await ann.get(FORMS, shop_id=shop_id)).result["results"] == [whole]
    changed = (await ann.patch(f"{FORMS}{made['id']}/", {"name": "Calls", "assignee_id": None})).result
    assert changed == whole | {"name": "Calls", "assignee_id": None}
    assert (await ann.get(f"{FORMS}{made['id']}/")).result == changed
    assert (await ann.delete(f"{FORMS}{made['id']}/")).status == 200
    assert (await ann.get(f"{FORMS}{made['id']}/")).status == 404


async def test_a_key_is_given_once(ann: Partner, shop_id: int) -> None:
    new = NEW | {"shop_id": shop_id}
    assert (await ann.post(FORMS, new)).status == 200
    assert (await ann.post(FORMS, new)).status == 409


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a key for people": ({"key": "My form"}, "key"),
    "no name": ({"name": " "}, "name"),
    "a variable of the system": ({"fields": [{"variable": "channel"}]}, "fields.0.variable"),
    "an empty tag": ({"notify_tags": [""]}, "notify_tags.0"),
    "somebody unknown": ({"assignee_id": 10**9}, "assignee_id"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_a_form_cannot_be_is_refused_at_its_field(ann: Partner, shop_id: int, name: str) -> None:
    wrong, field = WRONG[name]
    refused = await ann.post(FORMS, NEW | {"shop_id": shop_id} | wrong)
    assert (refused.status, list(refused.errors)) == (422, [field])


async def test_nobody_is_given_what_is_of_another_shop(
    ann: Partner, bob: Partner, shop_id: int, database: Database
) -> None:
    stranger = await number(database, "bob@elsewhere.example")
    refused = await ann.post(FORMS, NEW | {"shop_id": shop_id, "assignee_id": stranger})
    assert (refused.status, list(refused.errors)) == (422, ["assignee_id"])


async def test_a_lead_of_a_form_is_somebodys_is_marked_and_found_by_it(
    ann: Partner, shop_id: int, engine: Engine, gilbert: int
) -> None:
    await ann.post(FORMS, NEW | {"shop_id": shop_id, "assignee_id": gilbert})
    await publish(ann, shop_id, COFFEE)
    bot = await launch(ann, shop_id)
    user = await meet(ann, engine, bot, 7)
    for text in ("Order", "Ann"):
        await hook(ann, engine, bot, update(7, text))
    (lead,) = (await ann.get(LEADS, shop_id=shop_id)).result["results"]
    assert (lead["assignee_id"], lead["tags"], lead["source"]) == (gilbert, [], {})
    person = (await ann.get(f"/api/bot/bot_users/{user['id']}/")).result
    assert [tag["name"] for tag in person["store"]["tags"]] == ["buyer"]
    at = f"{LEADS}{lead['id']}/"
    assert (await ann.patch(at, {"tags": ["hot", "tea"]})).result["tags"] == ["hot", "tea"]
    for query, count in (
        ({"tag": "tea"}, 1),
        ({"tag": "te"}, 0),
        ({"assignee": gilbert}, 1),
        ({"assignee": 10**9}, 0),
        ({"tag": "hot", "assignee": gilbert, "form": "order", "status": "new"}, 1),
    ):
        page = (await ann.get(LEADS, **({"shop_id": shop_id} | query))).result
        assert page["count"] == count, query
    assert (await ann.patch(at, {"assignee_id": None})).result["assignee_id"] is None
    refused = await ann.patch(at, {"assignee_id": 10**9})
    assert (refused.status, list(refused.errors)) == (422, ["assignee_id"])
    assert (await ann.delete(at)).status == 200
    assert (await ann.get(LEADS, shop_id=shop_id)).result["count"] == 0
