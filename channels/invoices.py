"""Bills that a messenger shows by itself, and what it tells of their payment.  Money in minor units."""

from msgspec import Struct


class Invoice(Struct, frozen=True, kw_only=True, tag_field="do", tag="invoice"):
    """A bill with a button that pays it.  `payload` comes back with what the messenger tells of it."""

    payload: str
    title: str
    text: str
    amount: int
    currency: str


class Checkout(Struct, frozen=True, kw_only=True):
    """The messenger asks whether the bill still stands, before it takes the money.  `id`: its question's."""

    id: str
    user: str
    payload: str
    amount: int
    currency: str


class Receipt(Struct, frozen=True, kw_only=True):
    """The money was taken; `id` names the payment, the same one for as often as it is told."""

    id: str
    user: str
    payload: str
    amount: int
    currency: str
    facts: dict[str, str] = {}
    """What else tells this payment from others, such as the provider's own name of it."""
