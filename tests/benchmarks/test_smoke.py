"""The end-to-end benchmark still starts, calls and delivers; how fast is nobody's promise here."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

from msgspec.structs import replace

from tests.benchmarks.subjects import ours
from tests.benchmarks.world import World


async def test_every_turn_of_the_benchmark_comes_to_its_messenger(postgres: str, folder: Path) -> None:
    def run() -> None:
        with ExitStack() as stack:
            world = World(stack, folder, postgres)
            called = ours(world, stack, people=500)
            called.load = replace(called.load, connections=8)
            measured = called(0.5)
            assert measured.turns > 0
            assert (measured.lost, measured.refused) == (0, 0)

    async with asyncio.timeout(60):
        await asyncio.to_thread(run)
