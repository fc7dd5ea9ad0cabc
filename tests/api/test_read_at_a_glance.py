"""What is read at a glance is what any parser would read; all else is left to one."""

from collections.abc import Iterable

import pytest
from httptools import HttpRequestParser
from hypothesis import given
from hypothesis import strategies as st

from constructor_api.border.direct_http import read_at_a_glance

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
