"""Who answers which question to the outside."""

from typing import assert_never

from engine.outside import Outside
from engine.store.due import DueCall
from flows.json_value import JSON
from flows.requests import Bill, Completion, HttpRequest, RemoteRequest

NOBODY: tuple[int, JSON] = (0, None)
"""The answer where there is nobody to ask."""


class Asker:
    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def ask(self, call: DueCall, request: RemoteRequest) -> tuple[int, JSON]:
        """Status and body of the answer; status 0: out of reach."""
        match request:
            case HttpRequest():
                return await self._outside.ask(request)
            case Completion():
                return NOBODY
            case Bill():
                return NOBODY
            case _:
                assert_never(request)
