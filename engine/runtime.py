"""The running engine: everything that lives as long as a process, put together once."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from operator import attrgetter
from types import TracebackType
from typing import Self
from uuid import uuid4

import structlog

from channels.base import Inbound
from channels.sender import Sender
from engine.arrivals import Arrival
from engine.asking import Asker
from engine.backlog import Backlog
from engine.clock import Clock
from engine.completing import Completing
from engine.connections import Connections
from engine.doorbell import Doorbell
from engine.jobs import Jobs
from engine.libraries import Libraries
from engine.notifying import Notifying
from engine.orders.billing import Billing
from engine.orders.till import Till
from engine.outbox import Deliveries
from engine.outside import Outside
from engine.polling import Polling
from engine.receive import Committed, Reception
from engine.refusals import Refusal
from engine.secrets import Vault
from engine.settings import Settings
from engine.store.unit import Database

log = structlog.get_logger()


class Engine:
    """Takes what happens and makes turns of it; while `working`, delivers and minds the clock too.

    An async context manager, within which the database must be open.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.vault = Vault(settings.keys())
        self.doorbell = Doorbell()
        self.connections = Connections(database.pool, self.vault, settings)
        self.sender = Sender()
        self._outside = Outside(settings.http_networks)
        owner = str(uuid4())
        self.reception = Reception(database.pool, Libraries(database.pool), self._tell)
        self._deliveries = Deliveries(owner, database.pool, self.connections, self.sender, self._report)
        self._clock = Clock(database.pool, self.reception, self._asker())
        self.till = Till(database, self.vault, self.sender, self._clock.wake)
        self._polling = Polling(owner, database.pool, self.connections, self.reception, self.till)
        post_office = settings.post_office()
        self._notifying = Notifying(database.pool, self.connections, self.sender, post_office)
        self._jobs = Jobs(database.pool)
        self._backlog = Backlog(owner, database.pool)
        self._reports: set[asyncio.Task[None]] = set()
        self.ended: list[str] = []
        """Loops that should have gone on for ever, and did not: only a restart brings them back."""

    async def __aenter__(self) -> Self:
        await self.sender.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._finish()
        await self.sender.__aexit__(kind, error, trace)
        await self._outside.close()

    def _asker(self) -> Asker:
        database, vault, outside = self.database, self.vault, self._outside
        at = self.settings.public_address
        billing = Billing(database, vault, self.connections, outside, at, self.tell)
        return Asker(outside, Completing(database.pool, vault, outside), billing)

    async def receive(self, shop_id: int, bot_id: int, inbounds: Sequence[Inbound]) -> None:
        """What users did with a bot.  Returns once it is committed.  Raises Unavailable, TooMany."""
        await self.reception.receive(shop_id, bot_id, inbounds)

    async def take(self, arrivals: Iterable[Arrival]) -> None:
        """What others made happen to bot users.  Returns once committed.  Raises Unavailable, TooMany."""
        await self.reception.take(arrivals)

    @property
    def full(self) -> bool:
        """Whether what is brought now would be sent back: too much is waiting."""
        return self.reception.full

    def tell(self, shop_id: int, bot_user_id: int) -> None:
        """Something was written for a bot user outside of a turn: show it, and deliver it."""
        self.doorbell.ring(shop_id, bot_user_id)
        self._deliveries.wake()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Deliver, mind the clock, tell the staff, poll, do the jobs while the block lasts; then finish what
        was begun."""
        # A messenger that brings updates must not be asked for them too: Telegram refuses the second way.
        polling = () if self.settings.webhooks else (self._polling,)
        loops = [
            asyncio.create_task(loop.run(), name=type(loop).__name__)
            for loop in (
                *(self._deliveries, self._clock, self._notifying, self._jobs, self._backlog),
                *polling,
            )
        ]
        for task in loops:
            task.add_done_callback(self._note_end)
        try:
            yield
        finally:
            for task in loops:
                task.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            await self._finish()

    async def _finish(self) -> None:
        if self._reports:
            await asyncio.wait(self._reports)
        await self.reception.finish()

    def _tell(self, turns: Sequence[Committed]) -> None:
        """After the commit: whoever looks at a conversation, and whoever has something to do now."""
        for turn in turns:
            if turn.rows.messages:
                self.doorbell.ring(turn.before.shop_id, turn.before.id)
            for fault in turn.rows.faults:
                log.warning("fault in a flow", shop=turn.before.shop_id, **fault._asdict())
        now = datetime.now(UTC)
        parcels = [parcel for turn in turns for parcel in turn.to_deliver(now)]
        if parcels:
            self._deliveries.offer(sorted(parcels, key=attrgetter("id")))
        if any(turn.rows.calls for turn in turns):
            self._clock.wake()
        # Leads and orders tell the staff too, where their forms and shops say so.
        if any(turn.rows.notifications or turn.rows.leads or turn.rows.orders for turn in turns):
            self._notifying.wake()

    def _report(self, arrival: Arrival) -> None:
        task = asyncio.create_task(self._take_quietly(arrival))
        self._reports.add(task)
        task.add_done_callback(self._reports.discard)

    async def _take_quietly(self, arrival: Arrival) -> None:
        try:
            await self.take([arrival])
        except Refusal as refusal:
            log.warning("report lost", shop=arrival.shop_id, why=refusal.code)

    def _note_end(self, task: asyncio.Task[None]) -> None:
        """A loop that ends by itself is a mistake of ours: say so at once rather than fall silent."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self.ended.append(task.get_name())
            log.error("loop ended", loop=task.get_name(), exc_info=error)
