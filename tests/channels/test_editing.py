"""A message in the place of another: what is asked of the messenger, by what both hold."""

import json
from typing import Any

import pytest
from aiogram.methods import DeleteMessage, EditMessageMedia, EditMessageText, SendMessage, TelegramMethod
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from channels.fit import fit
from channels.kinds import KINDS, channel_class
from flows.effects import Button, Media, Send
from tests.channels.cases import channel, credentials
from tests.channels.test_fit import messages
from tests.channels.test_telegram import unknown_fields

TELEGRAM = channel("telegram")
KEYS = credentials("telegram")
OFFERED: dict[str, type[TelegramMethod[Any]]] = {
    method.__api_method__: method
    for method in (DeleteMessage, EditMessageMedia, EditMessageText, SendMessage)
}
CUP = Media("image", "https://shop.example/cup.jpg")
FILM = Media("video", "https://shop.example/cup.mp4")
NEXT, SHARE = Button("1", "Next"), Button("2", "Share", "phone")
KEYBOARD = {"inline_keyboard": [[{"text": "Next", "callback_data": "7.list.1"}]]}
MESSAGE = {"chat_id": 5, "message_id": 77}


def page(text: str = "", *, on: str = "77", **fields: Any) -> Send:
    return Send(text, revision=7, step="list", instead=True, instead_of=on, **fields)


def asked(message: Send) -> list[tuple[str, dict[str, Any]]]:
    """The requests that put the message in its place; none if it is to be sent anew."""
    made = [
        request
        for part in fit(message, TELEGRAM.limits).messages
        if part.instead_of
        for request in TELEGRAM.edit(KEYS, "5", part)
    ]
    for request in made:
        method = OFFERED[request.label].model_validate_json(request.body)
        assert not unknown_fields(method)
    return [(request.label, json.loads(request.body)) for request in made]


@pytest.mark.parametrize(
    ("message", "requests"),
    [
        pytest.param(
            page("Page 2", buttons=(NEXT,)),
            [("editMessageText", {**MESSAGE, "text": "Page 2", "reply_markup": KEYBOARD})],
            id="words for words",
        ),
        pytest.param(page("Done"), [("editMessageText", {**MESSAGE, "text": "Done"})], id="no more buttons"),
        pytest.param(
            page("A cup", media=(CUP,), buttons=(NEXT,)),
            [
                (
                    "editMessageMedia",
                    {
                        **MESSAGE,
                        "media": {"type": "photo", "media": CUP.url, "caption": "A cup"},
                        "reply_markup": KEYBOARD,
                    },
                )
            ],
            id="a picture for words",
        ),
        pytest.param(
            page(on="77 media", media=(FILM,)),
            [("editMessageMedia", {**MESSAGE, "media": {"type": "video", "media": FILM.url}})],
            id="a film for a picture",
        ),
        pytest.param(
            page("Your cart", on="77 media"),
            [("sendMessage", {"chat_id": 5, "text": "Your cart"}), ("deleteMessage", MESSAGE)],
            id="words for a picture",
        ),
        pytest.param(page("Your phone?", buttons=(SHARE,)), [], id="a phone is asked for"),
        pytest.param(page("Look", media=(CUP, FILM), album=True), [], id="an album"),
        pytest.param(page("Look", media=(CUP, FILM)), [], id="two pictures"),
        pytest.param(page("x" * 5000), [], id="too long for one"),
        pytest.param(page("x" * 2000, media=(CUP,)), [], id="too long for a caption"),
    ],
)
def test_a_message_takes_the_place_of_another(
    message: Send, requests: list[tuple[str, dict[str, Any]]]
) -> None:
    assert asked(message) == requests


@given(messages, st.sampled_from(["77", "77 media"]))
def test_whatever_takes_a_place_is_a_request_that_aiogram_knows(message: Send, on: str) -> None:
    asked(replace(message, instead_of=on))


@given(messages)
def test_what_became_several_takes_nobodys_place(message: Send) -> None:
    parts = fit(replace(message, instead_of="77"), TELEGRAM.limits).messages
    assert [part.instead_of for part in parts] == (["77"] if len(parts) == 1 else [""] * len(parts))


def test_only_the_last_word_of_tidying_up_is_spare() -> None:
    send, delete = TELEGRAM.edit(KEYS, "5", page("Your cart", on="77 media"))
    assert (send.spare, send.edits, delete.spare) == (False, "", True)
    [edit] = TELEGRAM.edit(KEYS, "5", page("Page 2"))
    assert (edit.spare, edit.edits) == (False, "77")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not channel_class(kind).limits.edits])
def test_a_channel_that_cannot_edit_sends_anew(kind: str) -> None:
    assert channel(kind).edit(credentials(kind), "5", page("Page 2")) == []
