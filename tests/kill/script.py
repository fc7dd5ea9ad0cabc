"""What the people of the town say, and what they must hear: every message tells whose it is and which."""

import json
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

DONE = {"go": "forward", "to": "done"}
_COUNT = {"variable": "n", "expression": "n|default(0) + 1"}
LINES = 20
"""How often a person speaks."""


def _flow(key: str, trigger: dict[str, Any], *steps: dict[str, Any]) -> dict[str, Any]:
    first = {"id": "count", "kind": "set_variable", "assignments": [_COUNT]}
    chain = [first, *steps] if key != "order" else list(steps)
    for step, after in pairwise(chain):
        link = {"capture_lead": "next", "place_order": "placed", "http_request": "success"}
        step[link.get(step["kind"], "next")] = {"go": "forward", "to": after["id"]}
    return {"key": key, "name": key, "start": chain[0]["id"], "triggers": [trigger], "steps": chain}


def _says(id: str, text: str) -> dict[str, Any]:
    return {"id": id, "kind": "message", "text": text}


def _on(word: str) -> dict[str, Any]:
    return {"on": "keyword", "words": [word], "match": "starts"}


def _marks(variable: str) -> dict[str, Any]:
    kept = {"variable": variable, "expression": "n"}
    return {"id": "mark", "kind": "set_variable", "assignments": [kept]}


def flows(system: str) -> list[dict[str, Any]]:
    """The bot's; `system`: the address of another system, which it asks."""
    lead: dict[str, Any] = {
        "id": "keep",
        "kind": "capture_lead",
        "lead_title": "lead {{ name }} {{ n }}",
        "fields": [{"variable": "n"}],
        "notify": True,
    }
    ask = {
        "id": "ask",
        "kind": "http_request",
        "url": f"{system}/{{{{ name }}}}-{{{{ asked }}}}",
        "retries": 3,
    }
    order = {"id": "place", "kind": "place_order", "contacts": [], "heading": "order"}
    count = {"id": "count", "kind": "set_variable", "assignments": [_COUNT]}
    return [
        _flow("main", {"on": "default"}, _says("done", "heard {{ n }}")),
        _flow("lead", _on("lead"), lead, _says("done", "kept {{ n }}")),
        _flow(
            "call",
            _on("call"),
            _marks("asked"),
            _says("wait", "asks {{ n }}"),
            ask,
            _says("done", "told {{ asked }}"),
        ),
        _flow(
            "timer",
            _on("timer"),
            _marks("wound"),
            _says("wait", "winds {{ n }}"),
            {"id": "pause", "kind": "delay", "seconds": 1},
            _says("done", "rang {{ wound }}"),
        ),
        _flow("order", _on("order"), order, count, _says("done", "sold {{ n }}")),
    ]


class Line(NamedTuple):
    """What is said, and what is heard for it, at once and later."""

    says: str
    hears: tuple[str, ...]


_HEARS = {
    "plain": ("heard",),
    "lead": ("kept",),
    "call": ("asks", "told"),
    "timer": ("winds", "rang"),
}

ANSWERS = frozenset({word for heard in _HEARS.values() for word in heard} | {"sold"})
"""How every message begins that answers a line: what else is said is about an order."""


def lines(who: str, dice: Random) -> list[Line]:
    """A person's part; everybody buys once, asks another system once and winds a timer once."""
    kinds = ["plain"] * (LINES - 7) + ["lead"] * 3 + ["call", "timer", "order"]
    dice.shuffle(kinds)
    said: list[Line] = []
    for n, kind in enumerate(kinds, 1):
        if kind == "order":
            said += [Line(f"order {who}", ()), Line("Confirm", (f"sold {n}",))]
        else:
            said.append(Line(f"{kind} {who} {n}", tuple(f"{word} {n}" for word in _HEARS[kind])))
    return said


def cart(variant: int) -> str:
    return json.dumps({"lines": [{"variant": variant, "quantity": 1}], "promo": ""})
