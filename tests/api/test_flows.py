"""Flows, their drafts and revisions, as a partner's program draws them."""

import asyncio
from io import BytesIO
from typing import Any

from tests.api.floor import COFFEE, draw, publish
from tests.api.partner import Partner

FLOWS = "/api/bot/flows/"


def draft_path(flow: dict[str, Any]) -> str:
    return f"/api/bot/flow/{flow['id']}/draft/"


async def test_a_flow_is_begun_renamed_and_deleted(ann: Partner, shop_id: int) -> None:
    flow = (await ann.post(FLOWS, {"shop_id": shop_id, "name": "Hours"})).result
    assert (flow["name"], flow["steps"], flow["published"]) == ("Hours", 0, False)
    renamed = (await ann.patch(f"{FLOWS}{flow['id']}/", {"name": "Opening hours"})).result
    assert (renamed["name"], renamed["key"]) == ("Opening hours", flow["key"])
    assert renamed["draft_revision"] > flow["draft_revision"]
    assert (await ann.get(draft_path(flow))).result["document"]["name"] == "Opening hours"
    assert (await ann.delete(f"{FLOWS}{flow['id']}/")).body == {"status": "ok"}
    assert (await ann.get(f"{FLOWS}{flow['id']}/")).status == 404
    assert (await ann.get(FLOWS, shop_id=shop_id)).result["count"] == 0


async def test_a_key_is_taken_once_a_shop(ann: Partner, bob: Partner, shop_id: int) -> None:
    new = {"shop_id": shop_id, "name": "Hours", "key": "hours"}
    assert (await ann.post(FLOWS, new)).status == 200
    again = await ann.post(FLOWS, new)
    assert (again.status, again.body["code"], list(again.errors)) == (409, "conflict", ["key"])
    other = (await bob.post("/api/shop/shops/", {"name": "Other"})).result
    assert (await bob.post(FLOWS, new | {"shop_id": other["id"]})).status == 200


async def test_what_was_drawn_is_what_comes_back(ann: Partner, shop_id: int) -> None:
    flow = await draw(ann, shop_id, COFFEE)
    document = (await ann.get(draft_path(flow))).result["document"]
    assert [step["id"] for step in document["steps"]] == ["welcome", "name", "lead"]
    assert document["steps"][0]["menu"][0]["link"] == {"go": "forward", "to": "name"}


async def test_a_half_drawn_flow_can_be_saved_but_not_published(ann: Partner, shop_id: int) -> None:
    broken = COFFEE | {"start": None, "steps": [COFFEE["steps"][0]]}
    flow = await draw(ann, shop_id, broken)
    verdict = (await ann.post(f"/api/bot/flow/{flow['id']}/validate/")).result
    assert not verdict["sound"]
    refused = await ann.post(f"/api/bot/flow/{flow['id']}/publish/")
    assert (refused.status, refused.body["code"]) == (422, "unsound")
    assert refused.body["problems"] == verdict["problems"]
    assert {"code", "severity", "message"} <= refused.body["problems"][0].keys()
    assert (await ann.get(f"/api/bot/flow/{flow['id']}/revisions/")).result["count"] == 0


async def test_revisions_are_numbered_and_the_latest_talks(ann: Partner, shop_id: int) -> None:
    flow = await publish(ann, shop_id, COFFEE)
    again = (await ann.post(f"/api/bot/flow/{flow['id']}/publish/", {"comment": "Spring"})).result
    assert (again["number"], again["current"], again["comment"]) == (2, True, "Spring")
    revisions = (await ann.get(f"/api/bot/flow/{flow['id']}/revisions/")).result["results"]
    assert [(one["number"], one["current"]) for one in revisions] == [(2, True), (1, False)]
    assert (await ann.get(f"{FLOWS}{flow['id']}/")).result["published"]


async def test_who_saves_second_on_the_same_base_is_told_what_stands(ann: Partner, shop_id: int) -> None:
    flow = await draw(ann, shop_id, COFFEE)
    base = (await ann.get(draft_path(flow))).result["draft_revision"]
    drafts = [
        {"base_revision": base, "document": COFFEE | {"name": name}}
        for name in ("One", "Two", "Three", "Four")
    ]
    answers = await asyncio.gather(*(ann.put(draft_path(flow), draft) for draft in drafts))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    (won,) = (answer.result for answer in answers if answer.status == 200)
    assert {answer.body["current"] for answer in answers if answer.status == 409} == {base + 1}
    stands = (await ann.get(draft_path(flow))).result
    assert (stands["draft_revision"], stands["document"]["name"]) == (base + 1, won["document"]["name"])


MISSHAPEN: dict[str, tuple[dict[str, Any], str]] = {
    "another key": ({"key": "tea"}, "key"),
    "no name": ({"name": ""}, "document.name"),
    "a step of no kind": ({"steps": [{"id": "a", "kind": "dance"}]}, "document.steps.0"),
    "a field nobody knows": ({"shop_id": 7}, "document.shop_id"),
    "two steps of one id": ({"steps": [COFFEE["steps"][0]] * 2}, "document"),
}


async def test_a_draft_of_no_valid_shape_is_refused_and_loses_nothing(ann: Partner, shop_id: int) -> None:
    flow = await draw(ann, shop_id, COFFEE)
    before = (await ann.get(draft_path(flow))).result
    for name, (wrong, field) in MISSHAPEN.items():
        put = {"base_revision": before["draft_revision"], "document": COFFEE | wrong}
        refused = await ann.put(draft_path(flow), put)
        assert (refused.status, list(refused.errors)) == (422, [field]), name
    assert (await ann.get(draft_path(flow))).result == before


async def test_a_flow_leaves_as_yaml_and_comes_back_the_same(ann: Partner, shop_id: int) -> None:
    flow = await draw(ann, shop_id, COFFEE)
    before = (await ann.get(draft_path(flow))).result["document"]
    exported = await ann.get(f"/api/bot/flow/{flow['id']}/export/")
    assert exported.headers["content-type"].startswith("application/yaml")
    assert 'filename="coffee.yaml"' in exported.headers["content-disposition"]
    await ann.delete(f"{FLOWS}{flow['id']}/")
    imported = await ann.ask(
        "POST",
        f"{FLOWS}import/",
        params={"shop_id": shop_id},
        data=exported.body,
        headers={"content-type": "application/yaml"},
    )
    assert (await ann.get(draft_path(imported.result))).result["document"] == before
    again = await ann.post(f"/api/bot/flow/{imported.result['id']}/import/", {"yaml": exported.body})
    assert again.result["draft_revision"] == imported.result["draft_revision"] + 1
    assert again.result["document"] == before


NO_FLOWS = {
    "empty": "",
    "broken": "key: [",
    "a list": "- 1",
    "an anchor": "key: a\nname: &x b",
    "a tag": "key: !!python/name:os.system",
    "very deep": "[" * 100_000,
    "NUL": "key: a\x00",
    "too large": "#" * 3_000_000,
}


async def test_a_file_that_is_no_flow_is_refused_in_words(ann: Partner, shop_id: int) -> None:
    yaml = {"content-type": "application/yaml"}
    for name, text in NO_FLOWS.items():
        refused = await ann.ask(
            "POST", f"{FLOWS}import/", params={"shop_id": shop_id}, data=BytesIO(text.encode()), headers=yaml
        )
        assert refused.status == 422, name
        assert all(len(message) > 10 for message in refused.errors.values())
    huge = await ann.ask(
        "POST", f"{FLOWS}import/", params={"shop_id": shop_id}, data=BytesIO(b"#" * 10_000_001), headers=yaml
    )
    assert huge.status == 413
