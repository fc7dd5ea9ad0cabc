"""What is counted is never sold twice: orders that want the same goods at once, through the whole engine."""

from random import Random

import pytest

from engine.arrivals import Arrival
from engine.libraries import Libraries
from engine.orders.counter import answer_locally
from engine.receive import Committed, Reception
from engine.refusals import Conflict
from engine.store.order_writing import SoldOut, move_stock_back, write_order
from engine.store.orders import Orders
from engine.store.played import Conversation
from engine.store.unit import Database
from flows.card import Card, CartLine
from flows.effects import OrderLine, PlaceOrder
from flows.events import Ran, Said
from flows.requests import Reckon
from tests.engine.conftest import Engines
from tests.engine.flows_for_tests import MENU
from tests.engine.shop_floor import Shop, update
from tests.engine.till_floor import CHECKOUT, cart_of, come, confirm, orders, sell, stock, told

PEOPLE = 200


async def test_of_two_hundred_who_order_the_last_one_at_once_one_gets_it(shop: Shop) -> None:
    await shop.open([CHECKOUT])
    tea = await sell(shop, stock=1)
    people = await come(shop, [{tea: 1}] * PEOPLE)
    await confirm(shop, people)
    [order] = await orders(shop)
    assert await stock(shop, tea) == [0]
    assert (order["total"], order["status"], order["items"][0]["variant"]) == (350, "new", tea)
    assert await told(shop, "is placed") == 1
    assert await told(shop, "sold out") == PEOPLE - 1
    assert await shop.count("bot_user", "cart->'lines' IS NOT NULL") == 0
    assert await shop.count("inbox") == await shop.count("fault") == 0


async def test_two_processes_sell_what_there_is_and_no_more(shop: Shop, engines: Engines, dsn: str) -> None:
    await shop.open([CHECKOUT])
    tea = await sell(shop, stock=7)
    people = await come(shop, [{tea: 1}] * 80)
    async with Database(dsn, connections=4) as elsewhere, engines(elsewhere) as other:
        await confirm(shop, people, [shop.engine, other])
    placed = await orders(shop)
    assert len(placed) == len({order["who"] for order in placed}) == 7
    assert len({order["number"] for order in placed}) == 7
    assert await stock(shop, tea) == [0]
    assert await told(shop, "sold out") == 73


async def test_whatever_is_ordered_the_sums_are_right(shop: Shop, engines: Engines, dsn: str) -> None:
    dice = Random(5)
    await shop.open([CHECKOUT])
    before = [20, 30, 9]
    goods = [await sell(shop, stock=left, title=f"Tea {left}") for left in before]
    # Chosen in any order: who takes them in the order of choosing would wait in a ring.
    carts = [{id: dice.randint(1, 3) for id in dice.sample(goods, dice.randint(1, 3))} for _ in range(60)]
    people = await come(shop, carts)
    async with Database(dsn, connections=4) as elsewhere, engines(elsewhere) as other:
        await confirm(shop, people, [shop.engine, other])
        await confirm(shop, people, [other, shop.engine])
    sold = dict.fromkeys(goods, 0)
    for order in await orders(shop):
        for line in order["items"]:
            sold[line["variant"]] += line["quantity"]
    left = await stock(shop, *goods)
    assert left == [had - sold[id] for id, had in zip(goods, before, strict=True)]
    assert all(n is not None and n >= 0 for n in left)
    assert sum(sold.values()) > 40


async def test_two_goods_chosen_in_opposite_orders_are_sold_to_everybody(
    shop: Shop, engines: Engines, dsn: str
) -> None:
    await shop.open([CHECKOUT])
    tea, cake = await sell(shop, stock=40), await sell(shop, stock=40, title="Cake")
    people = await come(shop, [{tea: 1, cake: 1}, {cake: 1, tea: 1}] * 20)
    async with Database(dsn, connections=4) as elsewhere, engines(elsewhere) as other:
        # Half of those of each order go through each process.
        await confirm(shop, people, [shop.engine, other, other, shop.engine])
    assert len(await orders(shop)) == 40
    assert await stock(shop, tea, cake) == [0, 0]


