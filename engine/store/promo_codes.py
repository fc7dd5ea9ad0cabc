"""Codes that make a cart cheaper."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, func, text

from engine.store.amounts import amount, counted
from engine.store.columns import big, created, small, touched, words, yes_no
from engine.store.table import Repository, ShopTable, belongs_to_shop


class PromoCode(ShopTable, table=True):
    """So many `percent` off, and so much `amount`, from goods for `least` on; small and capital letters of
    a code are alike.

    `uses_left` None: as often as people like.  Before `starts_at` it is as if there were none.
    """

    __table_args__ = (
        belongs_to_shop(),
        Index("promo_code_shop_id_code_key", "shop_id", text("lower(code)"), unique=True),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
        amount("amount"),
        amount("least"),
        counted("uses_left"),
    )

    code: str = words()
    percent: int = small(0)
    amount: int = big(0)
    least: int = big(0)
    active: bool = yes_no(True)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    uses_left: int | None = big(None)
    created_at: datetime = created()
    updated_at: datetime = touched()


class PromoCodes(Repository[PromoCode]):
    table = PromoCode
    what = "promo code"

    async def by_code(self, code: str) -> PromoCode | None:
        return await self._one(self._mine().where(func.lower(PromoCode.code) == func.lower(code.strip())))
