"""The words of dates in the languages that we speak; `date_words.yaml`."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

_ALWAYS = "en"
"""Spoken beside the user's own language."""


class DateWords(NamedTuple):
    """`near`: days from today, by word.  `months`: all forms of each, January first.  `joins`: mere links."""

    near: dict[str, int]
    months: tuple[tuple[str, ...], ...]
    joins: frozenset[str]

    def month(self, word: str) -> int | None:
        """The number of the month that a word stands for, whole or by three letters and more."""
        if len(word) < 3:
            return None
        fitting = (
            n for n, forms in enumerate(self.months, 1) if any(form.startswith(word) for form in forms)
        )
        return next(fitting, None)


@cache
def date_words(language: str) -> DateWords:
    """The words of a language, two letters, and those of English."""
    text = (Path(__file__).parent / "date_words.yaml").read_text(encoding="utf-8")
    told = yaml.safe_load(text)
    spoken = [told[one] for one in dict.fromkeys((language, _ALWAYS)) if one in told]
    return DateWords(
        near={word: days for one in spoken for word, days in one["near"].items()},
        months=tuple(
            tuple(" ".join(forms).split()) for forms in zip(*(one["months"] for one in spoken), strict=True)
        ),
        joins=frozenset(word for one in spoken for word in one["joins"]),
    )
