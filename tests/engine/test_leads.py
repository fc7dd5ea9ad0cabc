"""What a lead is made with: its source, its tags, and what its form wants done with it."""

import json
from typing import Any

from msgspec.structs import replace

from flows.events import Started
from tests.engine.shop_floor import Shop, update
from tests.engine.staff import channel


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


async def staff(shop: Shop) -> None:
    """Two channels to the staff: one for sales, one for the kitchen."""
    for tag in ("sales", "kitchen"):
        await channel(shop, f"{tag}@shop.example", None, tag)


async def told(shop: Shop) -> list[tuple[str, str, str]]:
    """What the staff was told: where to, and what."""
    return [
        tuple(row)
        for row in await shop.database.pool.fetch(
            "SELECT c.tags[1], n.title, n.text FROM notification n JOIN notification_channel c"
            " ON c.shop_id = n.shop_id AND c.id = n.channel_id WHERE n.shop_id = $1 ORDER BY n.id",
            shop.id,
        )
    ]


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


async def test_a_lead_has_the_tags_of_its_step(shop: Shop) -> None:
    await shop.open([flow(tags=["buyer", "tea"])])
    await staff(shop)
    await shop.start("7")
    (lead,) = await leads(shop)
    assert lead["tags"] == ["buyer", "tea"]
    assert (await shop.user("7"))["tags"] == ["buyer", "tea"]
    assert lead["assignee_id"] is None
    assert await told(shop) == []


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
    shop: Shop,
) -> None:
    await shop.open([flow(**NAMED)])
    await staff(shop)
    who = await member(shop)
    await form(shop, notify_tags=["sales"], assign_tag="asked", assignee_id=who)
    for _ in range(2):
        await shop.start("7")
    assert [lead["assignee_id"] for lead in await leads(shop)] == [who, who]
    assert (await shop.user("7"))["tags"] == ["asked"]
    assert await told(shop) == [("sales", "Call me", "Name: Ann")] * 2


async def test_the_same_lead_again_is_told_once(shop: Shop) -> None:
    await shop.open([flow(dedupe_minutes=5, **NAMED)])
    await staff(shop)
    await form(shop, notify_tags=["sales"])
    for _ in range(2):
        await shop.start("7")
    assert len(await leads(shop)) == len(await told(shop)) == 1


async def test_a_form_gives_nothing_to_somebody_who_left(shop: Shop) -> None:
    await shop.open([flow()])
    await form(shop, assignee_id=await member(shop))
    await shop.database.pool.execute("DELETE FROM member WHERE shop_id = $1", shop.id)
    await shop.start("7")
    (lead,) = await leads(shop)
    assert lead["assignee_id"] is None


async def test_a_form_of_another_shop_wants_nothing_here(shop: Shop) -> None:
    await shop.open([flow()])
    elsewhere = Shop(shop.database, shop.engine)
    await elsewhere.open([])
    await staff(shop)
    await form(elsewhere, notify_tags=["sales"], assign_tag="asked")
    await shop.start("7")
    assert await told(shop) == []
    assert (await shop.user("7"))["tags"] == []


async def test_a_step_that_tells_the_staff_is_enough(shop: Shop) -> None:
    await shop.open([flow(notify=True, **NAMED)])
    await staff(shop)
    await form(shop, notify_tags=["sales"])
    await shop.start("7")
    assert await told(shop) == [("sales", "call", "name: Ann"), ("kitchen", "call", "name: Ann")]


async def test_a_turn_that_keeps_the_same_lead_twice_keeps_it_once_where_that_is_wanted(shop: Shop) -> None:
    again = {"id": "again", "kind": "capture_lead", "form": "call", "dedupe_minutes": 5, **NAMED}
    twice = flow(dedupe_minutes=5, next={"go": "forward", "to": "again"}, **NAMED)
    twice["steps"].append(again)
    await shop.open([twice])
    await shop.start("7")
    assert len(await leads(shop)) == 1
    await shop.publish({**twice, "steps": [{**step, "dedupe_minutes": 0} for step in twice["steps"]]})
    await shop.start("8")
    assert len(await leads(shop)) == 3
