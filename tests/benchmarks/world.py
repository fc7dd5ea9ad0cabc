"""Where subjects are measured: a PostgreSQL as in production, a stub messenger, and a shop with one bot."""

import asyncio
import base64
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec

from engine.embedded import embedded
from engine.runtime import Engine
from engine.settings import Settings
from engine.store.schema import migrate
from engine.store.unit import Database
from tests.benchmarks.conversation import FLOW
from tests.engine.shop_floor import SECRET, Shop

TUNING = {
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "wal_compression": "on",
    "checkpoint_timeout": "15min",
    "max_connections": "200",
}
KEY = base64.b64encode(b"k" * 32).decode()
WAIT = 60.0
BOTIQUE = ("-c", "from constructor_api.command_line import main; main()")

_PEOPLE = """
INSERT INTO bot_user (shop_id, bot_id, messenger_user_id, username, lang_code, variables)
SELECT $1, $2, n::text, 'ivan_p', 'en', jsonb_build_object('name', 'Ivan Petrov', 'username', 'ivan_p',
    'city', 'Belgrade', 'about', repeat('x', 120))
FROM generate_series($3::bigint, $4) n
"""


def at(dsn: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def program(
    *arguments: str, env: Mapping[str, str] | None = None, python: str = sys.executable
) -> Iterator[int]:
    """A Python program beside this one, as long as the block lasts: its process id."""
    process = subprocess.Popen(
        [python, *arguments], env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def fetch(port: int, path: str) -> bytes:
    with closing(HTTPConnection("127.0.0.1", port, timeout=WAIT)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 200, f"{path} answers {answer.status}"
        return answer.read()


def until_it_answers(port: int, path: str) -> None:
    deadline = monotonic() + WAIT
    while True:
        with suppress(OSError, HTTPException, AssertionError):
            fetch(port, path)
            return
        assert monotonic() < deadline, f"nothing answers on {path}"
        sleep(0.05)


class Stub:
    """The messenger's process, seen from here."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid = pid
        self.url = f"http://127.0.0.1:{port}"
        self._port = port

    def messages(self) -> int:
        """How many came so far."""
        return int(msgspec.json.decode(fetch(self._port, "/count"))["messages"])

    def wait(self, messages: int) -> bool:
        """Until so many came in all; False if for a long while none comes."""
        came, since = self.messages(), monotonic()
        while came < messages:
            sleep(0.01)
            now = self.messages()
            if now > came:
                came, since = now, monotonic()
            elif monotonic() - since > WAIT / 4:
                return False
        return True


class World:
    """A running PostgreSQL at `dsn`, and a stub messenger as long as the stack is open.

    What needs a file has it in `folder`.
    """

    def __init__(self, stack: ExitStack, folder: Path, dsn: str) -> None:
        self._stack = stack
        self.folder = folder
        self.dsn = dsn
        self.postgres = asyncio.run(_postmaster(dsn))
        port = free_port()
        self.stub = Stub(stack.enter_context(program("-m", "tests.benchmarks.stub", str(port))), port)
        until_it_answers(port, "/count")
        self.path = ""
        """Where the bot of the shop that was opened last is called."""

    def database(self, name: str, *, fresh: bool = True) -> str:
        """The address of a database of this name; `fresh`: with nothing in it."""
        asyncio.run(_create(self.dsn, name, fresh))
        return at(self.dsn, name)

    def settings(self, dsn: str) -> dict[str, str]:
        """Our process's environment."""
        return {
            "BOTIQUE_DATABASE_URL": dsn,
            "BOTIQUE_FOLDER": str(self.folder),
            "BOTIQUE_SECRET_KEYS": KEY,
            "BOTIQUE_PUBLIC_URL": "https://bots.example",
            "BOTIQUE_CHANNEL_URLS": f'{{"telegram": "{self.stub.url}"}}',
            "BOTIQUE_LOG_LEVEL": "error",
        }

    def shop(self, dsn: str, people: int, bots: int = 1) -> list[str]:
        """All tables, as many shops as `bots`, each with a launched bot and the flow, and so many people, who
        have written before, each to one of them.  Where the bots are called."""
        paths = asyncio.run(_open_shop(dsn, people, bots))
        self.path = paths[0]
        return paths

    def program(self, name: str) -> str:
        """The path of a program that belongs to the running PostgreSQL."""
        return str(Path(os.readlink(f"/proc/{self.postgres}/exe")).with_name(name))

    def serve(self, dsn: str, program: tuple[str, ...] = BOTIQUE) -> AbstractContextManager[tuple[int, int]]:
        """`botique serve` on its own port: process id and port."""
        return _serve(self.settings(dsn), program)

    @property
    def secret(self) -> str:
        return SECRET


@contextmanager
def _serve(settings: Mapping[str, str], command: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    port = free_port()
    with program(*command, "serve", "--port", str(port), env=settings) as pid:
        until_it_answers(port, "/health")
        yield pid, port


async def _postmaster(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        home = Path(await connection.fetchval("SHOW data_directory"))
    finally:
        await connection.close()
    return int((home / "postmaster.pid").read_text().split("\n", 1)[0])


async def _create(dsn: str, name: str, fresh: bool) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        if fresh:
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        if not await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name):
            await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()


async def _open_shop(dsn: str, people: int, bots: int) -> list[str]:
    async with Database(dsn) as database:
        await migrate(database)
        settings = Settings.model_validate({"database_url": dsn, "secret_keys": KEY})
        shop = Shop(database, Engine(settings, database))
        paths, share = [], people // bots
        for first in range(1, bots * share + 1, share):
            await shop.open([FLOW])
            await database.pool.execute(_PEOPLE, shop.id, shop.bot_id, first, first + share - 1)
            paths.append(f"/hooks/{shop.id}/{shop.bot_id}/")
        await database.pool.execute("VACUUM ANALYZE")
        return paths


@contextmanager
def open_world(folder: Path | None = None) -> Iterator[World]:
    """`folder` keeps its cluster, and what was filled once, for the next run."""
    with ExitStack() as stack:
        home = folder or Path(
            stack.enter_context(TemporaryDirectory(prefix="botique-bench-", ignore_cleanup_errors=True))
        )
        home.mkdir(parents=True, exist_ok=True)
        dsn = stack.enter_context(embedded(home / "cluster", TUNING))
        yield World(stack, home, dsn)
