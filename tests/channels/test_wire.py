"""What goes over the wire, byte for byte, and what is understood of what comes back."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import ApiRequest
from channels.door import Door
from channels.line import Answer, Line, Unanswered
from channels.pool import Patience, Pool
from channels.wire import Wire
from tests.channels.peer import OK, Talk, answers, peer

HEAD = b"HTTP/1.1 200 OK\r\n"


class Case(NamedTuple):
    """An answer, and what it says.  `kept`: the line can be asked again."""

    said: bytes
    status: int = 200
    body: bytes = b""
    kept: bool = True
    ended: bool = False
    """Only the end of the connection ends it."""


UNDERSTOOD = {
    "of a length": Case(HEAD + b"Content-Length: 5\r\n\r\nHello", body=b"Hello"),
    "of no length": Case(HEAD + b"Content-Length: 0\r\n\r\n"),
    "in chunks": Case(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nHel\r\n2;more=yes\r\nlo\r\n0\r\n\r\n", body=b"Hello"
    ),
    "in chunks, with a trailer": Case(
        HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nHello\r\n0\r\nX-After: all\r\n\r\n", body=b"Hello"
    ),
    "to the end of the line": Case(HEAD + b"\r\nHello", body=b"Hello", kept=False, ended=True),
    "coded, to the end of the line": Case(
        HEAD + b"Transfer-Encoding: gzip\r\n\r\nHello", body=b"Hello", kept=False, ended=True
    ),
    "without content": Case(b"HTTP/1.1 204 No Content\r\n\r\n", 204),
    "not modified": Case(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304),
    "after «go on»": Case(b"HTTP/1.1 100 Continue\r\n\r\n" + OK, body=b"ok"),
    "after two hints": Case(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 2 + OK, body=b"ok"),
    "the last on its line": Case(
        HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\nok", body=b"ok", kept=False
    ),
    "of the old HTTP": Case(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", body=b"ok", kept=False),
    "of the old HTTP, kept": Case(
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", body=b"ok"
    ),
    "with more than was asked for": Case(OK + OK, body=b"ok", kept=False),
    "without a reason": Case(b"HTTP/1.1 429 \r\nContent-Length: 0\r\n\r\n", 429),
}
NO_HTTP = {
    "another protocol": b"220 mail.example ESMTP\r\n",
    "zeros": bytes(100),
    "TLS": b"\x15\x03\x03\x00\x02\x02\x28",
    "a length below zero": HEAD + b"Content-Length: -1\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nok",
    "a length and chunks": HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk of no number": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "no status": b"HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n",
    "another protocol from here on": (
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    ),
    "a head without end": HEAD + b"X-Long: " + b"x" * 100_000,
    "headers without end": HEAD + b"X: y\r\n" * 5_000,
    "hints without end": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 5_000,
    "a trailer without end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 5_000,
    "chunks of almost nothing": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + (b"1;" + b"x" * 1_000 + b"\r\n.\r\n") * 3_000
    ),
}  # fmt: skip


def request(url: str, text: str = "Hi") -> ApiRequest:
    return ApiRequest(url=f"{url}/bot1:secret/send?to=5", body=f'"{text}"'.encode())


class Wires(asyncio.Transport):
    """The other end of a line that is fed by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True


def told(pieces: Iterator[bytes], *, ended: bool) -> tuple[Answer | Unanswered | None, bool]:
    """What a line makes of these pieces, and whether it is kept."""
    loop = asyncio.new_event_loop()
    try:
        line, coming = Line(lambda _: None), loop.create_future()
        line.connection_made(Wires())
        line.ask(b"", coming, 0.0)
        for piece in pieces:
            line.data_received(piece)
        if ended:
            line.eof_received()
        return coming.result() if coming.done() else None, line.is_free
    finally:
        loop.close()


def cut(said: bytes, places: list[int]) -> Iterator[bytes]:
    marks = sorted({place % len(said) for place in places} | {0, len(said)})
    return (said[start:end] for start, end in pairwise(marks))


async def test_what_is_asked_is_written_so() -> None:
    heard = []

    async def listening(talk: Talk) -> None:
        while asked := await talk.heard():
            heard.append(asked)
            await talk.say(OK)

    async with peer(listening) as there, Wire() as wire:
        await wire.ask(request(there.url))
        await wire.ask(ApiRequest(url=there.url, method="GET", headers={"X-Key": "é", "Content-Type": "a/b"}))
        host = there.url.removeprefix("http://").encode()
    assert heard == [
        b"POST /bot1:secret/send?to=5 HTTP/1.1\r\nHost: %b\r\nAccept-Encoding: identity\r\n"
        b'Content-Length: 4\r\nContent-Type: application/json\r\n\r\n"Hi"' % host,
        b"GET / HTTP/1.1\r\nHost: %b\r\nAccept-Encoding: identity\r\n"
        b"X-Key: \xe9\r\nContent-Type: a/b\r\n\r\n" % host,
    ]


@pytest.mark.parametrize("case", UNDERSTOOD.values(), ids=UNDERSTOOD)
async def test_an_answer_is_understood_and_its_line_kept_if_it_may_be(case: Case) -> None:
    async def once(talk: Talk) -> None:
        await talk.heard()
        await talk.say(case.said)
        if not case.ended and await talk.heard():
            await talk.say(case.said)

    async with peer(once) as there, Wire(connections=1) as wire:
        for _ in range(2):
            async with asyncio.timeout(60):
                answer = await wire.ask(request(there.url))
            assert (answer.status, answer.body) == (case.status, case.body)
        assert there.came == (1 if case.kept else 2)


