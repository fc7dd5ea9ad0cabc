"""The outbox as its lane's owner reads and clears it.  One owner a bot: a lease with a fencing epoch."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from asyncpg import Pool, Record

from engine.store.bots import LAUNCHED

LEASE_SECONDS = 5
MOST_READ = 1_000
MOST_A_BOT = 200

_LEASE = f"""
INSERT INTO lane (shop_id, bot_id, owner, epoch, lease_until)
SELECT shop_id, id, $1, 1, now() + interval '{LEASE_SECONDS} seconds'
FROM bot WHERE status = {LAUNCHED} AND NOT kind = ANY($2::text[])
ORDER BY shop_id, id
ON CONFLICT (shop_id, bot_id) DO UPDATE SET
    owner = excluded.owner, lease_until = excluded.lease_until,
    epoch = lane.epoch + CASE WHEN lane.owner = excluded.owner THEN 0 ELSE 1 END
WHERE lane.owner = excluded.owner OR lane.lease_until < now()
RETURNING shop_id, bot_id, epoch,
    (SELECT problem IS NOT NULL FROM bot b WHERE b.shop_id = lane.shop_id AND b.id = lane.bot_id) AS troubled
"""

_RELEASE = "UPDATE lane SET lease_until = now() WHERE owner = $1"

# Bot by bot, and without what cannot go now: of that there may be more than anybody can read.
_READ = f"""
SELECT o.shop_id, o.bot_id, o.id, o.bot_user_id, o.seq, o.body, o.attempts, o.parts,
       o.created_at, u.messenger_user_id, false AS bulk
FROM lane l
JOIN bot b ON b.shop_id = l.shop_id AND b.id = l.bot_id
CROSS JOIN LATERAL (
    SELECT * FROM outbox o
    WHERE o.shop_id = l.shop_id AND o.bot_id = l.bot_id AND NOT o.dead AND o.not_before <= now()
    AND (o.shop_id, o.bot_user_id) NOT IN (SELECT * FROM unnest($4::bigint[], $5::bigint[]))
    AND NOT EXISTS (
        SELECT FROM outbox e WHERE e.shop_id = o.shop_id AND e.bot_id = o.bot_id
        AND e.bot_user_id = o.bot_user_id AND e.id < o.id AND e.not_before > now() AND NOT e.dead
    )
    ORDER BY o.id LIMIT {MOST_A_BOT}
) o
JOIN bot_user u ON u.shop_id = o.shop_id AND u.id = o.bot_user_id
WHERE l.owner = $1 AND l.lease_until > now() AND b.status = {LAUNCHED}
AND (l.shop_id, l.bot_id) NOT IN (SELECT * FROM unnest($2::bigint[], $3::bigint[]))
ORDER BY o.id LIMIT {MOST_READ}
"""

_OURS = """
    SELECT o.shop_id, o.id, t.status, t.external_id, t.problem, t.not_before, t.parts, t.ambiguous
    FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[],
                $8::timestamptz[], $9::smallint[], $10::boolean[])
        AS t(shop_id, id, epoch, status, external_id, problem, not_before, parts, ambiguous)
    JOIN outbox o ON o.shop_id = t.shop_id AND o.id = t.id
    JOIN lane l ON l.shop_id = o.shop_id AND l.bot_id = o.bot_id AND l.owner = $1 AND l.epoch = t.epoch
"""

_KEPT = "o.shop_id, o.bot_user_id, o.seq, ours.status, ours.external_id, ours.problem, ours.ambiguous"

# What may have arrived stays so until it is known to have; then the problem tells that it may be there twice.
# Whoever waits for a bill to be paid hears that there is none.
_SETTLE = f"""
WITH ours AS ({_OURS}), sent AS (
    DELETE FROM outbox o USING ours WHERE ours.status = 'sent' AND o.shop_id = ours.shop_id AND o.id = ours.id
    RETURNING {_KEPT}
), dead AS (
    UPDATE outbox o SET dead = true, problem = ours.problem
    FROM ours WHERE ours.status = 'failed' AND o.shop_id = ours.shop_id AND o.id = ours.id
    RETURNING {_KEPT}
), later AS (
    UPDATE outbox o SET attempts = o.attempts + 1, problem = ours.problem, not_before = ours.not_before,
        parts = ours.parts
    FROM ours WHERE ours.status = 'queued' AND o.shop_id = ours.shop_id AND o.id = ours.id
    RETURNING {_KEPT}
), unpaid AS (
    INSERT INTO order_news (shop_id, bot_user_id, number, status, paid)
    SELECT s.shop_id, s.bot_user_id, s.number, 'unpaid', false
    FROM dead d JOIN shown_bill s USING (shop_id, bot_user_id, seq)
    JOIN shop_order f ON f.shop_id = s.shop_id AND f.number = s.number
    WHERE NOT d.ambiguous AND f.paid_at IS NULL AND f.status <> 'cancelled'
)
UPDATE message m SET
    status = CASE WHEN x.status <> 'sent' AND (x.ambiguous OR m.status = 'ambiguous') THEN 'ambiguous'
                  ELSE x.status END,
    problem = CASE WHEN m.status = 'ambiguous' AND NOT x.ambiguous AND x.status <> 'failed'
                        AND (x.status = 'queued' OR x.problem IS NULL) THEN m.problem ELSE x.problem END,
    external_id = coalesce(x.external_id, m.external_id)
