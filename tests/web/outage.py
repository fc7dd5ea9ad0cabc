"""A database that can be taken away and given back, as when its machine restarts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

NAME = ".s.PGSQL.5432"


class Wire:
    """A socket in `folder` that leads to the server of `dsn`, until it is cut."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self._far = Path(parse_qs(urlsplit(dsn).query)["host"][0]) / NAME
        self._near = folder / NAME
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.dsn = urlsplit(dsn)._replace(query=f"host={quote(str(folder))}").geturl()

    async def mend(self) -> None:
        self._server = await asyncio.start_unix_server(self._join, self._near)

    async def cut(self) -> None:
        assert self._server
        self._server.close()
        self._near.unlink()
        for writer in self._writers:
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(str(self._far))
        self._writers |= {writer, far_writer}
        await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))
        self._writers -= {writer, far_writer}


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def wired(dsn: str, folder: Path) -> AsyncIterator[Wire]:
    wire = Wire(dsn, folder)
    await wire.mend()
    try:
        yield wire
    finally:
        with suppress(FileNotFoundError):
            await wire.cut()
