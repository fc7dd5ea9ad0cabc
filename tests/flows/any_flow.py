"""Every flow that has the right shape, of every kind of step there is, found from the kinds' own fields."""

from collections.abc import Callable, Iterable
from datetime import date
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MinLen
from hypothesis import assume
from hypothesis import strategies as st
from pydantic import BaseModel, JsonValue, ValidationError
from pydantic.fields import FieldInfo

from flows.checks import Check, Exchange, Given, Press, Reply
from flows.document import Flow, Unknown
from flows.step import Step
from flows.steps import KINDS, STEP
from flows.texts import texts
from flows.triggers import Trigger

_LETTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
# What a careless writer of YAML would read back as something else.
_TRAPS = (
    "no",
    "1e3",
    "2026-01-01",
    "~",
    "- a",
    "a: b",
    "a\n b\n",
    "\n",
    " x ",
    "#x",
    "{{ name }}\n\n",
    "+7",
    "\x85",
)
_ONLY = {NoneType: st.none(), bool: st.booleans(), date: st.dates()}


def _values(annotation: Any, rules: Iterable[Any] = ()) -> st.SearchStrategy[Any]:
    rules = [inner for rule in rules for inner in (rule.metadata if isinstance(rule, FieldInfo) else [rule])]
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _values(args[0], [*args[1:], *rules])
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (Union, UnionType):
        return st.one_of([_values(arg, rules) for arg in args])
    if origin is tuple:
        return _tuples(args, rules)
    if origin is dict:
        return st.dictionaries(_values(args[0]), _values(args[1]), max_size=2)
    if annotation is JsonValue:
        return _json()
    if annotation in _WITH_RULES:
        return st.deferred(_WITH_RULES[annotation])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _models(annotation)
    return _ONLY[annotation] if annotation in _ONLY else _scalars(annotation, rules)


def _tuples(args: tuple[Any, ...], rules: list[Any]) -> st.SearchStrategy[Any]:
    if args[-1] is not ...:
        return st.tuples(*map(_values, args))
    least = next((rule.min_length for rule in rules if isinstance(rule, MinLen)), 0)
    return st.lists(_values(args[0]), min_size=least, max_size=least + 2)


def _scalars(annotation: Any, rules: list[Any]) -> st.SearchStrategy[Any]:
    if annotation is str:
        return _texts(rules)
    least: Any = next((rule.ge for rule in rules if isinstance(rule, Ge)), None)
    most: Any = next((rule.le for rule in rules if isinstance(rule, Le)), None)
    if annotation is float:
        return st.floats(least, most, allow_nan=False, allow_infinity=False)
    assert annotation is int, f"this test does not know how to make a {annotation}"
    return st.integers(-(2**62) if least is None else least, 2**62 if most is None else most)


def _texts(rules: list[Any]) -> st.SearchStrategy[str]:
    least = next((rule.min_length for rule in rules if isinstance(rule, MinLen)), 0)
    most = next((rule.max_length for rule in rules if isinstance(rule, MaxLen)), 100)
    pattern = next((rule.pattern for rule in rules if getattr(rule, "pattern", None)), None)
    if pattern:
        # Python's $ also matches before a last line break, pydantic's does not.
        return st.from_regex(pattern, alphabet=_LETTERS).filter(
            lambda text: len(text) <= most and text.strip() == text
        )
    fitting = [trap for trap in _TRAPS if least <= len(trap) <= most]
    return st.sampled_from(fitting) | st.text(_LETTERS, min_size=least, max_size=min(most, 20))


def _models(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    fields = model.model_fields
    drawn = {
        name: st.deferred(lambda f=field: _values(f.annotation, f.metadata)) for name, field in fields.items()
    }
    needed = {
        name
        for name, field in fields.items()
        if field.is_required() or get_origin(field.annotation) is Literal
    }
    return st.fixed_dictionaries(
        {name: drawn[name] for name in fields if name in needed},
        optional={name: drawn[name] for name in fields if name not in needed},
    )


def _json() -> st.SearchStrategy[Any]:
    numbers = st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False)
    plain = st.none() | st.booleans() | numbers | _texts([])
    return st.recursive(
        plain, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_texts([]), inner, max_size=2)
    )


