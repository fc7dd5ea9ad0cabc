"""Connecting a shop's bots from the command line."""

from collections.abc import Sequence

from msgspec import DecodeError, json
from rich import box
from rich.table import Table
from rich.text import Text

from constructor_api.commands.errands import errand, launch, secret_field
from constructor_api.commands.terminal import Advice, note, out, say
from engine.launching import Launching
from engine.runtime import Engine
from engine.store.bots import CREATED, LAUNCHED, STOPPED, Bot, Bots
from flows.json_value import JSON

STATUSES = {CREATED: "not started", STOPPED: "stopped", LAUNCHED: "started"}
MOST_SHOWN = 1_000


def credentials_of(kind: str, text: str, *, as_json: bool) -> dict[str, JSON]:
    """What was typed, by field.  Raises Advice, which never repeats it."""
    if not as_json:
        return {secret_field(kind): text.strip()}
    try:
        found: JSON = json.decode(text)
    except DecodeError:
        found = None
    if not isinstance(found, dict):
        raise Advice('Credentials are a JSON object, like {"token": "..."}.', code=2)
    return found


def add_bot(shop_id: int, kind: str, name: str, credentials: dict[str, JSON]) -> Bot:
    """Connected and started.  Raises Advice, Refusal."""

    async def adding(engine: Engine) -> Bot:
        async with engine.database.unit() as unit:
            bot = await Launching(engine).add(unit, shop_id, kind, name, credentials)
        note(f"Bot {bot.id} is added.", "dim")
        return await launch(engine, shop_id, bot.id)

    return errand(adding)


def start_bot(shop_id: int, bot_id: int) -> Bot:
    """Raises Advice, Refusal."""
    return errand(lambda engine: launch(engine, shop_id, bot_id))


def stop_bot(shop_id: int, bot_id: int) -> None:
    """Raises Advice, Refusal."""

    async def stopping(engine: Engine) -> None:
        async with engine.database.unit() as unit:
            await Launching(engine).stopped(unit, shop_id, bot_id)
        await Launching(engine).leave(shop_id, bot_id)

    errand(stopping)


def show_bots(shop_id: int) -> None:
    """A table in a terminal; elsewhere a line a bot, its parts divided by tabs.  Raises Advice."""

    async def reading(engine: Engine) -> Sequence[Bot]:
        async with engine.database.unit() as unit:
            return (await Bots(unit, shop_id).page(MOST_SHOWN)).rows

    bots = errand(reading)
    if not bots:
        note("This shop has no bots yet. botique bot add connects one.")
        return
    rows = [(str(bot.id), bot.kind, bot.name, STATUSES[bot.status], bot.problem or bot.link) for bot in bots]
    if not out.is_terminal:
        for row in rows:
            say("\t".join(row))
        return
    table = Table("Bot", "Messenger", "Name", "Status", "", box=box.SIMPLE_HEAD)
    for row in rows:
        table.add_row(*map(Text, row))
    out.print(table)
