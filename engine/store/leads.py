"""What flows bring back: filled forms."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, get_args

from sqlalchemy import Index, String, Text, any_, cast, literal
from sqlmodel import col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from engine.store.columns import big, created, many, touched, tree, words
from engine.store.table import Page, Repository, ShopTable, of_shop, one_of
from flows.json_value import JSON

Status = Literal["new", "in_work", "done", "rejected"]


class Lead(ShopTable, table=True):
    """`values` is a snapshot by variable; `source` what is known of how the person came: `start_parameter`
    and what an advertisement's address carried, `utm_source` and on.  `assignee_id`: who works on it.

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
    source: dict[str, JSON] = tree()
    tags: list[str] = many(Text())
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
    tag: str | None = None
    status: Status | None = None
    bot_user_id: int | None = None
    assignee_id: int | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    text: str = ""
    """Part of the title or of what was filled in, or the id."""


class Extent(NamedTuple):
    """What a list of leads comes to: its latest, and every variable that one of them has."""

    last: int
    variables: Sequence[str]


class Leads(Repository[Lead]):
    table = Lead
    what = "lead"

    async def wanted(self, wanted: Wanted, limit: int, offset: int = 0) -> Page[Lead]:
        """The latest first."""
        return await self._page(self._that_fit(wanted), limit, offset, "-id")

    async def extent(self, wanted: Wanted) -> Extent:
        fitting = self._that_fit(wanted).subquery()
        last = (await self._session.exec(select(func.max(fitting.c.id)))).one()
        named = select(func.jsonb_object_keys(fitting.c["values"]).label("name")).distinct().subquery()
        names = (await self._session.exec(select(named.c.name).order_by(named.c.name.collate("C")))).all()
        return Extent(last or 0, names)

    async def up_to(self, wanted: Wanted, last: int, at_once: int = 500) -> AsyncIterator[Sequence[Lead]]:
        """The lead `last` and all before it, the latest first, so many at once: a list of any length."""
        below = last + 1
        while True:
            query = self._that_fit(wanted).where(Lead.id < below).order_by(col(Lead.id).desc()).limit(at_once)
            rows = (await self._session.exec(query)).all()
            if rows:
                yield rows
            if len(rows) < at_once:
                return
            below = rows[-1].id
            for row in rows:
                self._session.expunge(row)  # else the session would keep all that it has read

    def _that_fit(self, wanted: Wanted) -> SelectOfScalar[Lead]:
        query = self._mine()
        for name in ("form", "status", "bot_user_id", "assignee_id"):
            value = getattr(wanted, name)
            if value is not None:
                query = query.where(getattr(Lead, name) == value)
        if wanted.tag is not None:
            query = query.where(literal(wanted.tag) == any_(col(Lead.tags)))
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
        return query
