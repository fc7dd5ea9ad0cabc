"""Telegram, by its Bot API."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from hmac import compare_digest
from importlib import import_module
from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct
from msgspec.structs import replace
from pydantic import Field

from channels.base import (
    ApiRequest,
    BotCredentials,
    Channel,
    Hook,
    Inbound,
    Limits,
    Pace,
    Profile,
    Sent,
    Undelivered,
)
from channels.bot_api.payments import read_payments, theirs
from channels.bot_api.updates import MEDIA, read_updates
from channels.clean import read
from channels.invoices import Checkout, Invoice, Receipt
from channels.rows import rows
from flows.effects import Button, Send
from flows.json_value import JSON
from flows.like import Like
from flows.step import ui

_SECRET_HEADER = "x-telegram-bot-api-secret-token"
_LONGEST_NOTICE = 200
_LONGEST_TITLE = 32
_LONGEST_DESCRIPTION = 255
_MEDIA = {
    "image": ("sendPhoto", "photo"),
    "video": ("sendVideo", "video"),
    "audio": ("sendAudio", "audio"),
    "file": ("sendDocument", "document"),
}
_REQUESTS = {"phone": "request_contact", "location": "request_location"}
_NOTHING_TO_CHANGE = "message is not modified"
_USER_IS_GONE = ("chat not found", "user not found", "peer_id_invalid")


_Token = Annotated[str, Like("^[0-9]+:[A-Za-z0-9_-]+$", "a token from @BotFather, such as 123456:AAF-x_y")]


class TelegramCredentials(BotCredentials):
    token: _Token = ui("Token from @BotFather", widget="secret", repr=False)
    payments_token: Annotated[str, Field(max_length=200)] = ui(
        "Token for payments, from @BotFather too", "", widget="secret", repr=False
    )


class Telegram(Channel[TelegramCredentials]):
    """Limits are those of the Bot API.  It names none for labels: theirs is the longest an author writes."""

    title = "Telegram"
    bot_type = 1
    known_as = "tg_bot_nickname"
    default_url = "https://api.telegram.org"
    notices = True
    tells_staff = True
    limits = Limits(
        text=4096,
        caption=1024,
        buttons=100,
        label=200,
        columns=8,
        album=10,
        text_unit="utf16",
        requests=frozenset({"phone", "location"}),
        links=True,
        typed_menu=True,
        edits=True,
        # https://core.telegram.org/bots/faq, «My bot is hitting limits»: about 30 a second to all together,
        # one a second to a chat, where short bursts are let through.
        pace=Pace(bulk_per_second=30, per_chat_per_second=1, chat_burst=20),
    )
    Credentials = TelegramCredentials

    def verify(
        self, credentials: TelegramCredentials, secret: str, headers: Mapping[str, str], body: bytes
    ) -> bool:
        shown = headers.get(_SECRET_HEADER, "").encode("utf-8", "surrogatepass")
        return bool(secret) and compare_digest(shown, secret.encode())

    def parse(self, body: bytes) -> list[Inbound]:
        """A start parameter stays as the link carried it: only who made the link knows if it is encoded."""
        return read_updates(body)

    def render(self, credentials: TelegramCredentials, to: str, message: Send) -> list[ApiRequest]:
        content: dict[str, JSON] = {"chat_id": _chat(to)}
        method = "sendMessage"
        if message.album:
            method, content["media"] = "sendMediaGroup", _album(message)
        elif message.media:
            method, field = _MEDIA[message.media[0].kind]
            content[field] = message.media[0].url
            if message.text.strip():
                content["caption"] = message.text
        else:
            content["text"] = message.text
        if message.buttons:
            content["reply_markup"] = _keyboard(message)
        return [self._call(credentials, method, content)]

    def edit(self, credentials: TelegramCredentials, to: str, message: Send) -> list[ApiRequest]:
        """Words can become a picture and one picture another; a picture cannot become words."""
        number, _, shown = message.instead_of.partition(" ")
        if message.album or any(button.kind in _REQUESTS for button in message.buttons):
            return []  # a group is several messages, and a reply keyboard comes with a new one only
        place: dict[str, JSON] = {"chat_id": _chat(to), "message_id": int(number)}
        if shown == MEDIA and not message.media:
            delete = self._call(credentials, "deleteMessage", place)
            return [*self.render(credentials, to, message), replace(delete, spare=True)]
        method = "editMessageMedia" if message.media else "editMessageText"
        content = place | ({"media": _medium(message)} if message.media else {"text": message.text})
        if message.buttons:
            content["reply_markup"] = _keyboard(message)
        return [replace(self._call(credentials, method, content), edits=number)]

    def acknowledge(self, credentials: TelegramCredentials, ack: str, notice: str) -> list[ApiRequest]:
        content: dict[str, JSON] = {"callback_query_id": ack}
        if notice:
            content["text"] = notice[:_LONGEST_NOTICE]
        return [self._call(credentials, "answerCallbackQuery", content)]

    def typing(self, credentials: TelegramCredentials, to: str) -> list[ApiRequest]:
        return [self._call(credentials, "sendChatAction", {"chat_id": _chat(to), "action": "typing"})]

    def bill(self, credentials: TelegramCredentials, to: str, invoice: Invoice) -> list[ApiRequest]:
        """One price: the bill's text tells what it is made of."""
        amount = theirs(invoice.amount, invoice.currency)
        if not (credentials.payments_token and amount):
            return []
        title = _cut(invoice.title, _LONGEST_TITLE)
        content: dict[str, JSON] = {
            "chat_id": _chat(to),
            "title": title,
            "description": _cut(invoice.text.strip() or title, _LONGEST_DESCRIPTION),
            "payload": invoice.payload,
            "provider_token": credentials.payments_token,
            "currency": invoice.currency,
            "prices": [{"label": title, "amount": amount}],
        }
        return [self._call(credentials, "sendInvoice", content)]

    def payments(self, body: bytes) -> list[Checkout | Receipt]:
        return read_payments(body)

    def permit(self, credentials: TelegramCredentials, checkout: str, refusal: str) -> list[ApiRequest]:
        content: dict[str, JSON] = {"pre_checkout_query_id": checkout, "ok": not refusal}
        if refusal:
            content["error_message"] = refusal
        return [self._call(credentials, "answerPreCheckoutQuery", content)]

    def classify(self, status: int, headers: Mapping[str, str], body: bytes) -> Sent | Undelivered:
        answer = read(_ANSWER, body) or _Answer()
        if answer.ok is None and status != 429:
            # Not the Bot API speaks, but a proxy, or nobody.
            return Undelivered("retry", f"HTTP {status}" if status else "no answer")
        if answer.ok and status == 200:
            return Sent(_message_id(answer))
        reason = answer.description or f"HTTP {status}"
        if status == 429:
            wait = answer.parameters.retry_after or _seconds(headers.get("retry-after", ""))
            # Telegram does not say whether it means the chat or the bot; going on would prolong the latter.
            return Undelivered("slow", reason, retry_after=wait, whole_bot=True)
        if status == 403 or (status == 400 and any(sign in reason.lower() for sign in _USER_IS_GONE)):
            return Undelivered("gone", reason)
        if status in (401, 404):
            return Undelivered("auth", reason)
        if status == 400 and _NOTHING_TO_CHANGE in reason.lower():
            return Sent("")
        return Undelivered("refused" if status in (400, 413) else "retry", reason)

    async def connect(self, credentials: TelegramCredentials, hook: Hook | None) -> Profile:
        await _load_calls()
        from channels.bot_api import calls

        return await calls.connect(self.base_url, credentials.token, hook)

    async def disconnect(self, credentials: TelegramCredentials) -> None:
        await _load_calls()
        from channels.bot_api import calls

        await calls.disconnect(self.base_url, credentials.token)

    async def poll(self, credentials: TelegramCredentials) -> AsyncGenerator[bytes, None]:
        await _load_calls()
        from channels.bot_api import calls

        async with aclosing(calls.poll(self.base_url, credentials.token)) as batches:
            async for batch in batches:
                yield batch

    def _call(self, credentials: TelegramCredentials, method: str, content: dict[str, JSON]) -> ApiRequest:
        url = f"{self.base_url}/bot{credentials.token}/{method}"
        return ApiRequest(url=url, body=msgspec.json.encode(content), label=method)


