"""A token speaks for one visitor with one bot, for a year, and cannot be made up."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from constructor_api.web_chat.visitors import LIFETIME, Visitors

NOW = datetime(2026, 11, 20, tzinfo=UTC)
OLD, NEW = b"o" * 32, b"n" * 32
TOKEN = Visitors([OLD]).token(7, "ann", NOW)


def test_a_token_is_good_for_a_year_and_no_longer() -> None:
    visitors = Visitors([OLD])
    assert visitors.visitor(7, TOKEN, NOW + LIFETIME * 0.99) == "ann"
    assert visitors.visitor(7, TOKEN, NOW + LIFETIME) is None


def test_a_token_is_for_one_bot() -> None:
    assert Visitors([OLD]).visitor(8, TOKEN, NOW) is None


def test_a_token_outlives_the_change_of_the_key_until_the_old_one_is_dropped() -> None:
    assert Visitors([NEW, OLD]).visitor(7, TOKEN, NOW) == "ann"
    assert Visitors([NEW]).visitor(7, TOKEN, NOW) is None


def test_newcomers_are_told_apart() -> None:
    assert len({Visitors.newcomer() for _ in range(100)}) == 100


@given(st.text(max_size=300))
def test_what_is_no_token_of_ours_is_nobodys(text: str) -> None:
    assert Visitors([OLD]).visitor(7, text, NOW) is None


@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="ascii"))
def test_a_token_with_any_letter_changed_is_nobodys(place: int, letter: str) -> None:
    forged = TOKEN[:place] + letter + TOKEN[place + 1 :]
    if forged != TOKEN:
        assert Visitors([OLD]).visitor(7, forged, NOW) is None
