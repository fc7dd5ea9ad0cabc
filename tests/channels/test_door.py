"""Where a messenger is found: a name is looked up once at a time, whoever gives up meanwhile."""

import asyncio
import socket
from threading import Event, Lock
from typing import Any

import pytest

from channels.base import ApiRequest
from channels.line import Unanswered
from channels.wire import Wire
from tests.channels.peer import OK, answers, peer


class Names:
    """A name server that does not answer before it is let."""

    def __init__(self) -> None:
        self.asked = self.most = self._now = 0
        self._lock = Lock()
        self._real = socket.getaddrinfo
        self.answers = Event()

    def look_up(self, host: Any, *more: Any, **named: Any) -> Any:
        if host != "messenger.test":
            return self._real(host, *more, **named)
        with self._lock:
            self.asked += 1
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            assert self.answers.wait(60)
            return self._real("127.0.0.1", *more, **named)
        finally:
            with self._lock:
                self._now -= 1


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    it = Names()
    numeric = socket.getaddrinfo

    def look_up(host: Any, *more: Any, **named: Any) -> Any:
        if named.get("flags"):  # whether it is a number
            return numeric(host, *more, **named)
        return it.look_up(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return it


async def test_a_name_server_that_hangs_holds_one_thread_however_many_give_up(names: Names) -> None:
    async with peer(answers(OK)) as there, Wire(timeout=0.2) as wire:
        url = there.url.replace("127.0.0.1", "messenger.test")
        for _ in range(3):
            asked = [asyncio.create_task(wire.ask(ApiRequest(url=url))) for _ in range(5)]
            failed = await asyncio.gather(*asked, return_exceptions=True)
            assert all(isinstance(one, Unanswered) and not one.written for one in failed)
        assert names.most == 1
        names.answers.set()
    async with peer(answers(OK)) as there, Wire() as wire:
        url = there.url.replace("127.0.0.1", "messenger.test")
        assert (await wire.ask(ApiRequest(url=url))).body == b"ok"
