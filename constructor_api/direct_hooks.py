"""Calls of messengers answered at a glance: as `hooks` does, where nothing about one is unusual."""

from asyncio import Future
from functools import partial
from http import HTTPStatus
from time import perf_counter

import structlog
from starlette.responses import JSONResponse, Response

from constructor_api.border.direct_http import Call
from constructor_api.border.traffic import Traffic
from constructor_api.hooks import PATH, ROUTE, HookDoor, come_again, note_put_off
from engine.batches import Full
from engine.connections import Connection
from engine.failpoints import failpoint
from engine.refusals import TooMany, Unavailable
from engine.runtime import Engine
from engine.store.bots import LAUNCHED

log = structlog.get_logger()


class DirectHooks:
    """A `DirectDoor` for the calls of messengers."""

    def __init__(self, engine: Engine, door: HookDoor, traffic: Traffic) -> None:
        self._engine = engine
        self._door = door
        self._traffic = traffic

    def begin(self, call: Call) -> "Future[None] | None":
        """The call, if it tells of one thing that a user did, and the bot is launched and at hand."""
        found = PATH.fullmatch(call.path)
        kept = self._engine.connections.ready(int(found[1]), int(found[2])) if found else None
        if kept is None or kept.status != LAUNCHED:
            return None
        body = call.body
        channel = kept.channel
        if not channel.verify(kept.credentials, kept.secret, call.headers, body):
            return None
        inbounds = channel.parse(body)
        if len(inbounds) != 1 or channel.payments(body) or not self._door.hold(len(body)):
            return None
        failpoint("hook_taken")
        try:
            waited = self._engine.reception.begin(kept.shop_id, kept.bot_id, inbounds[0])
        except TooMany:
            self._door.let_go(len(body))
            return None
        waited.add_done_callback(partial(self._done, kept, len(body), perf_counter()))
        return waited

    def answer(self, waited: "Future[None]", keep_alive: bool) -> bytes:
        failure = _failure(waited)
        if failure is None:
            return _KEPT if keep_alive else _LAST
        return _written(come_again(failure), keep_alive)

    def _done(self, bot: Connection, size: int, begun: float, waited: "Future[None]") -> None:
        self._door.let_go(size)
        failure = _failure(waited)
        self._traffic.answered("POST", ROUTE, 503 if failure else 200, perf_counter() - begun)
        if failure is None:
            return
        error = None if waited.cancelled() else waited.exception()
        if not isinstance(error, TooMany | Unavailable | Full | None):
            log.error("webhook failed", shop=bot.shop_id, bot=bot.bot_id, exc_info=error)
        note_put_off(bot.shop_id, bot.bot_id, failure)


def _failure(waited: "Future[None]") -> TooMany | Unavailable | None:
    """Why the call must come again."""
    if waited.cancelled():
        return Unavailable()
    match waited.exception():
        case None:
            return None
        case TooMany() | Unavailable() as refusal:
            return refusal
        case Full():
            return TooMany("Too much is waiting; try again in a moment.", retry_after=1)
        case _:
            return Unavailable()


def _written(response: Response, keep_alive: bool) -> bytes:
    """A response as it goes over the wire."""
    status = HTTPStatus(response.status_code)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
    lines += [b": ".join(header) for header in response.raw_headers]
    if not keep_alive:
        lines.append(b"connection: close")
    return b"\r\n".join((*lines, b"", bytes(response.body)))


_KEPT = _written(JSONResponse({"ok": True}), keep_alive=True)
_LAST = _written(JSONResponse({"ok": True}), keep_alive=False)
