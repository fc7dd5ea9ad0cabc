"""Botique in the same conversation: `botique serve` on PostgreSQL, every turn committed before the 200."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import json

from tests.benchmarks.peers.subjects import Standing, Subject, free_port, running
from tests.benchmarks.world import World, until_it_answers

_COMMAND = "from constructor_api.command_line import main; main()"
PEOPLE = 100_000
"""Who have written to the bot before."""


def botique(world: World, people: int = PEOPLE) -> Subject:
    """A shop in a database of its own; started anew as often as it is asked to stand, as the peers are."""
    dsn = world.database("peers")
    world.shop(dsn, people)

    @contextmanager
    def standing(messenger: str) -> Iterator[Standing]:
        port = free_port()
        urls = json.encode({"telegram": messenger}).decode()
        environment = {**world.settings(dsn), "BOTIQUE_CHANNEL_URLS": urls}
        with running(
            [sys.executable, "-c", _COMMAND, "serve", "--port", str(port)], port, environment
        ) as pid:
            until_it_answers(port, "/health")
            yield Standing(f"http://127.0.0.1:{port}{world.path}", pid, world.postgres)

    return standing
