"""What a batch of turns reads and writes: one statement to load, one to commit.  Plain asyncpg.

The ORM costs a hundred times as much per turn (docs/decisions/0006), so this module is the one place that
speaks SQL of its own to the tables of other modules.
"""

from collections.abc import Iterable, Sequence

import structlog
from asyncpg import DeadlockDetectedError, Pool, Record
from msgspec import ValidationError, json

from engine.arrivals import Arrival
from engine.state import dump
from engine.store.bots import LAUNCHED
from engine.store.consequences import write_consequences
from engine.store.order_writing import SoldOut
from engine.store.played import Conversation, Played
from flows.card import Card, Cart

log = structlog.get_logger()

RING = 32
"""How many updates back a repeated delivery is recognised, a bot user."""

_CONTEXT = """
    i.n, s.id AS shop_id, s.publication, s.timezone, s.lang_code AS shop_lang,
    b.id AS bot_id, b.kind, b.status, u.id, u.version, u.messenger_user_id, u.lang_code,
    u.start_parameter, u.subscribed, u.reachable, u.variables, u.tags, u.cart, u.state, u.seen
"""

_BY_MESSENGER = f"""
SELECT {_CONTEXT}
FROM unnest($1::bigint[], $2::bigint[], $3::text[]) WITH ORDINALITY AS i(shop_id, bot_id, messenger, n)
JOIN shop s ON s.id = i.shop_id
JOIN bot b ON b.shop_id = i.shop_id AND b.id = i.bot_id
LEFT JOIN bot_user u ON u.shop_id = i.shop_id AND u.bot_id = i.bot_id AND u.messenger_user_id = i.messenger
"""

_BY_ID = f"""
SELECT {_CONTEXT}
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS i(shop_id, bot_user_id, n)
JOIN bot_user u ON u.shop_id = i.shop_id AND u.id = i.bot_user_id
JOIN shop s ON s.id = i.shop_id
JOIN bot b ON b.shop_id = i.shop_id AND b.id = u.bot_id
"""

_MEET = """
INSERT INTO bot_user (shop_id, bot_id, messenger_user_id, username, lang_code, variables)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::jsonb[])
ON CONFLICT (shop_id, bot_id, messenger_user_id) DO NOTHING
"""

_COMMIT = f"""
WITH t AS (
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::jsonb[], $5::jsonb[], $6::jsonb[],
                         $7::text[], $8::text[], $9::bool[], $10::bool[], $11::jsonb[], $12::bigint[],
                         $13::bool[])
    AS t(shop_id, id, version, state, variables, tags, parameter, lang, subscribed, reachable, cart, mark,
         heard)
), w AS (
    UPDATE bot_user b SET
        version = b.version + 1, state = t.state, variables = t.variables,
        tags = ARRAY(SELECT jsonb_array_elements_text(t.tags)), start_parameter = t.parameter,
        lang_code = t.lang, subscribed = t.subscribed, reachable = t.reachable, cart = t.cart,
        seen = CASE WHEN t.mark IS NULL THEN b.seen ELSE (t.mark || b.seen)[1:{RING}] END,
        heard_at = CASE WHEN t.heard THEN now() ELSE b.heard_at END, updated_at = now()
    FROM t WHERE b.shop_id = t.shop_id AND b.id = t.id AND b.version = t.version
    RETURNING b.shop_id, b.id, b.bot_id
), m AS (
    INSERT INTO message (shop_id, bot_user_id, seq, direction, body, status)
    SELECT x.* FROM unnest($14::bigint[], $15::bigint[], $16::bigint[], $17::smallint[],
                         $18::jsonb[], $19::text[]) AS x(shop_id, bot_user_id, seq, direction, body, status)
    JOIN w ON w.shop_id = x.shop_id AND w.id = x.bot_user_id
), o AS (
    INSERT INTO outbox (shop_id, bot_id, bot_user_id, seq, body)
    SELECT x.shop_id, w.bot_id, x.bot_user_id, x.seq, x.body
    FROM unnest($20::bigint[], $21::bigint[], $22::bigint[], $23::jsonb[])
        WITH ORDINALITY AS x(shop_id, bot_user_id, seq, body, n)
    JOIN w ON w.shop_id = x.shop_id AND w.id = x.bot_user_id ORDER BY x.n
)
SELECT shop_id, id FROM w
"""


async def load(pool: Pool, arrivals: Sequence[Arrival]) -> list[Conversation | None]:
    """The conversation of each arrival, new bot users made known; None where shop, bot or user is gone."""
    found: list[Conversation | None] = [None] * len(arrivals)
    heard = [n for n, arrival in enumerate(arrivals) if arrival.inbound is not None]
    own = [n for n, arrival in enumerate(arrivals) if arrival.inbound is None]
    if own:
        rows = await pool.fetch(
            _BY_ID, *_columns(((arrivals[n].shop_id, arrivals[n].bot_user_id) for n in own), 2)
        )
        for row in rows:
            found[own[row["n"] - 1]] = _conversation(row)
    if heard:
        for n, row in await _heard(pool, arrivals, heard):
            found[n] = _conversation(row)
    return found


