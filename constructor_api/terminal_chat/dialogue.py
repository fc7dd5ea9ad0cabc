"""Lines in, a conversation, lines out: what `botique chat` does once it knows the flows."""

import asyncio
import sys
from secrets import randbits
from zoneinfo import ZoneInfo

from channels.kinds import channel_class
from constructor_api.commands.terminal import note, out, say
from constructor_api.terminal_chat.conversation import Conversation
from constructor_api.terminal_chat.transcript import Transcript
from constructor_api.terminal_chat.typed_lines import Lines
from engine.outside import Outside
from engine.play import EndlessTurn
from engine.settings import Settings
from flows.effects import Call
from flows.events import Answered, Event, HandedBack, Started
from flows.json_value import JSON
from flows.library import Library
from flows.requests import HttpRequest
from flows.trade.wares import Wares

CHANNEL = "echo"
MOST_WAKES = 100
"""Delays in a row that may be skipped: a flow that never comes to rest must not fill the terminal."""


class Dialogue:
    """One conversation on standard input and output.  `fast`: no delay is waited for."""

    def __init__(
        self, library: Library, zone: ZoneInfo, wares: Wares | None = None, *, fast: bool, trace: bool
    ) -> None:
        self._channel = channel_class(CHANNEL)()
        self._conversation = Conversation(library, CHANNEL, zone, randbits(32), wares)
        self._transcript = Transcript(self._channel, trace=trace)
        self._fast = fast
        self._typing = sys.stdin is not None and sys.stdin.isatty() and out.is_terminal

    def run(self, parameter: str = "") -> None:
        """From the start command to the end of the input.  Raises KeyboardInterrupt."""
        with asyncio.Runner() as runner:
            outside = Outside(Settings().http_networks)
            try:
                self._run(Started(parameter), runner, outside)
            finally:
                runner.run(outside.close())

    def _run(self, first: Event, runner: asyncio.Runner, outside: Outside) -> None:
        lines = Lines()
        self._hear(first)
        while True:
            self._settle(runner, outside)
            if self._typing:
                say("\nYou: ", "bold green", end="")
            while (line := lines.next(self._seconds())) is None:
                if self._typing:
                    say("")
                self._settle(runner, outside)
            if not line:
                return self._end()
            self._line(line)

    def _line(self, line: bytes) -> None:
        if line.strip() == b"/back":
            return self._hear(HandedBack())
        for inbound in self._channel.parse(line):
            if not self._typing:
                self._transcript.user(line.decode("utf-8", "replace").strip())
            self._hear(inbound.event)

    def _settle(self, runner: asyncio.Runner, outside: Outside) -> None:
        """Everything that comes of itself: answers of other systems, and delays that are over."""
        conversation = self._conversation
        for _ in range(MOST_WAKES):
            while conversation.calls:
                call = conversation.calls.pop(0)
                status, body = runner.run(_asked(outside, call))
                self._hear(Answered(call.flow, call.step, call.token, status, body))
            if self._fast:
                conversation.skip()
            woke = conversation.wake()
            if woke is None:
                return
            self._hear(woke)
        note(f"{MOST_WAKES} delays passed without a word of yours; the rest is left out.", "yellow")

    def _seconds(self) -> float | None:
        pending = self._conversation.pending
        return max((pending[0].at - self._conversation.now).total_seconds(), 0.0) if pending else None

    def _hear(self, event: Event) -> None:
        before = self._conversation.card
        try:
            turn = self._conversation.hear(event)
        except EndlessTurn as endless:
            note(f"This turn has no end at {endless.flow}.{endless.step}; it was undone.", "bold red")
            return
        self._transcript.turn(event, turn, before)

    def _end(self) -> None:
        if self._typing:
            say("")
        waiting = len(self._conversation.pending)
        if waiting:
            delays = "a delay was" if waiting == 1 else f"{waiting} delays were"
            note(f"The input has ended; {delays} still waiting. --fast lets delays pass at once.", "dim")


async def _asked(outside: Outside, call: Call) -> tuple[int, JSON]:
    """A terminal has no books to keep orders in and no language model: those questions stay unanswered."""
    return await outside.ask(call.request) if isinstance(call.request, HttpRequest) else (0, None)
