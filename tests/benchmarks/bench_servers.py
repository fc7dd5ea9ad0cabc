"""What the HTTP server itself costs: `python -m tests.benchmarks.bench_servers`.

The same calls to an application that only takes them (`raw.py`), under uvicorn and under Granian.  Granian is
no dependency: GRANIAN_PYTHON names a Python that has it; without, uvicorn is measured alone.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack

from msgspec.structs import replace

from tests.benchmarks.driver import Load
from tests.benchmarks.machine import Moment, cpu_of, resident
from tests.benchmarks.measuring import Measured, Subject, drive
from tests.benchmarks.telling import Findings, found, options, rounds, tell
from tests.benchmarks.world import free_port, program, until_it_answers

TITLE = "What the HTTP server itself costs"
GRANIAN = "GRANIAN_PYTHON"
AT_ONCE = 64
_QUIET = ("--log-level", "error")
UVICORN = ("-m", "uvicorn", "tests.benchmarks.raw:asgi", *_QUIET, "--no-access-log", "--lifespan", "off")
_GRANIAN = ("-m", "granian", *_QUIET, "--loop", "uvloop", "--interface")
SERVERS: Mapping[str, tuple[str, ...]] = {
    "uvicorn ASGI": UVICORN,
    "granian ASGI": (*_GRANIAN, "asginl", "tests.benchmarks.raw:asgi"),
    "granian RSGI": (*_GRANIAN, "rsgi", "tests.benchmarks.raw:rsgi"),
}


def standing(stack: ExitStack, command: tuple[str, ...], python: str) -> Subject:
    port = free_port()
    pid = stack.enter_context(program(*command, "--port", str(port), python=python))
    until_it_answers(port, "/")
    load = Load([port], ["/hooks/1/1/"], "secret", 100_000, 0, AT_ONCE)

    def run(seconds: float) -> Measured:
        cpu, moment = cpu_of(pid, family=True), Moment.now()
        seen = drive(replace(load, seconds=seconds))
        spent = (cpu_of(pid, family=True) - cpu) / max(1, seen.answered) * 1e6
        return Measured(
            seen.answered / seen.seconds,
            spent,
            memory=resident(pid),
            foreign=Moment.now().foreign(moment),
            p50=seen.p50,
            p99=seen.p99,
        )

    return run


def run(asked: argparse.Namespace) -> Findings:
    other = os.environ.get(GRANIAN, "")
    with ExitStack() as stack:
        there: dict[str, Subject] = {}
        for name, command in SERVERS.items():
            if command is UVICORN or other:
                there[name] = standing(stack, command, sys.executable if command is UVICORN else other)
                there[name](min(1.0, asked.seconds))
        return found(TITLE, rounds(there, asked))


def main() -> int:
    asked = options(__doc__)
    return tell(run(asked), asked.out)


if __name__ == "__main__":
    sys.exit(main())
