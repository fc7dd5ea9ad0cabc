"""What PostgreSQL can do with a turn at most, measured by pgbench: three floors in a database of their own.

`multi`: a transaction of six round trips, as most programs write one.  `fn`: all of it in one function, one
round trip.  `batch64`: 64 turns in one statement.  Every one reads and changes a bot user, writes what came
and what is answered, and puts the answer into an outbox.
"""

import asyncio
import re
import subprocess
from collections.abc import Mapping

import asyncpg

from tests.benchmarks.world import World

BATCH = 64
CLIENTS = 32

_TABLES = """
CREATE TABLE bot_user (
    id bigint PRIMARY KEY, bot_id int NOT NULL, chat_id bigint NOT NULL, step_id int NOT NULL DEFAULT 1,
    ver int NOT NULL DEFAULT 0, last_update bigint NOT NULL DEFAULT 0, vars jsonb NOT NULL DEFAULT '{}',
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE TABLE message (
    bot_user_id bigint NOT NULL, seq bigint NOT NULL, dir "char" NOT NULL, body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (bot_user_id, seq)
);
CREATE SEQUENCE outbox_seq CACHE 64;
CREATE TABLE outbox (
    id bigint PRIMARY KEY DEFAULT nextval('outbox_seq'), bot_id int NOT NULL, bot_user_id bigint NOT NULL,
    payload text NOT NULL, run_at timestamptz NOT NULL DEFAULT now(), attempts smallint NOT NULL DEFAULT 0
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
"""
_PEOPLE = """
INSERT INTO bot_user (id, bot_id, chat_id, vars)
SELECT g, 1 + g % 100, g, jsonb_build_object('name', 'User ' || g, 'lang', 'en', 'cart',
    jsonb_build_array(1, 2, 3), 'last', 'menu', 'tags', jsonb_build_array('a', 'b'), 'pad', repeat('x', 120))
FROM generate_series(1, {people}) g;
CREATE UNIQUE INDEX bot_user_key ON bot_user (bot_id, chat_id);
"""
_FUNCTION = """
CREATE FUNCTION turn_fn(
  v_bot int, v_chat bigint, v_upd bigint, v_step int, v_vars jsonb, v_in text, v_out text
) RETURNS int LANGUAGE plpgsql AS $$
DECLARE u bot_user%ROWTYPE;
BEGIN
  SELECT * INTO u FROM bot_user WHERE bot_id = v_bot AND chat_id = v_chat FOR UPDATE;
  UPDATE bot_user SET step_id = v_step, ver = ver + 1, last_update = v_upd, vars = v_vars, updated_at = now()
  WHERE id = u.id;
  INSERT INTO message (bot_user_id, seq, dir, body)
  VALUES (u.id, u.ver * 2 + 1, 'i', v_in), (u.id, u.ver * 2 + 2, 'o', v_out);
  INSERT INTO outbox (bot_id, bot_user_id, payload) VALUES (v_bot, u.id, v_out);
  RETURN u.ver + 1;
END $$;
"""

_VARS = (
    '{"name": "User 1", "lang": "en", "cart": [1, 2, 3], "last": "menu", "tags": ["a", "b"], "pad": "'
    + "x" * 120
    + '"}'
)
_OUT = "Hello User! What can we do for you? " + "." * 60
_WHO = "\\set id random(1, :people)\n\\set upd random(1, 1000000000)\n"
_MULTI = f"""{_WHO}BEGIN;
SELECT ver, step_id, vars FROM bot_user WHERE bot_id = 1 + :id % 100 AND chat_id = :id FOR UPDATE \\gset
UPDATE bot_user SET step_id = 2, ver = ver + 1, last_update = :upd, vars = '{_VARS}', updated_at = now()
WHERE id = :id;
INSERT INTO message (bot_user_id, seq, dir, body)
VALUES (:id, :ver * 2 + 1, 'i', '/start'), (:id, :ver * 2 + 2, 'o', '{_OUT}');
INSERT INTO outbox (bot_id, bot_user_id, payload) VALUES (1 + :id % 100, :id, '{_OUT}');
COMMIT;
"""
_FN = f"{_WHO}SELECT turn_fn((1 + :id % 100)::int, :id, :upd, 2, '{_VARS}', '/start', '{_OUT}');\n"
_BATCH = f"""{_WHO}WITH t AS (
    SELECT 1 + (:id + k * 7919::bigint) % :people AS id FROM generate_series(1, {BATCH}) k
), u AS (
    UPDATE bot_user b
    SET step_id = 2, ver = b.ver + 1, last_update = :upd, vars = '{_VARS}', updated_at = now()
    FROM t WHERE b.id = t.id RETURNING b.id, b.bot_id, b.ver
), m AS (
    INSERT INTO message (bot_user_id, seq, dir, body)
    SELECT id, ver::bigint * 2 - 1, 'i'::"char", '/start' FROM u
    UNION ALL SELECT id, ver::bigint * 2, 'o'::"char", '{_OUT}' FROM u
), o AS (
    INSERT INTO outbox (bot_id, bot_user_id, payload) SELECT bot_id, id, '{_OUT}' FROM u
)
SELECT count(*) FROM u;
"""
FLOORS: Mapping[str, tuple[str, int]] = {"multi": (_MULTI, 1), "fn": (_FN, 1), "batch64": (_BATCH, BATCH)}
"""Each floor's script, and how many turns are in one of its transactions."""


async def _prepare(dsn: str, people: int) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        found = await connection.fetchval("SELECT to_regclass('bot_user')")
        if found is None:
            async with connection.transaction():
                await connection.execute(_TABLES + _PEOPLE.format(people=people) + _FUNCTION)
            await connection.execute("VACUUM ANALYZE bot_user")
        await connection.execute("TRUNCATE message, outbox")
    finally:
        await connection.close()


class Floors:
    """The floors on a database, which is filled unless it was before."""

    def __init__(self, dsn: str, people: int, world: World) -> None:
        self._dsn = dsn
        self._people = people
        self._folder = world.folder
        self._pgbench = world.program("pgbench")
        self._clients = {"multi": CLIENTS, "fn": CLIENTS, "batch64": 4}
        self.done = 0
        """Turns of the last run."""
        asyncio.run(_prepare(dsn, people))
        for name, (script, _) in FLOORS.items():
            (self._folder / f"{name}.sql").write_text(script)

    def choose(self, seconds: float) -> None:
        """Warm up, and find with how many clients the batches are fastest: on few cores less are more."""
        for name in ("multi", "fn"):
            self.measure(name, seconds)
        tried: dict[int, float] = {}
        for clients in (2, 4, 8):
            self._clients["batch64"] = clients
            tried[clients] = self.measure("batch64", seconds)
        self._clients["batch64"] = max(tried, key=lambda clients: tried[clients])

    def measure(self, name: str, seconds: float) -> float:
        """Turns a second."""
        clients = str(self._clients[name])
        script, time = str(self._folder / f"{name}.sql"), str(max(1, round(seconds)))
        command = [self._pgbench, "-n", "-M", "prepared", "-c", clients, "-j", "2", "-T", time, "-f", script]
        command += ["-D", f"people={self._people}", "--max-tries", "5", self._dsn]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        count = re.search(r"actually processed: (\d+)", done.stdout)
        tps = re.search(r"tps = ([0-9.]+)", done.stdout)
        assert count is not None, done.stdout
        assert tps is not None, done.stdout
        each = FLOORS[name][1]
        self.done = int(count.group(1)) * each
        return float(tps.group(1)) * each
