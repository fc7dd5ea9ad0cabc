"""The variables that a shop has declared; what each person has in them is on his card."""

from collections.abc import Collection
from typing import Literal, get_args

from sqlalchemy import String, cast
from sqlmodel import col, or_

from engine.store.columns import words
from engine.store.table import Page, Repository, ShopTable, belongs_to_shop, of_shop, one_of

Dtype = Literal["text", "number", "bool", "image", "json"]


class Variable(ShopTable, table=True):
    """`dtype` stays what it was made with: values of it are on the cards."""

    __table_args__ = (belongs_to_shop(), of_shop("name"), one_of("dtype", *get_args(Dtype)))

    name: str = words()
    dtype: Dtype = words()
    description: str | None = words(None)


class Variables(Repository[Variable]):
    table = Variable
    what = "variable"

    async def by_name(self, name: str) -> Variable | None:
        return await self._one(self._mine().where(Variable.name == name))

    async def of_names(self, names: Collection[str]) -> dict[str, Variable]:
        """Those of these variables that are declared, by name."""
        query = self._mine().where(col(Variable.name).in_(names))
        return {one.name: one for one in (await self._session.exec(query)).all()} if names else {}

    async def search(self, text: str, limit: int, offset: int = 0) -> Page[Variable]:
        """By name.  `text`: part of the name, or the id."""
        query = self._mine()
        if text:
            same = cast(col(Variable.id), String) == text
            query = query.where(or_(col(Variable.name).icontains(text, autoescape=True), same))
        return await self._page(query, limit, offset, "name")
