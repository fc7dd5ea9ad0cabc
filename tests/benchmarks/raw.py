"""A webhook that does nothing but take the call: what is left is the server's own cost."""

from collections.abc import Awaitable, Callable
from typing import Any

ANSWER = b'{"ok":true}'
_START: dict[str, Any] = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(ANSWER))],
}
_BODY = {"type": "http.response.body", "body": ANSWER}


async def asgi(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    assert scope["type"] == "http"
    while (await receive()).get("more_body"):
        pass
    await send(_START)
    await send(_BODY)


async def rsgi(scope: Any, protocol: Any) -> None:
    """As Granian would rather be spoken to."""
    await protocol()
    protocol.response_bytes(200, [("content-type", "application/json")], ANSWER)
