"""A real PostgreSQL for whoever asks: one server a session, a database as good as new a test."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from engine.embedded import embedded
from engine.store.unit import Database
from tests.databases import Databases, at, new_name, run

# A program that may not keep what it compiled compiles all of it at every start, and the tests start many.
# Whoever wants none of it between the sources finds none there.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    os.environ["PYTHONPYCACHEPREFIX"] = str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")

# What a test writes need not outlive it, and a vacuum at work in the template would hold up its cloning.
HASTE = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off", "max_connections": "100"}


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
def databases(postgres: str) -> Databases:
    """For a test that needs several: what it borrows it gives back."""
    lender = Databases(postgres)
    asyncio.run(lender.prepare())
    return lender


@pytest.fixture
async def dsn(databases: Databases) -> AsyncIterator[str]:
    """The address of a fresh database with all tables in it."""
    lent = await databases.lend()
    yield lent
    await databases.take_back(lent)


@pytest.fixture
async def empty_dsn(postgres: str) -> AsyncIterator[str]:
    """The address of a fresh database with nothing in it."""
    name = new_name()
    await run(postgres, f"CREATE DATABASE {name} STRATEGY FILE_COPY")
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
