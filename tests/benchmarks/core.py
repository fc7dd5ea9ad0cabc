"""The engine without HTTP in: `python -m tests.benchmarks.core WORK`, a `Work` as JSON.

So many people at once, each of whom says his next word when his last turn is committed.  Prints what it did
as JSON, a `Done`; with `deliver` it then goes on delivering until its input ends.
"""

import asyncio
import sys
from contextlib import nullcontext
from itertools import count
from time import perf_counter, process_time

import uvloop
from msgspec import Struct, json

from channels.base import Inbound
from engine.runtime import Engine
from engine.settings import Settings
from engine.store.unit import Database
from flows.events import Event, Said, Started
from tests.benchmarks.conversation import SAID, Crowd

TURNS: tuple[Event, ...] = (Started(), *map(Said, SAID[1:]))


class Work(Struct, frozen=True):
    """`begin`: the number of the first turn, where the run before ended."""

    shop_id: int
    bot_id: int
    people: int
    seconds: float
    at_once: int = 256
    begin: int = 0
    deliver: bool = False


class Done(Struct, frozen=True):
    turns: int
    seconds: float
    cpu: float


async def talk(engine: Engine, work: Work) -> int:
    """How many turns were committed."""
    crowd = Crowd("", "", work.people, gap=work.at_once)
    numbers = count(work.begin)
    until = perf_counter() + work.seconds

    async def speak() -> int:
        done = 0
        while perf_counter() < until:
            number = next(numbers)
            person, turn = crowd.place(number)
            key = str(number + 1)
            inbound = Inbound(key=key, user=str(1 + person), event=TURNS[turn], name="Ivan", order=number)
            await engine.receive(work.shop_id, work.bot_id, [inbound])
            done += 1
        return done

    return sum(await asyncio.gather(*(speak() for _ in range(work.at_once))))


async def run(work: Work) -> None:
    settings = Settings()
    assert settings.database_url is not None
    async with (
        Database(settings.database_url.get_secret_value()) as database,
        Engine(settings, database) as engine,
        engine.working() if work.deliver else nullcontext(),
    ):
        began, cpu = perf_counter(), process_time()
        turns = await talk(engine, work)
        done = Done(turns, perf_counter() - began, process_time() - cpu)
        sys.stdout.write(json.encode(done).decode() + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(run(json.decode(sys.argv[1], type=Work)))
