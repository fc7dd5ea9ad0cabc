"""Who owns which lane.  A process lives while its row of `lane_owner` does, and so do all its leases.

Whoever finds a process late deletes its row, and only then are its lanes free.  The deletion waits for a
renewal that is under way, and a renewal of what is deleted fails: never do two think that a lane is theirs.
"""

from collections.abc import Iterable
from typing import NamedTuple

from asyncpg import Pool

from engine.store.bots import LAUNCHED

LEASE_SECONDS = 4
"""What was killed is found within it and half a second more: five are promised.  Renewed three times
meanwhile, so that a stall of two seconds costs nobody his lanes."""

_LATER = f"now() + interval '{LEASE_SECONDS} seconds'"
_RENEW = f"UPDATE lane_owner SET lives_until = {_LATER} WHERE owner = $1 RETURNING true"
_VACATE = "UPDATE lane SET owner = '' WHERE owner = $1"
_ENTER = f"INSERT INTO lane_owner (owner, lives_until) VALUES ($1, {_LATER})"
_BURY = "DELETE FROM lane_owner WHERE lives_until < now() AND owner <> $1 RETURNING true"
_LEAVE = "DELETE FROM lane_owner WHERE owner = $1"

_LAUNCHED = f"SELECT shop_id, id FROM bot WHERE status = {LAUNCHED} AND NOT kind = ANY($1::text[])"
_SHARE = f"""
SELECT (SELECT count(*) FROM ({_LAUNCHED}) b) AS lanes, (SELECT count(*) FROM lane_owner) AS owners,
       (SELECT count(*) FROM lane WHERE owner = $2) AS ours
"""
_FREE = f"""
SELECT b.shop_id, b.id, coalesce(l.epoch, 0) + 1 AS epoch
FROM ({_LAUNCHED}) b LEFT JOIN lane l ON l.shop_id = b.shop_id AND l.bot_id = b.id
WHERE l.owner IS NULL OR l.owner NOT IN (SELECT owner FROM lane_owner)
ORDER BY b.shop_id, b.id LIMIT $2
"""
# The epoch that was seen free decides between two that take it: a later snapshot may not know the first one.
_TAKE = """
INSERT INTO lane (shop_id, bot_id, owner, epoch)
SELECT t.shop_id, t.bot_id, $1, t.epoch
FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS t(shop_id, bot_id, epoch)
ON CONFLICT (shop_id, bot_id) DO UPDATE SET owner = excluded.owner, epoch = excluded.epoch
WHERE lane.epoch = excluded.epoch - 1
"""

_HELD = f"""
SELECT l.shop_id, l.bot_id, l.epoch, b.kind, b.problem IS NOT NULL, b.status = {LAUNCHED}
FROM lane l JOIN bot b ON b.shop_id = l.shop_id AND b.id = l.bot_id
WHERE l.owner = $1
"""

_GIVE_BACK = """
UPDATE lane l SET owner = '' FROM unnest($2::bigint[], $3::bigint[]) AS t(shop_id, bot_id)
WHERE l.owner = $1 AND l.shop_id = t.shop_id AND l.bot_id = t.bot_id
"""

_OWNED = f"""
SELECT l.shop_id, l.bot_id FROM lane l JOIN bot b ON b.shop_id = l.shop_id AND b.id = l.bot_id
WHERE l.owner = $1 AND b.status = {LAUNCHED} AND b.kind = ANY($2::text[])
AND EXISTS (SELECT FROM lane_owner w WHERE w.owner = $1 AND w.lives_until > now())
"""


class Held(NamedTuple):
    """A lane of ours; `troubled`: the bot's owner was told of a problem that a delivery may prove gone."""

    shop_id: int
    bot_id: int
    epoch: int
    kind: str
    troubled: bool
    launched: bool


async def renew(pool: Pool, owner: str) -> bool:
    """Whether the process still lives; then so do its leases, from before the call on."""
    return await pool.fetchval(_RENEW, owner) is True


async def enter(pool: Pool, owner: str) -> None:
    """The process lives from now on, and owns nothing, whatever it owned before."""
    await pool.execute(_VACATE, owner)
    await pool.execute(_ENTER, owner)


async def leave(pool: Pool, owner: str) -> None:
    """Give everything back at once: nothing more may be on its way."""
    await pool.execute(_LEAVE, owner)


async def bury(pool: Pool, owner: str) -> bool:
    """Whether others were found that did not renew their leases; their lanes are free now."""
    return bool(await pool.fetch(_BURY, owner))


async def take(pool: Pool, owner: str, without: Iterable[str]) -> int:
    """Take free lanes up to our share of all, which is returned; `without`: kinds that have no outbox."""
    kinds = list(without)
    [counts] = await pool.fetch(_SHARE, kinds, owner)
    share = -(-counts["lanes"] // max(counts["owners"], 1))
    if counts["ours"] < share:
        free = await pool.fetch(_FREE, kinds, share - counts["ours"])
        if free:
            await pool.execute(_TAKE, owner, *map(list, zip(*free, strict=True)))
    return int(share)


async def held(pool: Pool, owner: str) -> list[Held]:
    """What is ours, stopped bots included."""
    return [Held(*row) for row in await pool.fetch(_HELD, owner)]


async def give_back(pool: Pool, owner: str, lanes: Iterable[tuple[int, int]]) -> None:
    """These lanes, as (shop, bot), are for others to take."""
    known = list(lanes)
    await pool.execute(_GIVE_BACK, owner, [shop_id for shop_id, _ in known], [bot_id for _, bot_id in known])


async def owned(pool: Pool, owner: str, kinds: Iterable[str]) -> set[tuple[int, int]]:
    """The launched bots of these kinds whose lanes are ours, as (shop, bot)."""
    rows = await pool.fetch(_OWNED, owner, list(kinds))
    return {(row["shop_id"], row["bot_id"]) for row in rows}
