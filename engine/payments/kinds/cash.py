"""Paid by hand: in the shop, or to whoever brings the goods."""

from engine.payments.base import Means, Owed, Payments, PaymentSettings, Unbilled


class CashSettings(PaymentSettings):
    pass


class Cash(Payments[CashSettings]):
    title = "Cash"
    online = False
    Settings = CashSettings

    async def bill(self, owed: Owed, means: Means) -> Unbilled:
        return Unbilled(409, "This order is paid by hand.")