class _Parameters(Struct, frozen=True):
    retry_after: Annotated[float, Meta(ge=0, le=86_400)] | None = None


class _Answer(Struct, frozen=True):
    """What the Bot API answers.  Without `ok` it was somebody else."""

    ok: bool | None = None
    result: Raw = Raw(b"null")
    description: str = ""
    parameters: _Parameters = _Parameters()


class _SentMessage(Struct, frozen=True):
    message_id: int


_ANSWER = msgspec.json.Decoder(_Answer)
_SENT_MESSAGE = msgspec.json.Decoder(_SentMessage | tuple[_SentMessage, ...])


async def _load_calls() -> None:
    """It takes seconds, during which the other conversations shall go on."""
    await asyncio.to_thread(import_module, "channels.bot_api.calls")


def _message_id(answer: _Answer) -> str:
    sent = read(_SENT_MESSAGE, memoryview(answer.result).tobytes()) or ()
    messages = sent if isinstance(sent, tuple) else (sent,)
    return str(messages[-1].message_id) if messages else ""


def _seconds(header: str) -> float | None:
    return float(header) if header.isascii() and header.isdecimal() and len(header) < 6 else None


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _chat(to: str) -> JSON:
    """A person's number, or the public name of a channel."""
    return int(to) if to.lstrip("-").isdecimal() else to


def _medium(message: Send) -> JSON:
    medium: dict[str, JSON] = {"type": _MEDIA[message.media[0].kind][1], "media": message.media[0].url}
    return medium | ({"caption": message.text} if message.text.strip() else {})


def _album(message: Send) -> list[JSON]:
    """Telegram shows the caption of one picture under the whole group."""
    album: list[dict[str, JSON]] = [{"type": _MEDIA[one.kind][1], "media": one.url} for one in message.media]
    if message.text.strip():
        album[0]["caption"] = message.text
    return [*album]


def _keyboard(message: Send) -> dict[str, JSON]:
    """Inline, unless something is asked for: only a reply keyboard can, and there is one of the two.

    A reply keyboard goes away once used; nothing needs to remove it.
    """
    laid = rows(message.buttons, message.columns, most=Telegram.limits.columns)
    if any(button.kind in _REQUESTS for button in message.buttons):
        typed: list[JSON] = [[_key(button) for button in row] for row in laid]
        return {"keyboard": typed, "one_time_keyboard": True, "resize_keyboard": True}
    inline: list[JSON] = [[_inline_button(message, button) for button in row] for row in laid]
    return {"inline_keyboard": inline}


def _key(button: Button) -> JSON:
    return {"text": button.label} | ({_REQUESTS[button.kind]: True} if button.kind in _REQUESTS else {})


def _inline_button(message: Send, button: Button) -> JSON:
    if button.kind == "url":
        return {"text": button.label, "url": button.url}
    return {"text": button.label, "callback_data": message.code(button)}
