"""A mail server on this machine, for one mailbox or many: it speaks SMTP, and keeps what came."""

import asyncio
import ssl
from base64 import b64decode
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import NamedTuple, cast


class Letter(NamedTuple):
    """A mail that was taken: who it was for on the envelope, and what was in it."""

    to: str
    message: EmailMessage

    @property
    def text(self) -> str:
        return str(self.message.get_content()).replace("\r\n", "\n").rstrip("\n")


class Mailbox:
    """`verdicts`: the answers to the next commands of that name; then all is well again.

    `tls`: STARTTLS is offered; `user`, `password`: who may send, everybody where there is none.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, user: str = "", password: str = "") -> None:
        self.letters: list[Letter] = []
        self.refused = 0
        self.greetings: list[str] = []
        self.verdicts: dict[str, deque[str]] = {}
        self.port = 0
        self.secret = False
        self._tls = tls
        self._login = f"\0{user}\0{password}" if user else ""
        self._changed = asyncio.Condition()
        self._visits: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @asynccontextmanager
    async def open(self, port: int = 0, *, tls_at_once: bool = False) -> AsyncIterator["Mailbox"]:
        """On a port of its own, or on that one again."""
        tls = self._tls if tls_at_once else None
        server = await asyncio.start_server(self._visit, "127.0.0.1", port, limit=1_000_000, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for writer in self._visits.values():
                writer.transport.abort()
            await asyncio.gather(*self._visits)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something to be true of the ledger."""
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(true)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = asyncio.current_task()
        assert visit
        self._visits[visit] = writer
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await _Visit(self, reader, writer).go()
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        finally:
            del self._visits[visit]

    def verdict(self, command: str, usual: str) -> str:
        waiting = self.verdicts.get(command)
        return waiting.popleft() if waiting else usual

    async def note(self, letter: Letter | None) -> None:
        async with self._changed:
            self.letters.extend([letter] if letter else [])
            self.refused += letter is None
            self._changed.notify_all()


class _Visit:
    """One connection."""

    def __init__(self, box: Mailbox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._box, self._reader, self._writer = box, reader, writer
        self._secret = False
        self._known = not box._login
        self._to = ""

    async def go(self) -> None:
        await self._answer(self._box.verdict("CONNECT", "220 mailbox"))
        while line := await self._reader.readline():
            command, _, rest = line.decode().strip().partition(" ")
            if command == "QUIT":
                return await self._answer("221 bye")
            if not await self._obey(command.upper(), rest):
                return None

    async def _obey(self, command: str, rest: str) -> bool:
        if command == "DATA":
            return await self._take()
        answer = self._box.verdict(command, self._usual(command, rest))
        await self._answer(answer)
        if command == "STARTTLS" and answer.startswith("220"):
            assert self._box._tls
            await self._writer.start_tls(self._box._tls)
            self._secret = self._box.secret = True
        if command in ("MAIL", "RCPT", "AUTH") and answer[0] in "45":
            await self._box.note(None)
        return True

    def _usual(self, command: str, rest: str) -> str:
        match command:
            case "EHLO":
                self._box.greetings.append(rest)
                offers = ["mailbox", *self._offers()]
                return "\r\n".join([*(f"250-{one}" for one in offers[:-1]), f"250 {offers[-1]}"])
            case "STARTTLS":
                return "220 go on"
            case "AUTH":
                self._known = b64decode(rest.partition(" ")[2]).decode() == self._box._login
                return "235 welcome" if self._known else "535 who are you"
            case "MAIL" if not self._known:
                return "530 log in first"
            case "RCPT":
                self._to = rest.partition("<")[2].partition(">")[0]
                return "250 ok"
            case _:
                return "250 ok"

    def _offers(self) -> list[str]:
        offers = ["8BITMIME"]
        if self._box._tls and not self._secret:
            offers.append("STARTTLS")
        if self._box._login:
            offers.append("AUTH PLAIN")
        return offers

    async def _take(self) -> bool:
        await self._answer("354 go ahead")
        raw = (await self._reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
        answer = self._box.verdict("DATA", "250 taken")
        message = cast(EmailMessage, message_from_bytes(raw, policy=default))
        if answer and not answer.startswith("250"):
            await self._box.note(None)
        else:
            await self._box.note(Letter(self._to, message))
        if answer:
            await self._answer(answer)
        return bool(answer)  # without an answer the line is cut: the sender cannot know

    async def _answer(self, line: str) -> None:
        self._writer.write(f"{line}\r\n".encode())
        await self._writer.drain()
