"""What a batch of turns reads and writes: one statement to load, one to commit.  Plain asyncpg.

The ORM costs a hundred times as much per turn (docs/decisions/0006), so this module is the one place that
speaks SQL of its own to the tables of other modules.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import structlog
from asyncpg import DeadlockDetectedError, Pool, Record
from msgspec import ValidationError, json

from engine.arrivals import Arrival
from engine.state import dump
from engine.store.bots import LAUNCHED
from engine.store.consequences import consequences
from engine.store.lead_writing import KeptLead, sort_leads
from engine.store.order_writing import SoldOut, write_order
from engine.store.played import Conversation, Played
from engine.store.writing import commit_statement
from flows.card import Card, Cart

log = structlog.get_logger()

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


class Winner(NamedTuple):
    """What the commit gave the messages that are to be sent: their places in the outbox, by their `seq`."""

    parcels: dict[int, int]


Winners = dict[tuple[int, int], Winner]
"""By shop and bot user."""


async def write(pool: Pool, turns: Sequence[Played]) -> Winners:
    """Write the turns, all or nothing each; those that won.

    A turn loses when its bot user was changed since he was loaded, or what he orders was sold
    to somebody else: then it must be played again.
    """
    ordering = [[turn] for turn in turns if turn.rows.orders]
    won: Winners = {}
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


async def _write_together(pool: Pool, turns: Sequence[Played]) -> Winners:
    if not turns:
        return {}
    leads = await sort_leads(pool, turns)
    in_order = sorted(turns, key=lambda turn: (turn.before.shop_id, turn.before.id))
    users = [_user(turn, leads.get(id(turn), ())) for turn in in_order]
    statement, columns = commit_statement(users, consequences(turns, leads))
    try:
        async with pool.acquire() as connection:
            if not any(turn.rows.orders for turn in turns):
                return _won(turns, await connection.fetch(statement, *columns))
            async with connection.transaction():
                won = _won(turns, await connection.fetch(statement, *columns))
                for turn in turns:
                    if (turn.before.shop_id, turn.before.id) in won:
                        for place, order in enumerate(turn.rows.orders):
                            await write_order(connection, turn.before, order, place)
                return won
    except (DeadlockDetectedError, SoldOut):
        return {}


def _won(turns: Iterable[Played], rows: Iterable[Record]) -> Winners:
    won: Winners = {}
    unheard: set[tuple[int, int]] = set()
    for shop_id, id, told, seq, parcel in rows:
        winner = won.setdefault((shop_id, id), Winner({}))
        if parcel is not None:
            winner.parcels[seq] = parcel
        elif not told:
            unheard.add((shop_id, id))
    for turn in turns:
        if turn.rows.notifications and (turn.before.shop_id, turn.before.id) in unheard:
            tags = [tag for notice in turn.rows.notifications for tag in notice.tags]
            log.info("nobody to notify", shop=turn.before.shop_id, tags=tags)
    return won


def _user(turn: Played, leads: Iterable[KeptLead]) -> tuple[object, ...]:
    """What has not changed is not said again: to the server it is text that must be read."""
    before, card, was = turn.before, turn.card, turn.before.card
    marked = {lead.tag: None for lead in leads if lead.tag and lead.tag not in card.tags}
    return (
        before.shop_id,
        before.id,
        before.version,
        dump(turn.state).decode(),
        None if card.variables is was.variables else json.encode(card.variables).decode(),
        None if card.tags is was.tags and not marked else json.encode((*card.tags, *marked)).decode(),
        card.start_parameter,
        card.lang_code,
        card.subscribed,
        card.reachable,
        None if card.cart is was.cart else json.encode(card.cart).decode(),
        turn.arrival.mark,
        turn.arrival.inbound is not None,
    )


def _columns(rows: Iterable[Sequence[object]], width: int) -> list[list[object]]:
    """Rows turned on their side, as `unnest` takes them; `width` empty columns if there is none."""
    turned = [list(column) for column in zip(*rows, strict=True)]
    return turned or [[] for _ in range(width)]


_cart = json.Decoder(Cart)
