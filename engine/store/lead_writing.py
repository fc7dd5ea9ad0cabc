"""What becomes of the leads of a batch: which are new, and what their forms want done with them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from asyncpg import Pool, Record
from msgspec import json

from engine.perform import LeadRow
from engine.store.played import Played
from flows.card import Card
from flows.effects import Notify
from flows.json_value import JSON
from flows.kept_values import written

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
"""Variables that tell which advertisement brought a person."""

# A person's leads are written by his own turns alone, and of two turns one loses: what is known of them here
# holds until the turn is written.
_ABOUT = """
SELECT x.n, f.name, f.fields, f.notify_tags, f.assign_tag, m.account_id AS assignee_id,
    x.minutes > 0 AND EXISTS (
        SELECT FROM lead l WHERE l.shop_id = x.shop_id AND l.bot_user_id = x.bot_user_id AND l.form = x.form
        AND l.values = x.values AND l.created_at > now() - make_interval(mins => x.minutes)
    ) AS known
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::jsonb[], $5::int[]) WITH ORDINALITY
    AS x(shop_id, bot_user_id, form, values, minutes, n)
LEFT JOIN lead_form f ON f.shop_id = x.shop_id AND f.key = x.form
LEFT JOIN member m ON m.shop_id = f.shop_id AND m.account_id = f.assignee_id
ORDER BY x.n
"""


class KeptLead(NamedTuple):
    """A lead to be written, with what its form wants; `source` is JSON."""

    row: LeadRow
    source: str
    assignee_id: int | None = None
    tag: str = ""
    notices: tuple[Notify, ...] = ()


async def sort_leads(pool: Pool, turns: Iterable[Played]) -> dict[int, list[KeptLead]]:
    """The leads that are to be written, by the `id()` of their turn: nothing of one that is there already."""
    found = [(turn, lead) for turn in turns for lead in _unlike(turn.rows.leads)]
    if not found:
        return {}
    asked = [
        (turn.before.shop_id, turn.before.id, lead.form, lead.values.decode(), lead.dedupe_minutes)
        for turn, lead in found
    ]
    kept: dict[int, list[KeptLead]] = {}
    for (turn, lead), form in zip(found, await pool.fetch(_ABOUT, *zip(*asked, strict=True)), strict=True):
        if not form["known"]:
            kept.setdefault(id(turn), []).append(_kept(turn, lead, form))
    return kept


def source_of(card: Card) -> dict[str, str]:
    """What is known of how the person came."""
    known = {"start_parameter": card.start_parameter, **{name: card.variables.get(name) for name in UTM}}
    return {name: value for name, value in known.items() if isinstance(value, str) and value}


def _unlike(leads: Sequence[LeadRow]) -> list[LeadRow]:
    """Without those that repeat one of the same turn and do not want to be repeated."""
    unlike: list[LeadRow] = []
    for lead in leads:
        same = any((one.form, _values(one)) == (lead.form, _values(lead)) for one in unlike)
        if not (same and lead.dedupe_minutes):
            unlike.append(lead)
    return unlike


def _kept(turn: Played, lead: LeadRow, form: Record) -> KeptLead:
    told = form["notify_tags"] and not lead.told
    return KeptLead(
        lead,
        json.encode(source_of(turn.card)).decode(),
        form["assignee_id"],
        form["assign_tag"] or "",
        (_told(form, lead),) if told else (),
    )


def _told(form: Record, lead: LeadRow) -> Notify:
    titles = {field["variable"]: field.get("title") for field in json.decode(form["fields"])}
    lines = [f"{titles.get(name) or name}: {written(value)}" for name, value in _values(lead).items()]
    return Notify(lead.title or form["name"], "\n".join(lines), tuple(form["notify_tags"]))


def _values(lead: LeadRow) -> dict[str, JSON]:
    values: dict[str, JSON] = json.decode(lead.values)
    return values
