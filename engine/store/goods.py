"""What a shop sells, as a turn asks for it: a statement an answer, plain asyncpg.

The database builds each answer as JSON of the structs in `flows.trade.goods`.
"""

from asyncpg import Pool
from msgspec import Struct, json

from engine.store.table import LARGEST_ID
from flows.requests import Browse, Reckon
from flows.trade.goods import Delivery, PaymentMethod, PromoFault, Shelf
from flows.trade.reckoning import Books, OnSale, Promo

OPEN = """
open AS (
    SELECT id, key, title, parent_id, position FROM category
    WHERE shop_id = $1 AND parent_id IS NULL AND NOT hidden
    UNION ALL
    SELECT c.id, c.key, c.title, c.parent_id, c.position FROM open o
    JOIN category c ON c.shop_id = $1 AND c.parent_id = o.id AND NOT c.hidden
)
"""
"""The categories of shop $1 that are shown: those that are hidden, or stand in a hidden one, are not."""

SHOWN = "NOT p.hidden AND (p.category_id IS NULL OR p.category_id IN (SELECT id FROM open))"
"""Whether a product `p` is shown, and so can be bought."""

VALID = "active AND coalesce(starts_at <= now(), true) AND coalesce(ends_at > now(), true)"
"""Whether a promo code counts now, as far as time goes."""

_VARIANTS = "FROM variant v WHERE v.shop_id = $1 AND v.product_id = p.id"
_TO_BUY = f"p.shop_id = $1 AND NOT p.hidden AND EXISTS (SELECT {_VARIANTS})"
_CATEGORY = "json_build_object('id', c.id, 'key', c.key, 'title', c.title, 'parent', c.parent_id)"
_PRODUCT = f"""
json_build_object(
    'id', p.id, 'title', p.title, 'description', p.description, 'pictures', p.pictures,
    'category', p.category_id, 'variants', (
        SELECT json_agg(json_build_object(
            'id', v.id, 'title', v.title, 'price', v.price, 'old_price', v.old_price, 'stock', v.stock
        ) ORDER BY v.position, v.id) {_VARIANTS}
    )
)
"""


def _shelf(named: str, products: str, categories: str, category: str) -> str:
    """A page of `products`; beside it the `category` it is of, and the `categories` in that one."""
    return f"""
WITH RECURSIVE {OPEN}, {named}, found AS MATERIALIZED (
    SELECT p.id, p.position FROM product p WHERE {_TO_BUY} AND {products}
), page AS (
    SELECT id FROM found ORDER BY position, id LIMIT $4 OFFSET $5
)
SELECT json_build_object(
    'currency', s.currency,
    'category', ({category}),
    'categories', coalesce((
        SELECT json_agg({_CATEGORY} ORDER BY c.position, c.id) FROM open c WHERE {categories}
    ), '[]'),
    'products', coalesce((
        SELECT json_agg({_PRODUCT} ORDER BY p.position, p.id)
        FROM page JOIN product p ON p.shop_id = $1 AND p.id = page.id
    ), '[]'),
    'count', (SELECT count(*) FROM found)
)
FROM shop s WHERE s.id = $1 AND ($2 = '' OR EXISTS (SELECT FROM open WHERE key = $2))
AND ($3::bigint IS NULL OR EXISTS (SELECT FROM open WHERE id = $3))
"""


