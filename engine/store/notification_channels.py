"""Where a shop's staff wants to be told: mailboxes and chats."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, String, Text, cast, literal
from sqlmodel import col, func, or_, select

from engine.store.columns import big, created, many, small, touched, words, yes_no
from engine.store.table import Page, Repository, ShopTable, belongs_to_shop

MAIL, CHAT = 1, 2
"""`type`, in the numbers of the reference API."""


class NotificationChannel(ShopTable, table=True):
    """`email` or `tg_user_id`, as `type` says.  `tags` by name; none: it takes every notice.

    `problem`: why the latest notice did not get through, in words for the shop.
    """

    __table_args__ = (
        belongs_to_shop(),
        CheckConstraint(
            f"(type = {MAIL} AND email IS NOT NULL AND tg_user_id IS NULL)"
            f" OR (type = {CHAT} AND tg_user_id IS NOT NULL AND email IS NULL)",
            name="address",
        ),
    )

    type: int = small()
    email: str | None = words(None)
    tg_user_id: int | None = big(None)
    tg_user_name: str = words("")
    is_active: bool = yes_no(True)
    tags: list[str] = many(Text())
    problem: str | None = words(None)
    created_at: datetime = created()
    updated_at: datetime = touched()


class NotificationChannels(Repository[NotificationChannel]):
    table = NotificationChannel
    what = "notification channel"

    async def search(
        self,
        limit: int,
        offset: int = 0,
        *,
        text: str = "",
        is_active: bool | None = None,
        tags: Collection[str] = (),
    ) -> Page[NotificationChannel]:
        """By id.  `text`: part of the e-mail address, or one of the numbers; `tags`: it has one of them."""
        query = self._mine()
        if text:
            fits = (
                col(NotificationChannel.email).icontains(text, autoescape=True),
                cast(col(NotificationChannel.tg_user_id), String) == text,
                cast(col(NotificationChannel.id), String) == text,
            )
            query = query.where(or_(*fits))
        if is_active is not None:
            query = query.where(NotificationChannel.is_active == is_active)
        if tags:
            query = query.where(
                col(NotificationChannel.tags).bool_op("&&")(literal(list(tags), ARRAY(Text())))
            )
        return await self._page(query, limit, offset, "id")

    async def how_many(self) -> int:
        mine = select(func.count()).where(NotificationChannel.shop_id == self.shop_id)
        return (await self._session.exec(mine)).one()
