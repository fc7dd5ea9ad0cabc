"""The world outside, which forgets nothing: a messenger and another system, and what reached them when."""

import json
from collections import Counter, defaultdict
from random import Random
from time import monotonic
from typing import NamedTuple

from tests.kill.http_desk import HUNG_UP, Desk, Reply

LOST, SLOW_DOWN = 0.01, 0.002
"""Of the messages: those whose acknowledgement is lost, and those that are sent away for a second."""
LONGEST_ANSWER = 0.03
_SLOW = Reply(
    429, b'{"ok":false,"error_code":429,"parameters":{"retry_after":1},"description":"Too Many Requests"}'
)
_TRUE = Reply(200, b'{"ok":true,"result":true}')


class Taken(NamedTuple):
    """A message that arrived; `known`: the bot was told so."""

    at: float
    bot: str
    chat: str
    text: str
    known: bool


class Ledger:
    """What a messenger took, by its own wire protocol, and what another system was asked."""

    def __init__(self, seed: str) -> None:
        self._dice = Random(f"ledger {seed}")
        self.taken: list[Taken] = []
        self.of: defaultdict[str, list[Taken]] = defaultdict(list)
        """By chat."""
        self.asked: Counter[str] = Counter()
        """How often each question was asked, by the token in its address."""
        self.messenger = Desk(self._take)
        self.system = Desk(self._ask)

    async def open(self) -> None:
        await self.messenger.open()
        await self.system.open()

    def close(self) -> None:
        self.messenger.close()
        self.system.close()

    def _take(self, path: str, body: bytes) -> Reply:
        _, bot, method = path.split("/")
        if method != "sendMessage":
            return _TRUE
        if self._dice.random() < SLOW_DOWN:
            return _SLOW
        told = json.loads(body)
        known = self._dice.random() >= LOST
        taken = Taken(monotonic(), bot, str(told["chat_id"]), told["text"], known)
        self.taken.append(taken)
        self.of[taken.chat].append(taken)
        if not known:
            return HUNG_UP
        answer = {"message_id": len(self.taken), "date": 0, "chat": {"id": 1, "type": "private"}}
        said = json.dumps({"ok": True, "result": answer}).encode()
        return Reply(200, said, self._dice.uniform(0, LONGEST_ANSWER))

    def _ask(self, path: str, body: bytes) -> Reply:
        self.asked[path] += 1
        return Reply(200, b'{"price":5}', self._dice.uniform(0, 0.2))
