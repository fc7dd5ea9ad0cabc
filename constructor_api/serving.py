"""One process: the API, the pages and the engine's work, until a signal ends it."""

import asyncio
import errno
import gc
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext

import structlog
import uvicorn
from fastapi import FastAPI

from constructor_api.app import create_app, http_of
from constructor_api.commands.terminal import Advice
from constructor_api.health import Watch, create_watched
from constructor_api.opening import address, running
from constructor_api.stopping import Stop, interruptible, run
from engine import logs
from engine.refusals import Refusal
from engine.runtime import Engine
from engine.settings import Settings

log = structlog.get_logger()

COLLECTED_AFTER = (20_000, 20, 20)
"""Objects made and not let go of, before the young are looked through; then rounds of those, and of these."""
GRACE_SECONDS = 5
"""How long requests at work may go on; then what the engine has begun is finished, in less."""
KEPT_ALIVE_SECONDS = 75
"""Longer than proxies keep an idle connection (nginx: 60), so that none is closed as they use it."""
LARGEST_FRAME = 65_536

Opening = Callable[[Engine, str], Awaitable[Callable[[], None]]]
"""Called with the engine and our address before anybody can come in; what it returns, when they can."""


def serve(settings: Settings, *, work: bool, opening: Opening) -> None:
    """Answer until told to stop; `work`: deliver, mind the clock and poll as well.  Raises Advice."""

    async def serving(stop: Stop, dsn: str) -> None:
        async with running(settings, dsn) as engine:
            try:
                opened = await opening(engine, _address(settings))
            except Refusal as refusal:
                raise Advice(refusal.message) from None
            server = _Server(create_app(engine), opened)
            _spare_the_lasting()
            stop.heed(lambda: server.leave(settings.drain_seconds))
            async with engine.working() if work else nullcontext():
                await server.serve(sockets=[listening])

    logs.set_up(settings)
    with interruptible(), _listening(settings) as listening, address(settings) as dsn:
        run(lambda stop: serving(stop, dsn))


def work(settings: Settings, ready: Callable[[], None], *, watched: bool) -> None:
    """Deliver, mind the clock and poll until told to stop.  Raises Advice.

    `watched`: tell on the port of the settings how it goes, and answer nothing else there.
    """

    async def working(stop: Stop, dsn: str, listening: socket.socket | None) -> None:
        async with running(settings, dsn) as engine, engine.working():
            _spare_the_lasting()
            if listening is None:
                ready()
                await stop.asked.wait()
                return
            server = _Server(create_watched(engine), ready)
            stop.heed(lambda: server.leave(settings.drain_seconds))
            await server.serve(sockets=[listening])

    logs.set_up(settings)
    taking = _listening(settings) if watched else nullcontext()
    with interruptible(), taking as listening, address(settings) as dsn:
        run(lambda stop: working(stop, dsn, listening))


def _spare_the_lasting() -> None:
    """What was made until now lives as long as the process: the collector of cycles need not walk it again.

    It took a quarter of our CPU under load, to find nothing: turns leave no cycles behind.  So it also comes
    more rarely.  What is left to it are failed tasks and their tracebacks.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


class _Server(uvicorn.Server):
    """Tells when it listens, and leaves signals to whoever runs it: they end more than the server."""

    def __init__(self, app: FastAPI, opened: Callable[[], None]) -> None:
        super().__init__(_config(app))
        self._watch: Watch = app.state.watch
        self._opened = opened

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._opened()

    def leave(self, drain_seconds: float) -> None:
        """Say at once that nothing more shall come, and after so long take nothing more."""
        self._watch.leave()
        asyncio.get_running_loop().call_later(drain_seconds, setattr, self, "should_exit", True)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=http_of(app),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws_max_size=LARGEST_FRAME,
        timeout_keep_alive=KEPT_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """Our port, taken before anything slow is begun.  Raises Advice."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        taken = socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        place = f"port {settings.port} of {settings.host}"
        if error.errno == errno.EADDRINUSE:
            message = (
                f"Another program listens on {place}. Stop it, or choose another: --port {settings.port + 1}."
            )
        else:
            message = (
                f"Nothing can listen on {place}: {error.strerror}. Choose others with --host and --port."
            )
        raise Advice(message) from None
    with taken:
        yield taken


def _address(settings: Settings) -> str:
    """How a person here reaches us, with no slash at the end."""
    if settings.public_address is not None:
        return settings.public_address
    host = {"0.0.0.0": "localhost", "::": "localhost", "127.0.0.1": "localhost"}.get(
        settings.host, settings.host
    )
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
