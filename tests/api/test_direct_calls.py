"""Webhook calls that are answered out of the parser: nobody can tell them from the others."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from httptools import HttpRequestParser
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from constructor_api.border.direct_http import read_at_a_glance
from engine.runtime import Engine
from engine.store.unit import Database
from tests.api.floor import COFFEE, hook, launch, publish, update
from tests.api.partner import Partner


@dataclass
class Line:
    """A connection to the door, and what a call to the bot looks like on it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    path: str
    secret: str

    def call(self, body: bytes, *headers: str, version: str = "1.1") -> bytes:
        head = [
            f"POST {self.path} HTTP/{version}",
            "Host: x",
            "Content-Type: application/json",
            f"X-Telegram-Bot-Api-Secret-Token: {self.secret}",
            *headers,
        ]
        if not any(header.startswith("Transfer-Encoding") for header in headers):
            head.append(f"Content-Length: {len(body)}")
        return "\r\n".join((*head, "", "")).encode() + body

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], Any]:
        async with asyncio.timeout(60):
            head = await self.reader.readuntil(b"\r\n\r\n")
            status, *lines = head.decode().split("\r\n")[:-2]
            headers = dict(line.lower().split(": ", 1) for line in lines)
            body = await self.reader.readexactly(int(headers["content-length"]))
        return int(status.split()[1]), headers, json.loads(body)

    async def rest(self) -> bytes:
        """All that comes until the other side closes."""
        async with asyncio.timeout(60):
            return await self.reader.read()


@pytest.fixture
async def line(ann: Partner, shop_id: int, engine: Engine) -> Line:
    """To a bot that is launched, with its connection at hand: the next call is a direct one."""
    await publish(ann, shop_id, COFFEE)
    bot = await launch(ann, shop_id)
    assert (await hook(ann, engine, bot, update(7, "/start"))).status == 200
    kept = await engine.connections.of(shop_id, bot["id"])
    port = int(ann.address.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    return Line(reader, writer, f"/hooks/{shop_id}/{bot['id']}/", kept.secret)


def said(text: str, user: int = 7) -> bytes:
    return json.dumps(update(user, text)).encode()


async def heard(database: Database) -> list[str]:
    rows = await database.pool.fetch(
        "SELECT body->>'text' AS text FROM message WHERE direction = 1 AND body->>'it' = 'said' ORDER BY seq"
    )
    return [row["text"] for row in rows]


async def test_many_calls_go_over_one_connection(line: Line, database: Database) -> None:
    for word in ("one", "two", "three"):
        await line.send(line.call(said(word)))
        status, headers, body = await line.answer()
        assert (status, body) == (200, {"ok": True})
        assert headers["content-type"] == "application/json"
        assert "connection" not in headers
    assert await heard(database) == ["one", "two", "three"]
    line.writer.close()


async def test_a_call_in_pieces_is_the_same_call(line: Line, ann: Partner, database: Database) -> None:
    call = line.call(said("pieces"))
    body = len(call) - len(said("pieces")) + 10
    for n, cut in enumerate((1, 20, call.index(b"\r\n\r\n"), call.index(b"\r\n\r\n") + 4, body)):
        word = f"pieces{n}"
        whole = line.call(said(word))
        await line.send(whole[:cut])
        # What is answered later was read later: the first piece stood alone.
        assert (await ann.ask("GET", "/health")).status == 200
        await line.send(whole[cut:])
        assert (await line.answer())[0] == 200
    assert await heard(database) == [f"pieces{n}" for n in range(5)]
    line.writer.close()


async def test_a_body_in_chunks_is_taken(line: Line, database: Database) -> None:
    body = said("chunks")
    chunked = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:9], body[9:])) + b"0\r\n\r\n"
    await line.send(line.call(chunked, "Transfer-Encoding: chunked"))
    assert (await line.answer())[0] == 200
    assert await heard(database) == ["chunks"]
    line.writer.close()


@pytest.mark.parametrize(
    ("version", "headers"), [("1.1", ["Connection: close"]), ("1.0", [])], ids=["asked to", "an old client"]
)
async def test_the_connection_is_closed_where_the_caller_wants_it(
    line: Line, version: str, headers: list[str]
) -> None:
    await line.send(line.call(said("bye"), *headers, version=version))
    status, told, _ = await line.answer()
    assert (status, told["connection"]) == (200, "close")
    assert await line.rest() == b""
    line.writer.close()


