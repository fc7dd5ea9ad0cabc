"""Where lines to one origin are opened: its addresses, whichever of them answers first, and TLS."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from aiohappyeyeballs import AddrInfoType, start_connection

from channels.line import Line, Unanswered

_NEXT_ADDRESS_SECONDS = 0.25
"""How long an address is tried alone before the next is tried beside it."""
_ADDRESSES_KNOWN_SECONDS = 10.0
_NEVER = float("-inf")


class Origin(NamedTuple):
    scheme: str
    host: str
    port: int


class Door:
    """`trust`: the certificates to believe, in place of the machine's own."""

    def __init__(self, origin: Origin, trust: ssl.SSLContext | None) -> None:
        self._host, self._port = origin.host, origin.port
        self._trust = (trust or _trusted()) if origin.scheme == "https" else None
        self._lookup: asyncio.Task[OSError | UnicodeError | None] | None = None
        self._addresses: list[AddrInfoType] = []
        self._known_until = _NEVER

    @property
    def looks(self) -> bool:
        """Whether its name is being looked up, which may last longer than anybody waits."""
        return self._lookup is not None and not self._lookup.done()

    async def open(self, gone: Callable[[Line], None]) -> Line:
        """Raises Unanswered."""
        try:
            return await self._open(gone)
        except ssl.SSLCertVerificationError:
            raise Unanswered("the certificate cannot be trusted", written=False) from None
        except (OSError, UnicodeError):  # the latter: no name of a host is like that
            self._known_until = _NEVER
            raise Unanswered("it cannot be reached", written=False) from None

    async def _open(self, gone: Callable[[Line], None]) -> Line:
        reached = await start_connection(
            await self._known(), happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS, interleave=1
        )
        _, line = await asyncio.get_running_loop().create_connection(
            lambda: Line(gone),
            sock=reached,
            ssl=self._trust,
            server_hostname=self._host if self._trust else None,
        )
        return line

    async def _known(self) -> list[AddrInfoType]:
        """One lookup at a time: each holds a thread, of which others need some too."""
        loop = asyncio.get_running_loop()
        if numbers := _numbers(self._host, self._port):
            return numbers
        if loop.time() > self._known_until:
            if self._lookup is None or self._lookup.done():
                self._lookup = loop.create_task(self._look_up())
            # The thread goes on when who waits gives up: the next one waits for the same.
            if failure := await asyncio.shield(self._lookup):
                raise failure
        return self._addresses

    async def _look_up(self) -> OSError | UnicodeError | None:
        loop = asyncio.get_running_loop()
        try:
            self._addresses = [*await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError) as failure:
            return failure  # as a value: perhaps nobody waits any more
        self._known_until = loop.time() + _ADDRESSES_KNOWN_SECONDS
        return None


def _numbers(host: str, port: int) -> list[AddrInfoType]:
    """The address, if the host is one rather than a name."""
    try:
        return [*socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)]
    except socket.gaierror:
        return []


@cache
def _trusted() -> ssl.SSLContext:
    """What the machine trusts; read once, for it takes a while."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
