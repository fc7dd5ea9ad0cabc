"""Bodies that Python's own parser takes, and nobody behind it can keep."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructor_api.border.strict_json import MOST_DEPTH, NotJson, Unstorable, check

NO_JSON = {
    "nothing": b"",
    "half": b'{"a":',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "Latin-1": '{"a": "é"}'.encode("latin-1"),
    "NaN": b'{"a": NaN}',
    "Infinity": b"[-Infinity]",
    "a raw control character": b'{"a": "\x00"}',
    "two values": b"{} {}",
    "a comment": b"{} // no",
    "an encoded surrogate": b'"\xed\xa0\x80"',
}
UNSTORABLE = {
    "NUL in a text": b'{"a": "x\\u0000y"}',
    "NUL in a name": b'{"a\\u0000": 1}',
    "half a character": b'["\\ud800"]',
    "the other half": b'[{"a": ["\\udc00x"]}]',
    "2**63": b"9223372036854775808",
    "below -2**63": b"[-9223372036854775809]",
    "ten thousand digits": b"1" * 10_000,
    "1e999": b'{"a": 1e999}',
    "a field twice": b'{"a": 1, "a": 2}',
    "one level too deep": b"[" * (MOST_DEPTH + 1) + b"]" * (MOST_DEPTH + 1),
    "a hundred thousand levels": b"[" * 100_000 + b"]" * 100_000,
    "more lists than may be": b"[" + b"[]," * 80_000 + b"0]",
    "more numbers than may be": b"[" + b"1," * 200_000 + b"0]",
    "more texts than may be": b"[" + b'"",' * 400_000 + b"0]",
    "deep objects": b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
}
FINE = {
    "a text full of commas, brackets and quotes": json.dumps(
        ['[,{"\\'] * 1000 + ['[,{"\\' * 300_000]
    ).encode(),
    "the deepest": b"[" * MOST_DEPTH + b"]" * MOST_DEPTH,
    "the largest": b"[9223372036854775807, -9223372036854775808, 1.5e300, -0.0]",
    "a whole pair": b'"\\ud83d\\ude00"',
    "an escaped backslash": b'"\\\\u0000"',
}


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(NotJson):
        check(body)


@pytest.mark.parametrize("body", UNSTORABLE.values(), ids=UNSTORABLE)
def test_what_nobody_could_store_is_refused(body: bytes) -> None:
    with pytest.raises(Unstorable):
        check(body)


@pytest.mark.parametrize("body", FINE.values(), ids=FINE)
def test_what_stands_at_the_edge_passes(body: bytes) -> None:
    check(body)


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(NotJson) as refused:
        check(b'{"password": "hunter2" oops')
    assert "hunter2" not in str(refused.value)


_WHOLE = st.integers(min_value=-(2**63), max_value=2**63 - 1)
_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
_PLAIN = st.none() | st.booleans() | _WHOLE | st.floats(allow_nan=False, allow_infinity=False) | _TEXT
_VALUES = st.recursive(_PLAIN, lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner), max_leaves=30)


@given(_VALUES, st.booleans())
def test_whatever_can_be_stored_passes(value: object, escaped: bool) -> None:
    check(json.dumps(value, ensure_ascii=escaped).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_either_taken_or_refused(body: bytes) -> None:
    with suppress(NotJson, Unstorable):
        check(body)