async def test_calls_that_come_together_are_answered_in_their_order(line: Line, database: Database) -> None:
    await line.send(line.call(said("first")) + line.call(said("second")))
    assert [(await line.answer())[0] for _ in range(2)] == [200, 200]
    assert await heard(database) == ["first", "second"]
    line.writer.close()


async def test_a_call_sent_ahead_of_the_answer_is_left_to_be_sent_again(
    line: Line, ann: Partner, database: Database
) -> None:
    async with database.connection() as connection, connection.transaction():
        await connection.execute("LOCK TABLE bot_user IN EXCLUSIVE MODE")  # the first one waits
        for word in ("first", "second"):
            await line.send(line.call(said(word)))
            assert (await ann.ask("GET", "/health")).status == 200  # by now it has been read
    assert (await line.answer())[0] == 200
    assert await line.rest() == b""
    assert await heard(database) == ["first"]
    line.writer.close()


async def test_other_requests_share_the_connection(line: Line) -> None:
    await line.send(line.call(said("before")))
    assert (await line.answer())[0] == 200
    await line.send(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await line.answer())[2] == {"status": "ok"}
    await line.send(line.call(said("after")))
    assert (await line.answer())[0] == 200
    line.writer.close()


async def test_who_waits_for_leave_to_send_gets_it(line: Line, database: Database) -> None:
    body = said("may I")
    await line.send(line.call(body, "Expect: 100-continue")[: -len(body)])
    async with asyncio.timeout(60):
        assert await line.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    await line.send(body)
    assert (await line.answer())[0] == 200
    assert await heard(database) == ["may I"]
    line.writer.close()


@pytest.mark.parametrize(
    ("change", "status"),
    [(("Token: ", "Token: not"), 401), (("POST", "GET"), 405), (("/hooks/", "/hooks/9"), 401)],
    ids=["a wrong secret", "a wrong method", "another bot"],
)
async def test_what_is_refused_is_refused_as_ever(
    line: Line, database: Database, change: tuple[str, str], status: int
) -> None:
    wrong = line.call(said("no")).decode().replace(*change, 1).encode()
    await line.send(wrong)
    found, _, body = await line.answer()
    assert (found, body["status"]) == (status, "error")
    assert await heard(database) == []
    line.writer.close()


async def test_a_call_during_an_outage_is_put_off(line: Line, database: Database) -> None:
    await database.pool.execute("ALTER TABLE bot_user RENAME TO elsewhere")
    try:
        with capture_logs() as logs:
            await line.send(line.call(said("later")))
            status, headers, body = await line.answer()
    finally:
        await database.pool.execute("ALTER TABLE elsewhere RENAME TO bot_user")
    assert (status, body["code"]) == (503, "unavailable")
    assert int(headers["retry-after"]) >= 1
    told = [
        (one["event"], f"/hooks/{one['shop']}/{one['bot']}/") for one in logs if "webhook" in one["event"]
    ]
    assert told == [("webhook failed", line.path), ("webhook put off", line.path)]
    line.writer.close()


async def test_a_caller_that_goes_away_is_heard_all_the_same(
    line: Line, engine: Engine, database: Database
) -> None:
    await line.send(line.call(said("gone")))
    line.writer.close()
    async with asyncio.timeout(60):
        while await heard(database) != ["gone"]:
            await engine.reception.finish()


CALL = (
    b"POST /hooks/1/2/ HTTP/1.1\r\nHost: bots.example\r\nContent-Type: application/json\r\n"
    b"X-Telegram-Bot-Api-Secret-Token: s\r\nContent-Length: 2\r\n\r\n{}"
)


def test_a_plain_call_is_read_at_a_glance() -> None:
    call = read_at_a_glance(CALL)
    assert call is not None
    assert (call.path, call.body) == ("/hooks/1/2/", b"{}")
    assert call.headers["x-telegram-bot-api-secret-token"] == "s"


