"""Databases for tests: used again and again, and to each test as good as new."""

from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from engine.store.schema import migrate
from engine.store.unit import Database

TEMPLATE = "template_botique"
KEPT = "alembic_version"
"""The only table that has a row before anybody wrote one."""

OUTSIDERS = "nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
WORN = 4 * 2**20
"""Bytes above which a new clone is cheaper than to delete, and to walk over what was deleted before."""
SIZE = f"""
SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c JOIN pg_namespace n
ON n.oid = relnamespace WHERE relkind = 'r' AND {OUTSIDERS}"""

# A row of a catalog that was written since the cloning has a later xmin; one that went away is missing.
CATALOGS = "class attribute attrdef constraint index trigger rewrite type proc sequence statistic namespace"
WRITTEN = ", ".join(
    f"(SELECT (count(*), max(xmin::text::bigint))::text FROM pg_{it})" for it in CATALOGS.split()
)
SHAPE = f"""
SELECT concat_ws(' ', (SELECT string_agg({KEPT}::text, ' ' ORDER BY 1) FROM {KEPT}),
    (SELECT count(*) FROM pg_db_role_setting JOIN pg_database d ON setdatabase = d.oid
     WHERE datname = current_database()),
    (SELECT sum(reltuples)::text || sum(relpages) FROM pg_class),
    {WRITTEN})"""

# As replica: the order of foreign keys does not matter where everything goes.
EMPTY = f"""
DO $$
DECLARE it regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR it IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind = 'r' AND {OUTSIDERS} AND relname <> '{KEPT}' AND pg_relation_size(c.oid) > 0
    LOOP
        EXECUTE format('DELETE FROM %s', it);
    END LOOP;
    PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence
    WHERE pg_sequence_last_value(seqrelid) IS NOT NULL;
END $$"""

# A session that is told to end may be in the middle of a statement: until it is gone, it may yet write.
END_SESSIONS = """
DO $$
BEGIN
    FOR tries IN 1..5000 LOOP
        PERFORM pg_stat_clear_snapshot();
        PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}';
        EXIT WHEN NOT FOUND;
        PERFORM pg_sleep(0.002);
    END LOOP;
END $$"""


def at(dsn: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


async def run(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


class Databases:
    """Lends databases of one server, each with all tables and no row in them.

    What comes back is emptied and lent again under another name: whoever still knows the old one finds
    nothing there.  Where the tables are no longer as they were made, or much was written, it is dropped,
    and the next one is a new clone.
    """

    def __init__(self, server: str) -> None:
        self.spare: list[str] = []
        self._server = server
        self._shape = ""

    async def prepare(self) -> None:
        """Makes what is cloned."""
        await run(self._server, f"CREATE DATABASE {TEMPLATE}")
        async with Database(at(self._server, TEMPLATE), connections=1) as database:
            await migrate(database)
            self._shape = await database.pool.fetchval(SHAPE)

    async def lend(self) -> str:
        """The address of one that nobody else has."""
        if self.spare:
            return at(self._server, self.spare.pop())
        name = new_name()
        await run(self._server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        return at(self._server, name)

    async def take_back(self, dsn: str) -> None:
        """Ends whatever sessions it still has."""
        name, renamed = urlsplit(dsn).path.lstrip("/"), new_name()
        desk = await asyncpg.connect(self._server)
        try:
            await desk.execute(END_SESSIONS.format(name=name))
            await desk.execute(f"ALTER DATABASE {name} RENAME TO {renamed}")
            if await self._emptied(renamed):
                self.spare.append(renamed)
            else:
                await desk.execute(f"DROP DATABASE {renamed} WITH (FORCE)")
        finally:
            await desk.close()

    async def _emptied(self, name: str) -> bool:
        """Whether it is again as it was made; what a test did to it may well keep us out."""
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            connection = await asyncpg.connect(at(self._server, name))
            try:
                if await connection.fetchval(SHAPE) == self._shape and await connection.fetchval(SIZE) < WORN:
                    await connection.execute(EMPTY)
                    return True
            finally:
                await connection.close()
        return False


def new_name() -> str:
    return f"test_{uuid4().hex}"
