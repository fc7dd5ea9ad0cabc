"""The outbox as its lane's owner reads and clears it.  What is written must come with the lane's epoch."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from asyncpg import Pool

# Lane by lane from where it stands: what lies before, dead rows above all, is never walked again.
_READ = """
SELECT o.shop_id, o.bot_id, o.id, o.bot_user_id, o.seq, o.body, o.attempts, o.parts, o.created_at,
       u.messenger_user_id, o.bulk, extract(epoch FROM o.not_before - now())::float8 AS wait
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS l(shop_id, bot_id, at)
CROSS JOIN LATERAL (
    SELECT * FROM outbox o
    WHERE o.shop_id = l.shop_id AND o.bot_id = l.bot_id AND o.id > l.at AND NOT o.dead
    AND o.id NOT IN (SELECT unnest($4::bigint[])) AND o.bot_user_id NOT IN (SELECT unnest($5::bigint[]))
    ORDER BY o.shop_id, o.bot_id, o.id LIMIT $6
) o
JOIN bot_user u ON u.shop_id = o.shop_id AND u.id = o.bot_user_id
ORDER BY o.id
"""

_GONE = """
SELECT t.id FROM unnest($1::bigint[], $2::bigint[]) AS t(shop_id, id)
WHERE NOT EXISTS (SELECT FROM outbox o WHERE o.shop_id = t.shop_id AND o.id = t.id)
"""

_OURS = """
    SELECT o.shop_id, o.id, t.status, t.external_id, t.problem, t.not_before, t.parts, t.ambiguous
    FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[],
                $8::timestamptz[], $9::smallint[], $10::boolean[])
        AS t(shop_id, id, epoch, status, external_id, problem, not_before, parts, ambiguous)
    JOIN outbox o ON o.shop_id = t.shop_id AND o.id = t.id AND NOT o.dead
    JOIN lane l ON l.shop_id = o.shop_id AND l.bot_id = o.bot_id AND l.owner = $1 AND l.epoch = t.epoch
"""

_KEPT = "o.shop_id, o.bot_user_id, o.seq, ours.status, ours.external_id, ours.problem, ours.ambiguous"

# An answer of ours that was lost brings the same outcomes once more: who was given up then stays as he is.
# What may have arrived stays so until it is known to have; then the problem tells that it may be there twice.
# Whoever waits for a bill to be paid hears that there is none.
_SETTLE = f"""
WITH ours AS ({_OURS}), sent AS (
    DELETE FROM outbox o USING ours WHERE ours.status = 'sent' AND o.shop_id = ours.shop_id AND o.id = ours.id
    RETURNING {_KEPT}
), dead AS (
    UPDATE outbox o SET dead = true, problem = ours.problem, parts = greatest(o.parts, ours.parts)
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


class Page(NamedTuple):
    """What is to be read of a lane: from behind `at` on, without what is `held`, and nothing of `without`."""

    shop_id: int
    bot_id: int
    at: int
    held: Iterable[int] = ()
    without: Iterable[int] = ()


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


async def read(pool: Pool, pages: Sequence[Page], limit: int) -> list[tuple[Parcel, float]]:
    """The next `limit` of each, in order, each with the seconds until it may go: negative if it may now."""
    rows = await pool.fetch(
        _READ,
        [page.shop_id for page in pages],
        [page.bot_id for page in pages],
        [page.at for page in pages],
        [id for page in pages for id in page.held],
        [who for page in pages for who in page.without],
        limit,
    )
    return [(Parcel(*row[:-1]), row[-1]) for row in rows]


async def gone(pool: Pool, ids: Sequence[tuple[int, int]]) -> set[int]:
    """Those of the rows, as (shop, id), that are no more: somebody was removed with all that was his."""
    rows = await pool.fetch(_GONE, [shop_id for shop_id, _ in ids], [id for _, id in ids])
    return {row["id"] for row in rows}


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