UNUSUAL = {
    "nothing": b"",
    "half a head": CALL[:40],
    "half a body": CALL[:-1],
    "more than its body": CALL + b"P",
    "a query": CALL.replace(b"/2/ ", b"/2/?a=b "),
    "an escaped path": CALL.replace(b"/1/", b"/%31/"),
    "a whole address": CALL.replace(b"POST ", b"POST http://bots.example"),
    "another method": CALL.replace(b"POST", b"PUT"),
    "an old version": CALL.replace(b"HTTP/1.1", b"HTTP/1.0"),
    "a leading line": b"\r\n" + CALL,
    "lines that end in LF": CALL.replace(b"\r\n", b"\n"),
    "a bare LF in a header": CALL.replace(b"bots.example", b"bots\nX: y"),
    "a bare CR in a header": CALL.replace(b"bots.example", b"bots\rX: y"),
    "NUL in a header": CALL.replace(b"bots.example", b"bots\0"),
    "no ASCII in a header": CALL.replace(b"bots.example", "\u0431".encode()),
    "a folded header": CALL.replace(b"Host: bots.example", b"Host: bots\r\n .example"),
    "a space before the colon": CALL.replace(b"Host:", b"Host :"),
    "no space after the colon": CALL.replace(b"Host: ", b"Host:"),
    "no host": CALL.replace(b"Host: bots.example\r\n", b""),
    "no length": CALL.replace(b"Content-Length: 2\r\n", b""),
    "two lengths": CALL.replace(b"Host", b"Content-Length: 2\r\nHost"),
    "two secrets": CALL.replace(b"Host", b"X-Telegram-Bot-Api-Secret-Token: s\r\nHost"),
    "a signed length": CALL.replace(b"Length: 2", b"Length: +2"),
    "a length with a space": CALL.replace(b"Length: 2", b"Length: 2 "),
    "chunks": CALL.replace(b"Content-Length: 2", b"Transfer-Encoding: chunked"),
    "chunks and a length": CALL.replace(b"Host", b"Transfer-Encoding: chunked\r\nHost"),
    "a wish to be asked": CALL.replace(b"Host", b"Expect: 100-continue\r\nHost"),
    "a wish to close": CALL.replace(b"Host", b"Connection: close\r\nHost"),
    "a wish to speak otherwise": CALL.replace(b"Host", b"Connection: Upgrade\r\nUpgrade: h2c\r\nHost"),
    "a packed body": CALL.replace(b"Host", b"Content-Encoding: gzip\r\nHost"),
}


@pytest.mark.parametrize("data", UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_unusual_is_left_to_the_parser(data: bytes) -> None:
    assert read_at_a_glance(data) is None


def _bare(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: value.strip() for name, value in headers}


class Parsed:
    """A request as the parser reads it; `whole` how many."""

    def __init__(self, data: bytes) -> None:
        self.url = self.body = b""
        self.headers: list[tuple[str, str]] = []
        self.whole = 0
        parser = HttpRequestParser(self)
        parser.feed_data(data)
        self.method = parser.get_method()

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.decode("ascii").lower(), value.decode("ascii")))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.whole += 1


PIECES = st.sampled_from(
    [
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b"\t",
        b":",
        b": ",
        b"\0",
        b"0",
        b"2",
        b"Content-Length: 2",
        b"{}",
        b"a",
        b"\x80",
        b"Connection: keep-alive\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"X: ",
        b"/",
        b"-",
    ]
)


@given(st.lists(st.tuples(st.integers(0, len(CALL)), st.integers(0, 3), PIECES), max_size=4))
def test_what_is_read_at_a_glance_the_parser_reads_alike(changes: list[tuple[int, int, bytes]]) -> None:
    data = CALL
    for at, gone, piece in changes:
        data = data[:at] + piece + data[at + gone :]
    call = read_at_a_glance(data)
    if call is None:
        return
    parsed = Parsed(data)
    assert (parsed.method, parsed.whole, parsed.body) == (b"POST", 1, call.body)
    assert parsed.url.decode("ascii") == call.path
    # The parser takes off most of the spaces behind a value, though not all.
    assert _bare(call.headers.items()) == _bare(parsed.headers)


async def test_what_follows_a_request_that_was_answered_early_is_no_call(
    line: Line, database: Database
) -> None:
    inside = line.call(said("smuggled"))
    head = f"POST {line.path}none HTTP/1.1\r\nHost: x\r\nContent-Length: {len(inside)}\r\n\r\n"
    await line.send(head.encode())
    await line.send(inside)
    assert (await line.answer())[0] == 404
    await line.send(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    rest = await line.rest()
    assert rest.count(b"HTTP/1.1 ") == 1
    assert await heard(database) == []
    line.writer.close()
