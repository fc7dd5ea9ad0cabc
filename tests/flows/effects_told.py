"""Effects as the case files write them: one short mapping each, defaults left out."""

from typing import Any, assert_never

import msgspec

from flows.effects import (
    Button,
    Call,
    CancelWakes,
    CaptureLead,
    Effect,
    Fault,
    HandOver,
    Notice,
    Notify,
    PlaceOrder,
    Send,
    Typing,
    WakeAt,
)
from flows.requests import Request

Told = dict[str, Any]


def told(effect: Effect) -> Told:
    match effect:
        case Send():
            return _send(effect)
        case CaptureLead() | PlaceOrder() | Notify() | HandOver():
            return _for_the_shop(effect)
        case Typing(seconds=seconds):
            return {"types": seconds}
        case Notice(text=text):
            return {"notice": text}
        case WakeAt(at=at, flow=flow, step=step):
            return {"wake": at.isoformat().replace("+00:00", "Z"), "place": f"{flow}.{step}"}
        case CancelWakes(flow=flow):
            return {"cancels": flow}
        case Call(request=request):
            return {"call": _request(request)}
        case Fault(code=code):
            return {"fault": code}
        case _:
            assert_never(effect)


def _for_the_shop(effect: CaptureLead | PlaceOrder | Notify | HandOver) -> Told:
    match effect:
        case CaptureLead():
            return {
                "lead": effect.form,
                **_filled(values=effect.values, title=effect.title, tags=list(effect.tags)),
                **_filled(dedupe_minutes=effect.dedupe_minutes, told=effect.told),
            }
        case PlaceOrder():
            return {"order": effect.number, **_but(effect, "do", "number")}
        case Notify(title=title, text=text, tags=tags):
            return {"notify": title, **_filled(text=text, tags=list(tags))}
        case HandOver(note=note):
            return {"hand_over": note}
        case _:
            assert_never(effect)


def _send(send: Send) -> Told:
    return {
        "send": send.text,
        **_filled(
            buttons=[_button(button) for button in send.buttons],
            media=[msgspec.to_builtins(one) for one in send.media],
            columns=send.columns,
            album=send.album,
            instead=send.instead,
            template=send.template and msgspec.to_builtins(send.template),
        ),
    }


def _request(request: Request) -> Told:
    asked: Told = msgspec.json.decode(msgspec.json.encode(request))
    usual = {"ask": "http", "timeout": 10, "most_tokens": 400}
    return {name: value for name, value in asked.items() if usual.get(name) != value}


def _button(button: Button) -> Any:
    if button.kind == "go":
        return button.label
    return {"label": button.label, "kind": button.kind, **_filled(url=button.url)}


def _but(effect: PlaceOrder, *left_out: str) -> Told:
    all_of_it: Told = msgspec.to_builtins(effect)
    return {name: value for name, value in all_of_it.items() if name not in left_out}


def _filled(**fields: Any) -> Told:
    return {name: value for name, value in fields.items() if value}
