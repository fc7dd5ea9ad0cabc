"""All leads that fit, as a table: of any length, for only a page of them is in memory at a time."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import IO
from zoneinfo import ZoneInfo

from msgspec import json

from engine.refusals import Invalid
from engine.sheets import MOST_COLUMNS, Cell, Format, begun
from engine.store.bots import Bots
from engine.store.lead_forms import LeadForm, LeadForms
from engine.store.lead_writing import UTM
from engine.store.leads import Lead, Leads, Wanted
from engine.store.members import Members
from engine.store.shops import Shop
from engine.store.unit import Unit
from flows.json_value import JSON
from flows.kept_values import written

_SOURCE = ("start_parameter", *UTM)
_FIXED = ("number", "created", "status", "form", "title", "assignee", "tags", "comment", "bot", *_SOURCE)


async def export_leads(unit: Unit, shop: Shop, wanted: Wanted, format: Format) -> IO[bytes]:
    """A file that vanishes when it is closed.  Raises Invalid where no table could be so wide."""
    leads = Leads(unit, shop.id)
    last, variables = await leads.extent(wanted)
    table = Table(shop, await LeadForms(unit, shop.id).by_keys(), await _members(unit, shop.id), wanted.form)
    variables = table.in_order(variables)
    if len(_FIXED) + len(variables) > MOST_COLUMNS:
        raise Invalid({"common": "These leads have more variables than a table has columns. Name one form."})
    with begun(format) as sheet:
        await asyncio.to_thread(sheet.add, [table.columns(variables)])
        async for rows in leads.up_to(wanted, last):
            bots = await Bots(unit, shop.id).among({lead.bot_id for lead in rows})
            named = {id: bot.name for id, bot in bots.items()}
            await asyncio.to_thread(sheet.add, [table.row(lead, variables, named) for lead in rows])
        return await asyncio.to_thread(sheet.finish)


class Table:
    """How a shop's leads stand in columns.  `form`: the key of the only one whose leads there are, if any."""

    def __init__(
        self, shop: Shop, forms: dict[str, LeadForm], members: dict[int, str], form: str | None
    ) -> None:
        self._zone = ZoneInfo(shop.timezone)
        self._forms = {key: one.name for key, one in forms.items()}
        self._members = members
        self._titles: dict[str, str] = {}
        for key, one in forms.items():
            if form in (None, key):
                self._titles = one.titles() | self._titles

    def in_order(self, variables: Sequence[str]) -> list[str]:
        """First those of the forms, as they stand there."""
        asked = [name for name in self._titles if name in variables]
        return [*asked, *(name for name in variables if name not in self._titles)]

    def columns(self, variables: Iterable[str]) -> list[Cell]:
        """No two are called the same."""
        named: dict[str, None] = dict.fromkeys(_FIXED)
        for name in variables:
            title = self._titles.get(name, name)
            while title in named:
                title = f"{title} ({name})"
            named[title] = None
        return list(named)

    def row(self, lead: Lead, variables: Iterable[str], bots: dict[int, str]) -> list[Cell]:
        return [
            lead.id,
            lead.created_at.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S"),
            lead.status,
            self._forms.get(lead.form, lead.form),
            lead.title,
            self._members.get(lead.assignee_id or 0, ""),
            ", ".join(lead.tags),
            lead.comment,
            bots.get(lead.bot_id, ""),
            *(_cell(lead.source.get(name)) for name in _SOURCE),
            *(_cell(lead.values.get(name)) for name in variables),
        ]


async def _members(unit: Unit, shop_id: int) -> dict[int, str]:
    return {known.account.id: known.account.email for known in await Members(unit, shop_id).all()}


def _cell(value: JSON) -> Cell:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    plain = not isinstance(value, dict) and not (
        isinstance(value, list) and any(isinstance(one, dict | list) for one in value)
    )
    return written(value) if plain else json.encode(value).decode()
