"""Which channels a notice goes through, who sends it, and how long it is kept."""

import pytest
from structlog.testing import capture_logs

from engine.runtime import Engine
from engine.store.bot_users import BotUsers
from engine.store.notifications import Outcome, claim_notices, settle_notice
from engine.store.retention import delete_old
from engine.store.unit import Database
from tests.engine.shop_floor import Shop
from tests.engine.staff import MAIL, channel, notify, stands, tells


@pytest.mark.parametrize(
    ("tags", "reached"),
    [
        ((), "both none sales support"),
        (("sales",), "both none sales"),
        (("support",), "both none support"),
        (("sales", "support"), "both none sales support"),
        (("quiz",), "none"),
        (("Sales",), "none"),
    ],
    ids=str,
)
async def test_a_notice_goes_where_its_tags_lead(
    shop: Shop, engine: Engine, tags: tuple[str, ...], reached: str
) -> None:
    elsewhere = Shop(shop.database, engine)
    await elsewhere.open([])
    await shop.open([])
    await channel(elsewhere, "stranger@elsewhere.example")
    channels = {"none": (), "sales": ("sales",), "support": ("support",), "both": ("support", "sales")}
    for name, own in channels.items():
        await channel(shop, f"{name}@shop.example", None, *own)
    off = await channel(shop, "off@shop.example")
    await shop.database.pool.execute("UPDATE notification_channel SET is_active = false WHERE id = $1", off)
    await notify(shop, *tags)
    found = await claim_notices(shop.database.pool, 100)
    assert {notice.email for notice in found} == {f"{name}@shop.example" for name in reached.split()}


async def test_a_notice_for_nobody_is_told_in_the_log(shop: Shop) -> None:
    await shop.open([])
    await channel(shop, MAIL, None, "sales")
    with capture_logs() as told:
        await notify(shop, "quiz")
    assert told == [{"event": "nobody to notify", "shop": shop.id, "tags": ["quiz"], "log_level": "info"}]
    assert await shop.count("notification") == 0


async def test_who_lost_his_lease_settles_nothing(shop: Shop) -> None:
    await shop.open([])
    await channel(shop, MAIL)
    await notify(shop)
    pool = shop.database.pool
    (late,) = await claim_notices(pool, 1)
    assert await claim_notices(pool, 1) == []
    await pool.execute("UPDATE notification SET lease_until = now() - interval '1 second'")
    (next_one,) = await claim_notices(pool, 1)
    await settle_notice(pool, late, Outcome("failed", "too late"))
    assert await stands(shop) == ("queued", None, None)
    await settle_notice(pool, next_one, Outcome("sent"))
    assert await stands(shop) == ("sent", None, None)


@pytest.mark.parametrize(
    ("status", "days", "left"), [("sent", 31, 0), ("sent", 29, 1), ("failed", 31, 0), ("queued", 99, 1)]
)
async def test_notices_are_kept_for_a_month(shop: Shop, status: str, days: int, left: int) -> None:
    await shop.open([])
    await channel(shop, MAIL)
    await notify(shop)
    await shop.database.pool.execute(
        "UPDATE notification SET status = $1, created_at = now() - make_interval(days => $2)", status, days
    )
    assert await delete_old(shop.database.pool) == ({} if left else {"notification": 1})
    assert await shop.count("notification") == left


async def test_what_is_told_of_a_person_is_forgotten_with_him(shop: Shop, database: Database) -> None:
    await shop.open([tells()])
    await channel(shop, MAIL)
    for user in ("7", "8"):
        await shop.start(user)
    async with database.unit() as unit:
        await BotUsers(unit, shop.id).remove((await shop.user("7"))["id"])
    assert await shop.count("notification") == 1
