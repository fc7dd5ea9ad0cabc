"""What commands do with the shop floor and then end: a door for whoever runs Botique, not for members."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from channels.base import ConnectionRefused, Profile
from channels.kinds import UnknownChannel, channel_class
from constructor_api.commands.terminal import Advice, progress
from constructor_api.opening import address, running, settings_given
from constructor_api.stopping import interruptible
from engine import logs
from engine.launching import Launching
from engine.refusals import Invalid, Refusal
from engine.runtime import Engine
from engine.store.bots import Bot

T = TypeVar("T")


def errand(work: Callable[[Engine], Awaitable[T]]) -> T:
    """Do this with an engine on the database of the settings.  Raises Advice; a refusal becomes one."""
    settings = settings_given()
    logs.set_up(settings.model_copy(update={"log_level": "warning"}))

    async def run(dsn: str) -> T:
        async with running(settings, dsn) as engine:
            return await work(engine)

    with interruptible(), address(settings) as dsn:
        try:
            return asyncio.run(run(dsn))
        except Refusal as refusal:
            raise _advice(refusal) from None


def _advice(refusal: Refusal) -> Advice:
    if isinstance(refusal, Invalid) and "shop_id" in refusal.errors:
        return Advice("There is no such shop. botique account shops EMAIL shows those of an account.")
    if isinstance(refusal, Invalid):
        return Advice("\n".join(f"{field}: {message}" for field, message in refusal.errors.items()), code=2)
    return Advice(refusal.message)


async def launch(engine: Engine, shop_id: int, bot_id: int) -> Bot:
    """Connect a bot and let it talk.  Raises Advice with what the messenger said, NotFound."""
    launching = Launching(engine)
    refused, profile = "", Profile("")
    try:
        with progress("Asking the messenger"):
            profile = await launching.reach(shop_id, bot_id)
    except ConnectionRefused as refusal:
        refused = refusal.reason
    async with engine.database.unit() as unit:
        if not refused:
            return await launching.launched(unit, shop_id, bot_id, profile)
        await launching.failed(unit, shop_id, bot_id, refused)
    again = f"botique bot start {bot_id} --shop {shop_id}"
    raise Advice(f"Bot {bot_id} could not be started: {refused.rstrip('.')}. Then try: {again}")


def secret_field(kind: str) -> str:
    """The only credential that a channel cannot do without.  Raises Advice where there is no such one."""
    try:
        fields = channel_class(kind).Credentials.model_fields
    except UnknownChannel as unknown:
        raise Advice(f"{str(unknown).capitalize()}.", code=2) from None
    needed = [name for name, field in fields.items() if field.is_required()]
    if len(needed) != 1:
        wanted = ", ".join(needed) or "none"
        raise Advice(
            f"This channel does not go by one token (it needs: {wanted}). Use --credentials-stdin.", code=2
        )
    return needed[0]
