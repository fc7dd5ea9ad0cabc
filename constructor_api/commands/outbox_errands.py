"""Looking at what was given up and sending it again, from the command line."""

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from constructor_api.commands.errands import errand
from constructor_api.commands.terminal import Advice, note, out, say
from engine.resending import NO_BILL, send_again, send_all_again
from engine.runtime import Engine
from engine.store.dead_letters import DeadLetters, Wanted, is_bill, words_of
from engine.store.outbox import Outbox
from engine.store.shops import Shops
from engine.store.table import Page
from engine.store.unit import Unit

MOST_SHOWN = 1_000
LONGEST_SHOWN = 60

Problems = Sequence[tuple[str, int]]


def show_letters(shop_id: int, bot_id: int | None) -> None:
    """A table in a terminal; elsewhere a line a message, its parts divided by tabs.  Raises Advice."""
    wanted = Wanted(bot_id=bot_id)

    async def reading(engine: Engine) -> tuple[Page[Outbox], Problems]:
        async with engine.database.unit() as unit:
            letters = await _letters(unit, shop_id)
            return await letters.wanted(wanted, MOST_SHOWN), await letters.problems(wanted)

    page, problems = errand(reading)
    if not page.rows:
        note("No message was given up.")
        return
    _show([_line(letter) for letter in page.rows])
    if page.count > len(page.rows):
        note(f"And {page.count - len(page.rows)} older ones.")
    for problem, count in problems:
        note(f"{count} x {problem}", "dim")


def resend_these(shop_id: int, ids: Sequence[int]) -> None:
    """Raises Advice."""

    async def sending(engine: Engine) -> None:
        async with engine.database.unit() as unit:
            letters = await _letters(unit, shop_id)
            for id in ids:
                await _check(letters, id)
            await send_again(engine, unit, shop_id, ids)

    errand(sending)


def resend_all(shop_id: int) -> tuple[int, int]:
    """How many are on their way, and how many bills stay.  Raises Advice."""

    async def sending(engine: Engine) -> tuple[int, int]:
        async with engine.database.unit() as unit:
            # Those that are given up once more while we are at it have higher numbers.
            wanted = Wanted(last=await (await _letters(unit, shop_id)).last())
        sent = 0
        while True:
            async with engine.database.unit() as unit:
                again = await send_all_again(engine, unit, shop_id, wanted)
            sent += again.sent
            if not (again.sent and again.left):
                return sent, again.bills

    return errand(sending)


async def _check(letters: DeadLetters, id: int) -> None:
    """Raises Advice that names the one to leave out."""
    letter = await letters.find(id)
    if letter is None:
        raise Advice(f"{id}: there is no such message among those given up. Nothing was sent again.")
    if is_bill(letter):
        raise Advice(f"{id}: {NO_BILL} Nothing was sent again.")


async def _letters(unit: Unit, shop_id: int) -> DeadLetters:
    if await Shops(unit).find(shop_id) is None:
        raise Advice("There is no such shop. botique account shops EMAIL shows those of an account.")
    return DeadLetters(unit, shop_id)


def _line(letter: Outbox) -> tuple[str, ...]:
    told = f"{letter.created_at:%Y-%m-%d %H:%M}"
    words, problem = (" ".join(text.split()) for text in (words_of(letter), letter.problem or ""))
    numbers = (str(letter.id), str(letter.bot_id), str(letter.bot_user_id))
    return *numbers, told, problem, words[:LONGEST_SHOWN]


def _show(lines: Sequence[tuple[str, ...]]) -> None:
    if not out.is_terminal:
        for line in lines:
            say("\t".join(line))
        return
    table = Table("Number", "Bot", "Person", "Since (UTC)", "Why", "Text", box=box.SIMPLE_HEAD)
    for line in lines:
        table.add_row(*map(Text, line))
    out.print(table)
