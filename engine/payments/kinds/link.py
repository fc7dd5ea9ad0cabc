"""Paid at an address of the shop's own; nobody tells us that it was."""

import re
from typing import Annotated
from urllib.parse import quote

from pydantic import AfterValidator, Field

from engine.payments.base import Means, Owed, Payments, PaymentSettings
from flows.like import Like
from flows.step import ui
from flows.trade.goods import Billed
from flows.trade.money import plain

PLACES = ("number", "amount", "currency")
_PLACE = re.compile(r"\{([^{}]*)\}")


def _known_places(address: str) -> str:
    if re.search(r"[{}]", _PLACE.sub("", address)):
        raise ValueError("a { or } stands alone")
    for place in _PLACE.findall(address):
        if place not in PLACES:
            raise ValueError(f"there is no {{{place}}}; there are {{number}}, {{amount}} and {{currency}}")
    return address


Address = Annotated[
    str,
    Like(r"^https?://[^/\s{}]+(/\S*)?$", "an address, such as https://pay.example/?order={number}"),
    Field(max_length=1000),
    AfterValidator(_known_places),
]


class LinkSettings(PaymentSettings):
    address: Address = ui("Address; {number}, {amount} and {currency} are filled in")


class PayLink(Payments[LinkSettings]):
    title = "Link"
    Settings = LinkSettings

    async def bill(self, owed: Owed, means: Means) -> Billed:
        filled = {
            "number": str(owed.order),
            "amount": plain(owed.amount, owed.currency),
            "currency": owed.currency,
        }
        url = _PLACE.sub(lambda place: quote(filled[place[1]], safe=""), self.settings.address)
        return Billed(url, confirms=False)
