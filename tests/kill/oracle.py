"""What must be true when the dust has settled, asked of the database and of the ledger."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.kill.blows import CRASH, FROZEN, Blow
from tests.kill.ledger import Ledger, Taken
from tests.kill.people import People, Person
from tests.kill.script import ANSWERS
from tests.kill.town import STAFF, STOCK, Town

UNSETTLED = 3.0
"""Seconds before a blow: what was sent then may not have been written as sent yet."""

WAITS = {
    "outbox": "NOT dead",
    "timer": "true",
    "call": "true",
    "notification": "status = 'queued'",
    "order_news": "true",
}
"""What still waits to be done, by table."""
NEVER = {"outbox": "dead", "inbox": "true", "fault": "true", "notification": "status = 'failed'"}


@dataclass
class Verdict:
    """`wrong`: what was lost, doubled, out of order; empty, all is well."""

    wrong: list[str] = field(default_factory=list)
    again: Counter[int] = field(default_factory=Counter)
    """How many messages came twice for each blow, by its number."""
    oldest: dict[int, float] = field(default_factory=dict)
    """How many seconds before the blow the first of them had been sent, and not been written as sent."""
    lost_answers: int = 0
    """How many came twice because their acknowledgement was lost."""
    asked_again: int = 0
    told_again: int = 0


async def waiting(town: Town) -> dict[str, int]:
    """How much is still to be done, by table; nothing where all is done."""
    counts = ", ".join(
        f"(SELECT count(*) FROM {table} WHERE {which}) AS {table}" for table, which in WAITS.items()
    )
    [row] = await town.rows(f"SELECT {counts}")
    return {name: count for name, count in dict(row).items() if count}


async def judge(town: Town, people: People, ledger: Ledger, blows: Sequence[Blow]) -> Verdict:
    verdict = Verdict()
    verdict.wrong += await _leftovers(town)
    kept = await _conversations(town)
    for person in people.all:
        heard, said = kept.get(person.chat, ([], []))
        verdict.wrong += [f"{person.chat}: {one}" for one in _right(person, heard, said)]
        verdict.wrong += [f"{person.chat}: {one}" for one in _arrived(said, ledger.of[person.chat])]
        _excuse(verdict, ledger.of[person.chat], said, blows)
    verdict.wrong += await _books(town, people.all)
    _told_staff(verdict, ledger, people.all)
    _asked(verdict, ledger, people.all)
    return verdict


async def _leftovers(town: Town) -> list[str]:
    wrong = [f"{count} rows still wait in {table}" for table, count in (await waiting(town)).items()]
    for table, which in NEVER.items():
        rows = await town.rows(f"SELECT * FROM {table} WHERE {which} LIMIT 3")
        wrong += [f"in {table}, where nothing should be: {dict(row)}" for row in rows]
    return wrong


async def _conversations(town: Town) -> dict[str, tuple[list[str], list[str]]]:
    """By chat: what the bot heard and what it said, in the order of the conversation."""
    rows = await town.rows(
        "SELECT u.messenger_user_id AS chat, m.direction, m.body->>'text' AS text"
        " FROM message m JOIN bot_user u ON u.shop_id = m.shop_id AND u.id = m.bot_user_id ORDER BY m.seq"
    )
    kept: dict[str, tuple[list[str], list[str]]] = {}
    for row in rows:
        kept.setdefault(row["chat"], ([], []))[row["direction"] - 1].append(row["text"])
    return kept


def _right(person: Person, heard: list[str], said: list[str]) -> Iterator[str]:
    """Each update counted once, in the order in which it was spoken, and answered once."""
    spoken = [line.says for line in person.spoken]
    if heard != spoken:
        yield f"said {_differs(spoken, heard)}"
    due = Counter(text for line in person.spoken for text in line.hears)
    answered = Counter(text for text in said if text.split()[0] in ANSWERS)
    if due != answered:
        lost, extra = (due - answered).elements(), (answered - due).elements()
        yield f"never answered {list(lost)}, and too much {list(extra)}"


def _arrived(said: list[str], taken: list[Taken]) -> Iterator[str]:
    """All that was said came, and for the first time in its order."""
    lost = Counter(said) - Counter(one.text for one in taken)
    if lost:
        yield f"never came {list(lost.elements())}"
    if strange := {one.text for one in taken} - set(said):
        yield f"came, and was not said: {strange}"
    once = [text for text, times in Counter(said).items() if times == 1]
    first = [text for text in dict.fromkeys(one.text for one in taken) if text in set(once)]
    if not lost and first != [text for text in said if text in set(once)]:
        yield f"came out of order {_differs(said, first)}"


def _differs(one: list[str], other: list[str]) -> str:
    at = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return f"{one[at : at + 3]}, and found {other[at : at + 3]} at {at} ({len(one)} and {len(other)} in all)"


def _excuse(verdict: Verdict, taken: list[Taken], said: list[str], blows: Sequence[Blow]) -> None:
    """Every message that came more often than it was said has its reasons, or is wrong."""
    due = Counter(said)
    for text, times in Counter(one.text for one in taken).items():
        excuses, extra = 0, times - due[text]
        for before, after in pairwise([one for one in taken if one.text == text] if extra > 0 else []):
            if excuses < extra:
                excuses += _excused(verdict, before, after, blows)
        if 0 < extra != excuses:
            when = [f"{one.at:.2f}" for one in taken if one.text == text]
            verdict.wrong.append(f"{taken[0].chat}: came too often for no reason, «{text}» at {when}")


def _excused(verdict: Verdict, before: Taken, after: Taken, blows: Sequence[Blow]) -> bool:
    number = _reason(before.at, after.at, blows)
    if not before.known:
        verdict.lost_answers += 1
    elif number is None:
        return False
    else:
        verdict.again[number] += 1
        age = blows[number].began - before.at
        verdict.oldest[number] = max(age, verdict.oldest.get(number, 0.0))
    return True


def _reason(sent: float, again: float, blows: Sequence[Blow]) -> int | None:
    """The blow, the nearest one, that kept what was sent from being written as sent."""
    near: dict[int, float] = {}
    for number, blow in enumerate(blows):
        outage = UNSETTLED if blow.what in (FROZEN, CRASH) else 0.1
        if blow.began - UNSETTLED <= sent <= blow.ended + outage and again >= blow.began - 0.1:
            near[number] = max(blow.began - sent, sent - blow.ended, 0.0)
    return min(near, key=lambda number: near[number], default=None)


async def _books(town: Town, people: Sequence[Person]) -> list[str]:
    """Leads, orders, stock and each person's number."""
    wrong: list[str] = []
    rows = await town.rows("SELECT title FROM lead")
    kept, due = Counter(row["title"] for row in rows), Counter(_leads(people))
    if kept != due:
        wrong.append(
            f"leads lost {list((due - kept).elements())}, leads doubled {list((kept - due).elements())}"
        )
    buyers = Counter(one.chat for one in people if any(line.says == "Confirm" for line in one.spoken))
    sold = Counter(
        row["chat"]
        for row in await town.rows(
            "SELECT u.messenger_user_id AS chat FROM shop_order o"
            " JOIN bot_user u ON u.shop_id = o.shop_id AND u.id = o.bot_user_id"
        )
    )
    if buyers != sold:
        wrong.append(f"orders lost {buyers - sold}, orders doubled {sold - buyers}")
    left: Any = await town.value("SELECT stock FROM variant WHERE id = $1", town.variant)
    if STOCK - left != sum(sold.values()):
        wrong.append(f"{STOCK - left} left the stock, {sum(sold.values())} were sold")
    for row in await town.rows("SELECT messenger_user_id AS chat, variables FROM bot_user"):
        at = json.loads(row["variables"]).get("n", 0)
        counted = [
            len(one.spoken) - sum(not line.hears for line in one.spoken)
            for one in people
            if one.chat == row["chat"]
        ]
        if [at] != counted:
            wrong.append(f"{row['chat']}: the number stands at {at}, which should be {counted}")
    return wrong


def _leads(people: Iterable[Person]) -> Iterator[str]:
    return (line.says for one in people for line in one.spoken if line.says.startswith("lead"))


def _told_staff(verdict: Verdict, ledger: Ledger, people: Iterable[Person]) -> None:
    """At least once: the staff would rather hear a thing twice."""
    told = Counter(one.text.partition("\n")[0] for one in ledger.of[str(STAFF)])
    due = Counter([*_leads(people)])
    if due - told:
        verdict.wrong.append(f"the staff never heard of {list((due - told).elements())}")
    verdict.told_again = sum((told[title] - 1) for title in due if told[title] > 1)


def _asked(verdict: Verdict, ledger: Ledger, people: Iterable[Person]) -> None:
    due = {
        f"/p{one.chat}-{line.hears[0].split()[1]}"
        for one in people
        for line in one.spoken
        if line.says.startswith("call")
    }
    if due - ledger.asked.keys():
        verdict.wrong.append(f"never asked {due - ledger.asked.keys()}")
    verdict.asked_again = sum(ledger.asked[token] - 1 for token in due if ledger.asked[token])
