"""Messages that were given up: listed, sent again, thrown away."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from constructor_api.grammar.dates import written
from constructor_api.grammar.envelope import Done, Listed, Ok, Paging, Shape
from constructor_api.grammar.errors import PROTECTED
from constructor_api.grammar.numbers import Id, MaybeShopId, PathId, ShopId
from constructor_api.grammar.visit import Caller, Facts, Inside
from constructor_api.resources.bots import BotMention, bot_mention
from constructor_api.resources.leads import PersonMention
from engine import resending
from engine.access import Action
from engine.store.bot_users import BotUsers
from engine.store.bots import Bots
from engine.store.dead_letters import DeadLetters, Wanted, is_bill, words_of
from engine.store.outbox import Outbox

router = APIRouter(prefix="/api/bot/dead_letters", tags=["conversations"], responses=PROTECTED)

OfBot = Annotated[Id | None, Query(description="Only messages of this bot")]
Person = Annotated[Id | None, Query(description="Only messages to this person")]


class Chosen(Shape):
    """All that fit, of one bot or to one person where one is named."""

    shop_id: Id
    bot_id: Id | None = None
    bot_user_id: Id | None = None


class DeadLetterView(BaseModel):
    """`message`: its number in the conversation `chat`.  `status`: failed, or ambiguous: it may have arrived,
    and then arrives twice if it is sent again.

    `taken`: how many parts of it the messenger has; those are not sent again.  `bill`: never sent again.
    """

    id: int
    chat: int
    message: int
    text: str
    status: str
    problem: str | None
    attempts: int
    taken: int
    bill: bool
    bot: BotMention | None
    bot_user: PersonMention | None
    created_at: str


class AgainView(BaseModel):
    """`sent`: how many are on their way.  `left`: how many that fit are not yet; ask again.

    `bills`: how many that fit are bills, and stay.
    """

    sent: int
    left: int
    bills: int


def _wanted(bot_id: OfBot = None, bot_user_id: Person = None) -> Wanted:
    return Wanted(bot_id=bot_id, bot_user_id=bot_user_id)


async def _views(inside: Inside, rows: Sequence[Outbox]) -> list[DeadLetterView]:
    shop = (inside.unit, inside.shop_id)
    bots = await Bots(*shop).among({row.bot_id for row in rows})
    people = await BotUsers(*shop).among({row.bot_user_id for row in rows})
    names = {id: str(person.variables.get("name") or "") for id, person in people.items()}
    statuses = await DeadLetters(*shop).statuses(rows)
    return [
        DeadLetterView(
            id=row.id,
            chat=row.bot_user_id,
            message=row.seq,
            text=words_of(row),
            status=statuses.get((row.bot_user_id, row.seq), "failed"),
            problem=row.problem,
            attempts=row.attempts,
            taken=row.parts,
            bill=is_bill(row),
            bot=bot_mention(bots[row.bot_id]) if row.bot_id in bots else None,
            bot_user=_mention(row.bot_user_id, names),
            created_at=written(row.created_at, inside.shop.timezone),
        )
        for row in rows
    ]


def _mention(id: int, names: dict[int, str]) -> PersonMention | None:
    return PersonMention(id=id, name=names[id]) if id in names else None


@router.get("/", summary="The messages that were given up, the latest first")
async def list_dead_letters(
    visit: Caller, shop_id: ShopId, paging: Paging, wanted: Annotated[Wanted, Depends(_wanted)]
) -> Ok[Listed[DeadLetterView]]:
    """They are kept for 30 days."""
    inside = await visit.enter(shop_id, Action.LOOK)
    page = await DeadLetters(visit.unit, shop_id).wanted(wanted, paging.limit, paging.offset)
    return paging.listed(await _views(inside, page.rows), page.count, lambda view: view)


@router.post("/send_again/", summary="Send all again that fit, up to a thousand at once")
async def send_all_again(visit: Caller, chosen: Chosen) -> Ok[AgainView]:
    """The oldest first; each person gets his in the order in which they were said."""
    inside = await visit.enter(chosen.shop_id, Action.TALK)
    wanted = Wanted(bot_id=chosen.bot_id, bot_user_id=chosen.bot_user_id)
    again = await resending.send_all_again(visit.engine, visit.unit, chosen.shop_id, wanted)
    which = chosen.model_dump(exclude={"shop_id"}, exclude_none=True)
    await inside.record("send again", "dead_letter", None, after={"sent": again.sent, **which})
    return Ok(result=AgainView(**again._asdict()))


@router.post("/{id}/send_again/", summary="Send a message again")
async def send_again(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Ok[Literal[True]]:
    """Behind all that waits for this person; `messages/` tells what becomes of it.  A bill is refused."""
    inside = await visit.enter_with(Outbox, id, Action.TALK, shop_id)
    await resending.send_again(visit.engine, visit.unit, inside.shop_id, [id])
    await inside.record("send again", "dead_letter", id)
    return Ok(result=True)


@router.delete("/{id}/", summary="Throw a message away that was given up")
async def throw_away(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Done:
    """It stays in its conversation, as one that failed."""
    inside = await visit.enter_with(Outbox, id, Action.TALK, shop_id)
    letters = DeadLetters(visit.unit, inside.shop_id)
    letter = await letters.get(id)
    await letters.remove(id)
    before: Facts = {"bot_user_id": letter.bot_user_id, "problem": letter.problem}
    await inside.record("delete", "dead_letter", id, before=before)
    return Done()