async def test_a_code_for_one_order_makes_one_order_cheaper(shop: Shop) -> None:
    await shop.open([CHECKOUT])
    tea = await sell(shop, stock=None, price=1000)
    await shop.database.pool.execute(
        "INSERT INTO promo_code (shop_id, code, percent, uses_left) VALUES ($1, 'Ten', 10, 1)", shop.id
    )
    people = await come(shop, [{tea: 1}] * 20, promo="ten")
    await confirm(shop, people)
    [order] = await orders(shop)
    assert (order["promo"], order["discount"], order["total"]) == ("Ten", 100, 900)
    assert await shop.count("promo_code", "uses_left = 0") == 1
    await confirm(shop, people)  # whoever saw that it costs more now
    assert [order["total"] for order in await orders(shop)] == [900] + [1000] * 19
    assert await stock(shop, tea) == [None]


async def test_a_cart_that_holds_a_variant_twice_is_told_what_is_left(shop: Shop) -> None:
    """Each of its lines is there, and both together are not: to play that again and again would never end."""
    await shop.open([CHECKOUT])
    tea = await sell(shop, stock=1)
    [ann] = await come(shop, [{tea: 1}])
    await shop.database.pool.execute(
        "UPDATE bot_user SET cart = $1::jsonb", cart_of([(tea, 1), (tea, 1), (tea, 0)])
    )
    await shop.start(ann)
    assert await told(shop, "only 1 left") == 1
    await confirm(shop, [ann])
    [order] = await orders(shop)
    assert [line["quantity"] for line in order["items"]] == [1]
    assert await stock(shop, tea) == [0]


@pytest.mark.parametrize(
    "gone",
    [
        "UPDATE product SET hidden = true",
        "DELETE FROM product",
        "DELETE FROM variant",
        "UPDATE category SET hidden = true WHERE parent_id IS NULL",
    ],
)
async def test_what_is_no_longer_sold_is_not_ordered(shop: Shop, gone: str) -> None:
    await shop.open([CHECKOUT])
    tea = await sell(shop, stock=5)
    pool = shop.database.pool
    await pool.execute(
        "WITH upper AS (INSERT INTO category (shop_id, key, title) VALUES ($1, 'a', 'A') RETURNING id)"
        " INSERT INTO category (shop_id, key, title, parent_id) SELECT $1, 'b', 'B', id FROM upper",
        shop.id,
    )
    await pool.execute("UPDATE product SET category_id = (SELECT id FROM category WHERE key = 'b')")
    people = await come(shop, [{tea: 1}])
    await pool.execute(gone)
    with pytest.raises(SoldOut):
        await place(shop, order_of((tea, 1)))
    await confirm(shop, people)
    assert await orders(shop) == []


async def test_an_order_that_cannot_be_written_keeps_no_other_turn_and_repeats_none(shop: Shop) -> None:
    await shop.open([CHECKOUT, {**MENU, "triggers": []}])
    tea, gold = await sell(shop, stock=9), await sell(shop, stock=None, price=10**15, title="Gold")
    ann, bob, cleo = await come(shop, [{tea: 1}, {gold: 10**6}, {tea: 1}])
    waiting = (await shop.user(cleo))["id"]
    confirmed = [update(who, Said("Confirm")) for who in (ann, bob)]
    arrivals = [Arrival(shop.id, one.event, bot_id=shop.bot_id, inbound=one) for one in confirmed]
    written: list[Committed] = []
    pool = shop.database.pool
    reception = Reception(pool, Libraries(pool), written.extend)
    await reception.take([*arrivals, Arrival(shop.id, Ran("main"), bot_user_id=waiting)])
    assert sorted(turn.before.id for turn in written) == sorted([(await shop.user(ann))["id"], waiting])
    [order] = await orders(shop)
    assert (order["who"], await shop.count("inbox")) == (ann, 1)
    assert await told(shop, "Hello") == 1


def order_of(*lines: tuple[int, int], number: int = 1, promo: str = "") -> PlaceOrder:
    sold = tuple(OrderLine(id, 1, "Tea", 350, n) for id, n in lines)
    subtotal = sum(line.price * line.quantity for line in sold)
    sums = {"subtotal": subtotal, "total": subtotal}
    return PlaceOrder(number=number, currency="USD", lines=sold, contact={}, promo=promo, **sums)


