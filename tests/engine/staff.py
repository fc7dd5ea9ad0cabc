"""A shop's staff, who wants to be told."""

from typing import Any

from engine.store.notifications import write_notification
from flows.effects import Notify
from tests.engine.shop_floor import Shop

MAIL, CHAT = "staff@shop.example", 700


def tells(kind: str = "notify", **step: Any) -> dict[str, Any]:
    """A flow that tells the staff at once."""
    told = {"subject": "{{ name }} waits", "text": "Call her"} if kind == "notify" else {}
    return {
        "key": "main",
        "name": "Main",
        "start": "tell",
        "triggers": [{"on": "default"}],
        "steps": [{"id": "tell", "kind": kind, **told, **step}],
    }


async def channel(shop: Shop, email: str | None = None, tg: int | None = None, *tags: str) -> int:
    id = await shop.database.pool.fetchval(
        "INSERT INTO notification_channel (shop_id, type, email, tg_user_id, tags)"
        " VALUES ($1, $2, $3, $4, $5) RETURNING id",
        shop.id,
        1 if email else 2,
        email,
        tg,
        list(tags),
    )
    return int(id)


async def notify(shop: Shop, *tags: str, title: str = "Hear") -> None:
    async with shop.database.connection() as connection:
        await write_notification(connection, shop.id, Notify(title, "", tags))


async def stands(shop: Shop) -> tuple[str, str | None, str | None]:
    """Of the only notice: what became of it, why, and what its channel says of that."""
    row = await shop.database.pool.fetchrow(
        "SELECT n.status, n.problem, c.problem AS told FROM notification n JOIN notification_channel c"
        " ON c.shop_id = n.shop_id AND c.id = n.channel_id WHERE n.shop_id = $1",
        shop.id,
    )
    return row["status"], row["problem"], row["told"]


async def another_bot(shop: Shop, kind: str = "telegram") -> int:
    """A bot of the same shop, launched."""
    other = await shop.database.pool.fetchval(
        "INSERT INTO bot (shop_id, kind, name, status) VALUES ($1, $2, 'Other', 5) RETURNING id",
        shop.id,
        kind,
    )
    vault = shop.engine.vault
    await shop.database.pool.execute(
        "UPDATE bot SET credentials = $3, hook_secret = $4 WHERE shop_id = $1 AND id = $2",
        shop.id,
        other,
        vault.seal(shop.id, "bot.credentials", other, b'{"token": "43:OTHER"}'),
        vault.seal(shop.id, "bot.hook_secret", other, b"a-secret"),
    )
    return int(other)
