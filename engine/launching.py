"""A shop's bots on their way to a messenger and back: connected, launched, stopped."""

import secrets
from collections.abc import Mapping

import structlog
from pydantic import ValidationError

from channels.base import ConnectionRefused, Hook, Profile
from channels.kinds import UnknownChannel, channel_class
from engine.refusals import Invalid, NotFound
from engine.runtime import Engine
from engine.store.bots import LAUNCHED, STOPPED, Bot, Bots
from engine.store.unit import Unit
from flows.fault_words import sentence
from flows.json_value import JSON

log = structlog.get_logger()

HOOK_PATH = "/hooks/{shop_id}/{bot_id}/"
_SECRET_BYTES = 32


class Launching:
    """What is written is written in the caller's unit; no unit should be open while a messenger is asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def add(
        self, unit: Unit, shop_id: int, kind: str, name: str, credentials: Mapping[str, JSON]
    ) -> Bot:
        """A new bot, not launched yet, its credentials sealed.  Raises Invalid, which never shows them."""
        try:
            channel = channel_class(kind)
        except UnknownChannel as unknown:
            raise Invalid({"kind": f"{str(unknown).capitalize()}."}) from None
        try:
            opened = self._engine.connections.channel(kind).Credentials.model_validate(dict(credentials))
        except ValidationError as error:
            raise Invalid(_faults(error)) from None
        bots = Bots(unit, shop_id)
        bot = await bots.add(Bot(kind=kind, name=name or channel.title))
        seal = self._engine.vault.seal
        bot.credentials = seal(shop_id, "bot.credentials", bot.id, opened.model_dump_json().encode())
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        bot.hook_secret = seal(shop_id, "bot.hook_secret", bot.id, secret.encode())
        await unit.flush()
        return bot

    async def reach(self, shop_id: int, bot_id: int) -> Profile:
        """Check the credentials with the messenger and tell it where to deliver.

        Raises ConnectionRefused, NotFound.
        """
        self._engine.connections.forget(shop_id, bot_id)
        connection = await self._engine.connections.of(shop_id, bot_id)
        hook = None
        settings = self._engine.settings
        if settings.webhooks:
            path = HOOK_PATH.format(shop_id=shop_id, bot_id=bot_id)
            hook = Hook(f"{settings.public_address}{path}", connection.secret)
        return await connection.channel.connect(connection.credentials, hook)

    async def leave(self, shop_id: int, bot_id: int) -> None:
        """Tell the messenger to deliver no more.  If it cannot be told, what it delivers is ignored."""
        try:
            connection = await self._engine.connections.of(shop_id, bot_id)
            await connection.channel.disconnect(connection.credentials)
        except (ConnectionRefused, NotFound) as refused:
            log.warning("bot not disconnected", shop=shop_id, bot=bot_id, why=str(refused))

    async def launched(self, unit: Unit, shop_id: int, bot_id: int, profile: Profile) -> Bot:
        """Notes that the messenger knows the bot.  Raises NotFound."""
        bot = await Bots(unit, shop_id).get(bot_id)
        bot.status, bot.problem = LAUNCHED, None
        bot.nickname, bot.link = profile.nickname, profile.link
        return await self._changed(unit, bot)

    async def failed(self, unit: Unit, shop_id: int, bot_id: int, reason: str) -> Bot:
        """Notes why the messenger refused.  Raises NotFound."""
        bot = await Bots(unit, shop_id).get(bot_id)
        bot.problem = reason
        return await self._changed(unit, bot)

    async def stopped(self, unit: Unit, shop_id: int, bot_id: int) -> Bot:
        """Notes that it was stopped by hand.  Raises NotFound."""
        bot = await Bots(unit, shop_id).get(bot_id)
        bot.status, bot.problem = STOPPED, None
        return await self._changed(unit, bot)

    async def _changed(self, unit: Unit, bot: Bot) -> Bot:
        shop_id, bot_id = bot.shop_id, bot.id
        await unit.flush()
        unit.after_commit(lambda: self._engine.connections.forget(shop_id, bot_id))
        return bot


def _faults(error: ValidationError) -> dict[str, str]:
    faults = error.errors(include_input=False, include_url=False)
    return {".".join(("credentials", *map(str, fault["loc"]))): sentence(fault, "This") for fault in faults}
