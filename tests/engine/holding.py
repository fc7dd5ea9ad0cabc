"""A messenger that takes its time."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from tests.messenger import Messenger


class Holding(Messenger):
    """Requests for which `holds` is true are answered only after `let_go`."""

    def __init__(self) -> None:
        super().__init__()
        self.holds: Callable[[str], bool] = lambda token: False
        self.held = 0
        self._gate = asyncio.Event()

    def hold(self, holds: Callable[[str], bool] = lambda token: True) -> None:
        self.holds = holds
        self._gate.clear()

    def let_go(self) -> None:
        self.holds = lambda token: False
        self._gate.set()

    async def until_held(self, how_many: int) -> None:
        await self.until(lambda: self.held >= how_many)

    async def _answer(self, request: web.Request) -> web.Response:
        if self.holds(request.match_info["token"]):
            self.held += 1
            async with self._changed:
                self._changed.notify_all()
            await self._gate.wait()
        return await super()._answer(request)


def deliverers() -> set[asyncio.Task[object]]:
    """The deliveries under way in this process."""
    return {task for task in asyncio.all_tasks() if "_deliver_all" in repr(task.get_coro())}
