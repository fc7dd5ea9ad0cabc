"""Texts are cut where a reader would cut them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.split import Unit, cut, measure, split

FAMILY = "👩\u200d👩\u200d👧"
FLAGS = "🇩🇪🇫🇷🇪🇸"


@pytest.mark.parametrize(
    ("text", "limit", "unit", "parts"),
    [
        ("short", 10, "characters", ["short"]),
        ("exactly10!", 10, "characters", ["exactly10!"]),
        ("", 10, "characters", []),
        ("a paragraph.\n\nA second. And\na third line", 24, "characters", 
         ["a paragraph.", "A second. And", "a third line"]),
        ("one line here\ntwo. Three words", 20, "characters", ["one line here", "two. Three words"]),
        ("It rains. It pours all day", 18, "characters", ["It rains.", "It pours all day"]),
        ("several words in a row", 10, "characters", ["several", "words in a", "row"]),
        ("a " + "x" * 12, 12, "characters", ["a", "x" * 12]),
        ("Hi\n\nseveral words in a row", 16, "characters", ["Hi\n\nseveral", "words in a row"]),
        ("x" * 25, 10, "characters", ["x" * 10, "x" * 10, "x" * 5]),
        ("👍" * 6, 4, "utf16", ["👍👍"] * 3),
        ("👍" * 3, 5, "utf16", ["👍👍", "👍"]),
        ("жжжж", 5, "bytes", ["жж", "жж"]),
        (FAMILY * 2, 7, "characters", [FAMILY] * 2),
        (FLAGS, 5, "characters", ["🇩🇪🇫🇷", "🇪🇸"]),
        ("éé".replace("é", "e\u0301"), 3, "characters", ["e\u0301", "e\u0301"]),
        ("👍🏽👍🏽", 3, "characters", ["👍🏽", "👍🏽"]),
        ("e" + "\u0301" * 200, 100, "characters", ["e" + "\u0301" * 99, "\u0301" * 100, "\u0301"]),
        ("👍", 1, "utf16", ["👍"]),
    ],
)  # fmt: skip
def test_a_text_is_split(text: str, limit: int, unit: Unit, parts: list[str]) -> None:
    assert split(text, limit, unit) == parts


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("Espresso", 8, "Espresso"),
        ("Espresso", 7, "Espres…"),
        ("An espresso", 4, "An…"),
        (FAMILY * 2, 7, FAMILY + "…"),
    ],
)
def test_a_label_is_cut_with_a_mark(text: str, limit: int, short: str) -> None:
    assert cut(text, limit) == short


@given(
    st.text(st.sampled_from("ab .!\n\t 👍🇩🇪\u200dé\u0301ж"), max_size=300),
    st.integers(4, 60),
    st.sampled_from(["characters", "utf16", "bytes"]),
)
def test_parts_fit_and_together_are_the_text(text: str, limit: int, unit: Unit) -> None:
    parts = split(text, limit, unit)
    assert all(measure(part, unit) <= limit and part.strip() for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
