"""Delays and questions whose moment has come, claimed bot by bot.  A claim is a lease: it may be lost.

Bots take turns, so nobody waits behind the thousands of another, and what a stopped bot has due is never
looked at.  A process remembers how far it has come with each bot and reads on from there: what it has claimed
may still stand in the index for as long as vacuum is held up.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from time import monotonic
from typing import Generic, NamedTuple, TypeVar

from asyncpg import Pool, Record

from engine.arrivals import Due
from engine.store.bots import LAUNCHED
from engine.store.timers import OF_ALL_BOTS

MOST_CLAIMED = 256
MOST_SEEN = 1_000
"""Rows looked at to learn whose they are; where more are due, the bots themselves are gone through."""
SWEEP_SECONDS = 20.0
"""How often all is looked for anew: what was claimed and lost, what a bot had due when it was started."""
SCAN_SECONDS = 1.0
"""How often at most the bots are gone through."""
OVERLAP_SECONDS = 3
"""Commits come out of order and clocks differ: what is so young is read again."""

Bot = tuple[int, int]
Place = tuple[datetime, int]
_FIRST: Place = (datetime.min.replace(tzinfo=UTC), 0)


class DueTimer(NamedTuple):
    shop_id: int
    bot_id: int
    id: int
    late: float
    """Seconds since its moment."""
    bot_user_id: int
    flow: str
    step: str
    token: int

    @property
    def due(self) -> Due:
        return Due("timer", self.id, self.token)


class DueCall(NamedTuple):
    shop_id: int
    bot_id: int
    id: int
    late: float
    bot_user_id: int
    flow: str
    step: str
    token: int
    request: str
    attempts: int

    @property
    def due(self) -> Due:
        return Due("call", self.id, self.token)


R = TypeVar("R", bound=DueTimer | DueCall)


class DueLine(Generic[R]):
    """What is due in one table, for one process."""

    def __init__(self, table: str, moment: str, seconds: int, row: type[R]) -> None:
        """`moment`: the column that says when; `seconds`: how long a claim holds."""
        self._recent, self._scan, self._claim = _statements(table, moment, seconds, row)
        self._row: type[R] = row
        self._bots: dict[Bot, None] = {}
        """Those that had something due when it was looked for, whoever has waited longest first."""
        self._places: dict[Bot, Place] = {}
        self._looked = self._scanned = self._swept = float("-inf")

    def more(self, but: Collection[int] = ()) -> bool:
        """Whether there was more than could be claimed, of other shops than `but`."""
        return any(shop not in but for shop, _ in self._bots)

    async def claim(self, pool: Pool, most: int = MOST_CLAIMED, but: Collection[int] = ()) -> list[R]:
        """At most so many rows of launched bots that nobody else has claimed; none of the shops `but`.

        Each bot's earliest first.
        """
        await self._look(pool)
        bots = [bot for bot in self._bots if bot[0] not in but][: max(most // 4, 1)]
        if not bots or not most:
            return []
        each = max(most // len(bots), 1)
        rows = await pool.fetch(self._claim, *self._columns(bots), each)
        rows.sort(key=lambda row: (-row["late"], row["id"]))
        for bot in bots:
            del self._bots[bot]
        for bot in self._note(rows, each):
            self._bots[bot] = None  # behind the others
        return [self._row(*tuple(row)[1:]) for row in rows]

    def _note(self, rows: Iterable[Record], each: int) -> list[Bot]:
        """How far each bot was read; those that may have more."""
        found: dict[Bot, int] = {}
        for row in rows:
            bot = row["shop_id"], row["bot_id"]
            self._places[bot] = row["place"], row["id"]
            found[bot] = found.get(bot, 0) + 1
        return [full for full, many in found.items() if many == each]

    async def _look(self, pool: Pool) -> None:
        """Find the bots that have something due."""
        now = monotonic()
        if now - self._swept >= SWEEP_SECONDS:
            self._places.clear()
            await self._go_through(pool, now)
            self._swept = now
            return
        rows = await pool.fetch(self._recent, now - self._looked + OVERLAP_SECONDS)
        self._join(rows)
        if sum(row["many"] for row in rows) < MOST_SEEN:
            self._looked = now
        elif now - self._scanned >= SCAN_SECONDS:
            await self._go_through(pool, now)

    async def _go_through(self, pool: Pool, now: float) -> None:
        self._join(await pool.fetch(self._scan, *self._columns(self._places)))
        self._looked = self._scanned = now

    def _join(self, rows: Iterable[Record]) -> None:
        for row in rows:
            self._bots.setdefault((row["shop_id"], row["bot_id"]))

    def _columns(self, bots: Iterable[Bot]) -> tuple[list[int], list[int], list[datetime], list[int]]:
        known = list(bots)
        places: list[Place] = [self._places.get(bot, _FIRST) for bot in known]
        whose = [bot[0] for bot in known], [bot[1] for bot in known]
        return *whose, [place[0] for place in places], [place[1] for place in places]


def timers() -> DueLine[DueTimer]:
    # A turn takes milliseconds; what another process takes up meanwhile is void by its token.
    return DueLine("timer", "run_at", 20, DueTimer)


def calls() -> DueLine[DueCall]:
    return DueLine("call", "not_before", 60, DueCall)


async def call_again(pool: Pool, call: DueCall, seconds: float) -> None:
    """Let the call be claimed once more after so long."""
    await pool.execute(_AGAIN, call.shop_id, call.id, call.token, seconds)


_AGAIN = """
UPDATE call SET attempts = attempts + 1, not_before = now() + make_interval(secs => $4), lease_until = NULL
WHERE shop_id = $1 AND id = $2 AND token = $3
"""


def _statements(table: str, moment: str, seconds: int, row: type[R]) -> tuple[str, str, str]:
    due = f"t.{moment} <= now() AND (t.lease_until IS NULL OR t.lease_until < now())"
    columns = "$1::bigint[], $2::bigint[], $3::timestamptz[], $4::bigint[]"
    places = f"unnest({columns}) AS p(shop_id, bot_id, moment, id)"
    recent = f"""
