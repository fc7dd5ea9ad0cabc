"""What a condition asks of the user and of the moment."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from engine.scene import Occasion, TurnScene
from flows.card import Card
from flows.conditions import Condition
from flows.yaml_text import load as load_yaml
from tests.flows.makers import card, moment

TABLE: Any = load_yaml((Path(__file__).parent / "cases_of_text" / "conditions.yaml").read_bytes())
CONDITION: TypeAdapter[Any] = TypeAdapter(Condition)


def holds(condition: Any, user: Card, now: str = "2026-05-04T12:00:00Z", zone: str = "UTC") -> bool:
    scene = TurnScene(user, Occasion(moment(now), ZoneInfo(zone)))
    answer: bool = CONDITION.validate_python(condition).holds(scene)
    assert not scene.effects, scene.effects
    return answer


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row["asks"]))
def test_a_condition_holds_for_some_and_not_for_others(row: Any) -> None:
    for answer in (True, False):
        for value in row.get("yes" if answer else "no", ()):
            user = card({"variables": {"it": value, "other": row.get("other")}})
            assert holds({"variable": "it", **row["asks"]}, user) is answer, value


@pytest.mark.parametrize(
    ("asks", "now", "answer"),
    [
        ({"what": "time", "hours": {"opens": "09:00", "closes": "18:00"}}, "2026-05-04T07:00:00Z", True),
        ({"what": "time", "hours": {"opens": "09:00", "closes": "18:00"}}, "2026-05-04T06:59:59Z", False),
        ({"what": "time", "test": "outside", "hours": {"weekdays": ["mon"]}}, "2026-05-04T07:00:00Z", False),
        ({"what": "time", "test": "outside", "hours": {"weekdays": ["tue"]}}, "2026-05-04T07:00:00Z", True),
        ({"what": "time", "hours": {"opens": "18:05", "closes": "02:00"}}, "2026-05-04T23:59:00Z", True),
        ({"what": "today", "first": "2026-05-05"}, "2026-05-04T22:00:00Z", True),
        ({"what": "today", "first": "2026-05-05"}, "2026-05-04T21:59:00Z", False),
        ({"what": "today", "last": "2026-05-04"}, "2026-05-04T21:59:00Z", True),
        ({"what": "today", "last": "2026-05-04"}, "2026-05-04T22:00:00Z", False),
        ({"what": "today"}, "2026-05-04T22:00:00Z", True),
    ],
)
def test_moments_are_read_in_the_zone_of_the_shop(asks: Any, now: str, answer: bool) -> None:
    assert holds(asks, Card(), now, "Europe/Berlin") is answer


plain = st.one_of(st.none(), st.booleans(), st.integers(-10, 10), st.floats(-5, 5), st.text(max_size=5))
values = st.one_of(
    plain, st.lists(plain, max_size=2), st.dictionaries(st.text(max_size=2), plain, max_size=2)
)


@given(values, st.sampled_from(["Ada", "5", "", " x "]))
def test_every_test_has_its_opposite(value: Any, other: str) -> None:
    user = card({"variables": {"it": value, "other": other}})
    for what, one, opposite in [
        ("text", "equals", "not_equals"),
        ("text", "contains", "not_contains"),
        ("text", "empty", "filled"),
        ("number", "=", "!="),
        ("bool", "true", "false"),
    ]:
        asks = {"what": what, "variable": "it"}
        asks |= {"value": "{{ other }}"} if what != "bool" else {}
        assert holds({**asks, "test": one}, user) != holds({**asks, "test": opposite}, user)


def test_a_broken_pattern_fits_nobody_and_is_told_to_the_shop() -> None:
    scene = TurnScene(Card(), Occasion(moment("2026-05-04T12:00:00Z"), ZoneInfo("UTC")))
    broken = {"what": "text", "variable": "it", "test": "matches", "value": "("}
    assert CONDITION.validate_python(broken).holds(scene) is False
    assert len(scene.effects) == 1
