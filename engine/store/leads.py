"""What flows bring back: filled forms."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Index, String, cast
from sqlmodel import col, or_

from engine.store.columns import big, created, touched, tree, words
from engine.store.table import Page, Repository, ShopTable, of_shop, one_of
from flows.json_value import JSON

Status = Literal["new", "in_work", "done", "rejected"]


class Lead(ShopTable, table=True):
    """`values` is a snapshot by variable; `source` the start parameter that brought the person.

    `turn` and `place` say which effect of which turn made it: the same one twice is the same lead.
    It outlives its bot and its person, hence no foreign keys.
    """

    __table_args__ = (
        of_shop("bot_user_id", "turn", "place"),
        Index(None, "shop_id", "created_at"),
        one_of("status", *get_args(Status)),
    )

    form: str = words()
    title: str = words("")
    bot_user_id: int = big()
    bot_id: int = big()
    status: Status = words("new")
    values: dict[str, JSON] = tree()
    source: str = words("")
    comment: str = words("")
    assignee_id: int | None = big(None)
    turn: int = big()
    place: int = big(0)
    created_at: datetime = created()
    updated_at: datetime = touched()


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which leads to list: all that fit everything given."""

    form: str | None = None
    status: Status | None = None
    bot_user_id: int | None = None
    assignee_id: int | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    text: str = ""
    """Part of the title or of what was filled in, or the id."""


class Leads(Repository[Lead]):
    table = Lead
    what = "lead"

    async def wanted(self, wanted: Wanted, limit: int, offset: int = 0) -> Page[Lead]:
        """The latest first."""
        query = self._mine()
        for name in ("form", "status", "bot_user_id", "assignee_id"):
            value = getattr(wanted, name)
            if value is not None:
                query = query.where(getattr(Lead, name) == value)
        if wanted.created_from is not None:
            query = query.where(Lead.created_at >= wanted.created_from)
        if wanted.created_before is not None:
            query = query.where(Lead.created_at < wanted.created_before)
        if wanted.text:
            fits = (
                col(Lead.title).icontains(wanted.text, autoescape=True),
                cast(col(Lead.values), String).icontains(wanted.text, autoescape=True),
                cast(col(Lead.id), String) == wanted.text,
            )
            query = query.where(or_(*fits))
        return await self._page(query, limit, offset, "-id")
