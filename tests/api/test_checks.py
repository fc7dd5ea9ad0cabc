"""Checks kept in a draft: played for whoever looks for problems, and before it is published."""

from typing import Any

from engine.runtime import Engine
from tests.api.floor import COFFEE, draw, hook, launch, meet, publish, update
from tests.api.partner import Partner

CHECK: dict[str, Any] = {
    "title": "An order is taken",
    "talk": [
        {"starts": "", "bot": [{"says": "Welcome!", "buttons": ["Order", "Again"]}]},
        {"presses": "Order", "bot": ["Your name?"]},
        {"says": "Ann", "leads": [{"form": "order", "values": {"customer": "Ann"}}], "ends": True},
    ],
}
HOURS: dict[str, Any] = {
    "key": "hours",
    "name": "Hours",
    "start": "when",
    "triggers": [{"on": "start", "parameter": "hours"}],
    "steps": [
        {
            "id": "when",
            "kind": "condition",
            "groups": [
                {
                    "conditions": [{"what": "time", "hours": {"opens": "09:00", "closes": "18:00"}}],
                    "link": {"go": "forward", "to": "open"},
                }
            ],
            "otherwise": {"go": "forward", "to": "closed"},
        },
        {"id": "open", "kind": "message", "text": "Open."},
        {"id": "closed", "kind": "message", "text": "Closed."},
    ],
    "checks": [
        {
            "title": "Open in the morning, wherever that is",
            "given": {"moment": "2026-05-04 09:30"},
            "talk": [{"starts": "hours", "bot": ["Open."]}],
        }
    ],
}


def coffee(**change: Any) -> dict[str, Any]:
    """The flow with its check, of which the last exchange is changed."""
    first, second, last = CHECK["talk"]
    return COFFEE | {"checks": [CHECK | {"talk": [first, second, last | change]}]}


async def test_a_check_that_passes_is_kept_and_in_nobodys_way(ann: Partner, shop_id: int) -> None:
    flow = await publish(ann, shop_id, coffee())
    kept = (await ann.get(f"/api/bot/flow/{flow['id']}/draft/")).result["document"]["checks"]
    assert [one["title"] for one in kept] == ["An order is taken"]
    assert kept[0]["talk"][1]["presses"]["label"] == "Order"


async def test_a_flow_with_checks_talks_to_people(ann: Partner, shop_id: int, engine: Engine) -> None:
    await publish(ann, shop_id, coffee())
    bot = await launch(ann, shop_id)
    await meet(ann, engine, bot)
    for text in ("Order", "Ann"):
        assert (await hook(ann, engine, bot, update(1, text))).status == 200
    assert (await ann.get("/api/store/leads/", shop_id=shop_id)).result["count"] == 1


async def test_a_check_that_fails_keeps_a_flow_from_being_published(ann: Partner, shop_id: int) -> None:
    flow = await draw(ann, shop_id, coffee(variables={"customer": "Bo"}))
    verdict = (await ann.post(f"/api/bot/flow/{flow['id']}/validate/")).result
    assert not verdict["sound"]
    (problem,) = verdict["problems"]
    assert (problem["code"], problem["field"]) == ("check_failed", "checks.0.talk.2.variables.customer")
    assert problem["facts"] == {
        "check": "An order is taken",
        "exchange": "3",
        "expected": '"Bo"',
        "came": '"Ann"',
    }
    refused = await ann.post(f"/api/bot/flow/{flow['id']}/publish/")
    assert (refused.status, refused.body["problems"]) == (422, [problem])
    assert (await ann.get("/api/store/leads/", shop_id=shop_id)).result["count"] == 0


async def test_a_check_is_played_on_the_draft_and_not_on_what_is_published(
    ann: Partner, shop_id: int
) -> None:
    flow = await publish(ann, shop_id, coffee())
    steps = [COFFEE["steps"][0] | {"text": "Good day!"}, *COFFEE["steps"][1:]]
    draft = {"base_revision": flow["draft_revision"] + 1, "document": coffee() | {"steps": steps}}
    assert (await ann.put(f"/api/bot/flow/{flow['id']}/draft/", draft)).status == 200
    (problem,) = (await ann.post(f"/api/bot/flow/{flow['id']}/validate/")).result["problems"]
    assert problem["facts"]["came"] == "Good day!"


async def test_other_flows_of_the_shop_play_along(ann: Partner, shop_id: int) -> None:
    await publish(ann, shop_id, COFFEE)
    entering = COFFEE["steps"][0] | {"menu": [{"label": "Coffee", "link": {"go": "enter", "flow": "coffee"}}]}
    talk = [{"runs": "main"}, {"presses": "Coffee", "bot": [{"buttons": ["Order", "Again"]}]}]
    main = {"key": "main", "name": "Main", "start": "welcome", "steps": [entering]}
    assert await publish(ann, shop_id, main | {"checks": [{"title": "Coffee", "talk": talk}]})


async def test_the_clock_of_a_check_is_the_shops(ann: Partner, shop_id: int) -> None:
    flow = await draw(ann, shop_id, HOURS)
    for zone in ("Asia/Tokyo", "America/New_York"):
        changed = await ann.patch(f"/api/shop/shops/{shop_id}/", {"timezone": zone})
        assert changed.status == 200
        assert (await ann.post(f"/api/bot/flow/{flow['id']}/validate/")).result["problems"] == []


async def test_what_is_no_check_cannot_be_saved(ann: Partner, shop_id: int) -> None:
    flow = await draw(ann, shop_id, COFFEE)
    document = COFFEE | {"checks": [{"title": "x", "talk": [{"bot": []}]}]}
    draft = {"base_revision": flow["draft_revision"] + 1, "document": document}
    refused = await ann.put(f"/api/bot/flow/{flow['id']}/draft/", draft)
    assert refused.status == 422
    assert refused.errors == {
        "document.checks.0.talk.0": "Nothing happens in this exchange; write what, such as «says: hello»."
    }
