"""The web chat's two addresses: becoming a visitor, and the socket to talk through."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Request, WebSocket
from pydantic import BaseModel, Field
from starlette.websockets import WebSocketDisconnect

from constructor_api.grammar.envelope import Ok, Refused, Shape
from constructor_api.grammar.numbers import PathId
from constructor_api.web_chat import frames
from constructor_api.web_chat.door import door_of, language
from constructor_api.web_chat.talk import Farewell, talk
from engine.refusals import NotFound, Unavailable

router = APIRouter(prefix="/widget/{shop_id}/{bot_id}", tags=["web chat"])

GOODBYE = 4000
"""Code of a close that a `bye` explains."""


class Visit(Shape):
    """`token` as an earlier session gave it; without one, or with one that no longer counts, you are new."""

    token: Annotated[str, Field(max_length=200)] | None = None


class Session(BaseModel):
    """Who you are to this bot, for a year from now, and how its chat looks."""

    token: str
    title: str
    colour: str
    greeting: str
    lang: str


@router.post(
    "/session/",
    summary="Become a visitor of a bot's web chat, or be recognised as one",
    responses={404: {"model": Refused, "description": "There is no such chat, or it is switched off"}},
)
async def session(request: Request, shop_id: PathId, bot_id: PathId, visit: Visit) -> Ok[Session]:
    """The token proves to the socket who you are.  Each session renews it."""
    door, now = door_of(request), datetime.now(UTC)
    chat = await door.chat(shop_id, bot_id)
    known = door.visitors.visitor(bot_id, visit.token, now) if visit.token else None
    return Ok(
        result=Session(
            token=door.visitors.token(bot_id, known or door.visitors.newcomer(), now),
            title=chat.face.title,
            colour=chat.face.colour,
            greeting=chat.face.greeting,
            lang=language(request),
        )
    )


@router.websocket("/ws/")
async def socket(socket: WebSocket, shop_id: PathId, bot_id: PathId) -> None:
    """Frames of JSON.  First `hello`, then `say`, `press` and `start` in, `message` and `ack` out."""
    door = door_of(socket)
    with suppress(WebSocketDisconnect):
        try:
            chat = await door.chat(shop_id, bot_id)
            if not door.admits(socket, chat):
                await socket.close()
                return
            await socket.accept()
            await talk(door, chat, socket)
        except NotFound:
            await socket.accept()
            await _part(socket, "gone")
        except Unavailable:
            await socket.accept()
            await _part(socket, "unavailable")
        except Farewell as farewell:
            await _part(socket, farewell.reason)


async def _part(socket: WebSocket, reason: str) -> None:
    await socket.send_text(frames.bye(reason).decode())
    await socket.close(GOODBYE)
