"""A shop with one of everything, and for every operation of the API how its owner would use it."""

from dataclasses import dataclass, field
from typing import Any

from engine.access import Action
from engine.runtime import Engine
from tests.api.floor import COFFEE, give_up, hook, launch, meet, ordered, publish, update
from tests.api.partner import Answer, Partner

FORM: dict[str, Any] = {
    "key": "order",
    "name": "Orders",
    "fields": [{"variable": "customer", "title": "Who"}],
}

MODEL: dict[str, Any] = {
    "base_url": "https://models.example/v1",
    "model": "small",
    "key": "sk-of-the-shop",
    "price_in": 15,
    "price_out": 60,
    "monthly_limit": 1000,
}

CHANNEL: dict[str, Any] = {"type": {"id": 1}, "email": "staff@shop.example", "tags": [{"name": "sales"}]}


@dataclass(frozen=True)
class World:
    """The numbers of what is in the shop."""

    shop: int
    flow: int
    draft_revision: int
    bot: int
    user: int
    lead: int
    order: int
    form: int
    tag: int
    variable: int
    channel: int
    dead: list[int]
    """Messages that were given up."""


@dataclass(frozen=True)
class Rule:
    """A call that goes well for who may `action` in the shop; `action` None: for everybody who is logged in.

    `noted`: it leaves a row in the audit.
    """

    action: Action | None
    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    file: bytes | None = None
    noted: bool = True

    async def ask(self, who: Partner, operation: str) -> Answer:
        method, _, path = operation.partition(" ")
        given: dict[str, Any] = {"json": self.body} if self.body is not None else {}
        if self.file is not None:
            given = {"data": self.file, "headers": {"content-type": "text/csv"}}
        return await who.ask(method, path.format(**self.path), params=self.query, **given)


PUBLIC = {
    "POST /api/auth/login/",
    "GET /health",
    "GET /ready",
    "GET /metrics",
    "POST /widget/{shop_id}/{bot_id}/session/",
}
"""Operations for people who are not logged in."""
OWN = {"POST /api/auth/logout/", "POST /api/auth/logoutall/"}
"""Operations on the caller's own tokens; `test_login` knows them."""


async def furnish(ann: Partner, shop_id: int, engine: Engine) -> World:
    flow = await publish(ann, shop_id, COFFEE)
    bot = await launch(ann, shop_id)
    user = await meet(ann, engine, bot, 7)
    for text in ("Order", "Ann"):
        assert (await hook(ann, engine, bot, update(7, text))).status == 200
    (lead,) = (await ann.get("/api/store/leads/", shop_id=shop_id)).result["results"]
    order = await ordered(engine.database, user)
    assert (await ann.put("/api/shop/language_model/", MODEL, shop_id=shop_id)).result
    tag = (await ann.post("/api/store/tags/", {"shop_id": shop_id, "name": "vip"})).result
    form = (await ann.post("/api/store/lead_forms/", FORM | {"shop_id": shop_id})).result
    new = {"shop_id": shop_id, "name": "goods", "dtype": {"id": "number"}}
    variable = (await ann.post("/api/store/custom_fields/", new)).result
    staff = (await ann.post("/api/notifications/channels/", CHANNEL | {"shop_id": shop_id})).result
    draft = (await ann.get(f"/api/bot/flow/{flow['id']}/draft/")).result["draft_revision"]
    made = (bot["id"], user["id"], lead["id"], order, form["id"], tag["id"], variable["id"])
    return World(shop_id, flow["id"], draft, *made, staff["id"], await give_up(engine.database, shop_id))


def rules(world: World) -> dict[str, Rule]:
    """By operation, in an order in which the owner can do them one after the other."""
    return _looking(world) | _drawing(world) | _talking(world) | _connecting(world) | _removing(world)


