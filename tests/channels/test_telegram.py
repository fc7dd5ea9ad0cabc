"""Telegram: what we ask of it is what it offers, and nobody else speaks in its name."""

import json
import subprocess
import sys
from typing import Any

import pytest
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import (
    AnswerCallbackQuery,
    SendAudio,
    SendChatAction,
    SendDocument,
    SendMediaGroup,
    SendMessage,
    SendPhoto,
    SendVideo,
    TelegramMethod,
)
from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert
from pydantic import BaseModel, ValidationError

from channels.base import ApiRequest, Channel
from channels.fit import fit
from channels.kinds import channel_class
from channels.rows import rows
from flows.effects import Button, Send
from tests.channels.cases import cases, channel, credentials
from tests.channels.test_fit import messages

OFFERED: dict[str, type[TelegramMethod[Any]]] = {
    method.__api_method__: method
    for method in (
        AnswerCallbackQuery,
        SendAudio,
        SendChatAction,
        SendDocument,
        SendMediaGroup,
        SendMessage,
        SendPhoto,
        SendVideo,
    )
}
TELEGRAM = channel("telegram")
KEYS = credentials("telegram")
HEADER = "x-telegram-bot-api-secret-token"


def unknown_fields(part: Any) -> list[str]:
    """Fields that aiogram does not know, anywhere in a method that it has read."""
    if isinstance(part, BaseModel):
        inner = [found for value in dict(part).values() for found in unknown_fields(value)]
        return [*(part.model_extra or {}), *inner]
    return [found for one in part for found in unknown_fields(one)] if isinstance(part, list) else []


def assert_offered(speaker: Channel[Any], request: ApiRequest) -> None:
    """Telegram has such a method, with such fields, at such an address."""
    method = OFFERED[request.label].model_validate_json(request.body)
    assert not unknown_fields(method)
    server = TelegramAPIServer.from_base(speaker.base_url)
    assert request.url == server.api_url("100:AAE-secret_token", request.label)


@pytest.mark.parametrize(
    ("kind", "case"), [param for param in cases("messages") if param.values[0] == "telegram"]
)
def test_every_request_is_one_that_aiogram_knows(kind: str, case: dict[str, Any]) -> None:
    for message in fit(convert(case["message"], Send), TELEGRAM.limits).messages:
        for request in TELEGRAM.render(KEYS, case["to"], message):
            assert_offered(TELEGRAM, request)


@given(messages)
def test_whatever_is_said_is_a_request_that_aiogram_knows(message: Send) -> None:
    for part in fit(message, TELEGRAM.limits).messages:
        for request in TELEGRAM.render(KEYS, "5", part):
            assert_offered(TELEGRAM, request)


@pytest.mark.parametrize(
    ("notice", "shown"), [("", None), ("Out of date", "Out of date"), ("x" * 300, "x" * 200)]
)
def test_a_press_is_acknowledged_with_a_word(notice: str, shown: str | None) -> None:
    [request] = TELEGRAM.acknowledge(KEYS, "4382", notice)
    assert_offered(TELEGRAM, request)
    expected = {"callback_query_id": "4382"} | ({"text": shown} if shown else {})
    assert json.loads(request.body) == expected


def test_somebody_is_seen_typing() -> None:
    [request] = TELEGRAM.typing(KEYS, "5")
    assert_offered(TELEGRAM, request)
    assert json.loads(request.body) == {"chat_id": 5, "action": "typing"}


def test_requests_go_where_the_settings_say() -> None:
    speaker = channel_class("telegram")("http://127.0.0.1:9/")
    [request] = speaker.render(KEYS, "5", Send("Hi"))
    assert request.url == "http://127.0.0.1:9/bot100:AAE-secret_token/sendMessage"


@pytest.mark.parametrize(
    ("secret", "headers", "genuine"),
    [
        ("s3cret", {HEADER: "s3cret"}, True),
        ("s3cret", {HEADER: "s3cre"}, False),
        ("s3cret", {HEADER: ""}, False),
        ("s3cret", {}, False),
        ("", {HEADER: ""}, False),
        ("", {}, False),
        ("s3cret", {HEADER: "s\u00e9cret"}, False),
        ("s3cret", {HEADER: "\udcff\ud800"}, False),
    ],
)
def test_only_the_secret_proves_that_it_is_telegram(
    secret: str, headers: dict[str, str], genuine: bool
) -> None:
    assert TELEGRAM.verify(KEYS, secret, headers, b"{}") is genuine


@pytest.mark.parametrize(
    "token", ["", "123", "123:", ":abc", "123:a b", "123:abc/../x", "12a:abc", "123:abc\n1"]
)
def test_a_token_of_another_shape_is_refused_unseen(token: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TELEGRAM.Credentials.model_validate({"token": token})
    assert "input_value" not in str(refused.value)


def test_a_token_is_pasted_with_spaces_round_it_and_never_shown() -> None:
    found = TELEGRAM.Credentials.model_validate({"token": " 100:AAE-secret_token\n"})
    assert found == KEYS
    assert "secret_token" not in repr(found)
    assert "secret_token" not in str(found)


@pytest.mark.parametrize(
    ("labels", "columns", "laid"),
    [
        ("Yes No", 0, ["Yes No"]),
        ("1 2 3 4 5 6 7 8 9", 0, ["1 2 3 4 5 6 7 8", "9"]),
        ("Catalogue Delivery Questions", 0, ["Catalogue Delivery", "Questions"]),
        ("a_label_that_takes_a_whole_row_and_more b", 0, ["a_label_that_takes_a_whole_row_and_more", "b"]),
        ("1 2 3 4 5", 2, ["1 2", "3 4", "5"]),
        ("1 2 3", 1, ["1", "2", "3"]),
    ],
)
def test_buttons_are_laid_in_rows(labels: str, columns: int, laid: list[str]) -> None:
    buttons = [Button(label, label) for label in labels.split()]
    assert [" ".join(one.label for one in row) for row in rows(buttons, columns, most=8)] == laid


@given(st.lists(st.integers(1, 60)), st.integers(0, 8))
def test_rows_keep_every_button_in_its_place(widths: list[int], columns: int) -> None:
    buttons = [Button(str(n), "x" * width) for n, width in enumerate(widths)]
    laid = rows(buttons, columns, most=8)
    assert [one for row in laid for one in row] == buttons
    assert all(1 <= len(row) <= (columns or 8) for row in laid)


def test_holding_a_conversation_does_not_wait_for_aiogram() -> None:
    program = """
import sys
from channels.kinds import channel_class
from flows.effects import Button, Send
telegram = channel_class("telegram")()
keys = telegram.Credentials.model_validate({"token": "1:a"})
telegram.parse(b'{"update_id": 1}')
telegram.render(keys, "5", Send("Hi", (Button("1", "Yes"),)))
telegram.classify(200, {}, b"{}")
sys.exit("aiogram" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
