"""What benchmarks of the tables stand on: a PostgreSQL of their own, and people by the thousand."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import structlog

from engine.embedded import embedded
from engine.runtime import Engine
from engine.settings import Settings
from engine.store.schema import migrate
from engine.store.unit import Connections, Database
from tests.engine.shop_floor import Shop

SERVER = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}
"""Durable as in production; no checkpoint in the middle of a round."""

PEOPLE = """
INSERT INTO bot_user (shop_id, bot_id, messenger_user_id, lang_code, variables, state, version)
SELECT $1, $2, 'p' || n, 'en', jsonb_build_object('name', 'Ann ' || n), $3::jsonb, 1
FROM generate_series($4::bigint, $5::bigint) n
"""
"""Where the conversation of each stands is `$3`."""


@contextmanager
def server() -> Iterator[tuple[Path, str]]:
    """A folder and the address of a fresh PostgreSQL in it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    # Not below pytest's folders: the server may be another user, and must get there.
    with TemporaryDirectory(prefix="botique-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name) / "folder"
        with embedded(folder, SERVER) as dsn:
            yield folder, dsn


@asynccontextmanager
async def database(dsn: str, name: str) -> AsyncIterator[Database]:
    """A fresh one on that server, with all tables."""
    plain = await asyncpg.connect(dsn)
    await plain.execute(f"CREATE DATABASE {name}")
    await plain.close()
    async with Database(_at(dsn, name)) as opened:
        await migrate(opened)
        yield opened


def _at(dsn: str, name: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


@asynccontextmanager
async def shop_floor(folder: Path, opened: Database, flows: list[dict[str, Any]]) -> AsyncIterator[Shop]:
    """A shop with a launched bot, and an engine that takes and commits."""
    async with Engine(Settings(folder=folder), opened) as engine:
        shop = Shop(opened, engine)
        await shop.open(flows)
        yield shop


@asynccontextmanager
async def old_snapshot(dsn: str, name: str) -> AsyncIterator[None]:
    """Somebody who reads for long: no vacuum of that database takes away what dies meanwhile."""
    plain = await asyncpg.connect(_at(dsn, name))
    try:
        async with plain.transaction(isolation="repeatable_read", readonly=True):
            await plain.fetchval("SELECT count(*) FROM shop")
            yield
    finally:
        await plain.close()


async def fill(pool: Connections, statement: str, *given: object) -> None:
    """A statement that may take its time."""
    await pool.execute(statement, *given, timeout=1800)


async def gone(pool: Connections, rows: str, *given: object) -> float:
    """Seconds until there are no such `rows` any more."""
    began = monotonic()
    # No event tells that rows are gone: other processes might have taken them away.
    while await pool.fetchval(f"SELECT EXISTS(SELECT {rows})", *given):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    return monotonic() - began


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def verdict(what: str, ratios: list[float], bar: float) -> bool:
    """Says whether the median keeps the bar."""
    found = median(ratios)
    spread = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    say(f"{what}: {found:.2f} ({spread}); bar {bar}: {'kept' if found >= bar else 'MISSED'}")
    return found >= bar


def machine() -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, load {load}"