def _looking(w: World) -> dict[str, Rule]:
    shop = {"shop_id": w.shop}
    within: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "/api/shop/shops/{id}/": ({"id": w.shop}, {}),
        "/api/shop/language_model/": ({}, shop),
        "/api/bot/bots/": ({}, shop),
        "/api/bot/bots/{id}/": ({"id": w.bot}, {}),
        "/api/bot/bot/{id}/status/": ({"id": w.bot}, {}),
        "/api/bot/bot_users/": ({}, shop),
        "/api/bot/bot_users/{id}/": ({"id": w.user}, {}),
        "/api/bot/chats/": ({}, shop),
        "/api/bot/messages/": ({}, shop | {"chat": w.user}),
        "/api/bot/flows/": ({}, shop),
        "/api/bot/flows/{id}/": ({"id": w.flow}, {}),
        "/api/bot/flow/{id}/draft/": ({"id": w.flow}, {}),
        "/api/bot/flow/{id}/revisions/": ({"id": w.flow}, {}),
        "/api/bot/flow/{id}/export/": ({"id": w.flow}, {}),
        "/api/bot/steps/": ({}, shop | {"flow": w.flow}),
        "/api/bot/steps/{id}/": ({"id": f"{w.flow}.welcome"}, {}),
        "/api/bot/menu_items/": ({}, shop | {"flow": w.flow}),
        "/api/bot/menu_items/{id}/": ({"id": f"{w.flow}.welcome.order"}, {}),
        "/api/store/leads/": ({}, shop),
        "/api/shop/products/export/": ({}, shop),
        "/api/store/leads/{id}/": ({"id": w.lead}, {}),
        "/api/shop/orders/": ({}, shop),
        "/api/shop/orders/{id}/": ({"id": w.order}, {}),
        "/api/store/lead_forms/": ({}, shop),
        "/api/store/lead_forms/{id}/": ({"id": w.form}, {}),
        "/api/notifications/channels/": ({}, shop),
        "/api/notifications/channels/{id}/": ({"id": w.channel}, {}),
        "/api/store/tags/": ({}, shop),
        "/api/store/tags/{id}/": ({"id": w.tag}, {}),
        "/api/store/custom_fields/": ({}, shop),
        "/api/store/custom_fields/{id}/": ({"id": w.variable}, {}),
    }
    everybody = ("/api/shop/shops/", "/api/bot/channels/", "/api/bot/step_kinds/")
    look = {f"GET {path}": Rule(Action.LOOK, *given, noted=False) for path, given in within.items()}
    validate = Rule(Action.LOOK, {"id": w.flow}, noted=False)
    free = {f"GET {path}": Rule(None, noted=False) for path in everybody}
    return look | free | {"POST /api/bot/flow/{id}/validate/": validate}


def _drawing(w: World) -> dict[str, Rule]:
    draw, flow = Action.DRAW, {"id": w.flow}
    draft = {"base_revision": w.draft_revision, "document": COFFEE}
    named = {"shop_id": w.shop, "name": "another"}
    item = {"shop_id": w.shop, "step": f"{w.flow}.welcome", "item": {"id": "more", "label": "More"}}
    step = {"shop_id": w.shop, "flow": w.flow, "step": {"id": "more", "kind": "message", "text": "More"}}
    file = {"yaml": "key: imported\nname: Imported\n"}
    same = {"yaml": "key: coffee\nname: Coffee\nstart: bye\nsteps:\n- {id: bye, kind: message, text: Bye}\n"}
    return {
        "PUT /api/bot/flow/{id}/draft/": Rule(draw, flow, body=draft),
        "POST /api/bot/flow/{id}/publish/": Rule(draw, flow, body={"comment": "Again"}),
        "PATCH /api/bot/flows/{id}/": Rule(draw, flow, body={"name": "Tea"}),
        "POST /api/bot/flows/": Rule(draw, body=named),
        "POST /api/bot/steps/": Rule(draw, body=step),
        "PATCH /api/bot/steps/{id}/": Rule(draw, {"id": f"{w.flow}.more"}, body={"step": {"text": "?"}}),
        "POST /api/bot/menu_items/": Rule(draw, body=item),
        "PATCH /api/bot/menu_items/{id}/": Rule(
            draw, {"id": f"{w.flow}.welcome.more"}, body={"item": {"label": "?"}}
        ),
        "DELETE /api/bot/menu_items/{id}/": Rule(draw, {"id": f"{w.flow}.welcome.more"}),
        "DELETE /api/bot/steps/{id}/": Rule(draw, {"id": f"{w.flow}.more"}),
        "POST /api/bot/flow/{id}/import/": Rule(draw, flow, body=same),
        "POST /api/bot/flows/import/": Rule(draw, query={"shop_id": w.shop}, body=file),
        "POST /api/store/tags/": Rule(draw, body=named),
        "POST /api/shop/products/import/": Rule(draw, query={"shop_id": w.shop}, file=b"name,price\nTea,3\n"),
        "POST /api/store/lead_forms/": Rule(draw, body=FORM | {"shop_id": w.shop, "key": "other"}),
        "PATCH /api/store/lead_forms/{id}/": Rule(draw, {"id": w.form}, body={"name": "Calls"}),
        "POST /api/store/custom_fields/": Rule(draw, body=named | {"dtype": {"id": "text"}}),
        "PATCH /api/store/custom_fields/{id}/": Rule(draw, {"id": w.variable}, body={"description": "?"}),
    }


