"""From the settings to a database that is ready for work; every obstacle on the way is a sentence."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from urllib.parse import urlsplit

import asyncpg
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from constructor_api.commands.terminal import Advice, note, progress
from constructor_api.stopping import held_back
from engine.embedded import NotStarted, embedded
from engine.refusals import Unavailable
from engine.runtime import Engine
from engine.secrets import SecretFault
from engine.settings import Settings
from engine.store.distribution import NoCitus, Placing, distribute
from engine.store.schema import LaterVersion, TablesInUse, migrate
from engine.store.unit import Database
from flows.fault_words import sentence

OLDEST = 15


def settings_given(**given: object) -> Settings:
    """The settings of the environment; what is given and not None goes before it.  Raises Advice."""
    try:
        return Settings.model_validate({name: one for name, one in given.items() if one is not None})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]).upper()
        told = sentence(first, "It")
        raise Advice(f"The setting {name} cannot be taken. {told} Change it or unset it.", code=2) from None


@contextmanager
def address(settings: Settings) -> Iterator[str]:
    """Where the database is; our own is started for as long as the block lasts.  Raises Advice."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    with ExitStack() as stack:
        try:
            with held_back(), progress(f"Starting PostgreSQL in {settings.folder}"):
                dsn = stack.enter_context(embedded(settings.folder))
        except NotStarted as error:
            raise Advice(f"{error}\nMend this, or name another folder in BOTIQUE_FOLDER.") from None
        except OSError as error:
            why = f"The folder {settings.folder} cannot be used: {error.strerror}."
            raise Advice(f"{why} Make it writable, or name another in BOTIQUE_FOLDER.") from None
        yield dsn


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Database]:
    """The database, open, with the tables of this version.  Raises Advice."""
    async with AsyncExitStack() as stack:
        try:
            database = await stack.enter_async_context(Database(dsn))
            await _check_version(database)
            with progress("Bringing the tables up to date"):
                await migrate(database)
        except Unavailable as error:
            raise _unreachable(dsn, error.__cause__) from None
        except (asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError, ValueError) as error:
            raise _unreachable(dsn, error) from None
        except LaterVersion:
            message = (
                "The database was last used by a later version of Botique. Start that version, or a newer."
            )
            raise Advice(message) from None
        except TablesInUse:
            message = "A transaction keeps a table that must be changed. End it (pg_stat_activity names it)"
            raise Advice(f"{message}, and start again.") from None
        yield database


@asynccontextmanager
async def running(settings: Settings, dsn: str) -> AsyncIterator[Engine]:
    """The engine on its database; it receives, and does not yet work.  Raises Advice."""
    async with opened(dsn) as database:
        try:
            engine = Engine(settings, database)
        except (SecretFault, ValueError, OSError) as error:
            raise Advice(f"The secret key cannot be used: {error}.") from None
        async with engine:
            yield engine


async def spread(database: Database) -> None:
    """The tables over the nodes of Citus, each told as its turn comes.  Raises Advice."""

    def tell(placing: Placing) -> None:
        note(f"Spreading {placing.table} ...", "dim")

    try:
        placed = await distribute(database, tell)
    except NoCitus:
        raise Advice(
            "This PostgreSQL has no Citus. Install the extension on every node, name it in "
            "shared_preload_libraries, restart them, and try again."
        ) from None
    except asyncpg.PostgresError as error:
        raise Advice(
            f"Citus refused: {str(error).rstrip('.')}. Mend this, and the same command goes on."
        ) from None
    except Unavailable:
        raise Advice("The database was lost on the way. The same command goes on where it ended.") from None
    note(
        f"{placed} tables were spread; the others stood already." if placed else "All stood already.", "green"
    )


async def _check_version(database: Database) -> None:
    async with database.connection() as connection:
        version = int(await connection.fetchval("SHOW server_version_num")) // 10_000
    if version < OLDEST:
        raise Advice(f"The database is PostgreSQL {version}; {OLDEST} or later is needed.")


def _unreachable(dsn: str, error: BaseException | None) -> Advice:
    """Names the place, and never the password."""
    cause = getattr(error, "orig", None) or error
    parts = urlsplit(dsn)
    where = f"{parts.hostname or 'this machine'}{f':{parts.port}' if parts.port else ''}{parts.path}"
    told = str(cause).splitlines()[0] if cause is not None and str(cause) else type(cause).__name__
    advice = "Check DATABASE_URL and that PostgreSQL runs there, or unset it: Botique then brings its own."
    return Advice(f"The database at {where} cannot be used: {told.rstrip('.')}. {advice}")
