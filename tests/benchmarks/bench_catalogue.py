"""What a page of a large shop costs: `python -m tests.benchmarks.bench_catalogue`.

Bar: 1,000 products in one category of a shop with 10,000; any page is answered within 20 ms, 99 of 100 times.
Times are of the whole answer, from the step's question to JSON, one at a time on a real PostgreSQL.
"""

import asyncio
import sys
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

from engine.embedded import embedded
from engine.orders.counter import answer_locally
from engine.store.played import Conversation
from engine.store.schema import migrate
from engine.store.unit import Database
from flows.card import Card, CartLine
from flows.requests import Browse, LocalRequest, Look, Reckon

BAR = 0.020
TIMES = 500
WARM_UP = 20
IN_ONE, IN_ALL = 1_000, 10_000

_FILL = f"""
INSERT INTO category (shop_id, key, title, parent_id)
SELECT $1, 'c' || n, 'Category ' || n, NULL FROM generate_series(1, 90) n;
INSERT INTO product (shop_id, category_id, title, description, position)
SELECT $1, CASE WHEN n <= {IN_ONE} THEN 1 ELSE 2 + n % 89 END, 'Product ' || n,
    repeat('Made by hand, of whatever number ' || n || ' is made of. ', 6), n
FROM generate_series(1, {IN_ALL}) n;
INSERT INTO variant (shop_id, product_id, title, price, stock, position)
SELECT $1, p.id, 'Size ' || v, 100 * v, v, v FROM product p, generate_series(1, 3) v;
INSERT INTO promo_code (shop_id, code, percent) SELECT $1, 'code' || n, 10 FROM generate_series(1, 1000) n;
"""
ASKED: dict[str, LocalRequest] = {
    "the first page of 1,000 products": Browse("c1"),
    "the last page of 1,000 products": Browse("c1", page=IN_ONE // 6),
    "the uppermost categories": Browse(),
    "one product": Look(500),
    "a search that finds one of 10,000": Browse(search="product 7777"),
    "a search that finds all 10,000": Browse(search="made hand"),
    "a cart of 20 lines with a code": Reckon(tuple(CartLine(n, 1) for n in range(1, 400, 20)), "CODE7"),
    "the same, with the number of an order": Reckon((CartLine(3, 1),), numbered=True),
}


async def measure(database: Database) -> bool:
    """Whether every page kept the bar."""
    pool = database.pool
    shop_id = await pool.fetchval("INSERT INTO shop (name) VALUES ('Large') RETURNING id")
    await pool.execute(_FILL.replace("$1", str(shop_id)))
    await pool.execute("ANALYZE")
    whose = Conversation(shop_id, 0, "UTC", 1, "echo", True, 1, 0, Card(), "{}", ())
    kept = True
    for what, asked in ASKED.items():
        taken = []
        for _ in range(WARM_UP + TIMES):
            began = perf_counter()
            status, _ = await answer_locally(pool, whose, asked)
            taken.append(perf_counter() - began)
            assert status == 200
        cuts = quantiles(taken[WARM_UP:], n=100)
        sys.stdout.write(f"median {cuts[49] * 1e3:6.2f} ms  p99 {cuts[98] * 1e3:6.2f} ms  {what}\n")
        if "page of" in what:
            kept &= cuts[98] <= BAR
    return kept


async def compare(dsn: str) -> bool:
    async with Database(dsn) as database:
        await migrate(database)
        return await measure(database)


def main() -> int:
    with (
        TemporaryDirectory(prefix="botique-bench-", ignore_cleanup_errors=True) as folder,
        embedded(Path(folder) / "folder") as dsn,
    ):
        kept = asyncio.run(compare(dsn))
    sys.stdout.write(f"bar {BAR * 1e3:.0f} ms: {'kept' if kept else 'missed'}\n")
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
