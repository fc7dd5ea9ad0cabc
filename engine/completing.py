"""Asks a shop's language model, for no more money than the shop allows in a month.

Any server that speaks the protocol of OpenAI's chat completions will do.  It is asked for text and given no
tools; what it answers is text and nothing else.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import aiohttp
import structlog
from asyncpg import Pool

from engine.outside import Denied, Outside
from engine.refusals import Unavailable
from engine.secrets import SecretFault, Vault
from engine.store.language_models import (
    MOST_TOKENS,
    Asked,
    Tokens,
    model_of,
    month_of,
    reserve,
    settle,
)
from engine.store.outages import reaching
from flows.json_value import JSON
from flows.requests import Completion, HttpRequest

log = structlog.get_logger()

PATIENCE = 40.0
"""Seconds that an answer may take: what is left of a call's lease must do to keep it."""
KEY_PLACE = "language_model.key"
NONE_SET, OVER_LIMIT, KEY_UNREADABLE, UNREADABLE = 404, 402, 401, 502
_OVERHEAD = 16
"""Tokens that a message takes beside its text, at most."""
_THOUGHT = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
_NOT_ASKED = (Denied, aiohttp.ClientConnectorError, aiohttp.InvalidURL)
_NOTHING = Tokens(0, 0)

Answer = tuple[int, JSON]


class Completing:
    def __init__(self, pool: Pool, vault: Vault, outside: Outside) -> None:
        self._pool = pool
        self._vault = vault
        self._outside = outside

    async def ask(self, shop_id: int, request: Completion) -> Answer:
        """200 and `{"text": …}`; else a status and nothing.

        404: the shop has no model.  402: the month's limit would be passed.  401: its key cannot be read.
        502: the answer cannot be read.  0: out of reach.  Any other is the model's own.
        """
        model = await model_of(self._pool, shop_id)
        if model is None:
            return NONE_SET, None
        try:
            headers = self._headers(shop_id, model)
        except SecretFault as fault:
            log.error("key of the language model unreadable", shop=shop_id, why=str(fault))
            return KEY_UNREADABLE, None
        most, month = most_tokens(request), month_of(datetime.now(UTC))
        if not await reserve(self._pool, shop_id, month, model.tariff, most):
            return OVER_LIMIT, None
        answer, used = await self._asked(_question(model, headers, request), most)
        await self._settle(shop_id, month, model, most, used)
        return answer

    async def _asked(self, question: HttpRequest, most: Tokens) -> tuple[Answer, Tokens]:
        """The answer, and what it cost: the most it can where nobody says."""
        try:
            status, body = await self._outside.reach(question)
        except _NOT_ASKED:
            return (0, None), _NOTHING
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return (0, None), most  # it may have answered, and only we did not hear it
        if not 200 <= status <= 299:
            return (status, None), _NOTHING
        text = text_of(body)
        return (UNREADABLE, None) if text is None else (200, {"text": text}), tokens_of(body) or most

    async def _settle(self, shop_id: int, month: int, model: Asked, most: Tokens, used: Tokens) -> None:
        try:
            with reaching():
                await settle(self._pool, shop_id, month, model.tariff, most=most, used=used)
        except Unavailable:
            # The answer is paid for and must not be lost with it; what was set aside stays spent.
            log.warning("cost of an answer not settled", shop=shop_id)

    def _headers(self, shop_id: int, model: Asked) -> dict[str, str]:
        """Raises SecretFault.  They must not be logged."""
        if model.key is None:
            return {}
        key = self._vault.open(shop_id, KEY_PLACE, model.id, model.key).decode()
        return {"Authorization": f"Bearer {key}"}


def most_tokens(request: Completion) -> Tokens:
    """What a question can take at most: no token is less than a byte."""
    asked = sum(len(one.content.encode("utf-8", "replace")) + _OVERHEAD for one in request.talk)
    return Tokens(asked + _OVERHEAD, request.most_tokens)


def text_of(body: JSON) -> str | None:
    """What the model said, without what it only thought; None where the answer is of another shape."""
    choices = body.get("choices") if isinstance(body, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    if not isinstance(message, dict):
        return None
    said = "".join(_pieces(message.get("content")))
    thought = _THOUGHT.match(said)
    return said[thought.end() :] if thought else said


def tokens_of(body: JSON) -> Tokens | None:
    """What the model says that it took; None where it does not, or says what cannot be."""
    usage = body.get("usage") if isinstance(body, dict) else None
    if not isinstance(usage, dict):
        return None
    asked, answered = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    return None if asked is None or answered is None else Tokens(asked, answered)


def _question(model: Asked, headers: dict[str, str], request: Completion) -> HttpRequest:
    messages: list[JSON] = [{"role": one.role, "content": one.content} for one in request.talk]
    return HttpRequest(
        method="POST",
        url=f"{model.base_url}/chat/completions",
        headers=headers,
        body={
            "model": request.model or model.model,
            "messages": messages,
            "max_tokens": request.most_tokens,
        },
        timeout=PATIENCE,
    )


def _pieces(content: JSON) -> Iterator[str]:
    """A text, or a list of parts of which some are."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for part in content:
            text = part.get("text") if isinstance(part, dict) else None
            if isinstance(text, str):
                yield text


def _count(number: JSON) -> int | None:
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    return number if 0 <= number <= MOST_TOKENS else None
