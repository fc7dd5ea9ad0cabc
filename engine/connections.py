"""Bots as the outside sees them: the channel, the opened credentials, the secret of the webhook."""

import asyncio
from functools import partial
from time import monotonic
from typing import NamedTuple

from asyncpg import Pool
from pydantic import BaseModel, ValidationError

from channels.base import Channel
from channels.kinds import UnknownChannel, channel_class
from engine.refusals import NotFound
from engine.secrets import SecretFault, Vault
from engine.settings import Settings

FRESH_SECONDS = 3.0
"""How long a bot's credentials are taken from memory: a change made elsewhere takes effect by then."""

_BOT = "SELECT kind, status, credentials, hook_secret FROM bot WHERE shop_id = $1 AND id = $2"


class Connection(NamedTuple):
    """A bot ready to speak.  `credentials` and `secret` must never be logged."""

    shop_id: int
    bot_id: int
    kind: str
    status: int
    channel: Channel[BaseModel]
    credentials: BaseModel
    secret: str


class Connections:
    def __init__(self, pool: Pool, vault: Vault, settings: Settings) -> None:
        self._pool = pool
        self._vault = vault
        self._settings = settings
        self._kept: dict[tuple[int, int], tuple[float, Connection]] = {}
        self._reading: dict[tuple[int, int], asyncio.Task[Connection]] = {}
        self._channels: dict[str, Channel[BaseModel]] = {}

    def channel(self, kind: str) -> Channel[BaseModel]:
        """The channel of a kind, speaking to the address that the settings give it."""
        if kind not in self._channels:
            url = self._settings.channel_urls.get(kind)
            self._channels[kind] = channel_class(kind)(str(url) if url else "")
        return self._channels[kind]

    def forget(self, shop_id: int, bot_id: int) -> None:
        """The bot was changed: read it anew."""
        self._kept.pop((shop_id, bot_id), None)
        self._reading.pop((shop_id, bot_id), None)

    def ready(self, shop_id: int, bot_id: int) -> Connection | None:
        """The connection where it is at hand and fresh, as nearly always."""
        kept = self._kept.get((shop_id, bot_id))
        return kept[1] if kept and kept[0] > monotonic() else None

    async def of(self, shop_id: int, bot_id: int) -> Connection:
        """Raises NotFound for a bot that the shop does not have, or whose credentials cannot be read."""
        kept = self.ready(shop_id, bot_id)
        if kept is not None:
            return kept
        # A hundred messages may find it stale at once: it is opened for all of them.
        reading = self._reading.get((shop_id, bot_id))
        if reading is None:
            reading = asyncio.create_task(self._read(shop_id, bot_id))
            self._reading[(shop_id, bot_id)] = reading
            reading.add_done_callback(partial(self._keep, (shop_id, bot_id)))
        return await asyncio.shield(reading)

    def _keep(self, bot: tuple[int, int], reading: "asyncio.Task[Connection]") -> None:
        failed = reading.cancelled() or reading.exception() is not None
        if self._reading.get(bot) is reading:  # else the bot was changed while it was being read
            del self._reading[bot]
            self._kept.pop(bot, None)
            if not failed:
                self._let_go_of_old()
                self._kept[bot] = monotonic() + FRESH_SECONDS, reading.result()

    def _let_go_of_old(self) -> None:
        """Those that nobody asked for again.  All are fresh for as long, so the oldest stand first."""
        now = monotonic()
        while self._kept and self._kept[oldest := next(iter(self._kept))][0] <= now:
            del self._kept[oldest]

    async def _read(self, shop_id: int, bot_id: int) -> Connection:
        row = await self._pool.fetchrow(_BOT, shop_id, bot_id)
        if row is None:
            raise NotFound("bot")
        if row["credentials"] is None or row["hook_secret"] is None:
            raise NotFound("bot with credentials; connect it again")
        try:
            channel = self.channel(row["kind"])
            sealed = self._vault.open(shop_id, "bot.credentials", bot_id, row["credentials"])
            credentials = channel.Credentials.model_validate_json(sealed)
            secret = self._vault.open(shop_id, "bot.hook_secret", bot_id, row["hook_secret"]).decode()
        except (SecretFault, ValidationError, UnknownChannel):
            raise NotFound("bot with readable credentials; connect it again") from None
        return Connection(shop_id, bot_id, row["kind"], row["status"], channel, credentials, secret)
