"""Webhook calls that are answered out of the parser: nobody can tell them from the others."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest
from structlog.testing import capture_logs

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
