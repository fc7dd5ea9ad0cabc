"""A table brought into a shop's catalogue: read, compared with what is there, and written all at once."""

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from engine.catalogue.columns import heading
from engine.catalogue.goods import Goods, Path
from engine.catalogue.plan import Change, Plan, plan
from engine.catalogue.rows import Bad
from engine.sheet_reading import MOST_ROWS, Line, Unreadable, read_lines
from engine.store.categories import Category
from engine.store.columns import now
from engine.store.products import Product, Variant
from engine.store.shelves import Shelves
from engine.store.shops import Shop
from engine.store.unit import Unit

MOST_TOLD = 1000
"""So many bad rows are named; the others are counted."""
_AT_ONCE = 500
"""Products between two waits, in which conversations go on."""


class Report(NamedTuple):
    """What a table does to a catalogue, in products.  `bad` are the first of `bad_count`.

    `applied`: whether it is done.
    """

    new: int
    changed: int
    unchanged: int
    bad: Sequence[Bad]
    bad_count: int
    notes: Sequence[str]
    applied: bool


class Terms(NamedTuple):
    """`dry_run`: only tell.  `skip_bad`: do the rest where rows are bad, instead of nothing."""

    dry_run: bool = False
    skip_bad: bool = False


def nothing(done: int, whole: int) -> None:
    """Who does not want to know how far it is."""


async def import_catalogue(
    unit: Unit, shop: Shop, content: bytes, terms: Terms, tell: Callable[[int, int], None] = nothing
) -> Report:
    """Does all of it in the unit, or nothing.  `tell`: lines done, of how many.  Raises Unreadable."""
    lines, beyond = await asyncio.to_thread(read_lines, content)
    if not lines:
        raise Unreadable("The file is empty. Its first row must name the columns.")
    columns = heading(lines[0].cells)
    if columns.missing:
        raise Unreadable(columns.missing)
    shelves = Shelves(unit, shop.id)
    await shelves.hold()
    goods = Goods(await shelves.everything())
    made = await asyncio.to_thread(plan, lines[1:], columns, goods, shop.currency, _counting(lines, tell))
    if beyond:
        message = f"The rows from here on are more than {MOST_ROWS:,}. Put them into another file."
        made.bad.append(Bad(beyond, "", message))
    applied = not terms.dry_run and (terms.skip_bad or not made.bad)
    if applied:
        await _Writing(shelves, goods).write(made)
    told = made.bad[:MOST_TOLD]
    return Report(made.new, made.changed, made.unchanged, told, len(made.bad), made.notes, applied)


def _counting(lines: Sequence[Line], tell: Callable[[int, int], None]) -> Callable[[], None]:
    done, whole = iter(range(1, len(lines))), len(lines) - 1
    return lambda: tell(next(done), whole)


class _Writing:
    """Puts a plan into the tables, in an order that no key minds."""

    def __init__(self, shelves: Shelves, goods: Goods) -> None:
        self._shelves = shelves
        self._goods = goods
        # Left to themselves the defaults are worked out anew for every row, at the price of all the rest.
        self._now = now()

    async def write(self, made: Plan) -> None:
        changes = [change for change in made.changes if change.is_one]
        await self._open_categories(made, changes)
        for change in changes:
            if change.product and "sku" in change.fields:
                change.product.sku = ""  # two products may have changed theirs for each other's
        await self._shelves.add(())
        last = max((product.position for product in self._goods.products.values()), default=0)
        for begin in range(0, len(changes), _AT_ONCE):
            part = changes[begin : begin + _AT_ONCE]
            products = [self._product(change, last + n) for n, change in enumerate(part, begin + 1)]
            await self._shelves.add(products)
            whole = zip(part, products, strict=True)
            await self._shelves.add(
                one for change, product in whole for one in self._variants(change, product)
            )

    def _product(self, change: Change, position: int) -> Product:
        product = change.product or Product(
            title="", pictures=[], position=position, created_at=self._now, updated_at=self._now
        )
        for name, value in change.fields.items():
            setattr(product, name, value)
        if change.path is not None:
            product.category_id = self._goods.by_path[change.path].id if change.path else None
        return product

    def _variants(self, change: Change, product: Product) -> Iterable[Variant]:
        kept = self._goods.variants.get(product.id, ())
        last = max((variant.position for variant in kept), default=-1)
        for n, (found, fields) in enumerate(change.variants, 1):
            variant = found or Variant(product_id=product.id, price=0, position=last + n)
            for name, value in fields.items():
                setattr(variant, name, value)
            yield variant

    async def _open_categories(self, made: Plan, changes: Sequence[Change]) -> None:
        wanted = {change.path for change in changes if change.path} | made.priorities.keys()
        missing = {path[:depth] for path in wanted for depth in range(1, len(path) + 1)}
        for path in sorted(missing - self._goods.by_path.keys(), key=lambda path: (len(path), path)):
            await self._open(path)
        for path, position in made.priorities.items():
            self._goods.by_path[path].position = position

    async def _open(self, path: Path) -> None:
        parent = self._goods.by_path[path[:-1]].id if path[1:] else None
        key = free_key(path[-1], self._goods.keys)
        self._goods.keys.add(key)
        last = max((one.position for one in self._goods.by_path.values()), default=0)
        opened = Category(key=key, title=path[-1], parent_id=parent, position=last + 1)
        await self._shelves.add([opened])
        self._goods.by_path[path] = opened


def free_key(title: str, taken: set[str]) -> str:
    """A name for flows, made of a category's title."""
    plain = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:40]
    base = plain if plain[:1].isalpha() else f"category_{plain}".rstrip("_")
    key, n = base, 1
    while key in taken:
        n += 1
        key = f"{base}_{n}"
    return key
