"""The application round an engine, for tests: as `create_app` makes it, without its slow first calls."""

from fastapi import FastAPI
from starlette.routing import BaseRoute

from constructor_api.app import create_app
from engine.runtime import Engine

_ROUTES: list[BaseRoute] = []


def door(engine: Engine) -> FastAPI:
    """What the framework works out of a route when it is first called, it works out once for all tests.

    Half a second otherwise.  Nothing of it depends on the engine: that is in the application's state.
    """
    app = create_app(engine)
    if not _ROUTES:
        _ROUTES.extend(app.router.routes)
    assert len(_ROUTES) == len(app.router.routes)
    app.router.routes[:] = _ROUTES
    return app
