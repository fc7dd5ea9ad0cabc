"""Whoever sends without end is sent away, and nobody else notices."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from constructor_api import hooks
from constructor_api.border import bounded_http
from constructor_api.border import guard as border
from tests.api.partner import Partner

ASKED = b"GET /health HTTP/1.1\r\nHost: x\r\n"


class Wire:
    """A connection on which one may write whatever one likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def rest(self) -> bytes:
        """All that comes until the other side closes."""
        async with asyncio.timeout(60):
            return await self.reader.read()


@pytest.fixture
async def wire(anyone: Partner) -> AsyncIterator[Wire]:
    port = int(anyone.address.rpartition(":")[2])
    wire = Wire(*await asyncio.open_connection("127.0.0.1", port))
    yield wire
    wire.writer.close()


HEADS = {
    "one header": [ASKED, b"X: ", *[b"x" * 60_000] * 20],
    "many headers": [ASKED, *[b"X: y\r\n" * 10_000] * 20],
    "an address": [b"GET /", *[b"x" * 60_000] * 20],
    "empty lines": [b"\r\n" * 30_000] * 20,
    "a second request": [ASKED, b"\r\n", ASKED, b"X: ", *[b"x" * 60_000] * 20],
}


@pytest.mark.parametrize("parts", HEADS.values(), ids=HEADS)
async def test_a_head_without_end_is_cut_off(wire: Wire, parts: list[bytes]) -> None:
    with pytest.raises((ConnectionError, EOFError)):  # noqa: PT012 - where it breaks is up to the network
        await wire.send(*parts)
        answer = await wire.rest()
        raise EOFError if answer == b"" or b" 400 " in answer else AssertionError(answer)


CHUNKED = b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
LINES = b"".join(b"X-%d: y\r\n" % n for n in range(5_000))
ENDINGS = {
    "many trailers": [b"1\r\n{\r\n0\r\n", *[LINES] * 40],
    "one trailer": [b"1\r\n{\r\n0\r\nX: ", *[b"x" * 60_000] * 40],
    "the size of a chunk": [b"1\r\n{\r\n1;", *[b"x" * 60_000] * 40],
}


@pytest.mark.parametrize("path", [b"/api/auth/login/", b"/hooks/1/1/"])
@pytest.mark.parametrize("parts", ENDINGS.values(), ids=ENDINGS)
async def test_a_body_that_ends_without_end_is_cut_off(wire: Wire, parts: list[bytes], path: bytes) -> None:
    with pytest.raises((ConnectionError, EOFError)):  # noqa: PT012 - where it breaks is up to the network
        await wire.send(CHUNKED % path, *parts)
        answer = await wire.rest()
        raise EOFError if answer == b"" or b" 400 " in answer else AssertionError(answer)


async def test_large_chunks_are_no_ending(wire: Wire) -> None:
    chunk = b"%x\r\n" % 400_000 + b"x" * 400_000 + b"\r\n"
    await wire.send(CHUNKED % b"/api/auth/login/", chunk, chunk, b"0\r\nX: y\r\n\r\n")
    assert (await wire.reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 415 ")


TRICKLES = {"nothing": b"", "half a head": ASKED, "empty lines after an answer": ASKED + b"\r\n"}


@pytest.mark.parametrize("first", TRICKLES.values(), ids=TRICKLES)
async def test_who_never_comes_to_the_point_is_sent_away(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, first: bytes
) -> None:
    monkeypatch.setattr(bounded_http, "HEAD_SECONDS", 0.2)
    await wire.send(ASKED + b"\r\n")
    await wire.reader.readuntil(b"\r\n\r\n")
    await wire.send(b"\r\n", first)
    assert b" 500 " not in await wire.rest()


@pytest.mark.parametrize("begun", [b"", b"{"], ids=["nothing of it", "a part of it"])
@pytest.mark.parametrize("path", [b"/api/auth/login/", b"/hooks/1/1/", b"/hooks/1/1/?x"])
async def test_a_body_that_does_not_come_is_not_waited_for(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, path: bytes, begun: bytes
) -> None:
    monkeypatch.setattr(border, "BODY_SECONDS", 0.1)
    monkeypatch.setattr(hooks, "AT_ONCE_SECONDS", 0.1)
    await wire.send(b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n%b" % (path, begun))
    assert (await wire.rest()).startswith(b"HTTP/1.1 408 ")


async def test_who_sends_too_much_and_reads_only_then_learns_why(wire: Wire) -> None:
    head = b"POST /api/shop/products/import/?shop_id=1 HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n"
    await wire.send(head, b"Content-Length: 15000000\r\n\r\n", *[b"x" * 100_000] * 150)
    assert (await wire.rest()).startswith(b"HTTP/1.1 413 ")


async def test_a_visitor_has_not_much_to_send(anyone: Partner) -> None:
    body = b"[" + b"[]," * 5_000 + b"0]"
    refused = await anyone.ask(
        "POST", "/widget/1/1/session/", data=body, headers={"content-type": "application/json"}
    )
    assert (refused.status, refused.body["code"]) == (413, "too_large")
