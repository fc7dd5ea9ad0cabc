"""From what happened to what is written: batches of turns, each read at once and committed at once."""

from asyncio import Future
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from typing import NamedTuple
from zoneinfo import ZoneInfo

import asyncpg
import structlog
from asyncpg import Pool
from msgspec import ValidationError

from channels.base import Inbound
from channels.kinds import channel_class
from engine.arrivals import Arrival
from engine.batches import Batches, Full
from engine.counting import BATCH, COMMIT_SECONDS, TURNS, WAITING
from engine.failpoints import failpoint
from engine.libraries import Libraries, named_revisions
from engine.orders.counter import answer_locally
from engine.perform import Place, Rows, perform
from engine.refusals import TooMany, Unavailable
from engine.state import State
from engine.state import load as load_state
from engine.store import consequences, turns
from engine.store.deliveries import Parcel
from engine.store.outages import reaching
from engine.store.played import Conversation, Played
from engine.turn import Occasion, answered, hear, open_question
from flows.events import Answered, Event
from flows.json_value import JSON
from flows.requests import Request

log = structlog.get_logger()

_WRITTEN, _PASSED_OVER, _REPLAYED, _POISONED = map(
    TURNS.labels, ("written", "passed_over", "replayed", "poisoned")
)


_OF_THE_ROWS = (
    asyncpg.DataError,
    asyncpg.ProgramLimitExceededError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.CardinalityViolationError,
)
"""What the database says of rows that it will never take."""


class Committed(NamedTuple):
    """A turn that is written: who is told, and what there is to deliver.

    `parcels`: the places of its messages in the outbox, by their `seq`.
    """

    before: Conversation
    rows: Rows
    parcels: Mapping[int, int]

    def to_deliver(self, now: datetime) -> Iterator[Parcel]:
        who = self.before
        for row in self.rows.outbox:
            place = who.shop_id, who.bot_id, self.parcels[row.seq], who.id, row.seq
            yield Parcel(*place, row.body, 0, 0, now, who.card.messenger_user_id)


