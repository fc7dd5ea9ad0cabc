"""The tables there are, and how a database gets them."""

import asyncio
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import structlog
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

import engine.store as store
from engine.store.outages import reaching
from engine.store.queue import install
from engine.store.unit import Database

if TYPE_CHECKING:
    from alembic.config import Config

log = structlog.get_logger()

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x626F7469717565
"""Any number that nobody else locks: "botique" in ASCII."""
LOCK_SECONDS = 2
"""How long a change waits for a table that is in use: so long everybody else waits behind it."""
ATTEMPTS = 20
PAUSE_SECONDS = 3.0


class LaterVersion(Exception):
    """The tables were last brought up to date by a later version of Botique than this one."""


class TablesInUse(Exception):
    """Somebody's transaction has kept a table for so long that it could not be changed."""


def tables() -> MetaData:
    """All tables: each module of this folder may bring some."""
    for module in pkgutil.iter_modules(store.__path__, "engine.store."):
        if not module.ispkg:
            import_module(module.name)
    return SQLModel.metadata


def revisions() -> list[str]:
    """Those there are, the newest last: the number in the name of a migration's file is its revision."""
    return sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


async def migrate(database: Database) -> None:
    """Brings our tables to the newest revision, all or nothing; then PgQueuer's to its own.

    Two processes at once take turns.  Raises Unavailable, LaterVersion, TablesInUse.
    """
    tables()  # a table may name another that the caller never imports
    with reaching():
        if await _standing(database) != revisions()[-1]:
            await _upgrade(database)
    await install(database)


async def _standing(database: Database) -> str | None:
    """The revision that the tables are at; None where there are none.  Raises LaterVersion."""
    async with database.connection() as connection:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            return None
        found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    if found is not None and found not in revisions():
        raise LaterVersion
    return found


async def _upgrade(database: Database) -> None:
    for _ in range(ATTEMPTS):
        try:
            async with database.unhurried_engine() as engine, engine.begin() as connection:
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
                await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
                await connection.run_sync(_to_newest)
            return
        except DBAPIError as error:
            if not _is_in_use(error):
                raise
        log.warning("a table is in use", tried_again_in=PAUSE_SECONDS)
        await asyncio.sleep(PAUSE_SECONDS)
    raise TablesInUse


def _is_in_use(error: BaseException | None) -> bool:
    """Whether it was somebody else's lock, which SQLAlchemy wraps twice."""
    while error is not None:
        if isinstance(error, asyncpg.LockNotAvailableError | asyncpg.DeadlockDetectedError):
            return True
        error = error.__cause__
    return False


def _to_newest(connection: Connection) -> None:
    from alembic import command

    command.upgrade(alembic(connection), "head")


def alembic(connection: Connection) -> "Config":
    """What alembic's commands need to work on this connection, in its transaction.

    Alembic is imported by whoever has something to bring up to date: it takes a good part of a start.
    """
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
