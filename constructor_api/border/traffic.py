"""How many requests, of which kind, how long they took.  Routes are named by their pattern: no ids."""

from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine import counting


class Traffic:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route")
        self._answers = Counter(
            "botique_requests", "Requests answered", (*labels, "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "botique_request_seconds", "Time to the answer", labels, registry=self._registry
        )
        self._places: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        """To look a label up costs more than to count."""

    def exposed(self) -> Response:
        """All that this process counts: its requests, then its engine's work."""
        counted = generate_latest(self._registry) + counting.exposed()
        return Response(counted, media_type=CONTENT_TYPE_LATEST)

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self.answered(method, route, status, seconds)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request; `route` is a pattern, of which there are not many."""
        place = method, route, status
        if place not in self._places:
            self._places[place] = self._answers.labels(*place), self._seconds.labels(method, route)
        answers, taken = self._places[place]
        answers.inc()
        taken.observe(seconds)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Counting:
    """Counts what passes."""

    def __init__(self, app: ASGIApp, traffic: Traffic) -> None:
        self._app = app
        self._traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            self._traffic.count(scope, status, perf_counter() - begun)
