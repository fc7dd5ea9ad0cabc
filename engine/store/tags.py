"""The tags that a shop has given a number; cards hold them by name."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, String, Text, any_, cast, func, literal
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import col, or_, select

from engine.refusals import Invalid
from engine.store.columns import words
from engine.store.table import LARGEST_ID, Page, Repository, ShopTable, belongs_to_shop, of_shop


class Tag(ShopTable, table=True):
    __table_args__ = (belongs_to_shop(), of_shop("name"))

    name: str = words()


class Tags(Repository[Tag]):
    table = Tag
    what = "tag"

    async def by_name(self, name: str) -> Tag | None:
        return await self._one(self._mine().where(Tag.name == name))

    async def search(self, text: str, limit: int, offset: int = 0) -> Page[Tag]:
        """By name.  `text`: part of the name, or the id."""
        query = self._mine()
        if text:
            same = cast(col(Tag.id), String) == text
            query = query.where(or_(col(Tag.name).icontains(text, autoescape=True), same))
        return await self._page(query, limit, offset, "name")

    async def known(self, names: Collection[str]) -> Sequence[Tag]:
        """Those of these tags that have a number, by name."""
        query = self._mine().where(col(Tag.name) == any_(_array(names))).order_by(col(Tag.name))
        return (await self._session.exec(query)).all() if names else []

    async def named(self, names: Collection[str]) -> Sequence[Tag]:
        """The tags of these names by name, those that are new made."""
        found = await self.known(names)
        missing = set(names) - {tag.name for tag in found}
        if not missing:
            return found
        rows = select(literal(self.shop_id), func.unnest(_array(sorted(missing))))
        await self._session.exec(insert(Tag).from_select(["shop_id", "name"], rows).on_conflict_do_nothing())
        return await self.known(names)

    async def of_ids(self, ids: Collection[int]) -> Sequence[Tag]:
        """Raises Invalid where one of them is not of this shop."""
        query = self._mine().where(col(Tag.id).in_([id for id in ids if 0 < id <= LARGEST_ID]))
        found = (await self._session.exec(query.order_by(col(Tag.name)))).all()
        if len(found) < len(set(ids)):
            raise Invalid({"tags": "There is no such tag."})
        return found


def _array(names: Collection[str]) -> ColumnElement[list[str]]:
    """One parameter, however many they are: a statement has room for 32,767."""
    return literal(list(names), ARRAY(Text()))
