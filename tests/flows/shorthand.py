"""Shops in few words, for tables about what may follow what.

A shop is `{flow: {step: spec}}`; a flow starts with its first step, and under `flow:` stand its other fields.
Links: `-> step` (forward), `=> step` (jump), `>> flow` (enter), `back`, `restart`.  Specs: `{say: link}`,
`{menu: [links]}`, `{ask: link, failed: link}`, `{if: [links], otherwise: link}`,
`{do: [run flow, stop flow], next: link}`, `{delay: seconds, next: link}`, or a whole step, with its kind.
"""

from collections.abc import Mapping
from typing import Any

from flows.document import Flow

Spec = Mapping[str, Any]
_LINKS = {"->": ("forward", "to"), "=>": ("jump", "to"), ">>": ("enter", "flow")}


def shop(told: Mapping[str, Spec]) -> dict[str, Flow]:
    return {key: _flow(key, spec) for key, spec in told.items()}


def _flow(key: str, told: Spec) -> Flow:
    steps = [{"id": name, **_step(spec)} for name, spec in told.items() if name != "flow"]
    start = {"start": steps[0]["id"]} if steps else {}
    return Flow.model_validate({"key": key, "name": key, **start, "steps": steps, **told.get("flow", {})})


def _step(spec: Spec) -> dict[str, Any]:
    match {name: link(value) for name, value in spec.items()}:
        case {"kind": _} as whole:
            return whole
        case {"say": to}:
            return {"kind": "message", "text": "Hello", "next": to}
        case {"menu": links}:
            items = [{"label": f"No. {n}", "link": link(to)} for n, to in enumerate(links, 1)]
            return {"kind": "message", "text": "Choose", "menu": items}
        case {"ask": to, **rest}:
            return {"kind": "ask_text", "question": "Who?", "variable": "who", "next": to, **rest}
        case {"if": links, "otherwise": to}:
            groups = [{"conditions": [{"what": "tag", "tag": "x"}], "link": link(one)} for one in links]
            return {"kind": "condition", "groups": groups, "otherwise": to}
        case {"do": tasks, **rest}:
            operations = [
                dict(zip(("do", "flow"), (f"{verb}_flow", key), strict=True))
                for verb, key in map(str.split, tasks)
            ]
            return {"kind": "operation", "operations": operations, **rest}
        case {"delay": seconds, **rest}:
            return {"kind": "delay", "seconds": seconds, **rest}
    raise ValueError(f"no such short step: {spec}")


def link(told: Any) -> Any:
    """What a short spelling stands for; anything else as it is."""
    if told in ("back", "restart"):
        return {"go": told}
    if isinstance(told, str) and told[:2] in _LINKS:
        go, field = _LINKS[told[:2]]
        return {"go": go, field: told[2:].strip()}
    return told
