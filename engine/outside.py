"""Questions to other systems, asked so that a shop cannot reach what only we may reach (SSRF).

Every address that a name resolves to is checked, and the connection goes to the checked one: a name that
resolves to something else the second time changes nothing.  So it is at every redirect, of which a few are
followed within the time of the one question; one that cannot be followed is the answer.
"""

import asyncio
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from socket import AddressFamily, socket

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import AddrInfoType
from msgspec import DecodeError, json
from yarl import URL

from channels.clean import clean
from engine.redirects import MOST_REDIRECTS, Question, sent_on
from flows.json_value import JSON
from flows.requests import HttpRequest

Network = IPv4Network | IPv6Network

MOST_BYTES = 1_000_000

# The special-purpose registries of IANA and what clouds keep beside them; `ipaddress.is_global` of
# Python 3.11 misses 14 of these, so it is not asked.
DENIED: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
        *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("168.63.129.16/32", "224.0.0.0/4", "240.0.0.0/4", "::/96", "::1/128", "64:ff9b::/96"),
        *("64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48"),
        *("3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)


class Denied(OSError):
    """The address is not one that a shop may ask."""


class Outside:
    """Asks over one kept-alive session.  `allowed` networks are exempt from the denial, for tests and
    for whoever runs Botique beside the systems of his own shop."""

    def __init__(self, allowed: Iterable[Network] = ()) -> None:
        self._guard = _Guard(tuple(allowed))
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, request: HttpRequest) -> tuple[int, JSON]:
        """Status and body (JSON where it is, else text).  Status 0: it could not be reached in time."""
        try:
            return await self.reach(request)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return 0, None

    async def reach(self, request: HttpRequest) -> tuple[int, JSON]:
        """As `ask`, for whoever must know why there is no answer.

        Raises Denied, aiohttp.ClientConnectorError: nothing was asked.  Raises TimeoutError, OSError,
        aiohttp.ClientError, ValueError: it may have been.
        """
        asked, followed = _question(request), 0
        async with asyncio.timeout(request.timeout):
            while isinstance(answer := await self._ask(asked, follow=followed < MOST_REDIRECTS), Question):
                asked, followed = answer, followed + 1
        return answer

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(self, asked: Question, *, follow: bool) -> tuple[int, JSON] | Question:
        """The answer, or the question that it sends us on with."""
        self._guard.check_literal(asked.url)
        async with self._open().request(
            asked.method,
            asked.url,
            data=asked.body,
            headers=asked.headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(),
        ) as response:
            location = response.headers.get("Location")
            further = sent_on(asked, response.status, location) if follow else None
            return further or (response.status, _read(await _at_most(response.content, MOST_BYTES)))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=self._guard, use_dns_cache=False, limit=64, socket_factory=self._guard.socket
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session


class _Guard(AbstractResolver):
    def __init__(self, allowed: tuple[Network, ...]) -> None:
        self._allowed = allowed
        self._resolver: AbstractResolver | None = None

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_UNSPEC
    ) -> list[ResolveResult]:
        if self._resolver is None:
            self._resolver = aiohttp.ThreadedResolver()
        found = await self._resolver.resolve(host, port, family)
        for one in found:
            self._check(one["host"])
        return found

    async def close(self) -> None:
        if self._resolver is not None:
            await self._resolver.close()

    def check_literal(self, url: URL) -> None:
        """Raises Denied for an address that is no web address, or a number that is denied.

        It must see the host as the session will: digits of other scripts are made plain ones by then.
        """
        host = url.raw_host
        if url.scheme not in ("http", "https") or not host or "@" in url.raw_authority:
            raise Denied(f"{url.scheme or 'no'} address")
        try:
            ip_address(host.partition("%")[0])
        except ValueError:
            return  # a name: `resolve` checks what it stands for
        self._check(host)

    def socket(self, address: AddrInfoType) -> socket:
        """What is dialled in the end, however it came to be.  Raises Denied."""
        family, kind, protocol, _, (host, *_) = address
        self._check(str(host))
        return socket(family, kind, protocol)

    def _check(self, host: str) -> None:
        address = ip_address(host.partition("%")[0])
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if any(address in network for network in self._allowed):
            return
        if any(address in network for network in DENIED):
            raise Denied(str(address))


def _question(request: HttpRequest) -> Question:
    body = None if request.body is None else json.encode(request.body)
    headers = {"Accept-Encoding": "identity", **request.headers}
    if body is not None:
        headers = {"Content-Type": "application/json", **headers}
    return Question(request.method, URL(request.url), headers, body)


async def _at_most(content: aiohttp.StreamReader, most: int) -> bytes:
    raw = bytearray()
    async for chunk in content.iter_chunked(65_536):
        raw += chunk
        if len(raw) > most:
            raise ValueError(f"an answer of more than {most} bytes")
    return bytes(raw)


def _read(raw: bytes) -> JSON:
    """JSON where it is, else text; either such as can be kept and sent on."""
    try:
        value: JSON = json.decode(raw)
        return _clean(value) if b"\\u0000" in raw else value
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return clean(raw.decode("utf-8", "replace"))


def _clean(value: JSON) -> JSON:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {clean(name): _clean(one) for name, one in value.items()}
    return value
