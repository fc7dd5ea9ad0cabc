"""Hypothesis strategies for templates: well-formed ones, near ones, and the values they read."""

from hypothesis import strategies as st

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "7", "1e999", "2026-01-31", "{{ a }}", "\x00", "ß" * 20, "nan"])
    | st.text(max_size=8)
)
JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from("abc") | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=8,
)
VALUES = st.dictionaries(st.sampled_from("abcd"), JSON_VALUES, max_size=4)

_ATOMS = st.sampled_from(
    [
        *(*"abcd", "a.b", "a[0]", "b[-1]", "c['a']", "0", "1", "2.5", "7e3", "''", "'x'", "'DD.MM'"),
        *("none", "true", "a | first", "d.title", "999999999999999", "'a' 'b'"),
    ]
)
_FILTERS = st.sampled_from(
    [
        *("upper", "lower", "capitalize", "title", "trim", "replace('a', 'b')", "replace(a, b)"),
        *("truncate", "truncate(2)", "truncate(a)", "round", "round(2)", "round(a)", "default(b)"),
        *("d(b, c)", "int", "int(a)", "float", "float(a)", "length", "first", "last", "abs", "join"),
        *("join(a)", "date('DD.MM.YYYY HH:mm')", "date(a)", "nope", "upper(1)", "attr('x')"),
    ]
)
_OPERATORS = st.sampled_from(
    [
        *("+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", ">", "<=", ">="),
        *("in", "not in", "and", "or", "**", "if a else"),
    ]
)
_TESTS = st.sampled_from(["defined", "none", "number", "string", "not defined", "even"])

EXPRESSIONS = st.recursive(
    _ATOMS,
    lambda inner: (
        st.builds("{} {} {}".format, inner, _OPERATORS, inner)
        | st.builds("({}) | {}".format, inner, _FILTERS)
        | st.builds("({}) is {}".format, inner, _TESTS)
        | st.builds("{} if {} else {}".format, inner, inner, inner)
        | st.builds("not ({})".format, inner)
        | st.builds("-({})".format, inner)
    ),
    max_leaves=6,
)
TEMPLATES = st.recursive(
    st.builds("{{{{ {} }}}}".format, EXPRESSIONS) | st.sampled_from(["text", "\n", "{# no #}", ""]),
    lambda inner: (
        st.lists(inner, max_size=3).map("".join)
        | st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, EXPRESSIONS, inner, inner)
    ),
    max_leaves=5,
)
_TOKENS = st.sampled_from(
    [
        *("{{", "}}", "{%", "%}", "{#", "#}", "-", "+", " ", "\n", "if", "endif", "elif", "else", "for"),
        *("in", "set", "raw", "endraw", "macro", "(", ")", "[", "]", "{", "}", ".", ",", ":", "|", "~"),
        *("*", "**", "=", "==", "<", "'", '"', "\\", "\\u", "\\x", "0", "1_0", "1e9", "0x", "a", "__a"),
        *("is", "not", "and", "upper", "default", "none", "loop", "self", "é", "\ud800", "\x00", "😀"),
    ]
)
NEARLY_TEMPLATES = st.lists(_TOKENS, max_size=25).map("".join) | st.lists(
    TEMPLATES | _TOKENS, max_size=6
).map("".join)
