"""Whether this process is well, for those who watch it.  Nothing here tells of any shop."""

import asyncio
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response

from constructor_api.border.guard import Border
from constructor_api.border.traffic import Counting, Traffic
from constructor_api.grammar.envelope import Done
from constructor_api.grammar.errors import PROTECTED, speak_envelope
from engine.refusals import Unavailable
from engine.runtime import Engine

DATABASE_SECONDS = 2.0
"""How long the database has to answer before it counts as away."""
QUESTION = "SELECT 1"

router = APIRouter(tags=["health"])
_AWAY: dict[int | str, dict[str, Any]] = {503: PROTECTED[503]}


class Watch:
    """What is known of a process: whether it leaves, and what its engine says of itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._leaving = False
        self._asking: asyncio.Task[None] | None = None

    def leave(self) -> None:
        """From now on nothing new shall be sent here."""
        self._leaving = True

    async def alive(self) -> None:
        """Raises Unavailable where something that this process is for does not work."""
        if self._engine.ended:
            ended = ", ".join(self._engine.ended)
            raise Unavailable(f"This ended by a mistake of ours, and wants a restart: {ended}.")
        await self._database_answers()

    async def ready(self) -> None:
        """Raises Unavailable where a request is better sent elsewhere."""
        if self._leaving:
            raise Unavailable("This process is being stopped.")
        if self._engine.full:
            raise Unavailable("Too much is waiting here.")
        await self.alive()

    async def _database_answers(self) -> None:
        # One question for all who ask: a database that hangs must not hold a connection for each of them.
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(_heard)
        answered, _ = await asyncio.wait({self._asking}, timeout=DATABASE_SECONDS)
        if not answered:
            raise Unavailable
        self._asking.result()

    async def _ask(self) -> None:
        async with self._engine.database.connection() as connection:
            # Nothing else would end a question whose answer was lost on the way.
            cutting = asyncio.get_running_loop().call_later(DATABASE_SECONDS, connection.terminate)
            try:
                await connection.fetchval(QUESTION)
            finally:
                cutting.cancel()


def _heard(asking: asyncio.Task[None]) -> None:
    """A failure that nobody waited for must not make a warning."""
    if not asking.cancelled():
        asking.exception()


@router.get("/health", summary="The process works and its database answers", responses=_AWAY)
async def health(request: Request) -> Done:
    await request.app.state.watch.alive()
    return Done()


@router.get("/ready", summary="Requests may be sent here", responses=_AWAY)
async def ready(request: Request) -> Done:
    await request.app.state.watch.ready()
    return Done()


@router.get("/metrics", summary="Counters in the text form of Prometheus", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    traffic: Traffic = request.app.state.traffic
    return traffic.exposed()


def watch(app: FastAPI, engine: Engine, traffic: Traffic) -> None:
    """What the operations above need of an application."""
    app.state.watch = Watch(engine)
    app.state.traffic = traffic


def create_watched(engine: Engine) -> FastAPI:
    """The door of a process that does the work and answers nobody but those who watch it."""
    traffic = Traffic()
    app = FastAPI(
        title="Botique at work",
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[Middleware(Border), Middleware(Counting, traffic=traffic)],
    )
    watch(app, engine, traffic)
    speak_envelope(app)
    app.include_router(router)
    return app
