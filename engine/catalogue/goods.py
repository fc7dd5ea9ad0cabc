"""A shop's goods as they stand, and how a row of a table finds its product among them."""

from collections import defaultdict
from typing import NamedTuple

from engine.catalogue.columns import SECTIONS
from engine.catalogue.rows import Bad, Offer
from engine.sheet_reading import tidied
from engine.store.categories import Category
from engine.store.products import Product, Variant
from engine.store.shelves import Stocked

Path = tuple[str, ...]


class Found(NamedTuple):
    """The product that a row means: one that is there, or one that `key` tells from other new ones."""

    product: Product | None
    key: tuple[object, ...]


class Goods:
    """What a shop has, where rows are looked up."""

    def __init__(self, stocked: Stocked) -> None:
        categories, products, variants = stocked
        self.products = {product.id: product for product in products}
        self.variants: dict[int, list[Variant]] = defaultdict(list)
        for variant in variants:
            self.variants[variant.product_id].append(variant)
        self.keys = {category.key for category in categories}
        self._categories = {category.id: category for category in categories}
        self.by_path: dict[Path, Category] = {}
        for category in categories:
            self.by_path.setdefault(self._whole_path(category.id), category)
        self._by_sku = {product.sku: product for product in products if product.sku}
        self._by_title: dict[str, list[Product]] = defaultdict(list)
        for product in products:
            self._by_title[tidied(product.title)].append(product)
        self._named: dict[tuple[object, ...], tuple[object, ...]] = {}
        self._new: set[tuple[object, ...]] = set()

    def path(self, category_id: int | None) -> Path:
        """The titles down to a category, as far as a table has columns for them."""
        return self._whole_path(category_id)[: len(SECTIONS)]

    def _whole_path(self, category_id: int | None) -> Path:
        titles: list[str] = []
        while category_id is not None and len(titles) <= len(self._categories):
            category = self._categories[category_id]
            titles.insert(0, tidied(category.title))
            category_id = category.parent_id
        return tuple(titles)

    def find(self, offer: Offer) -> Found | Bad:
        """By id, else by sku, else by its name within its section."""
        sku, name = offer.text("sku"), offer.text("name")
        if offer.id is not None:
            product = self.products.get(offer.id)
            if product is None:
                message = "The shop has no product of this number. Leave it empty to add a new one."
                return Bad(offer.line, "id", message)
            return Found(product, (product.id,))
        if sku in self._by_sku:
            return Found(self._by_sku[sku], (self._by_sku[sku].id,))
        if not name and ("sku", sku) in self._new:
            return Found(None, ("sku", sku))
        if not name:
            return Bad(offer.line, "name", "A new product needs a name.")
        return self._found_by_name(offer, sku, name)

    def _found_by_name(self, offer: Offer, sku: str, name: str) -> Found | Bad:
        alike = [
            product
            for product in self._by_title[name]
            if offer.sections in (None, self.path(product.category_id)) and (not sku or not product.sku)
        ]
        if len(alike) > 1:
            message = (
                f"The shop has {len(alike)} products of this name here. Say by id or sku which is meant."
            )
            return Bad(offer.line, "name", message)
        if alike:
            return Found(alike[0], (alike[0].id,))
        named = ("name", offer.sections, name)
        key = ("sku", sku) if sku else self._named.get(named, named)
        self._named.setdefault(named, key)
        self._new.add(key)
        return Found(None, key)
