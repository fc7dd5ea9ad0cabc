"""The questionnaires that leads are filled into."""

from sqlalchemy import Text

from engine.store.columns import big, branches, many, words
from engine.store.table import Repository, ShopTable, belongs_to_shop, of_shop
from flows.json_value import JSON


class LeadForm(ShopTable, table=True):
    """`key` is its name in flows.  `fields`: objects with `variable`, `title` and `required`.

    What becomes of each new lead: the channels that fit `notify_tags` tell of it (no tags: nobody is told),
    the person gets `assign_tag`, and `assignee_id`, while a member, works on it.
    """

    __table_args__ = (belongs_to_shop(), of_shop("key"))

    key: str = words()
    name: str = words()
    fields: list[JSON] = branches()
    notify_tags: list[str] = many(Text())
    assign_tag: str = words("")
    assignee_id: int | None = big(None)

    def titles(self) -> dict[str, str]:
        """What its fields are called, by variable, in its order."""
        told = [field for field in self.fields if isinstance(field, dict)]
        return {str(field["variable"]): str(field.get("title") or field["variable"]) for field in told}


class LeadForms(Repository[LeadForm]):
    table = LeadForm
    what = "lead form"

    async def by_key(self, key: str) -> LeadForm | None:
        return await self._one(self._mine().where(LeadForm.key == key))

    async def by_keys(self) -> dict[str, LeadForm]:
        """All of them by key, in its order."""
        rows = (await self._session.exec(self._mine().order_by(LeadForm.key))).all()
        return {form.key: form for form in rows}
