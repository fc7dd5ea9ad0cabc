"""What a shop's flow may ask of the outside, and what it may not reach."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from engine.outside import MOST_BYTES, Outside
from flows.requests import HttpRequest

LOOPBACK = (ip_network("127.0.0.0/8"),)

DENIED_ADDRESSES = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://0.0.0.0:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f.1:{port}/",
    "http://127.1:{port}/",
    "http://017700000001:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://localhost.:{port}/",
    "http://2130706433.:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://\uff11\uff12\uff17.0.0.1:{port}/",
    "http://127\u30020\u30020\u30021:{port}/",
    "http://\u246b7.0.0.1:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://user:pass@127.0.0.1:{port}/",
    "http://:pass@127.0.0.1:{port}/",
    "http://shop.example\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@shop.example/",
    "http://169.254.169.254/latest/meta-data/",
    "http://168.63.129.16/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "ftp://127.0.0.1/",
    "//127.0.0.1:{port}/",
    "",
    "http://",
    "http://[",
]


class Neighbour:
    """A server on this machine that counts who reached it."""

    def __init__(self) -> None:
        self.reached: list[web.Request] = []
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        self.server = TestServer(app, host="127.0.0.1")

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.reached.append(request)
        match request.path:
            case "/json":
                return web.json_response({"price": 5, "sent": await request.text()})
            case "/large":
                return web.Response(body=b"x" * (MOST_BYTES + 1))
            case "/failing":
                return web.Response(status=503, text="later")
        return web.Response(text="plain")

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.port}{path}"


@pytest.fixture
async def neighbour() -> AsyncIterator[Neighbour]:
    it = Neighbour()
    await it.server.start_server()
    yield it
    await it.server.close()


@pytest.fixture
async def allowed() -> AsyncIterator[Outside]:
    outside = Outside(LOOPBACK)
    yield outside
    await outside.close()


@pytest.mark.parametrize("address", DENIED_ADDRESSES)
async def test_no_spelling_of_a_private_address_is_dialled(neighbour: Neighbour, address: str) -> None:
    outside = Outside()
    url = address.format(port=neighbour.server.port)
    assert await outside.ask(HttpRequest("GET", url, timeout=2)) == (0, None)
    assert neighbour.reached == []
    await outside.close()


async def test_json_comes_back_as_json_and_what_was_asked_goes_out(
    neighbour: Neighbour, allowed: Outside
) -> None:
    request = HttpRequest("POST", neighbour.url("/json"), {"X-Key": "k"}, {"q": [1, None]})
    assert await allowed.ask(request) == (200, {"price": 5, "sent": '{"q":[1,null]}'})
    assert neighbour.reached[0].headers["X-Key"] == "k"


@pytest.mark.parametrize(
    ("path", "answer"), [("/", (200, "plain")), ("/failing", (503, "later")), ("/large", (0, None))]
)
async def test_every_other_answer_is_text_a_status_or_nothing(
    neighbour: Neighbour, allowed: Outside, path: str, answer: tuple[int, object]
) -> None:
    assert await allowed.ask(HttpRequest("GET", neighbour.url(path))) == answer


async def test_nobody_there_is_status_zero(allowed: Outside) -> None:
    assert await allowed.ask(HttpRequest("GET", "http://127.0.0.1:1/", timeout=2)) == (0, None)
