"""The language model that a shop's flows ask, and what that has cost it."""

from datetime import UTC, datetime
from typing import NamedTuple

from asyncpg import Pool
from sqlmodel import select

from engine.store.columns import big, created, key, sealed, shop_key, touched, words
from engine.store.table import Repository, ShopTable, Table, belongs_to_shop, of_shop
from engine.store.unit import Unit

SHARE = 1_000_000
"""Costs are kept in millionths of the smallest coin: one token is far below a cent."""
MOST_TOKENS = 1_000_000
"""In one question or answer; who says that it was more is not believed."""


class LanguageModel(ShopTable, table=True):
    """At most one a shop.  `key` is sealed for this row.

    `price_in` and `price_out` are for a million tokens asked and answered, in the smallest coin of the
    shop's currency; so is `monthly_limit`, None: none.
    """

    __table_args__ = (of_shop(), belongs_to_shop())

    base_url: str = words()
    model: str = words()
    key: bytes | None = sealed(None)
    price_in: int = big(0)
    price_out: int = big(0)
    monthly_limit: int | None = big(None)
    created_at: datetime = created()
    updated_at: datetime = touched()


class LanguageModelSpend(Table, table=True):
    """`month` as 202612, by UTC; `spent` in millionths of the smallest coin, open questions included."""

    __table_args__ = (belongs_to_shop(),)

    shop_id: int = shop_key()
    month: int = key()
    tokens_in: int = big(0)
    tokens_out: int = big(0)
    spent: int = big(0)


class LanguageModels(Repository[LanguageModel]):
    table = LanguageModel
    what = "language model"

    async def mine(self) -> LanguageModel | None:
        return await self._one(self._mine())


class Tokens(NamedTuple):
    asked: int
    answered: int


class Tariff(NamedTuple):
    """What tokens cost, and how much may be spent in a month."""

    price_in: int
    price_out: int
    monthly_limit: int | None

    def cost(self, tokens: Tokens) -> int:
        """In millionths of the smallest coin."""
        return tokens.asked * self.price_in + tokens.answered * self.price_out


class Asked(NamedTuple):
    """A shop's model as it is asked; `key` is sealed for the row `id`."""

    id: int
    base_url: str
    model: str
    key: bytes | None
    tariff: Tariff


_MODEL = """
SELECT id, base_url, model, key, price_in, price_out, monthly_limit FROM language_model WHERE shop_id = $1
"""
# One statement: of questions asked at the same moment none can pass the limit by the others.
_RESERVE = """
INSERT INTO language_model_spend AS s (shop_id, month, spent)
SELECT $1, $2, $3 WHERE $4::bigint IS NULL OR $3::bigint <= $4
ON CONFLICT (shop_id, month) DO UPDATE SET spent = s.spent + excluded.spent
WHERE $4::bigint IS NULL OR s.spent + excluded.spent <= $4
RETURNING month
"""
_SETTLE = """
UPDATE language_model_spend SET spent = spent + $3, tokens_in = tokens_in + $4, tokens_out = tokens_out + $5
WHERE shop_id = $1 AND month = $2
"""


def month_of(moment: datetime) -> int:
    utc = moment.astimezone(UTC)
    return utc.year * 100 + utc.month


async def spend_of(unit: Unit, shop_id: int, month: int) -> LanguageModelSpend:
    """What was spent in a month; nothing of a month without questions."""
    query = select(LanguageModelSpend).where(
        LanguageModelSpend.shop_id == shop_id, LanguageModelSpend.month == month
    )
    found = (await unit.session.exec(query)).one_or_none()
    return found or LanguageModelSpend(shop_id=shop_id, month=month, tokens_in=0, tokens_out=0, spent=0)


async def model_of(pool: Pool, shop_id: int) -> Asked | None:
    row = await pool.fetchrow(_MODEL, shop_id)
    if row is None:
        return None
    id, base_url, model, key, *tariff = row
    return Asked(id, base_url, model, key, Tariff(*tariff))


async def reserve(pool: Pool, shop_id: int, month: int, tariff: Tariff, most: Tokens) -> bool:
    """Set aside what a question costs at most; False if the month's limit does not allow it."""
    limit = None if tariff.monthly_limit is None else tariff.monthly_limit * SHARE
    return await pool.fetchval(_RESERVE, shop_id, month, tariff.cost(most), limit) is not None


async def settle(pool: Pool, shop_id: int, month: int, tariff: Tariff, *, most: Tokens, used: Tokens) -> None:
    """What was set aside for `most` becomes what was `used`."""
    less = tariff.cost(used) - tariff.cost(most)
    await pool.execute(_SETTLE, shop_id, month, less, used.asked, used.answered)
