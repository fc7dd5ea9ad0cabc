"""Buttons that a step made out of what it found, kept in its memo: what is typed means what was seen."""

from collections.abc import Iterable

from flows.effects import Button
from flows.json_value import JSON
from flows.triggers import fold

_OFFERED = "offered"
_BESIDE = " · "
"""Between what a button is called and what else it tells, such as a price."""


def told_beside(name: str, *more: str) -> str:
    """A label that says more than the name of a choice."""
    return _BESIDE.join((name, *more))


def offer(memo: dict[str, JSON], buttons: Iterable[Button]) -> None:
    """These are shown now, and no others."""
    memo[_OFFERED] = [[one.item, one.label, one.numbered] for one in buttons if one.kind == "go"]


def offered(memo: dict[str, JSON], text: str) -> str | None:
    """The item of the button that a text names: by its number, its label, or its label's beginning."""
    words = fold(text)
    shown = _shown(memo)
    for number, (item, _, numbered) in enumerate(shown, 1):
        if numbered and words == str(number):
            return item
    for called in (_label, names):
        named = [item for item, label, _ in shown if words and words in called(label)]
        if len(named) == 1:
            return named[0]
    return None


def names(label: str) -> set[str]:
    """What a button may be called: its label up to what is told beside it, with or without signs round it."""
    parts = label.split(_BESIDE)
    return {
        name
        for end in range(1, len(parts) + 1)
        for name in _without_signs(fold(_BESIDE.join(parts[:end])))
        if name
    }


def _without_signs(name: str) -> tuple[str, ...]:
    """Signs may belong to a name («C++»), or stand before it (a picture)."""
    letters = [place for place, sign in enumerate(name) if sign.isalnum()]
    return (name, name[letters[0] :], name[letters[0] : letters[-1] + 1]) if letters else (name,)


def _label(label: str) -> set[str]:
    return {fold(label)}


def _shown(memo: dict[str, JSON]) -> list[tuple[str, str, bool]]:
    kept = memo.get(_OFFERED)
    rows = kept if isinstance(kept, list) else []
    return [(str(row[0]), str(row[1]), bool(row[2])) for row in rows if isinstance(row, list)]
