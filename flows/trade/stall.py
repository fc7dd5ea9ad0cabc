"""A made-up shop's books: local questions answered from `Wares`, as the database answers them.  Pure."""

from collections.abc import Iterator

from msgspec import to_builtins

from flows.json_value import JSON
from flows.requests import Browse, Look, Reckon, Request
from flows.trade.goods import Category, Delivery, PaymentMethod, Product, PromoFault, Shelf, Variant
from flows.trade.reckoning import Books, OnSale, Promo, reckon
from flows.trade.wares import Wares

GONE: tuple[int, JSON] = (404, None)


class Stall:
    """Ids are places in the lists of `wares`, from 1.  Beside them it only counts the orders."""

    def __init__(self, wares: Wares | None = None) -> None:
        self._wares = wares or Wares()
        self._orders = 0
        self._categories = {one.key: one for one in self._listed_categories()}
        self._products = tuple(self._listed_products())

    def answer(self, request: Request) -> tuple[int, JSON]:
        """Status and body, as they stand in `Answered`.  What is not the shop's to answer: status 0."""
        match request:
            case Browse():
                return self._browse(request)
            case Look(product=product):
                return self._look(product)
            case Reckon():
                return self._reckon(request)
        return 0, None

    def _browse(self, asked: Browse) -> tuple[int, JSON]:
        root = self._categories.get(asked.root)
        here = root
        if asked.category is not None:
            here = next((one for one in self._categories.values() if one.id == asked.category), None)
        if (asked.root and root is None) or (asked.category is not None and here is None):
            return GONE
        if asked.search:
            return 200, self._found(asked)
        inside = here.id if here else None
        categories = tuple(one for one in self._categories.values() if one.parent == inside)
        products = [one for one in self._products if one.category == inside]
        return 200, self._shelf(asked, here, categories, products)

    def _found(self, asked: Browse) -> JSON:
        wanted = asked.search.casefold().split()
        inside = self._wares.under(asked.root) if asked.root else None
        ids = {one.id for one in self._categories.values() if inside is None or one.key in inside}
        products = [
            one
            for one in self._products
            if all(word in f"{one.title} {one.description}".casefold() for word in wanted)
            and (inside is None or one.category in ids)
        ]
        return self._shelf(asked, None, (), products)

    def _shelf(
        self, asked: Browse, here: Category | None, categories: tuple[Category, ...], products: list[Product]
    ) -> JSON:
        first = asked.page * asked.size
        page = tuple(products[first : first + asked.size])
        return _json(Shelf(self._wares.currency, here, categories, page, len(products)))

    def _look(self, id: int) -> tuple[int, JSON]:
        product = next((one for one in self._products if one.id == id), None)
        if product is None:
            return GONE
        home = next((one for one in self._categories.values() if one.id == product.category), None)
        return 200, _json(Shelf(self._wares.currency, home, (), (product,), 1))

    def _reckon(self, asked: Reckon) -> tuple[int, JSON]:
        on_sale = {
            variant.id: OnSale(product.id, product.title, variant.title, variant.price, variant.stock)
            for product in self._products
            for variant in product.variants
        }
        books = Books(
            self._wares.currency, on_sale, self._promo(asked.promo), self._deliveries(), self._payments()
        )
        reckoning = reckon(asked, books)
        body = to_builtins(reckoning)
        if asked.numbered and not reckoning.is_sold_out:
            self._orders += 1
            body["number"] = self._orders
        return 200, body

    def _promo(self, code: str) -> Promo | PromoFault:
        if not code:
            return ""
        for one in self._wares.promos:
            if one.code.casefold() == code.strip().casefold():
                amounts = self._wares.minor(one.amount), self._wares.minor(one.least)
                return one.fault or Promo(one.code, one.percent, *amounts)
        return "unknown"

    def _deliveries(self) -> Iterator[Delivery]:
        for n, one in enumerate(self._wares.deliveries, 1):
            free_from = None if one.free_from is None else self._wares.minor(one.free_from)
            yield Delivery(n, one.title, self._wares.minor(one.price), free_from, one.needs_address)

    def _payments(self) -> Iterator[PaymentMethod]:
        for n, one in enumerate(self._wares.payments, 1):
            yield PaymentMethod(n, one.title, one.online)

    def _listed_categories(self) -> Iterator[Category]:
        ids = {one.key: n for n, one in enumerate(self._wares.categories, 1)}
        for one in self._wares.categories:
            yield Category(ids[one.key], one.key, one.title, ids.get(one.parent or ""))

    def _listed_products(self) -> Iterator[Product]:
        variant = 0
        for n, one in enumerate(self._wares.products, 1):
            variants = []
            for choice in one.variants:
                variant += 1
                old = None if choice.old_price is None else self._wares.minor(choice.old_price)
                price = self._wares.minor(choice.price)
                variants.append(Variant(variant, price, choice.title, old, choice.stock))
            home = self._categories.get(one.category or "")
            yield Product(
                n, one.title, tuple(variants), one.description, one.pictures, home.id if home else None
            )


def _json(shelf: Shelf) -> JSON:
    found: JSON = to_builtins(shelf)
    return found
