"""Whether this process is well, for those who watch it.  Nothing here tells of any shop."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from constructor_api.grammar.envelope import Done
from constructor_api.grammar.errors import PROTECTED
from engine.runtime import Engine

router = APIRouter(tags=["health"])
_AWAY: dict[int | str, dict[str, Any]] = {503: PROTECTED[503]}


@router.get("/health", summary="The process is up and its database answers", responses=_AWAY)
async def health(request: Request) -> Done:
    await _ask(request)
    return Done()


@router.get("/ready", summary="Requests may be sent here", responses=_AWAY)
async def ready(request: Request) -> Done:
    await _ask(request)
    return Done()


@router.get("/metrics", summary="Counters in the text form of Prometheus", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    return request.app.state.traffic.exposed()  # type: ignore[no-any-return]  # Starlette's state has no types


async def _ask(request: Request) -> None:
    engine: Engine = request.app.state.engine
    async with engine.database.connection() as connection:
        await connection.fetchval("SELECT 1")
