"""Plain YAML there and back: what is read, what is refused, and that nothing is lost between."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flows.yaml_text import YamlFault, dump, load
from tests.flows.text_cases import at_any_speed, cases

READ = [case for case in cases("yaml_reading") if "value" in case]
REFUSED = [case for case in cases("yaml_reading") if "fault" in case]
WRITTEN = cases("yaml_writing")

ODD = st.sampled_from(
    [
        *("no", "on", "y", "N", "1e3", "1_0", "2026-01-01", "12:30", "~", "", "null", "TRUE", "007", ".5"),
        *("0o17", "0x1F", "+7999", "1.", "-0", "-", "---", "...", "<<", "=", "!x", "&a", "*a", "@a", "`"),
        *("a\n", "a\n\n", "\n", " ", "  a", " a\nb", "a\n b\n", "a\n ", "a\n \n", "\ta", "a\t\nb", "a\r\nb"),
        *("\x85", "\u2028", "\ufeff", "\x7f", "\x01\n", "a\n---\nb", "a: b", "a #b", "- a", "? a", "a:"),
        *(
            "#",
            "a\n#b",
            "%a",
            "'",
            '"',
            "\\",
            "{a",
            "[",
            "|",
            ">\n",
            "x" * 1200,
            "k: " * 400,
            "👩\u200d👧\nb",
        ),
    ]
)
MARKS = " \n\t\r:#-?|>'\"\\{}[],&*!%@`a1.\x85\u2028\ufeff\x07é😀~"
TEXTS = (
    ODD
    | st.text(MARKS, max_size=8)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def assert_tells(fault: YamlFault) -> None:
    assert fault.line is None or fault.line >= 1
    assert fault.reason.endswith(".")


def nested(levels: int) -> Any:
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


@pytest.mark.parametrize("case", READ, ids=lambda case: ascii(case["text"]))
def test_yaml_means_what_it_looks_like(case: dict[str, Any]) -> None:
    found = load(case["text"])
    # As JSON, for True == 1 == 1.0 and so on.
    assert json.dumps(found) == json.dumps(case["value"])
    assert load(case["text"].encode()) == case["value"]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: ascii(case["text"]))
def test_a_fault_names_its_line_and_says_why(case: dict[str, Any]) -> None:
    with pytest.raises(YamlFault) as fault:
        load(case["text"])
    assert fault.value.line == case["fault"]["line"]
    assert case["fault"]["says"] in fault.value.reason
    assert str(fault.value) == f"line {fault.value.line}: {fault.value.reason}"


@pytest.mark.parametrize(
    ("raw", "line"),
    [("a: 1".encode("utf-16"), 1), (b"a: 1\nb: \xe9", 2), (b"\xff", 1), (b"a\nb\n\xed\xa0\x80", 3)],
)
def test_a_file_that_is_not_utf8_is_refused(raw: bytes, line: int) -> None:
    with pytest.raises(YamlFault, match="not UTF-8") as fault:
        load(raw)
    assert fault.value.line == line


def test_a_byte_order_mark_is_passed_over() -> None:
    assert load(b"\xef\xbb\xbfa: 1") == {"a": 1}


def test_half_a_character_is_refused() -> None:
    with pytest.raises(YamlFault, match="cannot stand"):
        load("a: \ud83d")


def refused(reason: str, value: Any, text: str) -> None:
    """The value is not written and the text not read, for the same reason."""
    with pytest.raises(YamlFault, match=reason):
        dump(value)
    with pytest.raises(YamlFault, match=reason):
        load(text)


def test_40_levels_are_read_and_written_but_not_41() -> None:
    assert load(dump(nested(40))) == nested(40)
    assert load("[" * 40 + "]" * 40) == nested(40)
    refused("more than 40 levels", nested(41), "[" * 41 + "]" * 41)


def test_2_megabytes_are_read_and_written_but_no_more() -> None:
    longest = "a" * 1_999_999
    assert dump(longest) == longest + "\n"
    assert load(longest + "\n") == longest
    refused("larger than 2 MB", longest + "a", longest + "a\n")
    refused("larger than 2 MB", "ä" * 1_000_000, "ä" * 1_000_001)


def test_200000_values_are_read_and_written_but_no_more() -> None:
    most: Any = [1] * 199_999
    assert load(dump(most)) == most
    refused("more than 200000 values", [*most, 1], "- 1\n" * 200_000)


def test_a_number_of_many_digits_is_refused() -> None:
    refused("in quotes", 10**5000, "9" * 5000)


@pytest.mark.parametrize("case", WRITTEN, ids=lambda case: ascii(case["text"])[:60])
def test_a_value_is_written_to_the_letter(case: dict[str, Any]) -> None:
    assert dump(case["value"]) == case["text"]
    assert load(case["text"]) == case["value"]


@pytest.mark.parametrize(
    "value",
    [
        *(2**63, -(2**63) - 1, float("nan"), float("inf"), "\0", "\ud800", object(), b"a", {1: 2}, (1,)),
        *({"\ud800": 1}, [{"a": [float("-inf")]}]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_could_not_be_read_back_is_not_written(value: Any) -> None:
    with pytest.raises(YamlFault) as fault:
        dump(value)
    assert fault.value.line is None
    assert str(fault.value) == fault.value.reason


@at_any_speed
@given(VALUES)
def test_what_is_written_is_read_back_as_it_was(value: Any) -> None:
    written = dump(value)
    assert json.dumps(load(written)) == json.dumps(value)
    assert load(written.encode()) == value


@at_any_speed
@given(VALUES)
def test_other_readers_of_yaml_read_the_same(value: Any) -> None:
    written = dump(value)
    assert yaml.safe_load(written) == value
    assert yaml.load(written, Loader=yaml.CSafeLoader) == value


@at_any_speed
@given(st.binary(max_size=40) | st.text(MARKS + "\0&*!0-_=<e", max_size=30) | st.text(max_size=20))
def test_only_a_yaml_fault_comes_out_of_any_text(raw: bytes | str) -> None:
    try:
        value = load(raw)
    except YamlFault as fault:
        assert_tells(fault)
    else:
        assert load(dump(value)) == value
