"""Where the shop's staff wants to be told: mailboxes and chats, and which notices go there."""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, Field

from constructor_api.grammar.envelope import Done, Listed, Ok, Paging, Shape, given
from constructor_api.grammar.errors import PROTECTED
from constructor_api.grammar.numbers import ChatId, Id, MaybeShopId, PathId, ShopId
from constructor_api.grammar.visit import Caller, Inside
from constructor_api.resources.tag_mentions import TagMention, tag_names
from engine.access import Action
from engine.mail import mailbox
from engine.refusals import Invalid
from engine.store.notification_channels import CHAT, MAIL, NotificationChannel, NotificationChannels
from engine.store.tags import Tags

router = APIRouter(prefix="/api/notifications/channels", tags=["notifications"], responses=PROTECTED)

MOST_CHANNELS = 100
"""Of a shop: each notice goes through all that fit."""


def _known(number: int) -> int:
    if number not in (MAIL, CHAT):
        raise ValueError(f"there are {MAIL} for e-mail and {CHAT} for Telegram")
    return number


def _mailbox(text: str) -> str:
    address = mailbox(text)
    if address is None:
        raise ValueError("an e-mail address looks like ann@example.com")
    return address


class ChannelType(Shape):
    """1: e-mail, 2: Telegram."""

    id: Annotated[Id, AfterValidator(_known)]


Email = Annotated[str, Field(max_length=254), AfterValidator(_mailbox)]
UserName = Annotated[str, Field(max_length=100)]
Marks = Annotated[list[TagMention], Field(max_length=20)]
Search = Annotated[
    str, Query(max_length=254, description="Part of the e-mail address, or one of the numbers")
]
Marked = Annotated[
    list[Id], Query(default_factory=list, max_length=20, description="Only those with one of these tags")
]
Active = Annotated[bool | None, Query(description="Only those that are switched on, or off")]


class NewChannel(Shape):
    """`email` or `tg_user_id`, as the type says.  No `tags`: it takes every notice."""

    shop_id: Id
    type: ChannelType
    email: Email | None = None
    tg_user_id: ChatId | None = None
    tg_user_name: UserName = ""
    is_active: bool = True
    tags: Marks = []


class ChannelChange(Shape):
    """`tags`: replaces them all.  With another type goes an address of that type."""

    shop_id: Id | None = None
    type: ChannelType | None = None
    email: Email | None = None
    tg_user_id: ChatId | None = None
    tg_user_name: UserName | None = None
    is_active: bool | None = None
    tags: Marks | None = None


class ChannelTag(BaseModel):
    """`id` is null for a tag that the shop has deleted: notices with its name still go here."""

    id: int | None
    shop_id: int
    name: str


class ChannelView(BaseModel):
    """`problem`: why the latest notice has not got through; null if all is well."""

    id: int
    shop_id: int
    is_active: bool
    type: ChannelType
    email: str | None
    tg_user_id: int | None
    tg_user_name: str
    tags: list[ChannelTag]
    problem: str | None


class _Address(NamedTuple):
    type: int
    email: str | None
    tg_user_id: int | None

    def checked(self) -> "_Address":
        """Raises Invalid where it does not match its type."""
        errors = {}
        if self.type == MAIL and self.email is None:
            errors["email"] = "A channel of type 1 needs an e-mail address."
        if self.type == CHAT and self.tg_user_id is None:
            errors["tg_user_id"] = "A channel of type 2 needs the number of a person or group in Telegram."
        if self.type == MAIL and self.tg_user_id is not None:
            errors["tg_user_id"] = "A channel of type 1 has an e-mail address instead."
        if self.type == CHAT and self.email is not None:
            errors["email"] = "A channel of type 2 has a number in Telegram instead."
        if errors:
            raise Invalid(errors)
        return self


async def _views(inside: Inside, rows: Sequence[NotificationChannel]) -> list[ChannelView]:
    known = await Tags(inside.unit, inside.shop_id).known({name for row in rows for name in row.tags})
    ids = {tag.name: tag.id for tag in known}
    return [
        ChannelView(
            **row.model_dump(exclude={"type", "tags", "created_at", "updated_at"}),
            type=ChannelType(id=row.type),
            tags=[ChannelTag(id=ids.get(name), shop_id=row.shop_id, name=name) for name in row.tags],
        )
        for row in rows
    ]


