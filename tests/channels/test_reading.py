"""Whatever comes in by webhook, reading it never fails."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Inbound, Sent, Undelivered
from channels.clean import clean
from channels.kinds import KINDS
from flows.plain_text import unwritable
from tests.channels.cases import body, cases, channel

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.sampled_from(["private", "/start", "1f.welcome.2", 2**63, 10**400]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
CASES = [param.values for param in cases("webhooks")]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """A real webhook call with something in it replaced or missing."""
    kind, case = draw(st.sampled_from([values for values in CASES if "body" in values[1]]))
    whole = [copy.deepcopy(case["body"])]
    inside: Any = whole
    key: Any = 0
    while isinstance(inside[key], (dict, list)) and inside[key] and draw(st.booleans()):
        inside = inside[key]
        key = draw(st.sampled_from(sorted(inside) if isinstance(inside, dict) else range(len(inside))))
    if inside is not whole and draw(st.booleans()):
        del inside[key]
    else:
        inside[key] = draw(anything)
    return kind, json.dumps(whole[0]).encode()


def assert_storable(found: list[Inbound]) -> None:
    for one in found:
        assert one.key
        assert 0 <= one.order < 2**63
        texts = (
            one.key,
            one.user,
            one.name,
            one.username,
            one.phone,
            one.lang_code,
            one.ack,
            repr(one.event),
        )
        assert not any(map(unwritable, texts))


@given(mutated())
def test_a_call_with_something_changed_is_read(call: tuple[str, bytes]) -> None:
    kind, raw = call
    assert_storable(channel(kind).parse(raw))


@given(st.sampled_from(KINDS), anything)
def test_any_json_is_read(kind: str, found: Any) -> None:
    assert_storable(channel(kind).parse(json.dumps(found).encode()))


@given(st.sampled_from(KINDS), st.binary())
def test_any_bytes_are_read(kind: str, raw: bytes) -> None:
    assert_storable(channel(kind).parse(raw))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "raw", [b"[" * 100_000, b'{"update_id":' * 100_000, b"1" * 100_000, b"\xff\xfe", b"NaN"]
)
def test_a_body_that_breaks_readers_is_read(kind: str, raw: bytes) -> None:
    assert_storable(channel(kind).parse(raw))


@given(
    st.sampled_from(KINDS),
    st.integers(100, 599),
    st.dictionaries(st.just("retry-after"), st.text()),
    anything,
)
def test_any_answer_is_understood(kind: str, status: int, headers: dict[str, str], found: Any) -> None:
    for raw in (json.dumps(found).encode(), json.dumps({"ok": True, "result": found}).encode()):
        assert isinstance(channel(kind).classify(status, headers, raw), (Sent, Undelivered))


@pytest.mark.parametrize(("kind", "case"), cases("webhooks"))
def test_a_call_cut_off_anywhere_is_read(kind: str, case: dict[str, Any]) -> None:
    raw = body(case)
    for end in range(0, len(raw), 7):
        assert_storable(channel(kind).parse(raw[:end]))


@given(st.text(st.characters(exclude_categories=())))
def test_a_cleaned_text_can_be_written_anywhere(text: str) -> None:
    cleaned = clean(text)
    assert not unwritable(cleaned)
    assert clean(cleaned) == cleaned
    assert cleaned.encode().decode() == cleaned


def test_two_half_characters_that_meet_are_one() -> None:
    assert clean("\ud83d\udc4d \ud83d") == "👍 �"
