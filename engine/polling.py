"""Bots whose messenger is asked for news, where no public address lets it bring them."""

import asyncio
from contextlib import aclosing, suppress

import structlog
from asyncpg import Pool

from channels.base import Channel, ConnectionRefused
from channels.clean import clean
from channels.kinds import KINDS, channel_class
from engine.connections import Connections
from engine.counting import ROUNDS
from engine.orders.till import Till
from engine.receive import Reception
from engine.refusals import Refusal
from engine.rounds import Rounds
from engine.store import deliveries, lanes_held
from engine.store.outages import reaching

log = structlog.get_logger()

LOOK_SECONDS = 1.0
RETRY_SECONDS = 2.0
REFUSED_SECONDS = 60.0


class Polling:
    """One poller a bot, in the process that holds its lane: two would take each other's updates."""

    def __init__(
        self, owner: str, pool: Pool, connections: Connections, reception: Reception, till: Till
    ) -> None:
        self._owner = owner
        self._pool = pool
        self._connections = connections
        self._reception = reception
        self._till = till
        self._pollers: dict[tuple[int, int], asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until cancelled."""
        try:
            await Rounds(self._look, LOOK_SECONDS).run()
        finally:
            for task in self._pollers.values():
                task.cancel()
            await asyncio.gather(*self._pollers.values(), return_exceptions=True)

    async def _look(self) -> None:
        polling = [kind for kind in KINDS if channel_class(kind).poll is not Channel.poll]
        with reaching():
            owned = await lanes_held.owned(self._pool, self._owner, polling)
        for bot in set(self._pollers) - owned:
            self._pollers.pop(bot).cancel()
        for bot in owned - set(self._pollers):
            self._pollers[bot] = asyncio.create_task(self._poll(*bot))

    async def _poll(self, shop_id: int, bot_id: int) -> None:
        while True:
            pause = RETRY_SECONDS
            try:
                connection = await self._connections.of(shop_id, bot_id)
                async with aclosing(connection.channel.poll(connection.credentials)) as batches:
                    async for batch in batches:
                        await self._till.heard(connection, connection.channel.payments(batch))
                        inbounds = connection.channel.parse(batch)
                        await self._reception.receive(shop_id, bot_id, inbounds)
            except ConnectionRefused as refused:
                log.warning("polling refused", shop=shop_id, bot=bot_id, why=refused.reason)
                if not refused.outage:
                    pause = REFUSED_SECONDS
                    await self._tell_owner(shop_id, bot_id, clean(refused.reason))
            except Exception as error:  # outermost: an outage here must not end the conversation there
                # What was not committed was not confirmed either, so the messenger brings it again.
                ROUNDS.labels("Polling", "failed").inc()
                log.warning("polling interrupted", shop=shop_id, bot=bot_id, why=type(error).__name__)
            await asyncio.sleep(pause)

    async def _tell_owner(self, shop_id: int, bot_id: int, problem: str) -> None:
        with suppress(Refusal), reaching():  # he is told the next time
            await deliveries.set_problem(self._pool, shop_id, bot_id, problem)
