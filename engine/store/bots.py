"""A shop's accounts in messengers."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import select

from engine.store.columns import created, sealed, small, touched, words
from engine.store.removal import forget_bot
from engine.store.table import Repository, ShopTable, belongs_to_shop, one_of

CREATED, STOPPED, LAUNCHED = 1, 3, 5
"""`status`, in the numbers of the reference API."""


class Bot(ShopTable, table=True):
    """`kind` names the channel.  `credentials` and `hook_secret` are sealed for this row.

    `problem`: why it does not work though it is launched, in words for its owner.
    """

    __table_args__ = (belongs_to_shop(), one_of("status", CREATED, STOPPED, LAUNCHED))

    kind: str = words()
    name: str = words()
    status: int = small(CREATED)
    credentials: bytes | None = sealed(None)
    hook_secret: bytes | None = sealed(None)
    nickname: str = words("")
    link: str = words("")
    avatar_url: str = words("")
    problem: str | None = words(None)
    created_at: datetime = created()
    updated_at: datetime = touched()


class Bots(Repository[Bot]):
    table = Bot
    what = "bot"

    async def kinds(self) -> Sequence[str]:
        """The channels that the shop's bots speak on, each once."""
        query = select(Bot.kind).where(Bot.shop_id == self.shop_id).distinct().order_by(Bot.kind)
        return (await self._session.exec(query)).all()

    async def remove(self, id: int) -> None:
        """With everybody who talks with it and all that was said; leads stay.  Raises NotFound."""
        bot = await self.get(id)
        await forget_bot(self._unit, self.shop_id, bot.id)
        await super().remove(id)
