"""What shops may write between {{ and }}, what it comes to, and what can never be reached."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from flows.templates.rendering import (
    MAX_SOURCE,
    TemplateFault,
    check,
    check_expression,
    evaluate,
    render,
)
from flows.templates.values import MAX_TEXT
from tests.flows.template_sources import EXPRESSIONS, NEARLY_TEMPLATES, TEMPLATES, VALUES
from tests.flows.text_cases import at_any_speed, cases

WRITTEN = [case for case in cases("templates") if "text" in case]
FAULTY = [case for case in cases("templates") if "fault" in case]
EXPRESSED = [case for case in cases("expressions") if "value" in case]
FAULTY_EXPRESSIONS = [case for case in cases("expressions") if "fault" in case]
ESCAPES = cases("escapes")
REACHABLE: Any = {
    "name": "Ann",
    "number": 7,
    "tags": ["red"],
    "user": {"name": "Ann"},
    "shop": {"title": "Tea"},
}


def assert_tells(fault: TemplateFault) -> None:
    assert fault.line >= 1
    assert fault.reason.endswith(".")


def source_of(case: dict[str, Any]) -> str:
    return str(case.get("source", case.get("expression")))


@pytest.mark.parametrize("case", WRITTEN, ids=source_of)
def test_a_template_is_written_with_its_values(case: dict[str, Any]) -> None:
    assert render(case["source"], case["values"]) == case["text"]


@pytest.mark.parametrize("case", FAULTY, ids=source_of)
def test_a_fault_names_its_line_and_says_what_to_do(case: dict[str, Any]) -> None:
    with pytest.raises(TemplateFault) as fault:
        render(case["source"], case["values"])
    assert fault.value.line == case["fault"]["line"]
    assert case["fault"]["says"] in fault.value.reason
    assert fault.value.reason.endswith(".")
    assert str(fault.value) == f"line {fault.value.line}: {fault.value.reason}"


@pytest.mark.parametrize("case", EXPRESSED, ids=source_of)
def test_an_expression_keeps_the_type_of_its_value(case: dict[str, Any]) -> None:
    found = evaluate(case["expression"], case["values"])
    assert (found, type(found)) == (case["value"], type(case["value"]))


@pytest.mark.parametrize("case", FAULTY_EXPRESSIONS, ids=source_of)
def test_a_faulty_expression_says_what_to_do(case: dict[str, Any]) -> None:
    with pytest.raises(TemplateFault) as fault:
        evaluate(case["expression"], case["values"])
    assert fault.value.line == 1
    assert case["fault"] in fault.value.reason


@pytest.mark.parametrize("probe", ESCAPES["refused"])
def test_what_reaches_for_python_is_refused_when_it_is_saved(probe: str) -> None:
    with pytest.raises(TemplateFault):
        check(probe)
    with pytest.raises(TemplateFault):
        render(probe, REACHABLE)


@pytest.mark.parametrize("probe", ESCAPES["empty"])
def test_a_template_finds_nothing_but_its_values(probe: str) -> None:
    check(probe)
    assert render(probe, REACHABLE) == ""


@pytest.mark.parametrize(
    "stranger", [object(), len, str, {1}, b"x", 1j, Exception("x")], ids=lambda value: str(type(value))
)
@pytest.mark.parametrize(
    "source", ["{{ a }}", "{{ b.a }}", "{{ c[0] }}", "{{ c }}", "{{ c | first }}", "{{ c | join }}"]
)
def test_an_object_among_the_values_is_never_written(source: str, stranger: Any) -> None:
    with pytest.raises(TemplateFault):
        render(source, {"a": stranger, "b": {"a": stranger}, "c": [stranger]})


@pytest.mark.parametrize("expression", ["a", "b.a", "c[0]", "c | last", "a or 1", "a == a"])
def test_an_expression_never_hands_out_an_object(expression: str) -> None:
    stranger: Any = object()
    with pytest.raises(TemplateFault):
        evaluate(expression, {"a": stranger, "b": {"a": stranger}, "c": [stranger]})


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("no template", set()),
        ("{{ a }} {{ b.c }} {{ d[0].e }}", {"a", "b", "d"}),
        ("{% if a %}{{ b }}{% elif c %}{% else %}{{ d | default(e) }}{% endif %}", set("abcde")),
        ("{{ 'a' ~ b if c is defined else d in e }}", set("bcde")),
        ("{# {{ a }} #}{% raw %}{{ b }}{% endraw %}", set()),
    ],
)
def test_a_check_names_the_variables(source: str, names: set[str]) -> None:
    assert check(source) == names


def test_a_check_of_an_expression_names_the_variables() -> None:
    assert check_expression("a.b + c | default(d)") == set("acd")


def test_a_text_without_a_template_may_have_any_length() -> None:
    text = "{ % }" * MAX_TEXT
    assert render(text, {}) is text
    assert check(text) == frozenset()


def test_a_template_has_8192_characters_at_most() -> None:
    longest = "{{ a }}".ljust(MAX_SOURCE, ".")
    assert render(longest, {"a": "1234567"}) == "1234567".ljust(MAX_SOURCE, ".")
    with pytest.raises(TemplateFault, match="longer than 8192"):
        check(longest + ".")


def test_a_text_has_16384_characters_at_most() -> None:
    longest = "a" * MAX_TEXT
    assert render("{{ a }}", {"a": longest}) == longest
    for source in ("{{ a }}.", ".{{ a }}", "{{ a }}{% if a %}.{% endif %}", "{{ a ~ '.' }}"):
        with pytest.raises(TemplateFault, match="longer than 16384"):
            render(source, {"a": longest})


def test_a_template_is_nested_25_levels_at_most() -> None:
    assert evaluate("not " * 24 + "a", {}) is False
    with pytest.raises(TemplateFault, match="nested too deeply"):
        check_expression("not " * 25 + "a")


def test_a_template_has_600_parts_at_most() -> None:
    assert render("{{ a }}" * 600, {"a": "x"}) == "x" * 600
    with pytest.raises(TemplateFault, match="too many parts"):
        check("{{ a }}" * 601)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ a | lower }}", "too much work"),
        ("{{ a | truncate(9000) | replace('aa', 'ababab') }}", "longer than 16384"),
        ("{{ a | truncate(9000) | replace('a', 'ß') | upper }}", "longer than 16384"),
        ("{{ " + "(" * 4000 + "a", "nested too deeply"),
        ("{{ " + "9" * 5000 + " }}", "too long"),
        ("{{ a", "cannot be read"),
    ],
    ids=lambda text: str(text)[:40],
)
def test_what_is_too_much_is_a_fault_that_says_so(source: str, reason: str) -> None:
    with pytest.raises(TemplateFault, match=reason):
        render(source, {"a": "a" * 1_000_001})


@at_any_speed
@given(NEARLY_TEMPLATES | TEMPLATES, VALUES)
def test_only_a_template_fault_comes_out_of_a_template(source: str, values: Any) -> None:
    try:
        names = check(source)
        text = render(source, values)
    except TemplateFault as fault:
        assert_tells(fault)
    else:
        assert len(text) <= max(MAX_TEXT, len(source))
        # A template reads the variables that its check names, and no others.
        assert text == render(source, {name: values[name] for name in names & values.keys()})


@at_any_speed
@given(NEARLY_TEMPLATES | EXPRESSIONS, VALUES)
def test_only_a_template_fault_comes_out_of_an_expression(source: str, values: Any) -> None:
    try:
        check_expression(source)
        found = evaluate(source, values)
    except TemplateFault as fault:
        assert_tells(fault)
    else:
        assert isinstance(found, (type(None), bool, int, float, str, list, dict))


@at_any_speed
@given(st.text(), st.text())
def test_what_a_user_typed_is_never_a_template(typed: str, other: str) -> None:
    assert render("{{ a }}|{{ b }}", {"a": typed, "b": other}) == f"{typed}|{other}"


WORDS = st.text(string.ascii_letters + " -'<>&{}%", max_size=8)
OPERANDS = st.sampled_from(["a", "b", "'x'", "c.d", "a | upper", "b | trim | lower", "a | title"])
TEXTS = st.recursive(
    OPERANDS,
    lambda inner: (
        st.builds("({} ~ {})".format, inner, inner)
        | st.builds("({} + {})".format, inner, inner)
        | st.builds("({} if {} == {} else {})".format, inner, inner, inner, inner)
        | st.builds("({} or {})".format, inner, inner)
        | st.builds("({} and {})".format, inner, inner)
        | st.builds("({} | replace('a', 'b') | capitalize)".format, inner)
        | st.builds("('y' if {} in {} and not {} < {} else 'n')".format, inner, inner, inner, inner)
    ),
    max_leaves=6,
)


@at_any_speed
@given(TEXTS, WORDS, WORDS, WORDS)
def test_texts_come_out_as_jinja2_writes_them(source: str, a: str, b: str, d: str) -> None:
    template = f"{{% if {source} %}}\n[{{{{ {source} }}}}]\n{{% endif %}}\n"
    values: Any = {"a": a, "b": b, "c": {"d": d}}
    jinja = Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    assert render(template, values) == jinja.from_string(template).render(values)


@at_any_speed
@given(
    st.lists(st.sampled_from(["1", "2", "7", "a", "b", "2.5"]), min_size=2, max_size=6),
    st.lists(st.sampled_from([*"+-*/%", "//", "<", "<=", "==", "!="]), min_size=6, max_size=6),
    st.integers(-99, 99),
    st.integers(1, 99),
)
def test_numbers_are_worked_out_as_jinja2_does(
    operands: list[str], operators: list[str], a: int, b: int
) -> None:
    # One comparison at most: a truth is no number here, as it is in Python.
    signs = [sign for sign in operators if sign not in {"<", "<=", "==", "!="}]
    compared = [sign for sign in operators if sign not in signs][:1]
    chain = [*compared, *signs]
    source = operands[0] + "".join(
        f" {sign} {operand}" for sign, operand in zip(chain, operands[1:], strict=False)
    )
    jinja = Environment().compile_expression(source)
    try:
        expected = jinja(a=a, b=b)
    except ZeroDivisionError:
        with pytest.raises(TemplateFault, match="division by zero"):
            evaluate(source, {"a": a, "b": b})
    else:
        assert evaluate(source, {"a": a, "b": b}) == expected
