"""The language model that a shop's flows ask: where it is, what it costs, and what it has cost."""

import re
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, Field, SecretStr

from constructor_api.grammar.envelope import Done, Ok, Shape
from constructor_api.grammar.errors import CONTESTED, PROTECTED
from constructor_api.grammar.numbers import Count, ShopId
from constructor_api.grammar.visit import Caller, Facts
from engine.access import Action
from engine.completing import KEY_PLACE
from engine.refusals import Invalid, NotFound
from engine.store.language_models import (
    SHARE,
    LanguageModel,
    LanguageModels,
    LanguageModelSpend,
    month_of,
    spend_of,
)

router = APIRouter(prefix="/api/shop/language_model", tags=["shops"], responses=PROTECTED)


def _base(text: str) -> str:
    try:
        url = urlsplit(text)
        is_base = url.scheme in ("http", "https") and bool(url.hostname) and "@" not in url.netloc
        _ = url.port
    except ValueError:
        is_base = False
    if not is_base or re.search(r"[?#\s\x00-\x1f\x7f]", text):
        raise ValueError(
            "write an address like https://api.example.com/v1, without spaces, ?, # or a password"
        )
    return text.rstrip("/")


def _plain(key: SecretStr) -> SecretStr:
    if re.search(r"[^!-~]", key.get_secret_value()):
        raise ValueError("a key has Latin letters, digits and signs, and no spaces")
    return key


Price = Annotated[Count, Field(le=10_000_000)]
Limit = Annotated[Count, Field(le=1_000_000_000_000)]
Key = Annotated[SecretStr, Field(max_length=1000), AfterValidator(_plain)]


class NewModel(Shape):
    """Prices are for a million tokens, and like the limit in the smallest coin of the shop's currency.

    `key`: what is not sent stays as it is, and "" takes it away.  Where `base_url` changes it must be sent
    again, so that nobody can have it brought to another place.
    """

    base_url: Annotated[str, Field(max_length=500), AfterValidator(_base)]
    model: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S+$")]
    key: Key | None = None
    price_in: Price
    price_out: Price
    monthly_limit: Limit | None


class ModelView(BaseModel):
    """The key is never shown, only whether there is one.

    `spent` in the smallest coin of the shop's currency, rounded up, in this `month` by UTC (`2026-12`);
    what is being asked now counts as the most that it can cost.
    """

    shop_id: int
    base_url: str
    model: str
    has_key: bool
    price_in: int
    price_out: int
    monthly_limit: int | None
    month: str
    spent: int
    tokens_in: int
    tokens_out: int


def _view(row: LanguageModel, spend: LanguageModelSpend) -> ModelView:
    return ModelView(
        shop_id=row.shop_id,
        base_url=row.base_url,
        model=row.model,
        has_key=row.key is not None,
        price_in=row.price_in,
        price_out=row.price_out,
        monthly_limit=row.monthly_limit,
        month=f"{spend.month // 100}-{spend.month % 100:02}",
        spent=-(-spend.spent // SHARE),
        tokens_in=spend.tokens_in,
        tokens_out=spend.tokens_out,
    )


async def _shown(visit: Caller, row: LanguageModel) -> Ok[ModelView]:
    spend = await spend_of(visit.unit, row.shop_id, month_of(datetime.now(UTC)))
    return Ok(result=_view(row, spend))


def _facts(row: LanguageModel) -> Facts:
    return {
        "base_url": row.base_url,
        "model": row.model,
        "has_key": row.key is not None,
        "price_in": row.price_in,
        "price_out": row.price_out,
        "monthly_limit": row.monthly_limit,
    }


@router.get("/", summary="The shop's language model, and what it has cost this month")
async def get_language_model(visit: Caller, shop_id: ShopId) -> Ok[ModelView]:
    await visit.enter(shop_id, Action.LOOK)
    row = await LanguageModels(visit.unit, shop_id).mine()
    if row is None:
        raise NotFound(LanguageModels.what)
    return await _shown(visit, row)


@router.put("/", summary="Choose the shop's language model", responses=CONTESTED)
async def put_language_model(visit: Caller, shop_id: ShopId, new: NewModel) -> Ok[ModelView]:
    inside = await visit.enter(shop_id, Action.SETTLE)
    rows = LanguageModels(visit.unit, shop_id)
    row = await rows.mine()
    before = _facts(row) if row else None
    if row and row.key and new.key is None and row.base_url != new.base_url:
        raise Invalid({"key": "The address has changed: enter the key again, or send an empty one."})
    row = row or await rows.add(LanguageModel(base_url=new.base_url, model=new.model))
    for name in ("base_url", "model", "price_in", "price_out", "monthly_limit"):
        setattr(row, name, getattr(new, name))
    if new.key is not None:
        plain = new.key.get_secret_value().encode()
        row.key = visit.engine.vault.seal(shop_id, KEY_PLACE, row.id, plain) if plain else None
    await visit.unit.flush()
    await inside.record("change", "language_model", row.id, before=before, after=_facts(row))
    return await _shown(visit, row)


@router.delete("/", summary="Have no language model; what it has cost stays counted")
async def delete_language_model(visit: Caller, shop_id: ShopId) -> Done:
    inside = await visit.enter(shop_id, Action.SETTLE)
    rows = LanguageModels(visit.unit, shop_id)
    row = await rows.mine()
    if row is None:
        raise NotFound(LanguageModels.what)
    await rows.remove(row.id)
    await inside.record("delete", "language_model", row.id, before=_facts(row))
    return Done()
