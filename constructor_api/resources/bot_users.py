"""The people who talk with a shop's bots, and what is known of each."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from constructor_api.grammar.dates import moment
from constructor_api.grammar.envelope import Listed, Ok, Paging, Shape, given
from constructor_api.grammar.errors import PROTECTED
from constructor_api.grammar.numbers import Id, MaybeShopId, Moment, PathId, ShopId
from constructor_api.grammar.visit import Caller, Inside
from constructor_api.resources.cards import BotUserView, cards
from constructor_api.resources.tag_mentions import TagMention, tag_names
from engine.access import Action
from engine.refusals import Invalid
from engine.store.bot_users import BotUser, BotUsers
from engine.store.variables import Dtype, Variables
from flows.json_value import JSON
from flows.like import Like
from flows.variables import Variable

router = APIRouter(prefix="/api/bot/bot_users", tags=["people"], responses=PROTECTED)

Line = Annotated[str, Field(max_length=500)]
Address = Annotated[str, Field(max_length=2000)]
Language = Annotated[
    str, Like(r"^([a-z]{2,3}([-_][A-Za-z0-9]{2,8})*)?$", "a language, such as en or pt-BR, or empty")
]
Text = Annotated[str, Query(max_length=200, description="Part of the messenger's id or name, or the id")]
Changed = Annotated[Moment | None, Query(alias="updated_at__gt", description="Unix seconds")]
MOST_VARIABLES = 1_000


class StoreChange(Shape):
    """`user_vars`: those named are set, null takes one away, the others stay.  `tags`: replaces them all."""

    user_vars: dict[Variable, Any] = {}
    tags: Annotated[list[TagMention], Field(max_length=200)] | None = None
    subscribed_to_bot: bool | None = None


class BotUserChange(Shape):
    state: dict[str, Any] | None = None
    lang_code: Language | None = None
    name: Line | None = None
    avatar_url: Address | None = None
    messenger_user_url: Address | None = None
    messager_user_url: Annotated[Address | None, Field(description="As the reference spells it")] = None
    store: StoreChange | None = None


@router.get("/", summary="The people of a shop's bots")
async def list_bot_users(
    visit: Caller,
    shop_id: ShopId,
    paging: Paging,
    search: Text = "",
    bot: Annotated[Id | None, Query(description="Only people of this bot")] = None,
    changed: Changed = None,
) -> Ok[Listed[BotUserView]]:
    inside = await visit.enter(shop_id, Action.LOOK)
    page = await BotUsers(visit.unit, shop_id).search(
        paging.limit, paging.offset, text=search, bot_id=bot, updated_after=moment(changed)
    )
    return paging.listed(await cards(inside, page.rows), page.count, lambda view: view)


@router.get("/{id}/", summary="One person")
async def get_bot_user(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Ok[BotUserView]:
    inside = await visit.enter_with(BotUser, id, Action.LOOK, shop_id)
    user = await BotUsers(visit.unit, inside.shop_id).get(id)
    return Ok(result=(await cards(inside, [user]))[0])


@router.patch("/{id}/", summary="Change what is known of a person")
async def change_bot_user(
    visit: Caller, id: PathId, change: BotUserChange, shop_id: MaybeShopId = None
) -> Ok[BotUserView]:
    """A turn of his that is under way at the same time is played again with what was changed."""
    inside = await visit.enter_with(BotUser, id, Action.TALK, shop_id)
    user = await BotUsers(visit.unit, inside.shop_id).hold(id)
    await apply(inside, user, change)
    fields = ", ".join(sorted(change.model_fields_set))
    await inside.record("change", "bot_user", id, after={"fields": fields})
    return Ok(result=(await cards(inside, [user]))[0])


async def apply(inside: Inside, user: BotUser, change: BotUserChange) -> None:
    """Raises Invalid for a value that is not of its variable's type, and for a tag that is not there."""
    changes = given(change)
    changes.pop("store", None)
    store = change.store or StoreChange()
    told: dict[str, JSON] = {"name": changes.pop("name")} if "name" in changes else {}
    await _check_types(inside, store.user_vars)
    known = user.variables | store.user_vars | told
    user.variables = {name: value for name, value in known.items() if value is not None}
    if len(user.variables) > MOST_VARIABLES:
        raise Invalid({"store.user_vars": f"A person has at most {MOST_VARIABLES:,} variables."})
    if store.tags is not None:
        user.tags = await tag_names(inside, store.tags, "store.tags")
    if store.subscribed_to_bot is not None:
        user.subscribed = store.subscribed_to_bot
    for name, value in changes.items():
        setattr(user, _COLUMNS.get(name, name), value)
    await inside.unit.flush()


_COLUMNS = {"state": "api_state", "messager_user_url": "messenger_user_url"}


async def _check_types(inside: Inside, values: dict[str, JSON]) -> None:
    declared = await Variables(inside.unit, inside.shop_id).of_names(values)
    wrong = {
        f"store.user_vars.{name}": f"This variable holds values of the type «{declared[name].dtype}»."
        for name, value in values.items()
        if name in declared and value is not None and not _fits(declared[name].dtype, value)
    }
    if wrong:
        raise Invalid(wrong)


def _fits(dtype: Dtype, value: JSON) -> bool:
    match dtype:
        case "text" | "image":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "bool":
            return isinstance(value, bool)
        case "json":
            return True
