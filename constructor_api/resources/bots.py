"""A shop's bots: connected, renamed, removed."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from channels.kinds import channel_class
from constructor_api.grammar.envelope import Done, Listed, Ok, Paging, Shape
from constructor_api.grammar.errors import PROTECTED
from constructor_api.grammar.numbers import Id, MaybeShopId, PathId, ShopId
from constructor_api.grammar.visit import Caller, RunningEngine, ShownToken, visiting
from engine.access import Action
from engine.launching import Launching
from engine.store.bots import LAUNCHED, Bot, Bots

router = APIRouter(prefix="/api/bot/bots", tags=["bots"], responses=PROTECTED)

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class NewBot(Shape):
    """`kind` and the fields of `credentials` as the list of channels tells them."""

    shop_id: Id
    kind: Annotated[str, Field(max_length=40)]
    name: Name | None = None
    credentials: dict[str, Any] = {}


class BotChange(Shape):
    name: Name


class BotView(BaseModel):
    """`bot_type`: 1 Telegram, 6 WhatsApp Business, 100 web site.  `status`: 1 created, 3 stopped by hand,
    5 launched.  `problem`: why it does not work though it is launched.  `link` opens a conversation."""

    id: int
    shop_id: int
    kind: str
    bot_type: int
    name: str
    avatar_url: str
    status: int
    problem: str | None
    link: str
    wa_phone_number: str | None = None
    tg_bot_nickname: str | None = None
    vk_group_id: str | None = None
    fb_group_id: str | None = None
    avito_user_id: str | None = None
    waba_phone_number: str | None = None


class BotMention(BaseModel):
    """A bot as it is named in other things."""

    id: int
    name: str
    bot_type: int


def bot_view(bot: Bot) -> BotView:
    channel = channel_class(bot.kind)
    view = BotView(
        id=bot.id,
        shop_id=bot.shop_id,
        kind=bot.kind,
        bot_type=channel.bot_type,
        name=bot.name,
        avatar_url=bot.avatar_url,
        status=bot.status,
        problem=bot.problem,
        link=bot.link,
    )
    own_name = {channel.known_as: bot.nickname or None} if channel.known_as else {}
    return view.model_copy(update=own_name)


def bot_mention(bot: Bot) -> BotMention:
    return BotMention(id=bot.id, name=bot.name, bot_type=channel_class(bot.kind).bot_type)


@router.get("/", summary="The bots of a shop")
async def list_bots(visit: Caller, shop_id: ShopId, paging: Paging) -> Ok[Listed[BotView]]:
    await visit.enter(shop_id, Action.LOOK)
    page = await Bots(visit.unit, shop_id).page(paging.limit, paging.offset)
    return paging.listed(page.rows, page.count, bot_view)


@router.post("/", summary="Connect a bot; start it afterwards")
async def create_bot(visit: Caller, new: NewBot) -> Ok[BotView]:
    """The credentials are sealed, and never shown again."""
    inside = await visit.enter(new.shop_id, Action.CONNECT)
    adding = Launching(visit.engine)
    bot = await adding.add(visit.unit, new.shop_id, new.kind, new.name or "", new.credentials)
    await inside.record("create", "bot", bot.id, after={"kind": bot.kind, "name": bot.name})
    return Ok(result=bot_view(bot))


@router.get("/{id}/", summary="One bot")
async def get_bot(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Ok[BotView]:
    inside = await visit.enter_with(Bot, id, Action.LOOK, shop_id)
    return Ok(result=bot_view(await Bots(visit.unit, inside.shop_id).get(id)))


@router.patch("/{id}/", summary="Rename a bot")
async def change_bot(
    visit: Caller, id: PathId, change: BotChange, shop_id: MaybeShopId = None
) -> Ok[BotView]:
    inside = await visit.enter_with(Bot, id, Action.CONNECT, shop_id)
    bot = await Bots(visit.unit, inside.shop_id).get(id)
    before, bot.name = bot.name, change.name
    await visit.unit.flush()
    await inside.record("rename", "bot", id, before={"name": before}, after={"name": bot.name})
    return Ok(result=bot_view(bot))


@router.delete("/{id}/", summary="Delete a bot, its people and all that was said; leads stay")
async def delete_bot(
    engine: RunningEngine, token: ShownToken, id: PathId, shop_id: MaybeShopId = None
) -> Done:
    async with visiting(engine, token) as visit:
        inside = await visit.enter_with(Bot, id, Action.CONNECT, shop_id)
        bot = await Bots(visit.unit, inside.shop_id).get(id)
    if bot.status == LAUNCHED:
        await Launching(engine).leave(bot.shop_id, id)
    async with visiting(engine, token) as visit:
        inside = await visit.enter(bot.shop_id, Action.CONNECT)
        await Bots(visit.unit, bot.shop_id).remove(id)
        await inside.record("delete", "bot", id, before={"kind": bot.kind, "name": bot.name})
        inside.after_commit(lambda: engine.connections.forget(bot.shop_id, id))
    return Done()
