"""A messenger to deliver to: `python -m tests.benchmarks.stub PORT`.  As cheap as it can be in Python.

It takes whatever Telegram's Bot API takes and answers as it would.  `GET /count` tells what came.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from json import dumps, loads

import uvloop

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
_MESSAGE = b'{"ok":true,"result":{"message_id":%d,"date":1795132800,"chat":{"id":1,"type":"private"}}}'
_ME = b'{"ok":true,"result":{"id":42,"is_bot":true,"first_name":"Stub","username":"stub_bot"}}'
_TRUE = b'{"ok":true,"result":true}'
SENDS = frozenset({b"sendMessage", b"editMessageText", b"sendPhoto", b"sendDocument", b"copyMessage"})
"""What a person sees."""


class Ledger:
    """What came: calls by method; with `keeping`, the last text of every chat too."""

    def __init__(self, keeping: bool = False) -> None:
        self.methods: Counter[bytes] = Counter()
        self.messages = 0
        self.texts: dict[str, str] | None = {} if keeping else None

    def take(self, path: bytes, body: bytes) -> bytes:
        """The answer to a call."""
        method = path[path.rfind(b"/") + 1 :]
        self.methods[method] += 1
        if method in SENDS:
            self.messages += 1
            if self.texts is not None:
                told = loads(body)
                self.texts[str(told.get("chat_id"))] = str(told.get("text"))
            return _MESSAGE % self.messages
        return _ME if method == b"getMe" else _TRUE

    def told(self) -> bytes:
        methods = {method.decode(): count for method, count in self.methods.items()}
        return dumps({"messages": self.messages, "methods": methods, "texts": self.texts or {}}).encode()


class Taking(asyncio.Protocol):
    """A kept-alive connection of whoever delivers."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._read = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # what TCP has
        self._transport = transport

    def _take(self, data: bytes) -> None:
        self._read += data
        answers = [_HEAD % (len(answer), answer) for answer in self._answers()]
        if answers:
            self._transport.write(b"".join(answers))

    data_received = _take

    def _answers(self) -> Iterator[bytes]:
        while (end := self._read.find(b"\r\n\r\n") + 4) > 3:
            head = self._read[:end]
            whole = end + _length(head)
            if len(self._read) < whole:
                return
            body, self._read = self._read[end:whole], self._read[whole:]
            path = head.split(b" ", 2)[1]
            yield self._ledger.told() if path == b"/count" else self._ledger.take(path, body)


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(b"\r\ncontent-length:")
    return int(lower[at + 17 : lower.index(b"\r\n", at + 17)]) if at >= 0 else 0


async def stand(port: int, keeping: bool) -> None:
    """Answer until killed; says so in one line when it does."""
    ledger = Ledger(keeping)
    server = await asyncio.get_running_loop().create_server(lambda: Taking(ledger), "127.0.0.1", port)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        uvloop.run(stand(int(sys.argv[1]), "--keep" in sys.argv))
