"""What was given up is sent once more, where somebody says so."""

from collections.abc import Collection
from functools import partial
from typing import NamedTuple

from engine.refusals import Invalid, NotFound
from engine.runtime import Engine
from engine.store.dead_letters import DeadLetters, Wanted, is_bill
from engine.store.unit import Unit

MOST_AT_ONCE = 1_000
"""In one transaction, during which nobody can write to those people."""
NO_BILL = (
    "This is a bill, and a bill is not sent twice: it may have arrived, and somebody might pay it twice."
)


class Again(NamedTuple):
    """`sent`: so many are on their way.  `left`: so many that fit are not yet.  `bills`: these never are."""

    sent: int
    left: int
    bills: int


async def send_again(engine: Engine, unit: Unit, shop_id: int, ids: Collection[int]) -> None:
    """All of these, or none.  Raises NotFound, and Invalid for a bill."""
    letters = DeadLetters(unit, shop_id)
    chosen = [await letters.get(id) for id in sorted(set(ids))]
    if any(map(is_bill, chosen)):
        raise Invalid({"id": NO_BILL})
    people = await letters.send_again(chosen)
    if len(people) < len(chosen):  # somebody else was faster with one of them
        raise NotFound(letters.what)
    _tell(engine, unit, shop_id, people)


async def send_all_again(engine: Engine, unit: Unit, shop_id: int, wanted: Wanted) -> Again:
    """The oldest first, as many as go at once.  Those that fail again are given up again, with a new id."""
    letters = DeadLetters(unit, shop_id)
    people = await letters.send_again(await letters.oldest(wanted, MOST_AT_ONCE))
    _tell(engine, unit, shop_id, people)
    given = await letters.given(wanted)
    return Again(len(people), given.letters - given.bills, given.bills)


def _tell(engine: Engine, unit: Unit, shop_id: int, people: Collection[int]) -> None:
    for one in set(people):
        unit.after_commit(partial(engine.tell, shop_id, one))
