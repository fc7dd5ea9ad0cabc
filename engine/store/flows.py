"""A shop's scripts, as their authors are changing them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import defer
from sqlmodel import col, func, select, update

from engine.refusals import Conflict, Invalid, NotFound
from engine.store.columns import big, created, touched, tree, words
from engine.store.shops import raise_publication
from engine.store.table import LARGEST_ID, Page, Repository, ShopTable, belongs_to_shop, of_shop
from flows.document import Flow as Document
from flows.json_value import JSON


class Flow(ShopTable, table=True):
    """`draft` is a `flows.document.Flow`, `draft_revision` rises with every change of it.

    `published_id`: the revision that talks to people.  It is no foreign key: revisions point here already.
    """

    __table_args__ = (belongs_to_shop(), of_shop("key"))

    key: str = words()
    name: str = words()
    draft: dict[str, JSON] = tree()
    draft_revision: int = big(0)
    published_id: int | None = big(None)
    created_at: datetime = created()
    updated_at: datetime = touched()


_WITHOUT_DRAFT = defer(col(Flow.draft), raiseload=True)  # type: ignore[arg-type]  # `col` tells too little


class Flows(Repository[Flow]):
    table = Flow
    what = "flow"

    async def by_key(self, key: str) -> Flow | None:
        return await self._one(self._mine().where(Flow.key == key))

    async def of_keys(self, keys: Collection[str]) -> dict[str, Flow]:
        """Those of these flows that there are, by key."""
        query = self._mine().where(col(Flow.key).in_(keys))
        return {flow.key: flow for flow in (await self._session.exec(query)).all()} if keys else {}

    async def outlined(self, limit: int, offset: int = 0) -> Page[tuple[Flow, int]]:
        """By id, each with the number of its steps, but without its draft: a hundred of them are a lot."""
        page = await self._page(self._mine().options(_WITHOUT_DRAFT), limit, offset, "id")
        steps = func.jsonb_array_length(col(Flow.draft)["steps"])
        mine = col(Flow.id).in_([flow.id for flow in page.rows])
        counted = await self._session.exec(select(Flow.id, steps).where(Flow.shop_id == self.shop_id, mine))
        counts = dict(counted.all())
        return Page([(flow, counts.get(flow.id, 0)) for flow in page.rows], page.count)

    async def hold(self, id: int) -> Flow:
        """To be changed in this unit, by nobody else meanwhile.  Raises NotFound."""
        query = self._mine().where(Flow.id == id).with_for_update()
        fresh = query.execution_options(populate_existing=True)
        flow = await self._one(fresh) if 0 < id <= LARGEST_ID else None
        if flow is None:
            raise NotFound(self.what)
        return flow

    async def draw(self, document: Document) -> Flow:
        """A new flow with this draft.  Raises Conflict where the shop has one with this key."""
        return await self.add(Flow(key=document.key, name=document.name, draft=_stored(document)))

    async def save_draft(self, id: int, document: Document, base_revision: int) -> int:
        """Replaces the draft and tells its new revision.

        Raises Conflict, with the revision that stands, where it is no longer `base_revision`; NotFound; and
        Invalid for a document with another key: links name it.
        """
        saved = (
            update(Flow)
            .where(col(Flow.shop_id) == self.shop_id, col(Flow.id) == id)
            .where(col(Flow.key) == document.key, col(Flow.draft_revision) == base_revision)
            .values(draft=_stored(document), name=document.name, draft_revision=base_revision + 1)
        )
        if not (await self._session.exec(saved)).rowcount:
            flow = await self.get(id)
            await self._session.refresh(flow)
            if flow.key != document.key:
                raise Invalid({"key": f"The key of this flow is «{flow.key}» and stays so."})
            raise Conflict("The draft has changed meanwhile.", current=flow.draft_revision)
        return base_revision + 1

    async def remove(self, id: int) -> None:
        """With its revisions; whoever is in it falls out of it at his next turn.  Raises NotFound."""
        await super().remove(id)
        await raise_publication(self._unit, self.shop_id)


def _stored(document: Document) -> dict[str, JSON]:
    return document.model_dump(mode="json")
