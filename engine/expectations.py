"""What came of an exchange beside what a check expects of it: where they differ, and how to write it down."""

from collections.abc import Iterator, Mapping
from itertools import takewhile, zip_longest
from typing import Any, NamedTuple

from msgspec import json
from pydantic import TypeAdapter, ValidationError

from engine.orders.expected import as_placed, order_told, unlike
from flows.card import Card
from flows.checks import LONGEST_TEXT, MOST_NAMES, MOST_REPLIES, Exchange, KeptLead, Reply
from flows.effects import CaptureLead, Effect, HandOver, PlaceOrder, Send
from flows.json_value import JSON
from flows.variables import Variable

_SHORT = 200
"""Characters that a sentence repeats of what was said."""
_BEFORE = 40
"""Of them, how many stand before the first difference of long texts."""
_VARIABLE: TypeAdapter[str] = TypeAdapter(Variable)


class Played(NamedTuple):
    """One exchange.  `was_on`, `goes_on`: whether the flow of the check was active before and is after it."""

    before: Card
    card: Card
    effects: tuple[Effect, ...]
    was_on: bool
    goes_on: bool

    @property
    def messages(self) -> list[Send]:
        return [effect for effect in self.effects if isinstance(effect, Send)]

    @property
    def leads(self) -> list[CaptureLead]:
        return [effect for effect in self.effects if isinstance(effect, CaptureLead)]

    @property
    def orders(self) -> list[PlaceOrder]:
        return [effect for effect in self.effects if isinstance(effect, PlaceOrder)]

    @property
    def hands_over(self) -> bool:
        return any(isinstance(effect, HandOver) for effect in self.effects)


class Difference(NamedTuple):
    """`field`: a path within the exchange.  `message` goes on in a sentence."""

    field: str
    message: str
    expected: str
    came: str


def differences(expected: Exchange, played: Played) -> Iterator[Difference]:
    """All in which an exchange did not go as expected; of the messages the first."""
    yield from _messages(expected, played)
    yield from _leads(expected, played)
    yield from _orders(expected, played)
    yield from _variables(expected, played)
    yield from _rest(expected, played)


def short(text: str) -> str:
    """As much of a text as a sentence can hold, on one line."""
    return (text if len(text) <= _SHORT else f"{text[:_SHORT]}…").replace("\n", " ↵ ")


def _messages(expected: Exchange, played: Played) -> Iterator[Difference]:
    pairs = zip_longest(expected.bot, played.messages) if expected.bot is not None else ()
    for place, (reply, send) in enumerate(pairs):
        found = _message(reply, send)
        if found is not None:
            yield found._replace(field=".".join(filter(None, ("bot", str(place), found.field))))
            return


def _message(reply: Reply | None, send: Send | None) -> Difference | None:
    if reply is None:
        said = send.text if send else ""
        return Difference("", f"the bot also says «{short(said)}»", "nothing more", said)
    wanted = next((one for one in (reply.says, reply.contains) if one is not None), None)
    if send is None:
        told = f"say «{short(wanted)}»" if wanted is not None else "offer buttons"
        return Difference("", f"the bot should {told}, and does not", wanted or "a message", "nothing more")
    if not _fits(reply, send.text):
        return _other_text(reply, send.text)
    return _buttons(reply, send)


def _other_text(reply: Reply, came: str) -> Difference:
    if reply.contains is not None:
        message = f"the bot should say something with «{short(reply.contains)}», and says «{short(came)}»"
        return Difference("contains", message, reply.contains, came)
    wanted = reply.says or ""
    one, other = _from_where_they_part(wanted.strip(), came.strip())
    return Difference("says", f"the bot should say «{one}», and says «{other}»", wanted, came)


def _from_where_they_part(one: str, other: str) -> tuple[str, str]:
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    start = sum(1 for _ in alike) - _BEFORE
    if start <= 0 or max(len(one), len(other)) <= _SHORT:
        return short(one), short(other)
    return f"…{short(one[start:])}", f"…{short(other[start:])}"


def _fits(reply: Reply, text: str) -> bool:
    """Spaces round a text are not seen in a messenger, and easily written in a file."""
    if reply.contains is not None:
        return reply.contains.strip() in text
    return reply.says is None or reply.says.strip() == text.strip()


def _buttons(reply: Reply, send: Send) -> Difference | None:
    offered = tuple(button.label for button in send.buttons)
    if reply.buttons is None or [*map(str.strip, reply.buttons)] == [*map(str.strip, offered)]:
        return None
    wanted, came = _listed(reply.buttons), _listed(offered)
    return Difference("buttons", f"the bot should offer {wanted}, and offers {came}", wanted, came)


