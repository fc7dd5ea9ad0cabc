"""Carries prepared requests to the messengers."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Self

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    TraceConfig,
    TraceRequestHeadersSentParams,
)

from channels.base import ApiRequest, C, Channel, Sent, Undelivered

LARGEST_ANSWER = 1_000_000
"""Bytes of an answer that are read; what lies beyond is not needed to understand it."""
_CONNECTIONS = 200
_KEPT_ALIVE_SECONDS = 60
_LOST_BEHIND_A_GATEWAY = (502, 504)


class Sender:
    """Kept-alive connections to all messengers.  An async context manager; open from its entry on.

    It logs nothing, for addresses hold tokens: whoever asked knows what he may say.
    """

    _session: ClientSession

    def __init__(self, timeout: float = 30.0) -> None:
        """`timeout`: seconds for a whole request, its answer included."""
        self._timeout = ClientTimeout(total=timeout, connect=min(timeout, 10.0))

    async def __aenter__(self) -> Self:
        self._session = ClientSession(
            connector=TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEPT_ALIVE_SECONDS),
            timeout=self._timeout,
            cookie_jar=DummyCookieJar(),
            trace_configs=[_note_when_written()],
            trust_env=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

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
        flight = SimpleNamespace(written=False)
        try:
            # A redirect would carry the token in the address to somebody else.
            async with self._session.request(
                request.method,
                request.url,
                data=request.body if request.method == "POST" else None,
                headers={"Content-Type": "application/json", **request.headers},
                allow_redirects=False,
                trace_request_ctx=flight,
            ) as response:
                body = await _read(response)
        except (ClientError, TimeoutError, ValueError) as error:
            # Its own words may hold the address, and with it the token.
            return _unanswered(channel, type(error).__name__, written=flight.written)
        headers = {name.lower(): value for name, value in response.headers.items()}
        answer = channel.classify(response.status, headers, body)
        if isinstance(answer, Undelivered) and response.status in _LOST_BEHIND_A_GATEWAY:
            return answer._replace(ambiguous=True)
        return answer


def _unanswered(channel: Channel[C], reason: str, *, written: bool) -> Sent | Undelivered:
    answer = channel.classify(0, {}, b"")
    return answer._replace(reason=reason, ambiguous=written) if isinstance(answer, Undelivered) else answer


async def _read(response: ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) >= LARGEST_ANSWER:
            break
    return bytes(body[:LARGEST_ANSWER])


def _note_when_written() -> TraceConfig:
    async def written(
        _session: ClientSession, context: SimpleNamespace, _params: TraceRequestHeadersSentParams
    ) -> None:
        context.trace_request_ctx.written = True

    trace = TraceConfig()
    trace.on_request_headers_sent.append(written)
    return trace
