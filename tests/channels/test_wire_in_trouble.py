"""Lines that break, hang, lie or are given up: who asked learns it, and nobody after him suffers for it."""

import asyncio
import random
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import pytest

from channels.base import ApiRequest
from channels.line import LARGEST_ANSWER, Answer, Unanswered
from channels.wire import Wire
from tests.channels.peer import OK, Peer, Script, Talk, answers, peer, silent

SECRET = "100:AAE-secret_token"


def request(there: Peer, text: str = "Hi") -> ApiRequest:
    return ApiRequest(url=f"{there.url}/bot{SECRET}/send", body=f'"{text}"'.encode())


async def unanswered(asked: Coroutine[Any, Any, Answer]) -> Unanswered:
    with pytest.raises(Unanswered) as failed:
        await asked
    assert SECRET not in repr(failed.value)
    assert SECRET not in str(failed.value)
    return failed.value


async def asking(wire: Wire, there: Peer, how_many: int) -> list[asyncio.Task[Answer]]:
    """That many ask, in order."""
    tasks = [asyncio.create_task(wire.ask(request(there, str(number)))) for number in range(how_many)]
    await asyncio.sleep(0)
    return tasks


def one_answer_a_line(then: bytes = b"") -> Script:
    """It says this unasked, and hangs up."""

    async def script(talk: Talk) -> None:
        await talk.heard()
        await talk.say(OK)
        await talk.say(then)

    return script


