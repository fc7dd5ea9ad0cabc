"""Who answers which question to the outside."""

from typing import assert_never

from engine.completing import Completing
from engine.orders.billing import Billing
from engine.outside import Outside
from engine.store.due import DueCall
from flows.json_value import JSON
from flows.requests import Bill, Completion, HttpRequest, RemoteRequest


class Asker:
    def __init__(self, outside: Outside, completing: Completing, billing: Billing) -> None:
        self._outside = outside
        self._completing = completing
        self._billing = billing

    async def ask(self, call: DueCall, request: RemoteRequest) -> tuple[int, JSON]:
        """Status and body of the answer; status 0: out of reach."""
        match request:
            case HttpRequest():
                return await self._outside.ask(request)
            case Completion():
                return await self._completing.ask(call.shop_id, request)
            case Bill(order=number):
                return await self._billing.ask(call, number)
            case _:
                assert_never(request)