def _facts(row: NotificationChannel) -> dict[str, Any]:
    return row.model_dump(include={"type", "email", "tg_user_id", "tg_user_name", "is_active", "tags"})


@router.get("/", summary="The notification channels of a shop")
async def list_channels(
    visit: Caller,
    shop_id: ShopId,
    paging: Paging,
    tags: Marked,
    search: Search = "",
    is_active: Active = None,
) -> Ok[Listed[ChannelView]]:
    inside = await visit.enter(shop_id, Action.LOOK)
    names = [tag.name for tag in await Tags(visit.unit, shop_id).of_ids(tags)]
    rows = NotificationChannels(visit.unit, shop_id)
    page = await rows.search(paging.limit, paging.offset, text=search, is_active=is_active, tags=names)
    return paging.listed(await _views(inside, page.rows), page.count, lambda view: view)


@router.post("/", summary="Add a notification channel")
async def create_channel(visit: Caller, new: NewChannel) -> Ok[ChannelView]:
    inside = await visit.enter(new.shop_id, Action.CONNECT)
    rows = NotificationChannels(visit.unit, new.shop_id)
    address = _Address(new.type.id, new.email, new.tg_user_id).checked()
    if await rows.how_many() >= MOST_CHANNELS:
        raise Invalid({"common": f"A shop has at most {MOST_CHANNELS} notification channels."})
    names = await tag_names(inside, new.tags, "tags")
    row = await rows.add(
        NotificationChannel(
            **address._asdict(), tg_user_name=new.tg_user_name, is_active=new.is_active, tags=names
        )
    )
    await inside.record("create", "notification_channel", row.id, after=_facts(row))
    return Ok(result=(await _views(inside, [row]))[0])


@router.get("/{id}/", summary="One notification channel")
async def get_channel(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Ok[ChannelView]:
    inside = await visit.enter_with(NotificationChannel, id, Action.LOOK, shop_id)
    row = await NotificationChannels(visit.unit, inside.shop_id).get(id)
    return Ok(result=(await _views(inside, [row]))[0])


@router.patch("/{id}/", summary="Change a notification channel")
async def change_channel(
    visit: Caller, id: PathId, change: ChannelChange, shop_id: MaybeShopId = None
) -> Ok[ChannelView]:
    inside = await visit.enter_with(NotificationChannel, id, Action.CONNECT, change.shop_id or shop_id)
    row = await NotificationChannels(visit.unit, inside.shop_id).get(id)
    before = _facts(row)
    changes = given(change, "shop_id", "email", "tg_user_id")
    _readdress(row, change, changes)
    for name in ("tg_user_name", "is_active"):
        setattr(row, name, changes.get(name, getattr(row, name)))
    if change.tags is not None:
        row.tags = await tag_names(inside, change.tags, "tags")
    await visit.unit.flush()
    await inside.record("change", "notification_channel", id, before=before, after=_facts(row))
    return Ok(result=(await _views(inside, [row]))[0])


@router.delete("/{id}/", summary="Delete a notification channel; what waits for it is not sent any more")
async def delete_channel(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Done:
    inside = await visit.enter_with(NotificationChannel, id, Action.CONNECT, shop_id)
    rows = NotificationChannels(visit.unit, inside.shop_id)
    row = await rows.get(id)
    await rows.remove(id)
    await inside.record("delete", "notification_channel", id, before=_facts(row))
    return Done()


def _readdress(row: NotificationChannel, change: ChannelChange, changes: dict[str, Any]) -> None:
    """A channel of another type forgets its old address, and with it what was wrong there."""
    kept = _Address(row.type, row.email, row.tg_user_id)
    type_id = change.type.id if change.type else row.type
    default = kept if type_id == row.type else _Address(type_id, None, None)
    asked = _Address(
        type_id,
        changes.get("email", default.email),
        changes.get("tg_user_id", default.tg_user_id),
    ).checked()
    row.type, row.email, row.tg_user_id = asked
    if asked != kept:
        row.problem = None
