"""Questions to other systems, asked so that a shop cannot reach what only we may reach (SSRF).

Every address that a name resolves to is checked, and the connection goes to the checked one: a name that
resolves to something else the second time changes nothing.  Redirects are not followed.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from socket import AddressFamily
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec import DecodeError, json

from channels.clean import clean
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
            return await self._ask(request)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return 0, None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(self, request: HttpRequest) -> tuple[int, JSON]:
        self._guard.check_literal(request.url)
        body = None if request.body is None else json.encode(request.body)
        headers = {"Accept-Encoding": "identity", **request.headers}
        if body is not None:
            headers = {"Content-Type": "application/json", **headers}
        async with self._open().request(
            request.method,
            request.url,
            data=body,
            headers=headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=request.timeout),
        ) as response:
            return response.status, _read(await _at_most(response.content, MOST_BYTES))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(resolver=self._guard, use_dns_cache=False, limit=64)
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

    def check_literal(self, url: str) -> None:
        """Raises Denied for an address that is no web address, or a number that is denied."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise Denied(f"{parts.scheme or 'no'} address")
        try:
            ip_address(parts.hostname)
        except ValueError:
            return  # a name: `resolve` checks what it stands for
        self._check(parts.hostname)

    def _check(self, host: str) -> None:
        address = ip_address(host.partition("%")[0])
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if any(address in network for network in self._allowed):
            return
        if any(address in network for network in DENIED):
            raise Denied(str(address))


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
