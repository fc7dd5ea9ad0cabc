"""Steps and menu items as resources: views onto one draft."""

from typing import Any

import pytest

from tests.api.floor import COFFEE, draw
from tests.api.partner import Partner

STEPS = "/api/bot/steps/"
ITEMS = "/api/bot/menu_items/"


@pytest.fixture
async def flow(ann: Partner, shop_id: int) -> dict[str, Any]:
    return await draw(ann, shop_id, COFFEE)


async def revision(ann: Partner, flow: dict[str, Any]) -> int:
    found: int = (await ann.get(f"/api/bot/flow/{flow['id']}/draft/")).result["draft_revision"]
    return found


async def test_steps_are_listed_in_the_order_of_the_draft(
    ann: Partner, shop_id: int, flow: dict[str, Any]
) -> None:
    page = (await ann.get(STEPS, shop_id=shop_id, flow=flow["id"], limit=2)).result
    assert [step["id"] for step in page["results"]] == [f"{flow['id']}.welcome", f"{flow['id']}.name"]
    assert page["count"] == 3
    assert f"flow={flow['id']}" in page["next"]
    asked = (await ann.get(STEPS, shop_id=shop_id, flow=flow["id"], kind="ask_text")).result
    assert [step["step"]["id"] for step in asked["results"]] == ["name"]


async def test_a_step_is_added_changed_and_deleted(ann: Partner, shop_id: int, flow: dict[str, Any]) -> None:
    before = await revision(ann, flow)
    new = {"shop_id": shop_id, "flow": flow["id"], "step": {"kind": "message", "text": "Bye"}}
    step = (await ann.post(STEPS, new)).result
    assert step["draft_revision"] == before + 1
    changed = (await ann.patch(f"{STEPS}{step['id']}/", {"step": {"text": "Good bye"}})).result
    assert (changed["step"]["text"], changed["step"]["kind"]) == ("Good bye", "message")
    assert (await ann.get(f"{STEPS}{step['id']}/")).result["step"] == changed["step"]
    assert (await ann.delete(f"{STEPS}{step['id']}/")).status == 200
    assert (await ann.get(f"{STEPS}{step['id']}/")).status == 404
    assert await revision(ann, flow) == before + 3


async def test_a_change_on_a_stale_base_is_refused_and_one_without_a_base_is_not(
    ann: Partner, flow: dict[str, Any]
) -> None:
    step, base = f"{STEPS}{flow['id']}.welcome/", await revision(ann, flow)
    assert (await ann.patch(step, {"step": {"text": "One"}, "base_revision": base})).status == 200
    stale = await ann.patch(step, {"step": {"text": "Two"}, "base_revision": base})
    assert (stale.status, stale.body["current"]) == (409, base + 1)
    assert (await ann.delete(step, base_revision=base)).status == 409
    assert (await ann.patch(step, {"step": {"text": "Three"}})).status == 200


async def test_deleting_the_first_step_leaves_links_that_are_told_as_problems(
    ann: Partner, flow: dict[str, Any]
) -> None:
    await ann.delete(f"{STEPS}{flow['id']}.name/")
    verdict = (await ann.post(f"/api/bot/flow/{flow['id']}/validate/")).result
    assert [one["step"] for one in verdict["problems"] if one["severity"] == "error"] == ["welcome"]
    await ann.delete(f"{STEPS}{flow['id']}.welcome/")
    assert (await ann.get(f"/api/bot/flow/{flow['id']}/draft/")).result["document"]["start"] is None


WRONG_STEPS: dict[str, tuple[dict[str, Any], int, str]] = {
    "no kind": ({"text": "x"}, 422, "step"),
    "another kind's field": ({"kind": "message", "percent": 3}, 422, "step.percent"),
    "a taken id": ({"id": "welcome", "kind": "message"}, 409, "step.id"),
    "an id with a dot": ({"id": "a.b", "kind": "message"}, 422, "step.id"),
    "a link to nowhere a link can go": ({"kind": "message", "next": {"go": "up"}}, 422, "step.next"),
}


