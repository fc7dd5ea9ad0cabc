"""Over TLS it is the same wire, and who is not who he should be is not asked."""

import asyncio
import ssl
from pathlib import Path

import pytest

from channels.base import ApiRequest
from channels.line import Unanswered
from channels.wire import Wire
from tests.channels.peer import OK, Peer, Talk, answers, certified, peer, silent

Certificates = tuple[ssl.SSLContext, ssl.SSLContext]


@pytest.fixture
def shop(tmp_path: Path) -> Certificates:
    return certified(tmp_path, "localhost")


def request(there: Peer) -> ApiRequest:
    return ApiRequest(url=there.url.replace("127.0.0.1", "localhost"))


async def test_lines_are_shared_and_kept(shop: Certificates) -> None:
    shown, trust = shop
    async with peer(answers(OK), tls=shown) as there, Wire(trust=trust, connections=2) as wire:
        found = await asyncio.gather(*(wire.ask(request(there)) for _ in range(50)))
        assert [answer.body for answer in found] == [b"ok"] * 50
        assert there.came == 2
        assert there.open == 2
    await there.until(lambda peer: not peer.open)


async def test_a_long_question_and_a_long_answer_arrive_whole(shop: Certificates) -> None:
    shown, trust = shop
    body = b"." * 900_000

    async def repeats(talk: Talk) -> None:
        while asked := await talk.heard():
            said = asked.partition(b"\r\n\r\n")[2]
            await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(said), said))

    async with peer(repeats, tls=shown) as there, Wire(trust=trust) as wire:
        for _ in range(3):
            asked = ApiRequest(url=request(there).url, body=body)
            assert (await wire.ask(asked)).body == body
        assert there.came == 1


async def test_a_line_that_ends_or_hangs_leaves_it_open_whether_it_was_heard(shop: Certificates) -> None:
    async def falters(talk: Talk) -> None:
        await talk.heard()
        await talk.say(OK)
        await talk.heard()
        if talk.number == 2:
            await silent(talk)

    shown, trust = shop
    async with peer(falters, tls=shown) as there, Wire(timeout=2.0, trust=trust) as wire:
        for _ in range(2):
            assert (await wire.ask(request(there))).body == b"ok"
            with pytest.raises(Unanswered) as failed:
                await wire.ask(request(there))
            assert failed.value.written
        await there.until(lambda peer: peer.came == 2 and not peer.open)


async def test_closing_ends_a_question_that_is_open(shop: Certificates) -> None:
    heard = asyncio.Event()

    async def hears(talk: Talk) -> None:
        await talk.heard()
        heard.set()
        await talk.heard()

    shown, trust = shop
    async with peer(hears, tls=shown) as there:
        async with Wire(trust=trust) as wire:
            asked = asyncio.create_task(wire.ask(request(there)))
            await heard.wait()
        with pytest.raises(Unanswered) as failed:
            await asked
        assert failed.value.written
        await there.until(lambda peer: not peer.open)


@pytest.mark.parametrize("trusted", [True, False])
async def test_who_is_not_who_he_should_be_is_not_asked(trusted: bool, tmp_path: Path) -> None:
    """He is at an address, and only his name is certified; or it is by nobody whom we know."""
    shown, trust = certified(tmp_path, "localhost")
    heard = []

    async def listening(talk: Talk) -> None:
        heard.append(await talk.heard())

    async with peer(listening, tls=shown) as there, Wire(trust=trust if trusted else None) as wire:
        with pytest.raises(Unanswered, match="the certificate cannot be trusted") as failed:
            await wire.ask(ApiRequest(url=there.url))
        assert not failed.value.written
    assert not any(heard)
