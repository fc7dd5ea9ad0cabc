"""Those who are measured, each as a process (or some) of its own that answers a webhook."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import NamedTuple

from tests.benchmarks.machine import cpu_of, resident
from tests.benchmarks.peers.words import HOOK

ROOT = Path(__file__).parents[3]
BENCH = ROOT / ".venv/bench/bin/python"
READY_SECONDS = 30


class NotHere(Exception):
    """Something that a subject needs is not installed; the message says what to do."""


class Standing(NamedTuple):
    """A subject that answers at `hook`.  `store`: where it keeps what it must remember, a process too."""

    hook: str
    server: int
    store: int | None = None

    def cpu(self) -> tuple[float, float]:
        """Seconds that the subject has taken, and its store."""
        return cpu_of(self.server, family=True), cpu_of(self.store, family=True) if self.store else 0.0

    def resident(self) -> int:
        return resident(self.server)


Subject = Callable[[str], AbstractContextManager[Standing]]
"""Stands for as long as the block lasts, given the messenger's address.  Raises NotHere."""


@contextmanager
def aiogram_memory(messenger: str) -> Iterator[Standing]:
    with _bot("aiogram_bot", messenger) as standing:
        yield standing


@contextmanager
def aiogram_redis(messenger: str) -> Iterator[Standing]:
    with _redis() as (pid, url), _bot("aiogram_bot", messenger, url) as standing:
        yield standing._replace(store=pid)


@contextmanager
def aiogram_dialog(messenger: str) -> Iterator[Standing]:
    with _bot("aiogram_dialog_bot", messenger) as standing:
        yield standing


@contextmanager
def python_telegram_bot(messenger: str) -> Iterator[Standing]:
    with _bot("ptb_bot", messenger) as standing:
        yield standing


PEERS: dict[str, Subject] = {
    "aiogram, MemoryStorage": aiogram_memory,
    "aiogram, RedisStorage and isolation": aiogram_redis,
    "aiogram-dialog, MemoryStorage": aiogram_dialog,
    "python-telegram-bot, ConversationHandler": python_telegram_bot,
}


def redis_server() -> str:
    """Its path: REDIS_SERVER, or what PATH has.  Raises NotHere."""
    found = shutil.which(os.environ.get("REDIS_SERVER", "redis-server"))
    if found is None:
        raise NotHere("No redis-server: install it (Debian: redis-server), or put its path into REDIS_SERVER")
    return found


@contextmanager
def _bot(module: str, messenger: str, *memory: str) -> Iterator[Standing]:
    if not BENCH.exists():
        raise NotHere("The peers are not installed: make benchmarks")
    port = free_port()
    command: list[str | Path] = [
        BENCH,
        "-m",
        f"tests.benchmarks.peers.{module}",
        str(port),
        messenger,
        *memory,
    ]
    with running(command, port) as pid:
        yield Standing(f"http://127.0.0.1:{port}{HOOK}", pid)


@contextmanager
def _redis() -> Iterator[tuple[int, str]]:
    """A server of its own with the settings that Redis has of itself, its files thrown away afterwards."""
    port = free_port()
    with TemporaryDirectory(prefix="botique-bench-redis-") as folder:
        command = [redis_server(), "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        with running(command, port) as pid:
            yield pid, f"redis://127.0.0.1:{port}/0"


@contextmanager
def running(command: Sequence[str | Path], port: int, env: Mapping[str, str] | None = None) -> Iterator[int]:
    """A process, from the moment when its port takes connections until the block ends."""
    whole = {**os.environ, **(env or {})}
    process = subprocess.Popen(command, cwd=ROOT, env=whole, stdout=subprocess.DEVNULL, stderr=sys.stderr)
    try:
        deadline = monotonic() + READY_SECONDS
        while not _answers(port):
            if process.poll() is not None or monotonic() > deadline:
                raise RuntimeError(f"{command} does not answer at port {port}")
            sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
