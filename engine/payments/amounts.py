"""Money as other systems read it."""

from decimal import Decimal

from babel.numbers import get_currency_precision


def decimal(amount: int, currency: str) -> str:
    """Minor units as a number with a point, `1050` US cents as `10.50`."""
    return str(Decimal(amount).scaleb(-get_currency_precision(currency)))
