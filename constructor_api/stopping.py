"""How a process is told to end: once in good order, twice at once."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from uvicorn.loops.auto import auto_loop_factory

from constructor_api.commands.terminal import note
from engine.failpoints import failpoint

SIGNALS = (signal.SIGINT, signal.SIGTERM)
IMPATIENCE = 2.0
"""Seconds that are left to clean up after the second signal."""
INTERRUPTED = 130


class Stop:
    """Set by the first signal; what was `heeded` is called then."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self._heeded: list[Callable[[], None]] = []

    def heed(self, leave: Callable[[], None]) -> None:
        """Call this when it is time to leave."""
        self._heeded.append(leave)

    def ask(self) -> None:
        self.asked.set()
        for leave in self._heeded:
            leave()


def run(work: Callable[[Stop], Coroutine[None, None, None]]) -> None:
    """Run until it ends, which it should do soon after it was asked to stop.

    Raises KeyboardInterrupt where it was not let finish.
    """
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        try:
            runner.run(_obeying(work))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None


@contextmanager
def held_back() -> Iterator[None]:
    """Signals that come meanwhile are obeyed at the end: what is half started cannot be stopped.

    Raises KeyboardInterrupt.
    """
    noted: list[int] = []

    def hold(number: int, _: FrameType | None) -> None:
        noted.append(number)

    before = {number: signal.signal(number, hold) for number in SIGNALS}
    try:
        yield
    finally:
        for number, obeyed in before.items():
            signal.signal(number, obeyed)
        if noted:
            raise KeyboardInterrupt


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM ends the block as Ctrl-C does, so that it is left through its `finally`."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


async def _obeying(work: Callable[[Stop], Coroutine[None, None, None]]) -> None:
    loop, stop, task = asyncio.get_running_loop(), Stop(), asyncio.current_task()
    assert task is not None

    def obey() -> None:
        if not stop.asked.is_set():
            failpoint("stopping")
            stop.ask()
            with suppress(OSError):  # whoever would read it may be gone: a closed terminal, a broken pipe
                note("Finishing what was begun; once more to quit at once.", "dim")
        else:
            loop.call_later(IMPATIENCE, os._exit, INTERRUPTED)
            task.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, obey)
    try:
        await work(stop)
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
