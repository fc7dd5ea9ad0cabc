"""PgQueuer's own tables, in a schema of their own: PgQueuer makes them, and brings them up to date."""

from asyncpg import Pool
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.db import AsyncpgDriver, AsyncpgPoolDriver, Driver
from pgqueuer.domain.settings import DBSettings
from pgqueuer.domain.types import Channel
from pgqueuer.queries import Queries
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from engine.store.unit import Database

SCHEMA = "botique_jobs"


class _Names(DBSettings):
    """As given here, never from the environment, where PgQueuer heeds names as plain as CHANNEL."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def queue(pool: Pool) -> Queries:
    """PgQueuer's statements, over any free connection of the pool."""
    return _queries(AsyncpgPoolDriver(pool))


async def install(database: Database) -> None:
    """Brings its tables to what the installed PgQueuer means, wherever they stand; changes nothing else.

    Raises Unavailable.  Two processes at once take turns.  Not in one transaction, for PgQueuer may add to
    an enumeration and use it at once: broken off, the next call completes it.
    """
    async with database.unhurried() as connection:
        # One connection, for its lock is the session's, and whoever comes later waits for it.
        await _queries(AsyncpgDriver(connection)).apply_upgrade()


def _queries(driver: Driver) -> Queries:
    names = _Names(db_schema=SCHEMA, channel=Channel(SCHEMA))
    return Queries(
        driver, QueryBuilderEnvironment(names), QueryQueueBuilder(names), QuerySchedulerBuilder(names)
    )