SELECT shop_id, bot_id, count(*) AS many FROM (
    SELECT t.shop_id, t.bot_id FROM {table} t
    WHERE t.{OF_ALL_BOTS} AND t.{moment} > now() - make_interval(secs => $1) AND {due}
    ORDER BY t.{moment} LIMIT {MOST_SEEN}
) r GROUP BY shop_id, bot_id
"""
    # LIMIT makes it one look into the index for each bot, whatever the planner thinks is there.
    scan = f"""
SELECT b.shop_id, b.id AS bot_id FROM bot b
LEFT JOIN {places} ON p.shop_id = b.shop_id AND p.bot_id = b.id
CROSS JOIN LATERAL (
    SELECT FROM {table} t WHERE t.shop_id = b.shop_id AND t.bot_id = b.id AND {due}
    AND (t.{moment}, t.id) > (coalesce(p.moment, '-infinity'), coalesce(p.id, 0))
    ORDER BY t.{moment}, t.id LIMIT 1
) x
WHERE b.status = {LAUNCHED}
"""
    # By their places in the table: no plan can then read more of it than the rows that were locked.
    claim = f"""
UPDATE {table} d SET lease_until = now() + interval '{seconds} seconds'
WHERE d.ctid = ANY(ARRAY(
    SELECT x.at FROM {places}
    JOIN bot b ON b.shop_id = p.shop_id AND b.id = p.bot_id AND b.status = {LAUNCHED}
    CROSS JOIN LATERAL (
        SELECT t.ctid AS at FROM {table} t WHERE t.shop_id = p.shop_id AND t.bot_id = p.bot_id
        AND {due} AND (t.{moment}, t.id) > (p.moment, p.id)
        ORDER BY t.{moment}, t.id LIMIT $5 FOR UPDATE SKIP LOCKED
    ) x
))
RETURNING least(d.{moment}, now() - interval '{OVERLAP_SECONDS} seconds') AS place, PLACEHOLDER
"""
    late = f"extract(epoch FROM now() - d.{moment})::float8 AS late"
    taken = ", ".join(late if name == "late" else f"d.{name}" for name in row._fields)
    return recent, scan, claim.replace("PLACEHOLDER", taken)
