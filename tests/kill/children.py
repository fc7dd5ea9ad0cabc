"""`botique` processes by name: born, killed, frozen, born again."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]


class Child:
    """One life of a process; `ended` says how it ended, as subprocess codes do."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def strike(self, number: signal.Signals) -> None:
        """Nothing happens to who is gone."""
        if not self.ended.done():
            os.kill(self.pid, number)


class Nursery:
    """An async context manager: nothing that was born in it outlives it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        clean = {
            k: v for k, v in os.environ.items() if not k.startswith(("BOTIQUE_", "DATABASE_URL", "PORT"))
        }
        self._environment = {**clean, **environment}
        self._births: dict[int, asyncio.Future[Child]] = {}
        self._living: dict[int, Child] = {}
        self._dead: dict[int, int] = {}

    async def __aenter__(self) -> Self:
        line = (sys.executable, "-m", "tests.kill.nursery")
        self._mother: Process = await asyncio.create_subprocess_exec(*line, cwd=ROOT, stdin=PIPE, stdout=PIPE)
        assert self._mother.stdout is not None
        assert json.loads(await self._mother.stdout.readline())["ready"]
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._mother.stdin is not None
        for child in self._living.values():
            child.strike(signal.SIGKILL)
        self._mother.stdin.close()
        await self._mother.wait()
        await self._listening

    async def bear(self, arguments: Sequence[str], log: Path, **environment: str) -> Child:
        number = len(self._births)
        self._births[number] = asyncio.get_running_loop().create_future()
        asked = {
            "birth": number,
            "arguments": arguments,
            "log": str(log),
            "environment": {**self._environment, **environment},
        }
        assert self._mother.stdin is not None
        self._mother.stdin.write(json.dumps(asked).encode() + b"\n")
        return await self._births[number]

    async def _listen(self) -> None:
        assert self._mother.stdout is not None
        while line := await self._mother.stdout.readline():
            said = json.loads(line)
            if "birth" in said:
                child = self._living[said["pid"]] = Child(said["pid"])
                self._births[said["birth"]].set_result(child)
            else:
                self._living.pop(said["dead"]).ended.set_result(said["code"])
