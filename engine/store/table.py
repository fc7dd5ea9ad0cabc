"""What tables and repositories have in common: a shop's rows are only ever seen through that shop."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint, func
from sqlalchemy.orm import declared_attr
from sqlmodel import SQLModel, col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from engine.refusals import NotFound
from engine.store.columns import identity, shop_key
from engine.store.unit import Unit

LARGEST_ID = 2**63 - 1

SQLModel.metadata.naming_convention = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}


class Table(SQLModel):
    """A table; its name is the class's, in snake case.

    Nothing is checked on construction: what comes from outside goes through `model_validate`.
    """

    @declared_attr.directive
    def __tablename__(cls) -> str:
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


class ShopTable(Table):
    """A table of which each shop sees only its own rows; its primary key starts with the shop."""

    shop_id: int = shop_key()
    id: int = identity()


Row = TypeVar("Row", bound=ShopTable)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Page(Generic[Found]):
    """Some rows of a list, and how many the list has in all."""

    rows: Sequence[Found]
    count: int


class Repository(Generic[Row]):
    """The rows of one shop.  There is no way to ask for another's."""

    table: type[Row]
    what: ClassVar[str] = "thing"
    """What to call a row in a refusal."""

    def __init__(self, unit: Unit, shop_id: int) -> None:
        self.shop_id = shop_id
        self._unit = unit
        self._session = unit.session

    async def get(self, id: int) -> Row:
        """Raises NotFound, for a stranger's row as for none."""
        found = await self.find(id)
        if found is None:
            raise NotFound(self.what)
        return found

    async def find(self, id: int) -> Row | None:
        if not 0 < id <= LARGEST_ID:
            return None
        return await self._one(self._mine().where(self.table.id == id))

    async def among(self, ids: Collection[int]) -> dict[int, Row]:
        """Those of these rows that there are, by id."""
        query = self._mine().where(col(self.table.id).in_(ids))
        return {row.id: row for row in (await self._session.exec(query)).all()} if ids else {}

    async def add(self, row: Row) -> Row:
        """Gives the row its shop and its id.  Raises Conflict where the shop has one of that name."""
        row.shop_id = self.shop_id
        self._session.add(row)
        await self._unit.flush()
        return row

    async def remove(self, id: int) -> None:
        """Raises NotFound, where somebody else was faster too."""
        mine = delete(self.table).where(col(self.table.shop_id) == self.shop_id, col(self.table.id) == id)
        if not 0 < id <= LARGEST_ID or not (await self._session.exec(mine)).rowcount:
            raise NotFound(self.what)

    async def page(self, limit: int, offset: int = 0, order: str = "id") -> Page[Row]:
        """Rows `offset` to `offset + limit` by a column, downwards where it starts with `-`."""
        return await self._page(self._mine(), limit, offset, order)

    def _mine(self) -> SelectOfScalar[Row]:
        return select(self.table).where(self.table.shop_id == self.shop_id)

    async def _one(self, query: SelectOfScalar[Row]) -> Row | None:
        return (await self._session.exec(query)).one_or_none()

    async def _page(self, query: SelectOfScalar[Row], limit: int, offset: int, order: str) -> Page[Row]:
        column = getattr(self.table, order.removeprefix("-"))
        ordered = col(column).desc() if order.startswith("-") else col(column).asc()
        # The id decides between equals, or a row could stand on two pages.
        last = col(self.table.id).desc() if order.startswith("-") else col(self.table.id).asc()
        rows = (await self._session.exec(query.order_by(ordered, last).limit(limit).offset(offset))).all()
        if len(rows) < limit and (rows or offset == 0):
            return Page(rows, offset + len(rows))
        count = select(func.count()).select_from(query.order_by(None).subquery())
        return Page(rows, (await self._session.exec(count)).one())


def of_shop(*columns: str) -> UniqueConstraint:
    """Unique within a shop."""
    return UniqueConstraint("shop_id", *columns)


def within(parent: str, column: str) -> ForeignKeyConstraint:
    """A row of the same shop that this one goes with: deleted with it."""
    there = [f"{parent}.shop_id", f"{parent}.id"]
    return ForeignKeyConstraint(["shop_id", column], there, ondelete="CASCADE")


def one_of(column: str, *values: str | int) -> CheckConstraint:
    """The values that a column may have, kept by the database as well."""
    return CheckConstraint(f"{column} in ({', '.join(map(repr, values))})", name=column)


def belongs_to_shop() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["shop_id"], ["shop.id"], ondelete="CASCADE")