FROM (SELECT * FROM sent UNION ALL SELECT * FROM dead UNION ALL SELECT * FROM later) x
WHERE m.shop_id = x.shop_id AND m.bot_user_id = x.bot_user_id AND m.seq = x.seq AND m.direction = 2
"""

_BEGIN = """
UPDATE outbox o SET parts = 1 FROM lane l
WHERE o.shop_id = $2 AND o.id = $3 AND o.parts = 0
AND l.shop_id = o.shop_id AND l.bot_id = o.bot_id AND l.owner = $1 AND l.epoch = $4
RETURNING o.id
"""

_PROBLEM = """
UPDATE bot SET problem = $3 WHERE shop_id = $1 AND id = $2 AND problem IS DISTINCT FROM $3
"""


class Parcel(NamedTuple):
    """A row of the outbox that is ours to deliver.  `parts` requests of it were taken already."""

    shop_id: int
    bot_id: int
    id: int
    bot_user_id: int
    seq: int
    body: str | bytes
    attempts: int
    parts: int
    created_at: datetime
    messenger_user_id: str
    bulk: bool = False
    """Sent to many at once: whatever answers somebody goes first."""


class Held(NamedTuple):
    """A lane of ours; `troubled`: the bot's owner was told of a problem that a delivery may prove gone."""

    epoch: int
    troubled: bool


class Outcome(NamedTuple):
    """What became of a parcel: `sent`, `failed` for good, or `queued` until `not_before`.

    `problem` of what was sent: what was lost of it.  `ambiguous`: it may have arrived all the same.
    """

    parcel: Parcel
    status: str
    external_id: str | None = None
    problem: str | None = None
    not_before: datetime | None = None
    parts: int = 0
    ambiguous: bool = False


async def lease(pool: Pool, owner: str, without: Iterable[str]) -> dict[tuple[int, int], Held]:
    """Take every lane that nobody holds and keep our own, by (shop, bot).

    `without`: kinds that have no outbox.
    """
    rows = await pool.fetch(_LEASE, owner, list(without))
    return {(row["shop_id"], row["bot_id"]): Held(row["epoch"], row["troubled"]) for row in rows}


async def release(pool: Pool, owner: str) -> None:
    await pool.execute(_RELEASE, owner)


async def read(
    pool: Pool, owner: str, resting: Iterable[tuple[int, int]], busy: Iterable[tuple[int, int]]
) -> list[Parcel]:
    """What may go now in our lanes, oldest first; each conversation's in order and without a gap.

    Left out are the bots `resting`, as (shop, bot), and the conversations `busy`, as (shop, bot user).
    """
    rows = await pool.fetch(_READ, owner, *_pair(resting), *_pair(busy))
    return [_parcel(row) for row in rows]


def _pair(both: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
    known = list(both)
    return [first for first, _ in known], [second for _, second in known]


async def settle(pool: Pool, owner: str, outcomes: list[tuple[int, Outcome]]) -> None:
    """Write what became of parcels, each with its lane's epoch; of a lane no longer ours nothing."""
    columns: tuple[list[object], ...] = tuple([] for _ in range(9))
    for epoch, outcome in outcomes:
        parcel = outcome.parcel
        values = (parcel.shop_id, parcel.id, epoch, *outcome[1:])
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    await pool.execute(_SETTLE, owner, *columns)


async def begin(pool: Pool, owner: str, parcel: Parcel, epoch: int) -> bool:
    """Note that a parcel is on its way, which must not go twice; whether nobody had begun before.

    What becomes of it then overwrites the note.  False also where its lane is no longer ours.
    """
    return await pool.fetchval(_BEGIN, owner, parcel.shop_id, parcel.id, epoch) is not None


async def set_problem(pool: Pool, shop_id: int, bot_id: int, problem: str | None) -> None:
    """What the shop owner must know of the bot's connection; None: it works."""
    await pool.execute(_PROBLEM, shop_id, bot_id, problem)


def _parcel(row: Record) -> Parcel:
    return Parcel(*row)


_OWNED = f"""
SELECT l.shop_id, l.bot_id FROM lane l JOIN bot b ON b.shop_id = l.shop_id AND b.id = l.bot_id
WHERE l.owner = $1 AND l.lease_until > now() AND b.status = {LAUNCHED} AND b.kind = ANY($2::text[])
"""


async def owned(pool: Pool, owner: str, kinds: Iterable[str]) -> set[tuple[int, int]]:
    """The launched bots of these kinds whose lanes are ours, as (shop, bot)."""
    rows = await pool.fetch(_OWNED, owner, list(kinds))
    return {(row["shop_id"], row["bot_id"]) for row in rows}