@pytest.mark.parametrize("then", [b"", OK, b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"])
async def test_a_line_that_ended_while_nobody_asked_is_not_asked(then: bytes) -> None:
    async with peer(one_answer_a_line(then)) as there, Wire() as wire:
        for _ in range(3):
            assert (await wire.ask(request(there))).body == b"ok"
            await there.until(lambda peer: not peer.open)
            for _ in range(5):  # until we know it too
                await asyncio.sleep(0)
        assert there.came == 3


async def test_what_is_said_unasked_ends_the_line() -> None:
    answered = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.heard()
        await talk.say(OK)
        await answered.wait()
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong")
        await talk.heard()

    async with peer(script) as there, Wire() as wire:
        assert (await wire.ask(request(there))).body == b"ok"
        answered.set()
        await there.until(lambda peer: not peer.open)
        assert (await wire.ask(request(there))).body == b"ok"


async def test_a_kept_line_that_breaks_once_it_was_asked_leaves_it_open_whether_it_was_heard() -> None:
    asked = []

    async def script(talk: Talk) -> None:
        asked.append(await talk.heard())
        await talk.say(OK)
        asked.append(await talk.heard())

    async with peer(script) as there, Wire() as wire:
        await wire.ask(request(there, "one"))
        assert (await unanswered(wire.ask(request(there, "two")))).written
        assert len(asked) == 2  # nothing was said twice
        assert there.came == 1


async def test_who_speaks_before_he_is_asked_is_not_understood() -> None:
    async def banner(talk: Talk) -> None:
        await talk.say(b"220 mail.example ESMTP\r\n")
        await talk.heard()

    async with peer(banner) as there, Wire() as wire:
        await unanswered(wire.ask(request(there)))
        await there.until(lambda peer: peer.came > 0 and not peer.open)


async def test_nobody_waits_longer_than_he_has_patience() -> None:
    async def falls_silent(talk: Talk) -> None:
        await talk.heard()
        await talk.say(OK)
        await silent(talk)

    async with peer(falls_silent) as there, Wire(timeout=0.5, connections=1) as wire:
        await wire.ask(request(there))
        failed = await asyncio.gather(*await asking(wire, there, 2), return_exceptions=True)
        assert [one.written for one in failed if isinstance(one, Unanswered)] == [True, False]
        await there.until(lambda peer: not peer.open)


async def test_an_answer_that_drips_is_not_waited_for() -> None:
    async def drips(talk: Talk) -> None:
        await talk.heard()
        await talk.say(OK)
        await talk.heard()
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not talk.is_over:
            await talk.say(b".")
            await asyncio.sleep(0)

    async with peer(drips) as there, Wire(timeout=0.5) as wire:
        await wire.ask(request(there))
        failed = await unanswered(wire.ask(request(there)))
        assert (failed.written, failed.reason) == (True, "there was no answer in time")
        await there.until(lambda peer: not peer.open)


async def test_a_peer_that_never_greets_was_surely_not_asked() -> None:
    """TLS that does not come about."""
    async with peer(silent) as there, Wire(timeout=0.2) as wire:
        there.url = there.url.replace("http:", "https:")
        assert not (await unanswered(wire.ask(request(there)))).written
        await there.until(lambda peer: peer.came > 0 and not peer.open)


async def test_who_answers_before_he_has_read_the_question_is_understood_and_not_asked_again() -> None:
    async def before(talk: Talk) -> None:
        await talk.begun()
        await talk.say(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        await asyncio.Event().wait()

    async with peer(before) as there, Wire() as wire:
        answer = await wire.ask(ApiRequest(url=there.url, body=b" " * 50_000_000))
        assert (answer.status, answer.body) == (413, b"no")
        assert (await wire.ask(ApiRequest(url=there.url, body=b" " * 50_000_000))).status == 413
        assert there.came == 2


@pytest.mark.parametrize("framed", [b"Content-Length: 100000000\r\n", b"Transfer-Encoding: chunked\r\n", b""])
async def test_of_a_hundred_megabytes_the_beginning_is_read(framed: bytes) -> None:
    written = 0

    async def floods(talk: Talk) -> None:
        nonlocal written
        await talk.heard()
        await talk.say(b"HTTP/1.1 200 OK\r\n" + framed + b"\r\n")
        part = b"." * 10_000
        with suppress(ConnectionError):
            while written < 100_000_000:
                await talk.say(b"2710\r\n" + part + b"\r\n" if b"chunked" in framed else part)
                written += len(part)

    async with peer(floods) as there, Wire() as wire:
        answer = await wire.ask(request(there))
        assert answer.body == b"." * LARGEST_ANSWER
        await there.until(lambda peer: not peer.open)
    assert written < 50_000_000


async def test_a_thousand_who_ask_at_once_share_the_lines() -> None:
    async with peer(answers(OK)) as there, Wire(connections=20) as wire:
        found = await asyncio.gather(*await asking(wire, there, 1_000))
        assert [answer.body for answer in found] == [b"ok"] * 1_000
        assert 0 < there.most <= 20


async def test_who_came_first_is_served_first() -> None:
    heard = []

    async def listening(talk: Talk) -> None:
        while asked := await talk.heard():
            heard.append(int(asked.rpartition(b"\r\n\r\n")[2].strip(b'"')))
            await talk.say(OK)

    async with peer(listening) as there, Wire(connections=1) as wire:
        await asyncio.gather(*await asking(wire, there, 50))
    assert heard == list(range(50))


async def test_a_line_whose_answer_nobody_waits_for_any_more_is_closed() -> None:
    heard = asyncio.Event()

    async def slow(talk: Talk) -> None:
        await talk.heard()
        if talk.number == 1:
            heard.set()
            assert not await talk.heard()
        await talk.say(OK)

    async with peer(slow) as there, Wire(connections=1) as wire:
        first, second = await asking(wire, there, 2)
        await heard.wait()
        first.cancel()
        assert (await second).body == b"ok"
        assert there.came == 2


async def test_whoever_gives_up_while_he_waits_or_is_served_takes_nobodys_place() -> None:
    dice = random.Random(7)
    async with peer(answers(OK)) as there, Wire(connections=3) as wire:
        for _ in range(30):
            tasks = await asking(wire, there, 12)
            for _ in range(dice.randrange(6)):
                await asyncio.sleep(0)
            for task in dice.sample(tasks, 8):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        assert all(answer.body == b"ok" for answer in await asyncio.gather(*await asking(wire, there, 12)))
        await there.until(lambda peer: peer.open <= 3)


async def test_whoever_fails_leaves_his_place() -> None:
    async def cuts(talk: Talk) -> None:
        await talk.heard()

    async with peer(cuts) as there, Wire(connections=2) as wire:
        failed = await asyncio.gather(*await asking(wire, there, 30), return_exceptions=True)
        assert all(isinstance(one, Unanswered) and one.written for one in failed)
    assert there.came == 30


async def test_nobody_there_keeps_nobody_waiting() -> None:
    async with peer(silent) as there:
        pass
    async with Wire(connections=2) as wire:
        failed = await asyncio.gather(*await asking(wire, there, 30), return_exceptions=True)
    assert all(isinstance(one, Unanswered) and not one.written for one in failed)


async def test_a_line_that_nobody_needs_is_closed() -> None:
    async with peer(answers(OK)) as there, Wire(kept_alive=0.1) as wire:
        await asyncio.gather(*await asking(wire, there, 5))
        await there.until(lambda peer: not peer.open)
        assert (await wire.ask(request(there))).body == b"ok"


async def test_closing_ends_all() -> None:
    """Who was heard, who waits for his turn, and who is just being connected."""
    heard = asyncio.Event()

    async def hears(talk: Talk) -> None:
        await talk.heard()
        heard.set()
        await talk.heard()

    async with peer(hears) as there, peer(silent) as dumb:
        dumb.url = dumb.url.replace("http:", "https:")
        async with Wire(connections=1) as wire:
            tasks = [*await asking(wire, there, 2), *await asking(wire, dumb, 1)]
            await heard.wait()
            await dumb.until(lambda peer: peer.open == 1)
        failed = await asyncio.gather(*tasks, return_exceptions=True)
        assert [one.written for one in failed if isinstance(one, Unanswered)] == [True, False, False]
        assert not (await unanswered(wire.ask(request(there)))).written
        await there.until(lambda peer: not peer.open)
        await dumb.until(lambda peer: not peer.open)
        assert there.came == dumb.came == 1


async def test_opened_again_it_is_as_new() -> None:
    wire = Wire(kept_alive=0.1)
    async with peer(answers(OK)) as there:
        for _ in range(2):
            async with wire:
                assert (await wire.ask(request(there))).body == b"ok"
                await there.until(lambda peer: not peer.open)


async def test_before_it_is_open_it_refuses() -> None:
    async with peer(answers(OK)) as there:
        assert not (await unanswered(Wire().ask(request(there)))).written
