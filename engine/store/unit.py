"""The unit of work: one session, one transaction, and the only commit in the house."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

import asyncpg
from asyncpg.pool import Pool, PoolConnectionProxy
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from engine.refusals import Unavailable
from engine.store.outages import reaching, refusal_for, refusing

if TYPE_CHECKING:
    Plain = asyncpg.Connection[asyncpg.Record]
    Pooled = PoolConnectionProxy[asyncpg.Record]
    Connections = Pool[asyncpg.Record]
else:
    # The driver's classes are generic for the type checker only.
    Plain, Pooled, Connections = asyncpg.Connection, PoolConnectionProxy, Pool

PATIENCE = 10.0
"""Seconds to wait for a connection, or a free one; then the database counts as out of reach."""
STATEMENT_SECONDS = 6.0
"""How long a statement of the hot path is waited for, and once more so long for its end: then the connection
is given up.  A database that takes everything and answers nothing must hold up nobody for ever."""
UNIT_SECONDS = 30.0
"""The same in a unit, which may bring in ten thousand rows."""
_SESSION = {
    "application_name": "botique",
    "jit": "off",
    # Who was killed, or is behind a wire that swallows everything, must not go on holding locks.
    "client_connection_check_interval": "5s",
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30s",
}

MOST_QUERIES = 10_000_000
"""Of one connection, before it is made anew: the hot path makes hundreds a second."""

_BROKEN = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, TimeoutError)
"""What comes of a connection that cannot be used any more."""


async def _as_it_is(_connection: Plain) -> None:
    """A statement of the pool sets nothing that must be reset; to make sure would double its round trips.

    The driver itself ends a transaction that is open.
    """


class Database:
    """Two ways into one database: units with a session, and for the hot path a pool of plain connections.

    `async with Database(dsn) as database`; `dsn` as asyncpg takes it, UNIX sockets too.  Opens at most
    `connections` of each kind.  Raises Unavailable where it cannot be reached.
    """

    def __init__(self, dsn: str, *, connections: int = 10) -> None:
        self._dsn = dsn
        self._connections = connections
        self.engine = self._engine(UNIT_SECONDS)
        self._pool: Connections | None = None

    async def __aenter__(self) -> Self:
        with reaching():
            self._pool = await asyncpg.create_pool(
                self._dsn,
                # None kept for their own sake: the pool would nag in the log for as long as an outage lasts.
                min_size=0,
                max_size=self._connections,
                timeout=PATIENCE,
                command_timeout=STATEMENT_SECONDS,
                reset=_as_it_is,
                max_queries=MOST_QUERIES,
                server_settings=_SESSION,
            )
        try:
            async with self.connection() as connection:
                await connection.execute("SELECT 1")
        except Unavailable:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.engine.dispose()
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    @property
    def pool(self) -> Connections:
        """For statements written out.  `connection` is the same with refusals for errors."""
        if self._pool is None:
            raise RuntimeError("the database is not open: `async with Database(dsn)`")
        return self._pool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Pooled]:
        """One plain connection out of the pool, in no transaction.  Raises Unavailable."""
        with reaching():
            connection = await self.pool.acquire(timeout=PATIENCE)
        try:
            with refusing():
                yield connection
        finally:
            fit = False
            try:
                with suppress(*_BROKEN):
                    # Whoever has it to himself may set something or take a lock, and forget it.
                    await connection.reset(timeout=PATIENCE)
                    fit = True
            finally:  # whoever is broken off here too must not keep it
                if not fit:
                    with suppress(asyncpg.InterfaceError):  # one that broke has gone back by itself
                        connection.terminate()
                await self.pool.release(connection)

    @asynccontextmanager
    async def unhurried(self) -> AsyncIterator[Plain]:
        """A connection beside the pool, for what may take as long as it takes.  Raises Unavailable."""
        with reaching():
            connection = await self._connect(None)
        try:
            with refusing():
                yield connection
        finally:
            await connection.close(timeout=PATIENCE)

    @asynccontextmanager
    async def unhurried_engine(self) -> AsyncIterator[AsyncEngine]:
        """For the tables themselves, which may take long to change."""
        engine = self._engine(None)
        try:
            yield engine
        finally:
            await engine.dispose()

    def unit(self) -> "Unit":
        """A new unit of work: `async with database.unit() as unit`."""
        return Unit(AsyncSession(self.engine, expire_on_commit=False))

    def _engine(self, seconds: float | None) -> AsyncEngine:
        """`seconds`: how long one of its statements is waited for."""

        async def connect(*_: object, **given: object) -> Plain:
            return await self._connect(seconds)

        return create_async_engine(
            "postgresql+asyncpg://",
            async_creator=connect,
            pool_size=self._connections,
            max_overflow=0,
            pool_timeout=PATIENCE,
            pool_pre_ping=True,
            # An error must not show what was being written: it may be sealed, or a hash.
            hide_parameters=True,
        )

    async def _connect(self, seconds: float | None) -> Plain:
        return await asyncpg.connect(
            self._dsn, timeout=PATIENCE, command_timeout=seconds, server_settings=_SESSION
        )


class Unit:
    """All or nothing: commits when its block ends well, rolls back when it raises.

    `session` is for the repositories alone.  Raises Unavailable when the database is out of reach.
    """

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self._hooks: list[Callable[[], None]] = []

    async def __aenter__(self) -> Self:
        with reaching():
            await self.session.connection()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with refusing():
            # Leaving the session's own block closes it whatever happens, which rolls back.
            async with self.session:
                if error is None:
                    await self.session.commit()
        if error is not None:
            refusal = refusal_for(error)
            if refusal is not None:
                raise refusal from error
            return
        for hook in self._hooks:
            hook()

    async def flush(self) -> None:
        """Writes what is pending, so that ids are known and broken constraints are told here.

        Raises Conflict, Invalid, Unavailable; the unit can then only end.
        """
        with refusing():
            await self.session.flush()

    def after_commit(self, hook: Callable[[], None]) -> None:
        """Calls `hook` once all is stored, in the order given, and not at all if it is not.

        A hook tells the world; what it raises can take nothing back.
        """
        self._hooks.append(hook)
