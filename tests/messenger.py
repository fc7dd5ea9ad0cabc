"""A stand-in for a messenger's API on the wire: it speaks Telegram's, and keeps a ledger of what came."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from aiohttp import web
from aiohttp.test_utils import TestServer

Verdict = tuple[int, dict[str, Any]]

DOWN: Verdict = (502, {})
BLOCKED: Verdict = (
    403,
    {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"},
)
REFUSED: Verdict = (
    400,
    {"ok": False, "error_code": 400, "description": "Bad Request: message is too strange"},
)
UNAUTHORIZED: Verdict = (401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
ME = {"id": 42, "is_bot": True, "first_name": "Test", "username": "test_bot"}


def slow_down(seconds: int) -> Verdict:
    return 429, {
        "ok": False,
        "error_code": 429,
        "description": f"Too Many Requests: retry after {seconds}",
        "parameters": {"retry_after": seconds},
    }


class Call(NamedTuple):
    """A request that was taken."""

    method: str
    body: dict[str, Any]

    @property
    def to(self) -> str:
        return str(self.body.get("chat_id", ""))

    @property
    def text(self) -> str:
        medium = self.body.get("media")
        edited = medium.get("caption", "") if isinstance(medium, dict) else ""
        return str(self.body.get("text", self.body.get("caption", edited)))


class Messenger:
    """`verdicts` are given to the next requests, one each; then all is well again, but for what it `refuses`.

    `chats`: what each user sees, by the number of the message: edits and deletions are obeyed, and refused
    in the messenger's own words where it would.
    """

    def __init__(self) -> None:
        self.taken: list[Call] = []
        self.refused: list[Call] = []
        self.verdicts: deque[Verdict] = deque()
        self.refuses: set[str] = set()
        self.chats: dict[str, dict[int, Call]] = {}
        self._changed = asyncio.Condition()
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._answer)
        self._server = TestServer(app, host="127.0.0.1")

    @property
    def url(self) -> str:
        return str(self._server.make_url("")).rstrip("/")

    async def start(self) -> None:
        await self._server.start_server()

    async def stop(self) -> None:
        await self._server.close()

    def texts(self, to: str = "") -> list[str]:
        """What was said to a user, or to anybody, in the order in which it was taken."""
        return [call.text for call in self.taken if call.method.startswith("send") and to in ("", call.to)]

    def sees(self, to: str) -> list[str]:
        """The texts that a user has before him now, each where it stands."""
        return [call.text for _, call in sorted(self.chats.get(to, {}).items())]

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something to be true of the ledger.  Fails with the ledger after ten seconds."""
        try:
            async with asyncio.timeout(60), self._changed:
                await self._changed.wait_for(true)
        except TimeoutError:
            raise AssertionError(f"taken: {self.taken}; refused: {self.refused}") from None

    async def _answer(self, request: web.Request) -> web.Response:
        call = Call(request.match_info["method"], await _body(request))
        status, answer = self.verdicts.popleft() if self.verdicts else self._judge(call)
        (self.taken if status == 200 else self.refused).append(call)
        async with self._changed:
            self._changed.notify_all()
        if status == 200:
            number = self._show(call)
            answer = answer or {"ok": True, "result": _result(call.method, number)}
        return web.json_response(answer, status=status)

    def _judge(self, call: Call) -> tuple[int, dict[str, Any] | None]:
        """What the messenger itself says to an edit or a deletion of what is there."""
        if call.method in self.refuses:
            return REFUSED
        if not call.method.startswith(("edit", "delete")) or call.method == "deleteWebhook":
            return 200, None
        old = self.chats.get(call.to, {}).get(call.body["message_id"])
        if old is None:
            what = "edit" if call.method.startswith("edit") else "delete"
            return _bad(f"message to {what} not found")
        if call.method == "editMessageText" and "text" not in old.body:
            return _bad("there is no text in the message to edit")
        kept = {name: value for name, value in old.body.items() if name != "message_id"}
        if kept == {name: value for name, value in call.body.items() if name != "message_id"}:
            return _bad("message is not modified: specified new message content is exactly the same")
        return 200, None

    def _show(self, call: Call) -> int:
        """The number of the message that the call is about, new or old."""
        number = int(call.body.get("message_id", len(self.taken)))
        chat = self.chats.setdefault(call.to, {})
        if call.method == "deleteMessage":
            chat.pop(number, None)
        elif call.method.startswith(("send", "edit")) and call.method != "sendChatAction":
            chat[number] = call
        return number


def _bad(description: str) -> Verdict:
    return 400, {"ok": False, "error_code": 400, "description": f"Bad Request: {description}"}


def _result(method: str, number: int) -> Any:
    if method.startswith(("send", "edit")):
        return {"message_id": number, "date": 0, "chat": {"id": 1, "type": "private"}}
    return ME if method == "getMe" else True


async def _body(request: web.Request) -> dict[str, Any]:
    """The common sender speaks JSON, aiogram fills forms."""
    if request.content_type == "application/json":
        body: dict[str, Any] = json.loads(await request.read() or b"{}")
        return body
    return dict(await request.post())