def _given() -> st.SearchStrategy[Any]:
    """The model's own fields, but for the moment (few texts are one) and the cart (it is of the wares)."""
    moments = st.builds("{} {:%H:%M}".format, st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.times())
    drawn = st.tuples(_models(Given), moments)
    return drawn.map(lambda both: {**both[0], "moment": both[1], "cart": {}})


def _reply() -> st.SearchStrategy[Any]:
    """A text alone, or a message of which something is told, but not both all of it and a part."""
    whole = _models(Reply).map(lambda raw: {**raw, "contains": None})
    part = _models(Reply).map(lambda raw: {**raw, "says": None})
    told = (whole | part).filter(lambda raw: any(one is not None for one in raw.values()))
    return _texts([]) | told


def _press() -> st.SearchStrategy[Any]:
    place = {"step": st.just("s0"), "item": st.just("1")}
    labels = _texts([])
    told = st.fixed_dictionaries({"label": labels}) | st.fixed_dictionaries(
        place, optional={"flow": st.sampled_from(("main", "form"))}
    )
    return labels | told


def _exchange() -> st.SearchStrategy[Any]:
    """One of all that may happen, and any of what may be expected."""
    fields = Exchange.model_fields
    names = [*fields]
    acts = names[: names.index("bot")]
    drawn = {name: _values(fields[name].annotation, fields[name].metadata) for name in names}
    happens = [st.fixed_dictionaries({act: drawn[act].filter(_is_something)}) for act in acts]
    expected = st.fixed_dictionaries({}, optional={name: drawn[name] for name in names if name not in acts})
    return st.builds(lambda act, rest: act | rest, st.one_of(happens), expected)


def _is_something(value: Any) -> bool:
    return value is not None


def _check() -> st.SearchStrategy[Any]:
    talk = st.lists(_exchange(), min_size=1, max_size=3)
    return st.tuples(_models(Check), talk).map(lambda drawn: {**drawn[0], "talk": drawn[1]})


_WITH_RULES: dict[Any, Callable[[], st.SearchStrategy[Any]]] = {
    Given: _given,
    Reply: _reply,
    Press: _press,
    Exchange: _exchange,
    Check: _check,
}
"""Parts of which some combinations of fields are refused, so that chance would hardly ever find one."""


def _translations(steps: list[Step]) -> st.SearchStrategy[Any]:
    """Of texts that are there and of some that are not."""
    there = [f"{step.id}.{text.address}" for step in steps for text in texts(step)]
    said = st.dictionaries(st.sampled_from(["hint", "s9.text", "a: b", *there]), _texts([]), max_size=4)
    return st.dictionaries(st.sampled_from(_LANGUAGES), said, max_size=3)


_LANGUAGES = ("ru", "no", "pt", "pt-BR", "es-419")
_RAW_STEPS = {kind: _models(model) for kind, model in KINDS.items()}
_UNKNOWN = _models(Unknown)
_CHECKS = st.lists(_values(Check), max_size=2)
_TRIGGERS = st.lists(_values(Trigger), max_size=3)


ANY_CHECK: st.SearchStrategy[Check] = _values(Check).map(Check.model_validate)


@st.composite
def any_flow(draw: st.DrawFn) -> Flow:
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), max_size=4))
    steps = [{**draw(_RAW_STEPS[kind]), "id": f"s{n}"} for n, kind in enumerate(kinds)]
    raw = {
        "key": "main",
        "name": draw(st.sampled_from(_TRAPS[:4])),
        "start": draw(st.sampled_from(("s0", None))),
    }
    try:
        sound = [STEP.validate_python(step) for step in steps]
        return Flow.model_validate(
            {
                **raw,
                "triggers": draw(_TRIGGERS),
                "unknown": draw(_UNKNOWN),
                "steps": steps,
                "checks": draw(_CHECKS),
                "language": draw(st.sampled_from(("", "en", *_LANGUAGES))),
                "translations": draw(_translations(sound)),
            }
        )
    except ValidationError:
        # A rule of shape that fields alone do not tell, such as ids that must differ.
        assume(False)
        raise
