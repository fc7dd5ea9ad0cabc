"""What every request passes before any code of ours reads it, and every answer on its way out."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import unquote_to_bytes
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from constructor_api.border.strict_json import NotJson, Unstorable, check
from constructor_api.grammar.errors import answer

log = structlog.get_logger()

LARGEST_BODY = 1_000_000
LARGEST_IMPORT = 10_000_000
LARGEST_OF_VISITOR = 10_000
BODY_SECONDS = 60.0
"""For all of a body to come."""
LARGEST_POURED = 2 * LARGEST_IMPORT
POURING_SECONDS = 2.0
"""Who is still sending when the connection closes never reads why: of what is too much a little is taken."""
_API = "/api/"
_WIDGET = "/widget/"
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json\s*(?:;.*)?", re.I)
_YAML = re.compile(r"(?:application|text)/(?:x-)?yaml\s*(?:;.*)?", re.I)
_SHEET = re.compile(
    r"(?:text/csv|application/vnd\.openxmlformats-officedocument\.spreadsheetml\.sheet)\s*(?:;.*)?", re.I
)
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SAFE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}
_API_ONLY = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}


class _Turned(Exception):
    """The request goes no further."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Border:
    """Refuses bodies that are too large or not what they say, and answers what nobody expected with a 500
    that tells nothing.  Gives every request an id and every answer its safety headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exit = _Exit(scope, send)
        try:
            body = await _admitted(scope, receive)
            await self._app(_as_get(scope), _again(body, receive), exit.send)
        except _Turned as turned:
            refusal = answer(turned.status, turned.code, {"common": turned.message})
            refusal.headers["connection"] = "close"
            await refusal(scope, receive, exit.send)
        except Exception:  # outermost: a mistake of ours answers one request with a 500 and ends no other
            log.exception("request failed", path=scope["path"], request_id=exit.request_id)
            if exit.begun:
                raise
            await answer(500, "internal", {"common": _OURS})(scope, receive, exit.send)


_OURS = "Something went wrong on our side; it is logged under the request id."


class _Exit:
    """The way out of one request."""

    def __init__(self, scope: Scope, send: Send) -> None:
        given = Headers(scope=scope).get("x-request-id", "")
        self.request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        self.begun = False
        self._send = send
        self._safe = _SAFE | _API_ONLY if scope["path"].startswith(_API) else _SAFE

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = self.request_id
            for name, value in self._safe.items():
                headers.setdefault(name, value)
        await self._send(message)


async def _admitted(scope: Scope, receive: Receive) -> bytes:
    """The whole body, if the request may pass."""
    _check_address(scope)
    headers = Headers(scope=scope)
    path = scope["path"]
    importing = path.startswith(_API) and path.endswith("/import/")
    most = LARGEST_OF_VISITOR if path.startswith(_WIDGET) else LARGEST_BODY
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _whole(headers, receive, LARGEST_IMPORT if importing else most)
    except TimeoutError:
        raise _Turned(408, "too_slow", "The body took too long to come.") from None
    if body and path.startswith(_API):
        _check_body(headers, body, importing)
    return body


def _as_get(scope: Scope) -> Scope:
    """Who asks for the head of a page, as monitors do, gets that of GET; the server leaves the body out.

    Not in the API: there a GET may start and stop a bot.
    """
    asked = scope["method"] == "HEAD" and not scope["path"].startswith(_API)
    return {**scope, "method": "GET"} if asked else scope


def _check_address(scope: Scope) -> None:
    query = unquote_to_bytes(scope["query_string"])
    try:
        text = query.decode() + scope["path"]
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise _Turned(422, "invalid", "The address holds a character that cannot be stored.")


async def _whole(headers: Headers, receive: Receive, most: int) -> bytes:
    declared = headers.get("content-length", "0")
    body = bytearray()
    if not declared.isdecimal() or int(declared[:20]) <= most:
        async for part in _parts(receive):
            body += part
            if len(body) > most:
                break
        else:
            return bytes(body)
    await _pour_away(receive)
    raise _Turned(413, "too_large", f"The body is larger than {most:,} bytes.")


async def _pour_away(receive: Receive) -> None:
    left = LARGEST_POURED
    with suppress(TimeoutError, _Turned):
        async with asyncio.timeout(POURING_SECONDS):
            async for part in _parts(receive):
                left -= len(part)
                if left < 0:
                    return


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Turned(400, "malformed", "The body ended too early.")
        yield message.get("body", b"")
        more = message.get("more_body", False)


def _check_body(headers: Headers, body: bytes, importing: bool) -> None:
    kind = headers.get("content-type", "")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise _Turned(415, "unsupported", "Send the body as it is, not compressed.")
    if importing and (is_yaml(headers) or is_sheet(headers)):
        return
    if not _JSON.fullmatch(kind):
        raise _Turned(415, "unsupported", "Send JSON, with the header «Content-Type: application/json».")
    try:
        check(body)
    except NotJson as fault:
        raise _Turned(400, "malformed", str(fault)) from None
    except Unstorable as fault:
        raise _Turned(422, "invalid", str(fault)) from None


def is_yaml(headers: Headers) -> bool:
    return _YAML.fullmatch(headers.get("content-type", "")) is not None


def is_sheet(headers: Headers) -> bool:
    return _SHEET.fullmatch(headers.get("content-type", "")) is not None


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once more, then what really comes."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay
