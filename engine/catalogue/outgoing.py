"""A shop's catalogue as a table that can be brought in again."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import IO

from babel.numbers import get_currency_precision

from engine.catalogue.columns import COLUMNS, SECTIONS
from engine.catalogue.goods import Goods
from engine.sheets import Cell, Format, sheet_of
from engine.store.products import Product, Variant
from engine.store.shelves import Shelves
from engine.store.shops import Shop
from engine.store.unit import Unit


async def export_catalogue(unit: Unit, shop: Shop, format: Format) -> IO[bytes]:
    """A file that vanishes when it is closed."""
    goods = Goods(await Shelves(unit, shop.id).everything())
    rows = list(catalogue_rows(goods, shop.currency))
    return await asyncio.to_thread(sheet_of, COLUMNS, rows, format)


def catalogue_rows(goods: Goods, currency: str) -> Iterator[list[Cell]]:
    """A row for each variant; a product that has none is left out, for nobody can buy it."""
    for product in goods.products.values():
        for variant in goods.variants[product.id]:
            yield _row(goods, product, variant, currency)


def _row(goods: Goods, product: Product, variant: Variant, currency: str) -> list[Cell]:
    path = goods.path(product.category_id)
    category = goods.by_path.get(path)
    told: dict[str, Cell] = {
        "id": product.id,
        "active": "no" if product.hidden else "yes",
        **dict(zip(SECTIONS, path, strict=False)),
        "name": product.title,
        "option id": variant.id,
        "option name": variant.title,
        "price": _amount(variant.price, currency),
        "old price": "" if variant.old_price is None else _amount(variant.old_price, currency),
        "stock": "" if variant.stock is None else variant.stock,
        "sku": product.sku,
        "option sku": variant.sku,
        "description": product.description,
        "photo": "\n".join(product.pictures),
        "category sort priority": category.position if category else "",
    }
    return [told.get(column, "") for column in COLUMNS]


def _amount(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-get_currency_precision(currency))
