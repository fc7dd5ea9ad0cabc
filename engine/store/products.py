"""What a shop sells: products, and the variants in which each can be bought."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, Text, text
from sqlmodel import col, or_

from engine.refusals import NotFound
from engine.store.amounts import amount, counted
from engine.store.columns import big, created, many, touched, words, yes_no
from engine.store.table import Page, Repository, ShopTable, belongs_to_shop, within


class Product(ShopTable, table=True):
    """`pictures` are addresses.  Without a variant there is nothing to buy, and it is not shown."""

    __table_args__ = (
        belongs_to_shop(),
        ForeignKeyConstraint(
            ["shop_id", "category_id"],
            ["category.shop_id", "category.id"],
            ondelete="SET NULL (category_id)",
        ),
        Index(None, "shop_id", "category_id", "position", "id"),
        Index("product_shop_id_sku_key", "shop_id", "sku", unique=True, postgresql_where=text("sku <> ''")),
    )

    category_id: int | None = big(None)
    sku: str = words("")
    title: str = words()
    description: str = words("")
    pictures: list[str] = many(Text())
    position: int = big(0)
    hidden: bool = yes_no(False)
    created_at: datetime = created()
    updated_at: datetime = touched()


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which products to list: all that fit everything given."""

    category_id: int | None = None
    hidden: bool | None = None
    text: str = ""
    """Part of the title, or the whole article number."""


class Products(Repository[Product]):
    table = Product
    what = "product"

    async def by_sku(self, sku: str) -> Product | None:
        return await self._one(self._mine().where(Product.sku == sku)) if sku else None

    async def wanted(self, wanted: Wanted, limit: int, offset: int = 0) -> Page[Product]:
        """In the order in which they are shown."""
        query = self._mine()
        if wanted.category_id is not None:
            query = query.where(Product.category_id == wanted.category_id)
        if wanted.hidden is not None:
            query = query.where(Product.hidden == wanted.hidden)
        if wanted.text:
            in_title = col(Product.title).icontains(wanted.text, autoescape=True)
            query = query.where(or_(in_title, Product.sku == wanted.text))
        return await self._page(query, limit, offset, "position")


class Variant(ShopTable, table=True):
    """One way to buy a product.  Amounts in minor units of the shop's currency; `stock` None: not counted."""

    __table_args__ = (
        within("product", "product_id"),
        Index(None, "shop_id", "product_id", "position", "id"),
        amount("price"),
        amount("old_price"),
        counted("stock"),
    )

    product_id: int = big()
    title: str = words("")
    sku: str = words("")
    price: int = big()
    old_price: int | None = big(None)
    stock: int | None = big(None)
    position: int = big(0)


class Variants(Repository[Variant]):
    table = Variant
    what = "variant"

    async def of_product(self, product_id: int) -> Sequence[Variant]:
        """In the order in which they are shown."""
        query = self._mine().where(Variant.product_id == product_id)
        return (await self._session.exec(query.order_by(col(Variant.position), col(Variant.id)))).all()

    async def hold(self, id: int) -> Variant:
        """Its row, locked until the unit ends: no order changes its stock meanwhile.  Raises NotFound."""
        await self.get(id)
        query = self._mine().where(Variant.id == id).with_for_update()
        variant = await self._one(query.execution_options(populate_existing=True))
        if variant is None:
            raise NotFound(self.what)  # it was deleted meanwhile
        return variant
