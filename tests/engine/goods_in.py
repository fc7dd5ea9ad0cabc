"""A made-up shop's goods, put into the database under the ids that they have in a `Stall`."""

from datetime import UTC, datetime, timedelta

from engine.store.unit import Database
from flows.trade.wares import Wares

LONG_AGO = datetime.now(UTC) - timedelta(days=9)


async def open_shop(database: Database, wares: Wares) -> int:
    """A new shop that sells them."""
    pool = database.pool
    shop_id: int = await pool.fetchval(
        "INSERT INTO shop (name, currency) VALUES ('Test', $1) RETURNING id", wares.currency
    )
    await _put_goods(database, shop_id, wares)
    await _put_terms(database, shop_id, wares)
    return shop_id


async def _put_goods(database: Database, shop_id: int, wares: Wares) -> None:
    pool = database.pool
    ids = {one.key: n for n, one in enumerate(wares.categories, 1)}
    await pool.executemany(
        "INSERT INTO category (shop_id, id, key, title, parent_id, position) VALUES ($1, $2, $3, $4, $5, $2)",
        [(shop_id, ids[c.key], c.key, c.title, ids.get(c.parent or "")) for c in wares.categories],
    )
    await pool.executemany(
        "INSERT INTO product (shop_id, id, category_id, title, description, pictures, position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $2)",
        [
            (shop_id, n, ids.get(p.category or ""), p.title, p.description, list(p.pictures))
            for n, p in enumerate(wares.products, 1)
        ],
    )
    variants = [(n, v) for n, product in enumerate(wares.products, 1) for v in product.variants]
    await pool.executemany(
        "INSERT INTO variant (shop_id, id, product_id, title, price, old_price, stock, position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $2)",
        [
            (shop_id, id, n, v.title, wares.minor(v.price), _perhaps(wares, v.old_price), v.stock)
            for id, (n, v) in enumerate(variants, 1)
        ],
    )


async def _put_terms(database: Database, shop_id: int, wares: Wares) -> None:
    pool = database.pool
    await pool.executemany(
        "INSERT INTO promo_code (shop_id, code, percent, amount, least, ends_at, uses_left)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            (
                *(shop_id, p.code, p.percent, wares.minor(p.amount), wares.minor(p.least)),
                LONG_AGO if p.fault == "expired" else None,
                0 if p.fault == "used_up" else None,
            )
            for p in wares.promos
        ],
    )
    await pool.executemany(
        "INSERT INTO delivery_method (shop_id, id, title, price, free_from, needs_address, position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $2)",
        [
            (
                shop_id,
                n,
                d.title,
                wares.minor(d.price),
                d.free_from and wares.minor(d.free_from),
                d.needs_address,
            )
            for n, d in enumerate(wares.deliveries, 1)
        ],
    )
    await pool.executemany(
        "INSERT INTO payment_method (shop_id, id, title, kind, online, position)"
        " VALUES ($1, $2, $3, 'x', $4, $2)",
        [(shop_id, n, p.title, p.online) for n, p in enumerate(wares.payments, 1)],
    )


def _perhaps(wares: Wares, amount: str | None) -> int | None:
    return None if amount is None else wares.minor(amount)
