"""The composition root: one web application round one running engine."""

from asyncio import Protocol
from functools import partial

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from constructor_api import health
from constructor_api.border.bounded_http import BoundedHttp
from constructor_api.border.direct_http import direct
from constructor_api.border.guard import Border
from constructor_api.border.traffic import Counting, Traffic
from constructor_api.direct_hooks import DirectHooks
from constructor_api.grammar.errors import PROTECTED, UNREADABLE, speak_envelope
from constructor_api.hooks import ROUTE, HookDoor, Hooks, hook
from constructor_api.payment_hooks import payment_hook
from constructor_api.resources import (
    auth,
    bot_switch,
    bot_user_actions,
    bot_users,
    bots,
    catalogue_files,
    channel_kinds,
    custom_fields,
    dead_letters,
    drafts,
    flow_exchange,
    flows,
    language_model,
    lead_forms,
    leads,
    menu_items,
    messages,
    notification_channels,
    orders,
    revisions,
    shops,
    step_kinds,
    steps,
    tags,
)
from constructor_api.resources.auth import Attempts
from constructor_api.web_chat import routes as web_chat
from constructor_api.web_chat.door import Door
from engine.orders.billing import HOOK_PATH as PAYMENTS
from engine.runtime import Engine
from web_editor import pages

ROUTERS = (
    auth.router,
    shops.router,
    language_model.router,
    bots.router,
    bot_switch.router,
    channel_kinds.router,
    bot_users.router,
    bot_user_actions.router,
    messages.router,
    dead_letters.router,
    catalogue_files.router,
    leads.router,
    orders.router,
    notification_channels.router,
    lead_forms.router,
    tags.router,
    custom_fields.router,
    flow_exchange.router,
    flows.router,
    drafts.router,
    revisions.router,
    steps.router,
    menu_items.router,
    step_kinds.router,
    health.router,
)


class Application(FastAPI):
    """Calls of messengers are answered ahead of all that other requests pass: middlewares, routes, models."""

    hooks: Hooks
    direct: DirectHooks
    """The same for a server that lets us at its parser (`border.direct_http`)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.hooks(scope, receive, send)


def create_app(engine: Engine) -> Application:
    """The whole door.  `engine` must be open for as long as the application is served."""
    traffic = Traffic()
    hook_door = HookDoor(engine)
    app = Application(
        title="Botique",
        summary="Shops draw conversations, bots hold them on every messenger.",
        version="0.1.0",
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        middleware=[
            Middleware(Border),
            Middleware(Counting, traffic=traffic),
        ],
    )
    app.hooks = Hooks(partial(FastAPI.__call__, app), hook_door, traffic)
    app.direct = DirectHooks(engine, hook_door, traffic)
    app.state.engine = engine
    health.watch(app, engine, traffic)
    app.state.hook_door = hook_door
    app.state.attempts = Attempts()
    app.state.widget_door = Door(engine)
    app.state.framing = app.state.widget_door.framing
    speak_envelope(app)
    app.router.routes.append(Route(ROUTE, hook, methods=["POST"]))
    app.router.routes.append(Route(PAYMENTS, payment_hook, methods=["POST"]))
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(web_chat.router, responses={**UNREADABLE, 422: PROTECTED[422]})
    app.include_router(pages.router)
    return app


def http_of(app: FastAPI) -> type[Protocol]:
    """How uvicorn shall speak HTTP for an application."""
    return direct(app.direct) if isinstance(app, Application) else BoundedHttp
