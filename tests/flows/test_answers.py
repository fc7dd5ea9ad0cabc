"""What people write is understood as they mean it, or not at all."""

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.answers import MOST, coordinates, email, number, phone, shared_phone
from flows.events import Contact
from flows.kept_values import as_number
from flows.yaml_text import load as load_yaml

TABLE: Any = load_yaml((Path(__file__).parent / "cases_of_text" / "answers.yaml").read_bytes())


@pytest.mark.parametrize(("written", "meant"), TABLE["numbers"])
def test_numbers_as_people_write_them(written: str, meant: float | None) -> None:
    found = number(written)
    assert found == meant
    assert type(found) is type(meant)


@pytest.mark.parametrize(("written", "region", "meant"), TABLE["phones"])
def test_phone_numbers_as_people_write_them(written: str, region: str, meant: str | None) -> None:
    assert phone(written, region) == meant


@pytest.mark.parametrize(("written", "meant"), TABLE["emails"])
def test_addresses_as_people_write_them(written: str, meant: str | None) -> None:
    assert email(written) == meant


@pytest.mark.parametrize(("written", "meant"), TABLE["coordinates"])
def test_coordinates_as_maps_write_them(written: str, meant: list[float] | None) -> None:
    found = coordinates(written)
    assert (found and [*found]) == meant


@pytest.mark.parametrize(("shared", "meant"), TABLE["contacts"])
def test_shared_contacts_get_their_plus(shared: str, meant: str | None) -> None:
    assert shared_phone(Contact(shared)) == meant


@given(st.integers(-MOST, MOST), st.sampled_from([" ", ",", "'", "", "\u00a0", "\u202f"]))
def test_whole_numbers_however_grouped_are_understood(meant: int, between: str) -> None:
    written = f"{meant:,}".replace(",", between)
    lone_comma = between == "," and 1_000 <= abs(meant) < 1_000_000
    assert number(written) == meant or lone_comma
    assert not lone_comma or number(written) == meant


@given(st.decimals(min_value=-MOST, max_value=MOST, allow_nan=False, places=2), st.sampled_from(".,"))
def test_fractions_are_understood_with_point_or_comma(meant: Any, point: str) -> None:
    assert number(f"{meant:f}".replace(".", point)) == pytest.approx(float(meant))


@given(st.text())
def test_no_text_is_too_strange_to_be_read(written: str) -> None:
    found = number(written)
    assert found is None or (math.isfinite(found) and abs(found) <= MOST)
    assert phone(written, "US") is None or phone(written, "US") == phone(str(phone(written, "US")))
    assert email(written) is None or "@" in written


@given(st.floats(-MOST, MOST).map(lambda value: round(value, 6)))
def test_numbers_kept_as_text_compare_as_numbers(value: float) -> None:
    assert as_number(f"{value:f}") == pytest.approx(value, abs=1e-6)
