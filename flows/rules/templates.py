"""Texts with variables."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from flows.problems import Problem, in_translation
from flows.shopful import Shopful, rule
from flows.templates.rendering import TemplateFault, check, check_expression


class _Source(NamedTuple):
    step: str | None
    field: str
    text: str
    read: Callable[[str], frozenset[str]] = check
    language: str = ""


@rule
def texts_can_be_filled_in(shop: Shopful) -> Iterator[Problem]:
    """An unknown variable is a warning only: partners and operators may set some that no flow tells of."""
    for source in _sources(shop):
        for problem in _unfillable(shop, source):
            yield in_translation(problem, source.language) if source.language else problem


def _unfillable(shop: Shopful, source: _Source) -> Iterator[Problem]:
    try:
        names = source.read(source.text)
    except TemplateFault as fault:
        yield Problem(
            code="template",
            severity="error",
            flow=shop.flow.key,
            step=source.step,
            field=source.field,
            message=fault.reason,
            facts={"line": str(fault.line)},
        )
    else:
        yield from _unknown(shop, source.step, source.field, names)


@rule
def variables_that_steps_read_are_known(shop: Shopful) -> Iterator[Problem]:
    for step in shop.flow.steps:
        for field, name in step.reads():
            yield from _unknown(shop, step.id, field, [name])


def _unknown(shop: Shopful, step: str | None, field: str, names: Iterable[str]) -> Iterator[Problem]:
    for name in sorted(set(names) - shop.known_variables):
        yield Problem(
            code="unknown_variable",
            severity="warning",
            flow=shop.flow.key,
            step=step,
            field=field,
            message=f"No step sets the variable «{name}»: it may be empty. Check its spelling.",
            facts={"variable": name},
        )


def _sources(shop: Shopful) -> Iterator[_Source]:
    for step in shop.flow.steps:
        for field, text in step.templates():
            yield _Source(step.id, field, text)
        for field, text in step.expressions():
            if text.strip():  # an empty expression clears a variable
                yield _Source(step.id, field, text, check_expression)
        for told in shop.retold(step):
            said = ((field, text) for field, text in told.step.templates() if field in told.fields)
            yield from (_Source(step.id, field, text, language=told.language) for field, text in said)
    own = shop.flow.unknown.hint
    yield _Source(None, "unknown.hint", own)
    for language, voice in shop.voices.items():
        if voice.hint != own:
            yield _Source(None, "unknown.hint", voice.hint, language=language)
