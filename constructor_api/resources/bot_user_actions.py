"""What a program or an operator does with a person: run and stop flows, take a conversation over."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from constructor_api.grammar.envelope import Done, Ok, Shape
from constructor_api.grammar.errors import PROTECTED
from constructor_api.grammar.numbers import Id
from constructor_api.grammar.visit import Caller, RunningEngine, ShownToken, visiting
from constructor_api.resources.bot_users import BotUserChange, Language, Line, StoreChange, apply
from constructor_api.resources.cards import BotUserView, cards
from engine.access import Action
from engine.arrivals import Arrival
from engine.refusals import Invalid
from engine.runtime import Engine
from engine.store.bot_users import BotUser, BotUsers
from engine.store.bots import LAUNCHED, Bots
from engine.store.flows import Flows
from flows.events import Event, HandedBack, Ran, Stopped, TookOver

router = APIRouter(prefix="/api/bot/bot_user", tags=["people"], responses=PROTECTED)


class FlowOfUser(Shape):
    shop_id: Id
    flow_id: Id
    bot_user_id: Id


class OneUser(Shape):
    shop_id: Id
    bot_user_id: Id


class NewBotUser(Shape):
    """Whoever the bot knows already by `messenger_user_id` stays, with what is given here set."""

    shop_id: Id
    bot_id: Id
    messenger_user_id: Annotated[str, Field(min_length=1, max_length=200)]
    name: Line | None = None
    lang_code: Language | None = None
    store: StoreChange | None = None


@router.post("/subscribe_to_flow/", summary="Run a flow for a person")
async def subscribe_to_flow(engine: RunningEngine, token: ShownToken, wish: FlowOfUser) -> Done:
    """Its first step is sent; the flows he is in keep his place."""
    async with visiting(engine, token) as visit:
        inside = await visit.enter(wish.shop_id, Action.TALK)
        flow = await Flows(visit.unit, wish.shop_id).get(wish.flow_id)
        if flow.published_id is None:
            raise Invalid({"flow_id": "This flow is not published."})
        await _reachable(visit, wish.shop_id, wish.bot_user_id)
        await inside.record("run flow", "bot_user", wish.bot_user_id, after={"flow": flow.key})
    await _happen(engine, wish.shop_id, wish.bot_user_id, Ran(flow.key))
    return Done()


@router.post("/unsubscribe_from_flow/", summary="Stop a flow for a person, its pending delays too")
async def unsubscribe_from_flow(engine: RunningEngine, token: ShownToken, wish: FlowOfUser) -> Done:
    async with visiting(engine, token) as visit:
        inside = await visit.enter(wish.shop_id, Action.TALK)
        flow = await Flows(visit.unit, wish.shop_id).get(wish.flow_id)
        await _reachable(visit, wish.shop_id, wish.bot_user_id)
        await inside.record("stop flow", "bot_user", wish.bot_user_id, after={"flow": flow.key})
    await _happen(engine, wish.shop_id, wish.bot_user_id, Stopped(flow.key))
    return Done()


@router.post("/take_over/", summary="Answer a person oneself: the bot falls silent")
async def take_over(engine: RunningEngine, token: ShownToken, who: OneUser) -> Done:
    await _do(engine, token, who, TookOver())
    return Done()


@router.post("/hand_back/", summary="Let the bot answer a person again")
async def hand_back(engine: RunningEngine, token: ShownToken, who: OneUser) -> Done:
    await _do(engine, token, who, HandedBack())
    return Done()


@router.post("/unsafe_create/", summary="Make a person known to a bot before he has written")
async def unsafe_create(visit: Caller, new: NewBotUser) -> Ok[BotUserView]:
    """Unsafe: nobody checks that the messenger knows such a person.  Twice the same is one."""
    inside = await visit.enter(new.shop_id, Action.TALK)
    users = BotUsers(visit.unit, new.shop_id)
    bot = await Bots(visit.unit, new.shop_id).find(new.bot_id)
    if bot is None:
        raise Invalid({"bot_id": "There is no such bot."})
    met = await users.meet(BotUser(bot_id=bot.id, messenger_user_id=new.messenger_user_id))
    user = await users.hold(met.id)
    told = new.model_dump(include={"name", "lang_code", "store"}, exclude_none=True, exclude_unset=True)
    await apply(inside, user, BotUserChange.model_validate(told))
    await inside.record("create", "bot_user", user.id, after={"bot_id": bot.id})
    return Ok(result=(await cards(inside, [user]))[0])


async def _do(engine: Engine, token: str, who: OneUser, event: Event) -> None:
    async with visiting(engine, token) as visit:
        inside = await visit.enter(who.shop_id, Action.TALK)
        await _reachable(visit, who.shop_id, who.bot_user_id)
        await inside.record(type(event).__name__, "bot_user", who.bot_user_id)
    await _happen(engine, who.shop_id, who.bot_user_id, event)


async def _reachable(visit: Caller, shop_id: int, bot_user_id: int) -> None:
    """Raises NotFound, and Invalid where the bot is stopped: nothing would happen."""
    user = await BotUsers(visit.unit, shop_id).get(bot_user_id)
    bot = await Bots(visit.unit, shop_id).get(user.bot_id)
    if bot.status != LAUNCHED:
        raise Invalid({"bot_user_id": "The bot of this person is stopped; start it first."})


async def _happen(engine: Engine, shop_id: int, bot_user_id: int, event: Event) -> None:
    """A transaction of its own: a turn locks the person, whom the one before has read."""
    await engine.take([Arrival(shop_id, event, bot_user_id=bot_user_id)])
