"""What each way of paying asks of the shop, how the user pays by it, and what it believes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from engine.payments.base import NotGenuine, Owed, Payment, Payments, Unbilled
from engine.payments.kinds import KINDS, UnknownPayments, payments_class
from flows.json_value import JSON
from flows.requests import HttpRequest
from flows.trade.goods import Billed
from tests.engine.pay_station import SECRET, news, signature, signed

NOW = 1_700_000_000
OWED = Owed("3-9", 17, 7, 1050, "USD", "Latte, 2", "en", NOW, "https://botique.example/hooks/payments/3/9/")
PROVIDER = {"address": "https://pay.example/bills", "secret": SECRET}
SETTINGS: dict[str, dict[str, Any]] = {
    "cash": {},
    "link": {"address": "https://pay.example/?order={number}"},
    "native": {},
    "webhook": PROVIDER,
}


class Means:
    """Answers what a test says, and keeps what was asked."""

    def __init__(self, status: int = 200, body: JSON = None, shown: Unbilled | None = None) -> None:
        self.answer = status, body
        self.shown = shown
        self.asked: list[HttpRequest] = []

    async def ask(self, request: HttpRequest) -> tuple[int, JSON]:
        self.asked.append(request)
        return self.answer

    async def show(self) -> Unbilled | None:
        return self.shown


def of_kind(kind: str, **settings: Any) -> Payments[Any]:
    cls = payments_class(kind)
    return cls(cls.Settings.model_validate(settings or SETTINGS[kind]))


def test_the_kinds_are_found() -> None:
    assert set(KINDS) == set(SETTINGS)
    with pytest.raises(UnknownPayments):
        payments_class("barter")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_title_and_a_form(kind: str) -> None:
    cls = payments_class(kind)
    assert cls.title
    assert all("title" in field for field in cls.Settings.model_json_schema()["properties"].values())


@pytest.mark.parametrize("kind", KINDS)
def test_an_unsigned_call_is_not_genuine(kind: str) -> None:
    with pytest.raises(NotGenuine):
        of_kind(kind).read({}, json.dumps(news(17, amount=1050)).encode(), NOW)


def test_only_cash_is_paid_by_hand() -> None:
    assert [kind for kind in KINDS if not payments_class(kind).online] == ["cash"]


async def test_cash_has_no_bill() -> None:
    assert await of_kind("cash").bill(OWED, Means()) == Unbilled(409, "This order is paid by hand.")


ADDRESSES = [
    ("https://pay.example", "https://pay.example"),
    (
        "https://pay.example/{number}?sum={amount}&cur={currency}",
        "https://pay.example/17?sum=10.50&cur=USD",
    ),
    ("https://pay.example/?a={amount}&b={amount}", "https://pay.example/?a=10.50&b=10.50"),
]


@pytest.mark.parametrize(("address", "url"), ADDRESSES, ids=["plain", "all places", "twice"])
async def test_a_link_is_filled_in_and_confirms_nothing(address: str, url: str) -> None:
    assert await of_kind("link", address=address).bill(OWED, Means()) == Billed(url, confirms=False)


async def test_money_without_small_units_is_written_without_a_point() -> None:
    link = of_kind("link", address="https://pay.example/{amount}")
    assert await link.bill(OWED._replace(currency="JPY"), Means()) == Billed(
        "https://pay.example/1050", confirms=False
    )


@pytest.mark.parametrize(
    "address",
    [
        "",
        "pay.example",
        "javascript:alert(1)",
        "https://{number}.pay.example/",
        "https://pay.example/{total}",
        "https://pay.example/{",
        "https://pay.example/{}",
        "https://pay.example/ x",
        "https://pay.example/" + "x" * 1000,
    ],
    ids=["empty", "no scheme", "script", "in the host", "unknown", "open", "nameless", "space", "long"],
)
def test_an_address_that_cannot_be_filled_in_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        of_kind("link", address=address)


async def test_the_messenger_shows_the_bill_or_says_why_not() -> None:
    assert await of_kind("native").bill(OWED, Means()) == Billed()
    refusal = Unbilled(409, "no")
    assert await of_kind("native").bill(OWED, Means(shown=refusal)) == refusal


async def test_a_provider_is_asked_for_an_address_by_a_signed_call() -> None:
    means = Means(200, {"url": "https://pay.example/1", "more": 1})
    assert await of_kind("webhook").bill(OWED, means) == Billed("https://pay.example/1")
    [asked] = means.asked
    assert (asked.method, asked.url) == ("POST", "https://pay.example/bills")
    assert asked.body == {
        "order": 17,
        "amount": 1050,
        "currency": "USD",
        "description": "Latte, 2",
        "lang": "en",
        "hook": OWED.hook,
    }
    body = json.dumps(asked.body, separators=(",", ":"), ensure_ascii=False).encode()
    assert asked.headers == {
        "webhook-id": "bill_3-9_17",
        "webhook-timestamp": str(NOW),
        "webhook-signature": signature(SECRET, "bill_3-9_17", NOW, body),
    }


async def test_asked_again_the_call_has_the_same_id() -> None:
    means, provider = Means(200, {"url": "https://pay.example/1"}), of_kind("webhook")
    await provider.bill(OWED, means)
    await provider.bill(OWED._replace(at=NOW + 60), means)
    assert len({asked.headers["webhook-id"] for asked in means.asked}) == 1


ANSWERS: list[tuple[str, int, JSON, int]] = [
    ("out of reach", 0, None, 502),
    ("down", 503, None, 502),
    ("too fast", 429, None, 502),
    ("refused", 422, {"error": "no"}, 424),
    ("sent elsewhere", 302, "", 424),
    ("a word", 200, "ok", 424),
    ("no address", 200, {"link": "https://pay.example/1"}, 424),
    ("a script", 200, {"url": "javascript:alert(1)"}, 424),
    ("a number", 200, {"url": 1}, 424),
    ("endless", 200, {"url": "https://" + "x" * 2000}, 424),
]


@pytest.mark.parametrize(
    ("status", "body", "refusal"), [case[1:] for case in ANSWERS], ids=[case[0] for case in ANSWERS]
)
async def test_any_other_answer_is_no_bill(status: int, body: JSON, refusal: int) -> None:
    found = await of_kind("webhook").bill(OWED, Means(status, body))
    assert isinstance(found, Unbilled)
    assert found.status == refusal


def told(body: dict[str, Any] | bytes) -> Payment | None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return of_kind("webhook").read(signed(raw, at=NOW), raw, NOW)


def test_a_signed_call_tells_of_a_payment() -> None:
    extra = {"card": "**** 4242", "test": False, "nested": {"no": 1}, "null": None, "long": "x" * 999}
    found = told(news(17, amount=1050) | extra)
    assert found == Payment(
        order=17,
        status="paid",
        amount=1050,
        currency="USD",
        id="pay_1",
        facts=news(17, amount=1050) | {"card": "**** 4242", "test": False, "long": "x" * 300},
    )


def _strange() -> Iterator[tuple[str, dict[str, Any] | bytes]]:
    yield from {
        "no JSON": b"{",
        "not UTF-8": b'{"a": "\xff"}',
        "deep": b"[" * 50_000,
        "a list": b"[]",
        "nothing": b"",
    }.items()
    for name, value in {
        "order": [0, -1, "17", 2**63, None],
        "status": ["refunded", 1],
        "amount": [-1, 10.5, "1050", 10**16],
        "currency": ["usd", "", "US\0", 1],
        "id": ["", "x" * 201, 5, "a\0b"],
    }.items():
        for n, one in enumerate(value):
            yield f"{name} {n}", news(17, amount=1050) | {name: one}
        yield f"no {name}", {k: v for k, v in news(17, amount=1050).items() if k != name}


STRANGE = list(_strange())


@pytest.mark.parametrize("body", [case[1] for case in STRANGE], ids=[case[0] for case in STRANGE])
def test_a_signed_call_of_another_shape_tells_of_none(body: dict[str, Any] | bytes) -> None:
    assert told(body) is None


def test_a_secret_is_never_shown() -> None:
    provider = of_kind("webhook")
    assert SECRET not in repr(provider.settings)
    with pytest.raises(ValidationError) as refused:
        of_kind("webhook", address="https://pay.example", secret="whsec_c2hvcnQ=")
    assert "c2hvcnQ" not in str(refused.value)
    assert (
        payments_class("webhook").Settings.model_json_schema()["properties"]["secret"]["widget"] == "secret"
    )