def _talking(w: World) -> dict[str, Rule]:
    talk, user = Action.TALK, {"shop_id": w.shop, "bot_user_id": w.user}
    flow = user | {"flow_id": w.flow}
    new = {"shop_id": w.shop, "bot_id": w.bot, "messenger_user_id": "77"}
    word = {"bot_user_id": w.user, "payload": {"text": "Hello"}}
    return {
        "PATCH /api/bot/bot_users/{id}/": Rule(talk, {"id": w.user}, body={"name": "Anna"}),
        "POST /api/bot/bot_user/unsafe_create/": Rule(talk, body=new),
        "POST /api/bot/bot_user/subscribe_to_flow/": Rule(talk, body=flow),
        "POST /api/bot/bot_user/unsubscribe_from_flow/": Rule(talk, body=flow),
        "POST /api/bot/bot_user/take_over/": Rule(talk, body=user),
        "POST /api/bot/bot_user/hand_back/": Rule(talk, body=user),
        "POST /api/bot/messages/send_message/": Rule(talk, body=word),
        "GET /api/bot/dead_letters/": Rule(Action.LOOK, query={"shop_id": w.shop}, noted=False),
        "POST /api/bot/dead_letters/{id}/send_again/": Rule(talk, {"id": w.dead[0]}),
        "DELETE /api/bot/dead_letters/{id}/": Rule(talk, {"id": w.dead[1]}),
        "POST /api/bot/dead_letters/send_again/": Rule(talk, body={"shop_id": w.shop}),
        "PATCH /api/store/leads/{id}/": Rule(talk, {"id": w.lead}, body={"status": "done"}),
        "PATCH /api/shop/orders/{id}/": Rule(talk, {"id": w.order}, body={"comment": "Twice"}),
    }


def _connecting(w: World) -> dict[str, Rule]:
    bot = {"id": w.bot}
    switch = {
        f"{method} /api/bot/bot/{{id}}/{way}/": Rule(Action.CONNECT, bot)
        for way in ("stop", "start", "restart")
        for method in ("GET", "POST")
    }
    web = {"shop_id": w.shop, "kind": "web", "name": "Site"}
    channels = "/api/notifications/channels/"
    return switch | {
        "POST /api/bot/bots/": Rule(Action.CONNECT, body=web),
        f"POST {channels}": Rule(Action.CONNECT, body=CHANNEL | {"shop_id": w.shop}),
        f"PATCH {channels}{{id}}/": Rule(Action.CONNECT, {"id": w.channel}, body={"is_active": False}),
        "PATCH /api/bot/bots/{id}/": Rule(Action.CONNECT, bot, body={"name": "Barista"}),
        "PATCH /api/shop/shops/{id}/": Rule(Action.SETTLE, {"id": w.shop}, body={"name": "Tea Point"}),
        "PUT /api/shop/language_model/": Rule(Action.SETTLE, query={"shop_id": w.shop}, body=MODEL),
        "POST /api/shop/shops/": Rule(None, body={"name": "Second"}),
    }


def _removing(w: World) -> dict[str, Rule]:
    return {
        "GET /api/store/leads/export/": Rule(Action.EXPORT, query={"shop_id": w.shop}),
        "DELETE /api/store/leads/{id}/": Rule(Action.DRAW, {"id": w.lead}),
        "DELETE /api/store/lead_forms/{id}/": Rule(Action.DRAW, {"id": w.form}),
        "DELETE /api/shop/language_model/": Rule(Action.SETTLE, query={"shop_id": w.shop}),
        "DELETE /api/store/tags/{id}/": Rule(Action.DRAW, {"id": w.tag}),
        "DELETE /api/store/custom_fields/{id}/": Rule(Action.DRAW, {"id": w.variable}),
        "DELETE /api/notifications/channels/{id}/": Rule(Action.CONNECT, {"id": w.channel}),
        "DELETE /api/bot/flows/{id}/": Rule(Action.DRAW, {"id": w.flow}),
        "DELETE /api/bot/bots/{id}/": Rule(Action.CONNECT, {"id": w.bot}),
    }
