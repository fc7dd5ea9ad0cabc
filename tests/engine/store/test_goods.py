"""A shop's goods as its own people keep them: found, in their places, and bound to what can be."""

import asyncio

import pytest
from asyncpg import CheckViolationError

from engine.refusals import Conflict, Invalid, NotFound
from engine.store.categories import Categories, Category
from engine.store.delivery_methods import DeliveryMethod, DeliveryMethods
from engine.store.orders import Orders
from engine.store.payment_methods import PaymentMethod, PaymentMethods
from engine.store.products import Product, Products, Variant, Variants, Wanted
from engine.store.promo_codes import PromoCode, PromoCodes
from engine.store.shops import Shops
from engine.store.unit import Database
from tests.engine.store.conftest import Place
from tests.engine.store.test_orders_kept import ordered


async def tree(database: Database, place: Place, depth: int = 4) -> list[int]:
    """Categories, each in the one before it."""
    ids: list[int] = []
    async with database.unit() as unit:
        for n in range(depth):
            category = Category(key=f"c{n}", title=f"C {n}", parent_id=ids[-1] if ids else None)
            ids.append((await Categories(unit, place.shop).add(category)).id)
    return ids


async def product(database: Database, place: Place, title: str = "Tea", sku: str = "") -> int:
    async with database.unit() as unit:
        return (await Products(unit, place.shop).add(Product(title=title, sku=sku))).id


@pytest.mark.parametrize(
    ("moved", "into", "fits"),
    [(3, 0, True), (3, None, True), (2, 3, False), (0, 3, False), (1, 1, False), (1, 2, False), (1, 0, True)],
)
async def test_a_category_stands_anywhere_but_in_itself(
    database: Database, ours: Place, moved: int, into: int | None, fits: bool
) -> None:
    ids = await tree(database, ours)
    target = None if into is None else ids[into]
    if not fits:
        with pytest.raises(Invalid) as caught:
            async with database.unit() as unit:
                await Categories(unit, ours.shop).move(ids[moved], target)
        assert caught.value.field == "parent_id"
        return
    async with database.unit() as unit:
        await Categories(unit, ours.shop).move(ids[moved], target)
    async with database.unit() as unit:
        assert (await Categories(unit, ours.shop).get(ids[moved])).parent_id == target


async def test_two_categories_that_are_moved_into_each_other_at_once_make_no_ring(
    database: Database, ours: Place
) -> None:
    async with database.unit() as unit:
        pair = [
            (await Categories(unit, ours.shop).add(Category(key=key, title=key))).id for key in ("a", "b")
        ]

    async def move(id: int, into: int) -> None:
        async with database.unit() as unit:
            await Categories(unit, ours.shop).move(id, into)

    outcomes = await asyncio.gather(move(*pair), move(*reversed(pair)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Invalid", "NoneType"]


async def test_a_category_of_another_shop_is_none_to_stand_in(
    database: Database, ours: Place, theirs: Place
) -> None:
    [mine, *_], [strange, *_] = await tree(database, ours), await tree(database, theirs)
    for attempt in (mine, strange):
        with pytest.raises((Invalid, NotFound)):
            async with database.unit() as unit:
                await Categories(unit, ours.shop).move(attempt, strange)
    with pytest.raises(Invalid) as caught:
        async with database.unit() as unit:
            await Products(unit, ours.shop).add(Product(title="Tea", category_id=strange))
    assert caught.value.field == "category_id"


async def test_what_stood_in_a_removed_category_stands_where_that_stood(
    database: Database, ours: Place
) -> None:
    ids = await tree(database, ours)
    async with database.unit() as unit:
        tea = await Products(unit, ours.shop).add(Product(title="Tea", category_id=ids[1]))
    async with database.unit() as unit:
        await Categories(unit, ours.shop).remove(ids[1])
    async with database.unit() as unit:
        left = await Categories(unit, ours.shop).all()
        assert {one.id: one.parent_id for one in left} == {ids[0]: None, ids[2]: ids[0], ids[3]: ids[2]}
        assert (await Products(unit, ours.shop).get(tea.id)).category_id == ids[0]
        with pytest.raises(NotFound):
            await Categories(unit, ours.shop).remove(ids[1])


@pytest.mark.parametrize(
    ("table", "column", "wrong"),
    [
        ("variant", "stock", "-1"),
        ("variant", "price", "-1"),
        ("variant", "price", str(10**15 + 1)),
        ("variant", "old_price", "-1"),
        ("promo_code", "percent", "101"),
        ("promo_code", "percent", "-1"),
        ("promo_code", "amount", "-1"),
        ("promo_code", "least", "-1"),
        ("promo_code", "uses_left", "-1"),
        ("delivery_method", "price", "-1"),
        ("delivery_method", "free_from", "-1"),
        ("shop_order", "status", "'lost'"),
        ("category", "parent_id", "id"),
    ],
)
async def test_the_database_itself_keeps_numbers_within_reason(
    database: Database, ours: Place, table: str, column: str, wrong: str
) -> None:
    tea = await product(database, ours)
    await tree(database, ours, 1)
    async with database.unit() as unit:
        await Variants(unit, ours.shop).add(Variant(product_id=tea, price=1))
        await PromoCodes(unit, ours.shop).add(PromoCode(code="Ten"))
        await DeliveryMethods(unit, ours.shop).add(DeliveryMethod(title="Post"))
        await Orders(unit, ours.shop).add(ordered(ours, 1))
    with pytest.raises(CheckViolationError):
        await database.pool.execute(f"UPDATE {table} SET {column} = {wrong}")


async def test_an_article_number_names_one_product_and_may_be_left_out(
    database: Database, ours: Place, theirs: Place
) -> None:
    tea = await product(database, ours, sku="T-1")
    await product(database, theirs, sku="T-1")
    for _ in range(2):
        await product(database, ours)
    with pytest.raises(Conflict) as caught:
        await product(database, ours, sku="T-1")
    assert caught.value.field == "sku"
    async with database.unit() as unit:
        found = await Products(unit, ours.shop).by_sku("T-1")
        assert found is not None
        assert found.id == tea
        assert await Products(unit, ours.shop).by_sku("") is None


async def test_a_promo_code_is_one_however_it_is_capitalised(
    database: Database, ours: Place, theirs: Place
) -> None:
    for place in (ours, theirs):
        async with database.unit() as unit:
            await PromoCodes(unit, place.shop).add(PromoCode(code="Чай", percent=10))
    with pytest.raises(Conflict) as caught:
        async with database.unit() as unit:
            await PromoCodes(unit, ours.shop).add(PromoCode(code="чАЙ"))
    assert caught.value.field == "code"
    async with database.unit() as unit:
        found = await PromoCodes(unit, ours.shop).by_code(" ЧАЙ ")
        assert found is not None
        assert found.code == "Чай"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), ["Black tea", "Green tea", "100% mint"]),
        (Wanted(text="TEA"), ["Black tea", "Green tea"]),
        (Wanted(text="%"), ["100% mint"]),
        (Wanted(text="G-1"), ["Green tea"]),
        (Wanted(hidden=True), ["100% mint"]),
        (Wanted(hidden=False, text="tea"), ["Black tea", "Green tea"]),
        (Wanted(category_id=1), ["Black tea"]),
    ],
)
async def test_products_are_found_by_all_that_is_asked(
    database: Database, ours: Place, theirs: Place, wanted: Wanted, found: list[str]
) -> None:
    [drinks, *_] = await tree(database, ours, 1)
    assert drinks == 1
    async with database.unit() as unit:
        products = Products(unit, ours.shop)
        await products.add(Product(title="Green tea", sku="G-1", position=2))
        await products.add(Product(title="100% mint", hidden=True, position=3))
        await products.add(Product(title="Black tea", category_id=drinks, position=1))
        await Products(unit, theirs.shop).add(Product(title="Green tea"))
    async with database.unit() as unit:
        page = await Products(unit, ours.shop).wanted(wanted, 10)
        assert ([row.title for row in page.rows], page.count) == (found, len(found))


