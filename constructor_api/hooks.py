"""Where messengers deliver what users did: no models, no session, one turn and its commit.

A wrong secret and a bot that is not there get the same answer, so that nobody can look for bots here.
"""

import re
from typing import NamedTuple

import structlog
from msgspec import DecodeError, json
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from constructor_api.grammar.errors import answer, answer_refusal
from constructor_api.grammar.numbers import LARGEST_ID
from engine.connections import Connection
from engine.launching import HOOK_PATH
from engine.refusals import NotFound, Refusal, TooMany, Unavailable
from engine.runtime import Engine
from engine.store.bots import LAUNCHED
from engine.store.outages import reaching

log = structlog.get_logger()

ROUTE = HOOK_PATH
_ID = re.compile("[0-9]{1,19}")


class _Call(NamedTuple):
    engine: Engine
    shop_id: int
    bot_id: int


async def hook(request: Request) -> Response:
    """200 once what the call told is committed, or if it told nothing; 503 where it must come again."""
    call = _Call(request.app.state.engine, *places_of(request))
    try:
        return await _take(call, request)
    except (TooMany, Unavailable) as refusal:
        log.warning("webhook put off", shop=call.shop_id, bot=call.bot_id, why=refusal.code)
        response = answer_refusal(refusal)
        response.status_code = 503
        return response
    except Refusal as refusal:
        # The call is for somebody else's mistake: were it refused, the messenger would bring it for days.
        log.warning("webhook ignored", shop=call.shop_id, bot=call.bot_id, why=refusal.code)
        return _taken()


async def _take(call: _Call, request: Request) -> Response:
    connection = await _connection(call)
    body = await request.body()
    if connection is None or not _genuine(connection, request, body):
        return answer(401, "unauthenticated", {"common": "The secret is not right."})
    # Money that was taken is news of a stopped bot too.
    payments = connection.channel.payments(body)
    await call.engine.till.heard(connection, payments)
    if connection.status != LAUNCHED:
        return _taken()
    inbounds = connection.channel.parse(body)
    if inbounds:
        await call.engine.receive(call.shop_id, call.bot_id, inbounds)
    elif payments:
        log.info("webhook of payments", shop=call.shop_id, bot=call.bot_id, count=len(payments))
    elif not _is_json(body):
        log.warning("webhook unreadable", shop=call.shop_id, bot=call.bot_id, size=len(body))
    else:
        log.info("webhook of no known shape", shop=call.shop_id, bot=call.bot_id, size=len(body))
    return _taken()


async def _connection(call: _Call) -> Connection | None:
    if max(call.shop_id, call.bot_id) > LARGEST_ID:
        return None
    try:
        with reaching():
            return await call.engine.connections.of(call.shop_id, call.bot_id)
    except NotFound:
        return None


def _genuine(connection: Connection, request: Request, body: bytes) -> bool:
    return connection.channel.verify(connection.credentials, connection.secret, headers_of(request), body)


def headers_of(request: Request) -> dict[str, str]:
    """By lower-case name.  A header that is given twice is joined, and so is no longer the right one."""
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def places_of(request: Request) -> list[int]:
    """The numbers in the address, 0 for what is none."""
    # Starlette's own `int` in a route fails at a number of thousands of digits.
    return [int(place) if _ID.fullmatch(place) else 0 for place in request.path_params.values()]


def _is_json(body: bytes) -> bool:
    try:
        json.decode(body)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _taken() -> Response:
    return JSONResponse({"ok": True})