async def _heard(pool: Pool, arrivals: Sequence[Arrival], heard: list[int]) -> list[tuple[int, Record]]:
    keys = [(a.shop_id, a.bot_id, a.inbound.user) for a in (arrivals[n] for n in heard) if a.inbound]
    rows = await pool.fetch(_BY_MESSENGER, *_columns(keys, 3))
    new = [arrivals[heard[row["n"] - 1]] for row in rows if row["id"] is None and row["status"] == LAUNCHED]
    if new:
        shop_lang = {row["shop_id"]: row["shop_lang"] for row in rows}
        # In one order whoever writes, here as in `write`: two processes must not wait for each other.
        strangers = sorted(_stranger(arrival, shop_lang) for arrival in new)
        await pool.execute(_MEET, *_columns(strangers, 6))
        rows = await pool.fetch(_BY_MESSENGER, *_columns(keys, 3))
    return [(heard[row["n"] - 1], row) for row in rows if row["id"] is not None]


def _stranger(arrival: Arrival, shop_lang: dict[int, str]) -> tuple[int, int, str, str, str, str]:
    who = arrival.inbound
    assert who is not None
    told = {"name": who.name, "username": who.username, "phone": who.phone, **who.source}
    variables = json.encode({name: value for name, value in told.items() if value}).decode()
    lang_code = who.lang_code or shop_lang[arrival.shop_id]
    return arrival.shop_id, arrival.bot_id, who.user, who.username, lang_code, variables


def _conversation(row: Record) -> Conversation:
    card = Card(
        channel=row["kind"],
        messenger_user_id=row["messenger_user_id"],
        start_parameter=row["start_parameter"],
        lang_code=row["lang_code"],
        subscribed=row["subscribed"],
        reachable=row["reachable"],
        variables=json.decode(row["variables"]),
        tags=tuple(row["tags"]),
        cart=_cart_of(row),
    )
    return Conversation(
        row["shop_id"],
        row["publication"],
        row["timezone"],
        row["bot_id"],
        row["kind"],
        row["status"] == LAUNCHED,
        row["id"],
        row["version"],
        card,
        row["state"],
        row["seen"],
    )


def _cart_of(row: Record) -> Cart:
    try:
        return _cart.decode(row["cart"])
    except ValidationError:
        # Nobody may be deaf for it.
        log.exception("cart unreadable, taken as empty", shop=row["shop_id"], bot_user=row["id"])
        return Cart()


async def write(pool: Pool, turns: Sequence[Played]) -> set[tuple[int, int]]:
    """Write the turns, all or nothing each; (shop, bot user) of those that won.

    A turn loses when its bot user was changed since he was loaded, or what he orders was sold
    to somebody else: then it must be played again.
    """
    ordering = [[turn] for turn in turns if turn.rows.orders]
    won: set[tuple[int, int]] = set()
    # An order that is short of something takes its turn back, so it stands in no transaction with others;
    # and first, so that one that cannot be written at all fails before anything is.
    for together in (*ordering, [turn for turn in turns if not turn.rows.orders]):
        try:
            won |= await _write_together(pool, together)
        except Exception:  # outermost: what is written must be told of; the rest is played again
            if not won:
                raise
            log.exception("broken off", written=len(won), turns=len(turns))
            break
    return won


async def _write_together(pool: Pool, turns: Sequence[Played]) -> set[tuple[int, int]]:
    if not turns:
        return set()
    in_order = sorted(turns, key=lambda turn: (turn.before.shop_id, turn.before.id))
    arguments = (
        *_columns(map(_user, in_order), 13),
        *_columns(_messages(turns), 6),
        *_columns(_outbox(turns), 4),
    )
    rare = [turn for turn in turns if not turn.rows.plain or turn.arrival.due]
    try:
        async with pool.acquire() as connection:
            if not rare:
                return _won(await connection.fetch(_COMMIT, *arguments))
            async with connection.transaction():
                won = _won(await connection.fetch(_COMMIT, *arguments))
                for turn in rare:
                    if (turn.before.shop_id, turn.before.id) in won:
                        await write_consequences(connection, turn)
                return won
    except (DeadlockDetectedError, SoldOut):
        return set()


def _won(rows: Iterable[Record]) -> set[tuple[int, int]]:
    return {(row["shop_id"], row["id"]) for row in rows}


def _user(turn: Played) -> tuple[object, ...]:
    before, card = turn.before, turn.card
    return (
        before.shop_id,
        before.id,
        before.version,
        dump(turn.state).decode(),
        json.encode(card.variables).decode(),
        json.encode(card.tags).decode(),
        card.start_parameter,
        card.lang_code,
        card.subscribed,
        card.reachable,
        json.encode(card.cart).decode(),
        turn.arrival.mark,
        turn.arrival.inbound is not None,
    )


def _messages(turns: Iterable[Played]) -> Iterable[tuple[object, ...]]:
    for turn in turns:
        for row in turn.rows.messages:
            yield turn.before.shop_id, turn.before.id, row.seq, row.direction, row.body.decode(), row.status


def _outbox(turns: Iterable[Played]) -> Iterable[tuple[object, ...]]:
    for turn in turns:
        for row in turn.rows.outbox:
            yield turn.before.shop_id, turn.before.id, row.seq, row.body.decode()


def _columns(rows: Iterable[Sequence[object]], width: int) -> list[list[object]]:
    """Rows turned on their side, as `unnest` takes them; `width` empty columns if there is none."""
    turned = [list(column) for column in zip(*rows, strict=True)]
    return turned or [[] for _ in range(width)]


_cart = json.Decoder(Cart)