async def test_a_misshapen_step_is_refused_by_field(ann: Partner, shop_id: int, flow: dict[str, Any]) -> None:
    for name, (step, status, field) in WRONG_STEPS.items():
        refused = await ann.post(STEPS, {"shop_id": shop_id, "flow": flow["id"], "step": step})
        assert (refused.status, list(refused.errors)) == (status, [field]), name


async def test_the_id_of_a_step_stays(ann: Partner, flow: dict[str, Any]) -> None:
    refused = await ann.patch(f"{STEPS}{flow['id']}.welcome/", {"step": {"id": "hello"}})
    assert list(refused.errors) == ["step.id"]


async def test_menu_items_are_added_where_wanted_changed_and_deleted(
    ann: Partner, shop_id: int, flow: dict[str, Any]
) -> None:
    step = f"{flow['id']}.welcome"
    new = {"shop_id": shop_id, "step": step, "item": {"label": "Hours"}, "position": 1}
    item = (await ann.post(ITEMS, new)).result
    listed = (await ann.get(ITEMS, shop_id=shop_id, flow=flow["id"], step="welcome")).result["results"]
    assert [one["item"]["label"] for one in listed] == ["Order", "Hours", "Again"]
    changed = await ann.patch(f"{ITEMS}{item['id']}/", {"item": {"label": "When?", "link": {"go": "back"}}})
    assert changed.result["item"]["link"] == {"go": "back"}
    assert (await ann.get(f"{ITEMS}{item['id']}/")).result["item"]["label"] == "When?"
    assert (await ann.delete(f"{ITEMS}{item['id']}/")).status == 200
    assert (await ann.get(f"{ITEMS}{item['id']}/")).status == 404


async def test_answers_and_branches_are_menu_items_too(
    ann: Partner, shop_id: int, flow: dict[str, Any]
) -> None:
    new = {"shop_id": shop_id, "flow": flow["id"], "step": {"kind": "randomizer", "id": "dice"}}
    assert (await ann.post(STEPS, new)).status == 200
    item = {"shop_id": shop_id, "step": f"{flow['id']}.dice", "item": {"title": "Left", "percent": 40}}
    assert (await ann.post(ITEMS, item)).result["item"]["percent"] == 40


WRONG_ITEMS: dict[str, tuple[str, dict[str, Any], int, str]] = {
    "a kind without items": ("lead", {"label": "x"}, 422, "step"),
    "a step that is not there": ("nobody", {"label": "x"}, 404, "common"),
    "a field nobody knows": ("welcome", {"label": "x", "colour": "red"}, 422, "item.colour"),
    "a taken id": ("welcome", {"id": "order", "label": "x"}, 409, "item.id"),
    "a label too long": ("welcome", {"label": "x" * 201}, 422, "item.label"),
}


async def test_a_misshapen_menu_item_is_refused_by_field(
    ann: Partner, shop_id: int, flow: dict[str, Any]
) -> None:
    for name, (step, item, status, field) in WRONG_ITEMS.items():
        new = {"shop_id": shop_id, "step": f"{flow['id']}.{step}", "item": item}
        refused = await ann.post(ITEMS, new)
        assert (refused.status, list(refused.errors)) == (status, [field]), name


async def test_every_kind_tells_how_its_form_is_drawn_and_where_its_exits_are(ann: Partner) -> None:
    listed = (await ann.get("/api/bot/step_kinds/", limit=100)).result
    kinds = {one["kind"]: one for one in listed["results"]}
    assert listed["count"] == len(kinds) > 10
    assert set(kinds["message"]["exits"]) == {"menu.*.link", "next"}
    assert kinds["condition"]["exits"] == ["groups.*.link", "otherwise"]
    assert kinds["message"]["form"]["properties"]["text"]["widget"] == "template"
    assert all(one["title"] and one["icon"] and one["group"] and one["description"] for one in kinds.values())
