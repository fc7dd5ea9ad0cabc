"""A wire that does what wires do: it is slow, breaks, swallows, drips, and says half of what it was told."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal, NamedTuple
from urllib.parse import parse_qs, urlsplit

Kind = Literal["none", "latency", "reset", "black_hole", "drip", "half_close", "truncate"]
CHUNK = 65_536
DRIP_SECONDS = 0.02
_RESET_AT_ONCE = struct.pack("ii", 1, 0)
"""Closed with nothing to linger for, a socket says RST."""


@dataclass(frozen=True)
class Fault:
    """What befalls every connection, those that are there and those that come.

    `latency`: each piece waits `seconds`.  `reset`: broken off.  `black_hole`: taken, and never answered.
    `drip`: byte by byte.  `half_close`: the far side has nothing more to say.  `truncate`: the far side is
    broken off after `after` more bytes.
    """

    kind: Kind = "none"
    seconds: float = 0.2
    after: int = 100


class Place(NamedTuple):
    """Where a wire leads: a port of a host, or a socket of this machine."""

    host: str = ""
    port: int = 0
    path: str = ""


class Chaos:
    """Listens on a port of this machine, carries to `place`; `befall` changes what happens from now on."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._fault = Fault()
        self._changed = asyncio.Event()
        self._lines: set[_Line] = set()
        self._carried: set[asyncio.Task[None]] = set()
        self.port = 0

    def befall(self, fault: Fault) -> None:
        self._fault = fault
        self._changed.set()
        self._changed = asyncio.Event()
        if fault.kind == "reset":
            for line in set(self._lines):
                line.reset()

    def mend(self) -> None:
        """All is well from now on; what was swallowed comes late, what was broken stays so."""
        self.befall(Fault())

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Chaos"]:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for line in set(self._lines):
                line.reset()
            for task in set(self._carried):
                task.cancel()
            await asyncio.gather(*self._carried, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carried.add(task)
        task.add_done_callback(self._carried.discard)
        line = _Line(writer)
        self._lines.add(line)
        try:
            await self._through(line, reader, writer)
        except (OSError, asyncio.CancelledError):
            line.reset()
        finally:
            self._lines.discard(line)
            writer.close()

    async def _through(
        self, line: "_Line", reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self._fault.kind == "reset":
            return line.reset()
        far_reader, far_writer = await self._reach()
        line.ends.append(far_writer)
        try:
            there = asyncio.create_task(self._pass(reader, far_writer))
            back = asyncio.create_task(self._pass(far_reader, writer, answers=True))
            await asyncio.gather(there, back)
        finally:
            there.cancel()
            back.cancel()
            far_writer.close()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._place.path:
            return await asyncio.open_unix_connection(self._place.path)
        return await asyncio.open_connection(self._place.host, self._place.port)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool = False
    ) -> None:
        left: tuple[Fault, int] | None = None
        while chunk := await reader.read(CHUNK):
            fault = self._fault
            if fault.kind == "truncate" and answers:
                room = left[1] if left and left[0] is fault else fault.after
                left = fault, room - len(chunk)
                if left[1] <= 0:
                    writer.write(chunk[:room])
                    raise ConnectionResetError
            if fault.kind == "half_close" and answers:
                writer.write_eof()
                return
            await self._write(writer, chunk)
        with suppress(OSError):
            writer.write_eof()

    async def _write(self, writer: asyncio.StreamWriter, chunk: bytes) -> None:
        while self._fault.kind == "black_hole":
            await self._changed.wait()
        if self._fault.kind == "latency":
            await asyncio.sleep(self._fault.seconds)
        while chunk:
            piece = 1 if self._fault.kind == "drip" else len(chunk)
            writer.write(chunk[:piece])
            await writer.drain()
            chunk = chunk[piece:]
            if chunk:
                await asyncio.sleep(DRIP_SECONDS)


class _Line:
    """One connection: both its ends."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.ends = [writer]

    def reset(self) -> None:
        for end in self.ends:
            sock = end.get_extra_info("socket")
            if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
                with suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_ONCE)
            end.transport.abort()


def place_of_database(dsn: str) -> Place:
    """The socket of a server that listens nowhere else."""
    return Place(path=f"{parse_qs(urlsplit(dsn).query)['host'][0]}/.s.PGSQL.5432")


def place_of(url: str) -> Place:
    parts = urlsplit(url)
    return Place(str(parts.hostname), parts.port or 80)


def dsn_through(chaos: Chaos, dsn: str) -> str:
    """The address of the same database, at the other end of the wire."""
    parts = urlsplit(dsn)
    return f"postgresql://{parts.username}@127.0.0.1:{chaos.port}{parts.path}?sslmode=disable"
