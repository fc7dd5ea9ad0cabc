"""The statement that writes a batch of turns: put together of the parts that the batch needs.

One statement is one round trip and one commit, with one CTE for each part that a batch has rows for; which
parts those are is the same from batch to batch, so that the server has few statements to keep prepared.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import NamedTuple

RING = 32
"""How many updates back a repeated delivery is recognised, a bot user."""

Columns = Sequence[Sequence[object]]
"""The rows of a part turned on their side, as `unnest` takes them."""


class Part(NamedTuple):
    """`columns` follow (shop_id, bot_user_id) and are named with their types; `x` are the rows of those
    turns that won, in the order in which they were given."""

    columns: Mapping[str, str]
    sql: str


_WHO = {"shop_id": "bigint", "bot_user_id": "bigint"}

# The bot user's own row decides: who has changed since he was loaded loses, and leaves no row anywhere.
_TURN = Part(
    {
        "version": "bigint",
        "state": "jsonb",
        "variables": "jsonb",
        "tags": "jsonb",
        "parameter": "text",
        "lang": "text",
        "subscribed": "bool",
        "reachable": "bool",
        "cart": "jsonb",
        "mark": "bigint",
        "heard": "bool",
    },
    f"""
    UPDATE bot_user b SET
        version = b.version + 1, state = t.state, variables = coalesce(t.variables, b.variables),
        tags = CASE WHEN t.tags IS NULL THEN b.tags ELSE ARRAY(SELECT jsonb_array_elements_text(t.tags)) END,
        start_parameter = t.parameter, lang_code = t.lang, subscribed = t.subscribed,
        reachable = t.reachable, cart = coalesce(t.cart, b.cart),
        seen = CASE WHEN t.mark IS NULL THEN b.seen ELSE (t.mark || b.seen)[1:{RING}] END,
        heard_at = CASE WHEN t.heard THEN now() ELSE b.heard_at END, updated_at = now()
    FROM t WHERE b.shop_id = t.shop_id AND b.id = t.bot_user_id AND b.version = t.version
    RETURNING b.shop_id, b.id, b.bot_id
    """,
)


def _gone(table: str, token: str) -> Part:
    """The rows that made the turns happen."""
    return Part(
        {"id": "bigint", "token": "bigint"},
        f"DELETE FROM {table} d USING x WHERE d.shop_id = x.shop_id AND d.id = x.id AND d.{token} = x.token",
    )


PARTS = {
    "message": Part(
        {"seq": "bigint", "direction": "smallint", "body": "jsonb", "status": "text"},
        """
        INSERT INTO message (shop_id, bot_user_id, seq, direction, body, status)
        SELECT x.shop_id, x.bot_user_id, x.seq, x.direction, x.body, x.status FROM x
        """,
    ),
    "outbox": Part(
        {"seq": "bigint", "body": "jsonb"},
        """
        INSERT INTO outbox (shop_id, bot_id, bot_user_id, seq, body)
        SELECT x.shop_id, x.bot_id, x.bot_user_id, x.seq, x.body FROM x
        RETURNING shop_id, bot_user_id, seq, id
        """,
    ),
    "lead": Part(
        {
            "turn": "bigint",
            "place": "bigint",
            "form": "text",
            "title": "text",
            "values": "jsonb",
            "source": "jsonb",
            "tags": "jsonb",
            "assignee": "bigint",
        },
        """
        INSERT INTO lead
            (shop_id, bot_user_id, bot_id, turn, place, form, title, values, source, tags, assignee_id)
        SELECT x.shop_id, x.bot_user_id, x.bot_id, x.turn, x.place, x.form, x.title, x.values, x.source,
            ARRAY(SELECT jsonb_array_elements_text(x.tags)), x.assignee FROM x
        """,
    ),
    # A notice with tags goes to channels that share one, and to those with none; one without goes to all.
    "notification": Part(
        {"title": "text", "text": "text", "tags": "jsonb"},
        """
        INSERT INTO notification (shop_id, channel_id, bot_user_id, title, text)
        SELECT x.shop_id, c.id, x.bot_user_id, x.title, x.text
        FROM x JOIN notification_channel c ON c.shop_id = x.shop_id AND c.is_active
        AND (x.tags = '[]' OR c.tags = '{}' OR c.tags && ARRAY(SELECT jsonb_array_elements_text(x.tags)))
        ORDER BY x.n, c.id
        RETURNING shop_id, bot_user_id
        """,
    ),
    # What a flow began anew after it was stopped is `kept`: the same row cannot go and come in one statement.
    "cancel": Part(
        {"flow": "text", "kept": "jsonb"},
        """
        DELETE FROM timer d USING x WHERE d.shop_id = x.shop_id AND d.bot_user_id = x.bot_user_id
        AND d.flow = x.flow AND NOT x.kept ? d.step
        """,
    ),
    "wake": Part(
        {"flow": "text", "step": "text", "token": "bigint", "run_at": "timestamptz"},
        """
        INSERT INTO timer (shop_id, bot_id, bot_user_id, flow, step, token, run_at)
        SELECT x.shop_id, x.bot_id, x.bot_user_id, x.flow, x.step, x.token, x.run_at FROM x
        ON CONFLICT (shop_id, bot_user_id, flow, step)
        DO UPDATE SET token = excluded.token, run_at = excluded.run_at, lease_until = NULL
        """,
    ),
    "call": Part(
        {"flow": "text", "step": "text", "token": "bigint", "request": "jsonb"},
        """
        INSERT INTO call (shop_id, bot_id, bot_user_id, flow, step, token, request)
        SELECT x.shop_id, x.bot_id, x.bot_user_id, x.flow, x.step, x.token, x.request FROM x
        """,
    ),
    "fault": Part(
        {"flow": "text", "step": "text", "code": "text", "message": "text"},
        """
        INSERT INTO fault (shop_id, bot_user_id, flow, step, code, message)
        SELECT x.shop_id, x.bot_user_id, x.flow, x.step, x.code, x.message FROM x
        """,
    ),
    "inbox": Part(
        {"external_id": "text", "body": "text", "problem": "text"},
        """
        INSERT INTO inbox (shop_id, bot_id, bot_user_id, external_id, body, problem)
        SELECT x.shop_id, x.bot_id, x.bot_user_id, x.external_id, x.body, x.problem FROM x
        """,
    ),
    "done_timer": _gone("timer", "token"),
    "done_call": _gone("call", "token"),
    "done_order_news": _gone("order_news", "number"),
}
_WIDTH = {name: len(_WHO) + len(part.columns) for name, part in PARTS.items()}


def commit_statement(
    turns: Sequence[Sequence[object]], rows: Mapping[str, Collection[Sequence[object]]]
) -> tuple[str, Columns]:
    """The statement and its arguments; `rows` by the name of their part, each (shop, bot user, ...).

    It returns (shop_id, bot user, told, None, None) of every turn that won, `told`: whether a notice of it
    found a channel; and (shop_id, bot user, False, seq, id) of each row that it put into the outbox.
    """
    parts = tuple(name for name in PARTS if rows.get(name))
    columns = [*_turned(turns, len(_WHO) + len(_TURN.columns))]
    for name in parts:
        columns += _turned(rows[name], _WIDTH[name])
    return _sql(parts), columns


def _turned(rows: Collection[Sequence[object]], width: int) -> Columns:
    return [*zip(*rows, strict=True)] if rows else [()] * width


@cache
def _sql(parts: tuple[str, ...]) -> str:
    """At most one for every set of parts, of which a shop's flows make a handful."""
    given = 1
    ctes: list[str] = []
    for name, part in (("t", _TURN), *((name, PARTS[name]) for name in parts)):
        columns = {**_WHO, **part.columns}
        arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(columns.values(), given))
        rows = f"unnest({arrays}) WITH ORDINALITY AS x({', '.join(columns)}, n)"
        given += len(columns)
        if part is _TURN:
            ctes += [f"t AS (SELECT * FROM {rows})", f"w AS ({part.sql})"]
            continue
        won = f"SELECT x.*, w.bot_id FROM {rows} JOIN w ON w.shop_id = x.shop_id AND w.id = x.bot_user_id"
        ctes.append(f'"{name}" AS (WITH x AS ({won} ORDER BY x.n) {part.sql})')
    told = "false"
    if "notification" in parts:
        told = "EXISTS (SELECT FROM notification k WHERE k.shop_id = w.shop_id AND k.bot_user_id = w.id)"
    winners = f"SELECT w.shop_id, w.id, {told}, NULL::bigint, NULL::bigint FROM w"
    # Not joined: the planner knows no numbers of what a CTE returns, and would go through all for each turn.
    parcels = "SELECT shop_id, bot_user_id, false, seq, id FROM outbox"
    return f"WITH {', '.join(ctes)} {winners}" + (f" UNION ALL {parcels}" if "outbox" in parts else "")
