"""What is said in more than one language."""

from collections.abc import Iterator
from itertools import islice

from flows.languages import canonical, widening
from flows.part import Severity
from flows.problems import Problem
from flows.shopful import Shopful, rule
from flows.step import Step
from flows.texts import Text, certain, texts
from flows.voices import HINT

_MOST_NAMED = 5


@rule
def a_flow_tells_its_own_language(shop: Shopful) -> Iterator[Problem]:
    """Else nobody could tell who needs a translation."""
    flow = shop.flow
    own = next((code for code in flow.translations if canonical(code) == canonical(flow.language)), None)
    if own is not None:
        code, field = "own_language", f"translations.{own}"
        message = f"The flow itself is in «{own}», and has a translation into it too. Remove one of them."
    elif flow.translations and not flow.language:
        code, field = "no_language", "language"
        message = "There are translations, but not said is which language the flow itself is in. Choose it."
    else:
        return
    yield Problem(code=code, severity="error", flow=flow.key, field=field, message=message)


@rule
def translations_are_of_texts_that_are_there(shop: Shopful) -> Iterator[Problem]:
    for language, said in shop.flow.translations.items():
        for address, translation in said.items():
            step, text = shop.texts.get(address, (None, None))
            if text is None:
                yield _astray(shop, language, address)
            elif text.most is not None and len(translation) > text.most:
                message = f"The translation into «{language}» is too long: at most {text.most} characters."
                yield _problem(shop, step, text, ("error", "long_translation", message), language)
            elif translation.strip() and not text.source.strip():
                message = f"This is empty, and its translation into «{language}» is never said. Write a text."
                yield _problem(shop, step, text, ("warning", "idle_translation", message), language)


@rule
def every_text_is_translated(shop: Shopful) -> Iterator[Problem]:
    """Into each language that there is a translation into; but one that is a kind of another of the flow
    says only what it says in other words.
    """
    spoken = dict(_spoken(shop)) if shop.flow.translations else {}
    for address, (step, text) in shop.texts.items() if spoken else ():
        if text.needed and any(map(str.isalpha, certain(text.source))):
            for language, said in spoken.items():
                if address not in said:
                    message = f"This is not translated into «{language}»: it is said as it is. Translate it."
                    yield _problem(shop, step, text, ("warning", "untranslated", message), language)


def _spoken(shop: Shopful) -> Iterator[tuple[str, frozenset[str]]]:
    """The languages that must be complete, and which texts each has words for."""
    flow = shop.flow
    known = {canonical(code) for code in (flow.language, *flow.translations)}
    for language, said in flow.translations.items():
        _, *wider = widening(language)
        if known.isdisjoint(wider):
            yield language, frozenset(address for address, text in said.items() if text.strip())


def _problem(
    shop: Shopful, step: Step | None, text: Text, told: tuple[Severity, str, str], language: str
) -> Problem:
    severity, code, message = told
    return Problem(
        code=code,
        severity=severity,
        flow=shop.flow.key,
        step=step.id if step else None,
        field=text.field,
        message=message,
        facts={"language": language},
    )


def _astray(shop: Shopful, language: str, address: str) -> Problem:
    """A translation of what is not there: of a step or item that was removed, or misspelt."""
    name, point, place = address.partition(".")
    if not point:
        why = f"only «{HINT}» stands alone, all else begins with its step"
    elif name not in shop.flow.by_id:
        why = f"there is no step «{name}»"
    else:
        there = islice(texts(shop.flow.by_id[name]), _MOST_NAMED)
        named = ", ".join(text.address for text in there) or "none"
        why = f"the step «{name}» has no text «{place}» that people read; it has {named}"
    return Problem(
        code="unknown_text",
        severity="error",
        flow=shop.flow.key,
        field=f"translations.{language}.{address}",
        message=f"«{address}» is translated into «{language}», but {why}. Correct it, or remove it.",
        facts={"language": language, "address": address},
    )
