"""Tells whoever shows a conversation that there is something new in it.  A bell may ring for nothing."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Bell:
    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for a ring, at most `seconds`; False if there was none."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True


class Doorbell:
    """All the bells of this process.  Another process's rings come by polling."""

    def __init__(self) -> None:
        self._bells: dict[tuple[int, int], set[Bell]] = defaultdict(set)

    def ring(self, shop_id: int, bot_user_id: int) -> None:
        for bell in self._bells.get((shop_id, bot_user_id), ()):
            bell.ring()

    @contextmanager
    def listen(self, shop_id: int, bot_user_id: int) -> Iterator[Bell]:
        bell, key = Bell(), (shop_id, bot_user_id)
        self._bells[key].add(bell)
        try:
            yield bell
        finally:
            self._bells[key].discard(bell)
            if not self._bells[key]:
                del self._bells[key]
