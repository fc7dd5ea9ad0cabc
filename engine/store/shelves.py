"""All that a shop sells, taken as a whole: for tables that go in and out."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlmodel import col, select

from engine.store.categories import Category
from engine.store.products import Product, Variant
from engine.store.shops import Shop
from engine.store.table import ShopTable
from engine.store.unit import Unit


class Stocked(NamedTuple):
    """Everything, each in the order in which it is shown."""

    categories: Sequence[Category]
    products: Sequence[Product]
    variants: Sequence[Variant]


class Shelves:
    def __init__(self, unit: Unit, shop_id: int) -> None:
        self.shop_id = shop_id
        self._unit = unit
        self._session = unit.session

    async def hold(self) -> None:
        """Until the unit ends nobody else holds them; orders and conversations go on."""
        query = select(Shop.id).where(Shop.id == self.shop_id)
        await self._session.exec(query.with_for_update(key_share=True))

    async def everything(self) -> Stocked:
        categories = select(Category).where(Category.shop_id == self.shop_id)
        products = select(Product).where(Product.shop_id == self.shop_id)
        variants = select(Variant).where(Variant.shop_id == self.shop_id)
        return Stocked(
            (await self._session.exec(categories.order_by(col(Category.position), col(Category.id)))).all(),
            (await self._session.exec(products.order_by(col(Product.position), col(Product.id)))).all(),
            (await self._session.exec(variants.order_by(col(Variant.position), col(Variant.id)))).all(),
        )

    async def add(self, rows: Iterable[ShopTable]) -> None:
        """Writes these, and whatever else was changed."""
        new = list(rows)
        for row in new:
            row.shop_id = self.shop_id
        self._session.add_all(new)
        await self._unit.flush()
