"""A server that knows no HTTP: what it says, byte for byte, is the test's own."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Talk:
    """One connection; `number` counts them from 1."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.number = number
        self._reader = reader
        self._writer = writer

    @property
    def is_over(self) -> bool:
        """Whether the other side has gone."""
        return self._reader.at_eof() or self._writer.is_closing()

    async def begun(self) -> None:
        """The beginning of the next request."""
        await self._reader.readexactly(1)

    async def heard(self) -> bytes:
        """The next request; empty: the other side has gone."""
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[16:]) for line in head.split(b"\r\n") if line[:15] == b"Content-Length:"), 0
            )
            return head + await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""

    async def say(self, what: bytes) -> None:
        self._writer.write(what)
        await self._writer.drain()

    def hang_up(self) -> None:
        self._writer.close()


Script = Callable[[Talk], Awaitable[None]]


class Peer:
    """`url` is where it listens; `open` counts its connections, and `most` is the most of them at once."""

    def __init__(self, script: Script) -> None:
        self.url = ""
        self.came = self.open = self.most = 0
        self._script = script
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Condition()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.came += 1
        await self._count(1)
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                await self._script(Talk(self.came, reader, writer))
        finally:
            writer.close()
            await self._count(-1)
            self._tasks.discard(task)

    async def _count(self, more: int) -> None:
        self.open += more
        self.most = max(self.most, self.open)
        async with self._changed:
            self._changed.notify_all()

    async def until(self, true: Callable[["Peer"], bool]) -> None:
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(lambda: true(self))

    async def stop(self) -> None:
        for task in [*self._tasks]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def answers(*said: bytes) -> Script:
    """To each request the next of these, the last of them again and again; the line stays open."""

    async def script(talk: Talk) -> None:
        place = 0
        while await talk.heard():
            await talk.say(said[min(place, len(said) - 1)])
            place += 1

    return script


async def silent(talk: Talk) -> None:
    while await talk.heard():
        pass


@asynccontextmanager
async def peer(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    found = Peer(script)
    server = await asyncio.start_server(found.talk, "127.0.0.1", 0, ssl=tls, limit=2**24)
    scheme = "https" if tls else "http"
    found.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()
        await found.stop()


def certified(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server of this name shows, and what trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(secret + pem)
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(folder / "server.pem")
    return shown, ssl.create_default_context(cadata=pem.decode())