_IN_CATEGORY = _shelf(
    "here AS (SELECT * FROM open WHERE CASE WHEN $3::bigint IS NULL THEN key = $2 ELSE id = $3 END)",
    "p.category_id = (SELECT id FROM here)",
    "c.parent_id = (SELECT id FROM here)",
    f"SELECT {_CATEGORY} FROM here c",
)
_UPPERMOST = _shelf("here AS (SELECT)", "p.category_id IS NULL", "c.parent_id IS NULL", "NULL::json")
_FOUND = _shelf(
    """inside AS (
        SELECT id FROM open WHERE key = $2 OR ($2 = '' AND parent_id IS NULL)
        UNION ALL
        SELECT o.id FROM inside i JOIN open o ON o.parent_id = i.id
    )""",
    "lower(p.title || ' ' || p.description) LIKE ALL (ARRAY(SELECT lower(word) FROM unnest($6::text[]) word))"
    " AND (p.category_id IN (SELECT id FROM inside) OR ($2 = '' AND p.category_id IS NULL))",
    "false",
    "NULL::json",
)
_LOOK = f"""
WITH RECURSIVE {OPEN}
SELECT json_build_object(
    'currency', s.currency, 'category', (SELECT {_CATEGORY} FROM open c WHERE c.id = p.category_id),
    'products', json_build_array({_PRODUCT}), 'count', 1
)
FROM shop s JOIN product p ON p.id = $2 WHERE s.id = $1 AND {_TO_BUY} AND {SHOWN}
"""
_BOOKS = f"""
WITH RECURSIVE {OPEN}
SELECT json_build_object(
    'currency', s.currency,
    'on_sale', coalesce((
        SELECT json_object_agg(v.id, json_build_array(p.id, p.title, v.title, v.price, v.stock))
        FROM variant v JOIN product p ON p.shop_id = $1 AND p.id = v.product_id
        WHERE v.shop_id = $1 AND v.id = ANY($2::bigint[]) AND {SHOWN}
    ), '{{}}'),
    'promo', (
        SELECT json_build_object(
            'code', code, 'percent', percent, 'amount', amount, 'least', least, 'fault', CASE
                WHEN ends_at <= now() AND active THEN 'expired' WHEN NOT ({VALID}) THEN 'unknown'
                WHEN uses_left = 0 THEN 'used_up' ELSE '' END
        ) FROM promo_code WHERE shop_id = $1 AND lower(code) = lower($3)
    ),
    'deliveries', coalesce((
        SELECT json_agg(json_build_object(
            'id', d.id, 'title', d.title, 'price', d.price, 'free_from', d.free_from,
            'needs_address', d.needs_address
        ) ORDER BY d.position, d.id) FROM delivery_method d WHERE d.shop_id = $1 AND d.active
    ), '[]'),
    'payments', coalesce((
        SELECT json_agg(json_build_object('id', m.id, 'title', m.title, 'online', m.online)
            ORDER BY m.position, m.id) FROM payment_method m WHERE m.shop_id = $1 AND m.active
    ), '[]')
)
FROM shop s WHERE s.id = $1
"""
_NUMBER = """
INSERT INTO order_counter AS c (shop_id, last) VALUES ($1, 1)
ON CONFLICT (shop_id) DO UPDATE SET last = c.last + 1 RETURNING last
"""


class _Promo(Struct):
    code: str
    percent: int
    amount: int
    least: int
    fault: PromoFault


class _Books(Struct):
    currency: str
    on_sale: dict[int, OnSale]
    promo: _Promo | None
    deliveries: list[Delivery]
    payments: list[PaymentMethod]


async def browse(pool: Pool, shop_id: int, asked: Browse) -> Shelf | None:
    """None where the root or the category is not there, or not shown."""
    if asked.category is not None and not _may_be(asked.category):
        return None
    size = max(asked.size, 0)
    given = (shop_id, asked.root, asked.category, size, min(max(asked.page, 0) * size, LARGEST_ID))
    if asked.search:
        words = [_pattern(word) for word in dict.fromkeys(asked.search.split())]
        return _read(await pool.fetchval(_FOUND, *given, words))
    statement = _IN_CATEGORY if asked.root or asked.category is not None else _UPPERMOST
    return _read(await pool.fetchval(statement, *given))


async def look(pool: Pool, shop_id: int, product: int) -> Shelf | None:
    """None where it is not there, or not shown."""
    return _read(await pool.fetchval(_LOOK, shop_id, product)) if _may_be(product) else None


async def books(pool: Pool, shop_id: int, asked: Reckon) -> Books:
    """All that is needed to reckon a cart up."""
    ids = [line.variant for line in asked.lines if _may_be(line.variant)]
    code = asked.promo.strip()
    found = _books.decode(await pool.fetchval(_BOOKS, shop_id, ids, code))
    promo = _promo(asked, found.promo)
    return Books(found.currency, found.on_sale, promo, found.deliveries, found.payments)


async def next_number(pool: Pool, shop_id: int) -> int:
    """The number of the shop's next order; nobody gets the same (docs/decisions/0009)."""
    return int(await pool.fetchval(_NUMBER, shop_id))


def _read(found: str | None) -> Shelf | None:
    return None if found is None else _shelves.decode(found)


def _may_be(id: int) -> bool:
    """Whether a row can have this id: buttons of people's own making may name any."""
    return 0 < id <= LARGEST_ID


def _pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _promo(asked: Reckon, found: _Promo | None) -> Promo | PromoFault:
    if not asked.promo:
        return ""
    if found is None:
        return "unknown"
    return found.fault or Promo(found.code, found.percent, found.amount, found.least)


_shelves = json.Decoder(Shelf)
_books = json.Decoder(_Books)
