"""From a draft to what talks to people: looked at among the other flows of its shop, and let out if sound."""

import asyncio
from collections.abc import Mapping
from time import thread_time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from channels.room import room_of
from engine.refusals import Unsound
from engine.rehearsal import rehearse
from engine.store.bots import Bots
from engine.store.flows import Flows
from engine.store.revisions import Revision, Revisions
from engine.store.shops import zone_of
from engine.store.tags import Tags
from engine.store.unit import Unit
from engine.store.variables import Variables
from flows.document import Flow as Document
from flows.part import marked
from flows.rules import Problem, problems

MOST_VARIABLES = 10_000
LONGEST_REHEARSAL = 5.0
"""Seconds of CPU that the checks of a flow may take; as many as there may be of a usual one take 0.2."""


class Checked(NamedTuple):
    """What was found in a draft, and in which revision of it."""

    draft_revision: int
    problems: list[Problem]

    @property
    def sound(self) -> bool:
        return all(problem.severity != "error" for problem in self.problems)


class Publishing:
    """The flows of one shop on their way out."""

    def __init__(self, unit: Unit, shop_id: int) -> None:
        self._unit = unit
        self._shop_id = shop_id
        self._bots = Bots(unit, shop_id)
        self._flows = Flows(unit, shop_id)
        self._revisions = Revisions(unit, shop_id)
        self._tags = Tags(unit, shop_id)
        self._variables = Variables(unit, shop_id)

    async def check(self, flow_id: int) -> Checked:
        """All that is wrong with the draft.  Raises NotFound."""
        flow = await self._flows.get(flow_id)
        found = await self.problems(Document.model_validate(flow.draft))
        return Checked(flow.draft_revision, found)

    async def problems(self, document: Document) -> list[Problem]:
        """All that is wrong with a flow among the others: each as it is published, or else as it is drawn.

        What its checks find comes last.
        """
        # The checks of others are not played, and may be far longer than what they are kept beside.
        standing = ({**other, "checks": ()} for other in await self._revisions.standing())
        others = {other.key: other for other in map(Document.model_validate, standing)}
        rooms = [room_of(kind) for kind in await self._bots.kinds()]
        known = await self._variables.page(MOST_VARIABLES)
        names = [variable.name for variable in known.rows]
        zone = await zone_of(self._unit, self._shop_id)

        def look() -> list[Problem]:
            return [*problems(document, others, rooms, names), *_played(document, others, zone)]

        # A large flow takes a good part of a second, which nobody else should have to wait for.
        return await asyncio.to_thread(look)

    async def publish(self, flow_id: int, comment: str = "", account_id: int | None = None) -> Revision:
        """Lets the draft talk to people.  Raises NotFound, Unsound, and Conflict if it changes meanwhile."""
        await self._revisions.queue()
        checked = await self.check(flow_id)
        if not checked.sound:
            raise Unsound(checked.problems)
        published = await self._revisions.publish(flow_id, checked.draft_revision, comment, account_id)
        # From here on people may be marked with them; to look that up in every turn would cost more.
        await self._tags.named(_tags(Document.model_validate(published.document)))
        return published


def _tags(document: Document) -> set[str]:
    """The names of the tags that a flow gives, takes away or asks for."""
    return {
        name
        for step in document.steps
        for widget in ("tag", "tags")
        for _, name in marked(step, widget)
        if name.strip()
    }


def _played(document: Document, others: Mapping[str, Document], zone: ZoneInfo) -> list[Problem]:
    # Not the time that passes: a flow must not be refused because the machine is busy.
    end = thread_time() + LONGEST_REHEARSAL
    return [*rehearse(document, others, zone, lambda: thread_time() > end)]
