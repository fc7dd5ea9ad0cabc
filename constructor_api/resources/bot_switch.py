"""Starting and stopping a bot.  The reference API does it by GET; POST is the better way to ask."""

from fastapi import APIRouter
from pydantic import BaseModel

from channels.base import ConnectionRefused
from constructor_api.grammar.envelope import Ok
from constructor_api.grammar.errors import PROTECTED
from constructor_api.grammar.numbers import MaybeShopId, PathId
from constructor_api.grammar.visit import Caller, RunningEngine, ShownToken, visiting
from constructor_api.resources.bots import BotView, bot_view
from engine.access import Action
from engine.launching import Launching
from engine.refusals import Invalid, Unavailable
from engine.runtime import Engine
from engine.store.bots import LAUNCHED, Bot, Bots

router = APIRouter(prefix="/api/bot/bot/{id}", tags=["bots"], responses=PROTECTED)
BY_GET = "For clients of the reference API; POST is the better way to ask."


class BotStatus(BaseModel):
    """`status` as of the bot; `connected`: it is launched, and the messenger has not complained."""

    status: int
    connected: bool
    problem: str | None


@router.get("/status/", summary="Whether a bot works")
async def bot_status(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Ok[BotStatus]:
    inside = await visit.enter_with(Bot, id, Action.LOOK, shop_id)
    bot = await Bots(visit.unit, inside.shop_id).get(id)
    connected = bot.status == LAUNCHED and not bot.problem
    return Ok(result=BotStatus(status=bot.status, connected=connected, problem=bot.problem))


@router.post("/start/", summary="Launch a bot")
@router.get("/start/", summary="Launch a bot, by GET", description=BY_GET, deprecated=True)
async def start_bot(
    engine: RunningEngine, token: ShownToken, id: PathId, shop_id: MaybeShopId = None
) -> Ok[BotView]:
    """The messenger is asked whether it knows the credentials; 422 tells in its words why not."""
    return Ok(result=await _launch(engine, token, id, shop_id))


@router.post("/restart/", summary="Connect a bot anew")
@router.get("/restart/", summary="Connect a bot anew, by GET", description=BY_GET, deprecated=True)
async def restart_bot(
    engine: RunningEngine, token: ShownToken, id: PathId, shop_id: MaybeShopId = None
) -> Ok[BotView]:
    return Ok(result=await _launch(engine, token, id, shop_id))


@router.post("/stop/", summary="Stop a bot: what people write is ignored")
@router.get("/stop/", summary="Stop a bot, by GET", description=BY_GET, deprecated=True)
async def stop_bot(
    engine: RunningEngine, token: ShownToken, id: PathId, shop_id: MaybeShopId = None
) -> Ok[BotView]:
    stopping = Launching(engine)
    async with visiting(engine, token) as visit:
        inside = await visit.enter_with(Bot, id, Action.CONNECT, shop_id)
        bot = await stopping.stopped(visit.unit, inside.shop_id, id)
        await inside.record("stop", "bot", id)
    await stopping.leave(bot.shop_id, id)
    return Ok(result=bot_view(bot))


async def _launch(engine: Engine, token: str, id: int, shop_id: int | None) -> BotView:
    """Three steps, so that no transaction is open while a messenger takes its time."""
    launching = Launching(engine)
    async with visiting(engine, token) as visit:
        shop_id = (await visit.enter_with(Bot, id, Action.CONNECT, shop_id)).shop_id
        await Bots(visit.unit, shop_id).get(id)
    refused = profile = None
    try:
        profile = await launching.reach(shop_id, id)
    except ConnectionRefused as refusal:
        refused = refusal
    async with visiting(engine, token) as visit:
        inside = await visit.enter(shop_id, Action.CONNECT)
        if profile is None:
            bot = await launching.failed(visit.unit, shop_id, id, refused.reason if refused else "")
        else:
            bot = await launching.launched(visit.unit, shop_id, id, profile)
        await inside.record("start", "bot", id, after={"status": bot.status, "problem": bot.problem})
    if refused is not None:
        raise Unavailable(refused.reason) if refused.outage else Invalid({"credentials": refused.reason})
    return bot_view(bot)
