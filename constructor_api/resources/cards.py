"""A bot user as the API shows him: the reference's form, filled from several tables at once."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel

from constructor_api.grammar.dates import written
from constructor_api.grammar.visit import Inside
from constructor_api.resources.bots import BotMention, bot_mention
from engine.store.bot_users import BotUser
from engine.store.bots import Bot, Bots
from engine.store.flows import Flow, Flows
from engine.store.tags import Tag, Tags
from flows.json_value import JSON


class ActiveFlow(BaseModel):
    """A flow that the person is in; `current`: the one that hears what he says."""

    id: int
    name: str
    current: bool


class TagOfUser(BaseModel):
    """`id` is null for a tag that the shop has deleted: who was marked with it still is."""

    id: int | None
    shop_id: int
    name: str


class Store(BaseModel):
    """The «user card».  `name` and `phone` are variables like any other."""

    id: int
    active_flows: list[ActiveFlow]
    name: str
    id_in_messenger: str
    phone: str
    avatar_url: str
    start_parameter: str
    subscribed_to_bot: bool
    tags: list[TagOfUser]
    user_vars: dict[str, Any]
    saved_bank_cards: list[Any]


class BotUserView(BaseModel):
    """`taken`: an operator has the conversation.  `messager_user_url` is the reference's spelling."""

    id: int
    shop_id: int
    created_at: str
    updated_at: str
    bot: BotMention
    messenger_user_id: str
    state: dict[str, Any]
    lang_code: str
    name: str
    avatar_url: str
    messenger_user_url: str
    messager_user_url: str
    taken: bool
    reachable: bool
    store: Store


async def cards(inside: Inside, users: Sequence[BotUser]) -> list[BotUserView]:
    """The views of these people, three questions to the database for all of them."""
    shop = (inside.unit, inside.shop_id)
    shown = _Shown(
        inside,
        await Bots(*shop).among({user.bot_id for user in users}),
        await Flows(*shop).of_keys({key for user in users for key in _active(user)}),
        await Tags(*shop).known({name for user in users for name in user.tags}),
    )
    return [shown.view(user) for user in users]


class _Shown:
    def __init__(
        self, inside: Inside, bots: dict[int, Bot], flows: dict[str, Flow], tags: Iterable[Tag]
    ) -> None:
        self._inside = inside
        self._bots = bots
        self._flows = flows
        self._tags = {tag.name: tag.id for tag in tags}

    def view(self, user: BotUser) -> BotUserView:
        bot = self._bots[user.bot_id]
        zone = self._inside.shop.timezone
        url = user.messenger_user_url
        return BotUserView(
            id=user.id,
            shop_id=user.shop_id,
            created_at=written(user.created_at, zone),
            updated_at=written(user.updated_at, zone),
            bot=bot_mention(bot),
            messenger_user_id=user.messenger_user_id,
            state=user.api_state,
            lang_code=user.lang_code,
            name=_text(user.variables.get("name")),
            avatar_url=user.avatar_url,
            messenger_user_url=url,
            messager_user_url=url,
            taken=user.taken,
            reachable=user.reachable,
            store=self._store(user),
        )

    def _store(self, user: BotUser) -> Store:
        active = _active(user)
        return Store(
            id=user.id,
            active_flows=[
                ActiveFlow(id=flow.id, name=flow.name, current=key == active[-1])
                for key in active
                if (flow := self._flows.get(key))
            ],
            name=_text(user.variables.get("name")),
            id_in_messenger=user.messenger_user_id,
            phone=_text(user.variables.get("phone")),
            avatar_url=user.avatar_url,
            start_parameter=user.start_parameter,
            subscribed_to_bot=user.subscribed,
            tags=[TagOfUser(id=self._tags.get(name), shop_id=user.shop_id, name=name) for name in user.tags],
            user_vars={name: value for name, value in user.variables.items() if not name.startswith("_")},
            saved_bank_cards=[],
        )


def _active(user: BotUser) -> list[str]:
    """Keys of the flows he is in, the current one last."""
    frames = user.state.get("frames", [])
    found = (
        [frame.get("flow") for frame in frames if isinstance(frame, dict)] if isinstance(frames, list) else []
    )
    return [key for key in found if isinstance(key, str)]


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else ""
