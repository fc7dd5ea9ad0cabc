"""Whatever the values are, a request keeps the shape that its author drew."""

from contextlib import suppress
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.json_paths import find
from flows.json_value import JSON
from flows.patterns import PatternFault, check_pattern, fits
from flows.templates.addresses import UrlFault, check_url, filled_url
from flows.templates.json_bodies import JsonFault, filled, parse, templates

SHAPES = [
    "https://a.example/{{ v }}",
    "https://a.example:8080/x/{{ v }}/y?q={{ v }}#f",
    "http://a.example?{{ v }}",
]


@given(st.sampled_from(SHAPES), st.text())
def test_a_value_stays_in_its_place_in_an_address(shape: str, value: str) -> None:
    try:
        url = filled_url(shape, lambda _: value)
    except UrlFault:
        climbs = unquote(value) in (".", "..", "%2e", "%2e%2e") or len(value) > 500
        assert climbs
        return
    drawn, built = urlsplit(shape.replace("{{ v }}", "v")), urlsplit(url)
    assert (built.scheme, built.netloc) == (drawn.scheme, drawn.netloc)
    assert built.path.count("/") == drawn.path.count("/")
    assert built.fragment == drawn.fragment
    assert url.isascii()
    assert url.isprintable()
    assert value in unquote(url)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a.example/x",
        "ftp://a.example/",
        "https://{{ host }}/",
        "https://a.{{ host }}/",
        "https://a.example{{ path }}",
        "https://user@a.example/",
        "https://a.example:{{ port }}/",
        "https://a.example:99999/",
        "https:///x",
        "javascript:alert(1)",
        "https://a.example/{% if v %}x{% endif %}",
    ],
)
def test_an_address_whose_host_is_not_fixed_is_refused(address: str) -> None:
    with pytest.raises(UrlFault) as refusal:
        check_url(address)
    assert refusal.value.reason.endswith(".")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(json_values)
def test_an_alone_standing_value_keeps_its_kind(value: JSON) -> None:
    assert filled(parse('{"a": [" {{ v }} "]}'), lambda _: "text", lambda _: value) == {"a": [value]}


@given(st.text())
def test_a_value_within_a_text_stays_within_it(value: str) -> None:
    document = parse('{"a": "Hi {{ v }}", "b": 1}')
    assert list(templates(document)) == ["Hi {{ v }}"]
    assert filled(document, lambda t: t.replace("{{ v }}", value), lambda _: None) == {
        "a": f"Hi {value}",
        "b": 1,
    }


@pytest.mark.parametrize(
    "text", ["{", "[1,]", "NaN", "[1e999]", "1" * 5000, "9" * 20, "[" * 41 + "]" * 41, "[" * 20_000]
)
def test_what_is_not_json_is_told(text: str) -> None:
    with pytest.raises(JsonFault):
        parse(text)


def test_forty_levels_are_json() -> None:
    assert parse("[" * 39 + "1" + "]" * 39)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", {"a": [{"b c": 1}, [2, 3]], "Ё": 4}),
        ("a[0].b c", None),
        ("a[1][0]", 2),
        ("a[1].[0]", 2),
        ("a[2]", None),
        ("Ё", 4),
        ("Ё.x", None),
        ("a.x", None),
    ],
)
def test_a_path_finds_its_value_or_nothing(path: str, found: JSON) -> None:
    assert find({"a": [{"b c": 1}, [2, 3]], "Ё": 4}, path) == found


@pytest.mark.parametrize(
    "pattern", ["(", "(?=a)", "(?<!a)b", r"(a)\1", "a{1001}", "(a{1000}){1000}", "x" * 513, "\0", "\ud800"]
)
def test_a_pattern_beyond_re2_is_refused_with_a_reason(pattern: str) -> None:
    with pytest.raises(PatternFault) as refusal:
        check_pattern(pattern)
    assert refusal.value.reason.endswith(".")


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*a){20}", "([a-zA-Z]+)*$"])
def test_a_costly_pattern_costs_little(pattern: str) -> None:
    assert not fits(pattern, "a" * 10_000 + "!")


@given(st.text(), st.text())
def test_any_pattern_reads_any_text_or_is_refused(pattern: str, text: str) -> None:
    with suppress(PatternFault):
        check_pattern(pattern)
        assert fits(pattern, text) in (True, False)
