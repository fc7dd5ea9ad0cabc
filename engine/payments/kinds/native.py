"""Paid within the messenger, which shows the bill and tells us that it was paid."""

from engine.payments.base import Means, Owed, Payments, PaymentSettings, Unbilled
from flows.trade.goods import Billed


class NativeSettings(PaymentSettings):
    """None: the token for payments belongs to the bot."""


class Native(Payments[NativeSettings]):
    title = "In the messenger"
    Settings = NativeSettings

    async def bill(self, owed: Owed, means: Means) -> Billed | Unbilled:
        return await means.show() or Billed()
