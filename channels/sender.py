"""Carries prepared requests to the messengers."""

from collections.abc import Sequence
from typing import Self

from channels.base import ApiRequest, C, Channel, Sent, Undelivered
from channels.wire import Unanswered, Wire

_LOST_BEHIND_A_GATEWAY = (502, 504)


class Sender:
    """Kept-alive connections to all messengers.  An async context manager; open from its entry on.

    It logs nothing, for addresses hold tokens: whoever asked knows what he may say.
    """

    def __init__(self, timeout: float = 30.0) -> None:
        """`timeout`: seconds for a whole request, its answer included."""
        self._wire = Wire(timeout)

    async def __aenter__(self) -> Self:
        await self._wire.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._wire.__aexit__()

    async def send(self, channel: Channel[C], requests: Sequence[ApiRequest]) -> Sent | Undelivered:
        """Make the requests in order, up to the first that the messenger does not take.

        `Sent` names the last message: it is the one that carries the buttons.
        """
        sent = Sent("")
        for taken, request in enumerate(requests):
            answer = await self._request(channel, request)
            if isinstance(answer, Undelivered):
                return answer._replace(taken=taken)
            sent = answer
        return sent

    async def _request(self, channel: Channel[C], request: ApiRequest) -> Sent | Undelivered:
        try:
            status, headers, body = await self._wire.ask(request)
        except Unanswered as failure:
            return _unanswered(channel, failure)
        answer = channel.classify(status, headers, body)
        if status in _LOST_BEHIND_A_GATEWAY and isinstance(answer, Undelivered):
            return answer._replace(ambiguous=True)
        return answer


def _unanswered(channel: Channel[C], failure: Unanswered) -> Sent | Undelivered:
    answer = channel.classify(0, {}, b"")
    if isinstance(answer, Undelivered):
        return answer._replace(reason=failure.reason, ambiguous=failure.written)
    return answer
