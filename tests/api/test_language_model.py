"""A shop's language model at the door: set, shown without its key, taken away."""

from typing import Any

import pytest

from engine.completing import KEY_PLACE
from engine.runtime import Engine
from engine.store.language_models import SHARE
from engine.store.unit import Database
from tests.api.partner import Partner

PLACE = "/api/shop/language_model/"
KEY = "sk-very-secret-0123456789"
MODEL: dict[str, Any] = {
    "base_url": "https://models.example/v1/",
    "model": "small",
    "key": KEY,
    "price_in": 15,
    "price_out": 60,
    "monthly_limit": 1000,
}


async def test_what_is_set_is_shown_and_the_key_never(
    ann: Partner, shop_id: int, database: Database, engine: Engine
) -> None:
    put = await ann.put(PLACE, MODEL, shop_id=shop_id)
    shown = await ann.get(PLACE, shop_id=shop_id)
    assert put.result == shown.result
    assert shown.result["month"][:2] == "20"
    wanted = {"base_url": "https://models.example/v1", "has_key": True, "spent": 0, "tokens_in": 0}
    assert shown.result.items() >= wanted.items()
    assert KEY not in f"{put}{shown}"
    row = await database.pool.fetchrow("SELECT id, key FROM language_model")
    assert engine.vault.open(shop_id, KEY_PLACE, row["id"], row["key"]).decode() == KEY
    assert KEY not in str(await database.pool.fetch("SELECT t::text FROM audit t"))


async def test_what_was_spent_is_rounded_up_to_whole_coins(
    ann: Partner, shop_id: int, database: Database
) -> None:
    shown = (await ann.put(PLACE, MODEL, shop_id=shop_id)).result
    month = int(shown["month"].replace("-", ""))
    spend = "INSERT INTO language_model_spend (shop_id, month, spent, tokens_in) VALUES ($1, $2, $3, 7)"
    await database.pool.execute(spend, shop_id, month, 3 * SHARE + 1)
    shown = (await ann.get(PLACE, shop_id=shop_id)).result
    assert (shown["spent"], shown["tokens_in"]) == (4, 7)
    assert (await ann.delete(PLACE, shop_id=shop_id)).result is None
    # Who takes his model away and sets it again has not won a new month.
    assert (await ann.put(PLACE, MODEL, shop_id=shop_id)).result["spent"] == 4


@pytest.mark.parametrize(
    ("change", "has_key"),
    [({"model": "large"}, True), ({"key": ""}, False), ({"key": "other"}, True), ({"key": None}, True)],
)
async def test_a_key_that_is_not_sent_stays(
    ann: Partner, shop_id: int, change: dict[str, Any], has_key: bool
) -> None:
    assert (await ann.put(PLACE, MODEL, shop_id=shop_id)).result
    without = {name: value for name, value in MODEL.items() if name != "key"}
    assert (await ann.put(PLACE, without | change, shop_id=shop_id)).result["has_key"] == has_key


async def test_a_key_is_not_taken_along_to_another_address(ann: Partner, shop_id: int) -> None:
    assert (await ann.put(PLACE, MODEL, shop_id=shop_id)).result
    moved = MODEL | {"base_url": "https://evil.example/v1", "key": None}
    answer = await ann.put(PLACE, moved, shop_id=shop_id)
    assert answer.status == 422
    assert answer.errors.keys() == {"key"}
    assert (await ann.put(PLACE, moved | {"key": ""}, shop_id=shop_id)).result["has_key"] is False


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_url", "models.example/v1"),
        ("base_url", "ftp://models.example/v1"),
        ("base_url", "https://user:pass@models.example/v1"),
        ("base_url", "https://models.example/v1?key=1"),
        ("base_url", "https://models.example:99999/v1"),
        ("base_url", "http://["),
        ("base_url", "http://models example/v1"),
        ("base_url", "http://models\n.example/v1"),
        ("model", ""),
        ("model", "a b"),
        ("key", "sk 1\r\nX-Evil: 1"),
        ("price_in", -1),
        ("price_out", 1.5),
        ("monthly_limit", -1),
        ("tools", []),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field_and_not_repeated(
    ann: Partner, shop_id: int, field: str, value: Any
) -> None:
    answer = await ann.put(PLACE, MODEL | {field: value}, shop_id=shop_id)
    assert answer.status == 422
    assert answer.errors.keys() == {field}
    assert KEY not in str(answer)
    assert "Evil" not in str(answer)


async def test_a_shop_without_a_model_has_none(ann: Partner, shop_id: int) -> None:
    assert (await ann.get(PLACE, shop_id=shop_id)).status == 404
    assert (await ann.delete(PLACE, shop_id=shop_id)).status == 404