async def test_a_variant_belongs_to_a_product_of_its_shop_and_goes_with_it(
    database: Database, ours: Place, theirs: Place
) -> None:
    tea, strange = await product(database, ours), await product(database, theirs)
    with pytest.raises(Invalid) as caught:
        async with database.unit() as unit:
            await Variants(unit, ours.shop).add(Variant(product_id=strange, price=1))
    assert caught.value.field == "product_id"
    async with database.unit() as unit:
        variants = Variants(unit, ours.shop)
        for position, title in ((2, "Large"), (1, "Small")):
            await variants.add(Variant(product_id=tea, title=title, price=1, position=position))
        assert [one.title for one in await variants.of_product(tea)] == ["Small", "Large"]
        assert await Variants(unit, theirs.shop).of_product(tea) == []
        id = (await variants.of_product(tea))[0].id
        assert (await variants.hold(id)).title == "Small"
        with pytest.raises(NotFound):
            await Variants(unit, theirs.shop).hold(id)
    async with database.unit() as unit:
        await Products(unit, ours.shop).remove(tea)
    async with database.unit() as unit:
        assert await Variants(unit, ours.shop).find(id) is None


async def test_a_closed_shop_takes_its_goods_and_orders_along(
    database: Database, ours: Place, theirs: Place
) -> None:
    for place in (ours, theirs):
        [*_, last] = await tree(database, place)
        async with database.unit() as unit:
            tea = await Products(unit, place.shop).add(Product(title="Tea", category_id=last))
            await Variants(unit, place.shop).add(Variant(product_id=tea.id, price=1))
            await PromoCodes(unit, place.shop).add(PromoCode(code="Ten"))
            await DeliveryMethods(unit, place.shop).add(DeliveryMethod(title="Post"))
            await PaymentMethods(unit, place.shop).add(PaymentMethod(title="Cash", kind="cash"))
            await Orders(unit, place.shop).add(ordered(place, 1))
    async with database.unit() as unit:
        await Shops(unit).close(ours.shop)
    of_goods = ("category", "product", "variant", "promo_code", "delivery_method", "payment_method")
    for table in (*of_goods, "shop_order"):
        left = await database.pool.fetch(f"SELECT DISTINCT shop_id FROM {table}")
        assert [row["shop_id"] for row in left] == [theirs.shop], table
