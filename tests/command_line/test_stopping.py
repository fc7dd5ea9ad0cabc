"""One signal ends a process in good order, a second one at once."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.command_line.program import LONGEST, ROOT

GOOD_ORDER = """
    print("ready", flush=True)
    await stop.asked.wait()
    print("finished", flush=True)
"""
SLOW = """
    print("ready", flush=True)
    await stop.asked.wait()
    print("asked", flush=True)
    await asyncio.sleep(1000)
"""
STUBBORN = """
    print("ready", flush=True)
    await stop.asked.wait()
    print("asked", flush=True)
    try:
        await asyncio.sleep(1000)
    finally:
        await asyncio.sleep(1000)
"""
HELD_BACK = """
import signal
from constructor_api.stopping import held_back
with held_back():
    signal.raise_signal(signal.SIGTERM)
    print("half started", flush=True)
print("never", flush=True)
"""


def program(work: str) -> str:
    return f"""
import asyncio
from constructor_api import stopping

async def work(stop):{work}

stopping.run(work)
"""


@contextmanager
def running(text: str) -> Iterator[subprocess.Popen[str]]:
    line = [sys.executable, "-c", text]
    with subprocess.Popen(
        line, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def told(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_lets_it_finish(number: signal.Signals) -> None:
    with running(program(GOOD_ORDER)) as process:
        assert told(process) == "ready"
        process.send_signal(number)
        assert told(process) == "finished"
        assert process.wait(LONGEST) == 0


def test_it_finishes_though_nobody_reads_what_it_says() -> None:
    with running(program(GOOD_ORDER)) as process:
        assert told(process) == "ready"
        assert process.stderr is not None
        process.stderr.close()
        process.send_signal(signal.SIGTERM)
        assert told(process) == "finished"
        process.wait(LONGEST)


@pytest.mark.parametrize("work", [SLOW, STUBBORN])
def test_the_second_signal_does_not(work: str) -> None:
    with running(program(work)) as process:
        assert told(process) == "ready"
        process.send_signal(signal.SIGINT)
        assert told(process) == "asked"
        process.send_signal(signal.SIGINT)
        # Python ends itself by the signal that nobody caught; a program that says 130 means the same.
        assert process.wait(LONGEST) in (130, -signal.SIGINT)


def test_a_signal_in_the_middle_of_starting_is_obeyed_at_its_end() -> None:
    with running(HELD_BACK) as process:
        out, err = process.communicate(timeout=LONGEST)
    assert out == "half started\n"
    assert "KeyboardInterrupt" in err
