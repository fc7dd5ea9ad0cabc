"""How orders can be paid."""

from engine.store.columns import big, sealed, tree, words, yes_no
from engine.store.table import Repository, ShopTable, belongs_to_shop
from flows.json_value import JSON


class PaymentMethod(ShopTable, table=True):
    """`kind` is a way of paying, `settings` its own, and `secret` those that are sealed for this row.

    `online`: whether a bill is asked for once the order is placed; else it is paid by hand.
    """

    __table_args__ = (belongs_to_shop(),)

    title: str = words()
    kind: str = words()
    online: bool = yes_no(False)
    settings: dict[str, JSON] = tree()
    secret: bytes | None = sealed(None)
    position: int = big(0)
    active: bool = yes_no(True)


class PaymentMethods(Repository[PaymentMethod]):
    table = PaymentMethod
    what = "payment method"
