"""What a shop's goods are sorted into: categories, one within another."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import col, update

from engine.refusals import Invalid
from engine.store.columns import big, created, touched, words, yes_no
from engine.store.products import Product
from engine.store.table import Repository, ShopTable, belongs_to_shop, of_shop


class Category(ShopTable, table=True):
    """`key` is its name in flows; `parent_id` is None for the uppermost.

    What is hidden is not shown, nor is anything in it.
    """

    __table_args__ = (
        belongs_to_shop(),
        of_shop("key"),
        ForeignKeyConstraint(
            ["shop_id", "parent_id"],
            ["category.shop_id", "category.id"],
            ondelete="SET NULL (parent_id)",
        ),
        Index(None, "shop_id", "parent_id", "position", "id"),
        CheckConstraint("parent_id <> id", name="parent"),
    )

    key: str = words()
    title: str = words()
    parent_id: int | None = big(None)
    position: int = big(0)
    hidden: bool = yes_no(False)
    created_at: datetime = created()
    updated_at: datetime = touched()


class Categories(Repository[Category]):
    table = Category
    what = "category"

    async def by_key(self, key: str) -> Category | None:
        return await self._one(self._mine().where(Category.key == key))

    async def all(self) -> Sequence[Category]:
        """In the order in which they are shown."""
        query = self._mine().order_by(col(Category.position), col(Category.id))
        return (await self._session.exec(query)).all()

    async def move(self, id: int, into: int | None) -> Category:
        """Let it stand in another one; `into` None: among the uppermost.

        Raises NotFound, and Invalid where it would stand in itself.
        """
        # All are locked: two that are moved into each other at once would both look right.
        query = self._mine().order_by(col(Category.id)).with_for_update()
        rows = await self._session.exec(query.execution_options(populate_existing=True))
        parents = {row.id: row.parent_id for row in rows.all()}
        moved = await self.get(id)
        if into is not None and into not in parents:
            raise Invalid({"parent_id": "There is no such category in this shop."})
        if id in _upwards(parents, into):
            raise Invalid({"parent_id": "A category cannot stand in itself, nor in one that stands in it."})
        moved.parent_id = into
        await self._unit.flush()
        return moved

    async def remove(self, id: int) -> None:
        """What stood in it stands where it stood.  Raises NotFound."""
        gone = await self.get(id)
        mine = col(Category.shop_id) == self.shop_id, col(Category.parent_id) == id
        await self._session.exec(update(Category).where(*mine).values(parent_id=gone.parent_id))
        inside = col(Product.shop_id) == self.shop_id, col(Product.category_id) == id
        await self._session.exec(update(Product).where(*inside).values(category_id=gone.parent_id))
        await super().remove(id)


def _upwards(parents: Mapping[int, int | None], id: int | None) -> list[int]:
    """A category and all that it stands in."""
    way: list[int] = []
    while id is not None and id not in way:
        way.append(id)
        id = parents.get(id)
    return way
