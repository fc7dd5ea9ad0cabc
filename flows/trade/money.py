"""Money as people write it: integer minor units and an ISO 4217 currency, formatted by Babel."""

from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency, get_currency_precision

LARGEST = 10**15
"""No amount is beyond this, in minor units."""


@lru_cache(maxsize=4096)
def money(amount: int, currency: str, lang_code: str) -> str:
    """As `lang_code` writes it, `$3.50` or `3,50 €`; a whole amount without its zeros, `250 ₽`."""
    unit = 10 ** get_currency_precision(currency)
    locale = _locale(lang_code)
    value = Decimal(amount) / unit
    if amount % unit:
        return format_currency(value, currency, locale=locale)
    return format_currency(value, currency, _whole(locale), locale, currency_digits=False)


def minor(written: str, currency: str) -> int | None:
    """Minor units of an amount with a point for decimals, such as `3.5`.

    None if it is no amount, negative, beyond LARGEST, or finer than the currency.
    """
    try:
        value = Decimal(written.strip()).scaleb(get_currency_precision(currency))
    except InvalidOperation:
        return None
    if not value.is_finite() or value != value.to_integral_value() or not 0 <= value <= LARGEST:
        return None
    return int(value)


def plain(amount: int, currency: str) -> str:
    """An amount of minor units as `minor` reads it."""
    return f"{Decimal(amount).scaleb(-get_currency_precision(currency)):f}"


@cache
def _locale(lang_code: str) -> Locale:
    try:
        return Locale.parse(lang_code.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale("en")


@cache
def _whole(locale: Locale) -> str:
    return str(locale.currency_formats["standard"].pattern).replace(".00", "")
