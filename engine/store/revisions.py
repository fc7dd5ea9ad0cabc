"""Published flows: copies that never change."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import defer
from sqlmodel import col, func, select

from engine.refusals import Conflict, NotFound
from engine.store.columns import big, created, tree, words
from engine.store.flows import Flow, Flows
from engine.store.shops import raise_publication
from engine.store.table import Page, Repository, ShopTable, of_shop, within
from flows.json_value import JSON


class Revision(ShopTable, table=True):
    """`number` counts from 1 within its flow.  `created_by`: an account, which may be gone by now."""

    __table_args__ = (within("flow", "flow_id"), of_shop("flow_id", "number"))

    flow_id: int = big()
    number: int = big()
    document: dict[str, JSON] = tree()
    comment: str = words("")
    created_by: int | None = big(None)
    created_at: datetime = created()


_WITHOUT_DOCUMENT = defer(col(Revision.document), raiseload=True)  # type: ignore[arg-type]  # as in flows


class Revisions(Repository[Revision]):
    table = Revision
    what = "revision"

    async def queue(self) -> None:
        """Waits for whoever is publishing in this shop, and keeps others waiting until the unit ends.

        What is checked against the other flows must not be published beside one that was checked as well.
        No row is locked: those that change flows lock theirs before the shop's, and would come crosswise.
        """
        key = func.hashtextextended(f"publishing in shop {self.shop_id}", 0)
        await self._session.exec(select(func.pg_advisory_xact_lock(key)))

    async def publish(
        self, flow_id: int, draft_revision: int, comment: str = "", account_id: int | None = None
    ) -> Revision:
        """Copies the draft of a flow, in the revision that was checked, and lets it talk to people.

        Raises NotFound, and Conflict where the draft has changed since it was checked.
        """
        flow = await Flows(self._unit, self.shop_id).hold(flow_id)
        if flow.draft_revision != draft_revision:
            raise Conflict("The draft has changed meanwhile.", current=flow.draft_revision)
        latest = select(func.max(Revision.number)).where(
            Revision.shop_id == self.shop_id, Revision.flow_id == flow.id
        )
        number = ((await self._session.exec(latest)).one() or 0) + 1
        copy = Revision(
            flow_id=flow.id, number=number, document=flow.draft, comment=comment, created_by=account_id
        )
        await self.add(copy)
        return await self._show(flow, copy)

    async def show(self, flow_id: int, number: int) -> Revision:
        """Lets a revision talk to people that was published before.  Raises NotFound."""
        flow = await Flows(self._unit, self.shop_id).hold(flow_id)
        revision = await self._one(self._mine().where(Revision.flow_id == flow_id, Revision.number == number))
        if revision is None:
            raise NotFound(self.what)
        return await self._show(flow, revision)

    async def of_flow(self, flow_id: int, limit: int, offset: int = 0) -> Page[Revision]:
        """The latest first, without their documents: a hundred of them are a lot."""
        query = self._mine().where(Revision.flow_id == flow_id).options(_WITHOUT_DOCUMENT)
        return await self._page(query, limit, offset, "-number")

    async def standing(self) -> Sequence[dict[str, JSON]]:
        """Every flow of the shop: as it is published, or as it is drawn where it never was."""
        published = (col(Revision.shop_id) == Flow.shop_id) & (col(Revision.id) == Flow.published_id)
        query = (
            select(func.coalesce(Revision.document, Flow.draft))
            .select_from(Flow)
            .join(Revision, published, isouter=True)
            .where(Flow.shop_id == self.shop_id)
            .order_by(col(Flow.id))
        )
        return (await self._session.exec(query)).all()

    async def _show(self, flow: Flow, revision: Revision) -> Revision:
        flow.published_id = revision.id
        await self._unit.flush()
        await raise_publication(self._unit, self.shop_id)
        return revision
