"""Where another system sends a question on to, and what of the question goes along."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any, NamedTuple

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from engine.outside import Outside
from engine.redirects import Question, sent_on
from flows.json_value import JSON
from flows.requests import HttpRequest

ONLY_HERE = (ip_network("127.0.0.1/32"),)
"""127.0.0.2 is this machine as well, and denied."""
SECRETS = dict.fromkeys(
    (
        *("Authorization", "Cookie", "Proxy-Authorization", "X-Api-Key", "X-Auth-Token", "api_secret"),
        *("X-CSRF", "X-Amz-Security-Token", "X-Signature", "Session-Id", "X-PASSWORD"),
    ),
    "s",
)
HARMLESS = {"Accept-Language": "de", "X-Shop": "cafe"}
BODY: JSON = {"q": 1}


class Asked(NamedTuple):
    path: str
    method: str
    body: str
    headers: dict[str, str]


class Signpost:
    """A server that sends on with the status and to the place that the address names."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.asked: list[Asked] = []
        self.held = asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self.server = TestServer(app, host=host)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.port}{path}"

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.text()
        self.asked.append(Asked(request.path, request.method, body, dict(request.headers)))
        match request.path:
            case "/on":
                status, to = int(request.query["as"]), request.query.get("to")
                return web.Response(status=status, headers={} if to is None else {"Location": to}, text="on")
            case "/loop":
                return web.Response(status=302, headers={"Location": "/loop"}, text="loop")
            case "/slow":
                await self.held.wait()
        return web.Response(text="arrived")


@pytest.fixture
async def here() -> AsyncIterator[Signpost]:
    it = Signpost()
    await it.server.start_server()
    yield it
    it.held.set()
    await it.server.close()


@pytest.fixture
async def elsewhere() -> AsyncIterator[Signpost]:
    """Another port is another place."""
    it = Signpost()
    await it.server.start_server()
    yield it
    it.held.set()
    await it.server.close()


@pytest.fixture
async def hidden() -> AsyncIterator[Signpost]:
    """A server at an address that is denied."""
    it = Signpost("127.0.0.2")
    await it.server.start_server()
    yield it
    await it.server.close()


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    it = Outside(ONLY_HERE)
    yield it
    await it.close()


def by(*places: str, status: int = 302) -> str:
    """A path that leads by way of `places`, each as an address of its own."""
    *before, last = places
    for place in reversed([*before]):
        last = str(URL(place).update_query({"as": str(status), "to": last}))
    return str(URL("/on").with_query({"as": str(status), "to": last}))


METHODS = [
    ("GET", 301, "GET"),
    ("GET", 302, "GET"),
    ("GET", 303, "GET"),
    ("GET", 307, "GET"),
    ("GET", 308, "GET"),
    ("POST", 301, "GET"),
    ("POST", 302, "GET"),
    ("POST", 303, "GET"),
    ("POST", 307, "POST"),
    ("POST", 308, "POST"),
    ("PUT", 301, "PUT"),
    ("PUT", 302, "PUT"),
    ("PUT", 303, "GET"),
    ("PUT", 307, "PUT"),
    ("DELETE", 302, "DELETE"),
    ("DELETE", 303, "GET"),
    ("PATCH", 308, "PATCH"),
]


@pytest.mark.parametrize(("method", "status", "then"), METHODS)
async def test_method_and_body_go_along_where_the_status_says_so(
    here: Signpost, outside: Outside, method: Any, status: int, then: str
) -> None:
    body = None if method == "GET" else BODY
    request = HttpRequest(method, here.url(by("/there", status=status)), SECRETS | HARMLESS, body)
    assert await outside.ask(request) == (200, "arrived")
    _, arrived = here.asked
    assert (arrived.path, arrived.method) == ("/there", then)
    kept = body is not None and then == method
    assert arrived.body == ('{"q":1}' if kept else "")
    assert ("Content-Type" in arrived.headers) == kept
    # At the same place it is the same one who asks.
    assert arrived.headers.items() >= (SECRETS | HARMLESS).items()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_credentials_stay_behind_when_the_port_changes(
    here: Signpost, elsewhere: Signpost, outside: Outside, status: int
) -> None:
    url = here.url(by(elsewhere.url("/there"), status=status))
    assert await outside.ask(HttpRequest("GET", url, SECRETS | HARMLESS)) == (200, "arrived")
    [arrived] = elsewhere.asked
    assert not arrived.headers.keys() & SECRETS.keys()
    assert arrived.headers.items() >= HARMLESS.items()
    assert arrived.headers["Host"] == f"127.0.0.1:{elsewhere.server.port}"


async def test_credentials_that_stayed_behind_do_not_come_back(
    here: Signpost, elsewhere: Signpost, outside: Outside
) -> None:
    back = elsewhere.url(by(here.url("/there")))
    assert await outside.ask(HttpRequest("GET", here.url(by(back)), SECRETS)) == (200, "arrived")
    assert not here.asked[-1].headers.keys() & SECRETS.keys()