def _leads(expected: Exchange, played: Played) -> Iterator[Difference]:
    pairs = zip_longest(expected.leads, played.leads) if expected.leads is not None else ()
    for place, (wanted, lead) in enumerate(pairs):
        came = _lead(lead.form, lead.values) if lead else "none"
        if wanted is None:
            yield Difference(f"leads.{place}", f"a lead is kept that is not expected: {came}", "none", came)
        elif lead is None or not _is_kept(wanted, lead):
            told = _lead(wanted.form or "", wanted.values)
            message = f"a lead should be kept with {told}, and what is kept is {came}"
            yield Difference(f"leads.{place}", message, told, came)


def _is_kept(wanted: KeptLead, lead: CaptureLead) -> bool:
    return wanted.form in (None, lead.form) and all(
        _same(value, lead.values.get(name)) for name, value in wanted.values.items()
    )


def _orders(expected: Exchange, played: Played) -> Iterator[Difference]:
    pairs = zip_longest(expected.orders, played.orders) if expected.orders is not None else ()
    for place, (wanted, order) in enumerate(pairs):
        came = short(order_told(as_placed(order))) if order else "none"
        if wanted is None:
            message = f"an order is placed that is not expected: {came}"
            yield Difference(f"orders.{place}", message, "none", came)
        elif order is None or unlike(wanted, order):
            told = short(order_told(wanted))
            message = f"an order should be placed with {told}, and what is placed is {came}"
            yield Difference(f"orders.{place}", message, told, came)


def _variables(expected: Exchange, played: Played) -> Iterator[Difference]:
    for name, value in expected.variables.items():
        found = played.card.variables.get(name)
        if not _same(value, found):
            wanted, came = _json(value), _json(found)
            message = f"«{name}» should be {wanted} then, and is {came}"
            yield Difference(f"variables.{name}", message, wanted, came)


def _rest(expected: Exchange, played: Played) -> Iterator[Difference]:
    tags = set(played.card.tags)
    if expected.tags is not None and set(expected.tags) != tags:
        wanted, came = _listed(sorted({*expected.tags})), _listed(sorted(tags))
        yield Difference("tags", f"the tags should be {wanted} then, and are {came}", wanted, came)
    if expected.hands_over is not None and expected.hands_over != played.hands_over:
        told = ("hand over to a person", "go on itself")
        wanted, came = told if expected.hands_over else told[::-1]
        message = f"the bot should {wanted}, and does not"
        yield Difference("hands_over", message, wanted, came)
    if expected.ends is not None and expected.ends == played.goes_on:
        wanted, came = ("over", "not over") if expected.ends else ("not over", "over")
        yield Difference("ends", f"the flow should be {wanted} then, and is {came}", wanted, came)


def recorded(played: Played) -> dict[str, Any]:
    """The fields of an exchange that expect what came: as much of it as a check can hold."""
    card, before = played.card, played.before
    changed = {
        name: card.variables.get(name)
        for name in (*card.variables, *before.variables)
        if not _same(card.variables.get(name), before.variables.get(name)) and _is_variable(name)
    }
    replies = tuple(map(_reply, played.messages))
    leads = tuple(KeptLead(form=lead.form, values=_some(lead.values)) for lead in played.leads)
    orders = tuple(map(as_placed, played.orders))
    has_ended = played.was_on and not played.goes_on
    return {
        "bot": replies if len(replies) <= MOST_REPLIES else None,
        "leads": leads if 0 < len(leads) <= MOST_REPLIES else None,
        "orders": orders if 0 < len(orders) <= MOST_REPLIES else None,
        "variables": _some(changed),
        "tags": card.tags if {*card.tags} != {*before.tags} and len(card.tags) <= MOST_NAMES else None,
        "hands_over": played.hands_over or None,
        "ends": has_ended or None,
    }


def _reply(send: Send) -> Reply:
    labels = tuple(button.label for button in send.buttons)
    fits = 0 < len(labels) <= MOST_NAMES and max(map(len, labels)) <= LONGEST_TEXT
    buttons = labels if fits else None
    if len(send.text) > LONGEST_TEXT:
        return Reply(contains=send.text[:LONGEST_TEXT], buttons=buttons)
    return Reply(says=send.text, buttons=buttons)


def _some(values: Mapping[str, JSON]) -> dict[str, JSON]:
    names = [name for name in values if 0 < len(name) <= 100][:MOST_NAMES]
    return {name: values[name] for name in names}


def _is_variable(name: str) -> bool:
    try:
        _VARIABLE.validate_python(name)
    except ValidationError:
        return False
    return True


def _same(one: JSON, other: JSON) -> bool:
    """As JSON has it: 1 is 1.0, and true is no number."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _listed(labels: Any) -> str:
    return ", ".join(f"«{short(label)}»" for label in labels) or "none"


def _lead(form: str, values: Mapping[str, JSON]) -> str:
    told = [f"{name} {_json(value)}" for name, value in values.items()]
    return short(", ".join(([f"form {form}"] if form else []) + told)) or "no values"


def _json(value: JSON) -> str:
    return short(json.encode(value).decode()) if value is not None else "empty"
