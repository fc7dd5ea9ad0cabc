"""Connecting, disconnecting and polling through aiogram.

Importing this costs seconds, so it is imported only by whoever connects or polls.  Answers are read as
plain JSON: one update of a shape that aiogram does not know must not stop the others for ever.
"""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import structlog
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods.base import TelegramMethod

from channels.base import ConnectionRefused, Hook, Profile

log = structlog.get_logger()

ALLOWED_UPDATES = ["message", "callback_query", "my_chat_member", "pre_checkout_query"]
_CALL_SECONDS = 20
_POLL_SECONDS = 30
_LONGEST_PAUSE = 60.0
_UNHELD_PAUSE = 0.1
"""A stand-in for Telegram may answer an empty poll at once; then we wait instead of it."""

_MISREAD = (UnicodeDecodeError, TypeError)
"""What aiogram raises over an answer that is not the Bot API's: bytes of another kind, no description."""
_OUTAGES = (TelegramNetworkError, TelegramServerError, TelegramRetryAfter, ClientDecodeError, *_MISREAD)
_REFUSALS = (TelegramUnauthorizedError, TelegramNotFound)


class _GetMe(TelegramMethod[dict[str, Any]]):
    __returning__ = dict[str, Any]
    __api_method__ = "getMe"


class _GetUpdates(TelegramMethod[list[Any]]):
    __returning__ = list[Any]
    __api_method__ = "getUpdates"

    offset: int
    timeout: int
    allowed_updates: list[str]


async def connect(base_url: str, token: str, hook: Hook | None) -> Profile:
    """Check the token, and say where to deliver.  Raises ConnectionRefused."""
    with _refusals():
        async with _bot(base_url, token) as bot:
            me = await bot(_GetMe(), request_timeout=_CALL_SECONDS)
            if hook is None:
                await bot.delete_webhook(drop_pending_updates=False, request_timeout=_CALL_SECONDS)
            else:
                await bot.set_webhook(
                    hook.url,
                    secret_token=hook.secret,
                    allowed_updates=ALLOWED_UPDATES,
                    drop_pending_updates=False,
                    request_timeout=_CALL_SECONDS,
                )
    nickname = str(me.get("username") or "")
    link = f"https://t.me/{nickname}?start=" if nickname else ""
    return Profile(str(me.get("first_name") or nickname), nickname, link)


async def disconnect(base_url: str, token: str) -> None:
    """Tell Telegram to deliver no more; what comes meanwhile waits there.  Raises ConnectionRefused."""
    with _refusals():
        async with _bot(base_url, token) as bot:
            await bot.delete_webhook(drop_pending_updates=False, request_timeout=_CALL_SECONDS)


async def poll(base_url: str, token: str) -> AsyncGenerator[bytes, None]:
    """Batches of updates as JSON; asking for the next confirms the one before.  Outages are waited out.

    Raises ConnectionRefused when Telegram no longer knows the token.
    """
    offset = failures = 0
    async with _bot(base_url, token) as bot:
        while True:
            asked = monotonic()
            method = _GetUpdates(offset=offset, timeout=_POLL_SECONDS, allowed_updates=ALLOWED_UPDATES)
            try:
                batch = await bot(method, request_timeout=_POLL_SECONDS + _CALL_SECONDS)
            except _REFUSALS as error:
                raise _refused(error) from None
            except Exception as error:  # outermost: whatever the answer was, the next may be better
                failures += 1
                log.warning("polling failed", why=type(error).__name__, failures=failures)
                await asyncio.sleep(_pause(failures, error))
                continue
            failures = 0
            if batch:
                yield json.dumps(batch).encode()
                offset = max(offset, *map(_after, batch))
            elif monotonic() - asked < 1:
                await asyncio.sleep(_UNHELD_PAUSE)


def _bot(base_url: str, token: str) -> Bot:
    return Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(base_url)))


def _after(update: Any) -> int:
    """The offset that confirms an update."""
    number = update.get("update_id") if isinstance(update, dict) else None
    return number + 1 if isinstance(number, int) else 0


def _pause(failures: int, error: Exception) -> float:
    if isinstance(error, TelegramRetryAfter):
        return float(error.retry_after)
    longest = min(_LONGEST_PAUSE, 2.0 ** min(failures, 10) / 4)
    return random.uniform(longest / 2, longest)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (AiogramError, *_MISREAD) as error:
        raise _refused(error) from None


def _refused(error: Exception) -> ConnectionRefused:
    if isinstance(error, _REFUSALS):
        return ConnectionRefused("Telegram does not know this token")
    if isinstance(error, _OUTAGES):
        return ConnectionRefused("Telegram cannot be reached", outage=True)
    said = error.message if isinstance(error, TelegramAPIError) else type(error).__name__
    return ConnectionRefused(f"Telegram refused: {said}")
