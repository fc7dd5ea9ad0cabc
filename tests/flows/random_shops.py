"""Shops and events by chance, for properties."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from flows.document import Flow
from flows.events import Event, HandedBack, Left, OrderMoved, Pressed, Ran, Said, Started, Stopped, TookOver

KEYS = ("main", "form", "last")
Told = dict[str, Any]
Strategy = st.SearchStrategy[Any]
_TURNED = {"variable": "v", "expression": "'1' if v == '0' else '0'"}


def _links(here: int, steps: int, keys: tuple[str, ...]) -> Strategy:
    """Sound as links go: forward is forward, and every target is there."""
    later = [f"s{n}" for n in range(here + 1, steps)]
    forward = st.sampled_from(later).map(lambda to: {"go": "forward", "to": to}) if later else st.nothing()
    return st.one_of(
        forward,
        forward,
        st.integers(0, steps - 1).map(lambda to: {"go": "jump", "to": f"s{to}"}),
        st.just({"go": "back"}),
        st.just({"go": "restart"}),
        st.sampled_from(keys).map(lambda key: {"go": "enter", "flow": key}),
    )


def _menu(link: Strategy, _: tuple[str, ...]) -> Strategy:
    item = st.fixed_dictionaries({"label": st.sampled_from("xy"), "link": link})
    return st.fixed_dictionaries({"menu": st.lists(item, max_size=3), "next": st.none() | link})


def _operation(link: Strategy, keys: tuple[str, ...]) -> Strategy:
    verbs = st.sampled_from(("run_flow", "run_flow", "stop_flow"))
    task = st.fixed_dictionaries({"do": verbs, "flow": st.sampled_from(keys)})
    return st.fixed_dictionaries({"operations": st.lists(task, max_size=3), "next": st.none() | link})


def _condition(link: Strategy, _: tuple[str, ...]) -> Strategy:
    condition = st.sampled_from("01").map(lambda v: {"what": "text", "variable": "v", "value": v})
    group = st.fixed_dictionaries({"conditions": st.lists(condition, min_size=1, max_size=1), "link": link})
    return st.fixed_dictionaries({"groups": st.lists(group, max_size=2), "otherwise": link})


def _set(link: Strategy, _: tuple[str, ...]) -> Strategy:
    return st.fixed_dictionaries({"assignments": st.just([_TURNED]), "next": st.none() | link})


def _randomizer(link: Strategy, _: tuple[str, ...]) -> Strategy:
    half = st.fixed_dictionaries({"percent": st.just(50), "link": link})
    return st.fixed_dictionaries({"branches": st.lists(half, min_size=2, max_size=2)})


def _delay(link: Strategy, _: tuple[str, ...]) -> Strategy:
    return st.fixed_dictionaries({"seconds": st.sampled_from((0, 5)), "next": st.none() | link})


def _schedule(link: Strategy, _: tuple[str, ...]) -> Strategy:
    dates = st.sampled_from(("2000-01-01", "2100-01-01")).map(lambda day: {"by": "date", "day": day})
    moments = st.one_of(dates, st.just({"by": "weekday"}), st.just({"by": "variable", "variable": "v"}))
    return st.fixed_dictionaries({"when": moments, "next": st.none() | link, "late": st.none() | link})


def _switch(link: Strategy, _: tuple[str, ...]) -> Strategy:
    tests: list[Told] = [
        {"test": "equals", "value": "0"},
        {"test": "equals", "value": "1"},
        {"test": "one_of", "values": ["0", "x"]},
        {"test": "range", "least": "1"},
    ]
    case = st.builds(lambda test, link: {**test, "link": link}, st.sampled_from(tests), link)
    return st.fixed_dictionaries(
        {"variable": st.just("v"), "cases": st.lists(case, max_size=2), "otherwise": link}
    )


def _call(link: Strategy, keys: tuple[str, ...]) -> Strategy:
    given = st.sampled_from(([], [_TURNED]))
    return st.fixed_dictionaries({"flow": st.sampled_from(keys), "given": given, "next": st.none() | link})


def _question(link: Strategy, _: tuple[str, ...]) -> Strategy:
    return st.fixed_dictionaries(
        {
            "question": st.just("?"),
            "variable": st.just("v"),
            "saved": st.sampled_from(("ask", "offer", "skip")),
            "patience": st.sampled_from((0, 0, 5)),
            "retries": st.integers(1, 2),
            "next": st.none() | link,
            "failed": st.none() | link,
            "silent": st.none() | link,
        }
    )


def _request(link: Strategy, _: tuple[str, ...]) -> Strategy:
    urls = st.sampled_from(("https://example.com", "https://example.com/{{ v }}"))
    return st.fixed_dictionaries({"url": urls, "success": st.none() | link, "error": link})


def _completion(link: Strategy, _: tuple[str, ...]) -> Strategy:
    return st.fixed_dictionaries(
        {
            "question": st.sampled_from(("", "?")),
            "talk": st.booleans(),
            "next": st.none() | link,
            "fallback": st.none() | link,
        }
    )


def _order(link: Strategy, _: tuple[str, ...]) -> Strategy:
    exits = ("placed", "paid", "failed", "cancelled", "empty")
    contacts = st.sampled_from(([], [{"ask_for": "name", "saved": "skip"}]))
    ways: dict[str, Strategy] = {name: st.none() | link for name in exits}
    return st.fixed_dictionaries({"contacts": contacts, "patience": st.sampled_from((0, 5)), **ways})


def _catalogue(link: Strategy, _: tuple[str, ...]) -> Strategy:
    """Of the goods there are, or of a category that there is not, so that nothing is sold."""
    ways: dict[str, Strategy] = {name: st.none() | link for name in ("cart", "back", "empty")}
    texts = {"nothing": st.sampled_from(("", "Nothing")), "back_text": st.sampled_from(("", "Bye"))}
    return st.fixed_dictionaries({"category": st.sampled_from((None, "nowhere")), **texts, **ways})


def _cart(link: Strategy, _: tuple[str, ...]) -> Strategy:
    ways: dict[str, Strategy] = {name: st.none() | link for name in ("back", "empty")}
    return st.fixed_dictionaries({"least": st.sampled_from(("0", "5")), "checkout": link, **ways})


def _only_next(link: Strategy, _: tuple[str, ...]) -> Strategy:
    return st.fixed_dictionaries({"next": st.none() | link})


# Menus more often than the rest: as in real shops, and else hardly any shop would be sound.
_STEPS: list[tuple[str, Callable[[Strategy, tuple[str, ...]], Strategy]]] = [
    *[("message", _menu)] * 5,
    ("operation", _operation),
    ("condition", _condition),
    ("set_variable", _set),
    ("randomizer", _randomizer),
    ("delay", _delay),
    ("schedule", _schedule),
    ("switch", _switch),
    ("call_flow", _call),
    *[("ask_number", _question)] * 3,
    ("http_request", _request),
    ("ai_answer", _completion),
    ("hand_over", _only_next),
    ("capture_lead", _only_next),
    *[("place_order", _order)] * 2,
    *[("catalogue", _catalogue)] * 2,
    *[("cart", _cart)] * 2,
]


@st.composite
def flows(draw: st.DrawFn, key: str, keys: tuple[str, ...]) -> Flow:
    count = draw(st.integers(1, 5))
    steps: list[Told] = []
    for n in range(count):
        kind, fields = draw(st.sampled_from(_STEPS))
        steps.append({"id": f"s{n}", "kind": kind, **draw(fields(_links(n, count, keys), keys))})
    fallback = draw(st.none() | _links(-1, count, keys))
    keyword = {"on": "keyword", "words": [key]}
    return Flow.model_validate(
        {
            "key": key,
            "name": key,
            "start": "s0",
            "steps": [{**step, "text": "Hi"} if step["kind"] == "message" else step for step in steps],
            "triggers": [keyword, *([{"on": "default"}] if key == KEYS[0] else [])],
            "unknown": {"misses": 2, "fallback": fallback},
        }
    )


@st.composite
def shops(draw: st.DrawFn) -> dict[str, Flow]:
    keys = KEYS[: draw(st.integers(1, len(KEYS)))]
    return {key: draw(flows(key, keys)) for key in keys}


SOLD: Told = {
    "wares": {
        "products": [{"title": "Tea", "variants": [{"price": 1, "stock": 2}]}],
        "payments": [{"title": "Cash"}, {"title": "Card", "online": True}],
    },
    "cart": {"lines": [{"variant": 1, "quantity": 3}]},
}
"""What those shops sell, and what somebody wants of it: more than there is."""

_keys = st.sampled_from(KEYS)
_pressed = st.builds(
    Pressed,
    revision=st.integers(1, len(KEYS)),
    step=st.integers(0, 4).map("s{}".format),
    item=st.sampled_from(
        (*"123", "-leave", "-cart", "-order", "-a1", "-c0", "-m1", "-x1", "-clear", "-cleared")
    ),
)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Started),
    st.builds(Said, text=st.sampled_from(("x", "1", "2", "3", "no", *KEYS))),
    _pressed,
    _pressed,
    st.builds(Ran, flow=_keys),
    st.builds(Stopped, flow=_keys),
    st.sampled_from((TookOver(), HandedBack(), Left())),
    st.sampled_from(
        (
            OrderMoved(1, "paid", paid=True),
            OrderMoved(1, "unpaid"),
            OrderMoved(1, "cancelled"),
            OrderMoved(1, "accepted"),
        )
    ),
)
"""What a user, an operator or a partner may do.  What was asked for and comes due is the player's to add."""
