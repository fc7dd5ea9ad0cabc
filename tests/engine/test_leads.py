"""What a lead is made with: its source, its tags, and what its form wants done with it."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from engine.store import lead_writing
from flows.effects import Notify
from flows.events import Started
from tests.engine.shop_floor import Shop, update


def flow(**step: Any) -> dict[str, Any]:
    """A flow that keeps a lead at once."""
    return {
        "key": "main",
        "name": "Main",
        "start": "keep",
        "triggers": [{"on": "default"}],
        "steps": [{"id": "keep", "kind": "capture_lead", "form": "call", **step}],
    }


NAMED = {"fields": [{"variable": "name"}]}


@dataclass
class Told:
    """Stands where words to the staff are written."""

    heard: list[Notify] = field(default_factory=list)

    async def __call__(
        self, connection: object, shop_id: int, notification: Notify, about: int | None = None
    ) -> None:
        self.heard.append(notification)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    stand_in = Told()
    monkeypatch.setattr(lead_writing, "write_notification", stand_in)
    return stand_in


async def form(shop: Shop, **wants: Any) -> None:
    columns = {"key": "call", "name": "Call me", "fields": '[{"variable": "name", "title": "Name"}]', **wants}
    places = ", ".join(f"${n}" for n in range(2, len(columns) + 2))
    await shop.database.pool.execute(
        f"INSERT INTO lead_form (shop_id, {', '.join(columns)}) VALUES ($1, {places})",
        shop.id,
        *columns.values(),
    )


async def member(shop: Shop) -> int:
    pool = shop.database.pool
    account = await pool.fetchval(
        "INSERT INTO account (email, password_hash) VALUES ('a@b.example', 'x') RETURNING id"
    )
    await pool.execute(
        "INSERT INTO member (shop_id, account_id, role) VALUES ($1, $2, 'operator')", shop.id, account
    )
    return int(account)


async def leads(shop: Shop) -> list[dict[str, Any]]:
    rows = await shop.database.pool.fetch("SELECT * FROM lead WHERE shop_id = $1 ORDER BY id", shop.id)
    return [{**row, "source": json.loads(row["source"])} for row in rows]


async def test_a_lead_has_the_tags_of_its_step(shop: Shop, told: Told) -> None:
    await shop.open([flow(tags=["buyer", "tea"])])
    await shop.start("7")
    (lead,) = await leads(shop)
    assert lead["tags"] == ["buyer", "tea"]
    assert (await shop.user("7"))["tags"] == ["buyer", "tea"]
    assert lead["assignee_id"] is None
    assert told.heard == []


async def test_a_lead_knows_what_brought_the_person(shop: Shop) -> None:
    await shop.open([flow()])
    utm = {"utm_source": "mail", "utm_campaign": "may"}
    await shop.engine.receive(
        shop.id, shop.bot_id, [replace(update("7", Started("promo")), source={**utm, "utm_term": ""})]
    )
    await shop.start("8")
    first, second = await leads(shop)
    assert first["source"] == {"start_parameter": "promo", **utm}
    assert second["source"] == {}
    assert utm.items() <= (await shop.user("7"))["variables"].items()


async def test_what_brought_a_person_is_told_by_his_first_visit(shop: Shop) -> None:
    await shop.open([flow()])
    for source in ({"utm_source": "mail"}, {"utm_source": "later"}):
        told = replace(update("7", Started()), source=source)
        await shop.engine.receive(shop.id, shop.bot_id, [told])
    assert [lead["source"] for lead in await leads(shop)] == [{"utm_source": "mail"}] * 2


async def test_a_form_gives_its_leads_to_somebody_tags_the_person_and_tells_the_staff(
    shop: Shop, told: Told
) -> None:
    await shop.open([flow(**NAMED)])
    who = await member(shop)
    await form(shop, notify_tags=["sales"], assign_tag="asked", assignee_id=who)
    for _ in range(2):
        await shop.start("7")
    assert [lead["assignee_id"] for lead in await leads(shop)] == [who, who]
    assert (await shop.user("7"))["tags"] == ["asked"]
    assert told.heard == [Notify("Call me", "Name: Ann", ("sales",))] * 2


async def test_the_same_lead_again_is_told_once(shop: Shop, told: Told) -> None:
    await shop.open([flow(dedupe_minutes=5, **NAMED)])
    await form(shop, notify_tags=["sales"])
    for _ in range(2):
        await shop.start("7")
    assert len(await leads(shop)) == len(told.heard) == 1


async def test_a_form_gives_nothing_to_somebody_who_left(shop: Shop) -> None:
    await shop.open([flow()])
    await form(shop, assignee_id=await member(shop))
    await shop.database.pool.execute("DELETE FROM member WHERE shop_id = $1", shop.id)
    await shop.start("7")
    (lead,) = await leads(shop)
    assert lead["assignee_id"] is None


async def test_a_form_of_another_shop_wants_nothing_here(shop: Shop, told: Told) -> None:
    await shop.open([flow()])
    elsewhere = Shop(shop.database, shop.engine)
    await elsewhere.open([])
    await form(elsewhere, notify_tags=["sales"], assign_tag="asked")
    await shop.start("7")
    assert told.heard == []
    assert (await shop.user("7"))["tags"] == []


async def test_a_step_that_tells_the_staff_is_enough(
    shop: Shop, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_step = Told()
    monkeypatch.setattr("engine.store.consequences.write_notification", by_step)
    await shop.open([flow(notify=True, **NAMED)])
    await form(shop, notify_tags=["sales"])
    await shop.start("7")
    assert (told.heard, by_step.heard) == ([], [Notify("call", "name: Ann")])
