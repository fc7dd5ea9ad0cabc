"""What was said in a conversation, and a word of one's own into it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from constructor_api.grammar.dates import moment, written
from constructor_api.grammar.envelope import Listed, Ok, Paging, Shape
from constructor_api.grammar.errors import PROTECTED
from constructor_api.grammar.numbers import Columns, Id, Moment, ShopId
from constructor_api.grammar.visit import Caller
from constructor_api.resources.bots import BotMention, bot_mention
from engine.access import Action
from engine.refusals import Invalid
from engine.speaking import say
from engine.store.bot_users import BotUser, BotUsers
from engine.store.bots import Bots
from engine.store.messages import Message, Messages
from flows.effects import Button, Media, MediaKind, Send

router = APIRouter(prefix="/api/bot", tags=["conversations"], responses=PROTECTED)

Address = Annotated[str, Field(pattern=r"^https?://", max_length=2000)]
ChatId = Annotated[Id, Query(description="The conversation: the number of the person")]
Since = Annotated[Moment | None, Query(alias="created_at__gte", description="Unix seconds")]
Until = Annotated[Moment | None, Query(alias="created_at__lt", description="Unix seconds")]
Changed = Annotated[Moment | None, Query(alias="updated_at__gt", description="Unix seconds")]


class Payload(Shape):
    text: Annotated[str, Field(max_length=4096)] = ""
    image_url: Address | None = None
    video_url: Address | None = None
    file_url: Address | None = None


class InlineButton(Shape):
    """A button that opens a page."""

    text: Annotated[str, Field(min_length=1, max_length=200)]
    url: Address


class NewMessage(Shape):
    """To `bot_user_id` or to `chat_id`, which are one number.  `application`: who sends it, for the audit."""

    shop_id: Id | None = None
    bot_user_id: Id | None = None
    chat_id: Id | None = None
    content_type: Literal["text", "image", "video", "file"] = "text"
    payload: Payload
    inline_buttons: Annotated[list[InlineButton], Field(max_length=30)] = []
    inline_buttons_cols: Columns = 0
    application: Annotated[str, Field(max_length=100)] = ""


class MessageView(BaseModel):
    """`direction`: 1 from the person, 2 to him, 3 a note for operators.  `created_at`: Unix seconds.

    `status`: received, queued, sent, failed, or ambiguous: it may have arrived, but the messenger's answer
    was lost.  `problem`: what was lost of it, or why it is not sent.  `id` counts within the conversation.
    `author_id`: the account that wrote it, null for the bot.
    """

    id: int
    chat: int
    direction: int
    text: str
    body: dict[str, Any]
    status: str
    problem: str | None
    author_id: int | None
    created_at: int


class ChatPerson(BaseModel):
    id: int
    name: str
    messenger_user_id: str


class ChatView(BaseModel):
    """A conversation has the number of its person."""

    id: int
    bot: BotMention
    bot_user: ChatPerson
    taken: bool
    updated_at: str


def _view(message: Message) -> MessageView:
    return MessageView(
        id=message.seq,
        chat=message.bot_user_id,
        direction=message.direction,
        text=str(message.body.get("text", "")),
        body=message.body,
        status=message.status,
        problem=message.problem,
        author_id=message.author_id,
        created_at=int(message.created_at.timestamp()),
    )


@router.get("/chats/", summary="The conversations of a shop")
async def list_chats(
    visit: Caller, shop_id: ShopId, paging: Paging, changed: Changed = None
) -> Ok[Listed[ChatView]]:
    inside = await visit.enter(shop_id, Action.LOOK)
    users = BotUsers(visit.unit, shop_id)
    page = await users.search(paging.limit, paging.offset, updated_after=moment(changed))
    bots = await Bots(visit.unit, shop_id).among({user.bot_id for user in page.rows})
    zone = inside.shop.timezone
    return paging.listed(
        page.rows,
        page.count,
        lambda user: ChatView(
            id=user.id,
            bot=bot_mention(bots[user.bot_id]),
            bot_user=_person(user),
            taken=user.taken,
            updated_at=written(user.updated_at, zone),
        ),
    )


def _person(user: BotUser) -> ChatPerson:
    name = str(user.variables.get("name") or "")
    return ChatPerson(id=user.id, name=name, messenger_user_id=user.messenger_user_id)


@router.get("/messages/", summary="What was said in a conversation, the latest first")
async def list_messages(
    visit: Caller, shop_id: ShopId, chat: ChatId, paging: Paging, since: Since = None, until: Until = None
) -> Ok[Listed[MessageView]]:
    await visit.enter(shop_id, Action.LOOK)
    user = await BotUsers(visit.unit, shop_id).get(chat)
    page = await Messages(visit.unit, shop_id).page(
        user.id,
        paging.limit,
        paging.offset,
        created_from=moment(since),
        created_before=moment(until),
    )
    return paging.listed(page.rows, page.count, _view)


@router.post("/messages/send_message/", summary="Write to a person")
async def send_message(visit: Caller, new: NewMessage) -> Ok[Literal[True]]:
    """It leaves once it is stored; `messages/` tells what became of it."""
    to = new.bot_user_id or new.chat_id
    if to is None or (new.chat_id or to) != to:
        raise Invalid({"bot_user_id": "Name one person, by bot_user_id or by chat_id."})
    message = _message(new)
    inside = await visit.enter_with(BotUser, to, Action.TALK, new.shop_id)
    await say(visit.engine, visit.unit, visit.account.id, (inside.shop_id, to), message)
    await inside.record("write", "bot_user", to, after={"application": new.application})
    return Ok(result=True)


def _message(new: NewMessage) -> Send:
    payload = new.payload
    urls: dict[MediaKind, str | None] = {
        "image": payload.image_url,
        "video": payload.video_url,
        "file": payload.file_url,
    }
    media = tuple(Media(kind, url) for kind, url in urls.items() if url)
    if not payload.text.strip() and not media:
        raise Invalid({"payload": "A message needs a text, or something to show."})
    buttons = tuple(
        Button(str(n), button.text, "url", button.url) for n, button in enumerate(new.inline_buttons)
    )
    return Send(payload.text, buttons, media, new.inline_buttons_cols)
