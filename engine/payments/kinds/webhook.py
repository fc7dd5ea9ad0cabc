"""Paid at a provider that we ask for an address, and that tells us of the payment by our hook."""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import DecodeError, Meta, Struct, convert, json
from pydantic import AfterValidator, Field

from channels.clean import clean
from engine.payments.base import (
    Means,
    NotGenuine,
    Owed,
    Payment,
    Payments,
    PaymentSettings,
    Unbilled,
)
from engine.payments.signing import is_genuine, key_of, sign
from flows.json_value import JSON
from flows.like import Like
from flows.requests import HttpRequest
from flows.step import ui
from flows.trade.goods import Billed
from flows.trade.money import LARGEST

_SECONDS = 15.0
_MOST_FACTS = 30
_LONGEST_FACT = 300


def _is_secret(secret: str) -> str:
    key_of(secret)
    return secret


Address = Annotated[str, Like(r"^https?://\S+$", "an address, such as https://pay.example/bills")]
Secret = Annotated[str, Field(max_length=200), AfterValidator(_is_secret)]


class WebhookSettings(PaymentSettings):
    address: Annotated[Address, Field(max_length=1000)] = ui("Address that makes bills")
    secret: Secret = ui("Secret that both sides sign with (whsec_…)", widget="secret", repr=False)


class _Address(Struct, frozen=True):
    url: Annotated[str, Meta(max_length=2000, pattern=r"^https?://\S+$")]


class _News(Struct, frozen=True):
    order: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    status: Literal["paid", "failed"]
    amount: Annotated[int, Meta(ge=0, le=LARGEST)]
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
    id: Annotated[str, Meta(min_length=1, max_length=200)]


class Webhook(Payments[WebhookSettings]):
    title = "Payment provider"
    Settings = WebhookSettings

    async def bill(self, owed: Owed, means: Means) -> Billed | Unbilled:
        """Its id is the order's, so that a provider that is asked again knows that it has answered."""
        asked: dict[str, JSON] = {
            "order": owed.order,
            "amount": owed.amount,
            "currency": owed.currency,
            "description": owed.text,
            "lang": owed.lang_code,
        }
        if owed.hook:
            asked["hook"] = owed.hook
        key = key_of(self.settings.secret)
        # `json.encode` writes the bytes that are sent, so they are the bytes that are signed.
        headers = sign(key, f"bill_{owed.method}_{owed.order}", owed.at, json.encode(asked))
        request = HttpRequest("POST", self.settings.address, headers, asked, _SECONDS)
        status, answer = await means.ask(request)
        if not 200 <= status <= 299:
            may_pass = status == 0 or status >= 500 or status in (408, 425, 429)
            return Unbilled(502 if may_pass else 424, f"The provider answered {status or 'nothing'}.")
        try:
            return Billed(convert(answer, _Address).url)
        except DecodeError:
            return Unbilled(424, "The provider answered without an address.")

    def read(self, headers: Mapping[str, str], body: bytes, now: int) -> Payment | None:
        if not is_genuine(key_of(self.settings.secret), headers, body, now):
            raise NotGenuine
        try:
            told = json.decode(body)
            news = convert(told, _News)
        except (DecodeError, UnicodeDecodeError, RecursionError):
            return None
        if clean(news.id) != news.id:
            return None
        return Payment(
            order=news.order,
            status=news.status,
            amount=news.amount,
            currency=news.currency,
            id=news.id,
            facts=_facts(told),
        )


def _facts(told: dict[str, JSON]) -> dict[str, JSON]:
    """What was told, as far as it is plain and short: enough to find the payment at the provider again."""
    plain = {
        clean(name)[:_LONGEST_FACT]: clean(value)[:_LONGEST_FACT] if isinstance(value, str) else value
        for name, value in told.items()
        if isinstance(value, str | int | float | bool)
    }
    return dict(list(plain.items())[:_MOST_FACTS])
