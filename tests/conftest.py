"""A real PostgreSQL for whoever asks: one server a session, one fresh database a test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from engine.embedded import embedded
from engine.store.schema import migrate
from engine.store.unit import Database

TEMPLATE = "template_botique"
# What a test writes need not outlive it, and a vacuum at work in the template would hold up its cloning.
HASTE = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off", "max_connections": "100"}


def at(dsn: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


async def run(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def fresh_folder() -> Iterator[Path]:
    """Not among pytest's: it closes those to other users each time that it starts, and where we are root
    the server is another user."""
    with TemporaryDirectory(prefix="botique-tests-", ignore_cleanup_errors=True) as name:
        yield Path(name) / "folder"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A server of the tests' own: the address of its maintenance database."""
    with fresh_folder() as folder, embedded(folder, HASTE) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    """The name of a database with all tables in it, for cloning."""

    async def make() -> None:
        await run(postgres, f"CREATE DATABASE {TEMPLATE}")
        async with Database(at(postgres, TEMPLATE), connections=1) as database:
            await migrate(database)

    asyncio.run(make())
    return TEMPLATE


@pytest.fixture
async def dsn(postgres: str, template: str) -> AsyncIterator[str]:
    """The address of a fresh database with all tables in it."""
    name = f"test_{uuid4().hex}"
    await run(postgres, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield at(postgres, name)
    await run(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_dsn(postgres: str) -> AsyncIterator[str]:
    """The address of a fresh database with nothing in it."""
    name = f"test_{uuid4().hex}"
    await run(postgres, f"CREATE DATABASE {name}")
    yield at(postgres, name)
    await run(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """A fresh database with all tables in it, open."""
    async with Database(dsn, connections=4) as opened:
        yield opened


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for Botique to keep its files in, PostgreSQL's too; it is not there yet."""
    with fresh_folder() as path:
        yield path
