"""How what was ordered comes to the customer."""

from engine.store.amounts import amount
from engine.store.columns import big, words, yes_no
from engine.store.table import Repository, ShopTable, belongs_to_shop


class DeliveryMethod(ShopTable, table=True):
    """`free_from`: what the goods must cost to be brought for nothing; None: it is never free."""

    __table_args__ = (belongs_to_shop(), amount("price"), amount("free_from"))

    title: str = words()
    price: int = big(0)
    free_from: int | None = big(None)
    needs_address: bool = yes_no(False)
    position: int = big(0)
    active: bool = yes_no(True)


class DeliveryMethods(Repository[DeliveryMethod]):
    table = DeliveryMethod
    what = "delivery method"
