"""Payments by the Bot API: its amounts, and what it tells of bills that it shows.

It counts money by the minor units of ISO 4217, we by those that people write (`flows.trade.money`), which for
some currencies are none though the standard has two.
"""

from collections.abc import Iterator

from babel.numbers import get_currency_precision

from channels.bot_api.shapes import Message, PreCheckout, SuccessfulPayment, Update
from channels.bot_api.updates import each_update
from channels.clean import clean
from channels.invoices import Checkout, Receipt

_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS = dict.fromkeys(_NONE.split(), 0) | dict.fromkeys(_THREE.split(), 3)
_NO_AMOUNT = -1
"""What no bill of ours comes to."""


def theirs(amount: int, currency: str) -> int | None:
    """Our amount as Telegram counts it; None if it has no units that are small enough."""
    return _shifted(amount, _DIGITS.get(currency, 2) - get_currency_precision(currency))


def ours(amount: int, currency: str) -> int:
    """Telegram's amount as we count it; one that no bill of ours can have stays unlike any."""
    found = _shifted(amount, get_currency_precision(currency) - _DIGITS.get(currency, 2))
    return _NO_AMOUNT if found is None else found


def _shifted(amount: int, digits: int) -> int | None:
    whole, rest = divmod(amount * 10 ** max(digits, 0), 10 ** max(-digits, 0))
    return None if rest else int(whole)


def read_payments(body: bytes) -> list[Checkout | Receipt]:
    """Of one update, a list of them, or an answer to getUpdates.  Total: what is not known is left out."""
    return [told for update in each_update(body) for told in _told(update)]


def _told(update: Update) -> Iterator[Checkout | Receipt]:
    match update:
        case Update(pre_checkout_query=PreCheckout() as asked) if asked.id and asked.sender:
            yield Checkout(
                id=clean(asked.id),
                user=str(asked.sender.id),
                payload=clean(asked.invoice_payload),
                amount=ours(asked.total_amount, asked.currency),
                currency=clean(asked.currency),
            )
        case Update(message=Message(successful_payment=SuccessfulPayment() as paid, sender=sender)) if sender:
            yield Receipt(
                id=clean(paid.telegram_payment_charge_id),
                user=str(sender.id),
                payload=clean(paid.invoice_payload),
                amount=ours(paid.total_amount, paid.currency),
                currency=clean(paid.currency),
                facts={
                    "telegram_payment_charge_id": clean(paid.telegram_payment_charge_id),
                    "provider_payment_charge_id": clean(paid.provider_payment_charge_id),
                },
            )
        case _:
            return
