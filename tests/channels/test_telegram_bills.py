"""Telegram shows a bill within its limits, in its own units of money, and tells of its payment in ours."""

import json
from typing import Any

import pytest
from aiogram.methods import AnswerPreCheckoutQuery, SendInvoice, TelegramMethod
from aiogram.types import Update
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from channels.base import ApiRequest
from channels.bot_api.payments import ours, theirs
from channels.invoices import Checkout, Invoice, Receipt
from tests.channels.cases import channel
from tests.channels.test_telegram import unknown_fields

TELEGRAM = channel("telegram")
SELLING = TELEGRAM.Credentials.model_validate({"token": "100:AAE", "payments_token": "381:TEST:9"})
OFFERED: dict[str, type[TelegramMethod[Any]]] = {
    method.__api_method__: method for method in (SendInvoice, AnswerPreCheckoutQuery)
}
ANN = {"id": 5, "is_bot": False, "first_name": "Ann"}
BILL = Invoice(
    payload="order:17", title="Order No. 17", text="Latte, 2; Croissant, 1", amount=1050, currency="USD"
)


def offered(request: ApiRequest) -> dict[str, Any]:
    """What is asked, if Telegram has such a method with such fields."""
    assert not unknown_fields(OFFERED[request.label].model_validate_json(request.body))
    asked: dict[str, Any] = json.loads(request.body)
    return asked


def test_a_bill_is_one_invoice() -> None:
    [request] = TELEGRAM.bill(SELLING, "5", BILL)
    assert request.label == "sendInvoice"
    assert offered(request) == {
        "chat_id": 5,
        "title": "Order No. 17",
        "description": "Latte, 2; Croissant, 1",
        "payload": "order:17",
        "provider_token": "381:TEST:9",
        "currency": "USD",
        "prices": [{"label": "Order No. 17", "amount": 1050}],
    }


@given(st.text(min_size=1), st.text(), st.integers(1, 10**12))
def test_a_bill_of_any_words_keeps_to_the_limits(title: str, text: str, amount: int) -> None:
    [request] = TELEGRAM.bill(
        SELLING, "5", Invoice(payload="order:1", title=title, text=text, amount=amount, currency="EUR")
    )
    asked = offered(request)
    assert 1 <= len(asked["title"]) <= 32
    assert 1 <= len(asked["description"]) <= 255


def test_a_bot_without_a_token_for_payments_has_no_bill_paid() -> None:
    poor = TELEGRAM.Credentials.model_validate({"token": "100:AAE"})
    assert TELEGRAM.bill(poor, "5", BILL) == []


def test_nothing_is_no_bill() -> None:
    free = Invoice(payload="order:1", title="Gift", text="", amount=0, currency="EUR")
    assert TELEGRAM.bill(SELLING, "5", free) == []


def test_other_channels_have_no_bills_paid() -> None:
    echo = channel("echo")
    assert echo.bill(echo.Credentials(), "5", BILL) == []
    assert echo.permit(echo.Credentials(), "1", "") == []
    assert echo.payments(b"{}") == []


def test_the_token_for_payments_is_never_shown() -> None:
    assert "381" not in repr(SELLING)
    assert TELEGRAM.Credentials.model_json_schema()["properties"]["payments_token"]["widget"] == "secret"


AMOUNTS = [
    ("USD", 1050, 1050),
    ("JPY", 1050, 1050),
    ("KRW", 9000, 9000),
    ("RUB", 99, 99),
    ("RSD", 1050, 105_000),
    ("ALL", 1, 100),
    ("IQD", 5, 5000),
    ("KWD", 1055, 1055),
]


@pytest.mark.parametrize(("currency", "amount", "units"), AMOUNTS, ids=[case[0] for case in AMOUNTS])
def test_money_is_counted_as_telegram_counts_it_and_back(currency: str, amount: int, units: int) -> None:
    assert theirs(amount, currency) == units
    assert ours(units, currency) == amount


def test_a_part_of_what_people_count_in_is_like_no_bill_of_ours() -> None:
    assert ours(105_050, "RSD") == -1


def checkout(**given: Any) -> dict[str, Any]:
    asked = {
        "id": "4382",
        "from": ANN,
        "currency": "USD",
        "total_amount": 1050,
        "invoice_payload": "order:17",
    }
    return {"update_id": 9, "pre_checkout_query": asked | given}


def paid(**given: Any) -> dict[str, Any]:
    payment = {
        "currency": "USD",
        "total_amount": 1050,
        "invoice_payload": "order:17",
        "telegram_payment_charge_id": "tg-1",
        "provider_payment_charge_id": "pp-1",
    }
    chat = {"id": 5, "type": "private"}
    message = {"message_id": 3, "date": 1_763_690_000, "from": ANN, "chat": chat}
    return {"update_id": 10, "message": message | {"successful_payment": payment | given}}


ASKED = Checkout(id="4382", user="5", payload="order:17", amount=1050, currency="USD")
TAKEN = Receipt(
    id="tg-1",
    user="5",
    payload="order:17",
    amount=1050,
    currency="USD",
    facts={"telegram_payment_charge_id": "tg-1", "provider_payment_charge_id": "pp-1"},
)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (checkout(), [ASKED]),
        (paid(), [TAKEN]),
        ([checkout(), paid()], [ASKED, TAKEN]),
        ({"ok": True, "result": [paid()]}, [TAKEN]),
        (checkout(id=""), []),
        ({"update_id": 9, "pre_checkout_query": {"id": "1"}}, []),
        ({"update_id": 9, "pre_checkout_query": 5}, []),
        ({"update_id": 9, "message": {"from": ANN, "text": "paid"}}, []),
        ("paid", []),
    ],
    ids=["asked", "paid", "batch", "polled", "no id", "nobody", "strange", "a text", "no update"],
)
def test_what_is_told_of_bills_is_understood(body: Any, told: list[Checkout | Receipt]) -> None:
    raw = json.dumps(body).encode()
    assert TELEGRAM.payments(raw) == told
    if told:
        assert TELEGRAM.parse(raw) == [], "to a flow it is nothing that the user did"


@pytest.mark.parametrize("body", [checkout(), paid()], ids=["asked", "paid"])
def test_these_updates_are_telegrams_own(body: dict[str, Any]) -> None:
    read = TypeAdapter(Update).validate_python(body)
    assert not unknown_fields(read)


def test_a_checkout_is_permitted_or_refused_with_a_word() -> None:
    [yes] = TELEGRAM.permit(SELLING, "4382", "")
    [no] = TELEGRAM.permit(SELLING, "4382", "Already paid.")
    assert offered(yes) == {"pre_checkout_query_id": "4382", "ok": True}
    assert offered(no) == {"pre_checkout_query_id": "4382", "ok": False, "error_message": "Already paid."}