def someone(shop: Shop, turn: int = 0) -> Conversation:
    return Conversation(shop.id, 0, "UTC", shop.bot_id, "echo", True, 1, turn, Card(), "{}", ())


async def place(shop: Shop, *placed: PlaceOrder, turn: int = 0) -> None:
    """Orders of one turn, without the turn."""
    async with shop.database.connection() as connection, connection.transaction():
        for n, order in enumerate(placed):
            await write_order(connection, someone(shop, turn), order, n)


async def test_lines_of_one_variant_are_taken_together(shop: Shop) -> None:
    await shop.open([])
    tea = await sell(shop, stock=3)
    with pytest.raises(SoldOut):
        await place(shop, order_of((tea, 2), (tea, 2)))
    assert await stock(shop, tea) == [3]
    await place(shop, order_of((tea, 2), (tea, 1)))
    assert await stock(shop, tea) == [0]


@pytest.mark.parametrize("quantity", [0, -1])
async def test_nobody_orders_nothing_or_less(shop: Shop, quantity: int) -> None:
    await shop.open([])
    tea = await sell(shop, stock=3)
    with pytest.raises(ValueError, match="nothing"):
        await place(shop, order_of((tea, quantity)))
    assert (await shop.count("shop_order"), await stock(shop, tea)) == (0, [3])


async def test_a_turn_that_takes_from_itself_is_no_race_to_be_run_again(shop: Shop) -> None:
    await shop.open([])
    tea = await sell(shop, stock=3)
    with pytest.raises(ValueError, match="ordered already"):
        await place(shop, order_of((tea, 2)), order_of((tea, 2), number=2))
    await place(shop, order_of((tea, 2)), order_of((tea, 1), number=2))
    assert (await shop.count("shop_order"), await stock(shop, tea)) == (2, [0])


async def test_a_number_that_an_order_has_is_given_up_for_the_next(shop: Shop) -> None:
    await shop.open([])
    tea = await sell(shop, stock=3)
    await place(shop, order_of((tea, 1)))
    with pytest.raises(SoldOut):
        await place(shop, order_of((tea, 1)), turn=1)
    with pytest.raises(Conflict):
        await place(shop, order_of((tea, 1), number=2))
    assert await stock(shop, tea) == [2]
    asked = Reckon((CartLine(tea, 1),), numbered=True)
    answers = [await answer_locally(shop.database.pool, someone(shop), asked) for _ in range(3)]
    assert [body["number"] for _, body in answers if isinstance(body, dict)] == [1, 2, 3]


@pytest.mark.parametrize(
    "spent",
    [
        "uses_left = 0",
        "active = false",
        "ends_at = now()",
        "starts_at = now() + interval '1 day'",
        "code = ''",
    ],
)
async def test_a_code_that_counts_no_more_makes_the_order_void(shop: Shop, spent: str) -> None:
    await shop.open([])
    tea = await sell(shop, stock=3)
    await shop.database.pool.execute("INSERT INTO promo_code (shop_id, code) VALUES ($1, 'Ten')", shop.id)
    await place(shop, order_of((tea, 1), promo="TEN"))
    await shop.database.pool.execute(f"UPDATE promo_code SET {spent}")
    with pytest.raises(SoldOut):
        await place(shop, order_of((tea, 1), number=2, promo="TEN"), turn=1)
    assert await stock(shop, tea) == [2]


@pytest.mark.parametrize("counted", [True, False])
async def test_a_cancelled_order_gives_back_what_is_counted(shop: Shop, counted: bool) -> None:
    await shop.open([])
    tea, cake = await sell(shop, stock=5 if counted else None), await sell(shop, stock=5)
    await shop.database.pool.execute(
        "INSERT INTO promo_code (shop_id, code, uses_left) VALUES ($1, 'Ten', $2)",
        *(shop.id, 2 if counted else None),
    )
    await place(shop, order_of((tea, 2), (cake, 1), (tea, 1), promo="ten"))
    assert await stock(shop, tea, cake) == [2 if counted else None, 4]
    async with shop.database.unit() as unit:
        order = await Orders(unit, shop.id).by_number(1)
        assert order is not None
        await move_stock_back(unit, order)
    assert await stock(shop, tea, cake) == [5 if counted else None, 5]
    assert await shop.count("promo_code", "uses_left = 2") == counted
