"""The questionnaires that leads are filled into."""

from engine.store.columns import branches, words
from engine.store.table import Repository, ShopTable, belongs_to_shop, of_shop
from flows.json_value import JSON


class LeadForm(ShopTable, table=True):
    """`key` is its name in flows.  `fields`: objects with `variable`, `title` and `required`."""

    __table_args__ = (belongs_to_shop(), of_shop("key"))

    key: str = words()
    name: str = words()
    fields: list[JSON] = branches()


class LeadForms(Repository[LeadForm]):
    table = LeadForm
    what = "lead form"

    async def by_key(self, key: str) -> LeadForm | None:
        return await self._one(self._mine().where(LeadForm.key == key))
