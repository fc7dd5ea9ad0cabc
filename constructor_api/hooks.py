"""Where messengers deliver what users did: no models, no session, one turn and its commit.

A wrong secret and a bot that is not there get the same answer, so that nobody can look for bots here.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from time import perf_counter

import structlog
from msgspec import DecodeError, json
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from constructor_api.border.traffic import Traffic
from constructor_api.grammar.errors import answer, answer_refusal
from constructor_api.grammar.numbers import LARGEST_ID
from engine.connections import Connection
from engine.counting import REFUSED
from engine.failpoints import failpoint
from engine.launching import HOOK_PATH
from engine.refusals import NotFound, Refusal, TooMany, Unavailable
from engine.runtime import Engine
from engine.store.bots import LAUNCHED
from engine.store.outages import reaching

log = structlog.get_logger()

ROUTE = HOOK_PATH
MOST_HELD = 64_000_000
"""Bytes of bodies that wait to be committed; beyond it the messenger is asked to come again."""
AT_ONCE_SECONDS = 1.0
"""How long a body may be on its way to count as there at once."""
_ID = re.compile("[0-9]{1,19}")
PATH = re.compile(HOOK_PATH.format(shop_id="([0-9]{1,19})", bot_id="([0-9]{1,19})"))


class Hooks:
    """Answers the calls of messengers ahead of everything that other requests pass.

    A call that is not all there at once, or is unusual in another way, goes the way of all requests and ends
    at `hook`: the answers are the same ones.
    """

    def __init__(self, app: ASGIApp, door: "HookDoor", traffic: Traffic) -> None:
        self._app = app
        self._door = door
        self._traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is None or scope["method"] != "POST":
            return await self._app(scope, receive, send)
        begun = perf_counter()
        try:
            async with asyncio.timeout(AT_ONCE_SECONDS):
                message = await receive()
        except TimeoutError:
            return await self._app(scope, receive, send)
        if message["type"] != "http.request" or message.get("more_body"):
            return await self._app(scope, _again(message, receive), send)
        headers = joined(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        )
        if "content-encoding" in headers or "expect" in headers:
            return await self._app(scope, _again(message, receive), send)
        refused = await self._answer(int(found[1]), int(found[2]), headers, message.get("body", b""))
        self._traffic.answered("POST", ROUTE, refused.status_code if refused else 200, perf_counter() - begun)
        if refused is not None:
            return await refused(scope, receive, send)
        await send(_START)
        await send(_TAKEN)

    async def _answer(
        self, shop_id: int, bot_id: int, headers: Mapping[str, str], body: bytes
    ) -> Response | None:
        try:
            return await self._door.take(shop_id, bot_id, headers, body)
        except Exception:  # outermost: a mistake of ours answers one call with a 500 and ends no other
            log.exception("webhook failed", shop=shop_id, bot=bot_id)
            return answer(500, "internal", {"common": "Something went wrong on our side."})


class HookDoor:
    """Takes calls of messengers, as many at once as memory has room for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held = 0

    def hold(self, size: int) -> bool:
        """Make room for a body; whether there is any.  It must be let go of."""
        if self._held + size > MOST_HELD:
            return False
        self._held += size
        return True

    def let_go(self, size: int) -> None:
        self._held -= size

    async def take(
        self, shop_id: int, bot_id: int, headers: Mapping[str, str], body: bytes
    ) -> Response | None:
        """None once what the call told is committed, or if it told nothing; else what is to be answered.

        `headers` by their names in lower case.
        """
        if not self.hold(len(body)):
            return put_off(shop_id, bot_id, TooMany("Too much is waiting; try again.", retry_after=1))
        try:
            return await self._take(shop_id, bot_id, headers, body)
        except (TooMany, Unavailable) as refusal:
            return put_off(shop_id, bot_id, refusal)
        except Refusal as refusal:
            # The call is for somebody else's mistake: were it refused, the messenger would bring it for days.
            log.warning("webhook ignored", shop=shop_id, bot=bot_id, why=refusal.code)
            return None
        finally:
            self.let_go(len(body))

    async def _take(
        self, shop_id: int, bot_id: int, headers: Mapping[str, str], body: bytes
    ) -> Response | None:
        connection = await self._connection(shop_id, bot_id)
        if connection is None:
            return answer(*_NOT_GENUINE)
        channel = connection.channel
        if not channel.verify(connection.credentials, connection.secret, headers, body):
            return answer(*_NOT_GENUINE)
        failpoint("hook_taken")
        # Money that was taken is news of a stopped bot too.
        payments = channel.payments(body)
        if payments:
            await self._engine.till.heard(connection, payments)
        if connection.status != LAUNCHED:
            return None
        inbounds = channel.parse(body)
        if inbounds:
            await self._engine.receive(shop_id, bot_id, inbounds)
        else:
            _note_nothing(shop_id, bot_id, body, len(payments))
        return None

    async def _connection(self, shop_id: int, bot_id: int) -> Connection | None:
        kept = self._engine.connections.ready(shop_id, bot_id)
        if kept is not None:
            return kept
        if not (0 < shop_id <= LARGEST_ID and 0 < bot_id <= LARGEST_ID):
            return None
        try:
            with reaching():
                return await self._engine.connections.of(shop_id, bot_id)
        except NotFound:
            return None


async def hook(request: Request) -> Response:
    """The same for a call that came by the way of all requests."""
    shop_id, bot_id = places_of(request)
    door: HookDoor = request.app.state.hook_door
    refused = await door.take(shop_id, bot_id, headers_of(request), await request.body())
    return refused or JSONResponse({"ok": True})


def headers_of(request: Request) -> dict[str, str]:
    """By lower-case name.  A header that is given twice is joined, and so is no longer the right one."""
    return joined(request.headers.items())


def places_of(request: Request) -> list[int]:
    """The numbers in the address, 0 for what is none."""
    # Starlette's own `int` in a route fails at a number of thousands of digits.
    return [int(place) if _ID.fullmatch(place) else 0 for place in request.path_params.values()]


def joined(given: Iterable[tuple[str, str]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in given:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def put_off(shop_id: int, bot_id: int, refusal: TooMany | Unavailable) -> Response:
    note_put_off(shop_id, bot_id, refusal)
    return come_again(refusal)


def note_put_off(shop_id: int, bot_id: int, refusal: TooMany | Unavailable) -> None:
    REFUSED.labels("full" if isinstance(refusal, TooMany) else "away").inc()
    log.warning("webhook put off", shop=shop_id, bot=bot_id, why=refusal.code)


def come_again(refusal: TooMany | Unavailable) -> Response:
    """503 whatever the reason: only then will every messenger bring it again."""
    response = answer_refusal(refusal)
    response.status_code = 503
    return response


def _note_nothing(shop_id: int, bot_id: int, body: bytes, payments: int) -> None:
    if payments:
        log.info("webhook of payments", shop=shop_id, bot=bot_id, count=payments)
    elif not _is_json(body):
        log.warning("webhook unreadable", shop=shop_id, bot=bot_id, size=len(body))
    else:
        log.info("webhook of no known shape", shop=shop_id, bot=bot_id, size=len(body))


def _is_json(body: bytes) -> bool:
    try:
        json.decode(body)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _again(message: Message, receive: Receive) -> Receive:
    """A `receive` that gives the message once more, then what really comes."""
    pending = [message]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay


_NOT_GENUINE = (401, "unauthenticated", {"common": "The secret is not right."})
_BODY = b'{"ok":true}'
_TAKEN: Message = {"type": "http.response.body", "body": _BODY}
_START: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())],
}
