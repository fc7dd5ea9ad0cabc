"""The messengers a bot can be connected to, each with the form that connects it."""

from functools import cache
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from channels.kinds import KINDS, channel_class
from constructor_api.grammar.envelope import Listed, Ok, Paging
from constructor_api.grammar.errors import PROTECTED
from constructor_api.grammar.visit import Caller

router = APIRouter(prefix="/api/bot/channels", tags=["bots"], responses=PROTECTED)


class ChannelKind(BaseModel):
    """`credentials` is the JSON Schema of what connects a bot; `limits` are those of one message."""

    kind: str
    title: str
    bot_type: int
    limits: dict[str, Any]
    credentials: dict[str, Any]


@cache
def _kinds() -> tuple[ChannelKind, ...]:
    """Read once: some channel brings in a library that takes seconds."""
    found = []
    for kind in KINDS:
        channel = channel_class(kind)
        limits = channel.limits._asdict()
        sorted_sets = {name: sorted(one) for name, one in limits.items() if isinstance(one, frozenset)}
        found.append(
            ChannelKind(
                kind=kind,
                title=channel.title,
                bot_type=channel.bot_type,
                limits=limits | sorted_sets,
                credentials=channel("").Credentials.model_json_schema(),
            )
        )
    return tuple(found)


@router.get("/", summary="The messengers there are")
async def list_channels(_: Caller, paging: Paging) -> Ok[Listed[ChannelKind]]:
    kinds = _kinds()
    shown = kinds[paging.offset : paging.offset + paging.limit]
    return paging.listed(shown, len(kinds), lambda kind: kind)
