"""The demo shop «Coffee Point»: opened once, and left alone from then on."""

import os
import secrets
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from channels.base import Profile
from channels.kinds import KINDS
from constructor_api.commands.demo_card import DemoCard, show
from constructor_api.commands.errands import launch, secret_field
from constructor_api.commands.terminal import Advice, note
from engine.launching import Launching
from engine.orders.stocking import Stocking
from engine.passwords import hash_password, verify
from engine.publishing import Publishing
from engine.runtime import Engine
from engine.store.accounts import Account, Accounts
from engine.store.bots import Bots
from engine.store.flows import Flows
from engine.store.lead_forms import LeadForm, LeadForms
from engine.store.shops import Shop, Shops
from engine.store.unit import Unit
from flows.exchange import read
from flows.json_value import JSON
from flows.trade.wares import Wares
from flows.yaml_text import load

EMAIL = "owner@coffee.example"
NAME = "Coffee Point"
PASSWORD_FILE = "demo.txt"
GOODS = "goods/coffee_point.yaml"
WEB = "web"
LOOK: dict[str, JSON] = {"title": NAME}
FORM: list[JSON] = [
    {"variable": "name", "title": "Name", "required": True},
    {"variable": "phone", "title": "Phone", "required": True},
    {"variable": "comment", "title": "Comment", "required": False},
]


class Opened(NamedTuple):
    shop_id: int
    bot_id: int
    password: str | None
    """None where the owner has chosen another one than the one we made."""


async def open_shop(engine: Engine, address: str) -> Callable[[], None]:
    """Open the demo shop unless it is open; what is returned shows how to get in.

    All of it in one transaction: a shop that is half furnished is not seen by anybody.
    """
    file = engine.settings.folder / PASSWORD_FILE
    async with engine.database.unit() as unit:
        opened = await _opened(engine, unit, _password(file))
    for kind in KINDS:
        await _join(engine, opened.shop_id, kind)
    card = DemoCard(
        chat=f"{address}/chat/{opened.shop_id}/{opened.bot_id}/",
        api=f"{address}/api/docs/",
        shop_id=opened.shop_id,
        email=EMAIL,
        password=opened.password,
        kept=file,
    )
    return lambda: show(card)


async def _opened(engine: Engine, unit: Unit, password: str) -> Opened:
    account = await Accounts(unit).by_email(EMAIL)
    if account is None:
        account = Account(email=EMAIL, name="Demo owner", password_hash=await hash_password(password))
        await Accounts(unit).add(account)
    shops = await Shops(unit).of_account(account.id, limit=1)
    shop_id = shops.rows[0].shop.id if shops.rows else await _furnished(engine, unit, account)
    bots = (await Bots(unit, shop_id).page(limit=100)).rows
    bot_id = next((bot.id for bot in bots if bot.kind == WEB), 0)
    known = await verify(password, account.password_hash)
    return Opened(shop_id, bot_id, password if known else None)


async def _furnished(engine: Engine, unit: Unit, owner: Account) -> int:
    starters = files("flows") / "starters"
    wares = Wares.model_validate(load((starters / GOODS).read_bytes()))
    opening = Shop(name=NAME, timezone="America/New_York", currency=wares.currency)
    shop_id = (await Shops(unit).open(owner.id, opening)).id
    await Stocking(unit, engine.vault, shop_id, wares).stock()
    await LeadForms(unit, shop_id).add(LeadForm(key="request", name="Requests", fields=[*FORM]))
    bot = await Launching(engine).add(unit, shop_id, WEB, NAME, LOOK)
    await Launching(engine).launched(unit, shop_id, bot.id, Profile(NAME))
    flows = Flows(unit, shop_id)
    texts = [file for file in starters.iterdir() if file.name.endswith(".yaml")]
    texts.sort(key=lambda file: file.name)
    drawn = [await flows.draw(read(file.read_bytes())) for file in texts]
    for flow in drawn:
        await Publishing(unit, shop_id).publish(flow.id, "As it comes with Botique", owner.id)
    return shop_id


async def _join(engine: Engine, shop_id: int, kind: str) -> None:
    """Connects a messenger whose token is in the environment, unless the shop has a bot there."""
    token = os.environ.get(f"BOTIQUE_DEMO_{kind.upper()}_TOKEN")
    if not token:
        return
    async with engine.database.unit() as unit:
        if kind in await Bots(unit, shop_id).kinds():
            return
        bot = await Launching(engine).add(unit, shop_id, kind, NAME, {secret_field(kind): token})
    try:
        launched = await launch(engine, shop_id, bot.id)
        note(f"{NAME} is on {kind} too: {launched.link}", "green")
    except Advice as advice:
        note(advice.message, "yellow")


def _password(file: Path) -> str:
    """The password that was made the first time; only the owner of the folder may read it."""
    kept = file.read_text().strip() if file.exists() else ""
    if not kept:
        kept = secrets.token_urlsafe(9)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(f"{kept}\n")
    return kept