@pytest.mark.parametrize(
    ("at", "to", "kept"),
    [
        ("https://a.example/", "https://a.example/b", True),
        ("https://a.example/", "https://A.EXAMPLE:443/b", True),
        ("http://a.example/", "https://a.example/", False),
        ("https://a.example/", "https://b.example/", False),
        ("https://a.example/", "https://a.example./", False),
        ("https://a.example/", "https://x.a.example/", False),
        ("https://a.example/", "//b.example/", False),
        ("https://a.example/", "https://a.example:8443/", False),
    ],
)
def test_credentials_go_along_to_the_same_scheme_host_and_port_only(at: str, to: str, kept: bool) -> None:
    asked = Question("GET", URL(at), SECRETS | HARMLESS, None)
    further = sent_on(asked, 302, to)
    assert further is not None
    assert further.headers == (SECRETS | HARMLESS if kept else HARMLESS)


UNFOLLOWED = {
    "no address": ("/on?as=302", 302, "on"),
    "an empty address": ("/on?as=302&to=", 302, "on"),
    "an address that cannot be read": ("/on?as=302&to=http://[", 302, "on"),
    "a port that is none": ("/on?as=302&to=http://127.0.0.1:99999/", 302, "on"),
    "a script": ("/on?as=302&to=javascript:alert(1)", 302, "on"),
    "a file": ("/on?as=302&to=file:///etc/passwd", 302, "on"),
    "several choices": ("/on?as=300&to=/there", 300, "on"),
    "a proxy": ("/on?as=305&to=/there", 305, "on"),
    "a success with an address": ("/on?as=201&to=/there", 201, "on"),
    "a loop": ("/loop", 302, "loop"),
}


@pytest.mark.parametrize(("path", "status", "body"), UNFOLLOWED.values(), ids=UNFOLLOWED)
async def test_what_cannot_be_followed_is_the_answer(
    here: Signpost, outside: Outside, path: str, status: int, body: str
) -> None:
    assert await outside.ask(HttpRequest("GET", here.url(path))) == (status, body)
    assert len(here.asked) == (4 if path == "/loop" else 1)


DENIED = [
    "http://127.0.0.2:{port}/there",
    "//127.0.0.2:{port}/there",
    "http://2130706434:{port}/there",
    "http://0177.0.0.2:{port}/there",
    "http://0x7f.2:{port}/there",
    "http://\uff11\uff12\uff17.0.0.2:{port}/there",
    "http://127.0.0.2.:{port}/there",
    "http://[::1]:{port}/there",
    "http://[::ffff:127.0.0.2]:{port}/there",
    "http://user:pass@127.0.0.1:{port}/there",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://0.0.0.0:{port}/there",
    "ftp://127.0.0.1:{port}/there",
    "gopher://127.0.0.1:{port}/there",
]


@pytest.mark.parametrize("places", [1, 2, 3])
@pytest.mark.parametrize("address", DENIED)
async def test_a_denied_address_is_not_dialled_behind_a_redirect_either(
    here: Signpost, hidden: Signpost, outside: Outside, address: str, places: int
) -> None:
    denied = address.format(port=hidden.server.port)
    stops = [here.url("/on")] * (places - 1)
    assert await outside.ask(HttpRequest("GET", here.url(by(*stops, denied)))) == (0, None)
    assert [one.path for one in here.asked] == ["/on"] * places
    assert hidden.asked == []


@pytest.mark.parametrize(
    ("places", "answer"), [(1, (200, "arrived")), (3, (200, "arrived")), (4, (302, "on"))]
)
async def test_three_redirects_are_followed_and_a_fourth_is_the_answer(
    here: Signpost, outside: Outside, places: int, answer: tuple[int, str]
) -> None:
    stops = [here.url("/on")] * (places - 1)
    assert await outside.ask(HttpRequest("GET", here.url(by(*stops, here.url("/there"))))) == answer
    assert len(here.asked) == (4 if places == 4 else places + 1)


def test_nothing_leads_from_a_safe_line_to_an_open_one() -> None:
    asked = Question("GET", URL("https://a.example/"), {}, None)
    assert sent_on(asked, 302, "http://a.example/") is None
    assert sent_on(asked, 302, "//a.example/x") == asked._replace(url=URL("https://a.example/x"))


async def test_the_time_of_a_question_is_for_all_of_its_redirects(here: Signpost, outside: Outside) -> None:
    request = HttpRequest("GET", here.url(by("/slow")), timeout=0.2)
    assert await outside.ask(request) == (0, None)
    assert [one.path for one in here.asked] == ["/on", "/slow"]


async def test_a_dialled_address_is_checked_however_it_came_to_be(
    hidden: Signpost, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside._guard, "check_literal", lambda url: None)
    url = f"http://127.0.0.2:{hidden.server.port}/there"
    assert await outside.ask(HttpRequest("GET", url)) == (0, None)
    assert hidden.asked == []
