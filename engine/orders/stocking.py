"""A shop's books filled from a list: goods with their categories, and how they are brought and paid."""

from engine.payments.kinds import KINDS, payments_class
from engine.payments.methods import add_method
from engine.secrets import Vault
from engine.store.categories import Categories, Category
from engine.store.delivery_methods import DeliveryMethod, DeliveryMethods
from engine.store.products import Product, Products, Variant, Variants
from engine.store.promo_codes import PromoCode, PromoCodes
from engine.store.unit import Unit
from flows.trade.wares import Ware, Wares


class Stocking:
    """For a shop that sells nothing yet, in the currency of the list."""

    def __init__(self, unit: Unit, vault: Vault, shop_id: int, wares: Wares) -> None:
        self._unit = unit
        self._vault = vault
        self._shop_id = shop_id
        self._wares = wares

    async def stock(self) -> None:
        """All that is on the list, but for ways to pay online: those need an account somewhere."""
        ids = await self._categories()
        for place, ware in enumerate(self._wares.products):
            await self._product(place, ware, ids.get(ware.category or ""))
        for promo in self._wares.promos:
            code = PromoCode(code=promo.code, percent=promo.percent)
            code.amount, code.least = self._minor(promo.amount), self._minor(promo.least)
            await PromoCodes(self._unit, self._shop_id).add(code)
        await self._terms()

    async def _categories(self) -> dict[str, int]:
        categories = Categories(self._unit, self._shop_id)
        rows = {}
        for place, one in enumerate(self._wares.categories):
            row = Category(key=one.key, title=one.title, position=place)
            rows[one.key] = await categories.add(row)
        for one in self._wares.categories:
            if one.parent in rows:
                await categories.move(rows[one.key].id, rows[one.parent].id)
        return {key: row.id for key, row in rows.items()}

    async def _product(self, place: int, ware: Ware, category_id: int | None) -> None:
        product = Product(title=ware.title, description=ware.description, position=place)
        product.category_id, product.pictures = category_id, list(ware.pictures)
        await Products(self._unit, self._shop_id).add(product)
        for number, one in enumerate(ware.variants):
            variant = Variant(product_id=product.id, title=one.title, position=number, stock=one.stock)
            variant.price = self._minor(one.price)
            variant.old_price = None if one.old_price is None else self._minor(one.old_price)
            await Variants(self._unit, self._shop_id).add(variant)

    async def _terms(self) -> None:
        for place, one in enumerate(self._wares.deliveries):
            free_from = None if one.free_from is None else self._minor(one.free_from)
            row = DeliveryMethod(title=one.title, price=self._minor(one.price), free_from=free_from)
            row.needs_address, row.position = one.needs_address, place
            await DeliveryMethods(self._unit, self._shop_id).add(row)
        by_hand = next(kind for kind in KINDS if not payments_class(kind).online)
        for payment in self._wares.payments:
            if not payment.online:
                await add_method(self._unit, self._vault, self._shop_id, by_hand, {}, payment.title)

    def _minor(self, amount: str) -> int:
        return self._wares.minor(amount)