class Reception:
    """Takes arrivals, and returns when what they caused is committed."""

    def __init__(self, pool: Pool, libraries: Libraries, tell: Callable[[Sequence[Committed]], None]) -> None:
        self._pool = pool
        self._libraries = libraries
        self._tell = tell
        self._batches: Batches[Arrival] = Batches(self._take)

    async def receive(self, shop_id: int, bot_id: int, inbounds: Sequence[Inbound]) -> None:
        """What users did with a bot.  Raises Unavailable, TooMany: then it must be delivered again."""
        await self.take(
            Arrival(shop_id, inbound.event, bot_id=bot_id, inbound=inbound)
            for inbound in sorted(inbounds, key=lambda inbound: inbound.order)
        )

    def begin(self, shop_id: int, bot_id: int, inbound: Inbound) -> "Future[None]":
        """One thing that a user did; ends once it is committed, with what `receive` raises or with Full.

        Raises TooMany.
        """
        arrival = Arrival(shop_id, inbound.event, bot_id=bot_id, inbound=inbound)
        try:
            return self._batches.put(arrival.key, arrival)
        except Full:
            raise TooMany("Too much is waiting; try again in a moment.", retry_after=1) from None

    async def take(self, arrivals: Iterable[Arrival]) -> None:
        """Whatever happened, to whomever.  Raises Unavailable, TooMany."""
        try:
            waiting = [self._batches.put(arrival.key, arrival) for arrival in arrivals]
        except Full:
            raise TooMany("Too much is waiting; try again in a moment.", retry_after=1) from None
        try:
            for one in waiting:
                await one
        except Full:
            raise TooMany("Too much is waiting; try again in a moment.", retry_after=1) from None

    @property
    def full(self) -> bool:
        """Whether no more would be taken now."""
        return self._batches.full

    async def finish(self) -> None:
        """Wait until all that was taken is committed."""
        await self._batches.finish()

    async def _take(self, arrivals: list[Arrival]) -> list[Arrival]:
        began = perf_counter()
        WAITING.set(self._batches.waiting)
        try:
            with reaching():
                written, again = await self._commit(arrivals)
        except Unavailable:
            raise
        except asyncpg.InternalClientError as error:  # how the driver calls a connection that broke at work
            raise Unavailable from error
        except Exception as error:  # outermost: what cannot be written must not keep the others from it
            if not _is_its_own_fault(error):
                raise
            if len(arrivals) > 1:
                return [lost for arrival in arrivals for lost in await self._take([arrival])]
            return await self._set_aside(arrivals[0], error)
        _count(arrivals, written, again, perf_counter() - began)
        self._tell(written)
        failpoint("handed_off")
        return again

    async def _commit(self, arrivals: list[Arrival]) -> tuple[list[Committed], list[Arrival]]:
        played, again = await self._play_all(arrivals)
        failpoint("before_commit")
        won = await turns.write(self._pool, played) if played else {}
        failpoint("after_commit")
        written = []
        for turn in played:
            winner = won.get((turn.before.shop_id, turn.before.id))
            if winner is not None:
                written.append(Committed(turn.before, turn.rows, winner.parcels))
            else:
                again.append(turn.arrival)
        return written, again

    async def _set_aside(self, arrival: Arrival, error: Exception) -> list[Arrival]:
        """Keep for a person what cannot be turned, and take it as taken: it would fail again."""
        problem = f"{type(error).__name__}: {error}"
        log.error("set aside", shop=arrival.shop_id, bot=arrival.bot_id, exc_info=error)
        event = arrival.event
        if isinstance(event, Answered) and event.status:
            # Who waits for an answer that cannot be kept goes on as if there had been none.
            silence = replace(arrival, event=Answered(event.flow, event.step, event.token, 0))
            return [arrival] if await self._take([silence]) else []
        with reaching():
            try:
                [before] = await turns.load(self._pool, [arrival])
            except Exception as unreadable:  # outermost: not even he who sent it can be told
                if not _is_its_own_fault(unreadable):
                    raise
                log.error("conversation unreadable", shop=arrival.shop_id, exc_info=unreadable)
                before = None
            if before is None:
                await consequences.keep(self._pool, arrival, problem)
            else:
                rows = Rows(Place(before.version, sends=False, notices=False))
                rows.poison.append(problem)
                turn = Played(arrival, before, _state(before), before.card, rows)
                if not await turns.write(self._pool, [turn]):
                    return [arrival]
        _POISONED.inc()
        return []

    async def _play_all(self, arrivals: list[Arrival]) -> tuple[list[Played], list[Arrival]]:
        played: list[Played] = []
        again: list[Arrival] = []
        there: set[tuple[int, int]] = set()
        for arrival, before in zip(arrivals, await turns.load(self._pool, arrivals), strict=True):
            if before is None or not before.launched or arrival.mark in before.seen:
                continue
            if (before.shop_id, before.id) in there:
                again.append(arrival)  # named once by the messenger's id and once by ours
                continue
            there.add((before.shop_id, before.id))
            played.append(await self._play(arrival, before))
        return played, again

    async def _play(self, arrival: Arrival, before: Conversation) -> Played:
        state = _state(before)
        named = named_revisions(state, arrival.event)
        library = self._libraries.ready(before.shop_id, before.publication, named)
        if library is None:
            library = await self._libraries.library(before.shop_id, before.publication, named)
        place = _place(arrival, before)
        occasion = Occasion(datetime.now(UTC), _zone(before), seed=hash((before.id, before.version)))
        try:
            turn = hear(library, state, before.card, arrival.event, occasion)
            while asked := open_question(turn):
                answer = await self._ask_books(before, asked.request)
                turn = answered(library, turn, *answer, occasion)
            rows = perform(turn, arrival.event, place)
        except Unavailable:
            raise  # no turn failed: it must be played once the books can be read
        except Exception as error:  # outermost: a turn that fails falls out of its batch alone
            log.exception("turn failed", shop=before.shop_id, bot_user=before.id)
            return Played(arrival, before, state, before.card, _poisoned(arrival.event, place, error))
        return Played(arrival, before, turn.state, turn.card, rows)

    async def _ask_books(self, before: Conversation, request: Request) -> tuple[int, JSON]:
        with reaching():
            try:
                return await answer_locally(self._pool, before, request)
            except asyncpg.InternalClientError as error:
                raise Unavailable from error


def _count(
    arrivals: Sequence[Arrival], written: Sequence[Committed], again: Sequence[Arrival], seconds: float
) -> None:
    """Once a batch: what is counted a turn costs as much as a good part of it."""
    BATCH.observe(len(arrivals))
    COMMIT_SECONDS.observe(seconds)
    poisoned = sum(bool(turn.rows.poison) for turn in written)
    _WRITTEN.inc(len(written) - poisoned)
    _PASSED_OVER.inc(len(arrivals) - len(written) - len(again))
    _REPLAYED.inc(len(again))
    _POISONED.inc(poisoned)


def _is_its_own_fault(error: Exception) -> bool:
    """Whether what was to be written is to blame, and not the place where it was to be written."""
    ours = isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError)
    return not ours or isinstance(error, _OF_THE_ROWS)


def _zone(before: Conversation) -> ZoneInfo:
    try:
        return ZoneInfo(before.timezone)
    except (ValueError, LookupError, OSError):
        log.warning("time zone unknown, UTC taken", shop=before.shop_id)
        return ZoneInfo("UTC")


def _state(before: Conversation) -> State:
    try:
        return load_state(before.state)
    except ValidationError:
        log.exception("state unreadable, begun anew", shop=before.shop_id, bot_user=before.id)
        return State()


def _place(arrival: Arrival, before: Conversation) -> Place:
    channel = channel_class(before.kind)
    inbound = arrival.inbound
    ack = inbound.ack if inbound else ""
    on = inbound.on if inbound and channel.limits.edits else ""
    return Place(before.version, sends=not channel.pulls, notices=channel.notices, ack=ack, on=on)


def _poisoned(event: Event, place: Place, error: Exception) -> Rows:
    rows = Rows(place)
    rows.heard(event)
    if place.ack:
        rows.acknowledge("")
    rows.poison.append(f"{type(error).__name__}: {error}")
    return rows