@given(st.sampled_from(sorted(UNDERSTOOD)), st.lists(st.integers(0, 200)))
def test_it_makes_no_difference_in_what_pieces_an_answer_comes(name: str, places: list[int]) -> None:
    case = UNDERSTOOD[name]
    answer, kept = told(cut(case.said, places), ended=case.ended)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, kept) == (case.status, case.body, case.kept)


@pytest.mark.parametrize("case", UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_byte_by_byte_it_is_the_same_answer_and_no_part_of_it_is_one(case: Case) -> None:
    whole = case.said.removesuffix(OK) or OK if case.said.endswith(OK + OK) else case.said
    for size in range(len(whole)):
        answer, kept = told(iter(whole[at : at + 1] for at in range(size)), ended=True)
        until_the_body = case.ended and size >= whole.index(b"\r\n\r\n") + 4
        assert isinstance(answer, Answer if until_the_body else Unanswered)
        assert not kept


@pytest.mark.parametrize("said", NO_HTTP.values(), ids=NO_HTTP)
async def test_what_is_no_http_is_no_answer(said: bytes) -> None:
    async with peer(answers(said)) as there, Wire(timeout=60) as wire:
        with pytest.raises(Unanswered) as failed:
            await wire.ask(request(there.url))
        assert failed.value.written
        await there.until(lambda peer: not peer.open)


@pytest.mark.parametrize("said", NO_HTTP.values(), ids=NO_HTTP)
def test_a_line_does_not_stumble_over_it_either(said: bytes) -> None:
    assert isinstance(told(iter([said]), ended=False)[0], Unanswered)


async def test_long_answers_may_come_one_after_the_other() -> None:
    body = b"." * 900_000
    said = HEAD + b"Content-Length: 900000\r\n\r\n" + body
    async with peer(answers(said)) as there, Wire() as wire:
        for _ in range(5):
            assert (await wire.ask(request(there.url))).body == body
        assert there.came == 1


class Porter(Door):
    """Opens lines that are fed by hand."""

    def __init__(self) -> None:
        self.opened: list[Line] = []

    async def open(self, gone: Callable[[Line], None]) -> Line:
        self.opened.append(Line(gone))
        self.opened[-1].connection_made(Wires())
        return self.opened[-1]


async def test_a_line_that_ends_as_it_is_handed_on_is_not_asked() -> None:
    porter = Porter()
    pool = Pool(porter, 1, Patience(60, 60, 60))
    first, second = (asyncio.create_task(pool.ask(b"?")) for _ in range(2))
    await asyncio.sleep(0)
    porter.opened[0].data_received(OK)
    await asyncio.sleep(0)
    assert first.done()
    assert not second.done()
    porter.opened[0].eof_received()
    await asyncio.sleep(0)
    porter.opened[1].data_received(OK)
    assert (await second).body == b"ok"


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=8), st.booleans())
def test_whatever_is_said_it_is_an_answer_or_none(pieces: list[bytes], ended: bool) -> None:
    answer, kept = told(iter([HEAD, *pieces]), ended=ended)
    assert answer is not None or not ended
    assert not (kept and (ended or answer is None))


async def test_names_of_headers_are_in_lower_case_and_the_last_of_several_counts() -> None:
    said = HEAD + b"Retry-After: 1\r\nX-A: \xe9\r\nRETRY-AFTER: 2\r\nContent-Length: 0\r\n\r\n"
    async with peer(answers(said)) as there, Wire() as wire:
        headers = (await wire.ask(request(there.url))).headers
        assert dict(headers) == {"retry-after": "2", "x-a": "é", "content-length": "0"}
        assert len(headers) == 3


@pytest.mark.parametrize(
    "asked",
    [
        {"url": "/x HTTP/1.1\r\nX-Evil: 1"},
        {"url": "/a b"},
        {"url": "/a\tb"},
        {"url": "/ä"},
        {"headers": {"X-A": "1\r\nX-Evil: 1"}},
        {"headers": {"X-A": "1\n"}},
        {"headers": {"X-A": "1\0"}},
        {"headers": {"X-A": "☕"}},
        {"headers": {"X-A: 1\r\nX-Evil": "1"}},
        {"headers": {"": "1"}},
        {"headers": {"content-length": "1"}},
        {"headers": {"Transfer-Encoding": "chunked"}},
        {"headers": {"Host": "elsewhere"}},
        {"method": "GET / HTTP/1.1\r\nX-Evil: 1\r\n\r\nGET"},
        {"method": "HEAD"},
    ],
    ids=str,
)
async def test_what_would_be_another_request_is_refused(asked: dict[str, object]) -> None:
    async with peer(answers(OK)) as there, Wire() as wire:
        asked["url"] = f"{there.url}{asked.get('url', '/')}"
        with pytest.raises(Unanswered) as failed:
            await wire.ask(ApiRequest(**asked))  # type: ignore[arg-type]  # that is what is refused
        assert not failed.value.written
        assert there.came == 0


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://x/", "http://", "http:///x", "http://[::1", "http://x:99999", "http://me:secret@x/"],
)
async def test_what_is_no_address_is_refused(url: str) -> None:
    async with Wire() as wire:
        with pytest.raises(Unanswered, match="not valid") as failed:
            await wire.ask(ApiRequest(url=url))
        assert not failed.value.written


async def test_a_name_with_several_addresses_is_reached_at_the_one_that_listens() -> None:
    async with peer(answers(OK)) as there, Wire() as wire:
        answer = await wire.ask(request(there.url.replace("127.0.0.1", "localhost")))
        assert answer.body == b"ok"
