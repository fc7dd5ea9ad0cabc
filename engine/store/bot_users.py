"""The people who talk with a bot: what is known of each, and where his conversation stands."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, Computed, String, Text, cast
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, col, or_, select

from engine.refusals import Invalid, NotFound
from engine.store.bots import Bot
from engine.store.columns import big, created, many, touched, tree, words, yes_no
from engine.store.removal import forget_person
from engine.store.table import LARGEST_ID, Page, Repository, ShopTable, of_shop, within
from flows.json_value import JSON


class BotUser(ShopTable, table=True):
    """One person on one messenger.  His name and phone are variables like any other.

    `state` is the engine's (`engine.state`), `api_state` is free for partners.  `version` rises with every
    turn; `seen` holds the hashes of the last updates.  A turn writes this row, so no column that it changes
    is indexed and pages keep room: the update then stays in its page (HOT).
    """

    __table_args__ = (
        within("bot", "bot_id"),
        of_shop("bot_id", "messenger_user_id"),
        {"postgresql_with": {"fillfactor": 80}},
    )
    # `taken` is told by the statement that changes `state`: to look it up later would take another.
    __mapper_args__: ClassVar[dict[str, Any]] = {"eager_defaults": True}

    bot_id: int = big()
    messenger_user_id: str = words()
    username: str = words("")
    avatar_url: str = words("")
    messenger_user_url: str = words("")
    lang_code: str = words("")
    start_parameter: str = words("")
    subscribed: bool = yes_no(True)
    reachable: bool = yes_no(True)
    variables: dict[str, JSON] = tree()
    tags: list[str] = many(Text())
    cart: dict[str, JSON] = tree()
    state: dict[str, JSON] = tree()
    api_state: dict[str, JSON] = tree()
    taken: bool = Field(
        default=None,
        sa_type=Boolean,
        sa_column_args=[Computed("state @> '{\"taken\": true}'", persisted=True)],
    )
    """An operator has the conversation: read out of `state` by the database, never written."""
    version: int = big(0)
    seen: list[int] = many(BigInteger())
    created_at: datetime = created()
    updated_at: datetime = touched()
    heard_at: datetime | None = None
    """When the person last did something."""


class BotUsers(Repository[BotUser]):
    table = BotUser
    what = "bot user"

    async def search(
        self,
        limit: int,
        offset: int = 0,
        *,
        text: str = "",
        bot_id: int | None = None,
        updated_after: datetime | None = None,
    ) -> Page[BotUser]:
        """By id.  `text`: part of the messenger's id or of the name, or our id."""
        query = self._mine()
        if text:
            name = col(BotUser.variables)["name"].astext
            fits = (
                col(BotUser.messenger_user_id).icontains(text, autoescape=True),
                name.icontains(text, autoescape=True),
                cast(col(BotUser.id), String) == text,
            )
            query = query.where(or_(*fits))
        if bot_id is not None:
            query = query.where(BotUser.bot_id == bot_id)
        if updated_after is not None:
            query = query.where(BotUser.updated_at > updated_after)
        return await self._page(query, limit, offset, "id")

    async def by_messenger_id(self, bot_id: int, messenger_user_id: str) -> BotUser | None:
        query = self._mine().where(BotUser.bot_id == bot_id, BotUser.messenger_user_id == messenger_user_id)
        return await self._one(query)

    async def meet(self, user: BotUser) -> BotUser:
        """This person, or as he is known already to this bot.  Raises Invalid for a bot not of the shop."""
        bot = select(Bot.id).where(Bot.shop_id == self.shop_id, Bot.id == user.bot_id)
        if (await self._session.exec(bot)).first() is None:
            raise Invalid({"bot_id": "There is no such bot."})
        given = user.model_dump(exclude={"id", "shop_id", "taken"}, exclude_unset=True)
        made = insert(BotUser).values(shop_id=self.shop_id, **given).on_conflict_do_nothing()
        await self._session.exec(made)
        found = await self.by_messenger_id(user.bot_id, user.messenger_user_id)
        assert found is not None
        return found

    async def hold(self, id: int) -> BotUser:
        """To be changed in this unit: a turn under way with him is played anew.  Raises NotFound."""
        query = self._mine().where(BotUser.id == id).with_for_update()
        fresh = query.execution_options(populate_existing=True)
        user = await self._one(fresh) if 0 < id <= LARGEST_ID else None
        if user is None:
            raise NotFound(self.what)
        user.version += 1
        return user

    async def remove(self, id: int) -> None:
        """Forgets the person: what was said, his leads, all that is noted of him.  Raises NotFound."""
        user = await self.hold(id)
        await forget_person(self._unit, self.shop_id, id)
        await self._session.delete(user)
        await self._unit.flush()
